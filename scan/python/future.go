package python

import "strings"

// future applies the imports that change how a Python 2 file is read.
// They must come first, and their names must be known.
func (p *parser) future(start Pos, names []Alias) {
	if p.level > 0 || !p.onlyFuture() {
		p.object(start, "imports from __future__ must come first")
	}
	for _, a := range names {
		if !futureNames[a.Name] {
			p.object(a.Start, "no such feature in __future__")
		}
		switch a.Name {
		case "print_function":
			p.printFunction = true
		case "unicode_literals":
			if !p.unicodeLiterals {
				p.unicodeLiterals = true
				p.textLiterals()
			}
		}
	}
}

// textLiterals turns the strings read so far into text: the import counts for
// the docstring before it too.
func (p *parser) textLiterals() {
	for _, stmt := range p.stmts.stack {
		x, ok := stmt.(*ExprStmt)
		if !ok {
			continue
		}
		s, ok := x.X.(*Str)
		if !ok || s.Kind != Native {
			continue
		}
		var value strings.Builder
		for _, l := range s.Literals {
			t := token{start: l.Start, end: l.Stop, prefix: l.Prefix, flags: flagEscape}
			if l.Triple {
				t.flags |= flagTriple
			}
			value.WriteString(p.literalValue(t, Text))
		}
		s.Kind, s.Value = Text, value.String()
	}
}

var futureNames = map[string]bool{
	"nested_scopes": true, "generators": true, "division": true, "absolute_import": true, "with_statement": true,
	"print_function": true, "unicode_literals": true, "barry_as_FLUFL": true, "generator_stop": true, "annotations": true,
}

// onlyFuture reports whether all statements so far are a docstring and imports
// from __future__. It looks at none of them twice.
func (p *parser) onlyFuture() bool {
	for ; p.futures < len(p.stmts.stack); p.futures++ {
		switch s := p.stmts.stack[p.futures].(type) {
		case *ExprStmt:
			if doc, ok := s.X.(*Str); !ok || p.futures > 0 || doc.Kind == Bytes && !p.py2 {
				return false
			}
		case *ImportFrom:
			if s.Module != "__future__" || s.Level > 0 {
				return false
			}
		default:
			return false
		}
	}
	return true
}
