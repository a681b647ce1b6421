package python

// A slab hands out zeroed values of one type from chunks that grow, so that a
// tree of a million nodes costs a few thousand allocations. A chunk lives as
// long as one of its values does.
type slab[T any] struct {
	free []T
	next int
}

const (
	slabMin = 4   // values in the first chunk: most files are small
	slabMax = 256 // values in the largest chunk
)

func (s *slab[T]) new() *T {
	if len(s.free) == 0 {
		s.grow()
	}
	v := &s.free[0]
	s.free = s.free[1:]
	return v
}

func (s *slab[T]) grow() {
	s.next = min(max(s.next*2, slabMin), slabMax)
	s.free = make([]T, s.next)
}

// A list builds slices: nested productions push onto one stack, and what
// belongs together is cut off its end into a slice of exact size.
type list[T any] struct {
	stack []T
	free  []T
	next  int
}

func (l *list[T]) push(v T) {
	if len(l.stack) == cap(l.stack) {
		l.stack = append(make([]T, 0, max(2*cap(l.stack), slabMin)), l.stack...)
	}
	l.stack = append(l.stack, v)
}

func (l *list[T]) mark() int { return len(l.stack) }

// cut returns what was pushed since mark, nil if nothing was.
func (l *list[T]) cut(mark int) []T {
	n := len(l.stack) - mark
	if n == 0 {
		return nil
	}
	if mark == 0 && n > slabMax {
		out := l.stack
		l.stack = nil
		return out[:n:n]
	}
	out := l.make(n)
	copy(out, l.stack[mark:])
	clear(l.stack[mark:])
	l.stack = l.stack[:mark]
	return out
}

func (l *list[T]) make(n int) []T {
	if n > slabMax/4 {
		return make([]T, n)
	}
	if n > len(l.free) {
		l.next = min(max(l.next*2, slabMin), slabMax)
		l.free = make([]T, max(l.next, n))
	}
	out := l.free[:n:n]
	l.free = l.free[n:]
	return out
}

// slabs has one slab for each node type, the frequent ones at least.
type slabs struct {
	name      slab[Name]
	constant  slab[Constant]
	number    slab[Number]
	str       slab[Str]
	joined    slab[JoinedStr]
	formatted slab[FormattedValue]
	tuple     slab[Tuple]
	list      slab[List]
	dict      slab[Dict]
	attribute slab[Attribute]
	subscript slab[Subscript]
	slice     slab[Slice]
	call      slab[Call]
	starred   slab[Starred]
	binOp     slab[BinOp]
	unaryOp   slab[UnaryOp]
	boolOp    slab[BoolOp]
	compare   slab[Compare]
	ifExp     slab[IfExp]

	function slab[FunctionDef]
	ret      slab[Return]
	assign   slab[Assign]
	augment  slab[AugAssign]
	annotate slab[AnnAssign]
	forLoop  slab[For]
	ifStmt   slab[If]
	raise    slab[Raise]
	exprStmt slab[ExprStmt]
	print    slab[Print]

	exprs    list[Expr]
	stmts    list[Stmt]
	literals list[Literal]
	keywords list[Keyword]
	entries  list[DictEntry]
	params   list[Parameter]
	clauses  list[Comprehension]
	aliases  list[Alias]
	ops      list[Op]
	strings  list[string]
	patterns list[Pattern]
}
