package python

// matchStatement reads
//
//	match_stmt: "match" subject_expr ':' NEWLINE INDENT case_block+ DEDENT
//
// or reports that match is a name here.
func (p *parser) matchStatement(start Pos) bool {
	if !p.beginsMatch() {
		return false
	}
	p.only3(start, "match statements are Python 3")
	p.next()
	s := &Match{Subject: p.tupleOf(p.starNamedExpression)}
	if star, ok := s.Subject.(*Starred); ok {
		p.object(star.Start, "a starred expression cannot stand here")
	}
	p.cases(s)
	s.Span = p.span(start)
	p.stmts.push(s)
	return true
}

// beginsMatch decides whether match is a keyword here. Where what follows
// could continue a name (a bracket, a sign), the line is read as an expression
// first; only if a colon and the end of the line follow is it read again as a
// match. Nothing inside an expression tries again, so no text is read more
// than twice.
func (p *parser) beginsMatch() bool {
	switch k := p.peek(); k {
	case tLparen, tLbracket, tMinus, tStar, tPlus:
		return p.looksLikeMatch()
	case kwNot:
		return p.peekAt(2) != kwIn
	case tLbrace, tTilde, kwLambda, tEllipsis:
		return true
	default:
		return startsOperand(k)
	}
}

// looksLikeMatch reads the line as an expression and goes back.
func (p *parser) looksLikeMatch() bool {
	before := p.save()
	p.starExpressions()
	match := p.at(tColon) && (p.peek() == tNewline || p.failed)
	p.restore(before)
	return match
}

func (p *parser) peekAt(n int) kind {
	for p.i+n >= len(p.lex.toks) {
		p.lex.line()
	}
	return p.lex.toks[p.i+n].kind
}

// cases reads the block of a match statement. Statements that stand where
// only case may stand come before the match in the tree.
func (p *parser) cases(s *Match) {
	if !p.failed {
		p.expect(tColon, "expected ':'")
	}
	if p.failed {
		p.recover()
	}
	p.accept(tNewline)
	if !p.accept(tIndent) {
		p.object(p.tok.start, "expected an indented block of case")
		return
	}
	for !p.at(tDedent) && !p.at(tEOF) {
		if p.at(softCase) {
			s.Cases = append(s.Cases, p.caseBlock())
			continue
		}
		p.object(p.tok.start, "expected case")
		p.statements()
	}
	p.accept(tDedent)
}

// caseBlock reads
//
//	case_block: "case" patterns [guard] ':' block
//	guard:      'if' named_expression
func (p *parser) caseBlock() MatchCase {
	start := p.tok.start
	p.begin = start
	p.forget()
	p.next()
	c := MatchCase{Pattern: p.casePatterns()}
	if p.accept(kwIf) {
		c.Guard = p.namedExpression()
	}
	c.Body = p.block()
	c.Span = p.span(start)
	return c
}
