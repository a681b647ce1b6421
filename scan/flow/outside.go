package flow

import (
	"strings"

	"pipwarden/scan/python"
	"pipwarden/scan/vocabulary"
)

// dull are the labels that alone make no event: they say nothing of what a
// program should not touch.
var dull = vocabulary.Set(vocabulary.Parameter, vocabulary.OwnFile, vocabulary.File, vocabulary.Arguments, vocabulary.Computed)

// runsCode are the effects of what calls the callables that it is given.
var runsCode = []vocabulary.Effect{vocabulary.Background, vocabulary.Execute, vocabulary.Setup}

// maxPerNode is how many events one call in the source makes, each with other
// arguments.
const maxPerNode = 150

// maxEvents bounds the trace; a person reads hundreds.
const maxEvents = 100_000

// outside calls something that is not of the artifact.
func (m *machine) outside(s *site) *Value {
	name := s.callee.Str
	if run, ok := m.special[name]; ok {
		if v := run(s); v != nil {
			return v
		}
	}
	call := m.words.Call(name)
	if v, ok := m.evaluate(s); ok {
		m.recordCall(s, name, call, s.labels(), v)
		return v
	}
	m.openings(s, call)
	labels := s.labels()
	if call != nil || labels&^dull != 0 {
		labels |= m.carryFiles(s, call)
	}
	v := m.result(s, call, labels)
	m.recordCall(s, name, call, labels, v)
	if call != nil {
		if p := s.role(call, vocabulary.Path); call.Effects.Has(vocabulary.Open) && len(p) > 0 {
			m.files.opened[v.ID] = p[0]
		}
		m.follow(s, call)
	}
	m.absorb(s, call)
	m.handArguments(s)
	if exits[name] {
		m.exiting = true
	}
	return v
}

// evaluate asks the library, which knows functions by their names and some
// objects by what made them.
func (m *machine) evaluate(s *site) (*Value, bool) {
	if strings.HasPrefix(s.callee.Str, "?") || strings.HasPrefix(s.callee.Str, "re.") && m.spares(s) {
		return nil, false
	}
	return m.meter.library(s.callee, s.args, s.kw, m.caller(s))
}

// spares says that a search would take too much of the effort that is left to
// everything else: a pattern may cost the square of the text. What is searched
// in genuine code is a change log; what is decoded is shorter.
func (m *machine) spares(s *site) bool {
	const share = 8 // one search, of all effort
	for _, a := range s.args {
		cost := len(a.Str) * len(a.Str) / 16
		if cost > effortLimit/share || m.meter.spent+cost > effortLimit/2 {
			return true
		}
	}
	return false
}

var exits = map[string]bool{"sys.exit": true, "os._exit": true, "builtins.exit": true, "builtins.quit": true, "os.abort": true}

// absorb gives an object what its method is handed: a message its parts, an
// archive its files.
func (m *machine) absorb(s *site, call *vocabulary.Call) {
	self := s.callee.Self
	if self == nil || self.Kind != Ref || self.ID == 0 {
		return
	}
	if last := s.callee.Str[strings.LastIndexByte(s.callee.Str, '.')+1:]; call != nil && call.Effects&^keeps != 0 && !gathers(last) {
		return
	}
	var labels labelSet
	for _, a := range s.args {
		labels |= labelsOf(a)
	}
	for _, k := range s.kw {
		labels |= labelsOf(k.Value)
	}
	stain(self, labels)
}

// gathers says that a method, whatever else it does, adds to its object by its
// name: add_file, set_content.
func gathers(name string) bool {
	return strings.HasPrefix(name, "add_") || strings.HasPrefix(name, "set_") || name == "attach" || name == "append"
}

// stain labels an object of the outside, and the object whose attribute it is:
// a session by its headers.
func stain(v *Value, labels labelSet) {
	labels &^= dull
	const near = 4 // attributes of attributes
	id := v.ID
	for range near {
		if v == nil || v.Kind != Ref || v.ID != id || id == 0 {
			return
		}
		v.Labels |= labels
		v = v.Self
	}
}

// keeps are the effects of methods whose object keeps what it is given.
const keeps = 1<<vocabulary.Write | 1<<vocabulary.Read | 1<<vocabulary.Open

// result is what an outside call returns.
func (m *machine) result(s *site, call *vocabulary.Call, labels labelSet) *Value {
	m.serial++
	v := *m.ref(s.callee.Str, "()")
	v.ID = m.serial
	switch {
	case call == nil:
		v.Labels |= labels
	case call.Clean:
		v.Labels |= call.Returns
	default:
		v.Labels |= call.Returns | labels
	}
	v.Made = s.callee.Made
	if s.callee.Self != nil {
		v.Self = s.callee.Self
	}
	return &v
}

// recordCall adds an event for a call that does something, gives something, or
// gets something to see.
func (m *machine) recordCall(s *site, name string, call *vocabulary.Call, labels labelSet, result *Value) {
	switch {
	case call != nil && (call.Effects != 0 || call.Returns != 0):
	case labels&^dull == 0, call != nil && call.Clean:
		return
	}
	m.record(s, name, call, labels, result)
}

// record adds an event for a call.
func (m *machine) record(s *site, name string, call *vocabulary.Call, labels labelSet, result *Value) {
	if !m.fresh(s.f.unit, s.x, m.hashArgs(s.args, s.kw, false)^uint64(labels)) {
		return
	}
	e := m.event(s.f, s.x, name)
	e.Call, e.Labels, e.Result = call, labels, result
	e.Self, e.Args, e.Keywords = s.callee.Self, s.args, s.kw
	e.Code = m.codeOf(s, name)
	m.trace.Events = append(m.trace.Events, e)
	for _, a := range s.args {
		m.mention(s.f, s.x, a)
	}
	for _, k := range s.kw {
		m.mention(s.f, s.x, k.Value)
	}
}

// fresh says that an event of a call with these arguments is to be told.
func (m *machine) fresh(u *unit, x python.Node, args uint64) bool {
	key := eventKey{x, m.stage, args}
	if x == nil || u.told[key] || u.perNode[x] >= maxPerNode || len(m.trace.Events) >= maxEvents {
		return false
	}
	u.told[key] = true
	u.perNode[x]++
	return true
}

// event begins an event at a place.
func (m *machine) event(f *frame, x python.Node, name string) Event {
	return Event{Name: name, Stage: m.stage, Orphan: m.orphan, Path: f.unit.path(), Layers: f.unit.layers,
		Line: f.unit.line(x), Function: f.function, Guarded: m.guards > 0, Seq: len(m.trace.Events)}
}

// readSource records that code reads an attribute which is a source.
func (m *machine) readSource(f *frame, x python.Node, v *Value) {
	m.readEvent(f, x, v.Str, v, nil)
}

func (m *machine) readEvent(f *frame, x python.Node, name string, v *Value, args []*Value) {
	if !m.fresh(f.unit, x, m.hashArgs(args, nil, false)^uint64(v.Labels)) {
		return
	}
	e := m.event(f, x, name)
	e.Read, e.Labels, e.Result, e.Args = true, v.Labels, v, args
	e.Code = f.unit.excerpt(x)
	m.trace.Events = append(m.trace.Events, e)
}

// maxCode is the length in bytes of an event's Code.
const maxCode = 300

// codeOf writes a call as a person would after decoding: arguments that are
// known by their values, others as they stand in the source.
func (m *machine) codeOf(s *site, name string) string {
	call, ok := s.x.(*python.Call)
	if !ok || s.f.unit.file == nil {
		return cutText(name, maxCode)
	}
	var out strings.Builder
	if s.handed {
		call = &python.Call{}
		out.WriteString(name)
	} else {
		out.WriteString(cutText(s.f.unit.excerpt(call.Func), maxCode/2))
	}
	out.WriteByte('(')
	for i, a := range s.args {
		if i > 0 {
			out.WriteString(", ")
		}
		source := ""
		if i < len(call.Args) && len(call.Args) == len(s.args) {
			source = s.f.unit.excerpt(call.Args[i])
		}
		out.WriteString(argumentText(a, source))
	}
	for i, k := range s.kw {
		if i > 0 || len(s.args) > 0 {
			out.WriteString(", ")
		}
		source := ""
		if len(call.Keywords) == len(s.kw) {
			source = s.f.unit.excerpt(call.Keywords[i].Value)
		}
		out.WriteString(k.Name + "=" + argumentText(k.Value, source))
	}
	out.WriteByte(')')
	return cutText(out.String(), maxCode)
}

// argumentText writes one argument.
func argumentText(v *Value, source string) string {
	if known(v) && v.Kind != Function && v.Kind != Class && v.Kind != Instance && v.Kind != Module && v.Kind != Method {
		return render(v)
	}
	if source != "" {
		return source
	}
	return render(v)
}

// excerpt is the source text of a node, cut.
func (u *unit) excerpt(x python.Node) string {
	if u.file == nil || x == nil {
		return ""
	}
	switch x.(type) {
	case *python.FunctionDef, *python.Lambda:
		return ""
	}
	end := min(x.End(), x.Pos()+maxCode)
	if int(end) > len(u.file.Text) || x.Pos() > end {
		return ""
	}
	return strings.Clone(cutText(u.file.Text[x.Pos():end], maxCode))
}

// cutText cuts a text to at most n bytes, between letters.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}

// caller lets the library call what it is given.
func (m *machine) caller(s *site) caller {
	return func(fn *Value, args []*Value) *Value {
		return m.invoke(&site{f: s.f, x: s.x, callee: fn, args: args, handed: true})
	}
}
