package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/maphash"
	"io/fs"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/klauspost/compress/zstd"
)

// A value as stored is one byte that says how it is packed, a checksum of the
// rest (CRC-32C), and the rest. Large values are cut into chunks under keys of
// their own; their head names the generation of the chunks, so that a reader
// sees the old value or the new one, whatever happens in between.
const (
	packedRaw     = 0
	packedZstd    = 1
	packedChunked = 2 // generation (8 bytes), number of chunks (4)

	valueHead = 1 + 4 // bytes before the payload
)

// errGarbled says that a value is not what was written.
var errGarbled = errors.New("garbled value")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// packer compresses and unpacks values. One coder for each way keeps the memory
// small; they are asked rarely.
type packer struct {
	once sync.Once
	enc  *zstd.Encoder
	dec  *zstd.Decoder
}

func (p *packer) init() {
	p.once.Do(func() {
		var err error
		p.enc, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
			zstd.WithWindowSize(512<<10), zstd.WithLowerEncoderMem(true))
		if err == nil {
			p.dec, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderLowmem(true),
				zstd.WithDecoderMaxMemory(maxValueRaw))
		}
		if err != nil {
			panic("cache: " + err.Error()) // constant options
		}
	})
}

func (p *packer) close() {
	if p.dec != nil {
		p.dec.Close()
	}
}

// minPacked is the size below which compression is not worth its time.
const minPacked = 256

// pack returns the stored form of b.
func (p *packer) pack(b []byte) []byte {
	v := make([]byte, valueHead, valueHead+len(b)/4+minPacked)
	if len(b) < minPacked {
		v = append(v, b...)
	} else {
		p.init()
		v[0] = packedZstd
		v = p.enc.EncodeAll(b, v)
	}
	binary.BigEndian.PutUint32(v[1:], crc32.Checksum(v[valueHead:], castagnoli))
	return v
}

// unpack is the way back; errGarbled when v is not what pack made.
func (p *packer) unpack(v []byte) ([]byte, error) {
	if len(v) < valueHead || binary.BigEndian.Uint32(v[1:]) != crc32.Checksum(v[valueHead:], castagnoli) {
		return nil, errGarbled
	}
	switch v[0] {
	case packedRaw:
		return v[valueHead:], nil
	case packedZstd:
		p.init()
		b, err := p.dec.DecodeAll(v[valueHead:], nil)
		if err != nil {
			return nil, errGarbled
		}
		return b, nil
	}
	return nil, errGarbled
}

// write is one key of a transaction.
type write struct {
	key   []byte
	value []byte // packed
	life  time.Duration
}

func (w write) entry() *badger.Entry { return badger.NewEntry(w.key, w.value).WithTTL(w.life) }

// put writes a packed value of any size, and with it the small ones of also, in
// one step for readers.
func (d *database) put(w write, also ...write) error {
	if len(w.value) > maxValueBytes {
		return fmt.Errorf("value of %d bytes is above the limit of %d", len(w.value), maxValueBytes)
	}
	mu := d.stripe(w.key)
	mu.Lock()
	defer mu.Unlock()
	head := w
	if len(w.value) > chunkBytes {
		var err error
		if head.value, err = d.putChunks(w); err != nil {
			return err
		}
	}
	return d.update(func(txn *badger.Txn) error {
		if err := dropChunks(txn, w.key); err != nil {
			return err
		}
		for _, w := range append(also, head) {
			if err := txn.SetEntry(w.entry()); err != nil {
				return err
			}
		}
		return nil
	})
}

// putChunks writes the chunks of w under a new generation and returns the head.
func (d *database) putChunks(w write) (head []byte, err error) {
	gen := rand.Uint64()
	n := (len(w.value) + chunkBytes - 1) / chunkBytes
	err = d.writeEach(n, func(txn *badger.Txn, i int) error {
		part := w.value[i*chunkBytes : min((i+1)*chunkBytes, len(w.value))]
		return txn.SetEntry(write{chunkKey(w.key, gen, i), part, w.life}.entry())
	})
	if err != nil {
		return nil, err
	}
	head = append(make([]byte, valueHead), make([]byte, 12)...)
	head[0] = packedChunked
	binary.BigEndian.PutUint64(head[valueHead:], gen)
	binary.BigEndian.PutUint32(head[valueHead+8:], uint32(n))
	binary.BigEndian.PutUint32(head[1:], crc32.Checksum(head[valueHead:], castagnoli))
	return head, nil
}

func chunkKey(key []byte, gen uint64, i int) []byte {
	sum := sha256.Sum256(key)
	k := append([]byte{keyChunk}, sum[:16]...)
	k = binary.BigEndian.AppendUint64(k, gen)
	return binary.BigEndian.AppendUint32(k, uint32(i))
}

// chunks reads a head; n is 0 for a value that is not cut.
func chunks(v []byte) (gen uint64, n int) {
	if len(v) != valueHead+12 || v[0] != packedChunked {
		return 0, 0
	}
	n = int(binary.BigEndian.Uint32(v[valueHead+8:]))
	if n > maxValueBytes/chunkBytes {
		return 0, 0
	}
	return binary.BigEndian.Uint64(v[valueHead:]), n
}

// dropChunks removes the chunks of the value that key has now. Those of a write
// that a crash cut short have no head and end with their life.
func dropChunks(txn *badger.Txn, key []byte) error {
	it, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return it.Value(func(v []byte) error {
		gen, n := chunks(v)
		for i := range n {
			if err := txn.Delete(chunkKey(key, gen, i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// load returns the value of key as it was packed.
func load(txn *badger.Txn, key []byte) ([]byte, error) {
	it, err := txn.Get(key)
	if err != nil {
		return nil, err
	}
	v, err := it.ValueCopy(nil)
	if err != nil || len(v) == 0 || v[0] != packedChunked {
		return v, err
	}
	gen, n := chunks(v)
	if n == 0 {
		return nil, errGarbled
	}
	out := make([]byte, 0, n*chunkBytes)
	for i := range n {
		it, err := txn.Get(chunkKey(key, gen, i))
		if errors.Is(err, badger.ErrKeyNotFound) {
			return nil, errGarbled
		}
		if err != nil {
			return nil, err
		}
		if out, err = appendValue(out, it); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func appendValue(dst []byte, it *badger.Item) ([]byte, error) {
	err := it.Value(func(v []byte) error {
		dst = append(dst, v...)
		return nil
	})
	return dst, err
}

// getPacked returns an unpacked value. A garbled one does not exist: what it
// held is made again.
func (s *Store) getPacked(key []byte) (b []byte, err error) {
	var v []byte
	err = s.db.view(func(txn *badger.Txn) (err error) {
		v, err = load(txn, key)
		return err
	})
	if err == nil {
		b, err = s.pack.unpack(v)
	}
	return b, s.absent(err)
}

// absent makes of a damaged value one that is not there, so that it is made
// again, and says so in the log.
func (s *Store) absent(err error) error {
	if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrClosed) {
		return err
	}
	s.log.Error("stored value is damaged and counts as absent", "error", err)
	return fs.ErrNotExist
}

var stripeSeed = maphash.MakeSeed()

func (d *database) stripe(key []byte) *sync.Mutex {
	return &d.stripes[maphash.Bytes(stripeSeed, key)%uint64(len(d.stripes))]
}
