package python

// A FunctionDef is def or async def. Its span starts at the def (or async),
// as CPython's does; decorators stand before it.
type FunctionDef struct {
	Span
	Async      bool
	Decorators []Expr
	Name       string // in NFKC
	NamePos    Pos
	TypeParams []TypeParam // PEP 695
	Params     []Parameter
	Returns    Expr // nil if absent
	Body       []Stmt
}

// ParameterKind is the place of a parameter in its list.
type ParameterKind uint8

// The kinds of parameters, in the order of the list.
const (
	Ordinary       ParameterKind = iota // by position or by name
	PositionalOnly                      // before a / (PEP 570)
	VarArgs                             // *args
	KeywordOnly                         // after * or *args (PEP 3102)
	VarKeywords                         // **kwargs
)

// A Parameter is one parameter of a FunctionDef or Lambda. Its span goes from
// the name, stars left out, to the end of the default.
type Parameter struct {
	Span
	Kind       ParameterKind
	Name       string // in NFKC; empty if Target is set
	Target     Expr   // Python 2: a tuple parameter
	Annotation Expr   // nil if absent
	Default    Expr   // nil if absent
}

// A TypeParam is a type parameter of PEP 695: T, *Ts or **P.
type TypeParam struct {
	Span
	Stars   int // 0 TypeVar, 1 TypeVarTuple, 2 ParamSpec
	Name    string
	Bound   Expr // nil if absent
	Default Expr // PEP 696; nil if absent
}

// A ClassDef is a class statement. Its span starts at the class keyword.
type ClassDef struct {
	Span
	Decorators []Expr
	Name       string // in NFKC
	NamePos    Pos
	TypeParams []TypeParam
	Args       []Expr
	Keywords   []Keyword
	Body       []Stmt
}

// A Return is return X; X may be nil.
type Return struct {
	Span
	X Expr
}

// A Delete is del Targets.
type Delete struct {
	Span
	Targets []Expr
}

// An Assign is Targets[0] = Targets[1] = ... = Value.
type Assign struct {
	Span
	Targets []Expr
	Value   Expr
}

// An AugAssign is Target Op= Value.
type AugAssign struct {
	Span
	Target Expr
	Op     Op
	Value  Expr
}

// An AnnAssign is Target: Annotation = Value; Value may be nil.
type AnnAssign struct {
	Span
	Target     Expr
	Annotation Expr
	Value      Expr
	Simple     bool // Target is a name without parentheses
}

// A TypeAlias is type Name[TypeParams] = Value (PEP 695).
type TypeAlias struct {
	Span
	Name       *Name
	TypeParams []TypeParam
	Value      Expr
}

// A For is for or async for.
type For struct {
	Span
	Async  bool
	Target Expr
	Iter   Expr
	Body   []Stmt
	Orelse []Stmt
}

// A While is a while loop.
type While struct {
	Span
	Test   Expr
	Body   []Stmt
	Orelse []Stmt
}

// An If is an if statement. An elif is an If alone in Orelse with Elif set.
type If struct {
	Span
	Elif   bool
	Test   Expr
	Body   []Stmt
	Orelse []Stmt
}

// A With is with or async with.
type With struct {
	Span
	Async  bool
	Items  []WithItem
	Parens bool // the items stand in parentheses; before 3.9 that was one tuple
	Body   []Stmt
}

// A WithItem is Context as Target; Target may be nil.
type WithItem struct {
	Context Expr
	Target  Expr
}

// A Match is a match statement (PEP 634).
type Match struct {
	Span
	Subject Expr
	Cases   []MatchCase
}

// A MatchCase is one case block; Guard may be nil.
type MatchCase struct {
	Span
	Pattern Pattern
	Guard   Expr
	Body    []Stmt
}

// A Raise is raise Exc from Cause, or Python 2's raise Exc, Value, Traceback.
type Raise struct {
	Span
	Exc       Expr // nil for a bare raise
	Cause     Expr
	Value     Expr
	Traceback Expr
}

// A Try is a try statement; with Star its handlers are except*.
type Try struct {
	Span
	Star     bool
	Body     []Stmt
	Handlers []ExceptHandler
	Orelse   []Stmt
	Finally  []Stmt
}

// An ExceptHandler is except Type as Name. Target is Python 2's
// except Type, Target, where anything assignable may stand.
type ExceptHandler struct {
	Span
	Type   Expr   // nil for a bare except
	Name   string // in NFKC; empty if absent
	Target Expr   // nil if absent
	Body   []Stmt
}

// An Assert is assert Test, Msg; Msg may be nil.
type Assert struct {
	Span
	Test Expr
	Msg  Expr
}

// An Import is import Names.
type Import struct {
	Span
	Names []Alias
}

// An ImportFrom is from Module import Names, with Level dots before Module.
type ImportFrom struct {
	Span
	Level  int
	Module string // dotted, in NFKC; may be empty if Level > 0
	Names  []Alias
}

// An Alias is Name as AsName. Name is dotted in an Import, "*" in a
// star import; AsName is empty if absent.
type Alias struct {
	Span
	Name   string
	AsName string
}

// A Global is global Names.
type Global struct {
	Span
	Names []string
}

// A Nonlocal is nonlocal Names.
type Nonlocal struct {
	Span
	Names []string
}

// An ExprStmt is an expression used as a statement.
type ExprStmt struct {
	Span
	X Expr
}

// A Pass is pass.
type Pass struct{ Span }

// A Break is break.
type Break struct{ Span }

// A Continue is continue.
type Continue struct{ Span }

// A Print is Python 2's print >>Dest, Values.
type Print struct {
	Span
	Dest      Expr // nil if absent
	Values    []Expr
	NoNewline bool // it ends in a comma
}

// An Exec is Python 2's exec Body in Globals, Locals.
type Exec struct {
	Span
	Body    Expr
	Globals Expr // nil if absent
	Locals  Expr // nil if absent
}

// A BadStmt covers text that could not be read as a statement. Body holds
// what could be read within it.
type BadStmt struct {
	Span
	Message string
	Body    []Stmt
}

func (*FunctionDef) stmt() {}
func (*ClassDef) stmt()    {}
func (*Return) stmt()      {}
func (*Delete) stmt()      {}
func (*Assign) stmt()      {}
func (*AugAssign) stmt()   {}
func (*AnnAssign) stmt()   {}
func (*TypeAlias) stmt()   {}
func (*For) stmt()         {}
func (*While) stmt()       {}
func (*If) stmt()          {}
func (*With) stmt()        {}
func (*Match) stmt()       {}
func (*Raise) stmt()       {}
func (*Try) stmt()         {}
func (*Assert) stmt()      {}
func (*Import) stmt()      {}
func (*ImportFrom) stmt()  {}
func (*Global) stmt()      {}
func (*Nonlocal) stmt()    {}
func (*ExprStmt) stmt()    {}
func (*Pass) stmt()        {}
func (*Break) stmt()       {}
func (*Continue) stmt()    {}
func (*Print) stmt()       {}
func (*Exec) stmt()        {}
func (*BadStmt) stmt()     {}
