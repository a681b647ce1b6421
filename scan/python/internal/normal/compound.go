package normal

import "pipwarden/scan/python"

func (w *writer) compound(s python.Stmt) {
	switch s := s.(type) {
	case *python.FunctionDef:
		w.function(s)
	case *python.ClassDef:
		w.class(s)
	case *python.If:
		w.open("If", s)
		w.expr(s.Test)
		w.block(s.Body)
		w.block(s.Orelse)
		w.close()
	case *python.While:
		w.open("While", s)
		w.expr(s.Test)
		w.block(s.Body)
		w.block(s.Orelse)
		w.close()
	case *python.For:
		w.open(async(s.Async, "ForStmt", "AsyncFor"), s)
		w.expr(s.Target)
		w.expr(s.Iter)
		w.block(s.Body)
		w.block(s.Orelse)
		w.close()
	case *python.With:
		w.with(s)
	case *python.Try:
		w.try(s)
	case *python.Match:
		w.match(s)
	case *python.BadStmt:
		w.open("Bad", s)
		w.block(s.Body)
		w.close()
	}
}

func async(is bool, no, yes string) string {
	if is {
		return yes
	}
	return no
}

func (w *writer) function(s *python.FunctionDef) {
	w.open(async(s.Async, "Def", "AsyncDef"), s)
	w.name(s.Name)
	w.parameters(s.Params)
	if w.v >= 300 {
		w.expr(s.Returns)
	}
	w.block(s.Body)
	w.exprs(s.Decorators)
	w.typeParams(s.TypeParams)
	w.close()
}

func (w *writer) class(s *python.ClassDef) {
	w.open("Class", s)
	w.name(s.Name)
	w.exprs(s.Args)
	if w.v >= 300 {
		w.keywords(s.Keywords)
	}
	w.block(s.Body)
	w.exprs(s.Decorators)
	w.typeParams(s.TypeParams)
	w.close()
}

// with writes a with statement. Python 2 nests one for each item; up to 3.8
// items in parentheses are one tuple.
func (w *writer) with(s *python.With) {
	if w.v < 300 {
		w.nestedWith(s, s.Items)
		return
	}
	w.open(async(s.Async, "With", "AsyncWith"), s)
	w.str("[")
	if w.v < 309 && s.Parens && len(s.Items) > 1 && s.Items[0].Target == nil {
		w.str("Item(")
		w.tupleOf(s.Items)
		w.str("~)")
	} else {
		for _, i := range s.Items {
			w.str("Item(")
			w.expr(i.Context)
			w.expr(i.Target)
			w.close()
		}
	}
	w.str("]")
	w.block(s.Body)
	w.close()
}

func (w *writer) tupleOf(items []python.WithItem) {
	w.str("Tuple([")
	for _, i := range items {
		w.expr(i.Context)
	}
	w.str("])")
}

func (w *writer) nestedWith(s *python.With, items []python.WithItem) {
	w.open("With", s)
	switch {
	case s.Parens && len(items) > 1:
		w.tupleOf(items)
		w.str("~")
		items = items[:1]
	default:
		w.expr(items[0].Context)
		w.expr(items[0].Target)
	}
	w.str("[")
	if len(items) > 1 {
		w.nestedWith(s, items[1:])
	} else {
		w.stmts(s.Body)
	}
	w.str("])")
}

// try writes a try statement. Python 2 has one node for except and another
// around it for finally.
func (w *writer) try(s *python.Try) {
	if w.v >= 300 {
		w.open(async(s.Star, "Try", "TryStar"), s)
		w.handlers(s)
		w.block(s.Finally)
		w.close()
		return
	}
	if s.Finally == nil {
		w.open("TryExcept", s)
		w.handlers(s)
		w.close()
		return
	}
	w.open("TryFinally", s)
	if len(s.Handlers) > 0 {
		w.str("[TryExcept(")
		w.handlers(s)
		w.str(")]")
	} else {
		w.block(s.Body)
	}
	w.block(s.Finally)
	w.close()
}

func (w *writer) handlers(s *python.Try) {
	w.block(s.Body)
	w.str("[")
	for i := range s.Handlers {
		w.handler(&s.Handlers[i])
	}
	w.str("]")
	w.block(s.Orelse)
}

func (w *writer) handler(h *python.ExceptHandler) {
	w.open("Except", h)
	w.expr(h.Type)
	switch {
	case w.v >= 300:
		w.optional(h.Name)
		w.str("~")
	case h.Name != "":
		w.str("~N(")
		w.name(h.Name)
		w.close()
	default:
		w.str("~")
		w.expr(h.Target)
	}
	w.block(h.Body)
	w.close()
}

func (w *writer) match(s *python.Match) {
	w.open("Match", s)
	w.expr(s.Subject)
	w.str("[")
	for _, c := range s.Cases {
		w.str("Case(")
		w.pattern(c.Pattern)
		w.expr(c.Guard)
		w.block(c.Body)
		w.close()
	}
	w.str("]")
	w.close()
}

func (w *writer) pattern(p python.Pattern) {
	switch p := p.(type) {
	case nil:
		w.str("~")
		return
	case *python.MatchValue:
		w.open("MValue", p)
		w.expr(p.Value)
	case *python.MatchSingleton:
		w.str("MSingle(")
		w.where(p)
		w.constant(p.Kind)
	case *python.MatchSequence:
		w.open("MSeq", p)
		w.patterns(p.Patterns)
	case *python.MatchMapping:
		w.open("MMap", p)
		w.exprs(p.Keys)
		w.patterns(p.Patterns)
		w.optional(p.Rest)
	case *python.MatchClass:
		w.open("MClass", p)
		w.expr(p.Class)
		w.patterns(p.Patterns)
		w.names(p.KwdAttrs)
		w.patterns(p.KwdPatterns)
	case *python.MatchStar:
		w.open("MStar", p)
		w.optional(p.Name)
	case *python.MatchAs:
		w.open("MAs", p)
		w.pattern(p.Pattern)
		w.optional(p.Name)
	case *python.MatchOr:
		w.open("MOr", p)
		w.patterns(p.Patterns)
	case *python.BadPattern:
		w.open("Bad", p)
	}
	w.close()
}

func (w *writer) patterns(list []python.Pattern) {
	w.str("[")
	for _, p := range list {
		w.pattern(p)
	}
	w.str("]")
}
