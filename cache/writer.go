package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"pipwarden/pypi"
)

// CreateOptions says what is about to be written.
type CreateOptions struct {
	// Key names the transfer, so that a broken one can be resumed: the URL and
	// the hash. "" = nothing is kept.
	Key string
	// Want are the announced hashes. All that can be computed are verified;
	// when there are some and none can, Create fails. Empty = nothing is
	// verified, and nothing is resumed either: nobody could tell whether both
	// halves are of one file.
	Want pypi.Hashes
	// Size is the announced length in bytes; 0 = not known.
	Size int64
}

// Writer takes one file into the store. It ends with Commit, Keep or Abort;
// what comes after the first of them does nothing. It is for one goroutine.
type Writer struct {
	s         *Store
	o         CreateOptions
	f         *os.File // nil = ended
	part      *partial // nil = a temporary file that is not kept
	sums      sums
	off       int64
	asked     int64 // offset up to which there was room
	resumed   bool
	validator string
	failed    error // of an earlier Write
}

// Create begins a file. The writer may start with bytes of an earlier, broken
// transfer of the same Key: see Offset. Errors: *FullError, *UnknownHashError.
func (s *Store) Create(ctx context.Context, o CreateOptions) (*Writer, error) {
	if s.isClosed() {
		return nil, errClosed
	}
	h, err := newSums(o.Want)
	if err != nil {
		return nil, err
	}
	w := &Writer{s: s, o: o, sums: h, asked: max(o.Size, roomStep)}
	if err := s.makeRoom(w.asked); err != nil {
		return nil, fmt.Errorf("store file: %w", err)
	}
	if o.Key != "" && len(o.Want) > 0 && s.takePartial(w) {
		err = w.resume(ctx)
	} else {
		w.f, err = os.CreateTemp(filepath.Join(s.dir, tempDir), "file-*") // mode 0600
	}
	if err != nil {
		w.end(ctx.Err() == nil) // an impatient caller loses nothing
		return nil, s.ioError("store file", err)
	}
	return w, nil
}

// Offset is how many bytes the writer has.
func (w *Writer) Offset() int64 { return w.off }

// Validator is what SetValidator was given in the broken transfer that this one
// resumes; "" = none.
func (w *Writer) Validator() string { return w.validator }

// SetValidator keeps upstream's ETag or date with the bytes, for If-Range.
func (w *Writer) SetValidator(v string) error {
	if w.f == nil || w.part == nil || v == w.validator {
		return nil
	}
	w.validator = v
	if err := w.part.describe(w.o, v); err != nil {
		return w.s.ioError("describe partial file", err)
	}
	return nil
}

// Write appends p. Errors: *FullError; *MismatchError of "size" when there are
// more bytes than announced.
func (w *Writer) Write(p []byte) (int, error) {
	if w.f == nil {
		return 0, fmt.Errorf("store file: %w", os.ErrClosed)
	}
	if w.failed != nil {
		return 0, w.failed
	}
	n, err := w.write(p)
	w.failed = err
	return n, err
}

func (w *Writer) write(p []byte) (int, error) {
	end := w.off + int64(len(p))
	if w.o.Size > 0 && end > w.o.Size {
		return 0, w.mismatch(end)
	}
	if end > w.asked {
		if err := w.s.makeRoom(roomStep); err != nil {
			return 0, fmt.Errorf("store file: %w", err)
		}
		w.asked = end + roomStep
	}
	n, err := w.f.Write(p)
	w.sums.write(p[:n])
	w.off += int64(n)
	if err != nil {
		return n, w.s.ioError("store file", err)
	}
	return n, nil
}

func (w *Writer) mismatch(got int64) error {
	return &MismatchError{
		Algorithm: "size",
		Want:      strconv.FormatInt(w.o.Size, 10),
		Got:       strconv.FormatInt(got, 10),
		Resumed:   w.resumed,
	}
}

// Restart throws away what the writer has: upstream does not resume, or sends
// another file.
func (w *Writer) Restart() error {
	if w.f == nil {
		return fmt.Errorf("store file: %w", os.ErrClosed)
	}
	err := w.f.Truncate(0)
	if err == nil {
		_, err = w.f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return w.s.ioError("store file", err)
	}
	w.sums.reset()
	w.off, w.resumed, w.failed = 0, false, nil
	return w.SetValidator("")
}

// Commit verifies the bytes, makes them durable and stores them under their
// SHA-256, which it returns with the opened file. Errors: *TruncatedError (the
// bytes are kept as by Keep); *MismatchError and *FullError (they are gone).
func (w *Writer) Commit(ctx context.Context) (string, *Blob, error) {
	if w.f == nil {
		return "", nil, fmt.Errorf("store file: %w", os.ErrClosed)
	}
	if err := ctx.Err(); err != nil {
		return "", nil, err
	}
	if err := w.verify(); err != nil {
		return "", nil, err
	}
	id := w.sums.digest()
	if e, err := w.s.find(id); err == nil {
		w.end(true) // the same bytes came by another way
		return id.String(), w.s.blob(e, id.String()), nil
	}
	e, err := w.s.install(w, id)
	w.end(true)
	if err != nil {
		return "", nil, w.s.ioError("store file", err)
	}
	w.s.wantEviction()
	return id.String(), w.s.blob(e, id.String()), nil
}

// verify ends the writer when the bytes are not those that were announced.
func (w *Writer) verify() error {
	if w.failed != nil {
		w.end(true)
		return w.failed
	}
	if w.off < w.o.Size {
		err := &TruncatedError{Want: w.o.Size, Got: w.off}
		w.end(false)
		return err
	}
	if err := w.sums.verify(w.o.Want, w.resumed); err != nil {
		w.end(true)
		return err
	}
	return nil
}

// install makes the writer's bytes durable and gives them their name.
func (s *Store) install(w *Writer, id digest) (*entry, error) {
	if err := w.f.Sync(); err != nil {
		return nil, err
	}
	st, err := w.f.Stat()
	if err != nil {
		return nil, err
	}
	from := w.f.Name()
	if err := w.f.Close(); err != nil {
		return nil, err
	}
	mu := s.files.name(id)
	mu.Lock()
	defer mu.Unlock()
	if e := s.files.pin(id); e != nil {
		return e, nil // another writer was first; its bytes were verified like ours
	}
	path := s.filePath(id)
	if err := makeShard(filepath.Dir(path)); err != nil {
		return nil, err
	}
	if err := os.Rename(from, path); err != nil {
		return nil, err
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return nil, err
	}
	e := &entry{id: id, size: w.off, mtime: st.ModTime().UnixNano()}
	e.used.Store(time.Now().Unix())
	e.trust.Store(trustFull)
	e = s.files.add(e)
	s.writeRecord(e)
	return e, nil
}

// makeShard makes one of the folders that files are spread over.
func makeShard(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(dir))
}

// Keep ends the writer and leaves its bytes for a later Create of the same Key.
func (w *Writer) Keep() error {
	w.end(w.failed != nil)
	return nil
}

// Abort ends the writer and removes its bytes.
func (w *Writer) Abort() error {
	w.end(true)
	return nil
}

// end closes and, unless the bytes are to be kept, removes them.
func (w *Writer) end(remove bool) {
	if w.f != nil {
		w.f.Close() // a second close after install does no harm
		if remove || w.part == nil {
			os.Remove(w.f.Name()) // gone already after install
		}
	}
	if w.part != nil {
		if remove || w.f == nil {
			w.part.remove()
		}
		w.s.givePartial(w.part)
	}
	w.f, w.part = nil, nil
}
