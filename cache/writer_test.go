package cache

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pipwarden/pypi"
)

func hexOf(b []byte) string { return hex.EncodeToString(b) }

func TestCommitVerifies(t *testing.T) {
	body := []byte("the bytes of a wheel")
	m, s5 := md5.Sum(body), sha512.Sum512(body)
	none := sum(nil)
	for _, test := range []struct {
		name string
		want pypi.Hashes
		size int64
		err  error
	}{
		{"nothing announced", nil, 0, nil},
		{"all right", pypi.Hashes{"sha256": sum(body), "md5": hexOf(m[:]), "sha512": hexOf(s5[:])}, 20, nil},
		{"only md5", pypi.Hashes{"md5": hexOf(m[:])}, 0, nil},
		{"one unknown among known", pypi.Hashes{"blake2b_256": "00", "sha256": sum(body)}, 0, nil},
		{"other sha256", pypi.Hashes{"sha256": none}, 0, &MismatchError{Algorithm: "sha256", Want: none, Got: sum(body)}},
		{"one of two", pypi.Hashes{"sha256": sum(body), "md5": "00"}, 0, &MismatchError{Algorithm: "md5", Want: "00", Got: hexOf(m[:])}},
		{"short", nil, 21, &TruncatedError{Want: 21, Got: 20}},
		{"long", nil, 19, &MismatchError{Algorithm: "size", Want: "19", Got: "20"}},
		{"only unknown", pypi.Hashes{"blake2b_256": "00", "x": "1"}, 0, &UnknownHashError{Algorithms: []string{"blake2b_256", "x"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			err := s.store(t, CreateOptions{Key: "key", Want: test.want, Size: test.size}, body)
			if diff := cmp.Diff(test.err, err); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if test.err == nil {
				s.wantFile(t, body)
			} else {
				s.wantAbsent(t, sum(body))
			}
			if left := s.left(t); len(left) != 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

// store writes body and returns the first error.
func (o opened) store(t *testing.T, c CreateOptions, body []byte) error {
	t.Helper()
	w, err := o.Create(t.Context(), c)
	if err != nil {
		return err
	}
	w.Write(body)
	_, b, err := w.Commit(t.Context())
	if err == nil {
		b.Close()
	}
	if again := second2(w.Commit(t.Context())); !errors.Is(again, os.ErrClosed) {
		t.Errorf("second Commit: %v; want os.ErrClosed", again)
	}
	return err
}

func second2[A, B any](_ A, _ B, err error) error { return err }

// left lists files that are neither stored nor part of a kept transfer's pair.
func (o opened) left(t *testing.T) (names []string) {
	t.Helper()
	for _, d := range []string{tempDir, partialDir} {
		got, err := os.ReadDir(filepath.Join(o.dir, d))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range got {
			names = append(names, n.Name())
		}
	}
	return names
}

func TestResume(t *testing.T) {
	body := noise(3, 300_000)
	c := CreateOptions{Key: "https://files.invalid/a.whl#1", Want: pypi.Hashes{"sha256": sum(body)}, Size: int64(len(body))}
	for _, test := range []struct {
		name   string
		next   func(CreateOptions) CreateOptions
		change func(part string)
		offset int64
		err    bool // committing the rest fails, and the next try from the start succeeds
	}{
		{name: "same transfer", offset: 100_000},
		{name: "other hash", next: func(c CreateOptions) CreateOptions {
			c.Want = pypi.Hashes{"sha256": sum(body), "md5": "d41d8cd98f00b204e9800998ecf8427e"}
			return c
		}, err: true},
		{name: "other size", next: func(c CreateOptions) CreateOptions { c.Size = 0; return c }},
		{name: "other key", next: func(c CreateOptions) CreateOptions { c.Key = "other"; return c }},
		{name: "no hash", next: func(c CreateOptions) CreateOptions { c.Want = nil; return c }},
		{name: "no description", change: func(p string) { os.Remove(p[:len(p)-5] + ".json") }},
		{name: "garbled description", change: func(p string) { os.WriteFile(p[:len(p)-5]+".json", []byte("{"), 0o600) }},
		{name: "flipped bit", change: func(p string) { os.WriteFile(p, make([]byte, 100_000), 0o600) }, offset: 100_000, err: true},
		{name: "more than announced", change: func(p string) { os.WriteFile(p, make([]byte, 300_001), 0o600) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			s.keep(t, c, body[:100_000], `"etag"`)
			parts, err := filepath.Glob(filepath.Join(s.dir, partialDir, "*.part"))
			if err != nil || len(parts) != 1 {
				t.Fatalf("kept: %q, %v", parts, err)
			}
			if test.change != nil {
				test.change(parts[0])
			}
			s = s.reopen(t)
			next := c
			if test.next != nil {
				next = test.next(c)
			}
			w, err := s.Create(t.Context(), next)
			if err != nil {
				t.Fatal(err)
			}
			if w.Offset() != test.offset || (w.Validator() == `"etag"`) != (test.offset > 0) {
				t.Fatalf("resumes at %d with validator %q; want %d", w.Offset(), w.Validator(), test.offset)
			}
			w.Write(body[w.Offset():])
			_, b, err := w.Commit(t.Context())
			if (err != nil) != test.err {
				t.Fatalf("Commit: %v", err)
			}
			if err == nil {
				b.Close()
				s.wantFile(t, body)
				return
			}
			var me *MismatchError
			if !errors.As(err, &me) || me.Resumed != (test.offset > 0) {
				t.Errorf("Commit: %#v", err)
			}
			if w, err = s.Create(t.Context(), c); err != nil || w.Offset() != 0 {
				t.Errorf("after a mismatch: offset %d, %v", w.Offset(), err)
			}
			w.Abort()
		})
	}
}

// keep writes the beginning of a transfer that breaks.
func (o opened) keep(t *testing.T, c CreateOptions, begin []byte, etag string) {
	t.Helper()
	w, err := o.Create(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.SetValidator(etag); err != nil {
		t.Fatal(err)
	}
	w.Write(begin)
	if err := w.Keep(); err != nil {
		t.Fatal(err)
	}
}

func TestTruncatedIsKept(t *testing.T) {
	s := newStore(t)
	body := noise(4, 1000)
	c := CreateOptions{Key: "key", Want: pypi.Hashes{"sha256": sum(body)}, Size: 1000}
	w, err := s.Create(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(body[:600])
	var te *TruncatedError
	if _, _, err := w.Commit(t.Context()); !errors.As(err, &te) {
		t.Fatalf("Commit = %v; want a *TruncatedError", err)
	}
	w, err = s.Create(t.Context(), c)
	if err != nil || w.Offset() != 600 {
		t.Fatalf("offset %d, %v; want 600", w.Offset(), err)
	}
	if err := w.Restart(); err != nil || w.Offset() != 0 {
		t.Fatalf("Restart: offset %d, %v", w.Offset(), err)
	}
	w.Write(body)
	_, b, err := w.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	s.wantFile(t, body)
}

// Two transfers of one key at a time: the second is not kept, and both succeed.
func TestTwoWritersOfOneKey(t *testing.T) {
	s := newStore(t)
	body := noise(5, 1000)
	c := CreateOptions{Key: "key", Want: pypi.Hashes{"sha256": sum(body)}}
	var writers []*Writer
	for range 2 {
		w, err := s.Create(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(body)
		writers = append(writers, w)
	}
	for _, w := range writers {
		_, b, err := w.Commit(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		b.Close()
	}
	if left := s.left(t); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestCreateStopsWithItsContext(t *testing.T) {
	s := newStore(t)
	body := noise(6, 1000)
	c := CreateOptions{Key: "key", Want: pypi.Hashes{"sha256": sum(body)}}
	s.keep(t, c, body[:500], "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Create(ctx, c); !errors.Is(err, context.Canceled) {
		t.Fatalf("Create = %v; want context.Canceled", err)
	}
	w, err := s.Create(t.Context(), c)
	if err != nil || w.Offset() != 500 {
		t.Fatalf("offset %d, %v; an impatient caller threw the bytes away", w.Offset(), err)
	}
	w.Abort()
}

func TestOldPartialsGo(t *testing.T) {
	s := newStore(t)
	want := pypi.Hashes{"sha256": sum(nil)}
	s.keep(t, CreateOptions{Key: "old", Want: want}, []byte("abc"), "")
	old := s.left(t)
	for _, n := range old {
		at := time.Now().Add(-partialAge - time.Minute)
		if err := os.Chtimes(filepath.Join(s.dir, partialDir, n), at, at); err != nil {
			t.Fatal(err)
		}
	}
	s.keep(t, CreateOptions{Key: "new", Want: want}, []byte("abc"), "")
	if st, err := s.Stats(t.Context()); err != nil || st.Partials != 2 || st.PartialBytes != 6 {
		t.Errorf("Stats = %+v, %v; want two partials of 6 bytes", st, err)
	}
	s = s.reopen(t)
	if left := s.left(t); len(left) != 2 || bytes.Contains([]byte(left[0]+left[1]), []byte(old[0])) {
		t.Errorf("left after a day: %q", left)
	}
}
