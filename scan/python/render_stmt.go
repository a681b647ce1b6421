package python

import (
	"fmt"
	"strings"
)

func (p *printer) stmts(list []Stmt) {
	for _, s := range list {
		p.stmt(s)
	}
}

// stmt writes a statement with its line end.
func (p *printer) stmt(s Stmt) {
	switch s := s.(type) {
	case *FunctionDef, *ClassDef, *If, *While, *For, *With, *Try, *Match:
		p.compound(s)
	case *BadStmt:
		p.line(fmt.Sprintf("# unreadable: %d bytes", s.Len()))
		p.end()
		p.stmts(s.Body)
	default:
		p.line("")
		p.simple(s)
		p.end()
	}
}

func (p *printer) simple(s Stmt) {
	switch s := s.(type) {
	case *ExprStmt:
		if str, ok := s.X.(*Str); !ok || !p.docstring(str) {
			p.bareYield(s.X)
		}
	case *Assign:
		for _, t := range s.Targets {
			p.bare(t)
			p.str(" = ")
		}
		p.bareYield(s.Value)
	case *AugAssign:
		p.expr(s.Target, levelAtom)
		p.str(" " + s.Op.String() + "= ")
		p.bareYield(s.Value)
	case *AnnAssign:
		p.annAssign(s)
	case *Return:
		p.keywordExpr("return", s.X)
	case *Delete:
		p.str("del ")
		p.elements(s.Targets)
	case *Raise:
		p.raise(s)
	case *Pass:
		p.str("pass")
	case *Break:
		p.str("break")
	case *Continue:
		p.str("continue")
	default:
		p.declaration(s)
	}
}

func (p *printer) declaration(s Stmt) {
	switch s := s.(type) {
	case *Assert:
		p.str("assert ")
		p.expr(s.Test, levelTest)
		if s.Msg != nil {
			p.str(", ")
			p.expr(s.Msg, levelTest)
		}
	case *Import:
		p.str("import ")
		p.aliases(s.Names)
	case *ImportFrom:
		p.str("from " + strings.Repeat(".", s.Level))
		p.dotted(s.Module)
		p.str(" import ")
		p.aliases(s.Names)
	case *Global:
		p.str("global ")
		p.names(s.Names)
	case *Nonlocal:
		p.str("nonlocal ")
		p.names(s.Names)
	case *TypeAlias:
		p.str("type ")
		p.name(s.Name.ID)
		p.typeParams(s.TypeParams)
		p.str(" = ")
		p.expr(s.Value, levelTest)
	case *Print:
		p.print(s)
	case *Exec:
		p.str("exec(")
		p.expr(s.Body, levelTest)
		for _, x := range []Expr{s.Globals, s.Locals} {
			if x != nil {
				p.str(", ")
				p.expr(x, levelTest)
			}
		}
		p.str(")")
	}
}

func (p *printer) keywordExpr(word string, x Expr) {
	p.str(word)
	if x != nil {
		p.str(" ")
		p.bare(x)
	}
}

func (p *printer) annAssign(s *AnnAssign) {
	if _, ok := s.Target.(*Name); ok && !s.Simple {
		p.str("(")
		p.expr(s.Target, levelAtom)
		p.str(")")
	} else {
		p.expr(s.Target, levelAtom)
	}
	p.str(": ")
	p.expr(s.Annotation, levelTest)
	if s.Value != nil {
		p.str(" = ")
		p.bareYield(s.Value)
	}
}

// raise writes Python 2's raise E, V, T as raise E(V).with_traceback(T).
func (p *printer) raise(s *Raise) {
	p.str("raise")
	if s.Exc == nil {
		return
	}
	p.str(" ")
	if s.Value == nil {
		p.expr(s.Exc, levelTest)
	} else {
		p.base(s.Exc)
		args := []Expr{s.Value}
		if t, ok := s.Value.(*Tuple); ok {
			args = t.Elts
		}
		p.arguments(args, nil)
	}
	if s.Traceback != nil {
		p.str(".with_traceback(")
		p.expr(s.Traceback, levelTest)
		p.str(")")
	}
	if s.Cause != nil {
		p.str(" from ")
		p.expr(s.Cause, levelTest)
	}
}

// print writes Python 2's print statement as a call.
func (p *printer) print(s *Print) {
	p.str("print(")
	p.elements(s.Values)
	n := len(s.Values)
	if s.Dest != nil {
		p.comma(n)
		p.str("file=")
		p.expr(s.Dest, levelTest)
		n++
	}
	if s.NoNewline {
		p.comma(n)
		p.str("end=' '")
	}
	p.str(")")
}

func (p *printer) names(names []string) {
	for i, n := range names {
		p.comma(i)
		p.name(n)
	}
}

func (p *printer) aliases(names []Alias) {
	for i := range names {
		p.comma(i)
		p.alias(&names[i])
	}
}

func (p *printer) alias(a *Alias) {
	p.dotted(a.Name)
	if a.AsName != "" {
		p.str(" as ")
		p.name(a.AsName)
	}
}
