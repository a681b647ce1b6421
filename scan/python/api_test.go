package python_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pipwarden/scan/python"
)

func ExampleParse() {
	src := "from base64 import b64decode as d\nexec(d('cHJpbnQoMSk='))\n"
	f := python.Parse([]byte(src), python.Options{})
	f.Inspect(func(n python.Node) bool {
		if call, ok := n.(*python.Call); ok {
			fmt.Println(f.Position(call.Pos()), python.Render(call))
		}
		return true
	})
	// Output:
	// 2:1 exec(d('cHJpbnQoMSk='))
	// 2:6 d('cHJpbnQoMSk=')
}

func ExampleOptions_origin() {
	outer := python.Parse([]byte("x = 1\nexec('import os;os.abort()')\n"), python.Options{})
	code := outer.Body[1].(*python.ExprStmt).X.(*python.Call).Args[0].(*python.Str)
	at := outer.Position(code.Pos())
	inner := python.Parse([]byte(code.Value), python.Options{Origin: at, Decoded: true})
	fmt.Println(inner.Position(inner.Body[1].Pos()), inner.TextOf(inner.Body[1]))
	// Output:
	// 2:16 os.abort()
}

func TestDialect(t *testing.T) {
	for _, tt := range []struct {
		src    string
		want   python.Dialect
		errors int
	}{
		{"", python.Py3, 0},
		{"print('a')\n", python.Py3, 0},
		{"print 'a'\n", python.Py2, 0},
		{"except_ = 1\nprint >>f, 'a'\n", python.Py3, 0},
		{"try:\n f()\nexcept A, e:\n print e\n", python.Py2, 0},
		{"x = f'{y}'\n", python.Py3, 0},
		{"async def f(): await x\n", python.Py3, 0},
		{"x = (\n", python.Py3, 1},
		{"x = 0777\ny = `x`\nasync def f(): pass\n", python.Py2, 1},
	} {
		f := python.Parse([]byte(tt.src), python.Options{})
		if f.Dialect != tt.want || (len(f.Errors) > 0) != (tt.errors > 0) {
			t.Errorf("%q: dialect %v with %d errors, want %v with %d", tt.src, f.Dialect, len(f.Errors), tt.want, tt.errors)
		}
	}
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "1_000": "1000", "0xFF": "255", "0o17": "15", "0b101": "5", "0777": "511", "10L": "10", "0xFFL": "255",
		"00": "0", "9223372036854775808": "9223372036854775808",
	} {
		n := number(t, text)
		if v, ok := n.Int(); !ok || v.String() != want {
			t.Errorf("%s is %v, %v; want %s", text, v, ok, want)
		}
		if v, ok := n.Int64(); ok && fmt.Sprint(v) != want {
			t.Errorf("%s is %v; want %s", text, v, want)
		}
	}
	for text, want := range map[string]float64{"1.5": 1.5, "1e3": 1000, ".5": 0.5, "5.": 5, "1_0.5": 10.5, "2j": 2, "1.5J": 1.5} {
		if v, ok := number(t, text).Float(); !ok || v != want {
			t.Errorf("%s is %v, %v; want %v", text, v, ok, want)
		}
	}
	if _, ok := number(t, strings.Repeat("9", python.MaxDigits+1)).Int(); ok {
		t.Error("a literal beyond MaxDigits is converted")
	}
}

func number(t *testing.T, text string) *python.Number {
	t.Helper()
	f := python.Parse([]byte(text), python.Options{Dialect: python.Py2})
	n, ok := f.Body[0].(*python.ExprStmt).X.(*python.Number)
	if !ok {
		t.Fatalf("%s is read as %s", text, f.Render())
	}
	return n
}

func TestLiterals(t *testing.T) {
	f := python.Parse([]byte("x = 'a' Rb\"\"\"b\"\"\" u'c'\n"), python.Options{Dialect: python.Py2})
	s := f.Body[0].(*python.Assign).Value.(*python.Str)
	want := []python.Literal{
		{Span: python.Span{Start: 4, Stop: 7}},
		{Span: python.Span{Start: 8, Stop: 17}, Prefix: python.PrefixR | python.PrefixB, Triple: true},
		{Span: python.Span{Start: 18, Stop: 22}, Prefix: python.PrefixU},
	}
	if diff := cmp.Diff(want, s.Literals); diff != "" {
		t.Error(diff)
	}
	if s.Value != "abc" || s.Kind != python.Text {
		t.Errorf("the value is %q of kind %d", s.Value, s.Kind)
	}
}

func TestCommentsAndNames(t *testing.T) {
	f := python.Parse([]byte("#!x\n\U0001d41e\U0001d431\U0001d41e\U0001d41c(1) # \u00e9\nx = '#'\n"), python.Options{})
	var comments []string
	for _, c := range f.Comments {
		comments = append(comments, f.Text[c.Start:c.Stop])
	}
	if diff := cmp.Diff([]string{"#!x", "# é"}, comments); diff != "" {
		t.Error(diff)
	}
	name := f.Body[0].(*python.ExprStmt).X.(*python.Call).Func.(*python.Name)
	if name.ID != "exec" || f.TextOf(name) != "𝐞𝐱𝐞𝐜" {
		t.Errorf("the name is %q, written %q", name.ID, f.TextOf(name))
	}
}

func TestInspectOrder(t *testing.T) {
	src := `@d
def f(a: b = c, *, e=g) -> h:
    for i in j: k
    with l as m: pass
    return n(o, p=q, *r) if s else t
class u(v, w=x): y = z
match aa:
    case bb(cc.dd, ee=ff) if gg: hh
`
	f := python.Parse([]byte(src), python.Options{})
	var names []string
	f.Inspect(func(n python.Node) bool {
		if name, ok := n.(*python.Name); ok {
			names = append(names, name.ID)
		}
		return true
	})
	const want = "d b c g h i j k l m n o q r s t v x y z aa bb cc gg hh"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("names in the order %s,\nwant %s", got, want)
	}
}

func TestLimits(t *testing.T) {
	const n = 20000
	for _, tt := range []struct {
		name, src string
		want      python.Limit
	}{
		{"brackets", strings.Repeat("(", n) + strings.Repeat(")", n) + "\nx = 1\n", python.LimitDepth},
		{"signs", "y = " + strings.Repeat("-", n) + "1\nx = 1\n", python.LimitDepth},
		{"sums", "y = 1" + strings.Repeat("+1", n) + "\nx = 1\n", python.LimitHeight},
		{"attributes", "y" + strings.Repeat(".y", n) + "\nx = 1\n", python.LimitHeight},
		{"elifs", "if y: z\n" + strings.Repeat("elif y: z\n", n) + "x = 1\n", python.LimitHeight},
		{"f-strings", strings.Repeat("f'{", n) + "1" + strings.Repeat("}'", n) + "\nx = 1\n", python.LimitFStrings},
		{"errors", strings.Repeat("y y\n", n) + "x = 1\n", python.LimitErrors},
	} {
		f := python.Parse([]byte(tt.src), python.Options{Dialect: python.Py3})
		found := false
		for _, e := range f.Errors {
			found = found || e.Limit == tt.want
		}
		if !found {
			t.Errorf("%s: the limit %v is not reported", tt.name, tt.want)
		}
		last := f.Body[len(f.Body)-1]
		if a, ok := last.(*python.Assign); !ok || f.TextOf(a) != "x = 1" {
			t.Errorf("%s: the statement after it is not read but %.80s", tt.name, python.Render(last))
		}
	}
}
