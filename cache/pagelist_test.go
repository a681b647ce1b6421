package cache

import (
	"errors"
	"io/fs"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDeletePageAndProjects(t *testing.T) {
	s, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, p := range []PageEntry{{Index: "a", Project: "two"}, {Index: "a", Project: "one"}, {Index: "b", Project: "one"}} {
		p.Body, p.Fetched, p.Checked = []byte("page"), time.Now(), time.Now()
		if err := s.PutPage(&p); err != nil {
			t.Fatal(err)
		}
	}
	names, err := s.Projects()
	if diff := cmp.Diff([]string{"one", "two"}, names); diff != "" || err != nil {
		t.Errorf("projects (-want +got): %s, %v", diff, err)
	}
	if err := s.DeletePage("a", "two"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Page("a", "two"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a deleted page gives %v, not fs.ErrNotExist", err)
	}
	if _, err := s.Page("a", "one"); err != nil {
		t.Errorf("another page is gone too: %v", err)
	}
	if err := s.DeletePage("a", "never"); err != nil {
		t.Errorf("deleting nothing: %v", err)
	}
}
