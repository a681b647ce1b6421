package decode

import (
	"slices"
	"strings"
)

// structures are the operations that direct the flow of control. Each returns
// the next instruction to read.
var structures map[string]func(m *machine, i, hi int) int

func init() {
	structures = map[string]func(m *machine, i, hi int) int{
		"FOR_ITER": (*machine).loop, "SEND": (*machine).send,
		"SETUP_WITH": (*machine).setupWith, "SETUP_ASYNC_WITH": (*machine).setupWith,
		"SETUP_EXCEPT": (*machine).setupTry, "SETUP_FINALLY": (*machine).setupTry,
		"JUMP_FORWARD": (*machine).jump, "JUMP_ABSOLUTE": (*machine).jump, "JUMP_BACKWARD": (*machine).jump,
		"JUMP_BACKWARD_NO_INTERRUPT": (*machine).jump, "CONTINUE_LOOP": (*machine).jump, "BREAK_LOOP": (*machine).breakLoop,
		"JUMP_IF_FALSE_OR_POP": (*machine).shortCircuit, "JUMP_IF_TRUE_OR_POP": (*machine).shortCircuit, "COPY": (*machine).copy,
		"RETURN_VALUE": (*machine).returnValue, "RETURN_CONST": (*machine).returnValue, "RAISE_VARARGS": (*machine).raise,
		"JUMP_IF_NOT_EXC_MATCH": (*machine).branch, "STORE_NAME": (*machine).store, "STORE_FAST": (*machine).store,
		"STORE_GLOBAL": (*machine).store, "STORE_DEREF": (*machine).store,
	}
	for _, direction := range []string{"", "FORWARD_", "BACKWARD_"} {
		for _, test := range []string{"FALSE", "TRUE", "NONE", "NOT_NONE"} {
			structures["POP_JUMP_"+direction+"IF_"+test] = (*machine).branch
		}
	}
}

// condition is what holds where the jump is not taken.
func (m *machine) condition(op string) slot {
	v := m.pop()
	text := m.text(v)
	switch {
	case op == "JUMP_IF_NOT_EXC_MATCH":
		m.pop()
		return plainSlot("_")
	case strings.HasSuffix(op, "NOT_NONE"):
		text = "(" + text + " is None)"
	case strings.HasSuffix(op, "NONE"):
		text = "(" + text + " is not None)"
	case strings.HasSuffix(op, "TRUE"):
		text = "(not " + text + ")"
	}
	return m.combine(text, false, v)
}

// branch reads an if statement or a conditional expression.
func (m *machine) branch(i, hi int) int {
	in := m.ins[i]
	cond := m.condition(in.op)
	t := in.target
	switch {
	case t < 0:
		m.r.doubt("branch")
		m.effect(cond)
	case t <= i:
		m.branchBack(cond, t)
	case m.leaves(t):
		m.branchOut(cond)
	case m.nested >= deepest:
		m.effect(cond)
	default:
		return m.fork(i, t, hi, cond)
	}
	return i + 1
}

// fork reads both sides of a condition whose jump goes to t.
func (m *machine) fork(i, t, hi int, cond slot) int {
	m.settle()
	base := m.keep(len(m.stack))
	mid := min(t, hi)
	thenHi, end := mid, mid
	if e := m.elseEnd(i, t, hi); e > 0 {
		m.done[mid-1] = true
		thenHi, end = mid-1, e
	}
	yes := m.sub(i+1, thenHi)
	yesStack := m.stack
	m.stack = base
	if end == mid {
		m.conditional(cond, yes, &block{})
		return mid
	}
	no := m.sub(mid, end)
	n := len(base)
	if len(yesStack) != n+1 || len(m.stack) != n+1 {
		m.conditional(cond, yes, no)
		return end
	}
	a, b := yesStack[n], m.stack[n]
	m.stack = m.stack[:n]
	m.conditional(cond, yes, no)
	if !yes.empty() || !no.empty() {
		cond.effect = false
	}
	m.push(m.combine("("+m.text(a)+" if "+cond.text+" else "+m.text(b)+")", false, cond, a, b))
	return end
}

// elseEnd is where the else clause ends: the first side ends with a jump there.
// 0 = there is none.
func (m *machine) elseEnd(i, t, hi int) int {
	last := t - 1
	if t > hi || last <= i || m.done[last] {
		return 0
	}
	j := m.ins[last]
	if (j.op == "JUMP_FORWARD" || j.op == "JUMP_ABSOLUTE") && j.target > t && j.target <= hi {
		return j.target
	}
	return 0
}

// keep copies the lowest n slots of the stack, which costs steps.
func (m *machine) keep(n int) []slot {
	m.r.steps -= n / 4
	return slices.Clone(m.stack[:n])
}

// conditional emits an if statement where there is something in it.
func (m *machine) conditional(cond slot, yes, no *block) {
	switch {
	case yes.empty() && no.empty():
		if cond.effect {
			m.emit(cond.text)
		}
		return
	case yes.empty():
		m.nest("if not "+cond.text+":", no)
		return
	}
	if no.empty() && m.wasWhile(cond.text, yes) {
		return
	}
	m.nest("if "+cond.text+":", yes)
	if !no.empty() {
		m.nest("else:", no)
	}
}

// wasWhile recognises a loop whose test compilers wrote twice, before it and at
// its end, and tells it as one.
func (m *machine) wasWhile(cond string, body *block) bool {
	if len(body.nodes) != 1 || body.nodes[0].text != "while True:" {
		return false
	}
	inner := body.nodes[0].body
	n := len(inner.nodes) - 1
	if n < 0 || inner.nodes[n].text != "if not "+cond+":" && inner.nodes[n].text != "if (not "+cond+"):" {
		return false
	}
	inner.nodes = inner.nodes[:n]
	m.nest("while "+cond+":", inner)
	return true
}

func (m *machine) nest(header string, body *block) {
	if m.r.spend(len(header) + 1) {
		m.out.nodes = append(m.out.nodes, node{header, body})
	}
}

// leaves says that a jump goes behind the innermost loop.
func (m *machine) leaves(t int) bool {
	return len(m.loops) > 0 && t >= m.loops[len(m.loops)-1].end && m.loops[len(m.loops)-1].header != nil ||
		len(m.loops) > 0 && t > m.loops[len(m.loops)-1].end
}

// branchBack is the test at the end of a loop, or a continue under a condition.
func (m *machine) branchBack(cond slot, t int) {
	if len(m.loops) > 0 && m.loops[len(m.loops)-1].head == t && m.loops[len(m.loops)-1].header != nil {
		m.nest("if "+cond.text+":", &block{nodes: []node{{text: "break"}}})
		return
	}
	m.effect(cond)
}

// branchOut is the test of a while loop, or a break under a condition.
func (m *machine) branchOut(cond slot) {
	l := &m.loops[len(m.loops)-1]
	if l.fresh == m.out && m.out.empty() && l.header != nil && l.header.text == "while True:" {
		l.header.text = "while " + cond.text + ":"
		return
	}
	m.nest("if not "+cond.text+":", &block{nodes: []node{{text: "break"}}})
}

// effect tells an expression whose value is not used.
func (m *machine) effect(s slot) {
	switch {
	case s.kind == functionSlot || s.kind == bodySlot:
		m.text(s)
	case s.effect:
		m.emit(m.text(s))
	}
}

// while reads a loop whose last jump back is at end.
func (m *machine) while(i, end int) int {
	m.settle()
	header := &node{text: "while True:"}
	outer := m.out
	m.out = &block{}
	m.loops = append(m.loops, loop{head: i, end: end + 1, fresh: m.out, header: header})
	m.nested++
	m.run(i, end+1)
	m.nested--
	m.loops = m.loops[:len(m.loops)-1]
	body := m.out
	m.out = outer
	m.nest(header.text, body)
	return end + 1
}

// loop reads a for loop, from the operation that takes the next item.
func (m *machine) loop(i, hi int) int {
	t := m.ins[i].target
	if t <= i || m.nested >= deepest {
		m.push(m.combine("next("+m.text(m.pop())+")", true))
		return i + 1
	}
	it := m.pop()
	m.settle()
	base := m.keep(len(m.stack))
	name, next := m.loopVariable(i + 1)
	m.push(plainSlot("_"))
	if next == i+1 {
		name = m.r.temp()
		m.push(plainSlot(name))
	}
	m.loops = append(m.loops, loop{head: i, end: min(t, hi)})
	body := m.sub(next, min(t, hi))
	m.loops = m.loops[:len(m.loops)-1]
	m.nest("for "+name+" in "+m.text(it)+":", body)
	m.stack = base
	return m.loopEnd(min(t, hi))
}

// loopVariable takes the store of the item, when it follows at once.
func (m *machine) loopVariable(i int) (name string, next int) {
	switch m.next(i) {
	case "STORE_FAST":
		name = m.local(m.ins[i].arg)
	case "STORE_NAME", "STORE_GLOBAL":
		name = m.name(m.ins[i].arg)
	case "STORE_DEREF":
		name = m.deref(m.ins[i].arg)
	default:
		return "", i
	}
	m.done[i] = true
	delete(m.r.aliases, name)
	return identifier(name), i + 1
}

// loopEnd passes over what takes the iterator away.
func (m *machine) loopEnd(i int) int {
	if m.next(i) != "END_FOR" {
		return i
	}
	m.done[i] = true
	if next := m.next(i + 1); m.c.Version.least(3, 13) && (next == "POP_TOP" || next == "POP_ITER") {
		m.done[i+1] = true
		return i + 2
	}
	return i + 1
}

// send is an await or a yield from: the object is told already.
func (m *machine) send(i, hi int) int {
	m.pop()
	t := m.ins[i].target
	if t <= i {
		m.r.doubt("send")
		return i + 1
	}
	for j := i + 1; j < min(t, hi); j++ {
		switch m.ins[j].op {
		case "YIELD_VALUE", "RESUME", "JUMP_BACKWARD_NO_INTERRUPT", "JUMP_BACKWARD", "NOP", "CACHE":
			m.done[j] = true
		}
	}
	return i + 1
}

// last says that nothing of a block comes after an instruction.
func (m *machine) last(i, hi int) bool {
	for j := i + 1; j < hi; j++ {
		if !m.done[j] {
			return false
		}
	}
	return true
}

// leave tells a statement that ends its block. Where instructions follow, it is
// put under a condition: they may be reached by a jump that is not understood,
// and must not look dead.
func (m *machine) leave(i, hi int, text string) {
	if m.last(i, hi) {
		m.emit(text)
		return
	}
	m.nest("if _:", &block{nodes: []node{{text: text}}})
}

func (m *machine) jump(i, hi int) int {
	t := m.ins[i].target
	switch n := len(m.loops); {
	case t < 0 && i+1 < len(m.ins):
		m.r.doubt("jump")
	case n == 0:
	case t == m.loops[n-1].head && !m.last(i, m.loops[n-1].end) && m.nested > 0:
		m.leave(i, hi, "continue")
	case t > i && m.leaves(t):
		m.leave(i, hi, "break")
	}
	return i + 1
}

func (m *machine) breakLoop(i, hi int) int {
	if len(m.loops) > 0 {
		m.leave(i, hi, "break")
	}
	return i + 1
}

func (m *machine) returnValue(i, hi int) int {
	var v slot
	if m.ins[i].op == "RETURN_CONST" {
		v = m.constant(m.ins[i].arg)
	} else {
		v = m.pop()
	}
	if m.r.depth < 2 || m.inClass() {
		m.effect(v)
		return i + 1
	}
	if text := m.text(v); text != "None" || !m.last(i, len(m.ins)) {
		m.leave(i, hi, "return "+text)
	}
	return i + 1
}

// inClass says that the code is the body of a class: it has no optimised locals.
func (m *machine) inClass() bool { return m.c.Flags&flagOptimized == 0 }

func (m *machine) raise(i, hi int) int {
	args := m.popN(m.ins[i].arg)
	text := "raise"
	switch {
	case len(args) == 2 && m.c.Version.least(3, 0):
		text = "raise " + m.text(args[0]) + " from " + m.text(args[1])
	case len(args) > 0:
		text = "raise " + m.text(args[0])
	}
	m.leave(i, hi, text)
	return i + 1
}

// shortCircuit reads "and" and "or".
func (m *machine) shortCircuit(i, hi int) int {
	word := "and"
	if strings.Contains(m.ins[i].op, "TRUE") {
		word = "or"
	}
	return m.boolean(i+1, m.ins[i].target, hi, word)
}

// boolean reads the right side of an operator, up to t.
func (m *machine) boolean(i, t, hi int, word string) int {
	left := m.pop()
	if t < i || t > hi || m.nested >= deepest {
		m.effect(left)
		return i
	}
	base := len(m.stack)
	m.passChain(t, hi)
	m.nested++
	m.run(i, t)
	m.nested--
	if len(m.stack) != base+1 {
		m.push(left)
		return t
	}
	right := m.pop()
	m.push(m.combine("("+m.text(left)+" "+word+" "+m.text(right)+")", false, left, right))
	return t
}

// passChain passes over what takes the middle operand of a chain of comparisons
// away when the first of them fails.
func (m *machine) passChain(t, hi int) {
	if op := m.next(t); t+1 >= hi || op != "ROT_TWO" && op != "SWAP" || m.next(t+1) != "POP_TOP" {
		return
	}
	m.done[t], m.done[t+1] = true, true
	if m.ins[t-1].op == "RETURN_VALUE" && m.next(t+2) == "RETURN_VALUE" {
		m.done[t+2] = true
	}
}

// copy duplicates a slot. From 3.12 on "and" and "or" are a copy, a jump and a
// pop.
func (m *machine) copy(i, hi int) int {
	depth := m.ins[i].arg
	if depth == 1 {
		if j, t, word := m.operator(i + 1); word != "" {
			return m.boolean(j, t, hi, word)
		}
	}
	m.duplicate(depth)
	return i + 1
}

// operator recognises what follows the copy; next is behind the pop.
func (m *machine) operator(i int) (next, t int, word string) {
	j := i
	skip := func(op string) {
		if m.next(j) == op {
			j++
		}
	}
	skip("TO_BOOL")
	switch m.next(j) {
	case "POP_JUMP_IF_FALSE":
		word = "and"
	case "POP_JUMP_IF_TRUE":
		word = "or"
	default:
		return 0, 0, ""
	}
	t = m.ins[j].target
	j++
	skip("NOT_TAKEN")
	if m.next(j) != "POP_TOP" || t <= j {
		return 0, 0, ""
	}
	for k := i; k <= j; k++ {
		m.done[k] = true
	}
	return j + 1, t, word
}
