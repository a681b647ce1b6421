package rules

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	for name, want := range map[string]string{
		"reqeusts": "requests", "requestss": "requests", "request": "requests", "requets": "requests", "rnatplotlib": "matplotlib",
		"pythondateutil": "python-dateutil", "dateutil-python": "python-dateutil", "scikit1earn": "scikit-learn", "python-requests": "requests",
		"numpy-utils": "numpy", "beautifulsuop4": "beautifulsoup4", "fllask": "flask", "djagno": "django", "pyrequests": "requests",
		"requests": "", "flask": "", "demo": "", "sdl": "", "something-else": "", "requests-kerberos": "", "pandas": "",
	} {
		if near, _ := nearest(name, popular()); near.name != want {
			t.Errorf("%s is near %q, want %q", name, near.name, want)
		}
	}
}

// TestPopular holds the form of the list, and says how many of its names would
// speak if they were not on it: the share of honest names that the rule takes
// for typing errors.
func TestPopular(t *testing.T) {
	all := popular()
	names := slices.Sorted(maps.Keys(all.has))
	if len(names) < 500 {
		t.Fatalf("only %d names", len(names))
	}
	loud := map[int]int{}
	for _, name := range names {
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%q is not in normal form", name)
		}
		rest := readNames(strings.Join(slices.DeleteFunc(slices.Clone(names), func(s string) bool { return s == name }), "\n"))
		if near, ok := nearest(name, rest); ok {
			loud[near.weight]++
			t.Logf("%s: %d, %s %s", name, near.weight, near.how, near.name)
		}
	}
	t.Logf("of %d names, by weight: %v", len(names), loud)
}
