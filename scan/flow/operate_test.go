package flow

import (
	"maps"
	"slices"
	"strings"

	"pipwarden/scan/python"
)

// An evaluator evaluates single expressions for the tests of the operations:
// no statements, no functions but lambdas.
type evaluator struct {
	meter meter
	names map[string]*Value
	funcs map[*FunctionObject]map[string]*Value // lambdas and the names around them
}

func evaluate(source string) *Value { return evaluateWith(source, map[string]*Value{}) }

// evaluateWith evaluates the last expression of a text whose other lines are
// assignments.
func evaluateWith(source string, names map[string]*Value) *Value {
	f := python.Parse([]byte(source), python.Options{Decoded: true, Dialect: python.Py3})
	e := &evaluator{names: maps.Clone(names), funcs: map[*FunctionObject]map[string]*Value{}}
	out := nothing
	for _, s := range f.Body {
		switch s := s.(type) {
		case *python.Assign:
			e.bind(s.Targets[0], e.expr(s.Value))
		case *python.ExprStmt:
			out = e.expr(s.X)
		}
	}
	return out
}

func (e *evaluator) bind(target python.Expr, v *Value) {
	switch t := target.(type) {
	case *python.Name:
		e.names[t.ID] = v
	case *python.Tuple:
		items, _ := e.meter.iterate(v)
		for i, x := range t.Elts {
			if i < len(items) {
				e.bind(x, items[i])
			}
		}
	case *python.Subscript:
		e.meter.assign(e.expr(t.X), e.expr(t.Index), v)
	}
}

func (e *evaluator) expr(x python.Expr) *Value {
	switch x := x.(type) {
	case *python.Name:
		if v := e.names[x.ID]; v != nil {
			return v
		}
		if slices.Contains(testModules, x.ID) {
			return reference(x.ID)
		}
		return reference("builtins." + x.ID)
	case *python.Number:
		return number(x)
	case *python.Constant:
		return map[python.ConstantKind]*Value{python.None: noneValue, python.True: trueValue, python.False: falseValue}[x.Kind]
	case *python.Str:
		if x.Kind == python.Bytes {
			return bytesOf(x.Value)
		}
		return text(x.Value)
	case *python.BinOp:
		return e.meter.binary(x.Op, e.expr(x.Left), e.expr(x.Right))
	case *python.UnaryOp:
		return unary(x.Op, e.expr(x.X))
	case *python.Call:
		return e.call(x)
	case *python.Subscript:
		return e.subscript(x)
	case *python.Attribute:
		return e.attribute(x)
	}
	return e.display(x)
}

func (e *evaluator) display(x python.Expr) *Value {
	switch x := x.(type) {
	case *python.Tuple:
		return tuple(e.list(x.Elts))
	case *python.List:
		return list(e.list(x.Elts))
	case *python.Set:
		return setOf(e.list(x.Elts))
	case *python.Dict:
		var pairs []Pair
		for _, p := range x.Entries {
			pairs = append(pairs, Pair{e.expr(p.Key), e.expr(p.Value)})
		}
		return dict(pairs)
	case *python.JoinedStr:
		return e.joined(x)
	case *python.Compare:
		return e.meter.compare(x.Ops[0], e.expr(x.Left), e.expr(x.Comparators[0]))
	case *python.Lambda:
		fn := &FunctionObject{Lambda: x}
		e.funcs[fn] = maps.Clone(e.names)
		return &Value{Kind: Function, Func: fn}
	case *python.IfExp:
		if t, _ := truth(e.expr(x.Test)); t {
			return e.expr(x.Body)
		}
		return e.expr(x.Orelse)
	}
	return e.comprehension(x)
}

func (e *evaluator) list(elts []python.Expr) (out []*Value) {
	for _, x := range elts {
		if s, ok := x.(*python.Starred); ok {
			items, _ := e.meter.iterate(e.expr(s.X))
			out = append(out, items...)
			continue
		}
		out = append(out, e.expr(x))
	}
	return out
}

func (e *evaluator) joined(x *python.JoinedStr) *Value {
	var parts []*Value
	for _, v := range x.Values {
		f, ok := v.(*python.FormattedValue)
		if !ok {
			parts = append(parts, e.expr(v))
			continue
		}
		var spec *Value
		if f.Spec != nil {
			spec = e.joined(f.Spec)
		}
		parts = append(parts, formatValue(e.expr(f.X), f.Conversion, spec))
	}
	return joinText(parts)
}

func (e *evaluator) comprehension(x python.Expr) *Value {
	var out []*Value
	var pairs []Pair
	switch x := x.(type) {
	case *python.ListComp:
		e.clauses(x.Clauses, func() { out = append(out, e.expr(x.Elt)) })
		return list(out)
	case *python.GeneratorExp:
		e.clauses(x.Clauses, func() { out = append(out, e.expr(x.Elt)) })
		return iterator(out)
	case *python.SetComp:
		e.clauses(x.Clauses, func() { out = append(out, e.expr(x.Elt)) })
		return setOf(out)
	case *python.DictComp:
		e.clauses(x.Clauses, func() { pairs = append(pairs, Pair{e.expr(x.Key), e.expr(x.Value)}) })
		return dict(pairs)
	}
	return nothing
}

func (e *evaluator) clauses(list []python.Comprehension, body func()) {
	if len(list) == 0 {
		body()
		return
	}
	items, _ := e.meter.iterate(e.expr(list[0].Iter))
	for _, item := range items {
		e.bind(list[0].Target, item)
		if len(list[0].Ifs) > 0 {
			if t, _ := truth(e.expr(list[0].Ifs[0])); !t {
				continue
			}
		}
		e.clauses(list[1:], body)
	}
}

func (e *evaluator) subscript(x *python.Subscript) *Value {
	s, ok := x.Index.(*python.Slice)
	if !ok {
		return subscript(e.expr(x.X), e.expr(x.Index))
	}
	bound := func(x python.Expr) *Value {
		if x == nil {
			return nil
		}
		return e.expr(x)
	}
	return e.meter.slice(e.expr(x.X), bound(s.Lower), bound(s.Upper), bound(s.Step))
}

func (e *evaluator) attribute(x *python.Attribute) *Value {
	v := e.expr(x.X)
	if out, ok := attribute(v, x.Attr); ok {
		return out
	}
	if v.Kind != Ref {
		return &Value{Kind: Method, Self: v, Str: x.Attr}
	}
	return &Value{Kind: Ref, Str: v.Str + "." + x.Attr, Labels: v.Labels, Self: v}
}

func (e *evaluator) call(x *python.Call) *Value {
	args := e.list(x.Args)
	var kw []Keyword
	for _, k := range x.Keywords {
		kw = append(kw, Keyword{k.Name, e.expr(k.Value)})
	}
	if a, ok := x.Func.(*python.Attribute); ok {
		if self := e.expr(a.X); self.Kind != Ref {
			if v, ok := e.meter.method(self, a.Attr, args, kw, e.apply); ok {
				return v
			}
		}
	}
	fn := e.expr(x.Func)
	if fn.Kind == Ref {
		if v, ok := e.meter.library(fn, args, kw, e.apply); ok {
			return v
		}
		if v, ok := (evaluation{&e.meter, e.apply}).boundMethod(fn, args); ok {
			return v
		}
		return &Value{Kind: Ref, Str: fn.Str + "()", Labels: labelsOf(list(args)), ID: 1}
	}
	return e.apply(fn, args)
}

// apply calls a lambda or a bound method.
func (e *evaluator) apply(fn *Value, args []*Value) *Value {
	if fn.Kind == Method {
		if v, ok := e.meter.method(fn.Self, fn.Str, args, nil, e.apply); ok {
			return v
		}
	}
	if fn.Func == nil || fn.Func.Lambda == nil {
		return unknown(args...)
	}
	outer := e.names
	e.names = maps.Clone(e.funcs[fn.Func])
	defer func() { e.names = outer }()
	for i, p := range fn.Func.Lambda.Params {
		switch {
		case i < len(args):
			e.names[p.Name] = args[i]
		case p.Default != nil:
			e.names[p.Name] = e.expr(p.Default)
		}
	}
	return e.expr(fn.Func.Lambda.Body)
}

var testModules = strings.Fields("base64 binascii bz2 codecs collections copy functools gzip hashlib html io itertools json lzma marshal math operator os pathlib quopri random re string struct sys textwrap urllib zlib cryptography Crypto requests ntpath")
