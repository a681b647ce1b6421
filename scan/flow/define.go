package flow

import "pipwarden/scan/python"

// define makes a function and applies its decorators.
func (m *machine) define(f *frame, s *python.FunctionDef) {
	decorators := m.decorators(f, s.Decorators)
	fn := &FunctionObject{Name: dotted(f.function, s.Name), Def: s, Module: f.unit.module, unit: f.unit, outer: f, class: f.class}
	fn.Module = m.moduleOf(f)
	fn.method = f.body
	fn.dead = m.asides > 0
	if f.body && f.class != nil {
		fn.Name = dotted(f.class.Name, s.Name)
	}
	fn.defaults = m.defaults(f, s.Params)
	m.annotate(f, s.Returns)
	f.unit.functions = append(f.unit.functions, fn)
	v := &Value{Kind: Function, Func: fn}
	for i := len(decorators) - 1; i >= 0; i-- {
		v = m.decorate(f, decorators[i], v)
	}
	m.set(f, s.Name, v)
}

// moduleOf is the module whose globals code in f sees.
func (m *machine) moduleOf(f *frame) *ModuleObject {
	mod := f.unit.module
	if sameNames(mod.Globals, f.globals) {
		return mod
	}
	return &ModuleObject{Name: mod.Name, Path: mod.Path, Globals: f.globals, stars: mod.stars}
}

func (m *machine) decorators(f *frame, list []python.Expr) []*Value {
	out := make([]*Value, 0, len(list))
	for _, x := range list {
		out = append(out, m.expr(f, x))
	}
	return out
}

// decorate applies a decorator. One from outside is taken to return what it
// decorates, and to call it only if that is what it is for.
func (m *machine) decorate(f *frame, d, v *Value) *Value {
	switch d.Kind {
	case Ref:
		return m.decorateOutside(f, d, v)
	case Function, Class, Instance, Union:
		out := m.invoke(&site{f: f, callee: d, args: []*Value{v}})
		if out.Kind == Unknown || out.Kind == None && m.depth >= maxInline {
			return v
		}
		return out
	case Method:
		if d.Func != nil {
			if out := m.invoke(&site{f: f, callee: d, args: []*Value{v}}); out.Kind != Unknown {
				return out
			}
		}
	}
	return v
}

func (m *machine) decorateOutside(f *frame, d, v *Value) *Value {
	kind := plainFunction
	switch d.Str {
	case "builtins.property", "functools.cached_property", "abc.abstractproperty":
		kind = propertyFunction
	case "builtins.staticmethod":
		kind = staticFunction
	case "builtins.classmethod":
		kind = classFunction
	}
	if kind != plainFunction && v.Func != nil {
		v.Func.kind = kind
		return v
	}
	if c := m.words.Call(d.Str); c != nil && c.Effects.Any(runsCode...) {
		m.record(&site{f: f, x: nodeOf(v), callee: d, args: []*Value{v}}, d.Str, c, labelsOf(d), nil)
		m.callback(f, v, nil, nil)
	}
	return v
}

// nodeOf is the place of a function's definition.
func nodeOf(v *Value) python.Node {
	if v.Func != nil {
		return v.Func.node()
	}
	return nil
}

// classDef makes a class.
func (m *machine) classDef(f *frame, s *python.ClassDef) {
	decorators := m.decorators(f, s.Decorators)
	cls := &ClassObject{Name: dotted(f.function, s.Name), Attrs: make(map[string]*Value), Module: m.moduleOf(f)}
	if f.body && f.class != nil {
		cls.Name = dotted(f.class.Name, s.Name)
	}
	for _, b := range s.Args {
		cls.Bases = append(cls.Bases, m.expr(f, b))
	}
	for i := range s.Keywords {
		v := m.expr(f, s.Keywords[i].Value)
		if s.Keywords[i].Name == "metaclass" {
			cls.meta = v
		}
	}
	body := &frame{unit: f.unit, names: cls.Attrs, globals: f.globals, outer: f, function: cls.Name, class: cls, body: true, record: f.record}
	m.block(body, s.Body)
	v := m.classMade(f, cls)
	for i := len(decorators) - 1; i >= 0; i-- {
		v = m.decorate(f, decorators[i], v)
	}
	m.set(f, s.Name, v)
}

// classMade runs what Python runs when a class is made: __set_name__ aside, the
// metaclass and __init_subclass__ of the bases.
func (m *machine) classMade(f *frame, cls *ClassObject) *Value {
	v := &Value{Kind: Class, Class: cls}
	meta := cls.meta
	if py2 := cls.Attrs["__metaclass__"]; meta == nil && py2 != nil {
		meta = py2
	}
	for _, b := range cls.Bases {
		if b.Kind != Class {
			continue
		}
		if meta == nil {
			meta = b.Class.meta
		}
		if hook := m.find(b.Class, "__init_subclass__"); hook != nil && hook.Kind == Function {
			m.callFunction(&site{f: f, callee: hook}, hook.Func, v)
		}
	}
	if meta == nil {
		return v
	}
	cls.meta = meta
	args := []*Value{text(cls.Name), tuple(cls.Bases), scopeOf(cls.Attrs, cls.Module)}
	if meta.Kind != Class {
		if meta.Kind == Function {
			m.invoke(&site{f: f, callee: meta, args: args})
		}
		return v
	}
	for _, name := range []string{"__new__", "__init__"} {
		if fn := m.find(meta.Class, name); fn != nil && fn.Kind == Function {
			first := meta
			if name == "__init__" {
				first = v
			}
			m.callFunction(&site{f: f, callee: fn, args: append([]*Value{first}, args...)}, fn.Func, nil)
		}
	}
	return v
}
