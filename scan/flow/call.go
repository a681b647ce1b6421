package flow

import "pipwarden/scan/python"

// A site is one call.
type site struct {
	f      *frame
	x      python.Node // nil where the interpreter calls by itself
	callee *Value
	args   []*Value
	kw     []Keyword
	handed bool // what is called was an argument of x, and is called by the outside
}

// call evaluates a call.
func (m *machine) call(f *frame, x *python.Call) *Value {
	s := &site{f: f, x: x}
	if a, ok := x.Func.(*python.Attribute); ok {
		recv := m.quiet(f, a.X)
		s.callee = m.attribute(f, recv, a.Attr, a)
		if recv.Kind == Ref && recv.Labels != 0 && recv.ID == 0 && m.words.Attribute(recv.Str) != 0 && !byKey[a.Attr] {
			m.readSource(f, a.X, recv)
		}
	} else {
		s.callee = m.expr(f, x.Func)
	}
	m.arguments(s, x)
	return m.invoke(s)
}

// byKey are the methods that read one entry of a mapping.
var byKey = map[string]bool{"get": true, "pop": true, "setdefault": true, "__getitem__": true, "update": true, "__setitem__": true, "putenv": true}

func (m *machine) arguments(s *site, x *python.Call) {
	if len(x.Args) > 0 {
		s.args = make([]*Value, 0, len(x.Args))
	}
	for _, a := range x.Args {
		star, ok := a.(*python.Starred)
		if !ok {
			s.args = append(s.args, m.expr(s.f, a))
			continue
		}
		v := m.expr(s.f, star.X)
		items, ok := m.meter.iterate(v)
		s.args = append(s.args, items...)
		if !ok {
			s.args = append(s.args, element(v, nil))
		}
	}
	for i := range x.Keywords {
		k := &x.Keywords[i]
		v := m.expr(s.f, k.Value)
		if k.Name != "" {
			s.kw = append(s.kw, Keyword{k.Name, v})
			continue
		}
		s.spread(v)
	}
}

// spread adds the entries of a ** argument.
func (s *site) spread(v *Value) {
	for _, p := range v.Pairs {
		if name, ok := knownText(p.Key); ok {
			s.kw = append(s.kw, Keyword{name, p.Value})
		}
	}
	if v.Kind != Dict || v.Partial {
		s.kw = append(s.kw, Keyword{"**", v})
	}
}

// arg returns the argument at a position or of a name, nil if there is
// none.
func (s *site) arg(i int, name string) *Value {
	if i >= 0 && i < len(s.args) {
		return s.args[i]
	}
	for _, k := range s.kw {
		if name != "" && k.Name == name {
			return k.Value
		}
	}
	return nil
}

// labels are those of all arguments and of the object.
func (s *site) labels() labelSet {
	l := s.callee.Labels
	if s.callee.Self != nil {
		l |= receiverLabels(s.callee.Self)
	}
	for _, a := range s.args {
		l |= labelsOf(a)
	}
	for _, k := range s.kw {
		l |= labelsOf(k.Value)
	}
	return l
}

// invoke calls what the site calls.
func (m *machine) invoke(s *site) *Value {
	switch s.callee.Kind {
	case Function:
		return m.callFunction(s, s.callee.Func, nil)
	case Method:
		if s.callee.Func != nil {
			return m.callFunction(s, s.callee.Func, s.callee.Self)
		}
		return m.builtinMethod(s)
	case Class:
		return m.instantiate(s)
	case Instance:
		return m.callInstance(s)
	case Ref:
		return m.outside(s)
	case Union:
		return m.invokeEach(s)
	}
	return m.unknownCall(s)
}

// invokeEach calls all that a Union may be.
func (m *machine) invokeEach(s *site) *Value {
	var out *Value
	for _, callee := range s.callee.Items {
		if callee.Kind == None || callee.Kind == Union {
			continue
		}
		one := *s
		one.callee = callee
		out = either(out, m.invoke(&one))
	}
	if out == nil {
		return m.unknownCall(s)
	}
	return out
}

// unknownCall is a call of something of which nothing is known.
func (m *machine) unknownCall(s *site) *Value {
	m.handArguments(s)
	labels := s.labels()
	if labels&^dull != 0 && s.x != nil {
		m.record(s, "?", nil, labels, nil)
	}
	return labelled(labels)
}

func (m *machine) callInstance(s *site) *Value {
	if c := m.find(s.callee.Class, "__call__"); c != nil && c.Kind == Function {
		return m.callFunction(s, c.Func, s.callee)
	}
	return m.unknownCall(s)
}

// builtinMethod calls a method of a known object.
func (m *machine) builtinMethod(s *site) *Value {
	self := s.callee.Self
	switch {
	case self.Kind == Function:
		return self // @property.setter
	case isScope(self):
		return m.scopeMethod(s)
	}
	if self.Kind == List && mutates(List, s.callee.Str) {
		self.Labels |= m.chosen
	}
	v, ok := m.meter.method(self, s.callee.Str, s.args, s.kw, m.caller(s))
	if !ok {
		m.handArguments(s)
		labels := s.labels()
		if labels&^dull != 0 && s.x != nil {
			m.record(s, "?."+s.callee.Str, nil, labels, nil)
		}
		return labelled(labels)
	}
	return v
}

// scopeMethod calls a method of globals() and the like.
func (m *machine) scopeMethod(s *site) *Value {
	scope := s.callee.Self
	switch s.callee.Str {
	case "get", "__getitem__", "pop", "setdefault":
		if key := s.arg(0, ""); key != nil {
			if v := m.scopeItem(s.f, scope, key); v != nothing {
				return v
			}
		}
		if d := s.arg(1, ""); d != nil {
			return d
		}
	case "update":
		if d := s.arg(0, ""); d != nil {
			s.spread(d)
		}
		for _, k := range s.kw {
			if k.Name != "**" {
				m.put(scope.Module.Globals, k.Name, k.Value)
			}
		}
	case "__setitem__":
		if len(s.args) == 2 {
			m.setItem(s.f, scope, s.args[0], s.args[1])
		}
	}
	return nothing
}

// callMethod calls a method of an object of the artifact; nil if it has none.
func (m *machine) callMethod(f *frame, v *Value, name string, args ...*Value) *Value {
	if v.Kind != Instance {
		return nil
	}
	fn := m.find(v.Class, name)
	if fn == nil || fn.Kind != Function {
		return nil
	}
	return m.callFunction(&site{f: f, callee: fn, args: args}, fn.Func, v)
}
