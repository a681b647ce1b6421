package pypi

import (
	"errors"
	"strings"
	"testing"
)

func TestSpecifiersContain(t *testing.T) {
	for _, tt := range []struct{ specifiers, in, out string }{
		{"", "1.0 2.0+x 1.0.post1", ""},
		// Compatible release.
		{"~=2.2", "2.2 2.2.0 2.3 2.99.1 2.2.post1 2.2+local", "2.1 3.0 2.2rc1 1!2.2 2"},
		{"~=2.2.0", "2.2 2.2.1 2.2.post3", "2.3 2.1.9"},
		{"~=1.4.5.0", "1.4.5 1.4.5.9", "1.4.6 1.5"},
		{"~=2.2.post3", "2.2.post3 2.2.post4 2.3", "2.2 2.2.post2 3.0"},
		{"~=1!2.2", "1!2.2 1!2.9", "2.2 2!2.2"},
		// Matching.
		{"==1.1", "1.1 1.1.0 1.1+local.1 01.1", "1.1.post1 1.1.1 1.1a1 1!1.1"},
		{"==1.1.post1", "1.1.post1 1.1-1", "1.1"},
		{"==1.1+local", "1.1+local 1.1.0+LOCAL", "1.1 1.1+other"},
		{"==1.1.*", "1.1 1.1.0 1.1.9 1.1.post1 1.1+x 1.1.1.post2", "1.2 1.10 1 1!1.1 11.1"},
		{"==1.*", "1 1.0 1.9.9", "0.9 2 10"},
		{"==1.0.*", "1 1.0 1.0.0.0 1.0.5", "1.1 0.0"},
		{"==1!1.*", "1!1 1!1.7", "1 1.7"},
		{"==160.0.*", "160 160.0.1", "160.1 161 16"},
		// Exclusion.
		{"!=1.1", "1.0 1.1.post1 1.2", "1.1 1.1.0 1.1+x"},
		{"!=1.1.*", "1.0 1.2 1", "1.1 1.1.1 1.1.post1"},
		{"!=1.1+x", "1.1 1.1+y", "1.1+x"},
		// Inclusive order goes by the public version.
		{"<=1.1", "1.0 1.1 1.1+z 1.1.0", "1.1.post1 1.2"},
		{">=1.1", "1.1 1.1+a 1.1.post1 1.2", "1.0"},
		// Exclusive order.
		{">1.7", "1.7.1 1.8 1.7.0.1", "1.7 1.7.0 1.7+a 1.7.post1 1.7.0.post2+x 1.6"},
		{">1.7.post2", "1.7.post3 1.8 1.7.1", "1.7 1.7.post2 1.7.post2+a 1.7.post1"},
		{"<1.7", "1.6 1.6.post1 1.6+x", "1.7 1.7.post1 1.8 1.7+a"},
		{"<1.7.post1", "1.7 1.7.post0 1.7+x", "1.7.post1 1.7.post2"},
		// Arbitrary equality compares texts.
		{"===1.0", "1.0", "1 1.0.0 1.0+x 1.1"},
		{"===1.0+ABC", "1.0+abc", "1.0"},
		{"===foobar", "", "1.0"},
		// Sets.
		{">=1.0,<2.0,!=1.5.*", "1.0 1.4 1.6 1.99+x", "0.9 1.5 1.5.3 2.0"},
		{" >= 1.0 , , < 2.0 ,", "1.5", "2.0"},
		{">=2.7,!=3.0.*,!=3.1.*,!=3.2.*,<4", "2.7.18 3.3 3.12.1", "2.6 3.0.1 3.2 4.0"},
	} {
		set, err := ParseSpecifiers(tt.specifiers)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, s := range strings.Fields(tt.in) {
			if !set.Contains(mustVersion(t, s), false) {
				t.Errorf("%q does not contain %s", tt.specifiers, s)
			}
		}
		for _, s := range strings.Fields(tt.out) {
			if set.Contains(mustVersion(t, s), true) {
				t.Errorf("%q contains %s", tt.specifiers, s)
			}
		}
		if set.Contains(Version{}, true) {
			t.Errorf("%q contains no version", tt.specifiers)
		}
	}
}

func TestSpecifiersAndPreReleases(t *testing.T) {
	for _, tt := range []struct {
		specifiers, version string
		without, with       bool
	}{
		{"", "1.0a1", false, true},
		{">=1.0", "1.1a1", false, true},
		{">=1.0", "1.1.dev1", false, true},
		{">=1.0", "1.0a1", false, false},
		{">=1.0a1", "1.0a2", true, true},
		{">=1.0.dev0,<2", "1.5rc1", true, true},
		{"==1.0rc1", "1.0rc1", true, true},
		{"===1.0rc1", "1.0rc1", true, true},
		{"~=1.0b1", "1.0b2", true, true},
		{"~=1.0b1", "1.0b0", false, false},
		{"!=1.0rc1", "1.0rc2", false, true},
		{"==1.0.*", "1.0rc1", false, true},
		{"==1.*", "1.0.dev1", false, true},
		{"~=2.2", "2.3b1", false, true},
		{"~=2.2", "3.0a1", false, false},
		{"<1.7", "1.7rc1", false, false},
		{"<1.7", "1.7.dev1", false, false},
		{"<1.7", "1.6rc1", false, true},
		{"<1.7rc2", "1.7rc1", true, true},
		{"<1.7rc2", "1.7rc2.dev1", true, true},
		{"<1.7.post1", "1.7rc1", false, true},
		{"<1.7.post1", "1.7.post1.dev1", false, false},
		{">1.7", "1.8.dev1", false, true},
		{">1.7rc1", "1.7rc1.post1", false, false},
		{">1.7rc1", "1.7.post1", true, true},
		{">1.7.dev1", "1.7.dev1+x", false, false},
		{">1.7.dev1", "1.7.dev2", true, true},
		{"<=1.0", "1.0rc1", false, true},
	} {
		set, err := ParseSpecifiers(tt.specifiers)
		if err != nil {
			t.Error(err)
			continue
		}
		v := mustVersion(t, tt.version)
		if got := set.Contains(v, false); got != tt.without {
			t.Errorf("%q contains %s: %v, want %v", tt.specifiers, v, got, tt.without)
		}
		if got := set.Contains(v, true); got != tt.with {
			t.Errorf("%q contains %s, pre-releases admitted: %v, want %v", tt.specifiers, v, got, tt.with)
		}
	}
}

func TestParseSpecifiersRefuses(t *testing.T) {
	for _, s := range []string{
		"1.0", "=1.0", "=>1.0", "==", "== ", "~=1", "~=1.0+x", ">=1.0.*", "<=1.*", ">1.*", "<1.*", "~=1.0.*",
		">=1.0+x", "<=1.0+x", ">1.0+x", "<1.0+x", "==1.0a1.*", "==1.0+x.*", "==1.0.post1.*", "==1.0.dev1.*",
		"==.*", "==*", "== 1.0 2.0", ">=1.0;", "===", "=== a b", "===a)", "!1.0", "<>1.0", ">=1.0 <2",
		"<a", strings.Repeat(" ", maxSpecifiers+1),
	} {
		set, err := ParseSpecifiers(s)
		var specErr *SpecifierError
		if !errors.As(err, &specErr) || !set.IsZero() {
			t.Errorf("ParseSpecifiers(%q) = %q, %v, want a SpecifierError", s, set, err)
		}
	}
}

func TestSpecifiersString(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{" , ", ""},
		{" >=  v1.0C1, != 2.0.* ,===Foo", ">=1.0rc1,!=2.0.*,===foo"},
		{"~=1.4.5-1", "~=1.4.5.post1"},
		{"==01.0+A-1", "==1.0+a.1"},
	} {
		set, err := ParseSpecifiers(tt.in)
		if err != nil || set.String() != tt.want || set.IsZero() != (tt.want == "") {
			t.Errorf("ParseSpecifiers(%q) = %q, %v, want %q", tt.in, set, err, tt.want)
		}
	}
}

func TestContainsCostsNothing(t *testing.T) {
	set, err := ParseSpecifiers(">=1.0,!=1.5.*,<2,~=1.0,===1.4")
	if err != nil {
		t.Fatal(err)
	}
	v := mustVersion(t, "1.4")
	if n := testing.AllocsPerRun(100, func() { set.Contains(v, false) }); n != 0 {
		t.Errorf("%v allocations a question", n)
	}
}

func FuzzSpecifiers(f *testing.F) {
	for _, s := range []string{">=1.0,<2", "==1.*,!=1.2.*", "~=1.4.post2", "===x", "<1.0rc1,>0.dev0", "<=1!2"} {
		f.Add(s, "1.4.2rc1+x")
	}
	f.Fuzz(func(t *testing.T, s, version string) {
		set, err := ParseSpecifiers(s)
		if err != nil {
			if !set.IsZero() || set.String() != "" {
				t.Fatalf("ParseSpecifiers(%q) = %q, %v: set xor error", s, set, err)
			}
			return
		}
		again, err := ParseSpecifiers(set.String())
		if len(set.String()) <= maxSpecifiers && (err != nil || again.String() != set.String()) {
			t.Fatalf("ParseSpecifiers(%q) = %q, of which ParseSpecifiers makes %q, %v", s, set, again, err)
		}
		v, err := ParseVersion(version)
		if err != nil {
			return
		}
		with, without := set.Contains(v, true), set.Contains(v, false)
		if without && !with || !v.IsPre() && with != without {
			t.Fatalf("%q contains %q: %v without pre-releases, %v with", set, v, without, with)
		}
		if err == nil && with != again.Contains(v, true) {
			t.Fatalf("%q and its normal form %q differ over %q", s, set, v)
		}
	})
}

func BenchmarkContains(b *testing.B) {
	set, err := ParseSpecifiers(">=3.8,!=3.9.*,<4")
	if err != nil {
		b.Fatal(err)
	}
	v := mustVersion(b, "3.13.0")
	b.ReportAllocs()
	for b.Loop() {
		set.Contains(v, true)
	}
}
