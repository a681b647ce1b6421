package python

// tryStatement reads
//
//	try_stmt: 'try' ':' block finally_block
//	    | 'try' ':' block except_block+ [else_block] [finally_block]
//	    | 'try' ':' block except_star_block+ [else_block] [finally_block]
func (p *parser) tryStatement(start Pos) {
	p.next()
	s := &Try{Body: p.block()}
	for p.at(kwExcept) {
		if n := len(s.Handlers); n > 0 && s.Handlers[n-1].Type == nil && !p.failed {
			p.object(p.tok.start, "a bare except must come last")
		}
		s.Handlers = append(s.Handlers, p.exceptBlock(s))
	}
	if p.at(kwElse) {
		if len(s.Handlers) == 0 {
			p.object(p.tok.start, "expected except or finally")
		}
		s.Orelse = p.elseBlock()
	}
	if p.at(kwFinally) {
		p.next()
		s.Finally = p.block()
	} else if len(s.Handlers) == 0 {
		p.object(p.tok.start, "expected except or finally")
	}
	s.Span = p.span(start)
	p.stmts.push(s)
}

// exceptBlock reads
//
//	except_block: 'except' expressions ['as' NAME] ':' block | 'except' ':' block
//	except_star_block: 'except' '*' expressions ['as' NAME] ':' block
//
// Several expressions without parentheses are a tuple since 3.14 (PEP 758);
// in Python 2 the second one is the target.
func (p *parser) exceptBlock(s *Try) ExceptHandler {
	start := p.tok.start
	p.next()
	h := ExceptHandler{}
	if p.at(tStar) {
		p.only3(p.tok.start, "except* is Python 3")
		if len(s.Handlers) > 0 && !s.Star {
			p.object(p.tok.start, "except and except* cannot be mixed")
		}
		s.Star = true
		p.next()
	} else if s.Star {
		p.object(start, "except and except* cannot be mixed")
	}
	if !p.at(tColon) || s.Star {
		p.exceptType(&h)
	}
	h.Body = p.block()
	h.Span = p.span(start)
	return h
}

func (p *parser) exceptType(h *ExceptHandler) {
	switch {
	case p.py2:
		h.Type = p.expression()
		if p.accept(tComma) || p.at(kwAs) && p.peek() != tName && p.accept(kwAs) {
			h.Target = p.expression()
			p.checkTarget(h.Target, assigned)
		}
	default:
		h.Type = p.tupleOf(p.expression)
		if t, ok := h.Type.(*Tuple); ok && !t.Parens && p.at(kwAs) {
			p.object(t.Start, "several exception types need parentheses before as")
		}
	}
	if p.accept(kwAs) {
		h.Name = p.name("expected a name after as")
	}
}
