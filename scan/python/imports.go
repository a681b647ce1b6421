package python

import "strings"

// importName reads
//
//	import_name: 'import' dotted_as_name (',' dotted_as_name)*
func (p *parser) importName(start Pos) Stmt {
	p.next()
	mark := p.aliases.mark()
	for {
		at := p.tok.start
		a := Alias{Name: p.dottedName()}
		a.AsName = p.asName()
		a.Span = p.span(at)
		p.aliases.push(a)
		if p.failed || !p.accept(tComma) {
			break
		}
	}
	return &Import{Names: p.aliases.cut(mark), Span: p.span(start)}
}

// importFrom reads
//
//	import_from: 'from' ('.' | '...')* dotted_name 'import' import_from_targets
//	    | 'from' ('.' | '...')+ 'import' import_from_targets
func (p *parser) importFrom(start Pos) Stmt {
	p.next()
	s := &ImportFrom{}
	for {
		if p.accept(tDot) {
			s.Level++
		} else if p.accept(tEllipsis) {
			s.Level += 3
		} else {
			break
		}
	}
	if s.Level == 0 || !p.at(kwImport) {
		s.Module = p.dottedName()
	}
	p.expect(kwImport, "expected import")
	if !p.failed {
		s.Names = p.importFromTargets()
	}
	s.Span = p.span(start)
	if s.Module == "__future__" && s.Level == 0 {
		p.future(start, s.Names)
	}
	return s
}

// importFromTargets reads
//
//	import_from_targets: '(' import_from_as_names [','] ')' | import_from_as_names | '*'
func (p *parser) importFromTargets() []Alias {
	mark := p.aliases.mark()
	if p.at(tStar) {
		p.aliases.push(Alias{Span{p.tok.start, p.tok.end}, "*", ""})
		p.next()
		return p.aliases.cut(mark)
	}
	parens := p.accept(tLparen)
	for {
		at := p.tok.start
		a := Alias{Name: p.name("expected a name to import")}
		a.AsName = p.asName()
		a.Span = p.span(at)
		p.aliases.push(a)
		if p.failed || !p.accept(tComma) {
			break
		}
		if parens && p.at(tRparen) {
			break
		}
	}
	if parens {
		p.expect(tRparen, "expected ')' or ',' in an import")
	}
	return p.aliases.cut(mark)
}

// dottedName reads
//
//	dotted_name: dotted_name '.' NAME | NAME
//
// Spaces and line continuations between its parts are dropped.
func (p *parser) dottedName() string {
	start, flags := p.tok.start, p.tok.flags
	mark := p.strings.mark()
	name := p.name("expected the name of a module")
	if !p.at(tDot) {
		return name
	}
	size := len(name)
	p.strings.push(name)
	for p.accept(tDot) {
		flags |= p.tok.flags
		part := p.name("expected a name after '.'")
		size += 1 + len(part)
		p.strings.push(part)
	}
	parts := p.strings.stack[mark:]
	defer func() { p.strings.stack = p.strings.stack[:mark] }()
	if flags&flagNonASCII == 0 && size == int(p.prev-start) {
		return p.text[start:p.prev]
	}
	return strings.Join(parts, ".")
}

func (p *parser) asName() string {
	if !p.accept(kwAs) {
		return ""
	}
	return p.binding("expected a name after as")
}
