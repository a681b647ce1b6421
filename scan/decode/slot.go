package decode

import "strings"

// A slot is what is known of one object on the simulated stack.
type slot struct {
	kind   slotKind
	text   string // the expression, where kind is an expression
	effect bool   // evaluating it does something, and has not been told yet
	nest   int    // how deep expressions are in it
	value  *Value // of a constant
	// items are the elements of a tuple or list that was just built, some with a
	// star; of a dict its keys and values by turns, of a slice its parts.
	items []slot
	pairs bool // items are those of a dict
	fn    *function
	imp   *importing
}

type slotKind uint8

const (
	expression slotKind = iota
	null                // the empty slot of the calling convention
	functionSlot
	bodySlot // what calling the body of a class of Python 2 returns
	importSlot
	memberSlot // imp.member of an imported module
	buildClass
	exitSlot  // __exit__ of a context manager
	enterSlot // __enter__: calling it gives text
	sliceSlot
)

// A function is one that was made and not yet told.
type function struct {
	code     *Code
	defaults []slot
	name     string // it was told under this name
}

// An importing is the result of an import statement.
type importing struct {
	module string // with the dots of a relative one
	from   bool
	member string
}

// unknown is what an empty stack gives.
func unknown() slot { return slot{text: "_"} }

func plainSlot(text string) slot { return slot{text: text} }

// combine makes the expression of an operation on slots.
func (m *machine) combine(text string, effect bool, parts ...slot) slot {
	s := slot{text: text, effect: effect}
	for _, p := range parts {
		s.effect = s.effect || p.effect
		s.nest = max(s.nest, p.nest+1)
	}
	return s
}

// push puts a slot on the stack. An expression that got long or deep gets a name
// first, so that no text is copied more often than its length allows.
func (m *machine) push(s slot) {
	if len(s.text) > longText || s.nest > deepText {
		s = m.named(s)
	}
	m.stack = append(m.stack, s)
}

// named assigns an expression to a made-up name.
func (m *machine) named(s slot) slot {
	name := m.r.temp()
	m.emit(name + " = " + m.text(s))
	return slot{text: name, value: s.value}
}

func (m *machine) pop() slot {
	if len(m.stack) == 0 {
		if !m.cold {
			m.r.doubt("pop")
		}
		return unknown()
	}
	s := m.stack[len(m.stack)-1]
	m.stack = m.stack[:len(m.stack)-1]
	return s
}

// popN takes n slots, the topmost last. There are never more than the stack
// holds: n is foreign.
func (m *machine) popN(n int) []slot {
	if n < 0 || n > len(m.stack) {
		if !m.cold {
			m.r.doubt("popN")
		}
		n = min(max(n, 0), len(m.stack))
	}
	out := append([]slot(nil), m.stack[len(m.stack)-n:]...)
	m.stack = m.stack[:len(m.stack)-n]
	return out
}

// peek returns the slot at a depth, 1 being the top; nil when there is none.
func (m *machine) peek(depth int) *slot {
	if depth < 1 || depth > len(m.stack) {
		return nil
	}
	return &m.stack[len(m.stack)-depth]
}

// text is the slot as an expression. A function that is used as a value is told
// here, under a name.
func (m *machine) text(s slot) string {
	switch s.kind {
	case null:
		return "None"
	case functionSlot, bodySlot:
		return m.tell(s.fn, "")
	case importSlot, memberSlot:
		return s.imp.expression()
	case sliceSlot:
		return "slice" + m.list("(", s.items, ")")
	case buildClass:
		return "__build_class__"
	}
	if s.text == "" {
		return "_"
	}
	return s.text
}

func (i *importing) expression() string {
	text := "__import__(" + quote(i.module) + ")"
	if i.from {
		text = "__import__(" + quote(i.module) + ", fromlist=['*'])"
	}
	if i.member != "" {
		text = attribute(text, i.member)
	}
	return text
}

func quote(s string) string { return literal(&Value{Kind: Text, Text: s}, 4096) }

// attribute writes the access to an attribute.
func attribute(object, name string) string {
	if isIdentifier(name) {
		return object + "." + name
	}
	return "getattr(" + object + ", " + quote(cut(name, 1000)) + ")"
}

// list writes slots between brackets.
func (m *machine) list(left string, items []slot, right string) string {
	var b strings.Builder
	b.WriteString(left)
	for i, s := range items {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(m.text(s))
	}
	if len(items) == 0 {
		right = strings.TrimPrefix(right, ",")
	}
	b.WriteString(right)
	return b.String()
}

// settle gives names to all that is on the stack and has an effect, before the
// stack is used twice.
func (m *machine) settle() {
	m.r.steps -= len(m.stack) / 4
	for i, s := range m.stack {
		switch {
		case s.kind == expression && (s.effect || isContainer(s.text)):
			m.stack[i] = m.named(s)
		case s.kind == functionSlot:
			m.stack[i] = plainSlot(m.text(s))
		}
	}
}

func isContainer(text string) bool { return text == "[]" || text == "{}" || text == "set()" }
