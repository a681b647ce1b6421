package cache

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
)

// Blob is a whole, verified file of the store, held there until Close. It is
// safe for concurrent use.
type Blob struct {
	s    *Store
	e    *entry
	size int64
	name string

	mu     sync.Mutex
	closed bool
	opened []*os.File // by File
}

// Open opens the stored file with that SHA-256 (lower-case hex). The file is
// not evicted before Close. fs.ErrNotExist when the store has none that is whole.
func (s *Store) Open(sha256 string) (*Blob, error) {
	id, ok := parseDigest(sha256)
	if !ok {
		return nil, notExist("stored file", sha256)
	}
	e, err := s.find(id)
	if err != nil {
		return nil, fmt.Errorf("stored file %s: %w", sha256, bare(err))
	}
	return s.blob(e, sha256), nil
}

// Has reports whether the store knows a file by that SHA-256, without opening it.
func (s *Store) Has(sha256 string) bool {
	id, ok := parseDigest(sha256)
	if !ok {
		return false
	}
	s.files.mu.Lock()
	defer s.files.mu.Unlock()
	return s.files.files[id] != nil
}

// bare takes the path out of an error: the store's layout is nobody's business.
func bare(err error) error {
	if pe, ok := err.(*fs.PathError); ok {
		return pe.Err
	}
	return err
}

// blob makes a Blob of a pinned, trusted entry.
func (s *Store) blob(e *entry, name string) *Blob {
	return &Blob{s: s, e: e, size: e.size, name: name}
}

// Size is the file's length in bytes.
func (b *Blob) Size() int64 { return b.size }

// SHA256 is the file's name, lower-case hex.
func (b *Blob) SHA256() string { return b.name }

// ReadAt reads from the file as io.ReaderAt says.
func (b *Blob) ReadAt(p []byte, off int64) (int, error) {
	if body, ok := b.s.files.bodies.get(b.e.id); ok {
		return bytes.NewReader(body).ReadAt(p, off)
	}
	f, err := b.shared()
	if err != nil {
		return 0, err
	}
	return f.ReadAt(p, off)
}

// Reader returns a new reader over the whole file.
func (b *Blob) Reader() *io.SectionReader { return io.NewSectionReader(b, 0, b.size) }

// Bytes returns the whole body of a small file from memory; false for a file
// that is not small. The caller must not change it; it stays valid after Close.
func (b *Blob) Bytes() ([]byte, bool) {
	if b.size > smallFile {
		return nil, false
	}
	x := &b.s.files
	if body, ok := x.bodies.get(b.e.id); ok {
		return body, true
	}
	f, err := b.shared()
	if err != nil {
		return nil, false
	}
	body := make([]byte, b.size)
	if _, err := f.ReadAt(body, 0); err != nil && err != io.EOF {
		return nil, false
	}
	if sha256.Sum256(body) != b.e.id {
		b.s.forget(b.e, "stored file is damaged")
		return nil, false
	}
	x.bodies.put(b.e.id, body, b.size+int64(len(b.name)))
	return body, true
}

// File returns a new *os.File at offset 0, for sendfile. Close of the blob
// closes it; the caller may do so earlier.
func (b *Blob) File() (*os.File, error) {
	if err := b.usable(); err != nil {
		return nil, err
	}
	f, err := os.Open(b.s.filePath(b.e.id))
	if err != nil {
		return nil, fmt.Errorf("stored file %s: %w", b.name, bare(err))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		f.Close()
		return nil, fs.ErrClosed
	}
	b.opened = append(b.opened, f)
	return f, nil
}

// Close lets the file go. A second Close does nothing.
func (b *Blob) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	b.closed = true
	for _, f := range b.opened {
		f.Close()
	}
	b.s.release(b.e)
	return nil
}

func (b *Blob) usable() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return fs.ErrClosed
	}
	if b.e.trust.Load() == trustBroken {
		return &DamagedError{SHA256: b.name}
	}
	return nil
}

// shared returns the descriptor that all users of the file read from.
func (b *Blob) shared() (*os.File, error) {
	if err := b.usable(); err != nil {
		return nil, err
	}
	x := &b.s.files
	x.mu.Lock()
	defer x.mu.Unlock()
	if b.e.file != nil {
		return b.e.file, nil
	}
	f, ok := x.idle.take(b.e.id)
	if !ok {
		var err error
		if f, err = os.Open(b.s.filePath(b.e.id)); err != nil {
			return nil, fmt.Errorf("stored file %s: %w", b.name, bare(err))
		}
	}
	b.e.file = f
	return f, nil
}
