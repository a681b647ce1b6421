package decode

import "strings"

func addCalls() {
	for op, f := range map[string]func(m *machine, in instr){
		"CALL": (*machine).call, "CALL_KW": (*machine).callKeys, "KW_NAMES": (*machine).keyNames, "CALL_METHOD": (*machine).callMethod,
		"CALL_FUNCTION": (*machine).callFunction, "CALL_FUNCTION_KW": (*machine).callFunctionKeys, "CALL_FUNCTION_EX": (*machine).callStar,
		"CALL_FUNCTION_VAR": callVariable(true, false), "CALL_FUNCTION_VAR_KW": callVariable(true, true),
		"MAKE_FUNCTION": (*machine).makeFunction, "MAKE_CLOSURE": (*machine).makeClosure, "SET_FUNCTION_ATTRIBUTE": (*machine).setFunctionAttribute,
	} {
		handlers[op] = f
	}
}

// keyList is the names of a constant tuple, at most as many as a call can have.
func keyList(s slot) []string {
	var out []string
	if s.value != nil {
		for _, v := range s.value.Items[:min(len(s.value.Items), 255)] {
			out = append(out, v.Text)
		}
	}
	return out
}

func (m *machine) keyNames(in instr) {
	if in.arg >= 0 && in.arg < len(m.c.Consts) {
		m.keys = keyList(slot{value: m.c.Consts[in.arg]})
	}
}

// call takes the callable and the empty or self slot from below the arguments:
// the empty one comes first up to 3.12.
func (m *machine) call(in instr) {
	args := m.popN(in.arg)
	y, x := m.pop(), m.pop()
	callee := y
	switch {
	case x.kind == null:
	case y.kind == null:
		callee = x
	default:
		callee, args = x, append([]slot{y}, args...)
	}
	keys := m.keys
	m.keys = nil
	m.apply(callee, args, keys)
}

func (m *machine) callKeys(in instr) {
	m.keys = keyList(m.pop())
	m.call(in)
}

func (m *machine) callMethod(in instr) {
	args := m.popN(in.arg)
	y, x := m.pop(), m.pop()
	if y.kind != null {
		m.apply(y, args, nil)
		return
	}
	m.apply(x, args, nil)
}

// callFunction has in Python 2 the number of named arguments in its higher byte.
func (m *machine) callFunction(in instr) {
	if m.c.Version.least(3, 0) {
		args := m.popN(in.arg)
		m.apply(m.pop(), args, nil)
		return
	}
	args, keys := m.arguments2(in.arg)
	m.apply(m.pop(), args, keys)
}

func (m *machine) arguments2(arg int) (args []slot, keys []string) {
	named := m.popN(2 * (arg >> 8 & 0xff))
	args = m.popN(arg & 0xff)
	for i := 0; i+1 < len(named); i += 2 {
		key := "_"
		if named[i].value != nil {
			key = named[i].value.Text
		}
		keys, args = append(keys, key), append(args, named[i+1])
	}
	return args, keys
}

func (m *machine) callFunctionKeys(in instr) {
	if !m.c.Version.least(3, 0) {
		callVariable(false, true)(m, in)
		return
	}
	keys := keyList(m.pop())
	args := m.popN(in.arg)
	m.apply(m.pop(), args, keys)
}

// callVariable are the calls of Python 2 with * and **.
func callVariable(star, stars bool) func(m *machine, in instr) {
	return func(m *machine, in instr) {
		var extra []slot
		if stars {
			v := m.pop()
			extra = append(extra, m.combine("**"+m.text(v), false, v))
		}
		if star {
			v := m.pop()
			extra = append([]slot{m.combine("*"+m.text(v), false, v)}, extra...)
		}
		args, keys := m.arguments2(in.arg)
		args, keys = m.spell(args, keys)
		m.apply(m.pop(), append(args, extra...), keys)
	}
}

// spell writes the names of arguments into them.
func (m *machine) spell(args []slot, keys []string) ([]slot, []string) {
	first := max(0, len(args)-len(keys))
	for i, key := range keys[:min(len(keys), len(args))] {
		a := args[first+i]
		text := "**{" + quote(cut(key, 1000)) + ": " + m.text(a) + "}"
		if isIdentifier(key) {
			text = key + "=" + m.text(a)
		}
		args[first+i] = m.combine(text, false, a)
	}
	return args, nil
}

func (m *machine) callStar(in instr) {
	var args []slot
	if in.arg&1 != 0 || m.c.Version.least(3, 14) {
		args = m.keyArguments(m.pop())
	}
	v := m.pop()
	if len(v.items) > 0 && !v.pairs {
		args = append(append([]slot(nil), v.items...), args...)
	} else {
		args = append([]slot{m.combine("*"+m.text(v), false, v)}, args...)
	}
	callee := m.pop()
	if m.c.Version.least(3, 11) {
		if other := m.pop(); callee.kind == null {
			callee = other
		}
	}
	m.apply(callee, args, nil)
}

// keyArguments writes what follows ** as arguments by name where the keys are
// known.
func (m *machine) keyArguments(v slot) (args []slot) {
	if v.kind == null {
		return nil
	}
	for i := 0; v.pairs && i+1 < len(v.items); i += 2 {
		key := v.items[i].value
		if key == nil || key.Kind != Text || !isIdentifier(key.Text) {
			return []slot{m.combine("**"+m.text(v), false, v)}
		}
		args = append(args, m.combine(key.Text+"="+m.text(v.items[i+1]), false, v.items[i+1]))
	}
	if len(args) == 0 {
		args = []slot{m.combine("**"+m.text(v), false, v)}
	}
	return args
}

// apply makes the expression of a call.
func (m *machine) apply(callee slot, args []slot, keys []string) {
	switch callee.kind {
	case buildClass:
		m.class(args, keys)
		return
	case exitSlot:
		m.push(unknown())
		return
	case enterSlot:
		m.push(m.combine(callee.text, callee.effect))
		return
	case functionSlot:
		if len(args) == 0 && m.c.Version.Major == 2 {
			m.push(slot{kind: bodySlot, fn: callee.fn})
			return
		}
	}
	args, _ = m.spell(args, keys)
	name := m.operand(callee)
	texts := make([]string, len(args))
	for i, a := range args {
		texts[i] = m.text(a)
	}
	m.r.call(m, name, texts)
	m.push(m.combine(name+"("+strings.Join(texts, ", ")+")", true, append(args, callee)...))
}

// call notes a call for [Reading.Calls].
func (r *reader) call(m *machine, name string, args []string) {
	if !r.spend(len(name)) {
		return
	}
	c := PycCall{Name: r.resolve(name), In: strings.Join(r.path, ".")}
	for _, a := range args {
		c.Args = append(c.Args, cut(a, callArgument))
	}
	r.out.Calls = append(r.out.Calls, c)
}

// resolve replaces an imported name at the front and takes arguments away.
func (r *reader) resolve(name string) string {
	var b strings.Builder
	depth := 0
	for i := range len(name) {
		switch name[i] {
		case '(':
			if depth++; depth == 1 {
				b.WriteString("()")
			}
		case ')':
			depth--
		default:
			if depth <= 0 {
				b.WriteByte(name[i])
			}
		}
	}
	plain := strings.TrimPrefix(b.String(), "()")
	first, rest, _ := strings.Cut(plain, ".")
	if full, ok := r.aliases[first]; ok {
		plain = full
		if rest != "" {
			plain += "." + rest
		}
	}
	return cut(plain, callArgument)
}
