package decode

import "slices"

// addBuilders registers the operations that make and fill containers.
func addBuilders() {
	for op, f := range map[string]func(m *machine, in instr){
		"BUILD_TUPLE": build("(", ",)"), "BUILD_LIST": build("[", "]"), "BUILD_SET": build("{", "}"), "BUILD_STRING": (*machine).buildString,
		"BUILD_MAP": (*machine).buildMap, "BUILD_CONST_KEY_MAP": (*machine).buildConstMap, "BUILD_SLICE": (*machine).buildSlice,
		"BUILD_TEMPLATE": (*machine).intrinsic2, "BUILD_INTERPOLATION": (*machine).buildInterpolation,
		"BUILD_TUPLE_UNPACK": unpackBuild("(", "*", ",)"), "BUILD_TUPLE_UNPACK_WITH_CALL": unpackBuild("(", "*", ",)"), "BUILD_LIST_UNPACK": unpackBuild("[", "*", "]"),
		"BUILD_SET_UNPACK": unpackBuild("{", "*", "}"), "BUILD_MAP_UNPACK": unpackBuild("{", "**", "}"), "BUILD_MAP_UNPACK_WITH_CALL": unpackBuild("{", "**", "}"),
		"LIST_APPEND": add("append"), "SET_ADD": add("add"), "MAP_ADD": (*machine).mapAdd,
		"LIST_EXTEND": extend("[]", "extend", ""), "SET_UPDATE": extend("set()", "update", "{*"),
		"DICT_UPDATE": extend("{}", "update", "{**"), "DICT_MERGE": extend("{}", "update", "{**"),
	} {
		handlers[op] = f
	}
}

func build(left, right string) func(m *machine, in instr) {
	return func(m *machine, in instr) {
		items := m.popN(in.arg)
		text := m.list(left, items, right)
		if len(items) == 0 {
			text = map[string]string{"(": "()", "[": "[]", "{": "set()"}[left]
		}
		s := m.combine(text, false, items...)
		if left != "{" {
			s.items = items
		}
		m.push(s)
	}
}

func unpackBuild(left, star, right string) func(m *machine, in instr) {
	return func(m *machine, in instr) {
		items := m.popN(in.arg & 0xff)
		for i := range items {
			items[i] = m.combine(star+m.text(items[i]), false, items[i])
		}
		m.push(m.combine(m.list(left, items, right), false, items...))
	}
}

func (m *machine) buildString(in instr) {
	items := m.popN(in.arg)
	m.push(m.combine("''.join("+m.list("(", items, ",)")+")", false, items...))
}

func (m *machine) buildInterpolation(in instr) {
	if in.arg&1 != 0 {
		m.pop()
	}
	m.pop()
}

// buildMap takes keys and values by turns; in Python 2 the argument is a hint.
func (m *machine) buildMap(in instr) {
	if !m.c.Version.least(3, 0) {
		m.push(plainSlot("{}"))
		return
	}
	items := m.popN(2 * in.arg)
	m.pushMap(items)
}

func (m *machine) pushMap(items []slot) {
	text := "{"
	for i, s := range items {
		switch {
		case i%2 == 1:
			text += ": "
		case i > 0:
			text += ", "
		}
		text += m.text(s)
		if len(text) > longText { // named, or adding to it would be quadratic
			m.pushLongMap(items)
			return
		}
	}
	s := m.combine(text+"}", false, items...)
	s.items, s.pairs = items, true
	m.push(s)
}

func (m *machine) pushLongMap(items []slot) {
	name := m.r.temp()
	m.emit(name + " = {}")
	for i := 0; i+1 < len(items); i += 2 {
		m.emit(name + "[" + m.text(items[i]) + "] = " + m.text(items[i+1]))
	}
	m.push(plainSlot(name))
}

func (m *machine) buildConstMap(in instr) {
	keys := m.pop()
	values := m.popN(in.arg)
	var items []slot
	for i, v := range values {
		key := unknown()
		if keys.value != nil && i < len(keys.value.Items) {
			key = plainSlot(literal(keys.value.Items[i], longConstant))
			key.value = keys.value.Items[i]
		}
		items = append(items, key, v)
	}
	m.pushMap(items)
}

// contain gives a container on the stack a name, so that it can be filled.
func (m *machine) contain(s *slot) {
	if s.kind != expression || s.effect || !isIdentifier(s.text) {
		*s = m.named(*s)
	}
}

func add(method string) func(m *machine, in instr) {
	return func(m *machine, in instr) {
		v := m.pop()
		c := m.peek(in.arg)
		if c == nil {
			m.r.doubt("add")
			m.effect(v)
			return
		}
		m.contain(c)
		m.emit(c.text + "." + method + "(" + m.text(v) + ")")
	}
}

// mapAdd has the value on top from 3.8 on, the key before.
func (m *machine) mapAdd(in instr) {
	v, k := m.pop(), m.pop()
	if !m.c.Version.least(3, 8) {
		v, k = k, v
	}
	c := m.peek(in.arg)
	if c == nil {
		m.r.doubt("mapAdd")
		return
	}
	m.contain(c)
	m.emit(c.text + "[" + m.text(k) + "] = " + m.text(v))
}

// extend fills a container; one that is empty so far becomes a literal.
func extend(empty, method, literalStart string) func(m *machine, in instr) {
	return func(m *machine, in instr) {
		v := m.pop()
		c := m.peek(in.arg)
		if c == nil {
			m.r.doubt("extend")
			m.effect(v)
			return
		}
		switch {
		case c.kind == expression && c.text == empty:
			*c = m.extended(v, empty, literalStart)
			return
		case empty == "[]" && len(c.items) > 0 && !c.pairs:
			*c = m.joined(c.items, v)
			return
		}
		m.contain(c)
		m.emit(c.text + "." + method + "(" + m.text(v) + ")")
	}
}

// joined is a list display with the items of v after others.
func (m *machine) joined(items []slot, v slot) slot {
	items = append(slices.Clone(items), m.combine("*"+m.text(v), false, v))
	s := m.combine(m.list("[", items, "]"), false, items...)
	s.items = items
	if len(s.text) > longText || s.nest > deepText {
		s = m.named(s)
	}
	return s
}

// extended is the container with the items of v.
func (m *machine) extended(v slot, empty, start string) slot {
	if v.value != nil && (v.value.Kind == Tuple || v.value.Kind == Set) && empty != "{}" {
		kind := map[string]Kind{"[]": List, "set()": Set}[empty]
		text := literal(&Value{Kind: kind, Items: v.value.Items}, max(m.r.room, 0))
		s := slot{text: text}
		if len(text) > longText {
			s = m.named(s)
		}
		return s
	}
	if empty == "[]" {
		return m.joined(nil, v)
	}
	s := m.combine(start+m.text(v)+"}", false, v)
	s.items, s.pairs = v.items, v.pairs
	if len(s.text) > longText || s.nest > deepText {
		s = m.named(s)
	}
	return s
}
