// Package scan reads one artifact, a wheel or an sdist, and reports what it
// holds: findings with evidence, and gaps where something could not be read.
//
// The [Scanner] walks the archive once. Every member is hashed, and handed with
// bounded content to every [Rule]; a [Pass] is all that a rule may see. Archives
// inside the artifact are walked too, one level deep. Nothing is unpacked,
// imported or run, and the scanner does no I/O of its own: it reads the
// [io.ReaderAt] that it is given.
//
// # What is a gap
//
// Every member ends in exactly one of two ways: its whole content was handed to
// the rules, or the report says what was not read. A member over [MaxContent] is
// digested and identified by its first bytes, and rules see its first and last
// window. For text that an interpreter runs this is the gap "limit-content".
// Data and native code of any size are not: no text rule would have read them,
// and wheels with libraries of a gigabyte are everyday.
//
// What the strict reading of the archive objects to is a gap with Hazard set
// and the hazard's own id. Of an archive inside the artifact it is a finding
// without weight: no installer unpacks that one.
//
// A report holds facts. What they mean for an installation is the policy's
// matter.
package scan

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"pipwarden/pypi"
	"pipwarden/scan/archive"
)

const (
	// MaxContent is how much of one member rules see as a whole: 8 MiB. The
	// longest Python file of the thousand most downloaded wheels has 5.
	MaxContent = 8 << 20
	// HeadWindow is what rules see of the start of a longer member.
	HeadWindow = 64 << 10
	// TailWindow is what rules see of the end of a longer member.
	TailWindow = 64 << 10
	// MaxFiles is the number of digests that a report lists. The largest
	// genuine wheels hold 30,000 files; a report of 50,000 has 8 MB.
	MaxFiles = 50_000
	// MaxNested is the number of archives inside one artifact that are walked.
	// Sdists of packaging tools hold some hundreds as test data. Compressed files
	// that are no archives do not count: one popular wheel has a thousand.
	MaxNested = 1000
)

// An Input is one artifact. The scanner reads Content at any offset below Size
// and does not keep it.
type Input struct {
	Filename pypi.Filename
	SHA256   string      // lower-case hex; "" = the scanner computes it
	Content  io.ReaderAt // must hold Size bytes
	Size     int64
}

// A Scanner scans artifacts. Its fields are read-only once it is in use; it is
// safe for concurrent use. The zero value has no rules and finds gaps alone.
type Scanner struct {
	// Rules are run in this order over every member.
	Rules []*Rule
	// Sources are the source files and data that determine what Rules do, for
	// the fingerprint.
	Sources []fs.FS
	// Limits of the archive reader; the zero value means archive.DefaultLimits.
	Limits archive.Limits

	once        sync.Once
	fingerprint string
}

// Scan reads the artifact and returns the report. The error is a broken
// in.Content, a panic in a rule, or the context's: never something about the
// artifact, which is what the report is for. Memory does not depend on in.Size.
func (s *Scanner) Scan(ctx context.Context, in Input) (*Report, error) {
	src := &source{r: in.Content, size: in.Size}
	if in.SHA256 == "" {
		sum, err := digest(ctx, src)
		if err != nil {
			return nil, fmt.Errorf("scan %q: %w", in.Filename.Text, err)
		}
		in.SHA256 = sum
	}
	w := newWalk(s, in)
	err := w.run(ctx, src)
	switch {
	case src.failed() != nil:
		// A reader that fails can look like a broken archive; the I/O error wins.
		return nil, fmt.Errorf("scan %q: read artifact: %w", in.Filename.Text, src.failed())
	case err != nil:
		return nil, fmt.Errorf("scan %q: %w", in.Filename.Text, err)
	}
	return w.report(s.Fingerprint()), nil
}

// source is the artifact's content. It remembers the first error of the reader
// below, so that broken I/O is never taken for a property of the artifact.
type source struct {
	r    io.ReaderAt
	size int64

	mu  sync.Mutex
	err error
}

func (s *source) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= s.size {
		return 0, io.EOF
	}
	short := false
	if int64(len(p)) > s.size-off {
		p, short = p[:s.size-off], true
	}
	n, err := s.r.ReadAt(p, off)
	switch {
	case n == len(p) && short:
		return n, io.EOF
	case n == len(p):
		return n, nil
	case err == nil || errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF // the content is shorter than Size says
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
	return n, err
}

func (s *source) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func digest(ctx context.Context, src *source) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, &contextReader{ctx, io.NewSectionReader(src, 0, src.size)}); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// contextReader ends a copy when the context does.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
