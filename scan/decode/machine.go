package decode

import "slices"

// A machine simulates the stack of one code object.
type machine struct {
	r       *reader
	c       *Code
	ins     []instr
	index   map[int]int // offset to instruction
	done    []bool      // instructions that were read
	stack   []slot
	out     *block
	loops   []loop
	heads   map[int]int // first instruction of a while loop to its last jump back
	tries   map[int]int // first instruction of a try to its entry in regions
	regions []region
	tidies  [][2]int // a start in a handler, and where what tidies up after it ends
	keys    []string // names of the next call's last arguments
	cold    bool     // in a handler, whose stack is not known
	nested  int
}

// A loop is one that the machine is in.
type loop struct {
	head, end int // instructions: where it starts again, the first behind it
	fresh     *block
	header    *node
}

func newMachine(r *reader, c *Code, ins []instr, out *block) *machine {
	m := &machine{r: r, c: c, ins: ins, out: out, done: make([]bool, len(ins)), index: map[int]int{}, heads: map[int]int{}}
	for i, in := range ins {
		m.index[in.at] = i
	}
	for i, in := range ins {
		if in.target >= 0 && in.target <= i && in.op != "JUMP_BACKWARD_NO_INTERRUPT" && m.ins[in.target].op != "FOR_ITER" {
			m.heads[in.target] = max(i, m.heads[in.target])
		}
	}
	m.readExceptions()
	m.declare()
	return m
}

// declare tells which names a function takes from around.
func (m *machine) declare() {
	if m.r.depth < 2 {
		return
	}
	seen := map[string]bool{}
	for _, in := range m.ins {
		name, word := "", ""
		switch in.op {
		case "STORE_GLOBAL", "DELETE_GLOBAL":
			name, word = at(m.c.Names, in.arg), "global "
		case "STORE_DEREF":
			if n := m.deref(in.arg); slices.Contains(m.c.Free, n) {
				name, word = n, "nonlocal "
			}
		}
		if name != "" && !seen[name] {
			seen[name] = true
			m.emit(word + identifier(name))
		}
	}
}

func (m *machine) emit(text string) {
	if m.r.spend(len(text) + 1) {
		m.out.add(text)
	}
}

// run reads the instructions from lo up to hi.
func (m *machine) run(lo, hi int) {
	for i := lo; i < hi; {
		if m.done[i] {
			if i++; i%8 == 0 {
				m.r.steps--
			}
			continue
		}
		if m.r.steps--; m.r.steps < 0 || m.r.room <= 0 {
			m.r.out.Partial = true
			return
		}
		i = max(i+1, m.step(i, hi))
	}
}

// sub reads instructions into a block of its own.
func (m *machine) sub(lo, hi int) *block {
	outer := m.out
	m.out = &block{}
	m.nested++
	m.run(lo, hi)
	m.nested--
	inner := m.out
	m.out = outer
	return inner
}

// leftover reads what no structure held: handlers of unusual shape.
func (m *machine) leftover() {
	for _, s := range m.stack {
		m.effect(s)
	}
	m.stack, m.cold = nil, true
	for i := range m.ins {
		if !m.done[i] {
			m.stack = nil
			m.run(i, len(m.ins))
		}
	}
	for _, s := range m.stack {
		m.effect(s)
	}
}

// step reads one instruction, or a structure that begins with it, and returns
// the next.
func (m *machine) step(i, hi int) int {
	if at, ok := m.tries[i]; ok && m.nested < deepest {
		delete(m.tries, i)
		if !m.with(m.regions[at]) {
			return m.try(i, m.regions[at], hi)
		}
	}
	if end, ok := m.heads[i]; ok && end < hi && m.nested < deepest {
		delete(m.heads, i)
		return m.while(i, end)
	}
	m.done[i] = true
	in := m.ins[i]
	if f := structures[in.op]; f != nil {
		return f(m, i, hi)
	}
	f := handlers[in.op]
	if f == nil {
		m.r.doubt("step " + in.op)
		return i + 1
	}
	f(m, in)
	return i + 1
}

// next is the operation at an index that has not been read, "" for none.
func (m *machine) next(i int) string {
	if i < len(m.ins) && !m.done[i] {
		return m.ins[i].op
	}
	return ""
}

func at(names []string, i int) string {
	if i >= 0 && i < len(names) {
		return names[i]
	}
	return ""
}

// name, local and deref are what operations index.
func (m *machine) name(i int) string { return m.known(at(m.c.Names, i)) }

func (m *machine) local(i int) string {
	if m.c.Version.least(3, 11) {
		return m.known(at(m.c.fast, i))
	}
	return m.known(at(m.c.Locals, i))
}

func (m *machine) deref(i int) string { return m.known(at(m.c.fast, i)) }

// known is a name that is there; a very long one costs steps, for it is looked at
// at each use.
func (m *machine) known(name string) string {
	m.r.steps -= len(name) / 64
	if name == "" {
		m.r.doubt("known")
		return "_"
	}
	return name
}
