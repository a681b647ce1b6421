package flow

import (
	"hash/maphash"
	"slices"

	"pipwarden/scan/python"
)

const (
	// maxDoubtful is how often a loop goes round whose body does something
	// outside or meets a test that is not known.
	maxDoubtful = 64
	// maxAssigned is how many nodes of a loop's body are looked at for the
	// names that it assigns, so that nested loops do not cost their depth.
	maxAssigned = 20_000
)

func (m *machine) forStmt(f *frame, s *python.For) outcome {
	over := m.expr(f, s.Iter)
	labels := m.chosen
	m.chosen |= over.Labels & choosing
	end := m.forEach(f, s, over)
	m.chosen = labels
	return end
}

func (m *machine) forEach(f *frame, s *python.For, over *Value) outcome {
	items, ok := m.items(f, over)
	if !ok || len(items) == 0 {
		return m.anyTime(f, s, s.Body, s.Orelse, func() { m.assign(f, s.Target, element(over, items)) })
	}
	calm := m.calm()
	m.loop()
	end, round := next, 0
	for ; round < len(items) && m.goOn(); round++ {
		if round >= maxDoubtful && !calm() {
			break
		}
		m.assign(f, s.Target, items[round])
		if end = m.block(f, s.Body); end > continued {
			break
		}
		end = next
	}
	m.loops--
	switch {
	case end == broke:
		return next
	case end.ends():
		return end
	case round < len(items):
		return m.anyTime(f, s, s.Body, s.Orelse, func() { m.assign(f, s.Target, m.sample(items[round:])) })
	}
	return m.block(f, s.Orelse)
}

func (m *machine) whileStmt(f *frame, s *python.While) outcome {
	t, ok := m.test(f, s.Test)
	if ok && !t {
		m.skip(f, s.Test, s.Body)
		return m.block(f, s.Orelse)
	}
	calm := m.calm()
	m.loop()
	end := next
	stuck := m.stuck(f, s)
	for ok && t && calm() && !stuck() && m.goOn() {
		if end = m.block(f, s.Body); end > continued {
			break
		}
		end = next
		t, ok = m.test(f, s.Test)
	}
	m.loops--
	switch {
	case end == broke:
		return next
	case end.ends():
		return end
	case ok && !t:
		return m.block(f, s.Orelse)
	}
	return m.anyTime(f, s, s.Body, s.Orelse, func() { m.expr(f, s.Test) })
}

// loop begins a concrete loop.
func (m *machine) loop() {
	if m.loops == 0 {
		m.since = moment{m.serial, m.doubts}
	}
	m.loops++
}

// goOn counts one round of a loop and says whether there is budget for it.
func (m *machine) goOn() bool {
	m.budget.iterations++
	const bytesPerLoopStep = 64 // what a step takes
	effort := (m.meter.spent - m.metered) / bytesPerLoopStep
	m.metered = m.meter.spent
	m.budget.loop += effort
	m.looped += effort
	return m.budget.iterations <= maxIterations && m.rich()
}

// calm returns a question: has nothing been done outside since, and no test
// been met that is not known?
func (m *machine) calm() func() bool {
	events, doubts := m.serial, m.doubts
	return func() bool { return m.serial == events && m.doubts == doubts }
}

// stuck returns a question, to be asked before each round: did the last rounds
// change nothing that the loop looks at? Then none will.
func (m *machine) stuck(f *frame, s *python.While) func() bool {
	const patience = 3 // rounds: two items of a list may be the same
	names := namesIn(s)
	same, last := 0, uint64(0)
	return func() bool {
		h := uint64(m.writes)
		for _, n := range names {
			if v := f.lookup(n); v != nil {
				h = h*0x9e3779b97f4a7c15 + m.glance(v)
			}
		}
		if same++; h != last {
			same, last = 0, h
		}
		return same >= patience
	}
}

// glance tells values apart, roughly, at a cost that does not grow with them.
func (m *machine) glance(v *Value) uint64 {
	const edge = 16 // bytes
	h := uint64(v.Kind)<<56 ^ uint64(v.Int) ^ uint64(len(v.Str))<<20 ^ uint64(len(v.Items))<<40 ^ uint64(len(v.Pairs))<<48 ^ uint64(v.ID)<<8
	if v.Str != "" {
		h += maphash.String(m.seed, v.Str[:min(edge, len(v.Str))]) + maphash.String(m.seed, v.Str[max(0, len(v.Str)-edge):])
	}
	return h
}

// namesIn returns the names that a loop reads or assigns.
func namesIn(s *python.While) (names []string) {
	const enough = 64
	left := maxAssigned
	python.Inspect(s, func(n python.Node) bool {
		left--
		if name, ok := n.(*python.Name); ok && !slices.Contains(names, name.ID) {
			names = append(names, name.ID)
		}
		return left > 0 && len(names) < enough
	})
	return names
}

// anyTime executes the body of a loop once, as one round among others.
func (m *machine) anyTime(f *frame, s python.Stmt, body, orelse []python.Stmt, begin func()) outcome {
	m.doubts++
	m.widen(f, s, body)
	m.fork(func() outcome {
		begin()
		m.block(f, body)
		m.widen(f, s, body)
		return next
	}, func() outcome { return next })
	m.block(f, orelse)
	return next
}

// widen forgets the numbers and flags that a loop changes.
func (m *machine) widen(f *frame, s python.Stmt, body []python.Stmt) {
	names, ok := f.unit.assigned[s]
	if !ok {
		names = assignedIn(body)
		if f.unit.assigned != nil {
			f.unit.assigned[s] = names
		}
	}
	for _, n := range names {
		home := f.home(n)
		if v := home[n]; v != nil && v.Kind >= None && v.Kind <= Float {
			m.put(home, n, labelled(v.Labels))
		}
	}
}

// assignedIn returns the names that statements assign.
func assignedIn(body []python.Stmt) (names []string) {
	left := maxAssigned
	seen := make(map[string]bool)
	var target func(x python.Expr)
	target = func(x python.Expr) {
		switch x := x.(type) {
		case *python.Name:
			if !seen[x.ID] {
				seen[x.ID] = true
				names = append(names, x.ID)
			}
		case *python.Tuple:
			for _, e := range x.Elts {
				target(e)
			}
		}
	}
	visit := func(n python.Node) bool {
		left--
		switch n := n.(type) {
		case *python.Assign:
			for _, t := range n.Targets {
				target(t)
			}
		case *python.AugAssign:
			target(n.Target)
		case *python.NamedExpr:
			target(n.Target)
		case *python.FunctionDef, *python.ClassDef, *python.Lambda:
			return false
		}
		return left > 0
	}
	for _, s := range body {
		python.Inspect(s, visit)
	}
	return names
}

// items returns what a loop over v goes through, if that is known.
func (m *machine) items(f *frame, v *Value) ([]*Value, bool) {
	switch v.Kind {
	case Instance:
		if it := m.callMethod(f, v, "__iter__"); it != nil && it.Kind != Instance {
			v = it
		}
	case Ref:
		if line, ok := m.content(v); ok {
			v = m.lines(line)
		}
	}
	return m.meter.iterate(v)
}

// element is one of the things that a loop over v goes through.
func element(v *Value, items []*Value) *Value {
	if len(items) > 0 {
		return items[0]
	}
	if len(v.Items) > 0 && v.Kind != Union {
		return unknown(v, v.Items[0])
	}
	e := *labelled(labelsOf(v))
	e.ID = v.ID
	if v.Kind == Ref {
		e.Kind, e.Str = Ref, cutName(v.Str+"[]")
	}
	return &e
}

// sample joins some of the items that a loop did not come to.
func (m *machine) sample(items []*Value) *Value {
	v := items[0]
	for _, other := range items[1:min(len(items), 4)] {
		v = join(v, other)
	}
	return v
}
