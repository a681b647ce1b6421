package lookalike

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"pipwarden/internal/pypitest"
	"pipwarden/scan/python"
)

type pyMember = pypitest.Member

// home is the folder that the module's packages begin in, and the dotted name of
// the package that it is in; "" for a module of its own.
func (m *module) home() (root, pkg string) {
	root = path.Dir(m.path)
	var parts []string
	for root != "." && member(m.dist, root+"/__init__.py") != nil {
		parts = append([]string{path.Base(root)}, parts...)
		root = path.Dir(root)
	}
	return root, strings.Join(parts, ".")
}

// hooks are names that a star import leaves behind and somebody else calls.
var hooks = []string{"__getattr__"}

func deep(m *module) bool {
	if m.line() || m.has("__file__") || strings.Contains(m.path, "{") {
		return false
	}
	root, pkg := m.home()
	stem := strings.Trim(m.stem(), "_")
	parts := []string{"_" + stem, "impl", "v1"}
	if pkg != "" {
		parts = append(strings.Split(pkg, "."), parts...)
	}
	text, ok := m.absolute(pkg)
	if !ok {
		return false
	}
	folder := root
	for _, p := range parts {
		folder = path.Join(folder, p)
		m.add(folder+"/__init__.py", "")
	}
	m.add(folder+"/steps.py", text)
	from := strings.Join(parts, ".") + ".steps"
	out := "from " + from + " import *\n"
	for _, s := range m.tree.Body {
		if f, ok := s.(*python.FunctionDef); ok && (slices.Contains(hooks, f.Name) || strings.HasPrefix(f.Name, "_") && m.calledElsewhere(f.Name)) {
			out += "from " + from + " import " + f.Name + "\n"
		}
	}
	m.set(out)
	return true
}

func (m *module) calledElsewhere(name string) bool {
	return slices.ContainsFunc(m.sample.Dist.Members, func(x pyMember) bool {
		return x.Path != m.path && strings.Contains(string(x.Data), name)
	})
}

// absolute is the text with relative imports of one dot made absolute; false if
// there are others.
func (m *module) absolute(pkg string) (string, bool) {
	var edits []edit
	ok := true
	m.tree.Inspect(func(n python.Node) bool {
		f, is := n.(*python.ImportFrom)
		if !is || f.Level == 0 {
			return true
		}
		if f.Level > 1 || pkg == "" {
			ok = false
			return false
		}
		at := f.Start + python.Pos(strings.Index(m.tree.TextOf(f), "."))
		text := pkg
		if f.Module != "" {
			text += "."
		}
		edits = append(edits, edit{python.Span{Start: at, Stop: at + 1}, text})
		return true
	})
	return m.edited(edits), ok
}

func secondModule(m *module) bool {
	if m.line() || strings.Contains(m.path, "{") {
		return false
	}
	_, pkg := m.home()
	var edits []edit
	var moved strings.Builder
	for _, s := range m.tree.Body {
		names, ok := movable(s)
		if !ok {
			continue
		}
		fmt.Fprintln(&moved, m.tree.TextOf(s))
		from := "_helpers"
		if pkg != "" {
			from = pkg + "._helpers"
		}
		edits = append(edits, edit{python.Span{Start: s.Pos(), Stop: s.End()}, "from " + from + " import " + strings.Join(names, ", ")})
	}
	if len(edits) == 0 {
		return false
	}
	m.add(path.Join(path.Dir(m.path), "_helpers.py"), moved.String())
	return m.applyEdits(edits)
}

// movable are the names that an import from elsewhere binds in the module.
func movable(s python.Stmt) (names []string, ok bool) {
	switch s := s.(type) {
	case *python.Import:
		for _, a := range s.Names {
			name, _, _ := strings.Cut(bound(a), ".")
			names = append(names, name)
		}
	case *python.ImportFrom:
		for _, a := range s.Names {
			names = append(names, bound(a))
		}
		if s.Level > 0 || s.Module == "__future__" || names[0] == "*" {
			return nil, false
		}
	}
	return names, len(names) > 0
}
