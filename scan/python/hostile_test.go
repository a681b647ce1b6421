package python_test

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"pipwarden/scan/python"
)

// A hostile input is made in any size: what an attacker would write to stop a
// scanner. The size is in bytes, roughly.
type hostile struct {
	name string
	make func(size int) []byte
}

func repeated(unit string) func(int) []byte {
	return func(size int) []byte { return []byte(strings.Repeat(unit, size/len(unit)+1)) }
}

// around makes an input of unit after unit between two ends.
func around(before, unit, after string) func(int) []byte {
	return func(size int) []byte {
		return []byte(before + strings.Repeat(unit, size/len(unit)+1) + after)
	}
}

// nestedIn makes opening after opening and then closing after closing.
func nestedIn(open, inner, closing string) func(int) []byte {
	return func(size int) []byte {
		n := size/(len(open)+len(closing)) + 1
		return []byte(strings.Repeat(open, n) + inner + strings.Repeat(closing, n) + "\n")
	}
}

// deep makes blocks inside blocks; n levels take n*n/2 bytes of indentation.
func deep(header string) func(int) []byte {
	return func(size int) []byte {
		var b bytes.Buffer
		for i := 0; b.Len() < size; i++ {
			b.WriteString(strings.Repeat(" ", i))
			b.WriteString(header)
		}
		return b.Bytes()
	}
}

var hostiles = []hostile{
	{"nested parentheses", nestedIn("(", "1", ")")},
	{"nested lists", nestedIn("[", "1", "]")},
	{"nested calls", nestedIn("f(", "1", ")")},
	{"open brackets", repeated("(")},
	{"open braces and brackets", repeated("{[")},
	{"closing brackets", repeated(")")},
	{"open bracket in each line", repeated("f(a\n")},
	{"open bracket in each line, with a word", repeated("x = (1,\nimport os\n")},
	{"open bracket in each line, match", repeated("match (x\n")},
	{"open bracket in each line, with", repeated("with (x\n")},
	{"match inside match inside", repeated("match (match (match (")},
	{"with inside with inside", repeated("with (with (with (")},
	{"nested f-strings", func(size int) []byte {
		return []byte(strings.Repeat("f'{", size/3) + "1" + strings.Repeat("}'", size/3))
	}},
	{"nested f-strings, never closed", repeated("f'{")},
	{"nested f-strings in triple quotes, never closed", repeated("f'''{f\"\"\"{")},
	{"f-strings with open fields", repeated("f'{x'\n")},
	{"nested format specifications", around("f'{x", ":{x", "")},
	{"fields in one f-string", around("f'", "{x}", "'")},
	{"braces in one f-string", around("f'", "{{}}", "'")},
	{"comments in one debug field", around("f'''{x", "#\n", "=}'''")},
	{"escaped quotes in an open field", around(strings.Repeat("f'{", 100)+"'", "\\'", "\n")},
	{"debug fields with comments", around("f'''", "{x=#\n}", "'''")},
	{"one literal", around("x = '", "a", "'\n")},
	{"one literal of escapes", around("x = '", "\\x41", "'\n")},
	{"one literal of names", around("x = '", "\\N{BELL}", "'\n")},
	{"one unclosed literal", around("x = '", "a", "")},
	{"unclosed triple quotes", repeated("'''\"\"\" '\n")},
	{"adjacent literals", around("x = ", "'a' ", "\n")},
	{"adjacent f-strings", around("x = ", "f'{a}' ", "\n")},
	{"list of elements", around("x = [", "1,", "]\n")},
	{"dict of elements", around("x = {", "1:2,", "}\n")},
	{"call of arguments", around("f(", "a=1,", ")\n")},
	{"call of stars", around("f(", "**a,*b,", ")\n")},
	{"call of generators", around("f(", "a for a in b,", ")\n")},
	{"one line", around("x = 0", ";x = 1", "\n")},
	{"short lines", repeated("x\n")},
	{"empty lines", repeated("\n")},
	{"carriage returns", repeated("x\r")},
	{"comments", repeated("#\n")},
	{"continuations", repeated("\\\n")},
	{"form feeds", repeated("\f")},
	{"deep if", deep("if x:\n")},
	{"deep class", deep("class x:\n")},
	{"stairs", func(size int) []byte {
		var b bytes.Buffer
		for i := 0; b.Len() < size; i++ {
			b.WriteString(strings.Repeat(" ", 1000-i%1000) + "x\n")
		}
		return b.Bytes()
	}},
	{"ladder of unexpected indents", deep("x\n")},
	{"sums", around("x = 1", "+1", "\n")},
	{"powers", around("x = 1", "**1", "\n")},
	{"signs", around("x = ", "-", "1\n")},
	{"nots", around("x = ", "not ", "1\n")},
	{"ands", around("x = 1", " and 1", "\n")},
	{"comparisons", around("x = 1", "<1", "\n")},
	{"conditionals", around("x = ", "1 if 1 else ", "1\n")},
	{"lambdas", around("x = ", "lambda:", "1\n")},
	{"lambdas with defaults", around("x = ", "lambda x=", "1")},
	{"awaits", around("x = ", "await ", "1\n")},
	{"yields", around("x = (", "yield ", "1)\n")},
	{"stars", around("x = ", "*", "1\n")},
	{"attributes", around("x", ".x", "\n")},
	{"calls", around("x", "()", "\n")},
	{"subscripts", around("x", "[0]", "\n")},
	{"sums in brackets", nestedIn("(1+1+1+1+1+1+1+1+", "1", ")")},
	{"attributes in brackets", nestedIn("(", "x", ".a.a.a.a.a.a.a.a)")},
	{"elifs", around("if x: x\n", "elif x: x\n", "")},
	{"elifs in elifs", func(size int) []byte {
		var b bytes.Buffer
		for i := 0; b.Len() < size; i++ {
			margin := strings.Repeat(" ", i)
			b.WriteString(margin + "if x: x\n")
			b.WriteString(strings.Repeat(margin+"elif x: x\n", 1000))
			b.WriteString(margin + "else:\n")
		}
		return b.Bytes()
	}},
	{"elses", repeated("else: x\n")},
	{"excepts", around("try: x\n", "except x: x\n", "")},
	{"targets", around("", "x = ", "1\n")},
	{"comprehension clauses", around("[x ", "for x in x ", "]\n")},
	{"comprehension conditions", around("[x for x in x ", "if x ", "]\n")},
	{"nested comprehensions", nestedIn("[x for x in ", "x", "]")},
	{"parameters", around("def f(", "a,", "): pass\n")},
	{"decorators", around("", "@x\n", "def f(): pass\n")},
	{"imports", around("import a", ".a", "\n")},
	{"imports with spaces", around("import a", " . a", "\n")},
	{"dots", around("from ", "....", " import a\n")},
	{"patterns", around("match x:\n case ", "a|", "a: pass\n")},
	{"nested patterns", around("match x:\n case ", "[", "\n")},
	{"cases", around("match x:\n", " case x: x\n", "")},
	{"digits", around("x = ", "9", "\n")},
	{"backquotes", repeated("`")},
	{"stray bytes", repeated("?$")},
	{"invalid UTF-8", repeated("\xff")},
	{"NULs", repeated("x\x00")},
	{"letters beyond ASCII", around("", "ﬁ", "\n")},
	{"tabs", around("if x:\n", "\t", "x\n")},
	{"prints", repeated("print x\n")},
	{"errors", repeated("x x\n")},
	{"errors with semicolons", repeated("x x;")},
	{"utf-7", around("# coding: utf-7\n", "+AGEAYQBh-", "\n")},
	{"hz", around("# coding: hz\n", "~{<:Ky~}", "\n")},
	{"latin-1", around("# coding: latin-1\n#", "\xe9", "\n")},
	{"unicode_escape", around("# coding: unicode_escape\n", "\\x61", "\n")},
}

// TestHostileMemory bounds what one parse allocates in total: 200 bytes for
// each byte of input and 64 MB, a bound that also holds what is live at once.
func TestHostileMemory(t *testing.T) {
	const size = 1 << 20
	for _, h := range hostiles {
		src := h.make(size)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f := python.Parse(src, python.Options{Dialect: python.Py3})
		runtime.ReadMemStats(&after)
		if used, allowed := after.TotalAlloc-before.TotalAlloc, uint64(200*len(src)+64<<20); used > allowed {
			t.Errorf("%s: %d bytes for an input of %d", h.name, used, len(src))
		}
		checkFile(t, f)
		for _, s := range f.Body {
			if n := height(s); n > maxTreeHeight {
				t.Errorf("%s: a tree of %d levels", h.name, n)
			}
		}
	}
}

// maxTreeHeight is what the package comment promises to recursive visitors.
const maxTreeHeight = 2 * python.MaxHeight

// height counts the levels of a tree.
func height(n python.Node) int {
	tallest, root := 0, true
	python.Inspect(n, func(child python.Node) bool {
		if root {
			root = false
			return true
		}
		tallest = max(tallest, height(child))
		return false
	})
	return tallest + 1
}

// checkFile checks what holds for the tree of any input.
func checkFile(t *testing.T, f *python.File) {
	t.Helper()
	size := python.Pos(len(f.Text))
	f.Inspect(func(n python.Node) bool {
		if n.Pos() > n.End() || n.End() > size {
			t.Fatalf("%T spans %d to %d in %d bytes", n, n.Pos(), n.End(), size)
		}
		return true
	})
	for _, e := range f.Errors {
		if e.Pos > size {
			t.Fatalf("an error at %d in %d bytes", e.Pos, size)
		}
	}
	if len(f.Errors) == 0 {
		f.Inspect(func(n python.Node) bool {
			switch n.(type) {
			case *python.BadExpr, *python.BadStmt, *python.BadPattern:
				t.Fatalf("%T at %d without an error", n, n.Pos())
			}
			return true
		})
	}
}
