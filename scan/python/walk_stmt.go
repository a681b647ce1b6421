package python

func (w walker) stmt(s Stmt) {
	if s == nil || !w.visit(s) {
		return
	}
	switch s := s.(type) {
	case *ExprStmt:
		w.expr(s.X)
	case *Assign:
		w.exprs(s.Targets)
		w.expr(s.Value)
	case *AugAssign:
		w.expr(s.Target)
		w.expr(s.Value)
	case *AnnAssign:
		w.expr(s.Target)
		w.expr(s.Annotation)
		w.expr(s.Value)
	case *Return:
		w.expr(s.X)
	case *Delete:
		w.exprs(s.Targets)
	case *Raise:
		w.expr(s.Exc)
		w.expr(s.Value)
		w.expr(s.Traceback)
		w.expr(s.Cause)
	case *Assert:
		w.expr(s.Test)
		w.expr(s.Msg)
	case *Import:
		w.aliases(s.Names)
	case *ImportFrom:
		w.aliases(s.Names)
	case *Print:
		w.expr(s.Dest)
		w.exprs(s.Values)
	case *Exec:
		w.expr(s.Body)
		w.expr(s.Globals)
		w.expr(s.Locals)
	default:
		w.compound(s)
	}
}

func (w walker) compound(s Stmt) {
	switch s := s.(type) {
	case *FunctionDef:
		w.exprs(s.Decorators)
		w.typeParams(s.TypeParams)
		w.parameters(s.Params)
		w.expr(s.Returns)
		w.stmts(s.Body)
	case *ClassDef:
		w.exprs(s.Decorators)
		w.typeParams(s.TypeParams)
		w.call(s.Args, s.Keywords)
		w.stmts(s.Body)
	case *If:
		w.expr(s.Test)
		w.stmts(s.Body)
		w.stmts(s.Orelse)
	case *While:
		w.expr(s.Test)
		w.stmts(s.Body)
		w.stmts(s.Orelse)
	case *For:
		w.expr(s.Target)
		w.expr(s.Iter)
		w.stmts(s.Body)
		w.stmts(s.Orelse)
	case *With:
		for _, i := range s.Items {
			w.expr(i.Context)
			w.expr(i.Target)
		}
		w.stmts(s.Body)
	case *Try:
		w.stmts(s.Body)
		for i := range s.Handlers {
			w.handler(&s.Handlers[i])
		}
		w.stmts(s.Orelse)
		w.stmts(s.Finally)
	case *Match:
		w.expr(s.Subject)
		for i := range s.Cases {
			w.matchCase(&s.Cases[i])
		}
	case *TypeAlias:
		w.expr(s.Name)
		w.typeParams(s.TypeParams)
		w.expr(s.Value)
	case *BadStmt:
		w.stmts(s.Body)
	}
}

func (w walker) patterns(list []Pattern) {
	for _, p := range list {
		w.pattern(p)
	}
}

func (w walker) pattern(p Pattern) {
	if p == nil || !w.visit(p) {
		return
	}
	switch p := p.(type) {
	case *MatchValue:
		w.expr(p.Value)
	case *MatchSequence:
		w.patterns(p.Patterns)
	case *MatchMapping:
		for i, key := range p.Keys {
			w.expr(key)
			w.pattern(p.Patterns[i])
		}
	case *MatchClass:
		w.expr(p.Class)
		w.patterns(p.Patterns)
		w.patterns(p.KwdPatterns)
	case *MatchAs:
		w.pattern(p.Pattern)
	case *MatchOr:
		w.patterns(p.Patterns)
	}
}
