package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// digest is a SHA-256, the name of a stored file.
type digest [sha256.Size]byte

func (d digest) String() string { return hex.EncodeToString(d[:]) }

// parseDigest reads lower-case hex; there is one way to write a name.
func parseDigest(s string) (d digest, ok bool) {
	if len(s) != 2*len(d) {
		return d, false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return d, false
		}
	}
	_, err := hex.Decode(d[:], []byte(s))
	return d, err == nil
}

// How far a stored file is trusted in this run.
const (
	trustHash   = iota // hashed before it is first served; the safe value
	trustStat          // size and time are compared with the record first
	trustFull          // found whole in this run
	trustBroken        // found damaged; leaves when nobody uses it
)

// entry is one stored file.
type entry struct {
	id    digest
	used  atomic.Int64 // last use, Unix seconds
	dirty atomic.Bool  // used is newer than the record
	trust atomic.Int32
	check sync.Mutex // held while the file is examined

	// Of index.mu:
	size, mtime int64    // bytes; Unix nanoseconds
	refs        int      // users; the file stays while there are any
	file        *os.File // shared descriptor, nil = not open
}

// index knows all stored files.
type index struct {
	mu    sync.Mutex
	files map[digest]*entry
	bytes int64
	// idle keeps descriptors of files that nobody uses.
	idle lru[digest, *os.File]
	// bodies keeps small files in memory.
	bodies lru[digest, []byte]
	// names orders what happens to one file on disk: appearing and leaving.
	names [64]sync.Mutex
}

func (x *index) init() {
	x.files = make(map[digest]*entry)
	x.idle.budget = idleFiles
	x.idle.drop = func(_ digest, f *os.File) { f.Close() }
	x.bodies.budget = smallFiles
}

func (x *index) name(id digest) *sync.Mutex { return &x.names[int(id[0])%len(x.names)] }

// pin finds a file and holds it.
func (x *index) pin(id digest) *entry {
	x.mu.Lock()
	defer x.mu.Unlock()
	e := x.files[id]
	if e != nil {
		e.refs++
	}
	return e
}

// add holds a new entry; where there is one already, it holds that.
func (x *index) add(e *entry) *entry {
	x.mu.Lock()
	defer x.mu.Unlock()
	if have := x.files[e.id]; have != nil {
		have.refs++
		return have
	}
	e.refs++
	x.files[e.id] = e
	x.bytes += e.size
	return e
}

// unpin lets a file go and reports whether the caller was its last user.
func (x *index) unpin(e *entry) (last bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	e.refs--
	if e.refs > 0 {
		return false
	}
	if e.file != nil {
		x.idle.put(e.id, e.file, 1)
		e.file = nil
	}
	return true
}

// remove takes an entry out if it is the one the index has and nobody but the
// given number of users holds it.
func (x *index) remove(e *entry, users int) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.files[e.id] != e || e.refs > users {
		return false
	}
	delete(x.files, e.id)
	x.bytes -= e.size
	return true
}

func (s *Store) filePath(id digest) string {
	name := id.String()
	return filepath.Join(s.dir, filesDir, name[:2], name)
}

// find pins the file of id and makes sure that it is whole. fs.ErrNotExist when
// there is none, or none that is whole.
func (s *Store) find(id digest) (*entry, error) {
	e := s.files.pin(id)
	if e == nil {
		var err error
		if e, err = s.adopt(id); err != nil {
			return nil, err
		}
	}
	if e.trust.Load() != trustFull {
		if err := s.examine(e); err != nil {
			s.release(e)
			return nil, err
		}
	}
	e.used.Store(time.Now().Unix())
	e.dirty.Store(true)
	return e, nil
}

// adopt pins a file that lies in the folder without being known: the process
// died between the rename and the record, or the database was lost.
func (s *Store) adopt(id digest) (*entry, error) {
	mu := s.files.name(id)
	mu.Lock()
	defer mu.Unlock()
	st, err := os.Lstat(s.filePath(id))
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, fs.ErrNotExist
	}
	e := &entry{id: id, size: st.Size(), mtime: st.ModTime().UnixNano()}
	e.used.Store(st.ModTime().Unix())
	return s.files.add(e), nil
}

// examine decides whether a pinned file is whole. One that is not leaves the store.
func (s *Store) examine(e *entry) error {
	e.check.Lock()
	defer e.check.Unlock()
	switch e.trust.Load() {
	case trustFull:
		return nil
	case trustBroken:
		return fs.ErrNotExist
	}
	st, err := os.Lstat(s.filePath(e.id))
	if errors.Is(err, fs.ErrNotExist) {
		s.forget(e, "stored file is gone")
		return fs.ErrNotExist
	}
	if err != nil {
		return s.ioError("examine stored file", err)
	}
	if e.trust.Load() == trustStat && st.Size() == e.size && st.ModTime().UnixNano() == e.mtime {
		e.trust.Store(trustFull)
		return nil
	}
	return s.rehash(e, st, nil)
}

// rehash reads a pinned file whole and trusts it, or removes it. pace, when not
// nil, is called with the bytes read. e.check is held.
func (s *Store) rehash(e *entry, st fs.FileInfo, pace func(int) error) error {
	if !st.Mode().IsRegular() {
		s.forget(e, "stored file is not a file")
		return fs.ErrNotExist
	}
	sum, n, err := hashFile(s.filePath(e.id), pace)
	if err != nil {
		return s.ioError("examine stored file", err)
	}
	if sum != e.id {
		s.forget(e, "stored file is damaged")
		return fs.ErrNotExist
	}
	s.files.mu.Lock()
	if n != e.size && s.files.files[e.id] == e {
		s.files.bytes += n - e.size
	}
	if n != e.size { // never of a file in use: that was compared before
		e.size = n
	}
	e.mtime = st.ModTime().UnixNano()
	s.files.mu.Unlock()
	e.trust.Store(trustFull)
	s.writeRecord(e)
	return nil
}

// hashBuffer is how much of a file is read at once for hashing.
const hashBuffer = 128 << 10 // bytes

func hashFile(path string, pace func(int) error) (sum digest, n int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, 0, err
	}
	defer f.Close()
	h := sha256.New()
	buf := make([]byte, hashBuffer)
	for {
		k, err := f.Read(buf)
		h.Write(buf[:k])
		n += int64(k)
		if err == io.EOF {
			h.Sum(sum[:0])
			return sum, n, nil
		}
		if err == nil && pace != nil {
			err = pace(k)
		}
		if err != nil {
			return sum, n, err
		}
	}
}

// forget removes a file that is not what its name says, from the index at once
// and from the disk. Whoever has it open gets errors.
func (s *Store) forget(e *entry, why string) {
	e.trust.Store(trustBroken)
	mu := s.files.name(e.id)
	mu.Lock()
	defer mu.Unlock()
	if !s.files.remove(e, math.MaxInt) {
		return
	}
	s.log.Error(why, "sha256", e.id.String())
	if err := s.unlink(e); err != nil {
		s.log.Error("cannot remove stored file", "sha256", e.id.String(), "error", err)
	}
	s.dropRecords([]digest{e.id})
}

// unlink removes the file of an entry that has left the index. The lock of its
// name is held, so that nobody stores it anew meanwhile.
func (s *Store) unlink(e *entry) error {
	if f, ok := s.files.idle.take(e.id); ok {
		f.Close() // a file that is open cannot be removed on Windows
	}
	s.files.bodies.take(e.id)
	err := os.Remove(s.filePath(e.id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// release ends one use of a file.
func (s *Store) release(e *entry) {
	if s.files.unpin(e) && e.trust.Load() == trustBroken {
		if f, ok := s.files.idle.take(e.id); ok {
			f.Close()
		}
	}
}

// The record of a file: size, modification time, last use, 8 bytes each.
const recordBytes = 24

func recordKey(id digest) []byte { return append([]byte{keyFile}, id[:]...) }

func (s *Store) record(e *entry) []byte {
	s.files.mu.Lock()
	size, mtime := e.size, e.mtime
	s.files.mu.Unlock()
	v := binary.BigEndian.AppendUint64(nil, uint64(size))
	v = binary.BigEndian.AppendUint64(v, uint64(mtime))
	return binary.BigEndian.AppendUint64(v, uint64(e.used.Load()))
}

// writeRecord writes what is known of a file. Without a record the file is
// hashed again in the next run, so a failure is only said in the log.
func (s *Store) writeRecord(e *entry) {
	e.dirty.Store(false)
	if err := s.db.set(recordKey(e.id), s.record(e)); err != nil && !errors.Is(err, fs.ErrClosed) {
		s.log.Error("cannot record stored file", "sha256", e.id.String(), "error", err)
	}
}

func (s *Store) dropRecords(ids []digest) {
	err := s.db.writeEach(len(ids), func(txn *badger.Txn, i int) error {
		return txn.Delete(recordKey(ids[i]))
	})
	if err != nil {
		s.log.Error("cannot drop records of stored files", "error", err)
	}
}

// loadIndex reads the records of all files. After a crash, files younger than
// the last clean mark are hashed before they are served again.
func (s *Store) loadIndex(last state) error {
	suspect := int64(math.MinInt64)
	if !last.At.IsZero() {
		suspect = last.At.Add(-markSlack).UnixNano()
	}
	return s.db.each(keyFile, nil, true, func(it *badger.Item) error {
		e := &entry{}
		if copy(e.id[:], it.Key()[1:]) != len(e.id) {
			return nil
		}
		return it.Value(func(v []byte) error {
			if len(v) != recordBytes {
				return nil // hashed when first asked for
			}
			e.size = int64(binary.BigEndian.Uint64(v))
			e.mtime = int64(binary.BigEndian.Uint64(v[8:]))
			e.used.Store(int64(binary.BigEndian.Uint64(v[16:])))
			if last.Clean || e.mtime < suspect {
				e.trust.Store(trustStat)
			}
			s.files.files[e.id] = e
			s.files.bytes += e.size
			return nil
		})
	})
}

// flushUse writes the last-use times that have changed.
func (s *Store) flushUse() error {
	var changed []*entry
	s.files.mu.Lock()
	for _, e := range s.files.files {
		if e.trust.Load() == trustFull && e.dirty.Swap(false) {
			changed = append(changed, e)
		}
	}
	s.files.mu.Unlock()
	return s.db.writeEach(len(changed), func(txn *badger.Txn, i int) error {
		return txn.Set(recordKey(changed[i].id), s.record(changed[i]))
	})
}
