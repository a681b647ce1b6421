package flow

import (
	"strings"

	"pipwarden/scan/python"
)

// maxName is the length in bytes at which dotted names are cut: longer ones
// are no names of any library.
const maxName = 200

func cutName(s string) string {
	if len(s) > maxName {
		return s[:maxName]
	}
	return s
}

// ref returns the canonical Ref for base + attr; attr begins with its dot or
// bracket, or base is empty. It is shared and has no ID.
func (m *machine) ref(base, attr string) *Value {
	key := nameKey{base, attr}
	if v, ok := m.names[key]; ok {
		return v
	}
	name := cutName(strings.Clone(base + attr))
	if !strings.HasPrefix(name, "?") {
		name = cutName(m.words.Canonical(name))
	}
	v := reference(name)
	v.Labels = m.words.Attribute(name)
	m.names[key] = v
	return v
}

// part is a Ref for something of v: its attribute, its item, its result.
func (m *machine) part(v *Value, attr string) *Value {
	base := v.Str
	if v.Kind != Ref {
		base = "?"
	}
	r := m.ref(base, attr)
	if v.Labels == 0 && v.ID == 0 && v.Self == nil {
		return r
	}
	c := *r
	c.Labels |= v.Labels
	c.ID, c.Made, c.Self = v.ID, v.Made, v
	return &c
}

// attributeExpr evaluates x.attr; loud says that reading a source is told.
func (m *machine) attributeExpr(f *frame, x *python.Attribute, loud bool) *Value {
	v := m.attribute(f, m.quiet(f, x.X), x.Attr, x)
	if loud && v.Kind == Ref && v.Labels != 0 && m.words.Attribute(v.Str) != 0 {
		m.readSource(f, x, v)
	}
	return v
}

// attribute is v.name.
func (m *machine) attribute(f *frame, v *Value, name string, x python.Node) *Value {
	switch v.Kind {
	case Ref:
		return m.refAttribute(v, name)
	case Unknown:
		return m.part(v, "."+name)
	case Module:
		return m.moduleAttribute(f, v, name)
	case Instance:
		return m.instanceAttribute(f, v, name)
	case Class:
		return m.classAttribute(f, v, name)
	case Function, Method:
		return m.functionAttribute(v, name)
	case Union:
		return m.unionAttribute(f, v, name, x)
	}
	if strings.HasPrefix(name, "__") {
		if r := m.dunder(v, name); r != nil {
			return r
		}
	}
	return &Value{Kind: Method, Str: name, Self: v}
}

func (m *machine) refAttribute(v *Value, name string) *Value {
	switch {
	case isScope(v):
		return &Value{Kind: Method, Str: name, Self: v}
	case name == "__dict__", name == "__call__":
		return v
	case name == "__self__" && strings.HasPrefix(v.Str, "builtins."):
		return m.ref("builtins", "")
	}
	if got, ok := attribute(v, name); ok {
		return got
	}
	return m.part(v, "."+name)
}

func (m *machine) unionAttribute(f *frame, v *Value, name string, x python.Node) *Value {
	var out *Value
	for _, item := range v.Items {
		if item.Kind != None && item.Kind != Union {
			out = either(out, m.attribute(f, item, name, x))
		}
	}
	if out == nil || v.Partial {
		out = either(out, m.part(labelled(v.Labels), "."+name))
	}
	return out
}

func (m *machine) moduleAttribute(f *frame, v *Value, name string) *Value {
	mod := v.Module
	if got, ok := mod.Globals[name]; ok {
		return got
	}
	if name == "__dict__" {
		return scopeOf(mod.Globals, mod)
	}
	if src := m.program.modules[dotted(mod.Name, name)]; src != nil && src.module != nil {
		return &Value{Kind: Module, Module: src.module}
	}
	if get, ok := mod.Globals["__getattr__"]; ok && get.Kind == Function {
		return m.invoke(&site{f: f, callee: get, args: []*Value{text(name)}})
	}
	return m.starred(mod, name)
}

// starred is a name that a module may have from the star import of a module
// outside.
func (m *machine) starred(mod *ModuleObject, name string) *Value {
	for _, star := range mod.stars {
		v := m.ref(star, "."+name)
		if m.words.Call(v.Str) != nil || v.Labels != 0 {
			return v
		}
	}
	if len(mod.stars) == 1 {
		return m.ref(mod.stars[0], "."+name)
	}
	return nothing
}

func (m *machine) functionAttribute(v *Value, name string) *Value {
	switch name {
	case "__globals__", "func_globals":
		if v.Func != nil {
			return scopeOf(v.Func.Module.Globals, v.Func.Module)
		}
	case "__doc__", "func_doc":
		if v.Func != nil && v.Func.Def != nil {
			return docOf(v.Func.Def.Body)
		}
	case "__name__":
		if v.Func != nil && v.Func.Def != nil {
			return text(v.Func.Def.Name)
		}
	case "__call__", "__func__", "__wrapped__":
		return v
	case "__self__":
		if v.Self != nil {
			return v.Self
		}
	case "setter", "getter", "deleter":
		return &Value{Kind: Method, Str: name, Self: v}
	}
	return labelled(v.Labels)
}

var typeNames = map[Kind]string{None: "NoneType", Bool: "bool", Int: "int", Float: "float", Text: "str", Bytes: "bytes",
	List: "list", Tuple: "tuple", SetKind: "set", Dict: "dict"}

// dunder is an attribute of a known object through which code climbs to the
// builtins; nil for others.
func (m *machine) dunder(v *Value, name string) *Value {
	switch name {
	case "__class__":
		if t := typeNames[v.Kind]; t != "" {
			return m.ref("builtins", "."+t)
		}
	case "__doc__", "__dict__":
		return nothing
	}
	return nil
}

// isScope says that v stands for a namespace: globals(), vars(), x.__dict__.
func isScope(v *Value) bool { return v.Kind == Ref && v.Module != nil }

// scopeOf is a namespace as a value.
func scopeOf(names map[string]*Value, mod *ModuleObject) *Value {
	return &Value{Kind: Ref, Str: "builtins.globals()", Module: &ModuleObject{Name: mod.Name, Path: mod.Path, Globals: names, stars: mod.stars}}
}
