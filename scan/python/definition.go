package python

// decorated reads
//
//	decorators: ('@' named_expression NEWLINE)+
//
// and the definition that follows.
func (p *parser) decorated() {
	mark := p.exprs.mark()
	for p.at(tAt) {
		p.next()
		p.exprs.push(p.namedExpression())
		if !p.accept(tNewline) {
			p.fail("expected a new line after a decorator")
			p.recover()
			p.accept(tNewline)
		}
	}
	decorators := p.exprs.cut(mark)
	start := p.tok.start
	switch {
	case p.at(kwDef):
		p.functionDef(start, decorators, false)
	case p.at(kwClass):
		p.classDef(start, decorators)
	case p.at(softAsync) && p.peek() == kwDef:
		p.only3(start, "async is Python 3")
		p.next()
		p.functionDef(start, decorators, true)
	default:
		p.object(start, "expected a function or a class after a decorator")
		for _, d := range decorators {
			p.stmts.push(&BadStmt{
				Span: Span{d.Pos(), d.End()}, Message: "a decorator of nothing",
				Body: []Stmt{&ExprStmt{Span{d.Pos(), d.End()}, d}},
			})
		}
	}
}

// functionDef reads
//
//	function_def_raw: ['async'] 'def' NAME [type_params] '(' [params] ')' ['->' expression] ':' block
func (p *parser) functionDef(start Pos, decorators []Expr, async bool) {
	p.next()
	f := p.function.new()
	f.Async, f.Decorators = async, decorators
	f.NamePos = p.tok.start
	f.Name = p.binding("expected the name of a function")
	f.TypeParams = p.typeParams()
	if p.expect(tLparen, "expected '(' after the name of a function") {
		height := 0
		f.Params = p.parameters(tRparen, &height)
		p.expect(tRparen, "expected ')' or ',' in parameters")
	}
	if p.at(tArrow) {
		p.only3(p.tok.start, "annotations are Python 3")
		p.next()
		f.Returns = p.expression()
	}
	f.Body = p.block()
	f.Span = p.span(start)
	p.stmts.push(f)
}

// classDef reads
//
//	class_def_raw: 'class' NAME [type_params] ['(' [arguments] ')'] ':' block
func (p *parser) classDef(start Pos, decorators []Expr) {
	p.next()
	c := &ClassDef{Decorators: decorators, NamePos: p.tok.start}
	c.Name = p.binding("expected the name of a class")
	c.TypeParams = p.typeParams()
	if p.at(tLparen) {
		c.Args, c.Keywords = p.arguments()
		if len(c.Keywords) > 0 {
			p.only3(c.Keywords[0].Start, "keyword arguments of a class are Python 3")
		}
	}
	c.Body = p.block()
	c.Span = p.span(start)
	p.stmts.push(c)
}

// typeParams reads
//
//	type_params: '[' ','.type_param+ [','] ']'
func (p *parser) typeParams() []TypeParam {
	if !p.at(tLbracket) {
		return nil
	}
	p.only3(p.tok.start, "type parameters are Python 3")
	p.next()
	var params []TypeParam
	for !p.at(tRbracket) {
		params = append(params, p.typeParam())
		if p.failed || !p.accept(tComma) {
			break
		}
	}
	if len(params) == 0 {
		p.fail("expected a type parameter")
	}
	p.expect(tRbracket, "expected ']' or ',' in type parameters")
	return params
}

// typeParam reads
//
//	type_param: NAME [':' expression] ['=' expression]
//	    | '*' NAME ['=' star_expression] | '**' NAME ['=' expression]
func (p *parser) typeParam() TypeParam {
	start := p.tok.start
	t := TypeParam{}
	switch {
	case p.accept(tStar):
		t.Stars = 1
	case p.accept(tDoubleStar):
		t.Stars = 2
	}
	t.Name = p.name("expected a type parameter")
	if p.at(tColon) {
		if t.Stars > 0 {
			p.object(p.tok.start, "only a plain type parameter has a bound")
		}
		p.next()
		t.Bound = p.expression()
	}
	if p.accept(tEqual) {
		if t.Stars == 1 {
			t.Default = p.starNamedExpression()
		} else {
			t.Default = p.expression()
		}
	}
	t.Span = p.span(start)
	return t
}
