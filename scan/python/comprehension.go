package python

// comprehensionClauses reads
//
//	for_if_clauses: for_if_clause+
//	for_if_clause:  ['async'] 'for' star_targets 'in' disjunction ('if' disjunction)*
//
// With bare the iterable may be a tuple without parentheses, as in Python 2's
// list comprehensions.
func (p *parser) comprehensionClauses(element Expr, bare bool) []Comprehension {
	if s, ok := element.(*Starred); ok {
		p.object(s.Start, "a starred expression cannot be the element of a comprehension")
	}
	mark, height := p.clauses.mark(), 0
	for p.at(kwFor) || p.at(softAsync) && p.peek() == kwFor {
		start := p.tok.start
		c := Comprehension{Async: p.accept(softAsync)}
		p.next()
		c.Target = p.targetList()
		height = max(height, p.height)
		p.expect(kwIn, "expected in after the target of for")
		if bare {
			c.Iter = p.tupleOf(p.disjunctionNocond)
		} else {
			c.Iter = p.disjunctionNocond()
		}
		height = max(height, p.height)
		ifs := p.exprs.mark()
		for p.accept(kwIf) {
			p.exprs.push(p.disjunctionNocond())
			height = max(height, p.height)
		}
		c.Ifs = p.exprs.cut(ifs)
		c.Span = p.span(start)
		p.clauses.push(c)
	}
	p.height = height
	return p.clauses.cut(mark)
}

// targetList reads what stands between for and in:
//
//	star_targets: star_target (',' star_target)* [',']
func (p *parser) targetList() Expr {
	start := p.tok.start
	target := p.starTarget()
	if p.at(tComma) {
		mark, height := p.exprs.mark(), p.height
		p.exprs.push(target)
		for p.accept(tComma) && starts[p.tok.kind] {
			p.exprs.push(p.starTarget())
			height = max(height, p.height)
		}
		p.height = height + 1
		t := p.tuple.new()
		*t = Tuple{Span: p.span(start), Elts: p.exprs.cut(mark)}
		target = t
	}
	p.checkTarget(target, assigned)
	return target
}

func (p *parser) starTarget() Expr {
	if p.at(tStar) {
		return p.starredExpr()
	}
	return p.binary(precBitOr)
}

// targetUse is why an expression must be a target.
type targetUse uint8

const (
	assigned targetUse = iota
	deleted
)

// checkTarget objects to an expression that cannot be assigned to or deleted.
func (p *parser) checkTarget(x Expr, use targetUse) {
	switch x := x.(type) {
	case *Name:
		if p.py2 && x.ID == "None" && use == assigned {
			p.object(x.Start, "None cannot be assigned to or deleted")
		}
	case *Attribute:
		if p.py2 && x.Attr == "None" && use == assigned {
			p.object(x.Start, "None cannot be assigned to or deleted")
		}
	case *Subscript, *BadExpr:
	case *Tuple:
		if len(x.Elts) == 0 {
			p.only3(x.Start, "an empty tuple as target is Python 3")
		}
		p.checkTargets(x.Elts, use)
	case *List:
		p.checkTargets(x.Elts, use)
	case *Starred:
		p.object(x.Start, "a starred target must be in a list or tuple")
	default:
		p.object(x.Pos(), "this expression cannot be assigned to or deleted")
	}
}

func (p *parser) checkTargets(elts []Expr, use targetUse) {
	for _, e := range elts {
		if s, ok := e.(*Starred); ok && use == assigned {
			e = s.X
		}
		p.checkTarget(e, use)
	}
}
