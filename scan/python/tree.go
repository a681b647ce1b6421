package python

// A Node is anything in the tree that has a place in the text.
type Node interface {
	Pos() Pos // first byte
	End() Pos // one past the last byte
}

// An Expr is an expression. Its concrete types are pointers to the structs of
// tree_expr.go.
type Expr interface {
	Node
	expr()
}

// A Stmt is a statement. Its concrete types are pointers to the structs of
// tree_stmt.go.
type Stmt interface {
	Node
	stmt()
}

// A Pattern is what stands after case. Its concrete types are pointers to the
// structs of tree_pattern.go.
type Pattern interface {
	Node
	pattern()
}

// An Op is an operator of a BinOp, UnaryOp, BoolOp, Compare or AugAssign.
type Op uint8

// The operators, named as in CPython's ast.
const (
	NoOp Op = iota
	Add
	Sub
	Mult
	MatMult
	Div
	Mod
	Pow
	LShift
	RShift
	BitOr
	BitXor
	BitAnd
	FloorDiv
	Invert
	Not
	UAdd
	USub
	And
	Or
	Eq
	NotEq
	Lt
	LtE
	Gt
	GtE
	Is
	IsNot
	In
	NotIn
)

var opText = [...]string{
	NoOp: "", Add: "+", Sub: "-", Mult: "*", MatMult: "@", Div: "/", Mod: "%", Pow: "**",
	LShift: "<<", RShift: ">>", BitOr: "|", BitXor: "^", BitAnd: "&", FloorDiv: "//",
	Invert: "~", Not: "not", UAdd: "+", USub: "-", And: "and", Or: "or",
	Eq: "==", NotEq: "!=", Lt: "<", LtE: "<=", Gt: ">", GtE: ">=",
	Is: "is", IsNot: "is not", In: "in", NotIn: "not in",
}

// String returns the operator as Python 3 writes it.
func (o Op) String() string {
	if int(o) < len(opText) {
		return opText[o]
	}
	return ""
}
