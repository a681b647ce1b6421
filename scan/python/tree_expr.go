package python

// A Name is an identifier used as an expression. In Python 2, None, True and
// False are names too.
type Name struct {
	Span
	ID string // in NFKC, as CPython sees it; the written form is File.TextOf
}

// ConstantKind says which constant a Constant is.
type ConstantKind uint8

// The constants that are words or signs of their own.
const (
	None ConstantKind = iota
	True
	False
	Ellipsis
)

// A Constant is None, True, False or the ellipsis.
type Constant struct {
	Span
	Kind ConstantKind
}

// A Str is one or more adjacent string or bytes literals without
// replacement fields.
type Str struct {
	Span
	// Kind says whether Value is text or bytes.
	Kind StrKind
	// Value is the decoded value of all literals together: UTF-8 for text
	// (lone surrogates as three bytes each), the bytes themselves otherwise.
	Value string
	// Literals are the parts as written.
	Literals []Literal
}

// StrKind is the type of a string's value.
type StrKind uint8

const (
	Text   StrKind = iota // str in Python 3, unicode in Python 2
	Bytes                 // bytes
	Native                // Python 2 only: str without a prefix; Value holds bytes
)

// A Literal is one string literal between its quotes.
type Literal struct {
	Span
	Prefix Prefix
	Triple bool // written with three quotes
}

// A Prefix is the set of letters before a literal's opening quote.
type Prefix uint8

// The prefix letters; upper and lower case are the same.
const (
	PrefixU Prefix = 1 << iota
	PrefixR
	PrefixB
	PrefixF
	PrefixT
)

// A JoinedStr is an f-string (or, with Template, a t-string of PEP 750),
// together with the literals beside it.
type JoinedStr struct {
	Span
	Template bool
	Values   []Expr // *Str and *FormattedValue in order; adjacent text is merged
	Literals []Literal
}

// A FormattedValue is a replacement field of an f-string or t-string. A field
// {x=} has its text in the Str before it, and the conversion that it implies.
type FormattedValue struct {
	Span
	X          Expr
	Source     string     // of a t-string: the text of X as written, without comments and what follows it
	Conversion byte       // 's', 'r', 'a' after '!'; 0 if absent
	Spec       *JoinedStr // after ':'; nil if absent
}

// A Tuple is a display of several expressions with or without parentheses.
type Tuple struct {
	Span
	Elts   []Expr
	Parens bool
}

// A List is [a, b].
type List struct {
	Span
	Elts []Expr
}

// A Set is {a, b}.
type Set struct {
	Span
	Elts []Expr
}

// A Dict is {key: value, **mapping}.
type Dict struct {
	Span
	Entries []DictEntry
}

// A DictEntry is one entry of a Dict. Key is nil for **Value.
type DictEntry struct {
	Key, Value Expr
}

// A ListComp is [Elt for ...].
type ListComp struct {
	Span
	Elt     Expr
	Clauses []Comprehension
}

// A SetComp is {Elt for ...}.
type SetComp struct {
	Span
	Elt     Expr
	Clauses []Comprehension
}

// A GeneratorExp is (Elt for ...).
type GeneratorExp struct {
	Span
	Elt     Expr
	Clauses []Comprehension
}

// A DictComp is {Key: Value for ...}.
type DictComp struct {
	Span
	Key, Value Expr
	Clauses    []Comprehension
}

// A Comprehension is one "for Target in Iter if Ifs..." clause.
type Comprehension struct {
	Span
	Async  bool
	Target Expr
	Iter   Expr
	Ifs    []Expr
}

// An Attribute is X.Attr.
type Attribute struct {
	Span
	X       Expr
	Attr    string // in NFKC
	AttrPos Pos
}

// A Subscript is X[Index]; several indexes are a Tuple.
type Subscript struct {
	Span
	X, Index Expr
}

// A Slice is Lower:Upper:Step inside a Subscript; absent parts are nil.
type Slice struct {
	Span
	Lower, Upper, Step Expr
}

// A Call is Func(Args, Keywords). Args may hold *Starred; a Keyword without a
// name is **Value.
type Call struct {
	Span
	Func     Expr
	Args     []Expr
	Keywords []Keyword
}

// A Keyword is Name=Value, or **Value if Name is empty.
type Keyword struct {
	Span
	Name  string
	Value Expr
}

// A Starred is *X.
type Starred struct {
	Span
	X Expr
}

// A BinOp is Left Op Right.
type BinOp struct {
	Span
	Left  Expr
	Op    Op
	Right Expr
}

// A UnaryOp is Op X.
type UnaryOp struct {
	Span
	Op Op
	X  Expr
}

// A BoolOp is a chain of one of and, or.
type BoolOp struct {
	Span
	Op     Op
	Values []Expr
}

// A Compare is Left Ops[0] Comparators[0] Ops[1] ...
type Compare struct {
	Span
	Left        Expr
	Ops         []Op
	Comparators []Expr
}

// An IfExp is Body if Test else Orelse.
type IfExp struct {
	Span
	Test, Body, Orelse Expr
}

// A Lambda is an anonymous function.
type Lambda struct {
	Span
	Params []Parameter
	Body   Expr
}

// A NamedExpr is Target := Value.
type NamedExpr struct {
	Span
	Target Expr
	Value  Expr
}

// An Await is await X.
type Await struct {
	Span
	X Expr
}

// A Yield is yield X; X may be nil.
type Yield struct {
	Span
	X Expr
}

// A YieldFrom is yield from X.
type YieldFrom struct {
	Span
	X Expr
}

// A Repr is Python 2's `X`.
type Repr struct {
	Span
	X Expr
}

// A BadExpr stands where an expression could not be read, or where a limit
// was reached. Parts are what could be read within it.
type BadExpr struct {
	Span
	Message string
	Parts   []Expr
}

func (*Name) expr()           {}
func (*Constant) expr()       {}
func (*Number) expr()         {}
func (*Str) expr()            {}
func (*JoinedStr) expr()      {}
func (*FormattedValue) expr() {}
func (*Tuple) expr()          {}
func (*List) expr()           {}
func (*Set) expr()            {}
func (*Dict) expr()           {}
func (*ListComp) expr()       {}
func (*SetComp) expr()        {}
func (*GeneratorExp) expr()   {}
func (*DictComp) expr()       {}
func (*Attribute) expr()      {}
func (*Subscript) expr()      {}
func (*Slice) expr()          {}
func (*Call) expr()           {}
func (*Starred) expr()        {}
func (*BinOp) expr()          {}
func (*UnaryOp) expr()        {}
func (*BoolOp) expr()         {}
func (*Compare) expr()        {}
func (*IfExp) expr()          {}
func (*Lambda) expr()         {}
func (*NamedExpr) expr()      {}
func (*Await) expr()          {}
func (*Yield) expr()          {}
func (*YieldFrom) expr()      {}
func (*Repr) expr()           {}
func (*BadExpr) expr()        {}
