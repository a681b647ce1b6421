package python

// starts marks the kinds that can begin an expression, star expressions
// included.
var starts = func() (table [256]bool) {
	for _, k := range []kind{
		tNumber, tString, tFStringStart, tLparen, tLbracket, tLbrace, tEllipsis, tBackquote,
		tPlus, tMinus, tTilde, tStar, kwNot, kwLambda, tBad,
	} {
		table[k] = true
	}
	for k := tName; k <= softFalse; k++ {
		table[k] = true
	}
	return table
}()

// yieldOrStarExpressions reads what may stand on the right of an assignment,
// as a statement, and in a replacement field:
//
//	annotated_rhs: yield_expr | star_expressions
func (p *parser) yieldOrStarExpressions() Expr {
	if p.at(kwYield) {
		return p.yieldExpr()
	}
	return p.starExpressions()
}

// starExpressions reads
//
//	star_expressions: star_expression (',' star_expression)* [',']
func (p *parser) starExpressions() Expr { return p.tupleOf(p.starExpression) }

// tupleOf reads elements separated by commas: a tuple where there is one.
func (p *parser) tupleOf(element func() Expr) Expr {
	start := p.tok.start
	first := element()
	if !p.at(tComma) {
		return first
	}
	mark, height := p.exprs.mark(), p.height
	p.exprs.push(first)
	for p.accept(tComma) && starts[p.tok.kind] {
		p.exprs.push(element())
		height = max(height, p.height)
	}
	p.height = height + 1
	t := p.tuple.new()
	*t = Tuple{Span: p.span(start), Elts: p.exprs.cut(mark)}
	return t
}

// starExpression reads
//
//	star_expression: '*' bitwise_or | expression
func (p *parser) starExpression() Expr {
	if p.at(tStar) {
		return p.starredExpr()
	}
	return p.expression()
}

// starNamedExpression reads
//
//	star_named_expression: '*' bitwise_or | named_expression
func (p *parser) starNamedExpression() Expr {
	if p.at(tStar) {
		return p.starredExpr()
	}
	return p.namedExpression()
}

func (p *parser) starredExpr() Expr {
	start := p.tok.start
	p.only3(start, "a starred expression is Python 3")
	p.next()
	x := p.binary(precBitOr)
	p.height++
	s := p.starred.new()
	*s = Starred{p.span(start), x}
	return s
}

// namedExpression reads
//
//	named_expression: NAME ':=' expression | expression
func (p *parser) namedExpression() Expr {
	x := p.expression()
	if !p.at(tColonEqual) {
		return x
	}
	p.only3(p.tok.start, "assignment expressions are Python 3")
	if _, ok := x.(*Name); !ok {
		p.object(x.Pos(), "only a name can be assigned to with :=")
	}
	p.next()
	value := p.expression()
	p.height++
	return &NamedExpr{p.span(x.Pos()), x, value}
}

// expression reads
//
//	expression: disjunction 'if' disjunction 'else' expression | disjunction | lambdef
func (p *parser) expression() Expr {
	if !p.enter() {
		return p.tooDeep()
	}
	defer p.leave()
	if p.at(kwLambda) {
		return p.lambda(false)
	}
	start := p.tok.start
	body := p.binary(precOr)
	if !p.at(kwIf) {
		return body
	}
	height := p.height
	p.next()
	test := p.binary(precOr)
	height = max(height, p.height)
	if !p.expect(kwElse, "expected else after the condition") {
		p.height = height + 1
		return &BadExpr{p.span(start), "incomplete conditional expression", []Expr{body, test}}
	}
	orelse := p.expression()
	p.height = max(height, p.height) + 1
	e := p.ifExp.new()
	*e = IfExp{p.span(start), test, body, orelse}
	return e
}

// yieldExpr reads
//
//	yield_expr: 'yield' 'from' expression | 'yield' [star_expressions]
func (p *parser) yieldExpr() Expr {
	start := p.tok.start
	if !p.enter() {
		return p.tooDeep()
	}
	defer p.leave()
	p.next()
	if p.at(kwFrom) {
		p.only3(p.tok.start, "yield from is Python 3")
		p.next()
		x := p.expression()
		p.height++
		return &YieldFrom{p.span(start), x}
	}
	var x Expr
	p.height = 0
	if starts[p.tok.kind] {
		x = p.starExpressions()
	}
	p.height++
	return &Yield{p.span(start), x}
}

// lambda reads
//
//	lambdef: 'lambda' [lambda_params] ':' expression
//
// With nocond its body has no conditional expression: the lambdef_nocond that
// grammars up to 3.8 allow after the if of a comprehension.
func (p *parser) lambda(nocond bool) Expr {
	start := p.tok.start
	p.next()
	height := 0
	params := p.parameters(tColon, &height)
	p.expect(tColon, "expected ':' after the parameters of a lambda")
	var body Expr
	switch {
	case !nocond:
		body = p.expression()
	case p.enter():
		body = p.disjunctionNocond()
		p.leave()
	default:
		body = p.tooDeep()
	}
	p.height = max(height, p.height) + 1
	return &Lambda{p.span(start), params, body}
}

// disjunctionNocond reads what may stand in the clauses of a comprehension.
//
//	test_nocond: or_test | lambdef_nocond
func (p *parser) disjunctionNocond() Expr {
	if p.at(kwLambda) {
		return p.lambda(true)
	}
	return p.binary(precOr)
}
