package flow

// maxBases is how many classes one search for an attribute looks at.
const maxBases = 256

// find looks a name up in a class and its bases; nil if the artifact has none.
func (m *machine) find(cls *ClassObject, name string) *Value {
	left := maxBases
	return findIn(cls, name, &left)
}

func findIn(cls *ClassObject, name string, left *int) *Value {
	if *left--; *left < 0 {
		return nil
	}
	if v, ok := cls.Attrs[name]; ok {
		return v
	}
	for _, b := range cls.Bases {
		if b.Kind == Class {
			if v := findIn(b.Class, name, left); v != nil {
				return v
			}
		}
	}
	return nil
}

// foreign returns the first base that lies outside the artifact, nil for none.
func (m *machine) foreign(cls *ClassObject) *Value {
	left := maxBases
	return foreignIn(cls, &left)
}

func foreignIn(cls *ClassObject, left *int) *Value {
	if *left--; *left < 0 {
		return nil
	}
	for _, b := range cls.Bases {
		if b.Kind == Ref && b.Str != "builtins.object" {
			return b
		}
		if b.Kind == Class {
			if v := foreignIn(b.Class, left); v != nil {
				return v
			}
		}
	}
	return nil
}

func (m *machine) instanceAttribute(f *frame, v *Value, name string) *Value {
	if got, ok := v.Attrs[name]; ok {
		return got
	}
	if got := m.find(v.Class, name); got != nil {
		return m.boundTo(f, v, got)
	}
	switch name {
	case "__class__":
		return &Value{Kind: Class, Class: v.Class}
	case "__dict__":
		return scopeOf(v.Attrs, v.Class.Module)
	}
	if base := m.foreign(v.Class); base != nil {
		r := *m.ref(cutName(base.Str+"()"), "."+name)
		r.Labels |= v.Labels
		r.Self = v
		return &r
	}
	if get := m.callMethod(f, v, "__getattr__", text(name)); get != nil {
		return get
	}
	return m.part(labelled(v.Labels), "."+name)
}

// boundTo is what an object gives for an attribute of its class.
func (m *machine) boundTo(f *frame, self, v *Value) *Value {
	if v.Kind != Function || v.Func == nil {
		return v
	}
	switch v.Func.kind {
	case propertyFunction:
		return m.callFunction(&site{f: f, callee: v}, v.Func, self)
	case staticFunction:
		return v
	case classFunction:
		if self.Kind == Instance {
			self = &Value{Kind: Class, Class: self.Class}
		}
	}
	return &Value{Kind: Method, Func: v.Func, Self: self}
}

func (m *machine) classAttribute(f *frame, v *Value, name string) *Value {
	if got := m.find(v.Class, name); got != nil {
		if got.Kind == Function && got.Func != nil && got.Func.kind == classFunction {
			return m.boundTo(f, v, got)
		}
		return got
	}
	switch name {
	case "__dict__":
		return scopeOf(v.Class.Attrs, v.Class.Module)
	case "__name__":
		return text(v.Class.Name)
	case "__doc__":
		return noneValue
	}
	if v.Class.meta != nil && v.Class.meta.Kind == Class {
		if got := m.find(v.Class.meta.Class, name); got != nil && got.Kind == Function {
			return m.boundTo(f, v, got)
		}
	}
	if base := m.foreign(v.Class); base != nil {
		return m.part(base, "."+name)
	}
	return m.part(nothing, "."+name)
}

// instantiate makes an object of a class of the artifact.
func (m *machine) instantiate(s *site) *Value {
	cls := s.callee.Class
	if cls.meta != nil && cls.meta.Kind == Class {
		if call := m.find(cls.meta.Class, "__call__"); call != nil && call.Kind == Function {
			m.callFunction(s, call.Func, s.callee)
		}
	}
	v := &Value{Kind: Instance, Class: cls, Attrs: make(map[string]*Value)}
	if fn := m.find(cls, "__new__"); fn != nil && fn.Kind == Function {
		made := m.callFunction(&site{f: s.f, x: s.x, callee: s.callee, args: append([]*Value{s.callee}, s.args...), kw: s.kw}, fn.Func, nil)
		if made.Kind == Instance {
			v = made
		}
	}
	m.initialize(s, v)
	if del := m.find(cls, "__del__"); del != nil {
		m.callMethod(s.f, v, "__del__")
	}
	return v
}

func (m *machine) initialize(s *site, v *Value) {
	if fn := m.find(v.Class, "__init__"); fn != nil && fn.Kind == Function {
		m.callFunction(&site{f: s.f, x: s.x, callee: s.callee, args: s.args, kw: s.kw}, fn.Func, v)
		return
	}
	for _, k := range s.kw {
		if k.Name != "**" {
			m.put(v.Attrs, k.Name, k.Value)
		}
	}
	v.Labels |= s.labels()
	if base := m.foreign(v.Class); base != nil && m.words.Call(base.Str) != nil {
		one := *s
		one.callee = base
		m.outside(&one)
	}
	m.callMethod(s.f, v, "__post_init__")
}

// sampleOf is an object of a class as somebody outside would make it, for its
// methods that nobody in the artifact calls. Flags and numbers that it begins
// with are not known later.
func (m *machine) sampleOf(f *frame, cls *ClassObject) *Value {
	if cls == nil {
		return nothing
	}
	if cls.sample != nil {
		return cls.sample
	}
	cls.sample = &Value{Kind: Instance, Class: cls, Attrs: make(map[string]*Value)}
	if fn := m.find(cls, "__init__"); fn != nil && fn.Kind == Function && fn.Func.node() != nil && !m.active[fn.Func.node()] {
		r := m.recordOf(fn.Func)
		r.alone = true
		m.execute(fn.Func, r, func(f *frame) { m.bindUnknown(f, fn.Func) })
	}
	for name, v := range cls.sample.Attrs {
		switch {
		case v.Kind == None || v.Kind == Bool || v.Kind == Int, isString(v) && v.Str == "":
			cls.sample.Attrs[name] = labelled(v.Labels)
		case isContainer(v) && v.Kind != Union && len(v.Items)+len(v.Pairs) == 0:
			v.Partial = true
		}
	}
	return cls.sample
}

// super is the object seen from the bases of the class whose method runs.
func (m *machine) super(s *site) *Value {
	f := s.f
	for f.inner && f.outer != nil {
		f = f.outer
	}
	self := f.self
	if len(s.args) > 1 {
		self = s.args[1]
	}
	if f.class == nil || self == nil {
		return nothing
	}
	above := &ClassObject{Name: f.class.Name, Bases: f.class.Bases, Attrs: map[string]*Value{}, Module: f.class.Module}
	switch self.Kind {
	case Instance:
		return &Value{Kind: Instance, Class: above, Attrs: self.Attrs, Labels: self.Labels}
	case Class:
		return &Value{Kind: Class, Class: above}
	}
	return nothing
}
