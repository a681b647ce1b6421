package python

import "testing"

func TestKeywordHash(t *testing.T) {
	for _, e := range keywords {
		if got := keyword(e.word); got != e.kind {
			t.Errorf("keyword(%q) = %d, want %d", e.word, got, e.kind)
		}
	}
	for _, word := range []string{"", "x", "If", "iff", "falsey", "none", "matchcas", "nonlocals"} {
		if got := keyword(word); got != tName {
			t.Errorf("keyword(%q) = %d, want a name", word, got)
		}
	}
}
