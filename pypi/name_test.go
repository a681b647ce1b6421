package pypi

import (
	"errors"
	"strings"
	"testing"
)

func TestParseName(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"requests", "requests"},
		{"Flask", "flask"},
		{"zope.interface", "zope-interface"},
		{"ruamel_yaml", "ruamel-yaml"},
		{"A-_.-b", "a-b"},
		{"a--b", "a-b"},
		{"friendly-bard", "friendly-bard"},
		{"3to2", "3to2"},
		{"x", "x"},
		{strings.Repeat("a", MaxName), strings.Repeat("a", MaxName)},
	} {
		got, err := ParseName(tt.in)
		if err != nil || string(got) != tt.want {
			t.Errorf("ParseName(%q) = %q, %v, want %q", tt.in, got, err, tt.want)
		}
	}
	for _, in := range []string{
		"", "-a", "a-", ".", "..", "_a", "a.", "a b", "a/b", `a\b`, "a\x00", "a\n", "é", "a%2e", "ſ", "a\u212a",
		strings.Repeat("a", MaxName+1),
	} {
		got, err := ParseName(in)
		var nameErr *NameError
		if !errors.As(err, &nameErr) || got != "" {
			t.Errorf("ParseName(%q) = %q, %v, want a NameError", in, got, err)
		}
	}
}

func TestNormalNameCostsNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { ParseName("zope-interface") }); n != 0 {
		t.Errorf("%v allocations for a normal name", n)
	}
}

func FuzzParseName(f *testing.F) {
	for _, s := range []string{"a", "Zope.Interface", "a-_b", "-", "a\x00b", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, err := ParseName(s)
		if (err == nil) == (name == "") {
			t.Fatalf("ParseName(%q) = %q, %v: name xor error", s, name, err)
		}
		if err != nil {
			return
		}
		if again, err := ParseName(string(name)); again != name || err != nil {
			t.Fatalf("ParseName(%q) = %q, of which ParseName makes %q, %v", s, name, again, err)
		}
		if !sameName(s, name) {
			t.Fatalf("%q is not a spelling of its own name %q", s, name)
		}
	})
}
