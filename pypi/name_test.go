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

func TestErrorsAreSafeToPrint(t *testing.T) {
	hostile := "\x1b[31m\r\n\u202e\xff" + strings.Repeat("x", 2000)
	_, nameErr := ParseName(hostile)
	_, versionErr := ParseVersion(hostile)
	_, specifierErr := ParseSpecifiers(hostile)
	_, requirementErr := ParseRequirement(hostile)
	_, filenameErr := ParseFilename(hostile, "a")
	_, pageErr := ParsePage(PageSource{Body: []byte(hostile), ContentType: "x/y; charset=" + hostile, Name: "a"})
	_, charsetErr := ParsePage(PageSource{ContentType: `text/html; charset="` + strings.Repeat("\u202e", 500) + `"`, Name: "a"})
	_, bodyErr := ParsePage(PageSource{Body: []byte(jsonWithFiles(`{"` + strings.Repeat("\u202e", 900) + `":1 2}`)), Name: "demo"})
	for i, err := range []error{nameErr, versionErr, specifierErr, requirementErr, filenameErr, pageErr, charsetErr, bodyErr} {
		if err == nil || len(err.Error()) > 600 {
			t.Fatalf("error %d is %v", i, err)
		}
		for _, r := range err.Error() {
			if r < ' ' || r > '~' {
				t.Errorf("error %q holds %q", err, r)
			}
		}
	}
	if errors.Unwrap(bodyErr) == nil {
		t.Errorf("%v has no cause", bodyErr)
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
