package python

// binary reads the productions from disjunction down to term: operators of at
// least the precedence least, by precedence climbing.
//
//	disjunction: conjunction ('or' conjunction)*
//	conjunction: inversion ('and' inversion)*
//	inversion:   'not' inversion | comparison
//	comparison:  bitwise_or (compare_op bitwise_or)*
//	bitwise_or:  bitwise_or '|' bitwise_xor | bitwise_xor   ... and so on to
//	term:        term '*' factor | ... | factor
func (p *parser) binary(least uint8) Expr {
	start := p.tok.start
	var left Expr
	if p.at(kwNot) && least <= precNot {
		left = p.inversion()
	} else {
		left = p.factor()
	}
	for {
		o := operators[p.tok.kind]
		if o.prec < least || o.prec == precNone {
			return left
		}
		switch o.prec {
		case precOr, precAnd:
			left = p.boolean(start, left, o)
		case precComparison:
			if p.at(kwNot) && p.peek() != kwIn {
				return left
			}
			left = p.comparison(start, left)
		default:
			left = p.arithmetic(start, left, o)
		}
	}
}

// inversion reads
//
//	inversion: 'not' inversion
func (p *parser) inversion() Expr {
	start := p.tok.start
	if !p.enter() {
		return p.tooDeep()
	}
	defer p.leave()
	p.next()
	x := p.binary(precNot)
	p.height++
	u := p.unaryOp.new()
	*u = UnaryOp{p.span(start), Not, x}
	return u
}

func (p *parser) boolean(start Pos, left Expr, o operator) Expr {
	mark, height := p.exprs.mark(), p.height
	p.exprs.push(left)
	for k := p.tok.kind; p.accept(k); {
		p.exprs.push(p.binary(o.prec + 1))
		height = max(height, p.height)
	}
	p.height = height + 1
	b := p.boolOp.new()
	*b = BoolOp{p.span(start), o.op, p.exprs.cut(mark)}
	return b
}

func (p *parser) comparison(start Pos, left Expr) Expr {
	mark, opMark, height := p.exprs.mark(), p.ops.mark(), p.height
	for {
		op, ok := p.compareOp()
		if !ok {
			break
		}
		p.ops.push(op)
		p.exprs.push(p.binary(precBitOr))
		height = max(height, p.height)
	}
	p.height = height + 1
	c := p.compare.new()
	*c = Compare{p.span(start), left, p.ops.cut(opMark), p.exprs.cut(mark)}
	return c
}

// compareOp consumes a comparison operator of one or two words.
func (p *parser) compareOp() (Op, bool) {
	o := operators[p.tok.kind]
	if o.prec != precComparison {
		return NoOp, false
	}
	switch p.tok.kind {
	case kwNot:
		if p.peek() != kwIn {
			return NoOp, false
		}
		p.next()
	case tNotEqual:
		if p.text[p.tok.start] == '<' {
			p.only2(p.tok.start, "<> is Python 2")
		}
	case kwIs:
		p.next()
		if p.accept(kwNot) {
			return IsNot, true
		}
		return Is, true
	}
	p.next()
	return o.op, true
}

// arithmetic reads one operator that associates to the left, and its right
// operand.
func (p *parser) arithmetic(start Pos, left Expr, o operator) Expr {
	height := p.height
	if p.at(tAt) {
		p.only3(p.tok.start, "the operator @ is Python 3")
	}
	p.next()
	right := p.binary(o.prec + 1)
	p.height = max(height, p.height) + 1
	if p.height > MaxHeight {
		return p.tooHigh(start, left, right)
	}
	b := p.binOp.new()
	*b = BinOp{p.span(start), left, o.op, right}
	return b
}

// tooHigh cuts a tree that grows too high to the left: its parts stand side
// by side in a BadExpr, and what follows is added to it.
func (p *parser) tooHigh(start Pos, left, right Expr) Expr {
	const message = "too many operators in one expression"
	if bad, ok := left.(*BadExpr); ok && bad.Message == message {
		bad.Stop = p.prev
		bad.Parts = append(bad.Parts, right)
		p.height = MaxHeight
		return bad
	}
	p.limit(start, message, LimitHeight)
	p.height = MaxHeight
	return &BadExpr{p.span(start), message, []Expr{left, right}}
}

// factor reads
//
//	factor: '+' factor | '-' factor | '~' factor | power
//	power:  await_primary '**' factor | await_primary
func (p *parser) factor() Expr {
	var op Op
	switch p.tok.kind {
	case tMinus:
		op = USub
	case tPlus:
		op = UAdd
	case tTilde:
		op = Invert
	default:
		return p.power()
	}
	start := p.tok.start
	if !p.enter() {
		return p.tooDeep()
	}
	defer p.leave()
	p.next()
	x := p.factor()
	p.height++
	u := p.unaryOp.new()
	*u = UnaryOp{p.span(start), op, x}
	return u
}

func (p *parser) power() Expr {
	start := p.tok.start
	left := p.awaitPrimary()
	if !p.at(tDoubleStar) {
		return left
	}
	if !p.enter() {
		return p.tooDeep()
	}
	defer p.leave()
	height := p.height
	p.next()
	right := p.factor()
	p.height = max(height, p.height) + 1
	b := p.binOp.new()
	*b = BinOp{p.span(start), left, Pow, right}
	return b
}

// awaitPrimary reads
//
//	await_primary: 'await' primary | primary
//
// await is a name where no operand follows: it was one up to 3.6.
func (p *parser) awaitPrimary() Expr {
	if !p.at(softAwait) || p.py2 || !startsPrimary(p.peek()) {
		return p.primary()
	}
	start := p.tok.start
	if !p.enter() {
		return p.tooDeep()
	}
	defer p.leave()
	p.next()
	x := p.primary()
	p.height++
	return &Await{p.span(start), x}
}

func startsPrimary(k kind) bool {
	switch k {
	case tNumber, tString, tFStringStart, tLparen, tLbracket, tLbrace, tEllipsis:
		return true
	}
	return k >= tName
}
