package python

import "fmt"

func (p *printer) compound(s Stmt) {
	switch s := s.(type) {
	case *FunctionDef:
		p.function(s)
	case *ClassDef:
		p.class(s)
	case *If:
		p.ifStmt(s)
	case *While:
		p.line("while ")
		p.expr(s.Test, levelTest)
		p.block(s.Body)
		p.elseBlock(s.Orelse)
	case *For:
		p.line(async(s.Async) + "for ")
		p.bare(s.Target)
		p.str(" in ")
		p.bare(s.Iter)
		p.block(s.Body)
		p.elseBlock(s.Orelse)
	case *With:
		p.with(s)
	case *Try:
		p.try(s)
	case *Match:
		p.line("match ")
		p.bare(s.Subject)
		p.str(":\n")
		p.indent++
		for i := range s.Cases {
			p.matchCase(&s.Cases[i])
		}
		if len(s.Cases) == 0 {
			p.line("case _: pass\n")
		}
		p.indent--
	}
}

func async(is bool) string {
	if is {
		return "async "
	}
	return ""
}

// block writes a colon and an indented block, pass if it is empty.
func (p *printer) block(body []Stmt, before ...string) {
	p.str(":\n")
	p.indent++
	for _, line := range before {
		p.line(line + "\n")
	}
	p.stmts(body)
	if !speaks(body) && len(before) == 0 {
		p.line("pass\n")
	}
	p.indent--
}

// speaks reports whether statements print as more than comments.
func speaks(body []Stmt) bool {
	for _, s := range body {
		if bad, ok := s.(*BadStmt); !ok || speaks(bad.Body) {
			return true
		}
	}
	return false
}

func (p *printer) elseBlock(body []Stmt) {
	if len(body) > 0 {
		p.line("else")
		p.block(body)
	}
}

// ifStmt writes a chain of elif in a loop: it may be long.
func (p *printer) ifStmt(s *If) {
	word := "if "
	for {
		p.line(word)
		p.expr(s.Test, levelTest)
		p.block(s.Body)
		next, ok := elifOf(s)
		if !ok {
			p.elseBlock(s.Orelse)
			return
		}
		s, word = next, "elif "
	}
}

func elifOf(s *If) (*If, bool) {
	if len(s.Orelse) != 1 {
		return nil, false
	}
	next, ok := s.Orelse[0].(*If)
	return next, ok && next.Elif
}

func (p *printer) function(s *FunctionDef) {
	p.decorators(s.Decorators)
	p.line(async(s.Async) + "def ")
	p.name(s.Name)
	p.typeParams(s.TypeParams)
	p.str("(")
	before := p.parameters(s.Params)
	p.str(")")
	if s.Returns != nil {
		p.str(" -> ")
		p.expr(s.Returns, levelTest)
	}
	p.block(s.Body, before...)
}

func (p *printer) class(s *ClassDef) {
	p.decorators(s.Decorators)
	p.line("class ")
	p.name(s.Name)
	p.typeParams(s.TypeParams)
	if len(s.Args)+len(s.Keywords) > 0 {
		p.arguments(s.Args, s.Keywords)
	}
	p.block(s.Body)
}

func (p *printer) decorators(list []Expr) {
	for _, d := range list {
		p.line("@")
		p.expr(d, levelTest)
		p.end()
	}
}

func (p *printer) with(s *With) {
	p.line(async(s.Async) + "with ")
	for i, item := range s.Items {
		p.comma(i)
		_, tuple := item.Context.(*Tuple)
		if tuple && item.Target == nil && len(s.Items) == 1 {
			p.str("(")
			p.expr(item.Context, levelTest)
			p.str(")")
		} else {
			p.expr(item.Context, levelTest)
		}
		if item.Target != nil {
			p.str(" as ")
			p.expr(item.Target, levelAtom)
		}
	}
	p.block(s.Body)
}

func (p *printer) try(s *Try) {
	p.line("try")
	p.block(s.Body)
	for i := range s.Handlers {
		p.handler(&s.Handlers[i], s.Star)
	}
	p.elseBlock(s.Orelse)
	if s.Finally != nil || len(s.Handlers) == 0 {
		p.line("finally")
		p.block(s.Finally)
	}
}

// handler writes one except block. Python 2's except E, target assigns to
// anything; what is no name is assigned in the block.
func (p *printer) handler(h *ExceptHandler, star bool) {
	p.line("except")
	if star {
		p.str("*")
	}
	if h.Type != nil {
		p.str(" ")
		p.expr(h.Type, levelTest)
	}
	var before []string
	switch target := h.Target.(type) {
	case nil:
		if h.Name != "" {
			p.str(" as ")
			p.name(h.Name)
		}
	case *Name:
		p.str(" as ")
		p.name(target.ID)
	default:
		name := p.hiddenName()
		p.str(" as " + name)
		before = append(before, renderBare(target)+" = "+name)
	}
	p.block(h.Body, before...)
}

func renderBare(x Expr) string {
	p := printer{}
	p.bare(x)
	return string(p.out)
}

func (p *printer) hiddenName() string {
	p.hidden++
	return fmt.Sprintf("_%d", p.hidden)
}
