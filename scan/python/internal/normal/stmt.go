package normal

import "pipwarden/scan/python"

func (w *writer) stmt(s python.Stmt) {
	switch s := s.(type) {
	case *python.ExprStmt:
		w.open("Expr", s)
		w.expr(s.X)
		w.close()
	case *python.Assign:
		w.open("=", s)
		w.exprs(s.Targets)
		w.expr(s.Value)
		w.close()
	case *python.AugAssign:
		w.open("Aug", s)
		w.expr(s.Target)
		w.op(s.Op)
		w.expr(s.Value)
		w.close()
	case *python.AnnAssign:
		w.open("Ann", s)
		w.expr(s.Target)
		w.expr(s.Annotation)
		w.expr(s.Value)
		w.flag(s.Simple)
		w.str(" ")
		w.close()
	case *python.Return:
		w.open("Return", s)
		w.expr(s.X)
		w.close()
	case *python.Delete:
		w.open("Del", s)
		w.exprs(s.Targets)
		w.close()
	case *python.Pass:
		w.open("Pass", s)
		w.close()
	case *python.Break:
		w.open("Break", s)
		w.close()
	case *python.Continue:
		w.open("Continue", s)
		w.close()
	default:
		w.stmtMore(s)
	}
}

func (w *writer) stmtMore(s python.Stmt) {
	switch s := s.(type) {
	case *python.Import:
		w.open("Import", s)
		w.aliases(s.Names)
		w.close()
	case *python.ImportFrom:
		w.open("From", s)
		w.name(s.Module)
		w.aliases(s.Names)
		w.int(s.Level)
		w.close()
	case *python.Global:
		w.open("Global", s)
		w.names(s.Names)
		w.close()
	case *python.Nonlocal:
		w.open("Nonlocal", s)
		w.names(s.Names)
		w.close()
	case *python.Assert:
		w.open("Assert", s)
		w.expr(s.Test)
		w.expr(s.Msg)
		w.close()
	case *python.Raise:
		w.raise(s)
	case *python.Print:
		w.open("Print", s)
		w.expr(s.Dest)
		w.exprs(s.Values)
		w.flag(!s.NoNewline)
		w.str(" ")
		w.close()
	case *python.Exec:
		w.exec(s)
	case *python.TypeAlias:
		w.open("Type", s)
		w.expr(s.Name)
		w.typeParams(s.TypeParams)
		w.expr(s.Value)
		w.close()
	default:
		w.compound(s)
	}
}

func (w *writer) raise(s *python.Raise) {
	w.open("Raise", s)
	w.expr(s.Exc)
	if w.v < 300 {
		w.expr(s.Value)
		w.expr(s.Traceback)
	} else {
		w.expr(s.Cause)
	}
	w.close()
}

// exec writes Python 2's exec statement.
func (w *writer) exec(s *python.Exec) {
	w.open("Exec", s)
	w.expr(s.Body)
	w.expr(s.Globals)
	w.expr(s.Locals)
	w.close()
}

func (w *writer) aliases(names []python.Alias) {
	w.str("[")
	for i := range names {
		w.open("A", &names[i])
		w.name(names[i].Name)
		w.optional(names[i].AsName)
		w.close()
	}
	w.str("]")
}

func (w *writer) typeParams(params []python.TypeParam) {
	w.str("[")
	for i := range params {
		p := &params[i]
		w.open([]string{"TypeVar", "TypeVarTuple", "ParamSpec"}[p.Stars], p)
		w.name(p.Name)
		if p.Stars == 0 {
			w.expr(p.Bound)
		}
		if w.v >= 313 {
			w.expr(p.Default)
		}
		w.close()
	}
	w.str("]")
}
