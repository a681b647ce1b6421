package archive

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"context"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/ulikunitz/xz"
)

// A tarStream is the tar's bytes after decompression, with the limits held.
type tarStream struct {
	a      *Archive
	ctx    func() error
	plain  io.Reader
	packed *packedReader
	n      int64 // unpacked so far
	atEnd  bool  // the tar has ended: what follows is nobody's
}

// openTarStream undoes the compression.
func (a *Archive) openTarStream(ctx context.Context) (*tarStream, error) {
	s := &tarStream{a: a, ctx: ctx.Err, packed: newPackedReader(a.src)}
	err := s.decompress()
	if err != nil {
		return nil, a.blame(err, "compressed-damaged", "")
	}
	return s, nil
}

func (s *tarStream) decompress() (err error) {
	switch s.a.format {
	case FormatTarGzip:
		s.plain, err = newGzipMembers(s)
	case FormatTarBzip2:
		s.plain = bzip2.NewReader(s.packed)
	case FormatTarXz:
		if err := s.a.checkXz(s.ctx); err != nil {
			return err
		}
		s.plain, err = xz.NewReader(s.packed.r)
	case FormatTarZstd:
		s.plain, err = newZstd(s.packed.r, s.a.limits)
	default:
		s.plain = s.packed.r
	}
	return err
}

// Read delivers unpacked bytes; its errors other than io.EOF are ready to be
// given to the caller.
func (s *tarStream) Read(p []byte) (int, error) {
	if err := s.ctx(); err != nil {
		return 0, err
	}
	n, err := s.plain.Read(p)
	s.n += int64(n)
	if s.packed.again {
		s.packed.again = false
		s.a.add("compressed-members", "", "several bzip2 streams; some installers read the first alone")
	}
	if spent := s.a.spend(n, ""); spent != nil {
		return n, spent
	}
	if s.a.format != FormatTar && s.a.limits.inflated(s.n, s.packed.count()) {
		return n, s.a.fail("limit-ratio", "", detailf("%d bytes unpack to more than %d", s.packed.count(), s.n))
	}
	if err == nil || errors.Is(err, io.EOF) && s.a.src.err == nil {
		return n, err
	}
	id := "compressed-damaged"
	if s.atEnd {
		id = "compressed-trailing-bytes"
	}
	return n, s.a.blame(err, id, "")
}

// A packedReader counts the packed bytes and, for bzip2, notices the start of a
// second stream, which compress/bzip2 joins silently. The 10 bytes of a stream's
// start lie on a byte boundary by chance once in 10^21 bytes.
type packedReader struct {
	r     *bufio.Reader
	under *io.SectionReader
	bytes int64 // read by ReadByte
	again bool
	last  [10]byte
}

func newPackedReader(src *source) *packedReader {
	under := io.NewSectionReader(src, 0, src.size)
	return &packedReader{r: bufio.NewReaderSize(under, streamBuffer), under: under}
}

// count returns how many packed bytes were consumed.
func (p *packedReader) count() int64 {
	at, _ := p.under.Seek(0, io.SeekCurrent) // where it is: cannot fail
	return at - int64(p.r.Buffered())
}

// ReadByte is how compress/bzip2 reads.
func (p *packedReader) ReadByte() (byte, error) {
	b, err := p.r.ReadByte()
	if err != nil {
		return 0, err
	}
	p.bytes++
	copy(p.last[:], p.last[1:])
	p.last[9] = b
	if (b == 0x59 || b == 0x90) && p.bytes > 10 && string(p.last[:3]) == "BZh" {
		magic := string(p.last[4:])
		p.again = p.again || magic == "1AY&SY" || magic == "\x17\x72\x45\x38\x50\x90"
	}
	return b, nil
}

func (p *packedReader) Read(b []byte) (int, error) { return p.r.Read(b) }

// A gzipMembers reads one gzip member after another, as Python's gzip does, and
// says so: uv and others read the first alone (RFC 1952 allows several).
type gzipMembers struct {
	s *tarStream
	z *gzip.Reader
}

func newGzipMembers(s *tarStream) (*gzipMembers, error) {
	z, err := gzip.NewReader(s.packed.r)
	if err != nil {
		return nil, err
	}
	z.Multistream(false)
	return &gzipMembers{s: s, z: z}, nil
}

// Read delivers the members' contents joined.
func (g *gzipMembers) Read(p []byte) (int, error) {
	n, err := g.z.Read(p)
	if n > 0 || !errors.Is(err, io.EOF) {
		if errors.Is(err, io.EOF) {
			err = nil // what follows is seen by the next Read
		}
		return n, err
	}
	return 0, g.next()
}

// next goes to the following member. Zeros between members are padding to
// Python and garbage to others.
func (g *gzipMembers) next() error {
	for zeros := 0; ; zeros++ {
		b, err := g.s.packed.r.Peek(1)
		if err != nil {
			return err
		}
		if b[0] != 0 {
			break
		}
		if zeros == 0 {
			g.s.a.add("compressed-trailing-bytes", "", "zeros after a gzip member")
		}
		_, _ = g.s.packed.r.Discard(1)
	}
	if magic, err := g.s.packed.r.Peek(2); err == nil && bytes.Equal(magic, []byte("\x1f\x8b")) {
		g.s.a.add("compressed-members", "", "several gzip members; some installers read the first alone")
		if err := g.z.Reset(g.s.packed.r); err != nil {
			return err
		}
		g.z.Multistream(false)
		return nil
	}
	if g.s.a.src.err != nil {
		return g.s.a.src.err
	}
	return g.s.a.fail("compressed-trailing-bytes", "", "bytes after the last gzip member that are no gzip")
}
