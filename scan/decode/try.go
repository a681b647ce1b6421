package decode

import "slices"

// A region is a range of instructions whose exceptions go to a handler.
type region struct {
	end     int // first instruction behind the body
	handler int // first instruction of the handler
	stop    int // first instruction behind the handler
	depth   int // of the stack in the handler; -1 = that of the body
}

// readExceptions reads the exception table of 3.11 and newer: numbers of six bits
// a byte, the highest first, four an entry.
func (m *machine) readExceptions() {
	m.tries = map[int]int{}
	table := m.c.exceptions
	var numbers []int
	for at, n := 0, 0; at < len(table); at++ {
		n = n<<6 | int(table[at]&0x3f)
		if table[at]&0x40 == 0 {
			numbers = append(numbers, n)
			n = 0
		}
		n &= 1<<30 - 1
	}
	starts := map[int]int{} // handler to its first region
	for entry := range slices.Chunk(numbers, 4) {
		if len(entry) == 4 {
			m.addRegion(entry, starts)
		}
	}
	m.stopHandlers()
}

func (m *machine) addRegion(entry []int, starts map[int]int) {
	start, ok := m.index[entry[0]*2]
	end, ok2 := m.index[(entry[0]+entry[1])*2]
	if !ok2 && (entry[0]+entry[1])*2 >= len(m.c.Bytecode) {
		end, ok2 = len(m.ins), true
	}
	handler, ok3 := m.index[entry[2]*2]
	if !ok || !ok2 || !ok3 || end <= start || handler < end {
		return
	}
	if m.ins[handler].op != "PUSH_EXC_INFO" {
		m.tidy(start, handler)
		return
	}
	if at, again := starts[handler]; again {
		m.regions[at].end = max(m.regions[at].end, end)
		return
	}
	if _, taken := m.tries[start]; taken {
		return
	}
	starts[handler] = len(m.regions)
	m.tries[start] = len(m.regions)
	m.regions = append(m.regions, region{end: end, handler: handler, depth: entry[3] >> 1})
}

// tidy passes over what follows a handler when that fails itself, and notes that
// the handler around start ends there.
func (m *machine) tidy(start, at int) {
	end := at
	for end < len(m.ins) && tidying[m.ins[end].op] {
		if end++; m.ins[end-1].op == "RERAISE" {
			for j := at; j < end; j++ {
				m.done[j] = true
			}
			break
		}
	}
	m.tidies = append(m.tidies, [2]int{start, end})
}

// tidying is what a handler's own cleanup consists of: it deletes the name of the
// exception.
var tidying = words("COPY POP_EXCEPT RERAISE LOAD_CONST STORE_NAME STORE_FAST STORE_GLOBAL STORE_DEREF DELETE_NAME DELETE_FAST DELETE_GLOBAL DELETE_DEREF " +
	"CALL_INTRINSIC_1 CLEANUP_THROW SWAP JUMP_BACKWARD POP_TOP")

// stopHandlers sets where each handler ends: behind what tidies up after it, at
// the jump over it, at the next handler, or at the end of the code.
func (m *machine) stopHandlers() {
	var heads []int
	for _, r := range m.regions {
		heads = append(heads, r.handler)
	}
	slices.Sort(heads)
	slices.SortFunc(m.tidies, func(a, b [2]int) int { return a[0] - b[0] })
	for i := range m.regions {
		r := &m.regions[i]
		next := len(m.ins)
		if at, _ := slices.BinarySearch(heads, r.handler+1); at < len(heads) {
			next = heads[at]
		}
		r.stop = m.tidied(r.handler, next)
		if r.stop == 0 {
			r.stop = next
		}
		if j := m.ins[r.handler-1]; j.op == "JUMP_FORWARD" && j.target > r.handler {
			r.stop = min(r.stop, j.target)
		}
	}
}

// tidied is where the handler that begins at lo ends by the tidying of what lies
// before hi, 0 when that says nothing.
func (m *machine) tidied(lo, hi int) (stop int) {
	at, _ := slices.BinarySearchFunc(m.tidies, lo, func(t [2]int, lo int) int { return t[0] - lo })
	for n := 0; at < len(m.tidies) && m.tidies[at][0] < hi && n < 100; at, n = at+1, n+1 {
		if end := m.tidies[at][1]; end > lo {
			stop = max(stop, end)
		}
	}
	return stop
}

// try reads a body and its handler.
func (m *machine) try(i int, r region, hi int) int {
	end := min(r.end, hi)
	m.settle()
	depth := min(r.depth, len(m.stack))
	handlerStack := m.keep(depth)
	body := m.sub(i, end)
	m.handler(body, handlerStack, r.handler, r.stop)
	return end
}

// handler reads an except clause and emits the statement.
func (m *machine) handler(body *block, stack []slot, lo, hi int) {
	after, cold := m.stack, m.cold
	m.stack, m.cold = append(stack, plainSlot("_")), true
	clause := m.sub(lo, hi)
	m.stack, m.cold = after, cold
	if body.empty() {
		m.out.nodes = append(m.out.nodes, clause.nodes...)
		return
	}
	m.nest("try:", body)
	m.nest("except Exception:", clause)
}

// cleanups are what a failing with statement consists of.
var cleanups = words("PUSH_EXC_INFO WITH_EXCEPT_START TO_BOOL NOT_TAKEN POP_JUMP_IF_TRUE POP_JUMP_FORWARD_IF_TRUE RERAISE POP_TOP POP_EXCEPT COPY NOP " +
	"JUMP_FORWARD JUMP_BACKWARD JUMP_BACKWARD_NO_INTERRUPT GET_AWAITABLE LOAD_CONST SEND YIELD_VALUE RESUME END_SEND CLEANUP_THROW " +
	"SWAP CALL_INTRINSIC_1 WITH_CLEANUP WITH_CLEANUP_START WITH_CLEANUP_FINISH END_FINALLY YIELD_FROM")

// with says that a region is a with statement's, and passes over what that does
// when its body fails.
func (m *machine) with(r region) bool {
	for j := r.handler; j < min(r.handler+3, r.stop); j++ {
		if m.ins[j].op != "WITH_EXCEPT_START" {
			continue
		}
		m.r.steps -= (r.stop - r.handler) / 4
		for k := r.handler; k < r.stop; k++ {
			m.done[k] = m.done[k] || cleanups[m.ins[k].op]
		}
		m.passPops(r.stop, "POP_TOP", "POP_EXCEPT", "POP_TOP", "POP_TOP")
		return true
	}
	return false
}

// setupTry reads the try statements of 3.10 and older: the operation names the
// handler, and the body ends with a jump behind it.
func (m *machine) setupTry(i, hi int) int {
	t := m.ins[i].target
	if t <= i || t > hi || m.nested >= deepest {
		return i + 1
	}
	last := m.ins[t-1]
	stop := 0
	switch {
	case (last.op == "JUMP_FORWARD" || last.op == "JUMP_ABSOLUTE") && last.target > t && last.target <= hi:
		stop = last.target
	case m.ins[i].op == "SETUP_FINALLY" && !m.c.Version.least(3, 9) && m.next(t) != "DUP_TOP" && m.next(t) != "POP_TOP":
		return i + 1 // a finally clause: it is run in any case
	default:
		stop = m.handlerEnd(t, hi)
	}
	m.settle()
	stack := m.keep(len(m.stack))
	body := m.sub(i+1, t)
	for range 5 {
		stack = append(stack, plainSlot("_"))
	}
	m.handler(body, stack, t, stop)
	return stop
}

// handlerEnd finds the end of a handler that no jump tells.
func (m *machine) handlerEnd(t, hi int) int {
	for j, open := t, 0; j < hi; j++ {
		switch m.ins[j].op {
		case "SETUP_EXCEPT", "SETUP_FINALLY", "SETUP_WITH":
			open++
		case "END_FINALLY", "RERAISE":
			if open--; open < 0 {
				return j + 1
			}
		}
	}
	return hi
}

// setupWith reads the with statements of 3.10 and older.
func (m *machine) setupWith(i, hi int) int {
	t := m.ins[i].target
	if m.ins[i].op == "SETUP_WITH" { // the asynchronous one was entered before
		m.enter(m.ins[i])
	}
	if t <= i || t > hi || m.nested >= deepest {
		return i + 1
	}
	base := m.keep(max(0, len(m.stack)-2))
	m.nested++
	m.run(i+1, t)
	m.nested--
	m.stack = base
	for j := t; j < hi && cleanups[m.ins[j].op]; j++ {
		m.done[j] = true
		if op := m.ins[j].op; op == "END_FINALLY" || op == "RERAISE" {
			if m.c.Version.least(3, 9) {
				m.passPops(j+1, "POP_TOP", "POP_TOP", "POP_TOP", "POP_EXCEPT", "POP_TOP")
			}
			break
		}
	}
	return t
}

// passPops passes over what is taken away when a with statement has swallowed an
// exception.
func (m *machine) passPops(j int, ops ...string) {
	for _, op := range ops {
		if m.next(j) != op {
			return
		}
		m.done[j] = true
		j++
	}
}
