package cache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pipwarden/pypi"
)

// On a full disk everything that writes says so, what is there is served, and
// what nobody uses makes room.
func TestFullDisk(t *testing.T) {
	const size = 96 << 20
	dir := smallDisk(t, size)
	s := openStore(t, filepath.Join(dir, "store"))
	kept := noise(0, 1<<20)
	s.add(t, kept)
	b, err := s.Store.Open(sum(kept))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for i := range uint64(100) { // more than fits: the oldest leave
		s.add(t, noise(i+1, 2<<20))
	}
	s.wantFile(t, kept)
	s.wantFile(t, noise(100, 2<<20))

	if _, err := s.Create(t.Context(), CreateOptions{Size: size}); !isFullError(err) {
		t.Errorf("Create of a file larger than the disk: %v; want a *FullError", err)
	}
	fillDisk(t, dir)
	k, r := testReport(1)
	w, err := s.Create(t.Context(), CreateOptions{})
	if err == nil {
		_, err = w.Write(noise(200, 20<<20))
		w.Abort()
	}
	for name, err := range map[string]error{
		"Write":       err,
		"PutReport":   s.PutReport(k, r),
		"PutPage":     s.PutPage(testPage("example", noise(1, 1<<20))),
		"PutMetadata": s.PutMetadata("key", nil),
	} {
		if !isFullError(err) {
			t.Errorf("%s on a full disk: %v; want a *FullError", name, err)
		}
	}
	s.wantFile(t, kept)
	if err := os.Remove(filepath.Join(dir, "filler")); err != nil {
		t.Fatal(err)
	}
	s.add(t, noise(300, 1000))
	if err := s.PutReport(k, r); err != nil {
		t.Errorf("PutReport after room was made: %v", err)
	}
}

func TestOpenOnFullDisk(t *testing.T) {
	dir := smallDisk(t, 96<<20)
	fillDisk(t, dir)
	if _, err := Open(t.Context(), Options{Dir: filepath.Join(dir, "store")}); !isFullError(err) {
		t.Errorf("Open = %v; want a *FullError", err)
	}
}

func isFullError(err error) bool {
	var fe *FullError
	return errors.As(err, &fe)
}

// fillDisk writes until the disk is full.
func fillDisk(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 1<<20))
	}
	if !isFull(err) {
		t.Fatal(err)
	}
}

// A write error of the disk is a *FullError also where the free space said
// otherwise, as with quotas.
func TestWriteErrors(t *testing.T) {
	s := newStore(t)
	w, err := s.Create(t.Context(), CreateOptions{Key: "key", Want: pypi.Hashes{"sha256": sum(nil)}})
	if err != nil {
		t.Fatal(err)
	}
	w.f.Close()
	if _, err = w.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Write to a closed file: %v", err)
	}
	if _, again := w.Write([]byte("x")); again != err {
		t.Errorf("second Write: %v; want the first error again", again)
	}
	if _, _, commit := w.Commit(t.Context()); commit != err {
		t.Errorf("Commit after an error: %v; want that error", commit)
	}
	if !isFullError(s.ioError("store file", fmt.Errorf("write: %w", errNoSpace))) {
		t.Error("an error of a full disk is no *FullError")
	}
}
