package decode

import (
	"slices"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// binarySigns are the operators by the names of 3.10 and older.
var binarySigns = map[string]string{
	"ADD": "+", "AND": "&", "DIVIDE": "/", "FLOOR_DIVIDE": "//", "LSHIFT": "<<", "MATRIX_MULTIPLY": "@", "MODULO": "%", "MULTIPLY": "*",
	"OR": "|", "POWER": "**", "RSHIFT": ">>", "SUBTRACT": "-", "TRUE_DIVIDE": "/", "XOR": "^",
}

// binaryOps are the operators by the argument of BINARY_OP; the second half is
// in place.
var binaryOps = []string{"+", "&", "//", "<<", "@", "*", "%", "|", "**", ">>", "-", "/", "^"}

// subscriptOp is BINARY_OP's argument for a subscript, from 3.14 on.
const subscriptOp = 26

func binary2(sign string) func(m *machine, in instr) {
	return func(m *machine, _ instr) { m.binary(sign) }
}

func (m *machine) binary(sign string) {
	b, a := m.pop(), m.pop()
	m.push(m.combine("("+m.text(a)+" "+sign+" "+m.text(b)+")", false, a, b))
}

func (m *machine) binaryOp(in instr) {
	switch {
	case in.arg == subscriptOp:
		m.subscript(in)
	case in.arg < 2*len(binaryOps):
		m.binary(binaryOps[in.arg%len(binaryOps)])
	default:
		m.r.doubt("binaryOp")
		m.binary("+")
	}
}

func unary(sign string) func(m *machine, in instr) {
	return func(m *machine, _ instr) {
		v := m.pop()
		m.push(m.combine("("+sign+m.text(v)+")", false, v))
	}
}

var comparisons = []string{"<", "<=", "==", "!=", ">", ">=", "in", "not in", "is", "is not"}

// compare has its operator in the higher bits from 3.12 on.
func (m *machine) compare(in instr) {
	arg := in.arg
	switch {
	case m.c.Version.least(3, 13):
		arg >>= 5
	case m.c.Version.least(3, 12):
		arg >>= 4
	}
	if arg >= len(comparisons) { // exception match
		m.popN(min(2, len(m.stack)))
		m.push(unknown())
		return
	}
	m.binary(comparisons[arg])
}

func (m *machine) is(in instr) { m.binary(comparisons[8+in.arg&1]) }

func (m *machine) contains(in instr) { m.binary(comparisons[6+in.arg&1]) }

func (m *machine) subscript(instr) {
	i, o := m.pop(), m.pop()
	m.push(m.combine(m.operand(o)+"["+m.subscriptText(i)+"]", false, o, i))
}

// subscriptText is what stands between the brackets.
func (m *machine) subscriptText(i slot) string {
	if i.kind != sliceSlot {
		return m.text(i)
	}
	text := ""
	for n, part := range i.items {
		if n > 0 {
			text += ":"
		}
		if t := m.text(part); t != "None" {
			text += t
		}
	}
	return text
}

func (m *machine) sliceOf(n int) slot {
	items := m.popN(n)
	s := m.combine("", false, items...)
	s.kind, s.items = sliceSlot, items
	return s
}

func (m *machine) buildSlice(in instr) { m.push(m.sliceOf(min(max(in.arg, 2), 3))) }

func (m *machine) binarySlice(in instr) {
	m.push(m.sliceOf(2))
	m.subscript(in)
}

func (m *machine) storeSlice(in instr) {
	m.push(m.sliceOf(2))
	m.storeSubscript(in)
}

// slice2 are the slices of Python 2: bit 0 says that there is a start, bit 1 a
// stop.
func slice2(bits int) func(m *machine, in instr) {
	return func(m *machine, in instr) {
		m.pushSlice2(bits)
		m.subscript(in)
	}
}

func (m *machine) pushSlice2(bits int) {
	parts := []slot{plainSlot("None"), plainSlot("None")}
	for i := 1; i >= 0; i-- {
		if bits>>i&1 != 0 {
			parts[i] = m.pop()
		}
	}
	s := m.combine("", false, parts...)
	s.kind, s.items = sliceSlot, parts
	m.push(s)
}

func storeSlice2(bits int) func(m *machine, in instr) {
	return func(m *machine, in instr) {
		m.pushSlice2(bits)
		m.storeSubscript(in)
	}
}

func slice2Drop(bits int) func(m *machine, in instr) {
	return func(m *machine, in instr) {
		m.pushSlice2(bits)
		m.deleteSubscript(in)
	}
}

func (m *machine) storeSubscript(instr) {
	i, o, v := m.pop(), m.pop(), m.pop()
	m.emit(m.operand(o) + "[" + m.subscriptText(i) + "] = " + m.text(v))
}

func (m *machine) storeMap(instr) {
	k, v := m.pop(), m.pop()
	d := m.peek(1)
	if d == nil {
		m.r.doubt("storeMap")
		return
	}
	m.contain(d)
	m.emit(d.text + "[" + m.text(k) + "] = " + m.text(v))
}

func (m *machine) storeAttr(in instr) {
	o, v := m.pop(), m.pop()
	name := m.name(in.arg)
	if !isIdentifier(name) {
		m.emit("setattr(" + m.text(o) + ", " + quote(cut(name, 1000)) + ", " + m.text(v) + ")")
		return
	}
	m.emit(m.operand(o) + "." + name + " = " + m.text(v))
}

func (m *machine) deleteName(in instr)  { m.emit("del " + identifier(m.name(in.arg))) }
func (m *machine) deleteLocal(in instr) { m.emit("del " + identifier(m.local(in.arg))) }
func (m *machine) deleteDeref(in instr) { m.emit("del " + identifier(m.deref(in.arg))) }

func (m *machine) deleteAttr(in instr) {
	m.emit("del " + m.operand(m.pop()) + "." + identifier(m.name(in.arg)))
}

func (m *machine) deleteSubscript(instr) {
	i, o := m.pop(), m.pop()
	m.emit("del " + m.operand(o) + "[" + m.subscriptText(i) + "]")
}

// unpack assigns the parts of a value to made-up names.
func (m *machine) unpack(in instr) {
	n := min(in.arg, len(m.ins))
	v := m.pop()
	if n == len(v.items) && n > 0 && !v.pairs && !slices.ContainsFunc(v.items, func(s slot) bool { return strings.HasPrefix(s.text, "*") }) {
		for i := n - 1; i >= 0; i-- {
			m.push(v.items[i])
		}
		return
	}
	m.unpackInto(v, n, -1)
}

func (m *machine) unpackRest(in instr) {
	before, after := min(in.arg&0xff, len(m.ins)), min(in.arg>>8, len(m.ins))
	m.unpackInto(m.pop(), before+1+after, before)
}

func (m *machine) unpackInto(v slot, n, star int) {
	if !m.r.spend(8 * n) {
		return
	}
	names, text := make([]string, n), ""
	for i := range names {
		names[i] = m.r.temp()
		if i == star {
			text += "*"
		}
		text += names[i] + ", "
	}
	if n == 0 {
		m.effect(v)
		return
	}
	m.emit("(" + text + ") = " + m.text(v))
	for i := n - 1; i >= 0; i-- {
		m.push(plainSlot(names[i]))
	}
}

var conversions = []string{"", "str", "repr", "ascii"}

func (m *machine) formatValue(in instr) {
	var spec *slot
	if in.arg&4 != 0 {
		s := m.pop()
		spec = &s
	}
	v := m.pop()
	text := m.text(v)
	if c := conversions[in.arg&3]; c != "" {
		text = c + "(" + text + ")"
	}
	if spec != nil {
		m.push(m.combine("format("+text+", "+m.text(*spec)+")", false, v, *spec))
		return
	}
	if in.arg&3 == 0 {
		text = "str(" + text + ")"
	}
	m.push(m.combine(text, false, v))
}

func (m *machine) formatSimple(instr) {
	v := m.pop()
	m.push(m.combine("str("+m.text(v)+")", false, v))
}

func (m *machine) formatSpec(instr) {
	spec, v := m.pop(), m.pop()
	m.push(m.combine("format("+m.text(v)+", "+m.text(spec)+")", false, v, spec))
}

func (m *machine) convert(in instr) {
	v := m.pop()
	m.push(m.combine(conversions[in.arg&3]+"("+m.text(v)+")", false, v))
}

func (m *machine) repr(instr) {
	v := m.pop()
	m.push(m.combine("repr("+m.text(v)+")", false, v))
}

func (m *machine) matchKeys(instr)     { m.push(unknown()) }
func (m *machine) matchClass(in instr) { m.popN(min(3, len(m.stack))); m.push(unknown()) }

// CPython's numbers of the functions behind CALL_INTRINSIC_1 that matter here.
const (
	intrinsicPrint      = 1
	intrinsicImportStar = 2
	intrinsicPlus       = 5
)

func (m *machine) intrinsic1(in instr) {
	switch in.arg {
	case intrinsicImportStar:
		m.importStar(in)
		m.push(plainSlot("None"))
	case intrinsicPrint:
		m.effect(m.pop())
		m.push(plainSlot("None"))
	case intrinsicPlus:
		unary("+")(m, in)
	}
}

func (m *machine) intrinsic2(instr) {
	m.pop()
}

func (m *machine) printItem(instr) {
	m.emit("print(" + m.text(m.pop()) + ")")
}

// printItemTo has the file on top, which stays for the next item.
func (m *machine) printItemTo(instr) {
	to, v := m.pop(), m.pop()
	m.emit("print(" + m.text(v) + ", file=" + m.text(to) + ")")
}

// exec is the statement of Python 2.
func (m *machine) exec(instr) {
	locals, globals, code := m.pop(), m.pop(), m.pop()
	text := m.text(code)
	if g := m.text(globals); g != "None" {
		text += ", " + g
		if l := m.text(locals); l != g {
			text += ", " + l
		}
	}
	m.r.call(m, "exec", []string{m.text(code)})
	m.emit("exec(" + text + ")")
}
