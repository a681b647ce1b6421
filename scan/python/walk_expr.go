package python

func (w walker) expr(x Expr) {
	if x == nil || !w.visit(x) {
		return
	}
	switch x := x.(type) {
	case *Attribute:
		w.expr(x.X)
	case *Call:
		w.expr(x.Func)
		w.call(x.Args, x.Keywords)
	case *Subscript:
		w.expr(x.X)
		w.expr(x.Index)
	case *Slice:
		w.expr(x.Lower)
		w.expr(x.Upper)
		w.expr(x.Step)
	case *BinOp:
		w.expr(x.Left)
		w.expr(x.Right)
	case *UnaryOp:
		w.expr(x.X)
	case *BoolOp:
		w.exprs(x.Values)
	case *Compare:
		w.expr(x.Left)
		w.exprs(x.Comparators)
	case *IfExp:
		w.expr(x.Body)
		w.expr(x.Test)
		w.expr(x.Orelse)
	default:
		w.display(x)
	}
}

// call visits positional and keyword arguments in the order of the text.
func (w walker) call(args []Expr, keywords []Keyword) {
	for i := range keywords {
		for len(args) > 0 && args[0].Pos() < keywords[i].Start {
			w.expr(args[0])
			args = args[1:]
		}
		w.keyword(&keywords[i])
	}
	w.exprs(args)
}

func (w walker) display(x Expr) {
	switch x := x.(type) {
	case *Tuple:
		w.exprs(x.Elts)
	case *List:
		w.exprs(x.Elts)
	case *Set:
		w.exprs(x.Elts)
	case *Dict:
		for _, e := range x.Entries {
			w.expr(e.Key)
			w.expr(e.Value)
		}
	case *ListComp:
		w.expr(x.Elt)
		w.clauses(x.Clauses)
	case *SetComp:
		w.expr(x.Elt)
		w.clauses(x.Clauses)
	case *GeneratorExp:
		w.expr(x.Elt)
		w.clauses(x.Clauses)
	case *DictComp:
		w.expr(x.Key)
		w.expr(x.Value)
		w.clauses(x.Clauses)
	default:
		w.wrapper(x)
	}
}

// wrapper visits the expressions around one other.
func (w walker) wrapper(x Expr) {
	switch x := x.(type) {
	case *Starred:
		w.expr(x.X)
	case *Await:
		w.expr(x.X)
	case *Yield:
		w.expr(x.X)
	case *YieldFrom:
		w.expr(x.X)
	case *Repr:
		w.expr(x.X)
	case *NamedExpr:
		w.expr(x.Target)
		w.expr(x.Value)
	case *Lambda:
		w.parameters(x.Params)
		w.expr(x.Body)
	case *JoinedStr:
		w.exprs(x.Values)
	case *FormattedValue:
		w.expr(x.X)
		if x.Spec != nil {
			w.expr(x.Spec)
		}
	case *BadExpr:
		w.exprs(x.Parts)
	}
}
