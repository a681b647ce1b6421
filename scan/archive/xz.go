package archive

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"io"
)

// xz structure (the .xz file format, version 1.2).
const (
	xzHeaderSize = 12
	xzMagic      = "\xfd7zXZ\x00"
	xzLZMA2      = 0x21
)

var errXz = errors.New("malformed xz structure")

// An xzWalk reads the structure of an xz file without decompressing it: the
// decoder would allocate whatever dictionary a block asks for, up to 4 GiB, and
// joins streams silently. LZMA2 says the length of each chunk, so this is one
// pass over the packed bytes.
type xzWalk struct {
	r       *bufio.Reader
	n       int64
	streams int
	window  int64 // the largest dictionary
	filters bool  // others than LZMA2 alone
	ctx     func() error
}

// checkXz objects to several streams and trailing bytes, and refuses
// dictionaries beyond the limit.
func (a *Archive) checkXz(ctx func() error) error {
	w := &xzWalk{r: a.src.stream(0, a.src.size), ctx: ctx}
	var err error
	for err == nil {
		err = w.stream()
	}
	if err := cmp.Or(a.src.err, ctx()); err != nil {
		return err
	}
	if w.streams > 1 {
		a.add("compressed-members", "", "several xz streams; some installers read the first alone")
	}
	switch {
	case w.window > a.limits.Window:
		return a.fail("limit-window", "", detailf("a dictionary of %d bytes", w.window))
	case w.filters:
		return a.fail("xz-filter", "", "a filter other than LZMA2")
	case w.streams == 0:
		return a.fail("compressed-damaged", "", "the xz structure is malformed")
	case !errors.Is(err, io.EOF):
		a.add("compressed-trailing-bytes", "", "padding or other bytes after the xz stream, or a malformed stream")
	}
	return nil
}

// stream walks one stream; io.EOF means a clean end before it.
func (w *xzWalk) stream() error {
	head, err := w.r.Peek(xzHeaderSize)
	if len(head) == 0 {
		return err
	}
	if len(head) < xzHeaderSize || string(head[:6]) != xzMagic {
		return errXz
	}
	check := int64(head[7] & 0xf)
	if err := w.skip(xzHeaderSize); err != nil {
		return err
	}
	w.n = 0
	for {
		size, err := w.r.Peek(1)
		if err != nil {
			return errXz
		}
		if size[0] == 0 {
			break
		}
		if err := w.block((int64(size[0])+1)*4, xzCheckSize(check)); err != nil {
			return err
		}
	}
	if err := w.index(); err != nil {
		return err
	}
	w.streams++
	return nil
}

// xzCheckSize is the size of the check after each block, by its type.
func xzCheckSize(check int64) int64 {
	if check == 0 {
		return 0
	}
	return 4 << ((check - 1) / 3)
}

// block walks a header, its LZMA2 chunks, padding and check.
func (w *xzWalk) block(headerSize, checkSize int64) error {
	head := make([]byte, headerSize)
	if _, err := io.ReadFull(w.r, head); err != nil {
		return errXz
	}
	p := head[2:]
	for bit := byte(0x40); bit != 0 && bit >= 0x40; bit <<= 1 { // packed and unpacked size, optional
		if head[1]&bit != 0 {
			_, n := binary.Uvarint(p)
			if n <= 0 {
				return errXz
			}
			p = p[n:]
		}
	}
	if head[1]&3 != 0 || len(p) < 3 || p[0] != xzLZMA2 || p[1] != 1 || p[2] > 40 {
		w.filters = true
		return errXz
	}
	w.window = max(w.window, xzWindow(p[2]))
	w.n = 0
	if err := w.chunks(); err != nil {
		return err
	}
	return w.skip((4-w.n%4)%4 + checkSize)
}

// xzWindow decodes a dictionary size (section 5.3.1).
func xzWindow(bits byte) int64 {
	if bits == 40 {
		return 1<<32 - 1
	}
	return int64(2|bits&1) << (bits/2 + 11)
}

// chunks walks LZMA2 chunks to their end marker, counting their bytes.
func (w *xzWalk) chunks() error {
	for {
		if err := w.ctx(); err != nil {
			return err
		}
		control, err := w.r.ReadByte()
		w.n++
		if err != nil {
			return errXz
		}
		var head [5]byte
		size, rest := int64(0), 0
		switch {
		case control == 0:
			return nil
		case control == 1 || control == 2: // stored
			rest = 2
		case control >= 0xc0: // with new properties
			rest = 5
		case control >= 0x80:
			rest = 4
		default:
			return errXz
		}
		if _, err := io.ReadFull(w.r, head[:rest]); err != nil {
			return errXz
		}
		w.n += int64(rest)
		if rest == 2 {
			size = int64(binary.BigEndian.Uint16(head[:])) + 1
		} else {
			size = int64(binary.BigEndian.Uint16(head[2:])) + 1
		}
		if err := w.skip(size); err != nil {
			return err
		}
	}
}

// index walks the index and the footer.
func (w *xzWalk) index() error {
	w.n = 0
	if err := w.skip(1); err != nil {
		return err
	}
	records, err := w.uvarint()
	if err != nil {
		return err
	}
	for range records {
		for range 2 {
			if _, err := w.uvarint(); err != nil {
				return err
			}
		}
	}
	return w.skip((4-w.n%4)%4 + 4 + xzHeaderSize)
}

func (w *xzWalk) uvarint() (uint64, error) {
	n := uint64(0)
	for shift := 0; shift < 63; shift += 7 {
		b, err := w.r.ReadByte()
		if err != nil {
			return 0, errXz
		}
		w.n++
		n |= uint64(b&0x7f) << shift
		if b&0x80 == 0 {
			return n, nil
		}
	}
	return 0, errXz
}

func (w *xzWalk) skip(n int64) error {
	got, err := io.CopyN(io.Discard, w.r, n)
	w.n += got
	if err != nil {
		return errXz
	}
	return nil
}
