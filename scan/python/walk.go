package python

// Inspect calls visit for a node and for all nodes below it, in the order of
// the text. Where visit returns false, what is below that node is left out.
// Besides Expr, Stmt and Pattern the nodes are *Parameter, *TypeParam,
// *Keyword, *Alias, *Comprehension, *MatchCase and *ExceptHandler. A nil node
// is not visited. The recursion is as deep as the tree: see MaxHeight.
func Inspect(n Node, visit func(Node) bool) {
	w := walker{visit}
	w.node(n)
}

// Inspect calls visit for all nodes of the module; see the function Inspect.
func (f *File) Inspect(visit func(Node) bool) {
	w := walker{visit}
	w.stmts(f.Body)
}

type walker struct {
	visit func(Node) bool
}

func (w walker) node(n Node) {
	switch n := n.(type) {
	case Expr:
		w.expr(n)
	case Stmt:
		w.stmt(n)
	case Pattern:
		w.pattern(n)
	case *Parameter:
		w.parameter(n)
	case *TypeParam:
		w.typeParam(n)
	case *Keyword:
		w.keyword(n)
	case *Comprehension:
		w.clause(n)
	case *MatchCase:
		w.matchCase(n)
	case *ExceptHandler:
		w.handler(n)
	case *Alias:
		w.visit(n)
	}
}

func (w walker) exprs(list []Expr) {
	for _, x := range list {
		w.expr(x)
	}
}

func (w walker) stmts(list []Stmt) {
	for _, s := range list {
		w.stmt(s)
	}
}

func (w walker) parameters(list []Parameter) {
	for i := range list {
		w.parameter(&list[i])
	}
}

func (w walker) parameter(p *Parameter) {
	if w.visit(p) {
		w.expr(p.Target)
		w.expr(p.Annotation)
		w.expr(p.Default)
	}
}

func (w walker) typeParams(list []TypeParam) {
	for i := range list {
		w.typeParam(&list[i])
	}
}

func (w walker) typeParam(p *TypeParam) {
	if w.visit(p) {
		w.expr(p.Bound)
		w.expr(p.Default)
	}
}

func (w walker) keyword(k *Keyword) {
	if w.visit(k) {
		w.expr(k.Value)
	}
}

func (w walker) clauses(list []Comprehension) {
	for i := range list {
		w.clause(&list[i])
	}
}

func (w walker) clause(c *Comprehension) {
	if w.visit(c) {
		w.expr(c.Target)
		w.expr(c.Iter)
		w.exprs(c.Ifs)
	}
}

func (w walker) aliases(list []Alias) {
	for i := range list {
		w.visit(&list[i])
	}
}

func (w walker) matchCase(c *MatchCase) {
	if w.visit(c) {
		w.pattern(c.Pattern)
		w.expr(c.Guard)
		w.stmts(c.Body)
	}
}

func (w walker) handler(h *ExceptHandler) {
	if w.visit(h) {
		w.expr(h.Type)
		w.expr(h.Target)
		w.stmts(h.Body)
	}
}
