package lookalike

import (
	"slices"
	"strings"

	"pipwarden/internal/pypitest"
	"pipwarden/scan/python"
)

// A Mutator hides a payload and leaves what it does.
type Mutator struct {
	Name string
	Doc  string // what it does to the source, in a sentence

	// apply changes one place of a payload in the dist that it is in. It says
	// false, having changed nothing, where it does not know how.
	apply func(m *module) bool
}

// Mutators lists all.
var Mutators = []*Mutator{
	{"nesting", "the text is compressed and encoded in three layers", nest},
	{"splitting", "every string is put together from pieces", split},
	{"renaming", "what is imported or private gets names that say nothing", rename},
	{"getattr", "attributes of modules are looked up by strings", lookup},
	{"padding", "a hundred times as much harmless code stands around it", pad},
	{"deep", "the text moves to a module three folders down", deep},
	{"pth", "the text moves to a .pth file", toPth},
	{"data", "the text moves to a data file that is read and run", toData},
	{"blanks", "hundreds of lines and columns of white space stand before it", blank},
	{"letters", "names are written in mathematical letters", letters},
	{"second-module", "imports move to a second module", secondModule},
	{"decorator", "the text becomes the body of a decorator's argument", decorate},
	{"metaclass", "the text becomes the body of a metaclass's __new__", metaclass},
}

// Apply returns a changed copy of the sample's dist, or false where the mutator
// does not apply: to no place in Python 3, or in a shape that it cannot keep the
// meaning of.
func (m *Mutator) Apply(s *Sample) (*pypitest.Dist, bool) {
	if s.Python != 3 {
		return nil, false
	}
	d := *s.Dist
	d.Members = slices.Clone(d.Members)
	changed := false
	for _, place := range s.Places {
		if !strings.HasSuffix(place, ".py") && !strings.HasSuffix(place, ".pth") {
			continue
		}
		if mod := newModule(s, &d, place); mod != nil && m.apply(mod) {
			changed = true
		}
	}
	return &d, changed
}

// A module is one place of a payload in the copy of a dist.
type module struct {
	sample *Sample
	dist   *pypitest.Dist
	path   string
	text   string
	tree   *python.File
}

// newModule returns nil for a text that does not parse.
func newModule(s *Sample, d *pypitest.Dist, path string) *module {
	m := &module{sample: s, dist: d, path: path, text: string(member(d, path).Data)}
	m.tree = python.Parse([]byte(m.text), python.Options{Dialect: python.Py3})
	if len(m.tree.Errors) > 0 {
		return nil
	}
	return m
}

// line reports whether the module is a .pth file, of which each line is read by
// itself and runs if it begins with "import".
func (m *module) line() bool { return strings.HasSuffix(m.path, ".pth") }

// set replaces the text.
func (m *module) set(text string) {
	member(m.dist, m.path).Data = []byte(text)
}

// add appends a member; one that is there already stays.
func (m *module) add(path, text string) {
	if member(m.dist, path) == nil {
		m.dist.Members = append(m.dist.Members, pypitest.Member{Path: path, Data: []byte(text)})
	}
}

// has reports whether the text holds a string.
func (m *module) has(s string) bool { return strings.Contains(m.text, s) }

// An edit replaces a span of a text.
type edit struct {
	python.Span
	text string
}

// edited applies edits, which must not overlap.
func (m *module) edited(edits []edit) string {
	slices.SortFunc(edits, func(a, b edit) int { return int(a.Start) - int(b.Start) })
	var b strings.Builder
	at := python.Pos(0)
	for _, e := range edits {
		b.WriteString(m.text[at:e.Start])
		b.WriteString(e.text)
		at = e.Stop
	}
	b.WriteString(m.text[at:])
	return b.String()
}

// apply edits the text if there is anything to edit.
func (m *module) applyEdits(edits []edit) bool {
	if len(edits) == 0 {
		return false
	}
	m.set(m.edited(edits))
	return true
}

// words are the tokens of the text without what stands between them.
func (m *module) words() []python.Token {
	var out []python.Token
	for t := range m.tree.Tokens() {
		if t.Kind < python.SpaceTrivia {
			out = append(out, t)
		}
	}
	return out
}

func (m *module) textOf(t python.Token) string { return m.text[t.Start:t.Stop] }
