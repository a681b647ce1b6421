package python

import "strings"

// The levels of binding, loosest first. An expression is put in parentheses
// where its own level is below the one that its place asks for.
const (
	levelBare  uint8 = iota // tuple without parentheses, yield
	levelNamed              // :=
	levelTest               // lambda, conditional
	levelOr
	levelAnd
	levelNot
	levelCompare
	levelBitOr
	levelBitXor
	levelBitAnd
	levelShift
	levelSum
	levelTerm
	levelFactor
	levelPower
	levelAwait
	levelAtom
)

// levels translates the parser's precedence of a binary operator.
var opLevels = map[Op]uint8{
	BitOr: levelBitOr, BitXor: levelBitXor, BitAnd: levelBitAnd, LShift: levelShift, RShift: levelShift,
	Add: levelSum, Sub: levelSum, Mult: levelTerm, MatMult: levelTerm, Div: levelTerm, Mod: levelTerm,
	FloorDiv: levelTerm, Pow: levelPower, And: levelAnd, Or: levelOr, Not: levelNot,
	UAdd: levelFactor, USub: levelFactor, Invert: levelFactor,
}

func levelOf(x Expr) uint8 {
	switch x := x.(type) {
	case *Yield, *YieldFrom:
		return levelBare
	case *NamedExpr:
		return levelNamed
	case *Lambda, *IfExp:
		return levelTest
	case *BoolOp:
		return opLevels[x.Op]
	case *UnaryOp:
		return opLevels[x.Op]
	case *Compare:
		return levelCompare
	case *BinOp:
		return opLevels[x.Op]
	case *Await:
		return levelAwait
	}
	return levelAtom
}

// expr writes an expression where level is needed.
func (p *printer) expr(x Expr, level uint8) {
	if levelOf(x) < level {
		p.str("(")
		p.expr(x, levelBare)
		p.str(")")
		return
	}
	switch x := x.(type) {
	case *Name:
		if k := keyword(x.ID); k >= softNone && k <= softFalse && x.Len() == len(x.ID) {
			p.str(x.ID) // a name in Python 2 only
		} else {
			p.name(x.ID)
		}
	case *Constant:
		p.str([]string{None: "None", True: "True", False: "False", Ellipsis: "..."}[x.Kind])
	case *Number:
		p.number(x)
	case *Str:
		p.string(x)
	case *JoinedStr:
		p.joined(x)
	case *FormattedValue:
		p.joined(&JoinedStr{Values: []Expr{x}})
	case *Attribute:
		p.base(x.X)
		p.str(".")
		p.name(x.Attr)
	case *Subscript:
		p.base(x.X)
		p.str("[")
		p.bare(x.Index)
		p.str("]")
	case *Call:
		p.base(x.Func)
		p.arguments(x.Args, x.Keywords)
	default:
		p.operation(x)
	}
}

// base writes what an attribute, subscript or call is of.
func (p *printer) base(x Expr) {
	if _, ok := x.(*Number); ok {
		p.str("(")
		p.expr(x, levelBare)
		p.str(")")
		return
	}
	p.expr(x, levelAtom)
}

func (p *printer) operation(x Expr) {
	switch x := x.(type) {
	case *BinOp:
		p.binary(x)
	case *UnaryOp:
		p.str(x.Op.String())
		if x.Op == Not {
			p.str(" ")
		}
		p.expr(x.X, opLevels[x.Op])
	case *BoolOp:
		for i, v := range x.Values {
			if i > 0 {
				p.str(" " + x.Op.String() + " ")
			}
			p.expr(v, opLevels[x.Op]+1)
		}
	case *Compare:
		p.expr(x.Left, levelBitOr)
		for i, c := range x.Comparators {
			p.str(" " + x.Ops[i].String() + " ")
			p.expr(c, levelBitOr)
		}
	case *IfExp:
		p.expr(x.Body, levelOr)
		p.str(" if ")
		p.expr(x.Test, levelOr)
		p.str(" else ")
		p.expr(x.Orelse, levelTest)
	case *Lambda:
		p.str("lambda")
		if len(x.Params) > 0 {
			p.str(" ")
		}
		p.parameters(x.Params)
		p.str(": ")
		p.expr(x.Body, levelTest)
	case *NamedExpr:
		p.expr(x.Target, levelAtom)
		p.str(" := ")
		p.expr(x.Value, levelTest)
	default:
		p.display(x)
	}
}

// binary writes an operator that associates to the left; ** does to the right
// and binds tighter than a sign to its left only.
func (p *printer) binary(x *BinOp) {
	level := opLevels[x.Op]
	left, right := level, level+1
	if x.Op == Pow {
		left, right = levelAwait, levelFactor
	}
	p.expr(x.Left, left)
	p.str(" " + x.Op.String() + " ")
	p.expr(x.Right, right)
}

func (p *printer) display(x Expr) {
	switch x := x.(type) {
	case *Tuple:
		p.str("(")
		p.elements(x.Elts)
		if len(x.Elts) == 1 {
			p.str(",")
		}
		p.str(")")
	case *List:
		p.str("[")
		p.elements(x.Elts)
		p.str("]")
	case *Set:
		p.str("{")
		p.elements(x.Elts)
		p.str("}")
	case *Dict:
		p.dict(x)
	case *ListComp:
		p.comprehension("[", x.Elt, x.Clauses, "]")
	case *SetComp:
		p.comprehension("{", x.Elt, x.Clauses, "}")
	case *GeneratorExp:
		p.comprehension("(", x.Elt, x.Clauses, ")")
	case *DictComp:
		p.str("{")
		p.expr(x.Key, levelTest)
		p.str(": ")
		p.comprehension("", x.Value, x.Clauses, "}")
	case *Starred:
		p.str("*")
		p.expr(x.X, levelBitOr)
	case *Slice:
		p.slice(x)
	case *Repr:
		p.str("repr(")
		p.expr(x.X, levelTest)
		p.str(")")
	case *BadExpr:
		p.str("__unreadable__")
		p.arguments(x.Parts, nil)
	default:
		p.prefixed(x)
	}
}

func (p *printer) prefixed(x Expr) {
	switch x := x.(type) {
	case *Await:
		p.str("await ")
		p.expr(x.X, levelAtom)
	case *Yield:
		p.str("yield")
		if x.X != nil {
			p.str(" ")
			p.bare(x.X)
		}
	case *YieldFrom:
		p.str("yield from ")
		p.expr(x.X, levelTest)
	}
}

func (p *printer) elements(list []Expr) {
	for i, x := range list {
		p.comma(i)
		p.expr(x, levelTest)
	}
}

// bare writes an expression where a tuple needs no parentheses.
func (p *printer) bare(x Expr) {
	t, ok := x.(*Tuple)
	if !ok || len(t.Elts) == 0 {
		p.expr(x, levelTest)
		return
	}
	p.elements(t.Elts)
	if len(t.Elts) == 1 {
		p.str(",")
	}
}

// bareYield is bare where a yield needs no parentheses either.
func (p *printer) bareYield(x Expr) {
	if levelOf(x) == levelBare {
		p.expr(x, levelBare)
		return
	}
	p.bare(x)
}

func (p *printer) dict(x *Dict) {
	p.str("{")
	for i, e := range x.Entries {
		p.comma(i)
		if e.Key == nil {
			p.str("**")
			p.expr(e.Value, levelBitOr)
			continue
		}
		p.expr(e.Key, levelTest)
		p.str(": ")
		p.expr(e.Value, levelTest)
	}
	p.str("}")
}

func (p *printer) comprehension(open string, elt Expr, clauses []Comprehension, closing string) {
	p.str(open)
	p.expr(elt, levelTest)
	p.clauses(clauses)
	p.str(closing)
}

func (p *printer) clauses(clauses []Comprehension) {
	for _, c := range clauses {
		if c.Async {
			p.str(" async")
		}
		p.str(" for ")
		p.bare(c.Target)
		p.str(" in ")
		p.expr(c.Iter, levelOr)
		for _, test := range c.Ifs {
			p.str(" if ")
			p.expr(test, levelOr)
		}
	}
}

func (p *printer) slice(x *Slice) {
	if x.Lower != nil {
		p.expr(x.Lower, levelTest)
	}
	p.str(":")
	if x.Upper != nil {
		p.expr(x.Upper, levelTest)
	}
	if x.Step != nil {
		p.str(":")
		p.expr(x.Step, levelTest)
	}
}

// arguments writes those of a call in brackets. A keyword that stands before
// *args is written after it, which means the same.
func (p *printer) arguments(args []Expr, keywords []Keyword) {
	p.str("(")
	if g, ok := soleGenerator(args, keywords); ok {
		p.comprehension("", g.Elt, g.Clauses, "")
	} else {
		p.elements(args)
	}
	for i := range keywords {
		p.comma(i + len(args))
		p.keyword(&keywords[i])
	}
	p.str(")")
}

func soleGenerator(args []Expr, keywords []Keyword) (*GeneratorExp, bool) {
	if len(args) != 1 || len(keywords) > 0 {
		return nil, false
	}
	g, ok := args[0].(*GeneratorExp)
	return g, ok
}

func (p *printer) keyword(k *Keyword) {
	if k.Name == "" {
		p.str("**")
	} else {
		p.name(k.Name)
		p.str("=")
	}
	p.expr(k.Value, levelTest)
}

// number writes a number of either language as Python 3 does.
func (p *printer) number(n *Number) {
	text := n.Text
	if n.Kind == Long {
		text = strings.TrimRight(text, "lL")
	}
	if (n.Kind == Int || n.Kind == Long) && len(text) > 1 && text[0] == '0' && isOctal(text[1]) && strings.Trim(text, "0_") != "" {
		text = "0o" + text[1:]
	}
	p.str(text)
}
