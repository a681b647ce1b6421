package flow

import "pipwarden/scan/python"

// expr evaluates an expression. A nil one is None.
func (m *machine) expr(f *frame, x python.Expr) *Value {
	if x == nil {
		return noneValue
	}
	m.step()
	m.height++
	v := m.atom(f, x)
	m.height--
	if v == nil {
		return nothing
	}
	return v
}

// atom evaluates what is most frequent.
func (m *machine) atom(f *frame, x python.Expr) *Value {
	switch x := x.(type) {
	case *python.Name:
		return m.name(f, x)
	case *python.Attribute:
		return m.attributeExpr(f, x, true)
	case *python.Call:
		return m.call(f, x)
	case *python.Str:
		return m.constant(f, x)
	case *python.Number:
		return number(x)
	case *python.Constant:
		return constantValue(x)
	case *python.Subscript:
		return m.subscriptExpr(f, x)
	case *python.BinOp:
		return m.binOp(f, x)
	case *python.Tuple:
		return m.display(f, Tuple, x.Elts)
	case *python.List:
		return m.display(f, List, x.Elts)
	case *python.Dict:
		return m.dictDisplay(f, x)
	case *python.Compare:
		return m.compareExpr(f, x)
	}
	return m.operator(f, x)
}

// operator evaluates the other expressions.
func (m *machine) operator(f *frame, x python.Expr) *Value {
	switch x := x.(type) {
	case *python.BoolOp:
		return m.boolOp(f, x)
	case *python.UnaryOp:
		return unary(x.Op, m.expr(f, x.X))
	case *python.IfExp:
		return m.ifExp(f, x)
	case *python.JoinedStr:
		return m.joinedStr(f, x)
	case *python.ListComp:
		return m.comprehension(f, List, x.Clauses, x.Elt, nil)
	case *python.SetComp:
		return m.comprehension(f, SetKind, x.Clauses, x.Elt, nil)
	case *python.GeneratorExp:
		return m.comprehension(f, Iterator, x.Clauses, x.Elt, nil)
	case *python.DictComp:
		return m.comprehension(f, Dict, x.Clauses, x.Key, x.Value)
	case *python.Lambda:
		return m.lambda(f, x)
	case *python.Set:
		return m.display(f, SetKind, x.Elts)
	case *python.NamedExpr:
		v := m.expr(f, x.Value)
		m.assign(f, x.Target, v)
		return v
	}
	return m.strange(f, x)
}

// strange evaluates what suspends, what Python 2 alone has, and what could not
// be read.
func (m *machine) strange(f *frame, x python.Expr) *Value {
	switch x := x.(type) {
	case *python.Await:
		return m.expr(f, x.X)
	case *python.Yield:
		v := m.expr(f, x.X)
		f.yielded = append(f.yielded, v)
		return nothing
	case *python.YieldFrom:
		v := m.expr(f, x.X)
		items, ok := m.meter.iterate(v)
		f.yielded = append(f.yielded, items...)
		if !ok {
			f.yielded, f.partial = append(f.yielded, element(v, nil)), true
		}
		return nothing
	case *python.Starred:
		return m.expr(f, x.X)
	case *python.Slice:
		m.exprs(f, x.Lower, x.Upper, x.Step)
	case *python.Repr:
		return str(m.expr(f, x.X))
	case *python.FormattedValue:
		return m.expr(f, x.X)
	case *python.BadExpr:
		m.exprs(f, x.Parts...)
	}
	return nothing
}

func constantValue(x *python.Constant) *Value {
	switch x.Kind {
	case python.None:
		return noneValue
	case python.True:
		return trueValue
	case python.False:
		return falseValue
	}
	return nothing
}

// constant is the value of a string literal, made once.
func (m *machine) constant(f *frame, x *python.Str) *Value {
	if v, ok := f.unit.constants[x]; ok {
		return v
	}
	v := strValue(x)
	if f.unit.constants != nil {
		f.unit.constants[x] = v
	}
	if len(x.Value) >= shortestMention {
		m.mention(f, x, v)
		m.guess(f, x, v)
	}
	return v
}

func (m *machine) name(f *frame, x *python.Name) *Value {
	v := f.lookup(x.ID)
	if v == nil {
		return m.builtin(f, x.ID)
	}
	if v.Kind == Ref && v.Labels != 0 && v.ID == 0 {
		m.readSource(f, x, v)
	}
	if v.Kind <= Float && v.Kind != Unknown && m.finishing && f.outer != nil && f.unit.module.changes(x.ID) {
		if own, ok := f.globals[x.ID]; ok && own == v {
			return labelled(v.Labels)
		}
	}
	return v
}

func (m *machine) binOp(f *frame, x *python.BinOp) *Value {
	if x.Op != python.Add {
		left := m.expr(f, x.Left)
		return m.meter.binary(x.Op, left, m.expr(f, x.Right))
	}
	// A sum of thousands of texts is as high as it is long.
	spine := []python.Expr{x.Right}
	left := x.Left
	for {
		sum, ok := left.(*python.BinOp)
		if !ok || sum.Op != python.Add {
			break
		}
		m.step()
		spine = append(spine, sum.Right)
		left = sum.Left
	}
	v := m.expr(f, left)
	s := summing{meter: &m.meter}
	for i := len(spine) - 1; i >= 0; i-- {
		v = s.add(v, m.expr(f, spine[i]))
	}
	return s.result(v)
}

func (m *machine) boolOp(f *frame, x *python.BoolOp) *Value {
	var out *Value
	for i, e := range x.Values {
		v := m.expr(f, e)
		t, ok := truth(v)
		if !ok {
			m.doubts++
		}
		last := i == len(x.Values)-1
		if ok && !last && t == (x.Op == python.And) {
			continue // this one cannot be the result
		}
		out = either(out, v)
		if ok && !last {
			rest := x.Values[i+1:]
			if f.record != nil {
				f.record.skipped = true
			}
			m.aside(func() { m.exprs(f, rest...) })
			return out
		}
	}
	return out
}

func (m *machine) ifExp(f *frame, x *python.IfExp) *Value {
	t, ok := m.test(f, x.Test)
	if ok {
		taken, other := x.Body, x.Orelse
		if !t {
			taken, other = other, taken
		}
		if f.record != nil {
			f.record.skipped = true
		}
		m.aside(func() { m.expr(f, other) })
		return m.expr(f, taken)
	}
	v := m.expr(f, x.Body)
	return join(v, m.expr(f, x.Orelse))
}

func (m *machine) compareExpr(f *frame, x *python.Compare) *Value {
	left := m.expr(f, x.Left)
	if len(x.Ops) == 1 && len(x.Comparators) == 1 {
		if x.Ops[0] == python.In || x.Ops[0] == python.NotIn {
			return m.meter.compare(x.Ops[0], left, m.quiet(f, x.Comparators[0])) // asks for one variable
		}
		return m.meter.compare(x.Ops[0], left, m.expr(f, x.Comparators[0]))
	}
	all := trueValue
	for i, e := range x.Comparators {
		right := m.expr(f, e)
		v := m.meter.compare(x.Ops[i], left, right)
		t, ok := truth(v)
		switch {
		case ok && !t:
			all = falseValue
		case !ok && all != falseValue:
			all = unknown(all, v)
		}
		left = right
	}
	return all
}

func (m *machine) joinedStr(f *frame, x *python.JoinedStr) *Value {
	var p pieces
	p.text = true
	for _, e := range x.Values {
		field, ok := e.(*python.FormattedValue)
		if !ok {
			p.value(m.expr(f, e))
			continue
		}
		v := m.expr(f, field.X)
		var spec *Value
		if field.Spec != nil {
			spec = m.joinedStr(f, field.Spec)
		}
		p.value(formatValue(v, field.Conversion, spec))
	}
	return p.result()
}

func (m *machine) display(f *frame, kind Kind, elts []python.Expr) *Value {
	items := make([]*Value, 0, len(elts))
	partial := false
	for _, e := range elts {
		star, ok := e.(*python.Starred)
		if !ok {
			items = append(items, m.expr(f, e))
			continue
		}
		v := m.expr(f, star.X)
		part, ok := m.meter.iterate(v)
		items = append(items, part...)
		if !ok {
			items, partial = append(items, element(v, nil)), true
		}
	}
	v := sequence(kind, items)
	if partial && v.Kind == kind {
		v.Partial = true
	}
	return v
}

func (m *machine) dictDisplay(f *frame, x *python.Dict) *Value {
	pairs := make([]Pair, 0, len(x.Entries))
	partial := false
	var labels labelSet
	for _, e := range x.Entries {
		if e.Key != nil {
			k := m.expr(f, e.Key)
			pairs = append(pairs, Pair{k, m.expr(f, e.Value)})
			continue
		}
		v := m.expr(f, e.Value)
		pairs = append(pairs, v.Pairs...)
		if v.Kind != Dict || v.Partial {
			partial = true
			labels |= labelsOf(v)
		}
	}
	d := dict(pairs)
	if d.Kind == Dict {
		d.Partial = d.Partial || partial
		d.Labels |= labels
	}
	return d
}

func (m *machine) subscriptExpr(f *frame, x *python.Subscript) *Value {
	v := m.quiet(f, x.X)
	if s, ok := x.Index.(*python.Slice); ok {
		lo, hi, step := m.bound(f, s.Lower), m.bound(f, s.Upper), m.bound(f, s.Step)
		if v.Kind == Ref {
			return m.part(v, "[]")
		}
		return m.meter.slice(v, lo, hi, step)
	}
	index := m.expr(f, x.Index)
	return m.item(f, x, v, index)
}

// bound evaluates one bound of a slice; an absent one is nil.
func (m *machine) bound(f *frame, x python.Expr) *Value {
	if x == nil {
		return nil
	}
	return m.expr(f, x)
}

// quiet evaluates an expression of which only a part is used, so that reading
// one variable is not reading the environment.
func (m *machine) quiet(f *frame, x python.Expr) *Value {
	switch x := x.(type) {
	case *python.Attribute:
		m.step()
		m.height++
		v := m.attributeExpr(f, x, false)
		m.height--
		return v
	case *python.Name:
		m.step()
		if v := f.lookup(x.ID); v != nil && v.Kind == Ref {
			return v
		}
	}
	return m.expr(f, x)
}

func (m *machine) lambda(f *frame, x *python.Lambda) *Value {
	fn := &FunctionObject{Name: dotted(f.function, "<lambda>"), Lambda: x, Module: f.unit.module, unit: f.unit, outer: f, class: f.class}
	fn.defaults = m.defaults(f, x.Params)
	fn.dead = m.asides > 0
	f.unit.functions = append(f.unit.functions, fn)
	return &Value{Kind: Function, Func: fn}
}

// dotted puts a dotted name together.
func dotted(outer, name string) string {
	if outer == "" {
		return name
	}
	return outer + "." + name
}
