package python

// primary reads
//
//	primary: primary '.' NAME | primary '(' [arguments] ')' | primary '[' slices ']' | atom
func (p *parser) primary() Expr {
	start := p.tok.start
	x := p.atom()
	for {
		switch p.tok.kind {
		case tDot:
			x = p.attributeOf(start, x)
		case tLparen:
			x = p.callOf(start, x)
		case tLbracket:
			x = p.subscriptOf(start, x)
		default:
			return x
		}
		if p.height++; p.height > MaxHeight {
			x = p.tooTall(start, x)
		}
		if p.failed {
			return x
		}
	}
}

// tooTall cuts a chain of attributes, calls and subscripts that grows too
// high. What is read so far becomes a part of a BadExpr, on which the chain
// goes on.
func (p *parser) tooTall(start Pos, x Expr) Expr {
	const message = "too many attributes, calls and subscripts in one expression"
	p.limit(start, message, LimitHeight)
	open := 0
	for !p.at(tNewline) && !p.at(tEOF) {
		switch p.tok.kind {
		case tLparen, tLbracket, tLbrace:
			open++
		case tRparen, tRbracket, tRbrace:
			open--
		case tDot, tName:
		default:
			if open == 0 {
				open = -1
			}
		}
		if open < 0 {
			break
		}
		p.next()
	}
	p.height = MaxHeight
	return &BadExpr{p.span(start), message, []Expr{x}}
}

func (p *parser) attributeOf(start Pos, x Expr) Expr {
	p.next()
	a := p.attribute.new()
	a.X, a.AttrPos = x, p.tok.start
	a.Attr = p.name("expected a name after '.'")
	a.Span = p.span(start)
	return a
}

func (p *parser) callOf(start Pos, f Expr) Expr {
	c := p.call.new()
	c.Func = f
	height := p.height
	c.Args, c.Keywords = p.arguments()
	p.height = max(height, p.height)
	c.Span = p.span(start)
	return c
}

// arguments reads
//
//	'(' [args [',']] ')'
//	args: (starred_expression | named_expression | kwarg) (',' ...)*
//	kwarg: NAME '=' expression | '**' expression
func (p *parser) arguments() ([]Expr, []Keyword) {
	open := p.tok.start
	p.next()
	mark, height := p.exprs.mark(), 0
	l := argumentList{open: open, keywords: p.keywords.mark()}
	sole := true
	for !p.at(tRparen) {
		p.argument(&l)
		height = max(height, p.height)
		if !p.at(tComma) {
			break
		}
		p.next()
		if p.at(tRparen) && (l.star || p.doubleStarred(l.keywords)) {
			p.only3(p.tok.start, "a comma after *arguments is Python 3")
		}
		if _, ok := p.lastArgument(mark).(*GeneratorExp); ok && p.lastArgument(mark).Pos() == open {
			sole = sole && p.at(tRparen) && len(p.exprs.stack) == mark+1
		}
	}
	p.height = height
	end := p.tok.end
	p.expect(tRparen, "expected ')' or ',' in a call")
	args, keywords := p.exprs.cut(mark), p.keywords.cut(l.keywords)
	p.soleGenerator(args, keywords, open, end, sole)
	return args, keywords
}

func (p *parser) lastArgument(mark int) Expr {
	if n := len(p.exprs.stack); n > mark {
		return p.exprs.stack[n-1]
	}
	return nil
}

// soleGenerator checks that a generator expression without parentheses of its
// own has the call's for itself, and gives it their place.
func (p *parser) soleGenerator(args []Expr, keywords []Keyword, open, end Pos, sole bool) {
	for _, a := range args {
		g, ok := a.(*GeneratorExp)
		if !ok || g.Start != open {
			continue
		}
		g.Stop = end
		if !sole || len(args)+len(keywords) > 1 {
			p.object(g.Elt.Pos(), "a generator expression must be parenthesized")
		}
	}
}

// An argumentList is what the order of arguments depends on.
type argumentList struct {
	open     Pos  // the opening parenthesis
	keywords int  // mark of the keywords so far
	star     bool // an *argument was met
}

// argument reads one argument onto the stack of expressions or of keywords.
func (p *parser) argument(l *argumentList) {
	start := p.tok.start
	switch {
	case p.at(tDoubleStar):
		if p.doubleStarred(l.keywords) {
			p.only3(start, "a second ** is Python 3")
		}
		p.next()
		value := p.expression()
		p.keywords.push(Keyword{Span: p.span(start), Value: value})
	case p.at(tStar):
		p.next()
		value := p.expression()
		p.height++
		s := p.starred.new()
		*s = Starred{p.span(start), value}
		p.exprs.push(s)
		if p.doubleStarred(l.keywords) {
			p.object(start, "an iterable argument follows **")
		}
		l.star = true
	case p.tok.kind >= tName && p.peek() == tEqual:
		name := p.keywordName()
		p.next()
		value := p.expression()
		p.keywords.push(Keyword{p.span(start), name, value})
	default:
		p.positional(start, l)
	}
}

func (p *parser) keywordName() string {
	if !p.isName() {
		p.object(p.tok.start, "this word cannot be the name of an argument")
	}
	name := p.ident()
	p.next()
	return name
}

func (p *parser) positional(start Pos, l *argumentList) {
	x := p.namedExpression()
	if p.at(kwFor) || p.at(softAsync) && p.peek() == kwFor {
		height := p.height
		clauses := p.comprehensionClauses(x, false)
		p.height = max(height, p.height) + 1
		p.exprs.push(&GeneratorExp{p.span(l.open), x, clauses})
		return
	}
	if len(p.keywords.stack) > l.keywords {
		p.object(start, "a positional argument follows a keyword argument")
	}
	if l.star {
		p.only3(start, "an argument after *arguments is Python 3")
	}
	p.exprs.push(x)
}

// doubleStarred reports whether ** stands among the keywords since mark. They
// are looked at from the end, and only as far as the last of them.
func (p *parser) doubleStarred(mark int) bool {
	n := len(p.keywords.stack)
	return n > mark && p.keywords.stack[n-1].Name == ""
}

func (p *parser) subscriptOf(start Pos, x Expr) Expr {
	height := p.height
	p.next()
	s := p.subscript.new()
	s.X = x
	s.Index = p.slices()
	p.height = max(height, p.height)
	p.expect(tRbracket, "expected ']'")
	s.Span = p.span(start)
	return s
}

// slices reads
//
//	slices: slice !',' | ','.(slice | starred_expression)+ [',']
func (p *parser) slices() Expr {
	start := p.tok.start
	first := p.sliceExpr()
	if !p.at(tComma) {
		if s, ok := first.(*Starred); ok {
			p.only3(s.Start, "a starred index is Python 3")
			p.height++
			return &Tuple{Span: s.Span, Elts: []Expr{s}}
		}
		return first
	}
	mark, height := p.exprs.mark(), p.height
	p.exprs.push(first)
	for p.accept(tComma) && (starts[p.tok.kind] || p.at(tColon)) {
		p.exprs.push(p.sliceExpr())
		height = max(height, p.height)
	}
	p.height = height + 1
	t := p.tuple.new()
	*t = Tuple{Span: p.span(start), Elts: p.exprs.cut(mark)}
	return t
}

// sliceExpr reads
//
//	slice: [expression] ':' [expression] [':' [expression]] | named_expression
func (p *parser) sliceExpr() Expr {
	start := p.tok.start
	if p.py2 && p.at(tEllipsis) {
		if next := p.peek(); next == tComma || next == tRbracket {
			p.height = 0
			return p.constantAtom(Ellipsis)
		}
	}
	var parts [3]Expr
	height := 0
	if !p.at(tColon) {
		parts[0] = p.starNamedExpression()
		if !p.at(tColon) {
			return parts[0]
		}
		height = p.height
	}
	for i := 1; i < 3 && p.accept(tColon); i++ {
		if !p.at(tColon) && !p.at(tComma) && !p.at(tRbracket) {
			parts[i] = p.expression()
			height = max(height, p.height)
		}
	}
	p.height = height + 1
	s := p.slice.new()
	*s = Slice{p.span(start), parts[0], parts[1], parts[2]}
	return s
}
