package flow

import (
	"strings"

	"pipwarden/scan/python"
	"pipwarden/scan/vocabulary"
)

// passive are the prefixes of what takes callables without calling them.
var passive = []string{"typing.", "functools.", "builtins.", "dataclasses.", "inspect.", "unittest.", "pytest.", "collections.", "abc.", "copy.",
	"weakref.", "warnings.", "logging.", "enum."}

// active are the modules of the standard library that call what they are given,
// at once or in another thread. What anything else is given is taken to be kept:
// the last pass executes it at stage Call.
var active = func() map[string]bool {
	names := make(map[string]bool)
	for _, n := range strings.Fields(`threading multiprocessing concurrent asyncio atexit signal sched _thread thread contextlib re shutil
		ctypes sys urllib subprocess timeit cProfile profile itertools`) {
		names[n] = true
	}
	return names
}()

// A passing is how a call hands on the arguments of what it is to call.
type passing uint8

const (
	unseenArguments passing = iota // not at all
	inSequence                     // in a tuple, as Thread(target, args=(..))
	behindIt                       // behind the callable, as submit(f, x)
	oneByOne                       // in a sequence of which each item is for one call, as map(f, list)
)

// passings are those of functions and methods by the last part of their name.
var passings = map[string]passing{
	"Thread": inSequence, "Process": inSequence, "Timer": inSequence, "start_new_thread": inSequence, "start_new": inSequence, "apply": inSequence,
	"apply_async": inSequence, "enter": inSequence, "enterabs": inSequence, "add_job": inSequence,
	"submit": behindIt, "register": behindIt, "run_in_executor": behindIt, "to_thread": behindIt, "call_soon": behindIt, "call_later": behindIt,
	"call_at": behindIt, "call_soon_threadsafe": behindIt, "spawn": behindIt, "spawn_later": behindIt, "do": behindIt, "callback": behindIt,
	"map": oneByOne, "imap": oneByOne, "imap_unordered": oneByOne, "map_async": oneByOne,
}

// starters are methods that call what they are given, whatever object they are of.
var starters = map[string]bool{
	"submit": true, "run_in_executor": true, "to_thread": true, "apply_async": true, "start_new_thread": true, "imap": true, "imap_unordered": true,
	"map_async": true, "run_until_complete": true, "create_task": true,
}

// A handing is a site that hands callables to the outside, which calls them.
type handing struct {
	site   *site
	how    passing
	labels labelSet // of what they are called with: of a listener's, keystrokes
}

// handArguments calls what the site hands to an outside that will call it.
func (m *machine) handArguments(s *site) {
	m.startObject(s)
	if s.callee.Kind != Ref || m.asides > 0 {
		return
	}
	name := s.callee.Str
	for _, p := range passive {
		if strings.HasPrefix(name, p) {
			return
		}
	}
	top, _, _ := strings.Cut(name, ".")
	last := name[strings.LastIndexByte(name, '.')+1:]
	call := m.words.Call(name)
	runs := call != nil && call.Effects.Any(runsCode...)
	if !runs && !active[top] && !starters[last] && (call == nil || len(call.Args[vocabulary.Code]) == 0) {
		return
	}
	h := &handing{site: s, how: passings[last]}
	if call != nil && call.Effects.Has(vocabulary.Record) {
		h.labels = call.Returns
	}
	for i, a := range s.args {
		m.hand(h, a, i+1)
	}
	for _, k := range s.kw {
		m.hand(h, k.Value, len(s.args))
	}
}

// hand calls what a value may be that is handed over; behind is the position of
// the arguments behind it.
func (m *machine) hand(h *handing, v *Value, behind int) {
	for _, one := range choicesOf(v) {
		switch {
		case one.Kind == Function, one.Kind == Method && one.Func != nil:
			m.callback(h.site.f, one, h.each(behind)[0], h)
		case one.Kind == Ref && m.callable(one):
			exiting := m.exiting
			for _, args := range h.each(behind) {
				m.invoke(&site{f: h.site.f, x: h.site.x, callee: one, args: args, kw: h.keywords(), handed: true})
			}
			m.exiting = exiting
		}
	}
}

// callable says that a Ref is a function that does something outside, or one
// with some of its arguments.
func (m *machine) callable(v *Value) bool {
	if v.Str == "functools.partial()" {
		return len(v.Items) > 0
	}
	call := m.words.Call(v.Str)
	return call != nil && !call.Silent()
}

// each returns the arguments of each call that the outside makes; at least one.
func (h *handing) each(behind int) [][]*Value {
	const enough = 64 // calls
	rest := h.site.args[behind:]
	switch h.how {
	case behindIt:
		return [][]*Value{rest}
	case oneByOne:
		var out [][]*Value
		if len(rest) > 0 {
			items, _ := iterate(rest[0])
			for _, item := range items[:min(len(items), enough)] {
				out = append(out, []*Value{item})
			}
		}
		if len(out) > 0 {
			return out
		}
	case inSequence:
		for _, name := range []string{"args", "argument"} {
			if v := h.site.arg(-1, name); v != nil && isSequence(v) && !v.Partial {
				return [][]*Value{v.Items}
			}
		}
		for _, v := range rest {
			if isSequence(v) && !v.Partial {
				return [][]*Value{v.Items}
			}
		}
	}
	return [][]*Value{nil}
}

// keywords returns the named arguments of each call.
func (h *handing) keywords() (out []Keyword) {
	switch h.how {
	case behindIt:
		return h.site.kw
	case inSequence:
		for _, name := range []string{"kwargs", "kwds"} {
			if v := h.site.arg(-1, name); v != nil && v.Kind == Dict {
				var s site
				s.spread(v)
				out = append(out, s.kw...)
			}
		}
	}
	return out
}

// handOver calls a callable of the artifact that was put into x, which is of the
// outside: into a class or module that others use. What an object keeps, of
// which nothing else is known, is called later, if at all.
func (m *machine) handOver(f *frame, x, v *Value) {
	if strings.HasPrefix(x.Str, "?") || strings.Contains(x.Str, "()") {
		return
	}
	for _, one := range choicesOf(v) {
		if one.Kind == Function || one.Kind == Method && one.Func != nil {
			m.callback(f, one, nil, nil)
		}
	}
}

// callback calls a callable of the artifact with arguments that the outside
// chooses; args are those that are known. h may be nil.
func (m *machine) callback(f *frame, v *Value, args []*Value, h *handing) {
	if m.asides > 0 {
		return
	}
	switch {
	case v.Kind == Class:
		m.invoke(&site{f: f, callee: v})
		return
	case v.Kind == Instance:
		m.invoke(&site{f: f, callee: v})
		return
	case v.Func == nil || v.Func.node() == nil:
		return
	}
	s := &site{f: f, callee: v, args: append([]*Value(nil), args...)}
	labels := labelSet(0)
	if h != nil {
		s.kw, labels = h.keywords(), h.labels
	}
	params := v.Func.params()
	from := 0
	if v.Self != nil && v.Func.kind != staticFunction {
		from = 1
	}
	for i := from + len(s.args); i < len(params); i++ {
		p := &params[i]
		if p.Kind > python.PositionalOnly || p.Default != nil || s.arg(-1, p.Name) != nil {
			break
		}
		s.args = append(s.args, labelled(m.words.Parameter(p.Name)|labels))
	}
	m.invoke(s)
}

// startObject runs what an object of a thread's or process's class does when it
// is started.
func (m *machine) startObject(s *site) {
	self := s.callee.Self
	if self == nil || self.Kind != Instance || !strings.HasSuffix(s.callee.Str, ".start") {
		return
	}
	m.callMethod(s.f, self, "run")
}
