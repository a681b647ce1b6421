package python

// A parameterList checks the order of parameters.
type parameterList struct {
	closing  kind
	mark     int
	star     bool // * or *args was met
	bare     Pos  // of a bare * that no parameter follows yet
	hasBare  bool
	last     bool // **kwargs was met
	defaults bool
	slash    bool
}

// parameters reads
//
//	parameters: slash_no_default param_no_default* param_with_default* [star_etc] | ...
//	star_etc:   '*' param_no_default param_maybe_default* [kwds] | '*' ',' ... | kwds
//	kwds:       '**' param_no_default
//
// up to the closing bracket, or up to the colon of a lambda.
func (p *parser) parameters(closing kind, height *int) []Parameter {
	l := parameterList{closing: closing, mark: p.params.mark()}
	for !p.at(closing) && !p.failed {
		if l.last {
			p.object(p.tok.start, "parameters cannot follow **")
		}
		p.parameter(&l)
		*height = max(*height, p.height)
		if !p.accept(tComma) {
			break
		}
	}
	if l.hasBare {
		p.object(l.bare, "named parameters must follow a bare *")
	}
	return p.params.cut(l.mark)
}

func (p *parser) parameter(l *parameterList) {
	p.height = 0
	switch p.tok.kind {
	case tSlash:
		p.slashParameter(l)
	case tStar:
		p.starParameter(l)
	case tDoubleStar:
		p.next()
		l.last = true
		at := p.tok.start
		param := Parameter{Kind: VarKeywords, Name: p.binding("expected a parameter")}
		p.annotationOf(&param, l, false)
		param.Span = p.span(at)
		p.params.push(param)
		if l.hasBare {
			p.object(l.bare, "named parameters must follow a bare *")
			l.hasBare = false
		}
		if p.at(tEqual) {
			p.object(p.tok.start, "** cannot have a default")
			p.next()
			p.expression()
		}
	default:
		p.plainParameter(l)
	}
}

// slashParameter ends the positional-only parameters (PEP 570).
func (p *parser) slashParameter(l *parameterList) {
	p.only3(p.tok.start, "positional-only parameters are Python 3")
	params := p.params.stack[l.mark:]
	if l.slash || l.star || len(params) == 0 {
		p.object(p.tok.start, "/ cannot stand here")
	} else {
		for i := range params {
			params[i].Kind = PositionalOnly
		}
	}
	l.slash = true
	p.next()
}

func (p *parser) starParameter(l *parameterList) {
	start := p.tok.start
	p.next()
	if l.star {
		p.object(start, "* may stand only once")
	}
	l.star = true
	if p.at(tComma) || p.at(l.closing) {
		p.only3(start, "keyword-only parameters are Python 3")
		l.bare, l.hasBare = start, true
		return
	}
	at := p.tok.start
	param := Parameter{Kind: VarArgs, Name: p.binding("expected a parameter")}
	p.annotationOf(&param, l, true)
	param.Span = p.span(at)
	p.params.push(param)
	if p.at(tEqual) {
		p.object(p.tok.start, "* cannot have a default")
		p.next()
		p.expression()
	}
}

func (p *parser) plainParameter(l *parameterList) {
	start := p.tok.start
	param := Parameter{}
	if l.star {
		p.only3(start, "keyword-only parameters are Python 3")
		param.Kind, l.hasBare = KeywordOnly, false
	}
	if p.at(tLparen) {
		p.only2(start, "a tuple as parameter is Python 2")
		param.Target = p.nested((*parser).parameterTuple)
		if name, ok := param.Target.(*Name); ok {
			param.Name, param.Target = name.ID, nil
		}
	} else {
		param.Name = p.binding("expected a parameter")
		p.annotationOf(&param, l, false)
	}
	height := p.height
	switch {
	case p.accept(tEqual):
		param.Default = p.expression()
		p.height = max(height, p.height)
		l.defaults = l.defaults || !l.star
	case l.defaults && !l.star:
		p.object(start, "a parameter without a default follows one with a default")
	}
	param.Span = p.span(start)
	p.params.push(param)
}

func (p *parser) annotationOf(param *Parameter, l *parameterList, starred bool) {
	if l.closing == tColon || !p.at(tColon) {
		return
	}
	p.only3(p.tok.start, "annotations are Python 3")
	p.next()
	if starred {
		param.Annotation = p.starNamedExpression()
		return
	}
	param.Annotation = p.expression()
}

// parameterTuple reads Python 2's
//
//	fpdef: NAME | '(' fplist ')'
func (p *parser) parameterTuple() Expr {
	x := p.group()
	if t, ok := x.(*Tuple); ok && len(t.Elts) == 0 {
		p.object(t.Start, "an empty tuple cannot be a parameter")
	}
	p.checkTarget(x, assigned)
	return x
}
