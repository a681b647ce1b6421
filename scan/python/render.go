package python

import (
	"strings"
)

// Render renders a node as Python 3 source that a person can read: one
// statement a line, four spaces a level, strings escaped wherever a character
// would not show. What Parse makes of the result is the same tree, as far as
// Python 3 can say it; constructs of Python 2 are rendered as their successors
// (print becomes a call, `x` becomes repr(x)), and what could not be read is a
// comment or a call of __unreadable__.
func Render(n Node) string {
	p := printer{}
	switch n := n.(type) {
	case Expr:
		p.expr(n, levelNamed)
	case Stmt:
		p.stmt(n)
	case Pattern:
		p.pattern(n, levelAs)
	case *Parameter:
		p.parameter(n)
	case *TypeParam:
		p.typeParam(n)
	case *Keyword:
		p.keyword(n)
	case *Alias:
		p.alias(n)
	case *Comprehension:
		p.clauses([]Comprehension{*n})
	case *MatchCase:
		p.matchCase(n)
	case *ExceptHandler:
		p.handler(n, false)
	}
	return string(p.out)
}

// Render renders the module; see the function Render.
func (f *File) Render() string {
	p := printer{out: make([]byte, 0, len(f.Text))}
	p.stmts(f.Body)
	return string(p.out)
}

type printer struct {
	out    []byte
	indent int
	hidden int // names made up for the tuple parameters of Python 2
}

func (p *printer) str(s string) { p.out = append(p.out, s...) }

// line begins a line of a statement.
func (p *printer) line(s string) {
	for range p.indent {
		p.str("    ")
	}
	p.str(s)
}

func (p *printer) end() { p.str("\n") }

// name writes an identifier. One that is a keyword in Python 3 can only have
// been written in other letters (PEP 3131) or as an attribute in Python 2; its
// first letter is written as a mathematical one, which means the same.
func (p *printer) name(s string) {
	const sansSerifA = 0x1d5ba
	k := keyword(s)
	hard := k < tName || k == softNone || k == softTrue || k == softFalse || k == softNonlocal
	if !hard {
		p.str(s)
		return
	}
	const sansSerifCapitalA = 0x1d5a0
	if s[0] < 'a' {
		p.out = appendRune(p.out, sansSerifCapitalA+rune(s[0]-'A'))
	} else {
		p.out = appendRune(p.out, sansSerifA+rune(s[0]-'a'))
	}
	p.str(s[1:])
}

// dotted writes a dotted name.
func (p *printer) dotted(s string) {
	for i, part := range strings.Split(s, ".") {
		if i > 0 {
			p.str(".")
		}
		if part == "" || part == "*" {
			p.str(part)
			continue
		}
		p.name(part)
	}
}

// comma writes ", " before all but the first of a list.
func (p *printer) comma(i int) {
	if i > 0 {
		p.str(", ")
	}
}
