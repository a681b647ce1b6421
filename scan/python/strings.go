package python

import "strings"

// stringsAtom reads
//
//	strings: (fstring | STRING)+
func (p *parser) stringsAtom() Expr {
	if p.at(tString) {
		if k := p.peek(); k != tString && k != tFStringStart {
			return p.oneString()
		}
	}
	return p.concatenation()
}

// oneString is the usual case: a literal by itself.
func (p *parser) oneString() Expr {
	t := p.tok
	s := p.str.new()
	s.Span = Span{t.start, t.end}
	s.Kind = p.strKind(t.prefix)
	s.Value = p.literalValue(t, s.Kind)
	s.Literals = p.literals.make(1)
	s.Literals[0] = literalOf(t)
	p.next()
	return s
}

func literalOf(t token) Literal {
	return Literal{Span{t.start, t.end}, t.prefix, t.flags&flagTriple != 0}
}

func (p *parser) strKind(prefix Prefix) StrKind {
	switch {
	case prefix&PrefixB != 0:
		return Bytes
	case prefix&PrefixU != 0 || p.unicodeLiterals:
		return Text
	}
	return Native
}

// A stringBuilder joins adjacent literals, and the text and fields of
// f-strings among them.
type stringBuilder struct {
	text      []byte // decoded and not yet in values
	textStart Pos
	textStop  Pos
	hasText   bool
	values    int // mark in the stack of expressions
	kinds     [3]bool
	joined    bool
	template  bool
	plain     bool // there is a literal that is no t-string
}

func (b *stringBuilder) add(text string, span Span) {
	if !b.hasText {
		b.textStart = span.Start
	}
	b.text = append(b.text, text...)
	b.textStop, b.hasText = span.Stop, true
}

func (p *parser) concatenation() Expr {
	start := p.tok.start
	b := stringBuilder{values: p.exprs.mark()}
	mark, height := p.literals.mark(), 0
	for p.at(tString) || p.at(tFStringStart) {
		if p.at(tString) {
			kind := p.strKind(p.tok.prefix)
			b.kinds[kind] = true
			b.plain = true
			b.add(p.literalValue(p.tok, kind), Span{p.tok.start, p.tok.end})
			p.literals.push(literalOf(p.tok))
			p.next()
			continue
		}
		b.joined = true
		p.fstring(&b)
		height = max(height, p.height)
	}
	p.height = height + 1
	p.checkMixture(&b, start)
	literals := p.literals.cut(mark)
	if b.joined {
		p.flush(&b)
		j := p.slabs.joined.new()
		*j = JoinedStr{p.span(start), b.template, p.exprs.cut(b.values), literals}
		return j
	}
	s := p.str.new()
	*s = Str{p.span(start), b.kind(), string(b.text), literals}
	return s
}

// kind is that of the whole: in Python 2, text beside native strings is text.
func (b *stringBuilder) kind() StrKind {
	switch {
	case b.kinds[Text]:
		return Text
	case b.kinds[Bytes]:
		return Bytes
	}
	return Native
}

func (p *parser) checkMixture(b *stringBuilder, start Pos) {
	if b.kinds[Bytes] && (b.kinds[Text] || b.joined) && !p.py2 {
		p.object(start, "bytes and text literals cannot be mixed")
	}
	if b.template && b.plain {
		p.object(start, "t-strings and other literals cannot be mixed")
	}
}

// flush turns the text so far into a value.
func (p *parser) flush(b *stringBuilder) {
	if len(b.text) > 0 {
		s := p.str.new()
		*s = Str{Span: Span{b.textStart, b.textStop}, Value: string(b.text)}
		p.exprs.push(s)
	}
	b.text, b.hasText = b.text[:0], false
}

// fstring reads
//
//	fstring: FSTRING_START fstring_middle* FSTRING_END
func (p *parser) fstring(b *stringBuilder) {
	open := p.tok
	p.only3(open.start, "f-strings are Python 3")
	if open.prefix&PrefixT != 0 {
		b.template = true
	} else {
		b.plain = true
	}
	p.height = 0
	p.next()
	if p.enter() {
		p.fstringMiddles(b, open.prefix)
		p.leave()
	} else {
		p.exprs.push(p.tooDeep())
	}
	end := p.tok.end
	if p.at(tFStringEnd) {
		p.next()
	} else {
		p.fail("unterminated f-string")
		end = p.prev
	}
	p.literals.push(Literal{Span{open.start, end}, open.prefix, open.flags&flagTriple != 0})
}

// fstringMiddles reads
//
//	fstring_middle: fstring_replacement_field | FSTRING_MIDDLE
func (p *parser) fstringMiddles(b *stringBuilder, prefix Prefix) {
	height := 0
	for !p.failed {
		switch p.tok.kind {
		case tFStringMiddle:
			b.add(p.middleValue(p.tok, prefix), Span{p.tok.start, p.tok.end})
			p.next()
			continue
		case tLbrace:
			p.replacementField(b, prefix)
			height = max(height, p.height)
			continue
		}
		break
	}
	p.height = height
}

// replacementField reads
//
//	'{' (yield_expr | star_expressions) ['='] ['!' NAME] [':' fstring_format_spec*] '}'
func (p *parser) replacementField(b *stringBuilder, prefix Prefix) {
	field := p.formatted.new()
	start := p.tok.start
	from := p.tok.end
	p.next()
	field.X = p.yieldOrStarExpressions()
	height := p.height
	if prefix&PrefixT != 0 {
		field.Source = strings.TrimRight(p.debugText(from, p.tok.start), " \t\n\f=")
	}
	debug := p.at(tEqual)
	if debug {
		p.next()
		b.add(p.debugText(from, p.tok.start), Span{from, p.tok.start})
	}
	if p.accept(tExclamation) {
		field.Conversion = p.conversion()
	}
	if p.at(tColon) {
		field.Spec = p.formatSpec(prefix)
		height = max(height, p.height)
	}
	if debug && field.Conversion == 0 && field.Spec == nil {
		field.Conversion = 'r'
	}
	p.expect(tRbrace, "expected '}' after a replacement field")
	field.Span = p.span(start)
	p.flush(b)
	p.exprs.push(field)
	p.height = height + 1
}

// debugText is the text of {x=} without the comments in it.
func (p *parser) debugText(from, to Pos) string {
	comments := p.f.Comments
	n := len(comments)
	for n > 0 && comments[n-1].Start >= from {
		n--
	}
	var text strings.Builder
	for _, c := range comments[n:] {
		if c.Start < to {
			text.WriteString(p.text[from:c.Start])
			from = c.Stop
		}
	}
	text.WriteString(p.f.slice(from, to))
	return normalizeNewlines(text.String())
}

func (p *parser) conversion() byte {
	if p.tok.kind >= tName && p.tok.end == p.tok.start+1 {
		switch c := p.text[p.tok.start]; c {
		case 's', 'r', 'a':
			p.next()
			return c
		}
	}
	p.fail("a conversion is one of s, r and a")
	return 0
}

// formatSpec reads what stands after the colon of a replacement field.
func (p *parser) formatSpec(prefix Prefix) *JoinedStr {
	b := stringBuilder{values: p.exprs.mark()}
	start := p.tok.start
	p.next()
	if p.enter() {
		p.fstringMiddles(&b, prefix)
		p.leave()
	} else {
		p.exprs.push(p.tooDeep())
	}
	p.flush(&b)
	p.height++
	spec := p.slabs.joined.new()
	*spec = JoinedStr{Span: p.span(start), Values: p.exprs.cut(b.values)}
	return spec
}
