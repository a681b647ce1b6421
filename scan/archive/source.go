package archive

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// A source is the archive's bytes. It remembers the reader's first failure, so
// that a decoder's complaint about missing bytes is not taken for a damaged
// archive.
type source struct {
	r    io.ReaderAt
	size int64
	err  error
}

// ReadAt reads within the size; the end of the reader before it is a failure.
func (s *source) ReadAt(p []byte, off int64) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if off < 0 || off >= s.size {
		return 0, io.EOF
	}
	short := int64(len(p)) > s.size-off
	if short {
		p = p[:s.size-off]
	}
	n, err := s.r.ReadAt(p, off)
	switch {
	case n == len(p) && short:
		return n, io.EOF
	case n == len(p):
		return n, nil
	case err == nil || errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	s.err = fmt.Errorf("read archive at byte %d: %w", off+int64(n), err)
	return n, s.err
}

// stream returns a buffered reader of length bytes from off.
func (s *source) stream(off, length int64) *bufio.Reader {
	return bufio.NewReaderSize(io.NewSectionReader(s, off, length), streamBuffer)
}

// tail returns the last n bytes, or all when there are fewer.
func (s *source) tail(n int64) ([]byte, error) {
	n = min(n, s.size)
	b := make([]byte, n)
	if _, err := s.ReadAt(b, s.size-n); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b, nil
}

const (
	streamBuffer = 128 << 10 // bytes; few, large reads
	windowBuffer = 256 << 10 // bytes; some hundred small members a read
	windowProbe  = 4 << 10   // bytes read where the access is not in order
)

// A window reads ahead, so that headers and contents that follow one another
// cost one read a quarter of a megabyte. Access out of order reads little: a
// directory in hostile order must not multiply the work.
type window struct {
	src *source
	buf []byte
	off int64 // of buf
}

// ReadAt serves from the window, refilling it as needed.
func (w *window) ReadAt(p []byte, off int64) (int, error) {
	if len(p) >= windowBuffer {
		return w.src.ReadAt(p, off)
	}
	done := 0
	for done < len(p) {
		at := off + int64(done)
		if at < w.off || at >= w.off+int64(len(w.buf)) {
			if err := w.fill(at, len(p)-done); err != nil {
				return done, err
			}
		}
		done += copy(p[done:], w.buf[at-w.off:])
	}
	return done, nil
}

func (w *window) fill(at int64, need int) error {
	size := max(need, windowProbe)
	if end := w.off + int64(len(w.buf)); at >= end && at <= end+windowProbe {
		size = windowBuffer
	}
	if cap(w.buf) < windowBuffer {
		w.buf = make([]byte, 0, windowBuffer)
	}
	n, err := w.src.ReadAt(w.buf[:size], at)
	w.buf, w.off = w.buf[:n], at
	if n > 0 {
		return nil
	}
	return err
}
