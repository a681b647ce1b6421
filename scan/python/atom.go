package python

// atom reads
//
//	atom: NAME | 'True' | 'False' | 'None' | strings | NUMBER
//	    | (tuple | group | genexp) | (list | listcomp)
//	    | (dict | set | dictcomp | setcomp) | '...'
//
// and Python 2's backquotes.
func (p *parser) atom() Expr {
	p.height = 0
	start := p.tok.start
	switch p.tok.kind {
	case tName, softMatch, softCase, softType:
		return p.nameAtom()
	case tNumber:
		n := p.number.new()
		*n = Number{Span{start, p.tok.end}, NumberKind(p.tok.prefix), p.text[start:p.tok.end]}
		p.next()
		return n
	case tString, tFStringStart:
		return p.stringsAtom()
	case tLparen:
		return p.nested((*parser).group)
	case tLbracket:
		return p.nested((*parser).listAtom)
	case tLbrace:
		return p.nested((*parser).dictOrSet)
	case tBackquote:
		return p.nested((*parser).repr)
	case tEllipsis:
		p.only3(start, "an ellipsis outside a subscript is Python 3")
		return p.constantAtom(Ellipsis)
	}
	return p.wordAtom()
}

func (p *parser) nameAtom() Expr {
	n := p.slabs.name.new()
	*n = Name{Span{p.tok.start, p.tok.end}, p.ident()}
	p.next()
	return n
}

// wordAtom reads the words that are keywords in one language only.
func (p *parser) wordAtom() Expr {
	if p.isName() {
		return p.nameAtom()
	}
	switch p.tok.kind {
	case softNone:
		return p.constantAtom(None)
	case softTrue:
		return p.constantAtom(True)
	case softFalse:
		return p.constantAtom(False)
	}
	return p.badAtom()
}

func (p *parser) constantAtom(k ConstantKind) Expr {
	c := p.constant.new()
	*c = Constant{Span{p.tok.start, p.tok.end}, k}
	p.next()
	return c
}

func (p *parser) badAtom() Expr {
	const message = "expected an expression"
	p.fail(message)
	b := &BadExpr{Span: Span{p.tok.start, p.tok.start}, Message: message}
	if p.at(tBad) || p.tok.kind >= softPrint {
		b.Stop = p.tok.end
		p.next()
	}
	return b
}

// nested reads a production between brackets, one level deeper.
func (p *parser) nested(production func(*parser) Expr) Expr {
	if !p.enter() {
		return p.tooDeep()
	}
	defer p.leave()
	return production(p)
}

// group reads
//
//	tuple:  '(' [star_named_expressions] ')'
//	group:  '(' (yield_expr | named_expression) ')'
//	genexp: '(' named_expression for_if_clauses ')'
func (p *parser) group() Expr {
	start := p.tok.start
	p.next()
	if p.accept(tRparen) {
		return &Tuple{Span: p.span(start), Parens: true}
	}
	if p.at(kwYield) {
		x := p.yieldExpr()
		p.expect(tRparen, "expected ')'")
		return x
	}
	first := p.starNamedExpression()
	switch {
	case p.at(kwFor) || p.at(softAsync) && p.peek() == kwFor:
		height := p.height
		clauses := p.comprehensionClauses(first, false)
		p.height = max(height, p.height) + 1
		p.expect(tRparen, "expected ')' after a generator expression")
		return &GeneratorExp{p.span(start), first, clauses}
	case p.at(tComma):
		mark := p.exprs.mark()
		p.exprs.push(first)
		p.elements(tRparen)
		p.expect(tRparen, "expected ')' or ',' in a tuple")
		t := p.tuple.new()
		*t = Tuple{p.span(start), p.exprs.cut(mark), true}
		return t
	}
	if s, ok := first.(*Starred); ok {
		p.object(s.Start, "a starred expression cannot stand here")
	}
	p.expect(tRparen, "expected ')'")
	return first
}

// elements reads the rest of star_named_expressions after the first one, up
// to the closing bracket, onto the stack.
func (p *parser) elements(closing kind) {
	height := p.height
	for p.accept(tComma) && !p.at(closing) {
		p.exprs.push(p.starNamedExpression())
		height = max(height, p.height)
	}
	p.height = height + 1
}

// listAtom reads
//
//	list:     '[' [star_named_expressions] ']'
//	listcomp: '[' named_expression for_if_clauses ']'
func (p *parser) listAtom() Expr {
	start := p.tok.start
	p.next()
	mark := p.exprs.mark()
	if !p.at(tRbracket) {
		first := p.starNamedExpression()
		if p.at(kwFor) || p.at(softAsync) && p.peek() == kwFor {
			height := p.height
			clauses := p.comprehensionClauses(first, p.py2)
			p.height = max(height, p.height) + 1
			p.expect(tRbracket, "expected ']' after a list comprehension")
			return &ListComp{p.span(start), first, clauses}
		}
		p.exprs.push(first)
		p.elements(tRbracket)
	}
	p.expect(tRbracket, "expected ']' or ',' in a list")
	l := p.slabs.list.new()
	*l = List{p.span(start), p.exprs.cut(mark)}
	return l
}

// repr reads Python 2's
//
//	'`' testlist1 '`'
func (p *parser) repr() Expr {
	start := p.tok.start
	p.only2(start, "backquotes are Python 2")
	p.next()
	x := p.tupleOf(p.expression)
	p.height++
	p.expect(tBackquote, "expected '`'")
	return &Repr{p.span(start), x}
}

// dictOrSet reads
//
//	dict:     '{' [double_starred_kvpairs] '}'
//	set:      '{' star_named_expressions '}'
//	dictcomp: '{' kvpair for_if_clauses '}'
//	setcomp:  '{' named_expression for_if_clauses '}'
func (p *parser) dictOrSet() Expr {
	start := p.tok.start
	p.next()
	if p.at(tRbrace) || p.at(tDoubleStar) {
		return p.dictFrom(start, nil)
	}
	first := p.starNamedExpression()
	if p.at(tColon) {
		return p.dictFrom(start, first)
	}
	if p.at(kwFor) || p.at(softAsync) && p.peek() == kwFor {
		height := p.height
		clauses := p.comprehensionClauses(first, false)
		p.height = max(height, p.height) + 1
		p.expect(tRbrace, "expected '}' after a set comprehension")
		return &SetComp{p.span(start), first, clauses}
	}
	mark := p.exprs.mark()
	p.exprs.push(first)
	p.elements(tRbrace)
	p.expect(tRbrace, "expected '}' or ',' in a set")
	return &Set{p.span(start), p.exprs.cut(mark)}
}

// dictFrom reads a dict after its brace or, if key is there, its first key.
func (p *parser) dictFrom(start Pos, key Expr) Expr {
	mark, height := p.entries.mark(), p.height
	for key != nil || !p.at(tRbrace) {
		e := p.kvpair(key)
		key = nil
		height = max(height, p.height)
		if e.Key != nil && p.entries.mark() == mark && (p.at(kwFor) || p.at(softAsync) && p.peek() == kwFor) {
			clauses := p.comprehensionClauses(e.Key, false)
			p.height = max(height, p.height) + 1
			p.expect(tRbrace, "expected '}' after a dict comprehension")
			return &DictComp{p.span(start), e.Key, e.Value, clauses}
		}
		p.entries.push(e)
		if !p.accept(tComma) {
			break
		}
	}
	p.height = height + 1
	p.expect(tRbrace, "expected '}' or ',' in a dict")
	d := p.dict.new()
	*d = Dict{p.span(start), p.entries.cut(mark)}
	return d
}

// kvpair reads
//
//	double_starred_kvpair: '**' bitwise_or | expression ':' expression
func (p *parser) kvpair(key Expr) DictEntry {
	if key == nil && p.accept(tDoubleStar) {
		return DictEntry{Value: p.binary(precBitOr)}
	}
	height := p.height
	if key == nil {
		key = p.expression()
		height = p.height
	}
	p.expect(tColon, "expected ':' after a key")
	value := p.expression()
	p.height = max(height, p.height)
	return DictEntry{key, value}
}
