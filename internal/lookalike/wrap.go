package lookalike

import (
	"maps"
	"slices"
	"strings"

	"pipwarden/scan/python"
)

func decorate(m *module) bool {
	body, ok := m.body("    ")
	if !ok {
		return false
	}
	m.set("def _now(_f):\n    _f()\n    return _f\n\n\n@_now\ndef _prepare():\n" + body)
	return true
}

func metaclass(m *module) bool {
	body, ok := m.body("        ")
	if !ok {
		return false
	}
	m.set("class _Meta(type):\n    def __new__(_kind, _called, _parents, _space):\n" + body +
		"        return super().__new__(_kind, _called, _parents, _space)\n\n\nclass _Base(metaclass=_Meta):\n    pass\n")
	return true
}

// body is the text as that of a function whose names stay the module's.
func (m *module) body(indent string) (string, bool) {
	names, ok := m.boundNames()
	if m.line() || !ok {
		return "", false
	}
	out := ""
	if len(names) > 0 {
		out = indent + "global " + strings.Join(names, ", ") + "\n"
	}
	return out + m.indented(indent) + "\n", true
}

// boundNames are the names that the module's own scope binds; false if a star
// import binds some, or an annotation stands beside one.
func (m *module) boundNames() ([]string, bool) {
	b := binder{map[string]bool{}, true}
	for _, s := range m.tree.Body {
		python.Inspect(s, b.visit)
	}
	return slices.Sorted(maps.Keys(b.names)), b.ok
}

type binder struct {
	names map[string]bool
	ok    bool
}

// visit takes what binds a name and does not go into other scopes.
func (b *binder) visit(n python.Node) bool {
	switch n := n.(type) {
	case *python.FunctionDef:
		b.names[n.Name] = true
		return false
	case *python.ClassDef:
		b.names[n.Name] = true
		return false
	case *python.Lambda, *python.ListComp, *python.SetComp, *python.DictComp, *python.GeneratorExp:
		return false
	case *python.AnnAssign:
		b.ok = false
	case *python.Import:
		b.aliases(n.Names)
	case *python.ImportFrom:
		b.aliases(n.Names)
	case *python.Assign:
		for _, t := range n.Targets {
			b.target(t)
		}
	case *python.AugAssign:
		b.target(n.Target)
	case *python.For:
		b.target(n.Target)
	case *python.With:
		for _, item := range n.Items {
			b.target(item.Target)
		}
	}
	return true
}

func (b *binder) aliases(list []python.Alias) {
	for _, a := range list {
		name, _, _ := strings.Cut(bound(a), ".")
		b.names[name] = true
		b.ok = b.ok && name != "*"
	}
}

func (b *binder) target(x python.Expr) {
	switch x := x.(type) {
	case *python.Name:
		b.names[x.ID] = true
	case *python.Tuple:
		for _, e := range x.Elts {
			b.target(e)
		}
	case *python.List:
		for _, e := range x.Elts {
			b.target(e)
		}
	}
}

// indented puts white space before each line that does not begin within a string.
func (m *module) indented(indent string) string {
	within := map[int]bool{}
	depth := 0
	for t := range m.tree.Tokens() {
		begin := int(t.Start)
		switch t.Kind {
		case python.FStringStartToken:
			depth++
			begin++
		case python.FStringEndToken:
			depth--
		case python.StringToken:
			begin++
		default:
			if depth == 0 {
				continue
			}
		}
		for i := begin; i < int(t.Stop); i++ {
			within[i] = true
		}
	}
	var b strings.Builder
	at := 0
	for line := range strings.Lines(m.text) {
		if !within[at] {
			b.WriteString(indent)
		}
		b.WriteString(line)
		at += len(line)
	}
	return b.String()
}
