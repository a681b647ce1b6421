package archive

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz/lzma"
)

// An unzipper reads contents, one after another, with one set of buffers.
type unzipper struct {
	a       *Archive
	r       io.ReaderAt
	buf     *bufio.Reader
	inflate io.ReadCloser
}

// open starts the content of e, which begins at data.
func (u *unzipper) open(ctx context.Context, e *zipEntry, data int64) (io.Reader, error) {
	packed := &io.LimitedReader{R: io.NewSectionReader(u.r, data, e.packed), N: e.packed}
	if u.buf == nil {
		u.buf = bufio.NewReaderSize(packed, 32<<10)
	} else {
		u.buf.Reset(packed)
	}
	plain, err := u.decode(e)
	if err != nil {
		return nil, u.a.blame(err, "zip-damaged", e.raw)
	}
	return &zipContent{a: u.a, e: e, ctx: ctx.Err, plain: plain, packed: packed, buf: u.buf}, nil
}

func (u *unzipper) decode(e *zipEntry) (io.Reader, error) {
	switch e.method {
	case zipStored:
		return u.buf, nil
	case zipDeflate:
		if u.inflate == nil {
			u.inflate = flate.NewReader(u.buf)
			return u.inflate, nil
		}
		return u.inflate, u.inflate.(flate.Resetter).Reset(u.buf, nil)
	case zipBzip2:
		return bzip2.NewReader(u.buf), nil
	case zipLZMA:
		return u.decodeLZMA(e)
	case zipZstd:
		d, err := newZstd(u.buf, u.a.limits)
		if err != nil {
			return nil, err
		}
		return d, nil
	}
	return nil, u.a.fail("zip-method-unread", e.raw, detailf("compression method %d", e.method))
}

// decodeLZMA turns the zip's LZMA header (APPNOTE 5.8.8: version, length of the
// properties, properties) into the classic one that the decoder expects.
func (u *unzipper) decodeLZMA(e *zipEntry) (io.Reader, error) {
	var head [9]byte
	if _, err := io.ReadFull(u.buf, head[:]); err != nil {
		return nil, err
	}
	if binary.LittleEndian.Uint16(head[2:]) != 5 {
		return nil, errors.New("LZMA properties of an unknown length")
	}
	classic := make([]byte, 13)
	copy(classic, head[4:])
	binary.LittleEndian.PutUint64(classic[5:], uint64(e.size))
	if e.flags&(1<<1) != 0 { // an end marker instead of a size
		binary.LittleEndian.PutUint64(classic[5:], ^uint64(0))
	}
	r, err := lzma.ReaderConfig{DictCap: int(u.a.limits.Window)}.NewReader(io.MultiReader(bytes.NewReader(classic), u.buf))
	var dict *lzma.ErrDictSize
	if errors.As(err, &dict) {
		return nil, u.a.fail("limit-window", e.raw, detailf("a dictionary of %d bytes", dict.HeaderDictSize))
	}
	return r, err
}

func newZstd(r io.Reader, limits Limits) (io.Reader, error) {
	return zstd.NewReader(r,
		zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(uint64(limits.Window)),
	)
}

// A zipContent delivers exactly the declared bytes and checks that they are
// all: size, CRC and packed size are counted, never believed.
type zipContent struct {
	a      *Archive
	e      *zipEntry
	ctx    func() error
	plain  io.Reader
	packed *io.LimitedReader
	buf    *bufio.Reader
	n      int64
	crc    uint32
	err    error
}

// Read delivers content, or the reason why there is no more.
func (c *zipContent) Read(p []byte) (int, error) {
	if c.err == nil {
		c.err = c.ctx()
	}
	if c.err != nil || len(p) == 0 {
		return 0, c.err
	}
	// One byte more than declared shows that there is more.
	if left := c.e.size - c.n + 1; int64(len(p)) > left {
		p = p[:left]
	}
	n, err := c.plain.Read(p)
	if c.n+int64(n) > c.e.size {
		n = int(c.e.size - c.n)
		err = c.a.fail("zip-size", c.e.raw, detailf("the content is longer than the declared %d bytes", c.e.size))
	}
	c.n += int64(n)
	c.crc = crc32.Update(c.crc, crc32.IEEETable, p[:n])
	c.err = c.check(n, err)
	return n, c.err
}

// check turns the decoder's answer into ours.
func (c *zipContent) check(n int, err error) error {
	if spent := c.a.spend(n, c.e.raw); spent != nil {
		return spent
	}
	if c.a.limits.inflated(c.n, c.e.packed) {
		return c.a.fail("limit-ratio", c.e.raw, detailf("%d bytes unpack to more than %d", c.e.packed, c.n))
	}
	if err == nil {
		return nil
	}
	if !errors.Is(err, io.EOF) || c.a.src.err != nil {
		return c.a.blame(err, "zip-damaged", c.e.raw)
	}
	return c.atEnd()
}

func (c *zipContent) atEnd() error {
	if c.n != c.e.size {
		return c.a.fail("zip-size", c.e.raw, detailf("the content has %d bytes, declared are %d", c.n, c.e.size))
	}
	if c.crc != c.e.crc {
		return c.a.fail("zip-crc", c.e.raw, fmt.Sprintf("the content's CRC is %08x, declared is %08x", c.crc, c.e.crc))
	}
	if left := c.packed.N + int64(c.buf.Buffered()); left > 0 {
		c.a.add("zip-hidden-bytes", c.e.raw, detailf("%d packed bytes after the end of the content", left))
	}
	return io.EOF
}
