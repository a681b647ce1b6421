package python

import "fmt"

// An Error is one thing in the text that CPython would refuse, or that a
// limit kept from being read.
type Error struct {
	Pos     Pos
	Message string // constant text, lower case; never holds text of the file
	Limit   Limit  // NoLimit unless a limit was reached: then something was not read

	lexical bool // met by the lexer, which reads no token twice
}

// Error returns offset and message.
func (e *Error) Error() string { return fmt.Sprintf("offset %d: %s", e.Pos, e.Message) }

// A Limit names one of the bounds that keep a hostile file from costing more
// than its size.
type Limit uint8

// The limits. Each has a constant of its own that says how much and why.
const (
	NoLimit Limit = iota
	LimitSize
	LimitDepth
	LimitHeight
	LimitIndent
	LimitFStrings
	LimitErrors
)

var limitNames = [...]string{"", "size", "depth", "height", "indent", "f-strings", "errors"}

// String returns the limit's name.
func (l Limit) String() string {
	if int(l) < len(limitNames) {
		return limitNames[l]
	}
	return ""
}

const (
	// MaxSize is the number of bytes of text that are read. The largest module
	// seen in a genuine release is 60 MB of generated data; positions are 32
	// bits wide.
	MaxSize = 256 << 20

	// MaxDepth is how deep expressions and blocks may nest. CPython stops at
	// 200 brackets and 100 indents; each level costs the parser about 1.5 kB
	// of stack.
	MaxDepth = 1000

	// MaxHeight is how high the tree may grow by operators that associate to
	// the left (a+b+c, a.b.c, a()()()), so that a recursive visitor stays
	// within a few megabytes of stack. CPython's compiler gives up near 3000.
	MaxHeight = 10000

	// MaxIndent is the number of open indentation levels; CPython's is 100.
	MaxIndent = 500

	// MaxFStrings is how deep f-strings may nest; CPython's is 150.
	MaxFStrings = 150

	// MaxErrors is the number of errors that are recorded; the tree still
	// holds a node for each.
	MaxErrors = 1000
)
