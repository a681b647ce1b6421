package python

// returnStatement reads
//
//	return_stmt: 'return' [star_expressions]
func (p *parser) returnStatement(start Pos) Stmt {
	p.next()
	r := p.ret.new()
	if starts[p.tok.kind] {
		r.X = p.starExpressions()
	}
	r.Span = p.span(start)
	return r
}

// raiseStatement reads
//
//	raise_stmt: 'raise' [expression ['from' expression]]
//
// and Python 2's raise type, value, traceback.
func (p *parser) raiseStatement(start Pos) Stmt {
	p.next()
	r := p.raise.new()
	if starts[p.tok.kind] {
		r.Exc = p.expression()
		switch p.tok.kind {
		case kwFrom:
			p.only3(p.tok.start, "raise from is Python 3")
			p.next()
			r.Cause = p.expression()
		case tComma:
			p.only2(p.tok.start, "raise with a comma is Python 2")
			p.next()
			r.Value = p.expression()
			if p.accept(tComma) {
				r.Traceback = p.expression()
			}
		}
	}
	r.Span = p.span(start)
	return r
}

// delStatement reads
//
//	del_stmt: 'del' del_targets
func (p *parser) delStatement(start Pos) Stmt {
	p.next()
	mark := p.exprs.mark()
	for {
		x := p.starTarget()
		p.checkTarget(x, deleted)
		p.exprs.push(x)
		if !p.accept(tComma) || !starts[p.tok.kind] {
			break
		}
	}
	return &Delete{Targets: p.exprs.cut(mark), Span: p.span(start)}
}

// assertStatement reads
//
//	assert_stmt: 'assert' expression [',' expression]
func (p *parser) assertStatement(start Pos) Stmt {
	p.next()
	a := &Assert{Test: p.expression()}
	if p.accept(tComma) {
		a.Msg = p.expression()
	}
	a.Span = p.span(start)
	return a
}

// typeAlias reads
//
//	type_alias: "type" NAME [type_params] '=' expression
func (p *parser) typeAlias(start Pos) Stmt {
	p.only3(start, "type statements are Python 3")
	p.next()
	t := &TypeAlias{Name: &Name{Span{p.tok.start, p.tok.end}, p.ident()}}
	p.next()
	t.TypeParams = p.typeParams()
	p.expect(tEqual, "expected '=' in a type statement")
	t.Value = p.expression()
	t.Span = p.span(start)
	return t
}

// printStatement reads Python 2's
//
//	print_stmt: 'print' ([test (',' test)* [',']] | '>>' test [(',' test)+ [',']])
func (p *parser) printStatement(start Pos) Stmt {
	p.only2(start, "the print statement is Python 2")
	p.next()
	s := p.print.new()
	if p.at(tRightShift) {
		p.next()
		s.Dest = p.expression()
		if !p.accept(tComma) {
			s.Span = p.span(start)
			return s
		}
		if !starts[p.tok.kind] {
			p.fail("expected an expression")
		}
	}
	mark := p.exprs.mark()
	for starts[p.tok.kind] {
		s.NoNewline = false
		p.exprs.push(p.expression())
		if !p.accept(tComma) {
			break
		}
		s.NoNewline = true
	}
	s.Values = p.exprs.cut(mark)
	s.Span = p.span(start)
	return s
}

// execStatement reads Python 2's
//
//	exec_stmt: 'exec' expr ['in' test [',' test]]
//
// or exec(body, globals, locals), which means the same since 2.7.9.
func (p *parser) execStatement(start Pos) Stmt {
	p.only2(start, "the exec statement is Python 2")
	p.next()
	s := &Exec{Body: p.binary(precBitOr)}
	if p.accept(kwIn) {
		s.Globals = p.expression()
		if p.accept(tComma) {
			s.Locals = p.expression()
		}
	} else if t, ok := s.Body.(*Tuple); ok && (len(t.Elts) == 2 || len(t.Elts) == 3) {
		s.Body, s.Globals = t.Elts[0], t.Elts[1]
		if len(t.Elts) == 3 {
			s.Locals = t.Elts[2]
		}
	}
	s.Span = p.span(start)
	return s
}
