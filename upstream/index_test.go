package upstream

import (
	"strings"
	"testing"
)

// The key tells indexes apart by name and place, and never by user.
func TestIndexKey(t *testing.T) {
	key := func(name, url string) string {
		t.Helper()
		ix, err := ParseIndex(name, url)
		if err != nil {
			t.Fatal(err)
		}
		return ix.Key()
	}
	main := key("main", "https://one.invalid/simple/")
	if !strings.HasPrefix(main, "main-") || len(main) != len("main-")+8 {
		t.Errorf("key %q", main)
	}
	for _, same := range []string{
		"https://one.invalid/simple", "https://ONE.invalid/simple/", "https://user:secret@one.invalid/simple/",
	} {
		if got := key("main", same); got != main {
			t.Errorf("%s has the key %q, want %q", same, got, main)
		}
	}
	seen := map[string]string{main: "the first"}
	for _, c := range [][2]string{
		{"other", "https://one.invalid/simple/"}, {"main", "http://one.invalid/simple/"},
		{"main", "https://two.invalid/simple/"}, {"main", "https://one.invalid:8443/simple/"},
		{"main", "https://one.invalid/other/"}, {"main", "https://one.invalid/a%2Fb/"}, {"main", "https://one.invalid/a/b/"},
	} {
		got := key(c[0], c[1])
		if seen[got] != "" {
			t.Errorf("%v and %s share the key %q", c, seen[got], got)
		}
		seen[got] = c[1]
	}
	if got := (&Index{Name: "main"}).Key(); got == main {
		t.Error("an index without address has the key of one with")
	}
}
