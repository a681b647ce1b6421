package flow

import (
	"strings"
	"unicode/utf8"

	"pipwarden/scan/python"
)

// A sourceState says how far the execution of a source has come.
type sourceState uint8

const (
	fresh sourceState = iota
	running
	done
)

// A source is a Source with what became of it.
type source struct {
	Source
	state  sourceState
	module *ModuleObject
	unit   *unit // of its first execution
	budget budget
	facts  FileFacts
	// scripted is one more than the surest stage at which it ran as a script
	// that other code started; 0 if it did not.
	scripted Stage
}

// A unit is one text of code: a source, or a decoded text inside one.
type unit struct {
	source    *source
	layers    []string
	file      *python.File // nil before it is parsed and after it was dropped
	module    *ModuleObject
	functions []*FunctionObject // all that were made of it
	finished  int               // how many of them the last pass has seen to
	running   int               // executions of it that are going on
	size      int
	constants map[*python.Str]*Value
	assigned  map[python.Stmt][]string // names that a loop assigns
	*telling
}

// A telling counts what was told of the nodes of a tree. It goes with the tree,
// which it would keep otherwise.
type telling struct {
	perNode map[python.Node]int // events
	told    map[eventKey]bool
}

func newTelling() *telling {
	return &telling{perNode: make(map[python.Node]int), told: make(map[eventKey]bool)}
}

func (u *unit) path() string { return u.source.Path }

// parse reads the unit's text.
func (u *unit) parse(text []byte, opt python.Options) {
	u.file = python.Parse(text, opt)
	u.size = len(text)
	u.constants = make(map[*python.Str]*Value)
	u.assigned = make(map[python.Stmt][]string)
}

// line returns the line of a node.
func (u *unit) line(n python.Node) int {
	if u.file == nil || n == nil {
		return 0
	}
	return u.file.Position(n.Pos()).Line
}

// newUnit makes a unit of a source, or of a layer inside it.
func (m *machine) newUnit(src *source, name string, layers []string) *unit {
	u := &unit{source: src, layers: layers, telling: newTelling()}
	u.module = &ModuleObject{Name: name, Path: src.Path, Globals: make(map[string]*Value), pkg: src.Package}
	m.units = append(m.units, u)
	return u
}

// runSource executes a source as the module that it is.
func (m *machine) runSource(src *source) {
	if src.state != fresh {
		return
	}
	m.run(src, src.Module)
}

// runScript executes a source with __name__ == "__main__", also one that was
// imported before.
func (m *machine) runScript(src *source) {
	if src.state == running {
		return
	}
	m.run(src, "__main__")
}

func (m *machine) run(src *source, name string) {
	first := src.state == fresh
	src.state = running
	u := m.newUnit(src, src.Module, src.Layers)
	if old := src.unit; old != nil && old.file != nil {
		u.file, u.constants, u.assigned, u.telling = old.file, old.constants, old.assigned, old.telling
	} else {
		u.parse(src.Text, python.Options{})
		m.alive += u.size
		src.unit = u
	}
	if first {
		src.module = u.module
		src.facts.Stage = m.stage
		src.facts.read(u.file)
		src.budget.limit = sourceSteps + stepsPerByte*len(src.Text)
	}
	if first {
		m.limits(u)
	}
	u.module.Globals["__name__"] = text(name)
	u.module.Globals["__file__"] = m.ownPath(src.Path)
	old := m.budget
	m.budget = &src.budget
	m.runModule(u)
	m.budget = old
	src.state = done
}

// limits records what the parser did not read.
func (m *machine) limits(u *unit) {
	for _, e := range u.file.Errors {
		if e.Limit != python.NoLimit {
			m.trace.Problems = append(m.trace.Problems, Problem{Path: u.path(), Layers: u.layers,
				Line: u.file.Position(e.Pos).Line, Limit: e.Limit.String()})
		}
	}
}

// runModule executes the body of a unit as a module.
func (m *machine) runModule(u *unit) {
	f := m.moduleFrame(u.module)
	f.unit = u
	u.module.Globals["__doc__"] = docOf(u.file.Body)
	depth, loops, guards := m.depth, m.loops, m.guards
	m.loops, m.guards = 0, 0
	u.running++
	m.block(f, u.file.Body)
	u.running--
	m.depth, m.loops, m.guards = depth, loops, guards
}

// ownPath is what __file__ holds: the folder is not known.
func (m *machine) ownPath(path string) *Value {
	v := text(string(Hole) + "/" + path)
	v.Partial = true
	return v
}

// finishUnit executes the functions of a unit that were not executed yet, with
// unknown arguments. It says whether there were any.
func (m *machine) finishUnit(u *unit) (any bool) {
	if u.file == nil {
		return false
	}
	saved, finishing, old := m.stage, m.finishing, m.budget
	m.finishing, m.budget = true, &u.source.budget
	for ; u.finished < len(u.functions) && m.err == nil; u.finished++ {
		fn := u.functions[u.finished]
		if !m.unseen(fn) {
			continue
		}
		any = true
		m.stage = Call
		if u.source.Dead {
			m.stage = Dead
		}
		m.callAlone(fn)
	}
	m.stage, m.finishing, m.budget = saved, finishing, old
	return any
}

// drop lets go of a unit's tree.
func (m *machine) drop(u *unit) {
	for _, fn := range u.functions {
		delete(m.records, fn.node())
		fn.Def, fn.Lambda, fn.outer = nil, nil, nil
	}
	m.alive -= u.size
	u.functions, u.file, u.constants, u.assigned = nil, nil, nil, nil
	u.telling = newTelling()
	u.finished = 0
}

// docOf returns the docstring that a body begins with, None for none.
func docOf(body []python.Stmt) *Value {
	if len(body) == 0 {
		return noneValue
	}
	if s, ok := body[0].(*python.ExprStmt); ok {
		if doc, ok := s.X.(*python.Str); ok {
			return strValue(doc)
		}
	}
	return noneValue
}

// strValue is the value of a literal.
func strValue(s *python.Str) *Value {
	if s.Kind == python.Bytes || s.Kind == python.Native && !utf8.ValidString(s.Value) {
		return bytesOf(s.Value)
	}
	return text(s.Value)
}

func splitDots(name string) []string { return strings.Split(name, ".") }
