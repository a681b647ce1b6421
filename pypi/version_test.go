package pypi

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mustVersion(t testing.TB, s string) Version {
	t.Helper()
	v, err := ParseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// normalVersions are spellings and their normal forms, in order of PEP 440's
// section on normalization.
var normalVersions = []struct{ in, want string }{
	{"1", "1"},
	{"1.0", "1.0"},
	{"1.0.0", "1.0.0"},
	{"2024.01.05", "2024.1.5"},
	{"00.01", "0.1"},
	{" \t1.0\r\n", "1.0"},
	{"v1.0", "1.0"},
	{"V1.0", "1.0"},
	{"0!1.0", "1.0"},
	{"01!1.0", "1!1.0"},
	{"1!2", "1!2"},
	// Pre-releases: case, separators, spellings, implied number.
	{"1.1RC1", "1.1rc1"},
	{"1.1.a1", "1.1a1"},
	{"1.1-a1", "1.1a1"},
	{"1.1_a1", "1.1a1"},
	{"1.1a.1", "1.1a1"},
	{"1.1a-1", "1.1a1"},
	{"1.1a_1", "1.1a1"},
	{"1.1alpha1", "1.1a1"},
	{"1.1beta2", "1.1b2"},
	{"1.1c3", "1.1rc3"},
	{"1.1pre4", "1.1rc4"},
	{"1.1preview5", "1.1rc5"},
	{"1.2a", "1.2a0"},
	{"1.2a-", "1.2a0"},
	{"1.2a00", "1.2a0"},
	{"1a1", "1a1"},
	// Post-releases.
	{"1.2-post2", "1.2.post2"},
	{"1.2_post2", "1.2.post2"},
	{"1.2post2", "1.2.post2"},
	{"1.2.post-2", "1.2.post2"},
	{"1.2-r4", "1.2.post4"},
	{"1.2.rev5", "1.2.post5"},
	{"1.2.post", "1.2.post0"},
	{"1.0-1", "1.0.post1"},
	{"1.0-01", "1.0.post1"},
	{"1.0a--1", "1.0a0.post1"},
	{"1.0a1-2", "1.0a1.post2"},
	// Developmental releases.
	{"1.2-dev2", "1.2.dev2"},
	{"1.2dev", "1.2.dev0"},
	{"1.2.DEV_3", "1.2.dev3"},
	{"1.0a1.post2.dev3", "1.0a1.post2.dev3"},
	{"1.0a2r3dev4", "1.0a2.post3.dev4"},
	// Local labels.
	{"1.0+ubuntu-1", "1.0+ubuntu.1"},
	{"1.0+Ubuntu_01", "1.0+ubuntu.1"},
	{"1.0+0a", "1.0+0a"},
	{"1.0+00", "1.0+0"},
	{"1!2.3a4.post5.dev6+x.7", "1!2.3a4.post5.dev6+x.7"},
	// Numbers have no limit.
	{"20240101000000000000000000000001", "20240101000000000000000000000001"},
}

func TestParseVersionNormalises(t *testing.T) {
	for _, tt := range normalVersions {
		v, err := ParseVersion(tt.in)
		if err != nil || v.String() != tt.want {
			t.Errorf("ParseVersion(%q) = %q, %v, want %q", tt.in, v, err, tt.want)
		}
	}
}

func TestParseVersionRefuses(t *testing.T) {
	for _, in := range []string{
		"", " ", "v", "a", "french toast", "1.", ".1", "1..2", "1.0.", "1.0-", "1.0+", "1.0+a+b", "1.0++",
		"1.0+_foobar", "1.0+foo&asd", "1.0+1+1", "1.0+a.", "1.0+.a", "1.0+a..b", "1!", "!1", "1!2!3", "vv1",
		"1.0a1a2", "1.0.dev1.dev2", "1.0.dev1.post1", "1.0.post1a1", "1.0--1", "1.0-1-2", "1.0 a1", "1.0alph",
		"1_0", "1.0x", "1,0", "-1", "+1", "1.0\x00", "1.é", "\u0661", "1.0\u00a0", "1.0.*",
		strings.Repeat("1", MaxVersion+1),
	} {
		v, err := ParseVersion(in)
		var versionErr *VersionError
		if !errors.As(err, &versionErr) || !v.IsZero() {
			t.Errorf("ParseVersion(%q) = %q, %v, want a VersionError", in, v, err)
		}
	}
}

// ordered are versions in ascending order, by the rules of PEP 440's "Summary
// of permitted suffixes and relative ordering".
var ordered = strings.Fields(`
	0.dev0 0a0 0
	1.0.dev456 1.0a0.dev1 1.0a1 1.0a2.dev456 1.0a12.dev456 1.0a12
	1.0b1.dev456 1.0b2 1.0b2.post345.dev456 1.0b2.post345
	1.0rc1.dev456 1.0rc1 1.0
	1.0+abc.5 1.0+abc.7 1.0+abcd 1.0+5 1.0+5.a 1.0+5.0 1.0+10 1.0+200
	1.0.post456.dev34 1.0.post456 1.0.post457
	1.0.1.dev1 1.0.1
	1.1.dev1 1.1 1.2 1.9 1.10 1.159 1.160 1.255 1.256 1.999 1.1000 1.10000000000000000000000
	2 10 2024.1 20240101 20240101000000000000000
	1!0.1 1!1.0 2!0 160!0 1000!0
`)

func TestVersionOrder(t *testing.T) {
	versions := make([]Version, len(ordered))
	for i, s := range ordered {
		versions[i] = mustVersion(t, s)
	}
	for i, v := range versions {
		for j, w := range versions {
			if got, want := v.Compare(w), cmpInt(i, j); got != want {
				t.Errorf("%q.Compare(%q) = %d, want %d", v, w, got, want)
			}
		}
		if (Version{}).Compare(v) != -1 {
			t.Errorf("no version does not sort before %q", v)
		}
	}
}

func cmpInt(i, j int) int {
	switch {
	case i < j:
		return -1
	case i > j:
		return 1
	default:
		return 0
	}
}

func TestEqualVersions(t *testing.T) {
	for _, tt := range [][]string{
		{"1", "1.0", "1.0.0", "0!1", "v1", "01"},
		{"0", "0.0", "0.0.0"},
		{"1.0rc1", "1c1", "1.0.0.pre.1"},
		{"1.0+a-1", "1+A.01"},
		{"1.0.post0", "1.post", "1-0", "1.rev"},
		{"160", "160.0", "0160"},
		{"1048.0", "1048"},
	} {
		v := mustVersion(t, tt[0])
		for _, s := range tt[1:] {
			w := mustVersion(t, s)
			if v.Compare(w) != 0 || v.Key() != w.Key() {
				t.Errorf("%q and %q are not equal", tt[0], s)
			}
		}
	}
	if mustVersion(t, "1.0") == mustVersion(t, "1") {
		t.Error("== does not tell 1.0 from 1")
	}
	if mustVersion(t, "1.0") != mustVersion(t, "v1.0") {
		t.Error("== tells two spellings apart")
	}
}

func TestVersionParts(t *testing.T) {
	type parts struct {
		Release   []int
		Pre, Post bool
		Local     string
	}
	for _, tt := range []struct {
		in   string
		want parts
	}{
		{"1.0.0", parts{Release: []int{1, 0, 0}}},
		{"3!2024.7rc1+cu118", parts{Release: []int{2024, 7}, Pre: true, Local: "cu118"}},
		{"1.0.dev0", parts{Release: []int{1, 0}, Pre: true}},
		{"1.0.post1", parts{Release: []int{1, 0}, Post: true}},
		{"99999999999999999999999", parts{Release: []int{math.MaxInt}}},
	} {
		v := mustVersion(t, tt.in)
		got := parts{v.Release(), v.IsPre(), v.IsPost(), v.Local()}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.in, diff)
		}
	}
	if z := (Version{}); !z.IsZero() || z.String() != "" || z.Release() != nil || z.IsPre() || z.Key() != "" {
		t.Error("the zero version says something")
	}
}

func TestPublicKey(t *testing.T) {
	v, w := mustVersion(t, "1.0+cu118"), mustVersion(t, "1.0.0")
	if v.PublicKey() != w.PublicKey() || w.PublicKey() != w.Key() || v.Key() == w.Key() {
		t.Errorf("public keys %q and %q, keys %q and %q", v.PublicKey(), w.PublicKey(), v.Key(), w.Key())
	}
}

func FuzzParseVersion(f *testing.F) {
	for i, s := range ordered {
		f.Add(s, ordered[len(ordered)-1-i])
	}
	f.Add("1.0a--1", " v1.0-R_01.DEV+a_B-03 ")
	f.Fuzz(func(t *testing.T, s, r string) {
		v, err := ParseVersion(s)
		if (err == nil) == v.IsZero() {
			t.Fatalf("ParseVersion(%q) = %q, %v: version xor error", s, v, err)
		}
		if err != nil {
			return
		}
		// A normalised text may outgrow the limit of what is read.
		if again, err := ParseVersion(v.String()); again != v && len(v.String()) <= MaxVersion {
			t.Fatalf("ParseVersion(%q) = %q, of which ParseVersion makes %q, %v", s, v, again, err)
		}
		if w, err := ParseVersion(r); err == nil {
			if v.Compare(w) != -w.Compare(v) {
				t.Fatalf("order of %q and %q depends on the side", v, w)
			}
			if (v.PublicKey() == v.Key()) != (v.Local() == "") {
				t.Fatalf("public key of %q", v)
			}
		}
		v.Release()
	})
}

// pageVersions are as many versions as the largest projects have files, in
// random but fixed order.
func pageVersions(b *testing.B, n int) []string {
	b.Helper()
	versions := make([]string, n)
	suffixes := []string{"", "rc1", "a3", ".post1", ".dev20240101", "+cu118"}
	for i := range versions {
		j := i * 7919 % n
		versions[i] = fmt.Sprintf("%d.%d.%d%s", j%40, j/40%50, j%113, suffixes[j%len(suffixes)])
	}
	return versions
}

func BenchmarkParseVersion(b *testing.B) {
	texts := pageVersions(b, 1000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		ParseVersion(texts[i%len(texts)])
	}
}

func BenchmarkSortVersions(b *testing.B) {
	var versions []Version
	for _, s := range pageVersions(b, 10000) {
		versions = append(versions, mustVersion(b, s))
	}
	work := make([]Version, len(versions))
	b.ReportAllocs()
	for b.Loop() {
		copy(work, versions)
		slices.SortFunc(work, Version.Compare)
	}
}
