package python

// A MatchValue is a literal or dotted name compared with ==.
type MatchValue struct {
	Span
	Value Expr
}

// A MatchSingleton is None, True or False, compared with is.
type MatchSingleton struct {
	Span
	Kind ConstantKind
}

// A MatchSequence is [a, b] or (a, b) or a, b.
type MatchSequence struct {
	Span
	Patterns []Pattern
}

// A MatchMapping is {Keys[0]: Patterns[0], ..., **Rest}.
type MatchMapping struct {
	Span
	Keys     []Expr
	Patterns []Pattern
	Rest     string // empty if absent
}

// A MatchClass is Class(Patterns, KwdAttrs[0]=KwdPatterns[0], ...).
type MatchClass struct {
	Span
	Class       Expr
	Patterns    []Pattern
	KwdAttrs    []string
	KwdPatterns []Pattern
}

// A MatchStar is *Name inside a sequence; Name is empty for *_.
type MatchStar struct {
	Span
	Name string
}

// A MatchAs is Pattern as Name, a capture (Pattern nil) or the wildcard _
// (Name empty too).
type MatchAs struct {
	Span
	Pattern Pattern
	Name    string
}

// A MatchOr is a | b.
type MatchOr struct {
	Span
	Patterns []Pattern
}

// A BadPattern stands where a pattern could not be read.
type BadPattern struct {
	Span
	Message string
}

func (*MatchValue) pattern()     {}
func (*MatchSingleton) pattern() {}
func (*MatchSequence) pattern()  {}
func (*MatchMapping) pattern()   {}
func (*MatchClass) pattern()     {}
func (*MatchStar) pattern()      {}
func (*MatchAs) pattern()        {}
func (*MatchOr) pattern()        {}
func (*BadPattern) pattern()     {}
