package cache

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSecondProcessIsTold(t *testing.T) {
	s := newStore(t, func(o *Options) { o.Owner = OwnerInfo{URL: "http://127.0.0.1:1"} })
	_, err := Open(t.Context(), Options{Dir: s.dir})
	var le *LockedError
	if !errors.As(err, &le) || le.Owner != (OwnerInfo{PID: os.Getpid(), URL: "http://127.0.0.1:1"}) {
		t.Fatalf("second Open = %#v; want a *LockedError with the owner", err)
	}
	if err := s.SetOwner(OwnerInfo{PID: 7, URL: "http://127.0.0.1:2", Token: "secret"}); err != nil {
		t.Fatal(err)
	}
	o, err := ReadOwner(s.dir)
	if err != nil || o != (OwnerInfo{7, "http://127.0.0.1:2", "secret"}) {
		t.Errorf("ReadOwner = %+v, %v", o, err)
	}
	_, err = Open(t.Context(), Options{Dir: s.dir})
	if msg := err.Error(); !strings.Contains(msg, "process 7") || !strings.Contains(msg, "127.0.0.1:2") || strings.Contains(msg, "secret") {
		t.Errorf("message: %s", msg)
	}
	s.Close()
	if _, err := ReadOwner(s.dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("owner of a closed store: %v; want fs.ErrNotExist", err)
	}
}

// A process that was killed leaves its owner file; the lock is what counts.
func TestStaleOwner(t *testing.T) {
	s := newStore(t)
	s.Close()
	if err := os.WriteFile(filepath.Join(s.dir, ownerFile), []byte(`{"pid":1,"url":"http://127.0.0.1:9"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if o, err := ReadOwner(s.dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadOwner of a dead process = %+v, %v; want fs.ErrNotExist", o, err)
	}
	s = openStore(t, s.dir)
	if o, err := ReadOwner(s.dir); err != nil || o.PID != os.Getpid() || o.URL != "" {
		t.Errorf("ReadOwner = %+v, %v; want this process", o, err)
	}
	if _, err := ReadOwner(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("owner of no store: %v; want fs.ErrNotExist", err)
	}
}
