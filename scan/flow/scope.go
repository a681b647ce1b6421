package flow

import (
	"reflect"
	"slices"
)

// A frame is one namespace in which code runs: a module, a class body, a call
// of a function, a comprehension.
type frame struct {
	unit     *unit
	names    map[string]*Value
	globals  map[string]*Value
	outer    *frame // the function around; nil at module level
	function string // dotted name of the function around
	class    *ClassObject
	self     *Value
	body     bool // of a class: its names are not seen from functions inside
	inner    bool // of a comprehension
	declared map[string]declaration
	result   *Value // what was returned so far
	yielded  []*Value
	partial  bool // more may be yielded
	record   *record
	back     *Value // the Dict that code run by exec has for its globals
	last     *Value // of the last expression statement
}

type declaration uint8

const (
	globalName declaration = iota + 1
	nonlocalName
)

// moduleFrame is the frame of a module's body.
func (m *machine) moduleFrame(mod *ModuleObject) *frame {
	f := &frame{names: mod.Globals, globals: mod.Globals}
	f.unit = m.unitOf(mod)
	return f
}

// unitOf finds the text that a module was made of; an empty one where it was
// dropped.
func (m *machine) unitOf(mod *ModuleObject) *unit {
	for i := len(m.units) - 1; i >= 0; i-- {
		if m.units[i].module == mod {
			return m.units[i]
		}
	}
	return &unit{source: &source{Source: Source{Path: mod.Path}}, module: mod, telling: newTelling()}
}

// within returns a frame for code inside f whose names are its own.
func (f *frame) within() *frame {
	return &frame{unit: f.unit, names: make(map[string]*Value), globals: f.globals, outer: f, function: f.function,
		class: f.class, self: f.self, inner: true, record: f.record}
}

// lookup finds a name in the frames around, nil if it is in none.
func (f *frame) lookup(name string) *Value {
	if v, ok := f.names[name]; ok {
		return v
	}
	for o := f.outer; o != nil; o = o.outer {
		if o.body && !f.inner {
			continue
		}
		if v, ok := o.names[name]; ok {
			return v
		}
	}
	return f.globals[name]
}

// home returns the map that an assignment of name goes to.
func (f *frame) home(name string) map[string]*Value {
	for f.inner {
		f = f.outer
	}
	switch f.declared[name] {
	case globalName:
		return f.globals
	case nonlocalName:
		for o := f.outer; o != nil; o = o.outer {
			if _, ok := o.names[name]; ok && !o.body {
				return o.names
			}
		}
	}
	return f.names
}

// scopes is the record of what was assigned since a branch began.
type scopes struct {
	log   []assignment
	forks int
}

// An assignment is one assignment: what the name held before, nil for nothing.
type assignment struct {
	names map[string]*Value
	name  string
	old   *Value
}

// put assigns a name.
func (s *scopes) put(names map[string]*Value, name string, v *Value) {
	if s.forks > 0 {
		s.log = append(s.log, assignment{names, name, names[name]})
	}
	if v == nil {
		delete(names, name)
		return
	}
	names[name] = v
}

// set assigns a name from code that runs in f.
func (m *machine) set(f *frame, name string, v *Value) {
	names := f.home(name)
	if len(f.declared) > 0 && f.declared[name] != 0 {
		m.writes++
	}
	m.put(names, name, v)
}

// bind assigns a name in f itself: the target of a comprehension.
func (m *machine) bind(f *frame, name string, v *Value) { m.put(f.names, name, v) }

// An outcome says how a block ended.
type outcome uint8

const (
	next outcome = iota
	continued
	broke
	raised
	returned
)

// ends says that what follows in the block is not reached.
func (o outcome) ends() bool { return o != next }

// fork executes branches of which one is taken, each from the state before
// them, and joins what they leave. Branches that return or raise leave nothing
// behind but what they did to containers.
func (m *machine) fork(branches ...func() outcome) outcome {
	mark := len(m.log)
	m.forks++
	ends := make([]state, 0, len(branches))
	all := outcome(0)
	for i, branch := range branches {
		o := branch()
		if i == 0 {
			all = o
		} else if !o.ends() || !all.ends() {
			all = next
		} else {
			all = max(all, o)
		}
		s := state{done: o == raised || o == returned, values: m.rollback(mark)}
		ends = append(ends, s)
	}
	m.forks--
	if all.ends() {
		for i := range ends {
			ends[i].done = false
		}
	}
	if slices.ContainsFunc(ends, func(s state) bool { return len(s.values) > 0 }) {
		m.merge(ends)
	}
	return all
}

// A state is what one branch assigned.
type state struct {
	values []assignment // name and value after the branch
	done   bool         // the branch ended, nothing follows it
}

// aside executes code that is never reached, from the state as it is, and
// forgets what it assigns.
func (m *machine) aside(run func()) { m.asideAt(Dead, run) }

// asideAt does the same for code that runs at another stage.
func (m *machine) asideAt(at Stage, run func()) {
	mark, stage := len(m.log), m.stage
	m.forks++
	m.stage = max(at, stage)
	if at == Dead {
		m.asides++
		defer func() { m.asides-- }()
	}
	run()
	m.stage = stage
	m.rollback(mark)
	m.forks--
}

// sameNames says that two namespaces are one.
func sameNames(a, b map[string]*Value) bool {
	return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer()
}

// rollback undoes the changes since mark and returns them as they were.
func (m *machine) rollback(mark int) []assignment {
	var after []assignment
	if len(m.log) > mark {
		after = make([]assignment, 0, len(m.log)-mark)
	}
	for _, c := range m.log[mark:] {
		after = append(after, assignment{c.names, c.name, c.names[c.name]})
	}
	for i := len(m.log) - 1; i >= mark; i-- {
		c := m.log[i]
		if c.old == nil {
			delete(c.names, c.name)
		} else {
			c.names[c.name] = c.old
		}
	}
	m.log = m.log[:mark]
	return after
}

// merge assigns what the branches left.
func (m *machine) merge(ends []state) {
	live := slices.DeleteFunc(ends, func(s state) bool { return s.done })
	base := newMerging()
	for _, s := range live {
		for _, c := range s.values {
			base.add(c)
		}
		base.next()
	}
	for _, g := range base.groups {
		before := g.names[g.name]
		v := g.value
		if g.count < len(live) && before != nil {
			v = join(before, v)
		}
		m.put(g.names, g.name, v)
	}
}

// A merging gathers the values that the branches gave to each name.
type merging struct {
	byName map[mergeKey]int
	groups []merged
	branch int
}

type merged struct {
	names map[string]*Value
	name  string
	value *Value
	count int // branches that assign it
	last  int // the last of them, counted from 1
}

type mergeKey struct {
	names uintptr // the map's identity
	name  string
}

func newMerging() *merging { return &merging{} }

func (g *merging) next() { g.branch++ }

// fewGroups is the number of names up to which they are looked through one by
// one.
const fewGroups = 12

// find returns the group of a name, or -1.
func (g *merging) find(c *assignment) int {
	if len(g.groups) <= fewGroups {
		return slices.IndexFunc(g.groups, func(m merged) bool { return m.name == c.name && sameNames(m.names, c.names) })
	}
	if g.byName == nil {
		g.byName = make(map[mergeKey]int)
		for i := range g.groups {
			g.byName[keyOfNames(g.groups[i].names, g.groups[i].name)] = i
		}
	}
	if i, ok := g.byName[keyOfNames(c.names, c.name)]; ok {
		return i
	}
	return -1
}

func keyOfNames(names map[string]*Value, name string) mergeKey {
	return mergeKey{reflect.ValueOf(names).Pointer(), name}
}

// add takes the value of one name after the branch: c.old.
func (g *merging) add(c assignment) {
	i := g.find(&c)
	if i < 0 {
		if g.byName != nil {
			g.byName[keyOfNames(c.names, c.name)] = len(g.groups)
		}
		g.groups = append(g.groups, merged{c.names, c.name, c.old, 1, g.branch + 1})
		return
	}
	group := &g.groups[i]
	if group.last == g.branch+1 {
		return
	}
	group.last = g.branch + 1
	group.count++
	group.value = either(group.value, c.old)
}
