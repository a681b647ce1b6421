package cache

import (
	"maps"
	"slices"
	"testing"

	"pipwarden/pypi"
)

// What the policy takes for proof is what is verified here.
func TestVerifiableHashes(t *testing.T) {
	got := slices.Sorted(maps.Keys(algorithms))
	want := slices.Sorted(slices.Values(append([]string{"md5", "sha1"}, pypi.VerifiableHashes[:]...)))
	if !slices.Equal(got, want) {
		t.Errorf("computed are %q, taken for proof or known to be weak %q", got, want)
	}
	body := []byte("x")
	for _, name := range pypi.VerifiableHashes {
		h, err := newSums(pypi.Hashes{name: "00"})
		if err != nil {
			t.Fatal(err)
		}
		h.write(body)
		if err := h.verify(pypi.Hashes{name: "00"}, false); err == nil {
			t.Errorf("a false %s is believed", name)
		}
	}
}
