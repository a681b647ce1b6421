package flow

import "pipwarden/scan/python"

// assign gives a value to a target.
func (m *machine) assign(f *frame, target python.Expr, v *Value) {
	m.step()
	switch t := target.(type) {
	case *python.Name:
		m.set(f, t.ID, v)
	case *python.Tuple:
		m.unpack(f, t.Elts, v)
	case *python.List:
		m.unpack(f, t.Elts, v)
	case *python.Starred:
		m.assign(f, t.X, v)
	case *python.Attribute:
		m.setAttribute(f, m.expr(f, t.X), t.Attr, v)
	case *python.Subscript:
		x := m.quiet(f, t.X)
		if s, ok := t.Index.(*python.Slice); ok {
			m.exprs(f, s.Lower, s.Upper, s.Step)
			m.spoil(x, v)
			return
		}
		m.setItem(f, x, m.expr(f, t.Index), v)
	default:
		m.expr(f, target)
	}
}

// unpack assigns the items of a value to several targets.
func (m *machine) unpack(f *frame, targets []python.Expr, v *Value) {
	var items []*Value
	ok := false
	if v.Kind != Iterator || len(v.Items) <= len(targets) {
		items, ok = m.items(f, v)
	}
	star := -1
	for i, t := range targets {
		if _, is := t.(*python.Starred); is {
			star = i
		}
	}
	fits := ok && (star < 0 && len(items) == len(targets) || star >= 0 && len(items) >= len(targets)-1)
	for i, t := range targets {
		switch {
		case !fits:
			m.assign(f, t, element(v, items))
		case star < 0 || i < star:
			m.assign(f, t, items[i])
		case i == star:
			m.assign(f, t, list(items[i:len(items)-(len(targets)-1-i)]))
		default:
			m.assign(f, t, items[len(items)-(len(targets)-i)])
		}
	}
}

// augment is target op= value.
func (m *machine) augment(f *frame, s *python.AugAssign) {
	old := m.expr(f, s.Target)
	v := m.expr(f, s.Value)
	if old.Kind == List && s.Op == python.Add {
		items, ok := m.meter.iterate(v)
		old.Items = append(old.Items, items...)
		old.Partial = old.Partial || !ok
		old.Labels |= labelsOf(v) | m.chosen
		m.writes++
		return
	}
	m.assign(f, s.Target, m.increase(s.Op, old, v))
}

// setAttribute is x.name = v.
func (m *machine) setAttribute(f *frame, x *Value, name string, v *Value) {
	m.writes++
	switch x.Kind {
	case Instance:
		m.put(x.Attrs, name, v)
	case Class:
		m.put(x.Class.Attrs, name, v)
	case Module:
		m.put(x.Module.Globals, name, v)
	case Union:
		for _, item := range x.Items {
			if item.Kind != Union {
				m.setAttribute(f, item, name, v)
			}
		}
	case Ref:
		// A method of a foreign class was replaced: whoever uses the class calls it.
		m.handOver(f, x, v)
		stain(x, labelsOf(v))
	}
}

// setItem is x[index] = v.
func (m *machine) setItem(f *frame, x, index, v *Value) {
	m.writes++
	switch {
	case x.Kind == Dict, x.Kind == List, x.Kind == Bytes, x.Kind == Ref && x.ID != 0:
		m.meter.assign(x, index, v)
		if x.Kind == Ref {
			m.handOver(f, x, v)
		}
	case isScope(x):
		if name, ok := knownText(index); ok {
			m.put(x.Module.Globals, name, v)
		}
	case x.Kind == Instance:
		m.callMethod(f, x, "__setitem__", index, v)
	case x.Kind == Ref:
		m.handOver(f, x, v)
	}
}

// spoil says that something unknown was put into a container.
func (m *machine) spoil(x, v *Value) {
	if x.Kind == List || x.Kind == Dict || x.Kind == SetKind {
		x.Partial = true
		x.Labels |= labelsOf(v)
	}
}

// A tail is the text that was last made by +=, with room behind it, so that a
// loop which adds character by character is linear.
type tail struct {
	buf  []byte
	last *Value
}

// increase is a op= b.
func (m *machine) increase(op python.Op, a, b *Value) *Value {
	t := &m.tail
	const worth = 256 // shorter texts are copied
	if op != python.Add || a.Kind != Text || b.Kind != Text || len(a.Str) < worth || a.Partial || b.Partial ||
		len(a.Str)+len(b.Str) > resultLimit {
		v := m.meter.binary(op, a, b)
		if v.Kind == Unknown || v.Kind > Float {
			v = chosenBy(v, m.chosen, nil)
		}
		return v
	}
	if t.last != a {
		t.buf = append(make([]byte, 0, 2*len(a.Str)), a.Str...)
	}
	t.buf = append(t.buf, b.Str...)
	v := &Value{Kind: Text, Str: view(t.buf), Labels: a.Labels | b.Labels | m.chosen, Made: longer(a.Made, b.Made), ID: a.ID}
	t.last = computed(v, a.Int+b.Int)
	return t.last
}

// defaults evaluates the defaults and annotations of parameters.
func (m *machine) defaults(f *frame, params []python.Parameter) []*Value {
	var out []*Value
	for i := range params {
		p := &params[i]
		m.annotate(f, p.Annotation)
		if p.Default == nil {
			continue
		}
		if out == nil {
			out = make([]*Value, len(params))
		}
		out[i] = m.expr(f, p.Default)
	}
	return out
}

// annotate evaluates an annotation that can do something.
func (m *machine) annotate(f *frame, x python.Expr) {
	switch x.(type) {
	case nil, *python.Name, *python.Attribute, *python.Str, *python.Constant:
		return
	}
	calls := false
	python.Inspect(x, func(n python.Node) bool {
		_, is := n.(*python.Call)
		calls = calls || is
		return !calls
	})
	if calls {
		m.expr(f, x)
	}
}
