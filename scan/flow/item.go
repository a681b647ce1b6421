package flow

import (
	"strings"

	"pipwarden/scan/python"
	"pipwarden/scan/vocabulary"
)

// item is v[index].
func (m *machine) item(f *frame, x python.Node, v, index *Value) *Value {
	switch v.Kind {
	case Ref:
		return m.refItem(f, x, v, index)
	case Instance:
		if got := m.callMethod(f, v, "__getitem__", index); got != nil {
			return got
		}
	case Class:
		return v // a generic class
	case Union:
		if len(v.Items) > 0 && v.Items[0].Kind == Ref {
			return m.refItem(f, x, v.Items[0], index)
		}
	}
	out := m.meter.subscript(v, index)
	if out.Kind == Unknown && v.ID != 0 && out.ID == 0 {
		c := *out
		c.ID = v.ID
		return &c
	}
	return out
}

func (m *machine) refItem(f *frame, x python.Node, v, index *Value) *Value {
	switch {
	case isScope(v):
		return m.scopeItem(f, v, index)
	case v.Str == "os.environ" || v.Str == "os.environb":
		return m.variable(f, x, index)
	case v.Str == "sys.modules":
		return m.moduleNamed(f, index)
	}
	if index.Str == "builtins.dir().index()" && len(index.Items) == 1 && v.Str == "builtins.dir()" {
		return index.Items[0] // names[names.index(name)]
	}
	name, ok := knownText(index)
	if ok && (v.Str == "builtins" || m.isModuleName(v)) {
		return m.attribute(f, v, name, x)
	}
	r := m.part(v, "[]")
	if labels := labelsOf(index) &^ r.Labels; labels != 0 {
		r = carryShallow(r, labels)
	}
	return r
}

// isModuleName says that a Ref names a module or class, whose items are those
// of its __dict__.
func (m *machine) isModuleName(v *Value) bool {
	return v.ID == 0 && v.Self == nil && !strings.HasPrefix(v.Str, "?") && !strings.ContainsAny(v.Str, "([")
}

// scopeItem is globals()[name].
func (m *machine) scopeItem(f *frame, v, index *Value) *Value {
	name, ok := knownText(index)
	if !ok {
		return labelled(labelsOf(index))
	}
	if got, ok := v.Module.Globals[name]; ok {
		return got
	}
	if name == "__builtins__" {
		return m.ref("builtins", "")
	}
	return m.starred(v.Module, name)
}

// variable is the value of an environment variable.
func (m *machine) variable(f *frame, x python.Node, key *Value) *Value {
	labels := vocabulary.Set(vocabulary.Variable)
	if name, ok := knownText(key); ok {
		labels |= m.words.Variable(name)
	} else if key.Kind == Text {
		labels |= m.words.Variable(strings.ReplaceAll(key.Str, hole, ""))
	}
	v := &Value{Kind: Unknown, Labels: labels}
	m.readEvent(f, x, "os.environ[]", v, []*Value{key})
	return v
}

// getenv is os.getenv(name, default) and os.environ.get(name, default).
func (m *machine) getenv(s *site) *Value {
	key := s.arg(0, "key")
	if key == nil {
		return nil
	}
	v := m.variable(s.f, s.x, key)
	if d := s.arg(1, "default"); d != nil && d.Kind != None {
		return join(v, d)
	}
	return v
}

// builtins are the names that every module has.
var builtinNames = func() map[string]bool {
	names := make(map[string]bool)
	for _, n := range strings.Fields(`__import__ abs aiter all anext any apply ascii basestring bin bool breakpoint buffer bytearray bytes
		callable chr classmethod cmp coerce compile complex copyright credits delattr dict dir divmod enumerate eval exec
		execfile exit file filter float format frozenset getattr globals hasattr hash help hex id input int intern
		isinstance issubclass iter len license list locals long map max memoryview min next object oct open ord pow
		print property quit range raw_input reduce reload repr reversed round set setattr slice sorted staticmethod
		str sum super tuple type unichr unicode vars xrange zip BaseException Exception`) {
		names[n] = true
	}
	return names
}()

// builtin is a name that no frame holds.
func (m *machine) builtin(f *frame, name string) *Value {
	if builtinNames[name] {
		return m.ref("builtins", "."+name)
	}
	switch name {
	case "True":
		return trueValue
	case "False":
		return falseValue
	case "None":
		return noneValue
	case "__builtins__":
		return m.ref("builtins", "")
	}
	if len(f.unit.module.stars) > 0 {
		if v := m.starred(f.unit.module, name); v != nothing {
			return v
		}
	}
	if m.knownModules()[name] {
		return m.ref(name, "") // bound by code that could not be read
	}
	return nothing
}

// knownModules are the first parts of the names that the vocabulary knows.
func (m *machine) knownModules() map[string]bool {
	if m.modules == nil {
		m.modules = make(map[string]bool)
		for _, name := range m.words.Names() {
			top, _, dotted := strings.Cut(name, ".")
			if dotted {
				m.modules[top] = true
			}
		}
	}
	return m.modules
}
