package decode

import (
	"strconv"
	"strings"
)

// importName takes the list of names and the level; the names are imported one by
// one.
func (m *machine) importName(in instr) {
	names, level := m.pop(), m.pop()
	module := at(m.c.Names, in.arg)
	if n, err := strconv.Atoi(level.text); err == nil && n > 0 {
		module = strings.Repeat(".", min(n, MaxDepth)) + module
	} else {
		module = m.known(module)
	}
	m.push(slot{kind: importSlot, imp: &importing{module: module, from: m.text(names) != "None"}, effect: true})
}

func (m *machine) importFrom(in instr) {
	name := m.name(in.arg)
	s := m.peek(1)
	switch {
	case s == nil:
		m.r.doubt("importFrom")
		m.push(unknown())
	case s.kind != importSlot:
		m.push(plainSlot(attribute(m.text(*s), name)))
	case !s.imp.from: // import a.b as c, from 3.7 on
		m.push(*s)
	default:
		s.effect = false
		m.push(slot{kind: memberSlot, imp: &importing{module: s.imp.module, from: true, member: name}, effect: true})
	}
}

func (m *machine) importStar(instr) {
	s := m.pop()
	if s.kind == importSlot && isDotted(strings.TrimLeft(s.imp.module, ".")+dummy(s.imp.module)) {
		m.emit("from " + s.imp.module + " import *")
		return
	}
	m.effect(s)
}

// dummy completes a module of dots alone for [isDotted].
func dummy(module string) string {
	if strings.Trim(module, ".") == "" {
		return "x"
	}
	return ""
}

// assignImport tells an import statement.
func (m *machine) assignImport(i *importing, target string) {
	module := strings.TrimLeft(i.module, ".")
	if !isDotted(module+dummy(i.module)) || i.member != "" && !isIdentifier(i.member) {
		m.emit(target + " = " + i.expression())
		return
	}
	as := ""
	switch {
	case i.module == "__future__":
		return
	case i.member != "":
		m.r.aliases[target] = i.module + "." + i.member
		if target != i.member {
			as = " as " + target
		}
		m.emit("from " + i.module + " import " + i.member + as)
		return
	case strings.HasPrefix(i.module, "."):
		m.emit(target + " = " + i.expression())
		return
	}
	top, _, dotted := strings.Cut(module, ".")
	m.r.aliases[target] = i.module
	switch {
	case target == top && dotted:
		m.r.aliases[target] = top
	case target != i.module:
		as = " as " + target
	}
	m.emit("import " + i.module + as)
}
