package python

// casePatterns reads
//
//	patterns: open_sequence_pattern | pattern
func (p *parser) casePatterns() Pattern {
	start := p.tok.start
	first := p.maybeStarPattern()
	_, star := first.(*MatchStar)
	if !p.at(tComma) && !star {
		return first
	}
	mark := p.patterns.mark()
	p.patterns.push(first)
	for p.accept(tComma) && !p.at(tColon) && !p.at(kwIf) && !p.failed {
		p.patterns.push(p.maybeStarPattern())
	}
	if star && p.prev == first.End() {
		p.object(start, "a starred pattern needs a sequence")
	}
	return &MatchSequence{p.span(start), p.patterns.cut(mark)}
}

// maybeStarPattern reads
//
//	maybe_star_pattern: '*' (capture_target | "_") | pattern
func (p *parser) maybeStarPattern() Pattern {
	if !p.at(tStar) {
		return p.asPattern()
	}
	start := p.tok.start
	p.next()
	name := p.name("expected a name after '*'")
	if name == "_" {
		name = ""
	}
	return &MatchStar{p.span(start), name}
}

// asPattern reads
//
//	pattern:    as_pattern | or_pattern
//	as_pattern: or_pattern 'as' capture_target
func (p *parser) asPattern() Pattern {
	start := p.tok.start
	if !p.enter() {
		return p.badPattern("nested too deep")
	}
	defer p.leave()
	x := p.orPattern()
	if !p.accept(kwAs) {
		return x
	}
	at := p.tok.start
	name := p.name("expected a name after as")
	if name == "_" {
		p.object(at, "_ cannot be the target of as")
	}
	return &MatchAs{p.span(start), x, name}
}

// orPattern reads
//
//	or_pattern: '|'.closed_pattern+
func (p *parser) orPattern() Pattern {
	start := p.tok.start
	first := p.closedPattern()
	if !p.at(tVbar) {
		return first
	}
	mark := p.patterns.mark()
	p.patterns.push(first)
	for p.accept(tVbar) && !p.failed {
		p.patterns.push(p.closedPattern())
	}
	return &MatchOr{p.span(start), p.patterns.cut(mark)}
}

// closedPattern reads
//
//	closed_pattern: literal_pattern | capture_pattern | wildcard_pattern | value_pattern
//	    | group_pattern | sequence_pattern | mapping_pattern | class_pattern
func (p *parser) closedPattern() Pattern {
	start := p.tok.start
	switch p.tok.kind {
	case tNumber, tMinus:
		x := p.signedNumber()
		return &MatchValue{p.span(start), x}
	case tString, tFStringStart:
		x := p.stringsAtom()
		if _, ok := x.(*JoinedStr); ok {
			p.object(start, "an f-string cannot be a pattern")
		}
		return &MatchValue{p.span(start), x}
	case softNone, softTrue, softFalse:
		kinds := map[kind]ConstantKind{softNone: None, softTrue: True, softFalse: False}
		k := kinds[p.tok.kind]
		p.next()
		return &MatchSingleton{p.span(start), k}
	case tLparen:
		return p.groupPattern()
	case tLbracket:
		return p.bracketPattern()
	case tLbrace:
		return p.mappingPattern()
	}
	if p.isName() {
		return p.namePattern()
	}
	return p.badPattern("expected a pattern")
}

func (p *parser) badPattern(message string) Pattern {
	start := p.tok.start
	if p.depth >= MaxDepth {
		p.tooDeep()
	}
	p.fail(message)
	return &BadPattern{Span{start, max(start, p.prev)}, message}
}

// signedNumber reads
//
//	complex_number: signed_real_number ('+' | '-') imaginary_number
//	signed_number:  NUMBER | '-' NUMBER
func (p *parser) signedNumber() Expr {
	start := p.tok.start
	var x Expr
	if p.accept(tMinus) {
		x = &UnaryOp{Span{}, USub, p.realNumber()}
		x.(*UnaryOp).Span = p.span(start)
	} else {
		x = p.realNumber()
	}
	if !p.at(tPlus) && !p.at(tMinus) {
		return x
	}
	op := operators[p.tok.kind].op
	p.next()
	right := p.realNumber()
	return &BinOp{p.span(start), x, op, right}
}

func (p *parser) realNumber() Expr {
	if !p.at(tNumber) {
		p.fail("expected a number")
		return &BadExpr{Span: Span{p.tok.start, p.tok.start}, Message: "expected a number"}
	}
	return p.atom()
}

// namePattern reads capture_pattern, wildcard_pattern, value_pattern and
//
//	class_pattern: name_or_attr '(' [pattern_arguments] ')'
func (p *parser) namePattern() Pattern {
	start := p.tok.start
	var x Expr = p.nameAtom()
	height := 0
	for p.at(tDot) && height < MaxHeight {
		x = p.attributeOf(start, x)
		height++
	}
	if p.at(tLparen) {
		return p.classPattern(start, x)
	}
	name, ok := x.(*Name)
	switch {
	case !ok:
		return &MatchValue{p.span(start), x}
	case name.ID == "_":
		return &MatchAs{Span: p.span(start)}
	}
	return &MatchAs{Span: p.span(start), Name: name.ID}
}

func (p *parser) classPattern(start Pos, class Expr) Pattern {
	p.next()
	c := &MatchClass{Class: class}
	mark, kwMark := p.patterns.mark(), p.strings.mark()
	var keywords []Pattern
	for !p.at(tRparen) && !p.failed {
		if p.isName() && p.peek() == tEqual {
			p.strings.push(p.ident())
			p.next()
			p.next()
			keywords = append(keywords, p.asPattern())
		} else {
			if len(keywords) > 0 {
				p.object(p.tok.start, "a positional pattern follows a keyword pattern")
			}
			p.patterns.push(p.asPattern())
		}
		if !p.accept(tComma) {
			break
		}
	}
	p.expect(tRparen, "expected ')' or ',' in a class pattern")
	c.Patterns, c.KwdAttrs, c.KwdPatterns = p.patterns.cut(mark), p.strings.cut(kwMark), keywords
	c.Span = p.span(start)
	return c
}

// groupPattern reads
//
//	group_pattern:    '(' pattern ')'
//	sequence_pattern: '(' [open_sequence_pattern] ')'
func (p *parser) groupPattern() Pattern {
	start := p.tok.start
	p.next()
	if p.accept(tRparen) {
		return &MatchSequence{Span: p.span(start)}
	}
	first := p.maybeStarPattern()
	_, star := first.(*MatchStar)
	if !p.at(tComma) {
		if star {
			p.object(start, "a starred pattern needs a sequence")
		}
		p.expect(tRparen, "expected ')' or ',' in a pattern")
		return first
	}
	mark := p.patterns.mark()
	p.patterns.push(first)
	p.restPatterns(tRparen)
	return &MatchSequence{p.span(start), p.patterns.cut(mark)}
}

// bracketPattern reads
//
//	sequence_pattern: '[' [maybe_sequence_pattern] ']'
func (p *parser) bracketPattern() Pattern {
	start := p.tok.start
	p.next()
	mark := p.patterns.mark()
	if p.at(tRbracket) {
		p.next()
	} else {
		p.patterns.push(p.maybeStarPattern())
		p.restPatterns(tRbracket)
	}
	return &MatchSequence{p.span(start), p.patterns.cut(mark)}
}

func (p *parser) restPatterns(closing kind) {
	for p.accept(tComma) && !p.at(closing) && !p.failed {
		p.patterns.push(p.maybeStarPattern())
	}
	p.expect(closing, "expected a closing bracket or ',' in a pattern")
}

// mappingPattern reads
//
//	mapping_pattern:   '{' [items_pattern [',' double_star_pattern] [',']] '}'
//	key_value_pattern: (literal_expr | attr) ':' pattern
func (p *parser) mappingPattern() Pattern {
	start := p.tok.start
	p.next()
	m := &MatchMapping{}
	mark, keyMark := p.patterns.mark(), p.exprs.mark()
	for !p.at(tRbrace) && !p.failed {
		if m.Rest != "" {
			p.object(p.tok.start, "no pattern can follow **")
		}
		if p.accept(tDoubleStar) {
			m.Rest = p.name("expected a name after '**'")
		} else {
			p.exprs.push(p.patternKey())
			p.expect(tColon, "expected ':' after a key")
			p.patterns.push(p.asPattern())
		}
		if !p.accept(tComma) {
			break
		}
	}
	p.expect(tRbrace, "expected '}' or ',' in a pattern")
	m.Keys, m.Patterns = p.exprs.cut(keyMark), p.patterns.cut(mark)
	m.Span = p.span(start)
	return m
}

func (p *parser) patternKey() Expr {
	if p.at(tNumber) || p.at(tMinus) {
		return p.signedNumber()
	}
	x := p.primary()
	switch x.(type) {
	case *Attribute, *Str, *Constant, *BadExpr:
	default:
		p.object(x.Pos(), "a key is a literal or a dotted name")
	}
	return x
}
