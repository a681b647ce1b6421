package lookalike

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"pipwarden/scan/python"
)

// splitFrom is the length of a string from which it is split.
const splitFrom = 4

func split(m *module) bool {
	var edits []edit
	skip := map[python.Node]bool{}
	m.tree.Inspect(func(n python.Node) bool {
		switch n := n.(type) {
		case *python.ExprStmt:
			skip[n.X] = true // a docstring
		case *python.JoinedStr, *python.MatchCase:
			return false // pieces may not stand there
		case *python.Str:
			if !skip[n] && len(n.Value) >= splitFrom {
				edits = append(edits, edit{n.Span, pieces(n, len(edits))})
			}
		}
		return true
	})
	return m.applyEdits(edits)
}

// pieces is an expression for a string, one of three by turns.
func pieces(n *python.Str, turn int) string {
	cut := len(n.Value) / 2
	for n.Kind == python.Text && !utf8.RuneStart(n.Value[cut]) {
		cut--
	}
	write, empty := quote, `""`
	if n.Kind == python.Bytes {
		write, empty = quoteBytes, `b""`
	}
	left, right := write(n.Value[:cut]), write(n.Value[cut:])
	switch {
	case turn%3 == 1:
		return fmt.Sprintf("%s.join([%s, %s])", empty, left, right)
	case turn%3 == 2 && n.Kind == python.Text:
		letters := []rune(n.Value)
		slices.Reverse(letters)
		return quote(string(letters)) + "[::-1]"
	}
	return fmt.Sprintf("(%s + %s)", left, right)
}

// boldLetter returns the mathematical bold form of a letter, which NFKC turns
// into the letter.
func boldLetter(c byte) rune {
	switch {
	case c >= 'a' && c <= 'z':
		return 0x1d41a + rune(c-'a')
	case c >= 'A' && c <= 'Z':
		return 0x1d400 + rune(c-'A')
	}
	return rune(c)
}

// soft are names that the grammar takes for keywords in some places, by their
// letters.
var soft = []string{"match", "case", "type", "async", "await", "nonlocal", "None", "True", "False"}

func letters(m *module) bool {
	var edits []edit
	for _, t := range m.words() {
		word := m.textOf(t)
		if t.Kind != python.NameToken || slices.Contains(soft, word) {
			continue
		}
		var b strings.Builder
		for i := range len(word) {
			if word[i] >= utf8.RuneSelf {
				return false // it is written in other letters already
			}
			b.WriteRune(boldLetter(word[i]))
		}
		edits = append(edits, edit{t.Span, b.String()})
	}
	return m.applyEdits(edits)
}

// lookup writes os.system as getattr(os, "sys" + "tem"), by turns with
// __import__("os") for the module.
func lookup(m *module) bool {
	imports := m.imports()
	targets := m.targets()
	var edits []edit
	m.tree.Inspect(func(n python.Node) bool {
		switch n := n.(type) {
		case *python.JoinedStr:
			return false // quotes within quotes, before 3.12
		case *python.Attribute:
			module := m.tree.TextOf(n.X)
			if !imports[module] || imports[m.tree.TextOf(n)] || targets[n] {
				return true
			}
			if len(edits)%2 == 1 && !strings.Contains(module, ".") && imports["="+module] {
				module = fmt.Sprintf("__import__(%q)", module)
			}
			cut := len(n.Attr) / 2
			edits = append(edits, edit{n.Span, fmt.Sprintf("getattr(%s, %q + %q)", module, n.Attr[:cut], n.Attr[cut:])})
			return false
		}
		return true
	})
	return m.applyEdits(edits)
}

// imports are the modules as the text calls them: "os", "urllib",
// "urllib.request". With "=" before it, the name is the module's own.
func (m *module) imports() map[string]bool {
	out := map[string]bool{}
	m.tree.Inspect(func(n python.Node) bool {
		if n, ok := n.(*python.Import); ok {
			for _, a := range n.Names {
				if a.AsName != "" {
					out[a.AsName] = true
					continue
				}
				out["="+a.Name] = true
				for i := range len(a.Name) {
					if a.Name[i] == '.' {
						out[a.Name[:i]] = true
					}
				}
				out[a.Name] = true
			}
		}
		return true
	})
	return out
}

// targets are the attributes that are assigned to or deleted.
func (m *module) targets() map[python.Node]bool {
	out := map[python.Node]bool{}
	add := func(list ...python.Expr) {
		for _, x := range list {
			out[x] = true
		}
	}
	m.tree.Inspect(func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Assign:
			add(n.Targets...)
		case *python.AugAssign:
			add(n.Target)
		case *python.AnnAssign:
			add(n.Target)
		case *python.Delete:
			add(n.Targets...)
		case *python.For:
			add(n.Target)
		}
		return true
	})
	return out
}
