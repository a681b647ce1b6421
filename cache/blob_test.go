package cache

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"testing"
	"time"
)

func TestBlob(t *testing.T) {
	for _, size := range []int{0, 1, smallFile, smallFile + 1, 3 << 20} {
		s := newStore(t)
		body := noise(uint64(size), size)
		id := s.add(t, body)
		if id != sum(body) {
			t.Fatalf("%d bytes stored as %s; want %s", size, id, sum(body))
		}
		b, err := s.Store.Open(id)
		if err != nil {
			t.Fatal(err)
		}
		if b.Size() != int64(size) || b.SHA256() != id {
			t.Errorf("Size, SHA256 = %d, %s", b.Size(), b.SHA256())
		}
		got, err := io.ReadAll(b.Reader())
		if err != nil || !bytes.Equal(got, body) {
			t.Errorf("%d bytes: Reader gives others (%v)", size, err)
		}
		mem, ok := b.Bytes()
		if ok != (size <= smallFile) || ok && !bytes.Equal(mem, body) {
			t.Errorf("%d bytes: Bytes gives %d, %v", size, len(mem), ok)
		}
		f, err := b.File()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, body) {
			t.Errorf("%d bytes: File gives others (%v)", size, err)
		}
		b.Close()
		b.Close()
		if _, err := f.Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
			t.Errorf("file of a closed blob: %v; want os.ErrClosed", err)
		}
		if _, err := b.File(); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("File of a closed blob: %v; want fs.ErrClosed", err)
		}
	}
}

func TestOpenOfNoName(t *testing.T) {
	s := newStore(t)
	for _, name := range []string{"", "../../owner.json", sum(nil), sum(nil)[:63] + "G", sum(nil) + "0"} {
		s.wantAbsent(t, name)
	}
}

// What lies on the disk is compared with the record, or hashed, before it is
// first opened in a run.
func TestDamagedFileDoesNotExist(t *testing.T) {
	body := noise(7, 100_000)
	flipped := bytes.Clone(body)
	flipped[50_000] ^= 1
	past := time.Now().Add(-time.Hour)
	for _, test := range []struct {
		name   string
		damage func(path string) error
		crash  bool // the run before did not end in order
	}{
		{"shorter", func(p string) error { return os.Truncate(p, 99_999) }, false},
		{"flipped bit, newer", func(p string) error { return os.WriteFile(p, flipped, 0o600) }, false},
		{"gone", os.Remove, false},
		{"a folder", func(p string) error { os.Remove(p); return os.Mkdir(p, 0o700) }, false},
		{"flipped bit, same time, after a crash", func(p string) error {
			st, err := os.Stat(p)
			if err == nil {
				err = os.WriteFile(p, flipped, 0o600)
			}
			if err == nil {
				err = os.Chtimes(p, past, st.ModTime())
			}
			return err
		}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			id := s.add(t, body)
			if test.crash {
				s.crash(t)
			} else if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if err := test.damage(s.path(id)); err != nil {
				t.Fatal(err)
			}
			s = openStore(t, s.dir)
			s.wantAbsent(t, id)
			s.wantAbsent(t, id)
			os.Remove(s.path(id)) // the folder
			s.add(t, body)
			s.wantFile(t, body)
		})
	}
}

func TestDamageWhileOpen(t *testing.T) {
	s := newStore(t)
	body := noise(1, 1000)
	id := s.add(t, body)
	b, err := s.Store.Open(id)
	if err != nil {
		t.Fatal(err)
	}
	body[0] ^= 1
	if err := os.WriteFile(s.path(id), body, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, ok := b.Bytes(); ok {
		t.Errorf("Bytes gives %d damaged bytes", len(got))
	}
	var de *DamagedError
	if _, err := b.File(); !errors.As(err, &de) {
		t.Errorf("File of a damaged blob: %v; want a *DamagedError", err)
	}
	if _, err := b.ReadAt(make([]byte, 1), 0); !errors.As(err, &de) {
		t.Errorf("ReadAt of a damaged blob: %v; want a *DamagedError", err)
	}
	b.Close()
	s.wantAbsent(t, id)
}

// A file without a record is hashed, and then served.
func TestFileWithoutRecord(t *testing.T) {
	s := newStore(t)
	whole, broken := noise(1, 5000), noise(2, 5000)
	s.add(t, whole)
	s.add(t, broken)
	for _, body := range [][]byte{whole, broken} {
		id, _ := parseDigest(sum(body))
		s.dropRecords([]digest{id})
	}
	if err := os.WriteFile(s.path(sum(broken)), whole, 0o600); err != nil {
		t.Fatal(err)
	}
	s = s.reopen(t)
	s.wantFile(t, whole)
	s.wantAbsent(t, sum(broken))
	if s = s.reopen(t); !s.Has(sum(whole)) {
		t.Error("a file that was found has no record")
	}
}

func TestManyReadersOfManyFiles(t *testing.T) {
	s := newStore(t)
	var bodies [][]byte
	for i := range 2 * idleFiles {
		bodies = append(bodies, noise(uint64(i), 1000+i*10))
		s.add(t, bodies[i])
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 500 {
				body := bodies[(i*7+g)%len(bodies)]
				b, err := s.Store.Open(sum(body))
				if err != nil {
					t.Error(err)
					return
				}
				got := make([]byte, len(body))
				if _, err := b.ReadAt(got, 0); err != nil || !bytes.Equal(got, body) {
					t.Errorf("wrong bytes (%v)", err)
				}
				if got, ok := b.Bytes(); i%3 == 0 && (!ok || !bytes.Equal(got, body)) {
					t.Error("wrong bytes from memory")
				}
				b.Close()
			}
		})
	}
	wg.Wait()
	if st, err := s.Stats(t.Context()); err != nil || st.Pinned != 0 {
		t.Errorf("%d files are pinned when all are closed (%v)", st.Pinned, err)
	}
}

// Storing, opening and evicting the same few files at once never gives wrong
// bytes and never loses a file that is open.
func TestEvictionUnderLoad(t *testing.T) {
	s := newStore(t)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 60 {
				body := noise(uint64(i%5), 20_000)
				w, err := s.Create(t.Context(), CreateOptions{Key: "key", Want: map[string]string{"sha256": sum(body)}})
				if err != nil {
					t.Error(err)
					return
				}
				w.Write(body[w.Offset():])
				_, b, err := w.Commit(t.Context())
				if err != nil {
					t.Errorf("goroutine %d: %v", g, err)
					return
				}
				f, err := b.File()
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, body) {
					t.Errorf("wrong bytes (%v)", err)
				}
				b.Close()
			}
		})
	}
	wg.Go(func() {
		for range 60 {
			if _, err := s.Prune(t.Context(), PruneOptions{MaxBytes: -1}); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	if r, err := s.Verify(t.Context(), VerifyOptions{BytesPerSecond: -1}); err != nil || len(r.Damaged)+len(r.Missing)+len(r.Strays) > 0 {
		t.Errorf("Verify = %+v, %v", r, err)
	}
}
