package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

const (
	// metadataTail is what WheelMetadata reads first, in bytes: the directory
	// of a usual wheel and, since builders write .dist-info last, often the
	// metadata too. It is what the search for the end record needs.
	metadataTail = zipTail
	// metadataLimit bounds METADATA, in bytes; genuine ones with a long
	// description reach some hundred kilobytes.
	metadataLimit = 4 << 20
	// metadataSlack is what a local header may be longer than the directory
	// lets expect, in bytes: extra fields that stand in it alone.
	metadataSlack = 256
)

// WheelMetadata returns the content of METADATA in the one .dist-info folder of
// the wheel in the first size bytes of r (binary distribution specification,
// PEP 427), without reading the wheel.
//
// It calls r.ReadAt at most three times for a usual wheel, since each call may be
// a request over a network: once for the last 64 KiB; once for the part of the
// central directory before them, if any, with 64 KiB of members in front of it;
// and once for METADATA, if it is not in what was read. Small wheels take one
// call, most others two. Only a local header that is more than 256 bytes longer
// than the directory lets expect takes a fourth.
//
// Any shape that Open objects to in the directory is an error of type
// *FormatError, and so are two .dist-info folders and content that its CRC does
// not confirm. A wheel without METADATA is fs.ErrNotExist. An error of r is
// passed on.
func WheelMetadata(r io.ReaderAt, size int64) ([]byte, error) {
	p := &prefetch{r: r, size: size}
	if err := p.fetch(max(0, size-metadataTail), size); err != nil {
		return nil, err
	}
	limits := DefaultLimits
	limits.Member, limits.Total = metadataLimit, metadataLimit
	a := &Archive{
		src: &source{r: p, size: size}, limits: limits, format: FormatZip,
		log: hazardLog{max: limits.Hazards}, names: newNameTable(limits),
	}
	end, err := a.readZipEnd()
	if err == nil && end.size <= limits.Directory {
		err = p.fetchDirectory(end.start)
	}
	if err == nil {
		err = a.openZip()
	}
	if err != nil {
		return nil, err
	}
	e, err := a.findMetadata()
	if err != nil {
		return nil, err
	}
	if err := p.fetch(e.offset, min(size, e.offset+e.reach())); err != nil {
		return nil, err
	}
	return a.readMetadata(e)
}

// fetchDirectory makes the central directory present. If that takes a request,
// it brings the last members too: the metadata is often among them.
func (p *prefetch) fetchDirectory(start int64) error {
	if start >= p.spans[0].off {
		return nil
	}
	return p.fetch(max(0, start-metadataTail), p.size)
}

// reach is how far from its local header the member can extend, descriptor
// included.
func (e *zipEntry) reach() int64 {
	return zipLocalSize + int64(len(e.raw)) + metadataSlack + min(e.packed, metadataLimit)
}

// findMetadata returns the one */METADATA at the top of the wheel.
func (a *Archive) findMetadata() (*zipEntry, error) {
	var found *zipEntry
	folder := ""
	for i := range a.zip.entries {
		e := &a.zip.entries[i]
		top, rest, _ := strings.Cut(e.name, "/")
		if !strings.HasSuffix(strings.ToLower(top), ".dist-info") {
			continue
		}
		if folder != "" && top != folder {
			return nil, a.fail("wheel-dist-info", e.raw, detailf("a second .dist-info folder besides %q", folder))
		}
		folder = top
		if rest != "METADATA" {
			continue
		}
		if found != nil {
			return nil, a.fail("duplicate", e.raw, "METADATA twice")
		}
		found = e
	}
	if found == nil {
		return nil, fmt.Errorf("METADATA of the wheel: %w", fs.ErrNotExist)
	}
	return found, nil
}

// readMetadata verifies and reads the member.
func (a *Archive) readMetadata(e *zipEntry) ([]byte, error) {
	u := &unzipper{a: a, r: a.src}
	data, err := u.checkLocal(e)
	if err == nil {
		err = a.refusal(e)
	}
	if err != nil {
		return nil, a.blame(err, "zip-local-header", e.raw)
	}
	content, err := u.open(context.Background(), e, data)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(content)
	if err != nil {
		return nil, err
	}
	if len(a.log.list) > 0 {
		return nil, &FormatError{Hazard: a.log.list[0]}
	}
	return b, nil
}

// A prefetch is a reader of spans fetched before, that passes on what it lacks.
type prefetch struct {
	r     io.ReaderAt
	size  int64
	spans []span
}

type span struct {
	off int64
	b   []byte
}

// fetch makes the bytes from..to present, reading only what comes before the
// spans that reach to the same end.
func (p *prefetch) fetch(from, to int64) error {
	for _, s := range p.spans {
		if s.off <= from && to <= s.off+int64(len(s.b)) {
			return nil
		}
		if from < s.off && s.off < to && to <= s.off+int64(len(s.b)) {
			to = s.off
		}
	}
	if from >= to {
		return nil
	}
	b := make([]byte, to-from)
	if n, err := p.r.ReadAt(b, from); n < len(b) {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("read wheel at byte %d: %w", from+int64(n), err)
	}
	p.spans = append(p.spans, span{off: from, b: b})
	return nil
}

// ReadAt serves from the spans as far as they go.
func (p *prefetch) ReadAt(b []byte, off int64) (int, error) {
	n := 0
	for n < len(b) {
		k := p.copyAt(b[n:], off+int64(n))
		if k == 0 {
			break
		}
		n += k
	}
	if n == len(b) {
		return n, nil
	}
	m, err := p.r.ReadAt(b[n:], off+int64(n))
	return n + m, err
}

func (p *prefetch) copyAt(b []byte, off int64) int {
	for _, s := range p.spans {
		if off >= s.off && off < s.off+int64(len(s.b)) {
			return copy(b, s.b[off-s.off:])
		}
	}
	return 0
}
