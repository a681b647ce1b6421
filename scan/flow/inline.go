package flow

import (
	"hash/maphash"

	"pipwarden/scan/python"
)

// A record is what is known of the executions of one function.
type record struct {
	ran     bool
	stage   Stage // the surest at which it ran
	alone   bool  // it ran with unknown arguments
	skipped bool  // a run left out a branch, because its arguments were known
	runs    [Dead + 1]uint8
	cost    int // steps of the last run that was followed
	results map[runKey]*Value
	last    *Value
}

type runKey struct {
	stage Stage
	args  uint64
}

// maxResults is how many results of one function are kept.
const maxResults = 64

func (m *machine) recordOf(fn *FunctionObject) *record {
	r := m.records[fn.node()]
	if r == nil {
		r = &record{stage: Dead}
		m.records[fn.node()] = r
	}
	return r
}

// most is how often the function is executed at one stage. Small ones may be run
// more often: a line that starts what it is given is called with many commands.
func (r *record) most() uint8 {
	if r.cost < smallRun {
		return maxSmallRuns
	}
	return maxRuns
}

// unseen says that the last pass has to execute the function.
func (m *machine) unseen(fn *FunctionObject) bool {
	if fn.node() == nil {
		return false
	}
	r := m.records[fn.node()]
	if r == nil || !r.ran {
		return true
	}
	return !r.alone && (r.skipped || r.stage == Dead && !fn.dead && !fn.unit.source.Dead)
}

// callFunction executes a function of the artifact with its arguments. self is
// the object of a method, nil for none.
func (m *machine) callFunction(s *site, fn *FunctionObject, self *Value) *Value {
	args := s.args
	if self != nil && fn.kind != staticFunction {
		args = append([]*Value{self}, args...)
	}
	node := fn.node()
	if node == nil || m.active[node] || m.depth >= maxInline || m.asides > 0 && m.depth > 0 {
		return m.notFollowed(s, fn)
	}
	r := m.recordOf(fn)
	key := runKey{m.stage, m.hashArgs(args, s.kw, true)}
	if v, ok := r.results[key]; ok {
		return v
	}
	if r.runs[m.stage] >= r.most() || !m.rich() {
		return m.notFollowed(s, fn)
	}
	events, writes, steps := m.serial, m.writes, m.steps
	v := m.execute(fn, r, func(f *frame) { m.bindArguments(f, fn, args, s.kw) })
	r.cost = m.steps - steps
	if m.serial != events {
		r.runs[m.stage]++
	} else if m.writes != writes {
		return v // the next call may find another state
	}
	r.keep(key, v)
	return v
}

// keep remembers the result of a run. Iterators are used up by whoever gets them.
func (r *record) keep(key runKey, v *Value) {
	if len(r.results) >= maxResults || v.Kind == Iterator {
		return
	}
	if r.results == nil {
		r.results = make(map[runKey]*Value)
	}
	r.results[key] = v
}

// notFollowed is the result of a call that is not executed.
func (m *machine) notFollowed(s *site, fn *FunctionObject) *Value {
	labels := s.labels()
	if node := fn.node(); node != nil {
		if r := m.records[node]; r != nil && r.last != nil {
			labels |= labelsOf(r.last)
		}
	}
	return labelled(labels)
}

// execute runs the body of a function in a frame of its own.
func (m *machine) execute(fn *FunctionObject, r *record, bind func(*frame)) *Value {
	f := &frame{unit: fn.unit, names: make(map[string]*Value), globals: fn.Module.Globals, outer: fn.outer,
		function: fn.Name, class: fn.class, record: r}
	node := fn.node()
	m.active[node] = true
	fn.unit.running++
	if !r.ran {
		m.trace.Functions++
	}
	r.ran = true
	r.stage = min(r.stage, m.stage)
	exiting, guards, labels := m.exiting, m.guards, m.chosen
	m.chosen = 0
	if m.finishing && m.depth == 0 {
		m.guards = 0
	}
	m.depth++
	bind(f)
	doubts := m.doubts
	v := m.runBody(f, fn)
	if fn.yields || len(f.yielded) > 0 {
		v = iterator(f.yielded)
		if v.Kind == Iterator {
			v.Partial = f.partial || m.doubts != doubts
		}
	}
	m.depth--
	m.exiting, m.guards, m.chosen = exiting, guards, labels
	fn.unit.running--
	delete(m.active, node)
	r.last = v
	return v
}

func (m *machine) runBody(f *frame, fn *FunctionObject) *Value {
	if fn.Lambda != nil {
		return m.expr(f, fn.Lambda.Body)
	}
	o := m.block(f, fn.Def.Body)
	switch {
	case f.result == nil:
		return noneValue
	case o != returned && o != raised:
		return join(f.result, noneValue)
	}
	return f.result
}

// bindArguments gives the parameters their values.
func (m *machine) bindArguments(f *frame, fn *FunctionObject, args []*Value, kw []Keyword) {
	params := fn.params()
	used := make([]bool, len(kw))
	at := 0
	for i := range params {
		p := &params[i]
		var v *Value
		switch p.Kind {
		case python.VarArgs:
			v = tuple(args[min(at, len(args)):])
			at = len(args)
		case python.VarKeywords:
			v = restOf(kw, used)
		default:
			v, at = m.argument(fn, i, args, at, kw, used)
		}
		if i == 0 {
			f.self = v
		}
		if p.Target != nil {
			m.assign(f, p.Target, v)
			continue
		}
		m.bind(f, p.Name, v)
	}
}

// argument finds the value of one parameter: by position, by name, its default.
func (m *machine) argument(fn *FunctionObject, i int, args []*Value, at int, kw []Keyword, used []bool) (*Value, int) {
	p := &fn.params()[i]
	if p.Kind != python.KeywordOnly && at < len(args) {
		return args[at], at + 1
	}
	spread := false
	var labels labelSet
	for j, k := range kw {
		if k.Name == p.Name {
			used[j] = true
			return k.Value, at
		}
		if k.Name == "**" {
			spread = true
			labels |= labelsOf(k.Value)
		}
	}
	if !spread && i < len(fn.defaults) && fn.defaults[i] != nil {
		return fn.defaults[i], at
	}
	return labelled(labels), at
}

// restOf makes the dict of the keyword arguments that no parameter took.
func restOf(kw []Keyword, used []bool) *Value {
	var pairs []Pair
	partial := false
	var labels labelSet
	for i, k := range kw {
		switch {
		case k.Name == "**":
			partial = true
			labels |= labelsOf(k.Value)
		case !used[i]:
			pairs = append(pairs, Pair{text(k.Name), k.Value})
		}
	}
	d := dict(pairs)
	d.Partial = d.Partial || partial
	d.Labels |= labels
	return d
}

// callAlone executes a function as somebody outside would, with arguments of
// which only the names are known.
func (m *machine) callAlone(fn *FunctionObject) {
	if m.active[fn.node()] {
		return
	}
	r := m.recordOf(fn)
	r.alone = true
	m.execute(fn, r, func(f *frame) { m.bindUnknown(f, fn) })
}

func (m *machine) bindUnknown(f *frame, fn *FunctionObject) {
	params := fn.params()
	for i := range params {
		p := &params[i]
		var v *Value
		if i == 0 && fn.method && fn.kind != staticFunction && p.Kind <= python.PositionalOnly {
			v = m.receiver(f, fn)
			f.self = v
		} else {
			v = m.anyArgument(fn, i)
		}
		if p.Target != nil {
			m.assign(f, p.Target, v)
			continue
		}
		m.bind(f, p.Name, v)
	}
}

// receiver is the object, or class, on which a method runs that nobody calls.
func (m *machine) receiver(f *frame, fn *FunctionObject) *Value {
	if fn.kind == classFunction {
		return &Value{Kind: Class, Class: fn.class}
	}
	return m.sampleOf(f, fn.class)
}

// anyArgument is what somebody outside may give for a parameter.
func (m *machine) anyArgument(fn *FunctionObject, i int) *Value {
	p := &fn.params()[i]
	v := labelled(m.words.Parameter(p.Name))
	switch {
	case p.Kind == python.VarArgs:
		return &Value{Kind: Tuple, Partial: true, Labels: v.Labels}
	case p.Kind == python.VarKeywords:
		return &Value{Kind: Dict, Partial: true, Labels: v.Labels}
	case i < len(fn.defaults) && fn.defaults[i] != nil && isString(fn.defaults[i]) && fn.defaults[i].Str != "":
		return join(v, fn.defaults[i])
	}
	return v
}

// hashArgs tells runs of a function, or events of a call, apart.
func (m *machine) hashArgs(args []*Value, kw []Keyword, ids bool) uint64 {
	h := uint64(len(args))
	for _, a := range args {
		h = h*prime + m.hash(a, 3, ids)
	}
	for _, k := range kw {
		h = h*prime + maphash.String(m.seed, k.Name)
		h = h*prime + m.hash(k.Value, 3, ids)
	}
	return h
}

const prime = 0x9e3779b97f4a7c15

// hash is that of what is known of a value; ids says that results of different
// calls are different.
func (m *machine) hash(v *Value, depth int, ids bool) uint64 {
	h := uint64(v.Kind) ^ uint64(v.Labels)<<8
	switch v.Kind {
	case Bool, Int:
		h += uint64(v.Int) * prime
	case Text, Bytes, Ref:
		h += maphash.String(m.seed, v.Str)
		if ids {
			h += uint64(v.ID)
		}
	case Float:
		h += uint64(v.Float * 1e6)
	case Function, Class, Module, Instance:
		h += maphash.Comparable(m.seed, [4]any{v.Func, v.Class, v.Module, 0})
		if v.Kind == Instance {
			h += maphash.Comparable(m.seed, v) + uint64(len(v.Attrs))
		}
	}
	if depth == 0 {
		return h
	}
	for i, item := range v.Items {
		if i == 16 {
			break
		}
		h = h*prime + m.hash(item, depth-1, ids)
	}
	for i, p := range v.Pairs {
		if i == 16 {
			break
		}
		h = h*prime + m.hash(p.Key, depth-1, ids) + 3*m.hash(p.Value, depth-1, ids)
	}
	return h*prime + uint64(len(v.Items)+len(v.Pairs))
}
