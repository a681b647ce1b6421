package python

// The levels of patterns, loosest first.
const (
	levelAs uint8 = iota
	levelAlternatives
	levelClosed
)

func (p *printer) matchCase(c *MatchCase) {
	p.line("case ")
	p.pattern(c.Pattern, levelAs)
	if c.Guard != nil {
		p.str(" if ")
		p.expr(c.Guard, levelTest)
	}
	p.block(c.Body)
}

func (p *printer) pattern(x Pattern, level uint8) {
	own := uint8(levelClosed)
	switch x := x.(type) {
	case *MatchAs:
		if x.Pattern != nil {
			own = levelAs
		}
	case *MatchOr:
		own = levelAlternatives
	}
	if own < level {
		p.str("(")
		p.pattern(x, levelAs)
		p.str(")")
		return
	}
	switch x := x.(type) {
	case *MatchAs:
		p.matchAs(x)
	case *MatchOr:
		for i, alternative := range x.Patterns {
			if i > 0 {
				p.str(" | ")
			}
			p.pattern(alternative, levelClosed)
		}
	case *MatchSequence:
		p.str("[")
		p.patterns(x.Patterns)
		p.str("]")
	case *MatchClass:
		p.matchClass(x)
	case *MatchMapping:
		p.matchMapping(x)
	default:
		p.patternAtom(x)
	}
}

func (p *printer) patternAtom(x Pattern) {
	switch x := x.(type) {
	case *MatchValue:
		p.expr(x.Value, levelSum)
	case *MatchSingleton:
		p.expr(&Constant{Kind: x.Kind}, levelAtom)
	case *MatchStar:
		p.str("*")
		p.orUnderscore(x.Name)
	default:
		p.str("_")
	}
}

func (p *printer) orUnderscore(name string) {
	if name == "" {
		name = "_"
	}
	p.name(name)
}

func (p *printer) matchAs(x *MatchAs) {
	if x.Pattern != nil {
		p.pattern(x.Pattern, levelAlternatives)
		p.str(" as ")
	}
	p.orUnderscore(x.Name)
}

func (p *printer) patterns(list []Pattern) {
	for i, x := range list {
		p.comma(i)
		p.pattern(x, levelAs)
	}
}

func (p *printer) matchClass(x *MatchClass) {
	p.expr(x.Class, levelAtom)
	p.str("(")
	p.patterns(x.Patterns)
	for i, name := range x.KwdAttrs {
		p.comma(i + len(x.Patterns))
		p.name(name)
		p.str("=")
		p.pattern(x.KwdPatterns[i], levelAs)
	}
	p.str(")")
}

func (p *printer) matchMapping(x *MatchMapping) {
	p.str("{")
	for i, key := range x.Keys {
		p.comma(i)
		p.expr(key, levelSum)
		p.str(": ")
		p.pattern(x.Patterns[i], levelAs)
	}
	if x.Rest != "" {
		p.comma(len(x.Keys))
		p.str("**")
		p.name(x.Rest)
	}
	p.str("}")
}
