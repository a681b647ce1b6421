package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

func TestKeyFilterNeverDeniesAKeyThatIsThere(t *testing.T) {
	f := newKeyFilter()
	key := func(i int) []byte { return fmt.Appendf(nil, "key %d", i) }
	const n = 100_000
	for i := range n {
		f.add(key(i))
	}
	for i := range n {
		if !f.mayHave(key(i)) {
			t.Fatalf("%s was added and is denied", key(i))
		}
	}
	wrong := 0
	for i := n; i < 2*n; i++ {
		if f.mayHave(key(i)) {
			wrong++
		}
	}
	if wrong > n/50 {
		t.Errorf("%d of %d keys that were never added pass", wrong, n)
	}
}

func TestFilterKnowsTheKeysOfTheLastRun(t *testing.T) {
	dir := t.TempDir()
	hash := strings.Repeat("ab", 32)
	s, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.PutFileHash("main", "url", hash); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(t.Context(), Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got, err := s.FileHash("main", "url"); err != nil || got != hash {
		t.Errorf("after a restart: %q, %v", got, err)
	}
	if _, err := s.FileHash("main", "other"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was never put gives %v, not fs.ErrNotExist", err)
	}
}
