package normal

import (
	"strings"

	"pipwarden/scan/python"
)

// expr writes an expression, ~ if it is absent.
func (w *writer) expr(x python.Expr) {
	switch x := x.(type) {
	case nil:
		w.str("~")
	case *python.Name:
		w.open("N", x)
		w.name(x.ID)
		w.close()
	case *python.Constant:
		w.where(x)
		w.constant(x.Kind)
	case *python.Number:
		w.where(x)
		w.number(x, false)
	case *python.Str:
		w.where(x)
		w.value(x.Kind, x.Value)
	case *python.Attribute:
		w.open("Attr", x)
		w.expr(x.X)
		w.name(x.Attr)
		w.close()
	case *python.Call:
		w.open("Call", x)
		w.expr(x.Func)
		w.arguments(x.Args, x.Keywords)
		w.close()
	case *python.Subscript:
		w.open("Sub", x)
		w.expr(x.X)
		w.expr(x.Index)
		w.close()
	case *python.BinOp:
		w.open("Bin", x)
		w.op(x.Op)
		w.expr(x.Left)
		w.expr(x.Right)
		w.close()
	case *python.UnaryOp:
		w.unary(x)
	case *python.BoolOp:
		w.open("Bool", x)
		w.op(x.Op)
		w.exprs(x.Values)
		w.close()
	case *python.Compare:
		w.open("Cmp", x)
		w.expr(x.Left)
		w.str("[")
		for _, op := range x.Ops {
			w.op(op)
		}
		w.str("]")
		w.exprs(x.Comparators)
		w.close()
	default:
		w.display(x)
	}
}

func (w *writer) constant(k python.ConstantKind) {
	w.str([]string{"#None", "#True", "#False", "#..."}[k])
}

// display writes the expressions in brackets and those with blocks of their own.
func (w *writer) display(x python.Expr) {
	switch x := x.(type) {
	case *python.Tuple:
		w.open("Tuple", x)
		w.exprs(x.Elts)
		w.close()
	case *python.List:
		w.open("List", x)
		w.exprs(x.Elts)
		w.close()
	case *python.Set:
		w.open("Set", x)
		w.exprs(x.Elts)
		w.close()
	case *python.Dict:
		w.open("Dict", x)
		w.str("[")
		for _, e := range x.Entries {
			w.expr(e.Key)
			w.expr(e.Value)
		}
		w.str("]")
		w.close()
	case *python.ListComp:
		w.open("ListComp", x)
		w.expr(x.Elt)
		w.clauses(x.Clauses)
	case *python.SetComp:
		w.open("SetComp", x)
		w.expr(x.Elt)
		w.clauses(x.Clauses)
	case *python.GeneratorExp:
		w.open("GenExp", x)
		w.expr(x.Elt)
		w.clauses(x.Clauses)
	case *python.DictComp:
		w.open("DictComp", x)
		w.expr(x.Key)
		w.expr(x.Value)
		w.clauses(x.Clauses)
	case *python.Slice:
		w.open("Slice", x)
		w.expr(x.Lower)
		w.expr(x.Upper)
		w.step(x)
		w.close()
	case *python.IfExp:
		w.open("IfExp", x)
		w.expr(x.Test)
		w.expr(x.Body)
		w.expr(x.Orelse)
		w.close()
	case *python.Lambda:
		w.open("Lambda", x)
		w.parameters(x.Params)
		w.expr(x.Body)
		w.close()
	default:
		w.prefixed(x)
	}
}

// prefixed writes the expressions of one operand.
func (w *writer) prefixed(x python.Expr) {
	switch x := x.(type) {
	case *python.Starred:
		w.open("*", x)
		w.expr(x.X)
	case *python.NamedExpr:
		w.open(":=", x)
		w.expr(x.Target)
		w.expr(x.Value)
	case *python.Await:
		w.open("Await", x)
		w.expr(x.X)
	case *python.Yield:
		w.open("Yield", x)
		w.expr(x.X)
	case *python.YieldFrom:
		w.open("YieldFrom", x)
		w.expr(x.X)
	case *python.Repr:
		w.open("Repr", x)
		w.expr(x.X)
	case *python.JoinedStr:
		w.joined(x)
		return
	case *python.FormattedValue:
		w.formatted(x, false)
		return
	case *python.BadExpr:
		w.open("Bad", x)
		w.exprs(x.Parts)
	}
	w.close()
}

// step writes a slice's step. Python 2 has None for the one that a second
// colon leaves out.
func (w *writer) step(x *python.Slice) {
	if w.v >= 300 || x.Step != nil {
		w.expr(x.Step)
		return
	}
	at := x.Start
	for _, part := range []python.Expr{x.Lower, x.Upper} {
		if part != nil {
			at = part.End()
		}
	}
	rest := w.f.Text[at:x.Stop]
	if x.Upper == nil && strings.Count(rest, ":") == 2 || x.Upper != nil && strings.Contains(rest, ":") {
		w.str(`N("None")`)
		return
	}
	w.str("~")
}

// unary writes an operator. Python 2 folds a minus into the number after it.
func (w *writer) unary(x *python.UnaryOp) {
	n, ok := x.X.(*python.Number)
	if w.v < 300 && ok && x.Op == python.USub && !strings.Contains(w.f.Text[x.Start:n.Start], "(") {
		w.number(n, true)
		return
	}
	w.open("Un", x)
	w.op(x.Op)
	w.expr(x.X)
	w.close()
}

func (w *writer) arguments(args []python.Expr, keywords []python.Keyword) {
	w.exprs(args)
	w.keywords(keywords)
}

func (w *writer) keywords(keywords []python.Keyword) {
	w.str("[")
	for i := range keywords {
		k := &keywords[i]
		w.open("K", k)
		w.optional(k.Name)
		w.expr(k.Value)
		w.close()
	}
	w.str("]")
}

func (w *writer) clauses(clauses []python.Comprehension) {
	w.str("[")
	for _, c := range clauses {
		w.str("For(")
		w.expr(c.Target)
		w.expr(c.Iter)
		w.exprs(c.Ifs)
		w.flag(c.Async)
		w.close()
	}
	w.str("]")
	w.close()
}

func (w *writer) parameters(params []python.Parameter) {
	w.str("[")
	for i := range params {
		p := &params[i]
		w.str("P")
		w.str([]string{
			python.Ordinary: "0", python.PositionalOnly: "1", python.VarArgs: "2",
			python.KeywordOnly: "3", python.VarKeywords: "4",
		}[p.Kind])
		w.parameterPlace(p)
		if p.Target != nil {
			w.expr(p.Target)
		} else {
			w.name(p.Name)
		}
		w.expr(p.Annotation)
		w.expr(p.Default)
	}
	w.str("]")
}

// parameterPlace writes the place of name and annotation: CPython leaves the
// default out.
func (w *writer) parameterPlace(p *python.Parameter) {
	stop := p.Stop
	switch {
	case p.Annotation != nil:
		stop = p.Annotation.End()
		for stop < p.Stop && w.f.Text[stop] == ')' {
			stop++
		}
	case p.Default != nil:
		name, _, _ := strings.Cut(w.f.TextOf(p), "=")
		stop = p.Start + python.Pos(len(strings.TrimRight(name, " \t\\\n\r\f")))
	}
	w.place(p.Start, stop)
}

func (w *writer) joined(x *python.JoinedStr) {
	tag := "J"
	if x.Template {
		tag = "T"
	}
	w.open(tag, x)
	w.str("[")
	for _, v := range x.Values {
		switch v := v.(type) {
		case *python.Str:
			w.str("S")
			w.name(v.Value)
		case *python.FormattedValue:
			w.formatted(v, x.Template)
		default:
			w.expr(v)
		}
	}
	w.str("]")
	w.close()
}

func (w *writer) formatted(x *python.FormattedValue, template bool) {
	if template {
		w.open("I", x)
	} else {
		w.open("F", x)
	}
	w.expr(x.X)
	if template {
		w.name(x.Source)
	}
	if x.Conversion == 0 {
		w.int(-1)
	} else {
		w.int(int(x.Conversion))
	}
	if x.Spec == nil {
		w.str("~")
	} else {
		w.joined(x.Spec)
	}
	w.close()
}
