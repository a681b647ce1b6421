package flow

import "pipwarden/scan/python"

// block executes statements in their order; what stands behind one that ends
// the block is executed as dead.
func (m *machine) block(f *frame, body []python.Stmt) outcome {
	for i, s := range body {
		o := m.stmt(f, s)
		if !o.ends() {
			continue
		}
		if rest := body[i+1:]; len(rest) > 0 {
			m.aside(func() { m.all(f, rest) })
		}
		return o
	}
	return next
}

// all executes every statement, whatever ends before.
func (m *machine) all(f *frame, body []python.Stmt) {
	for _, s := range body {
		m.stmt(f, s)
	}
}

func (m *machine) stmt(f *frame, s python.Stmt) outcome {
	m.step()
	if m.err != nil {
		return next
	}
	m.height++
	o := m.simple(f, s)
	m.height--
	return o
}

// simple executes what is most frequent.
func (m *machine) simple(f *frame, s python.Stmt) outcome {
	switch s := s.(type) {
	case *python.ExprStmt:
		return m.exprStmt(f, s)
	case *python.Assign:
		m.assignStmt(f, s)
	case *python.AugAssign:
		m.augment(f, s)
	case *python.AnnAssign:
		m.annotate(f, s.Annotation)
		if s.Value != nil {
			m.assign(f, s.Target, m.expr(f, s.Value))
		}
	case *python.If:
		return m.ifStmt(f, s)
	case *python.Return:
		m.returnStmt(f, s)
		return returned
	case *python.FunctionDef:
		m.define(f, s)
	case *python.Import:
		m.importStmt(f, s)
	case *python.ImportFrom:
		m.importFrom(f, s)
	case *python.For:
		return m.forStmt(f, s)
	case *python.Try:
		return m.tryStmt(f, s)
	default:
		return m.seldom(f, s)
	}
	return next
}

// seldom executes the other statements.
func (m *machine) seldom(f *frame, s python.Stmt) outcome {
	switch s := s.(type) {
	case *python.ClassDef:
		m.classDef(f, s)
	case *python.While:
		return m.whileStmt(f, s)
	case *python.With:
		return m.with(f, s)
	case *python.Raise:
		m.exprs(f, s.Exc, s.Cause, s.Value, s.Traceback)
		return raised
	case *python.Break:
		return broke
	case *python.Continue:
		return continued
	case *python.Global:
		m.declare(f, s.Names, globalName)
	case *python.Nonlocal:
		m.declare(f, s.Names, nonlocalName)
	case *python.Match:
		return m.matchStmt(f, s)
	case *python.Assert:
		m.exprs(f, s.Test, s.Msg)
	default:
		m.rare(f, s)
	}
	return next
}

// rare executes what Python 2 alone has, and what could not be read.
func (m *machine) rare(f *frame, s python.Stmt) {
	switch s := s.(type) {
	case *python.Delete:
		m.remove(f, s.Targets)
	case *python.Exec:
		m.execStmt(f, s)
	case *python.Print:
		m.expr(f, s.Dest)
		for _, x := range s.Values {
			m.expr(f, x)
		}
	case *python.TypeAlias:
		m.set(f, s.Name.ID, nothing)
	case *python.BadStmt:
		m.all(f, s.Body)
	}
}

// exprs evaluates expressions for what they do; nil ones are left out.
func (m *machine) exprs(f *frame, list ...python.Expr) {
	for _, x := range list {
		m.expr(f, x)
	}
}

func (m *machine) exprStmt(f *frame, s *python.ExprStmt) outcome {
	if _, ok := s.X.(*python.Str); ok {
		return next // a docstring
	}
	m.exiting = false
	v := m.expr(f, s.X)
	f.last = v
	if m.exiting {
		m.exiting = false
		return raised
	}
	return next
}

func (m *machine) assignStmt(f *frame, s *python.Assign) {
	v := m.quiet(f, s.Value) // another name for the environment is no read of it
	m.mention(f, s, v)
	for _, t := range s.Targets {
		m.assign(f, t, v)
	}
}

func (m *machine) returnStmt(f *frame, s *python.Return) {
	v := noneValue
	if s.X != nil {
		v = m.expr(f, s.X)
	}
	if m.asides == 0 || f.result == nil {
		f.result = either(f.result, v)
	}
}

// either is what one of two values may be, one of which may not be there.
func either(a, b *Value) *Value {
	switch {
	case a == nil:
		return b
	case b == nil || a == b:
		return a
	}
	return join(a, b)
}

func (m *machine) declare(f *frame, names []string, how declaration) {
	if f.declared == nil {
		f.declared = make(map[string]declaration)
	}
	for _, n := range names {
		f.declared[n] = how
		if how == globalName {
			f.unit.module.changing(n)
		}
	}
}

func (m *machine) remove(f *frame, targets []python.Expr) {
	for _, t := range targets {
		switch t := t.(type) {
		case *python.Name:
			m.put(f.home(t.ID), t.ID, nil)
		case *python.Tuple:
			m.remove(f, t.Elts)
		case *python.List:
			m.remove(f, t.Elts)
		case *python.Attribute:
			m.expr(f, t.X)
		case *python.Subscript:
			m.exprs(f, t.X, t.Index)
		}
	}
}

// ifStmt executes an if with all its elifs.
func (m *machine) ifStmt(f *frame, s *python.If) outcome {
	var branches []func() outcome
	for {
		body := s.Body
		t, ok := m.test(f, s.Test)
		switch {
		case !ok:
			branches = append(branches, func() outcome { return m.block(f, body) })
		case t:
			branches = append(branches, func() outcome { return m.block(f, body) })
			m.skip(f, s.Test, s.Orelse)
			return m.fork(branches...)
		default:
			m.skip(f, s.Test, body)
		}
		if elif, ok := elifOf(s); ok {
			s = elif
			continue
		}
		orelse := s.Orelse
		if len(branches) == 0 {
			return m.block(f, orelse)
		}
		return m.fork(append(branches, func() outcome { return m.block(f, orelse) })...)
	}
}

func elifOf(s *python.If) (*python.If, bool) {
	if len(s.Orelse) != 1 {
		return nil, false
	}
	elif, ok := s.Orelse[0].(*python.If)
	return elif, ok && elif.Elif
}

// test evaluates a test.
func (m *machine) test(f *frame, x python.Expr) (value, ok bool) {
	value, ok = truth(m.expr(f, x))
	if !ok {
		m.doubts++
	}
	return value, ok
}

// skip executes a block that is not reached. What a module does only as a
// script is not dead: somebody may start it.
func (m *machine) skip(f *frame, test python.Expr, body []python.Stmt) {
	if len(body) == 0 {
		return
	}
	if f.record != nil {
		f.record.skipped = true
	}
	stage := Dead
	if isMainGuard(test) && m.stage < Entry {
		stage = Entry
	} else if isMainGuard(test) {
		stage = m.stage
	}
	m.asideAt(stage, func() { m.block(f, body) })
}

func isMainGuard(test python.Expr) bool {
	c, ok := test.(*python.Compare)
	if !ok || len(c.Comparators) != 1 {
		return false
	}
	for _, x := range []python.Expr{c.Left, c.Comparators[0]} {
		if n, ok := x.(*python.Name); ok && n.ID == "__name__" {
			return true
		}
	}
	return false
}

func (m *machine) matchStmt(f *frame, s *python.Match) outcome {
	subject := m.expr(f, s.Subject)
	m.doubts++
	branches := make([]func() outcome, 0, len(s.Cases)+1)
	for i := range s.Cases {
		c := &s.Cases[i]
		branches = append(branches, func() outcome {
			m.capture(f, c.Pattern, labelled(labelsOf(subject)), subject)
			m.expr(f, c.Guard)
			return m.block(f, c.Body)
		})
	}
	return m.fork(append(branches, func() outcome { return next })...)
}

// capture assigns the names of a pattern; whole is what a name alone takes.
func (m *machine) capture(f *frame, p python.Pattern, part, whole *Value) {
	python.Inspect(p, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.MatchAs:
			if n.Name != "" {
				m.set(f, n.Name, pick(n == p, whole, part))
			}
		case *python.MatchStar:
			if n.Name != "" {
				m.set(f, n.Name, part)
			}
		case *python.MatchMapping:
			if n.Rest != "" {
				m.set(f, n.Rest, part)
			}
		case *python.MatchValue:
			m.expr(f, n.Value)
			return false
		}
		return true
	})
}

func pick(first bool, a, b *Value) *Value {
	if first {
		return a
	}
	return b
}
