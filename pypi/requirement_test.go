package pypi

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseRequirement(t *testing.T) {
	type parts struct {
		Name       Name
		Extras     []Name
		Specifiers string
		URL        string
		Marker     string
	}
	for _, tt := range []struct {
		in   string
		want parts
	}{
		{"A", parts{Name: "a"}},
		{" zope.Interface ", parts{Name: "zope-interface"}},
		{"name<=1", parts{Name: "name", Specifiers: "<=1"}},
		{"name>=3,<2", parts{Name: "name", Specifiers: ">=3,<2"}},
		{"name (>= 3, < 2)", parts{Name: "name", Specifiers: ">=3,<2"}},
		{"name()", parts{Name: "name"}},
		{"name==1.*,", parts{Name: "name", Specifiers: "==1.*"}},
		{"name[]", parts{Name: "name"}},
		{"name[Foo_Bar, baz ] >=1", parts{Name: "name", Extras: []Name{"foo-bar", "baz"}, Specifiers: ">=1"}},
		{"name@https://files.invalid/x.zip", parts{Name: "name", URL: "https://files.invalid/x.zip"}},
		{"name [a] @ git+https://files.invalid/x;y ; os_name=='nt'",
			parts{Name: "name", Extras: []Name{"a"}, URL: "git+https://files.invalid/x;y", Marker: "os_name=='nt'"}},
		{"name; python_version < '3.8'", parts{Name: "name", Marker: "python_version < '3.8'"}},
		{"name>1;(python_version<'3.8' or 'linux' in sys_platform)and extra not in \"a\"",
			parts{Name: "name", Specifiers: ">1", Marker: "(python_version<'3.8' or 'linux' in sys_platform)and extra not in \"a\""}},
		{"name; os.name == 'x;y'", parts{Name: "name", Marker: "os.name == 'x;y'"}},
	} {
		r, err := ParseRequirement(tt.in)
		if err != nil {
			t.Error(err)
			continue
		}
		got := parts{r.Name, r.Extras, r.Specifiers.String(), r.URL, r.Marker}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.in, diff)
		}
	}
}

func TestParseRequirementRefuses(t *testing.T) {
	for _, s := range []string{
		"", "-a", "[a]", ">=1", "a b", "a>=1 b", "a>=", "a 1.0", "a[b", "a[b]]", "a[b,]", "a[,b]", "a[b c]", "a[-b]",
		"a(>=1", "a>=1)", "a((>=1))", "a,>=1", "a>=1,,<2", "a @", "a @ ;os_name=='x'; x", "a @ x y", "a @ x y;os_name=='x'",
		"a;", "a; ", "a; os_name", "a; os_name ==", "a; == 'x'", "a; os_name = 'x'", "a; os_name <> 'x'", "a; name == 'x'",
		"a; os_name == x", "a; os_name == 'x", "a; os_name == \"x'", "a; (os_name == 'x'", "a; os_name == 'x')",
		"a; os_name == 'x' and", "a; os_name == 'x' && os_name == 'y'", "a; os_name == 'x' os_name == 'y'",
		"a; os_name notin 'x'", "a; os_name not 'x'", "a; os_name == 'x\n'", "a\x00", "é",
		"a; " + strings.Repeat("(", 1000) + "os_name=='x'" + strings.Repeat(")", 1000),
		"a" + strings.Repeat(" ", maxRequirement) + ">=1",
	} {
		r, err := ParseRequirement(s)
		var reqErr *RequirementError
		if !errors.As(err, &reqErr) || r.Name != "" || r.Marker != "" {
			t.Errorf("ParseRequirement(%.60q) = %+v, %v, want a RequirementError", s, r, err)
		}
	}
}

func FuzzParseRequirement(f *testing.F) {
	f.Add("name[a,b]>=1,<2; python_version<'3.8' and (extra=='x' or os_name not in 'y')")
	f.Add("name @ https://files.invalid/x ; os_name=='nt'")
	f.Add("name (==1.*)")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRequirement(s)
		if (err == nil) == (r.Name == "") {
			t.Fatalf("ParseRequirement(%q) = %+v, %v: requirement xor error", s, r, err)
		}
		if err != nil {
			return
		}
		// Written in one plain way, it reads the same.
		out := plainRequirement(&r)
		again, err := ParseRequirement(out)
		if len(out) > maxRequirement || len(r.Specifiers.String()) > maxSpecifiers {
			return
		}
		if err != nil {
			t.Fatalf("%v\nof %q", err, s)
		}
		if again.Specifiers.String() != r.Specifiers.String() || again.URL != r.URL || again.Marker != r.Marker ||
			again.Name != r.Name || !cmp.Equal(again.Extras, r.Extras) {
			t.Fatalf("ParseRequirement(%q) = %+v, then %+v", s, r, again)
		}
	})
}

// plainRequirement writes a requirement.
func plainRequirement(r *Requirement) string {
	out := string(r.Name)
	if len(r.Extras) > 0 {
		extras := make([]string, len(r.Extras))
		for i, extra := range r.Extras {
			extras[i] = string(extra)
		}
		out += "[" + strings.Join(extras, ",") + "]"
	}
	out += r.Specifiers.String()
	if r.URL != "" {
		out += " @ " + r.URL + " "
	}
	if r.Marker != "" {
		out += ";" + r.Marker
	}
	return out
}
