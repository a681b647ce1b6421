package python

// parameters writes a list of parameters. Where one is a tuple (Python 2) a
// made-up name stands for it; the lines returned unpack it.
func (p *printer) parameters(params []Parameter) (before []string) {
	star := false
	for i := range params {
		param := &params[i]
		p.comma(i)
		if param.Kind == KeywordOnly && !star {
			p.str("*, ")
		}
		star = star || param.Kind >= VarArgs
		if param.Target != nil {
			name := p.hiddenName()
			before = append(before, renderBare(param.Target)+" = "+name)
			p.parameter(&Parameter{Kind: param.Kind, Name: name, Default: param.Default})
		} else {
			p.parameter(param)
		}
		if param.Kind == PositionalOnly && (i+1 == len(params) || params[i+1].Kind != PositionalOnly) {
			p.str(", /")
		}
	}
	return before
}

func (p *printer) parameter(param *Parameter) {
	switch param.Kind {
	case VarArgs:
		p.str("*")
	case VarKeywords:
		p.str("**")
	}
	if param.Target != nil {
		p.expr(param.Target, levelAtom)
	} else {
		p.name(param.Name)
	}
	equals := "="
	if param.Annotation != nil {
		p.str(": ")
		p.expr(param.Annotation, levelTest)
		equals = " = "
	}
	if param.Default != nil {
		p.str(equals)
		p.expr(param.Default, levelTest)
	}
}

func (p *printer) typeParams(params []TypeParam) {
	if len(params) == 0 {
		return
	}
	p.str("[")
	for i := range params {
		p.comma(i)
		p.typeParam(&params[i])
	}
	p.str("]")
}

func (p *printer) typeParam(t *TypeParam) {
	p.str([]string{"", "*", "**"}[t.Stars])
	p.name(t.Name)
	if t.Bound != nil {
		p.str(": ")
		p.expr(t.Bound, levelTest)
	}
	if t.Default != nil {
		p.str(" = ")
		p.expr(t.Default, levelTest)
	}
}
