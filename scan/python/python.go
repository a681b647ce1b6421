// Package python reads Python source, of Python 2 and 3 alike, into a tree
// made for analysis. It executes nothing, and it never refuses a file.
package python

import "sync"

// A Dialect chooses between the two languages where the same text means
// different things in each.
type Dialect uint8

const (
	// Auto reads Python 3 and, if that leaves errors, Python 2 as well, and
	// keeps the tree with fewer errors; Python 3 wins a tie.
	Auto Dialect = iota
	// Py2 is Python 2.7.
	Py2
	// Py3 is Python 3, everything from 3.0 to 3.14.
	Py3
)

// String returns "auto", "2" or "3".
func (d Dialect) String() string { return [...]string{"auto", "2", "3"}[d%3] }

// Options say how a text is read. The zero value is right for a file.
type Options struct {
	// Dialect is the language; Auto finds out.
	Dialect Dialect
	// Origin is where the text stands in an outer file, for code that was
	// found in a string. A zero Line means that there is no outer file.
	Origin Position
	// Decoded says that the text is UTF-8 already: a cookie in it is not
	// obeyed. exec and eval treat a str like that.
	Decoded bool
}

// A File is what Parse makes of a source text. It must not be copied.
type File struct {
	// Text is the decoded source, without a byte order mark. All positions
	// are offsets into it.
	Text string
	// Source says how Text came from the input.
	Source Source
	// Dialect is Py2 or Py3, never Auto.
	Dialect Dialect
	// Body is the module.
	Body []Stmt
	// Comments are the spans of all comments, from the # to the line's end.
	Comments []Span
	// Errors is what CPython would refuse, in the order it was met.
	Errors []Error
	// NUL is the offset of the first NUL byte, or -1. CPython up to 3.11.3
	// stops reading there (and runs what stands before), or drops the rest of
	// that line, depending on how it got the text; later versions refuse the
	// file. Body goes on after it.
	NUL int

	origin    Position
	linesOnce sync.Once
	lines     []Pos
}

// Parse reads a source text. It returns a tree for any input: what is wrong
// with it stands in File.Errors, and BadExpr, BadPattern and BadStmt nodes mark
// the places. Time and memory are linear in len(src).
func Parse(src []byte, opt Options) *File {
	switch opt.Dialect {
	case Py2, Py3:
		return parseDialect(src, opt)
	}
	opt.Dialect = Py3
	three := parseDialect(src, opt)
	if len(three.Errors) == 0 {
		return three
	}
	opt.Dialect = Py2
	two := parseDialect(src, opt)
	if len(two.Errors) < len(three.Errors) {
		return two
	}
	return three
}

func parseDialect(src []byte, opt Options) *File {
	f := &File{Dialect: opt.Dialect, NUL: -1, origin: opt.Origin}
	f.decode(src, opt.Decoded)
	p := newParser(f)
	f.Body = p.file()
	f.checkUTF8()
	p.close()
	return f
}
