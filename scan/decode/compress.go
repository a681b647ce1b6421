package decode

import (
	"bytes"
	"compress/bzip2"
	"compress/flate"
	stdgzip "compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"math/bits"

	kzstd "github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz/lzma"
)

// inflateAll reads up to limit bytes. A fault after the first byte comes with
// the bytes before it.
func inflateAll(r io.Reader, limit int) ([]byte, error) {
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(r, int64(limit)))
	if err != nil {
		return out.Bytes(), malformed("%v", err)
	}
	if n < int64(limit) {
		return out.Bytes(), nil
	}
	var more [1]byte
	if n, err := r.Read(more[:]); n > 0 {
		return out.Bytes(), ErrLimit
	} else if err != nil && !errors.Is(err, io.EOF) {
		return out.Bytes(), malformed("%v", err)
	}
	return out.Bytes(), nil
}

// zlib reads a zlib stream (RFC 1950); what has no such header is tried as gzip
// and as bare deflate, for zlib.decompress reads these when it is told to. The
// checksum is not compared, and what follows the stream is ignored.
func zlib(in []byte, limit int) ([]byte, error) {
	switch {
	case isZlib(in):
		return deflate(in[2:], limit)
	case bytes.HasPrefix(in, []byte("\x1f\x8b")):
		return gzip(in, limit)
	}
	return deflate(in, limit)
}

// isZlib checks the header: deflate, a window of at most 32 KiB, the check bits,
// no preset dictionary.
func isZlib(in []byte) bool {
	return len(in) > 2 && in[0]&0x0f == 8 && in[0]>>4 <= 7 && in[1]&0x20 == 0 &&
		binary.BigEndian.Uint16(in)%31 == 0
}

func deflate(in []byte, limit int) ([]byte, error) {
	return inflateAll(flate.NewReader(bytes.NewReader(in)), limit)
}

func gzip(in []byte, limit int) ([]byte, error) {
	r, err := stdgzip.NewReader(bytes.NewReader(in))
	if err != nil {
		return nil, malformed("%v", err)
	}
	return inflateAll(r, limit)
}

func bz2(in []byte, limit int) ([]byte, error) {
	return inflateAll(bzip2.NewReader(bytes.NewReader(in)), limit)
}

func zstandard(in []byte, limit int) ([]byte, error) {
	r, err := kzstd.NewReader(bytes.NewReader(in), kzstd.WithDecoderConcurrency(1),
		kzstd.WithDecoderLowmem(true), kzstd.WithDecoderMaxMemory(uint64(limit)+1<<20), kzstd.WithDecoderMaxWindow(8<<20))
	if err != nil {
		return nil, malformed("%v", err)
	}
	defer r.Close()
	return inflateAll(r, limit)
}

// window is the dictionary for a limit: no distance reaches back further than
// the output is long, so what a header asks for beyond that is never used.
func window(limit int) int {
	return max(lzma.MinDictCap, 1<<bits.Len(uint(limit)))
}

// lzmaAlone reads the old .lzma form; xz is told by its magic, for
// lzma.decompress takes both.
func lzmaAlone(in []byte, limit int) ([]byte, error) {
	if bytes.HasPrefix(in, []byte(xzMagic)) {
		return xz(in, limit)
	}
	if len(in) < lzma.HeaderLen {
		return nil, malformed("shorter than the header of lzma")
	}
	size := min(uint64(window(limit)), uint64(binary.LittleEndian.Uint32(in[1:])))
	head := bytes.Clone(in[:lzma.HeaderLen])
	binary.LittleEndian.PutUint32(head[1:], uint32(size))
	r, err := lzma.ReaderConfig{DictCap: window(limit)}.NewReader(io.MultiReader(bytes.NewReader(head), bytes.NewReader(in[lzma.HeaderLen:])))
	if err != nil {
		return nil, malformed("%v", err)
	}
	return inflateAll(r, limit)
}

// The structure of an .xz file (format version 1.2).
const (
	xzMagic      = "\xfd7zXZ\x00"
	xzHeaderSize = 12
	xzLZMA2      = 0x21
)

// xz reads the blocks of the first stream. It parses the frame itself, because a
// block's header can ask for a dictionary of 4 GiB. Check sums are not compared.
func xz(in []byte, limit int) ([]byte, error) {
	if len(in) < xzHeaderSize || string(in[:6]) != xzMagic {
		return nil, malformed("no xz header")
	}
	check := [16]int{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}[in[7]&0x0f]
	var out []byte
	for in = in[xzHeaderSize:]; len(in) > 0 && in[0] != 0; {
		head := (int(in[0]) + 1) * 4
		if len(in) < head || !xzPlain(in[:head]) {
			return out, malformed("an xz block with other filters than LZMA2, or cut off")
		}
		size := lzma2Size(in[head:])
		if size < 0 {
			return out, malformed("an xz block breaks off")
		}
		r, err := lzma.Reader2Config{DictCap: window(limit)}.NewReader2(bytes.NewReader(in[head : head+size]))
		if err != nil {
			return out, malformed("%v", err)
		}
		b, err := inflateAll(r, limit-len(out))
		out = append(out, b...)
		if err != nil {
			return out, err
		}
		size += -size & 3 // padding
		in = in[min(len(in), head+size+check):]
	}
	return out, nil
}

// xzPlain says that a block's header lists LZMA2 and nothing else.
func xzPlain(head []byte) bool {
	if head[1]&0x3f != 0 { // more filters than one, or reserved bits
		return false
	}
	at := 2
	for _, flag := range []byte{0x40, 0x80} { // packed and unpacked size
		if head[1]&flag == 0 {
			continue
		}
		_, n := binary.Uvarint(head[at:])
		if n <= 0 {
			return false
		}
		at += n
	}
	return at < len(head) && head[at] == xzLZMA2
}

// lzma2Size measures the chunks up to their end mark, -1 when they break off.
func lzma2Size(in []byte) int {
	at := 0
	for at < len(in) {
		control := in[at]
		size, header := 0, 3
		switch {
		case control == 0:
			return at + 1
		case control >= 0x80:
			if header = 5; control >= 0xc0 {
				header = 6
			}
			if at+header > len(in) {
				return -1
			}
			size = int(binary.BigEndian.Uint16(in[at+3:])) + 1
		default:
			if control > 2 || at+header > len(in) {
				return -1
			}
			size = int(binary.BigEndian.Uint16(in[at+1:])) + 1
		}
		at += header + size
	}
	return -1
}
