package lookalike

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"pipwarden/scan/python"
)

// rename gives new names to what top-level imports bind and to functions that
// nobody outside of the text can mean.
func rename(m *module) bool {
	r := &renaming{module: m, names: map[string]string{}}
	for _, s := range m.tree.Body {
		r.collect(s)
	}
	for _, s := range m.tree.Body {
		r.importStmt(s)
	}
	return m.applyEdits(append(r.edits, r.uses()...))
}

type renaming struct {
	*module
	names  map[string]string // the old name, dotted for a submodule, and the new one
	edits  []edit
	within []python.Span // statements that are rewritten as a whole
}

func (r *renaming) fresh(old string) string {
	if r.names[old] == "" {
		r.names[old] = fmt.Sprintf("_q%d", len(r.names))
	}
	return r.names[old]
}

func (r *renaming) collect(s python.Stmt) {
	switch s := s.(type) {
	case *python.Import:
		for _, a := range s.Names {
			r.fresh(bound(a))
		}
	case *python.ImportFrom:
		if r.foreign(s) {
			for _, a := range s.Names {
				r.fresh(bound(a))
			}
		}
	case *python.FunctionDef:
		private := strings.HasPrefix(s.Name, "_") && !strings.HasPrefix(s.Name, "__") || path.Base(r.path) == "setup.py"
		if private && !r.mentioned(s.Name) {
			r.fresh(s.Name)
		}
	}
}

// bound is the name that an import binds, dotted where it makes a submodule known.
func bound(a python.Alias) string {
	if a.AsName != "" {
		return a.AsName
	}
	return a.Name
}

// foreign reports whether an import is of names from another project.
func (r *renaming) foreign(s *python.ImportFrom) bool {
	top, _, _ := strings.Cut(s.Module, ".")
	return s.Level == 0 && s.Module != "__future__" && s.Names[0].Name != "*" &&
		!slices.ContainsFunc(r.dist.Members, func(m pyMember) bool {
			return strings.HasPrefix(m.Path, top+"/") || m.Path == top+".py"
		})
}

// mentioned reports whether another member has the word.
func (r *renaming) mentioned(word string) bool {
	return slices.ContainsFunc(r.dist.Members, func(m pyMember) bool {
		return m.Path != r.path && strings.Contains(string(m.Data), word)
	})
}

// importStmt rewrites an import with its new names.
func (r *renaming) importStmt(s python.Stmt) {
	var names []python.Alias
	head := "import "
	switch s := s.(type) {
	case *python.Import:
		names = s.Names
	case *python.ImportFrom:
		if !r.foreign(s) {
			return
		}
		names, head = s.Names, "from "+s.Module+" import "
	default:
		return
	}
	var parts []string
	for _, a := range names {
		parts = append(parts, a.Name+" as "+r.names[bound(a)])
	}
	span := python.Span{Start: s.Pos(), Stop: s.End()}
	r.within = append(r.within, span)
	r.edits = append(r.edits, edit{span, head + strings.Join(parts, ", ")})
}

// uses rewrites the names where they stand as such: not as an attribute, not as
// a keyword of a call.
func (r *renaming) uses() []edit {
	words := r.words()
	var out []edit
	depth := 0
	for i := 0; i < len(words); i++ {
		t := words[i]
		switch r.textOf(t) {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		}
		after := r.word(words, i+1)
		if t.Kind != python.NameToken || r.word(words, i-1) == "." || r.inside(t) || depth > 0 && after == "=" {
			continue
		}
		// The longest dotted name that was imported is the one that is meant.
		name, n := r.longest(words[i:])
		if name == "" {
			continue
		}
		out = append(out, edit{python.Span{Start: t.Start, Stop: words[i+n-1].Stop}, r.names[name]})
		i += n - 1
	}
	return out
}

func (r *renaming) word(words []python.Token, i int) string {
	if i < 0 || i >= len(words) {
		return ""
	}
	return r.textOf(words[i])
}

func (r *renaming) inside(t python.Token) bool {
	return slices.ContainsFunc(r.within, func(s python.Span) bool { return t.Start >= s.Start && t.Stop <= s.Stop })
}

// longest finds the longest known name that the tokens begin with, and how many
// tokens it takes.
func (r *renaming) longest(words []python.Token) (name string, n int) {
	text := ""
	for i, t := range words {
		word := r.textOf(t)
		if i%2 == 0 && t.Kind != python.NameToken || i%2 == 1 && word != "." {
			break
		}
		text += word
		if r.names[text] != "" {
			name, n = text, i+1
		}
	}
	return name, n
}
