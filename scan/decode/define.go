package decode

import (
	"strings"
)

// Flags of MAKE_FUNCTION and SET_FUNCTION_ATTRIBUTE.
const (
	withDefaults = 0x01
	withOthers   = 0x02 | 0x04 | 0x08 | 0x10 // named defaults, annotations, cells, annotate
)

// makeFunction takes the code, up to 3.10 under a qualified name, and what
// belongs to it.
func (m *machine) makeFunction(in instr) {
	if !m.c.Version.least(3, 0) {
		fn := m.pop()
		m.pushFunction(fn, m.popN(in.arg))
		return
	}
	if !m.c.Version.least(3, 11) {
		m.pop()
	}
	fn := m.pop()
	if m.c.Version.least(3, 13) {
		m.pushFunction(fn, nil)
		return
	}
	for bit := 0x08; bit > withDefaults; bit >>= 1 {
		if in.arg&bit != 0 {
			m.pop()
		}
	}
	var defaults []slot
	if in.arg&withDefaults != 0 {
		defaults = m.defaults(m.pop())
	}
	m.pushFunction(fn, defaults)
}

func (m *machine) makeClosure(in instr) {
	fn := m.pop()
	m.pop()
	m.pushFunction(fn, m.popN(in.arg))
}

func (m *machine) pushFunction(s slot, defaults []slot) {
	if s.fn == nil {
		m.r.doubt("pushFunction")
		m.push(unknown())
		return
	}
	m.push(slot{kind: functionSlot, fn: &function{code: s.fn.code, defaults: defaults}})
}

func (m *machine) defaults(s slot) []slot {
	if len(s.items) > 0 || s.value == nil {
		return s.items
	}
	var out []slot
	for _, v := range s.value.Items[:min(len(s.value.Items), 255)] {
		out = append(out, plainSlot(literal(v, longText)))
	}
	return out
}

// setFunctionAttribute has the function on top and what it gets below.
func (m *machine) setFunctionAttribute(in instr) {
	fn, v := m.pop(), m.pop()
	if fn.fn != nil && in.arg == withDefaults {
		fn.fn.defaults = m.defaults(v)
	}
	m.push(fn)
}

// tell writes the definition of a function under a name, or a made-up one, and
// returns it.
func (m *machine) tell(fn *function, name string) string {
	if fn.name != "" {
		return fn.name
	}
	if name == "" {
		name = "_" + strings.Trim(identifier(strings.Trim(fn.code.Name, "<>")), "_") + m.r.temp()
	}
	fn.name = name
	head := "def "
	if fn.code.Flags&(flagCoroutine|flagAsyncGen) != 0 {
		head = "async def "
	}
	m.define(head+name+"("+m.parameters(fn)+"):", fn.code, name)
	return name
}

// define reads a code object into a nested block.
func (m *machine) define(header string, c *Code, name string) {
	m.r.path = append(m.r.path, name)
	body := m.r.body(c)
	m.r.path = m.r.path[:len(m.r.path)-1]
	m.nest(header, body)
}

// parameters writes the parameter list.
func (m *machine) parameters(fn *function) string {
	c := fn.code
	var parts []string
	local := func(i int) string {
		if name := at(c.Locals, i); name != "" {
			return identifier(name)
		}
		return "_" + itoa(i)
	}
	args := min(max(c.Args, 0), len(c.Locals))
	for i := range args {
		text := local(i)
		if d := i - (args - len(fn.defaults)); d >= 0 && d < len(fn.defaults) {
			text += "=" + m.text(fn.defaults[d])
		} else if len(fn.defaults) > 0 && i > 0 && strings.Contains(parts[i-1], "=") {
			text += "=None"
		}
		parts = append(parts, text)
	}
	named := min(max(c.KwOnly, 0), len(c.Locals)-args)
	next := args + named
	if c.Flags&flagVarArgs != 0 {
		parts = append(parts, "*"+local(next))
		next++
	} else if named > 0 {
		parts = append(parts, "*")
	}
	for i := range named {
		parts = append(parts, local(args+i)+"=None")
	}
	if c.Flags&flagVarKwargs != 0 {
		parts = append(parts, "**"+local(next))
	}
	return strings.Join(parts, ", ")
}

// class tells a class statement of Python 3: the body's function, the name, the
// bases.
func (m *machine) class(args []slot, keys []string) {
	if len(args) < 2 || args[0].kind != functionSlot {
		m.r.doubt("class")
		m.push(unknown())
		return
	}
	name := ""
	if v := args[1].value; v != nil {
		name = v.Text
	}
	args, _ = m.spell(args, keys)
	m.tellClass(args[0].fn, name, m.list("(", args[2:], ")"))
}

func (m *machine) tellClass(fn *function, name, bases string) {
	name = identifier(name)
	m.define("class "+name+bases+":", fn.code, name)
	m.push(plainSlot(name))
}

// buildClass2 is the class statement of Python 2: name, bases, and the call of
// the body.
func (m *machine) buildClass2(instr) {
	body, bases, name := m.pop(), m.pop(), m.pop()
	if body.kind != bodySlot || name.value == nil {
		m.r.doubt("buildClass2")
		m.push(unknown())
		return
	}
	text := m.text(bases)
	if len(bases.items) > 0 {
		text = m.list("(", bases.items, ")")
	} else if !strings.HasPrefix(text, "(") {
		text = "(*" + text + ")"
	}
	m.tellClass(body.fn, name.value.Text, text)
}

// store tells an assignment to a name.
func (m *machine) store(i, _ int) int {
	in := m.ins[i]
	switch in.op {
	case "STORE_FAST":
		m.assign(m.local(in.arg))
	case "STORE_DEREF":
		m.assign(m.deref(in.arg))
	default:
		m.assign(m.name(in.arg))
	}
	return i + 1
}

func (m *machine) assign(name string) {
	s := m.pop()
	target := identifier(name)
	switch s.kind {
	case functionSlot:
		if s.fn.name == "" && isIdentifier(name) {
			m.tell(s.fn, name)
			return
		}
	case importSlot, memberSlot:
		m.assignImport(s.imp, target)
		return
	case null:
		return
	}
	delete(m.r.aliases, target)
	if m.inClass() && bookkeeping[name] {
		return
	}
	if text := m.text(s); text != target {
		m.emit(target + " = " + text)
	}
}

// bookkeeping are names that compilers set in the body of each class.
var bookkeeping = words("__module__ __qualname__ __firstlineno__ __static_attributes__ __classcell__ __classdict__")
