// Package python reads Python source, of Python 2 and 3 alike, into a tree
// made for analysis. It executes nothing, and it never refuses a file: what is
// wrong with a text is listed in File.Errors, marked in the tree by BadExpr,
// BadPattern and BadStmt, and the rest is read as if nothing had happened.
//
//	f := python.Parse(src, python.Options{})
//	f.Inspect(func(n python.Node) bool {
//		if call, ok := n.(*python.Call); ok {
//			fmt.Println(f.Position(call.Pos()), python.Render(call))
//		}
//		return true
//	})
//
// # The language
//
// The grammar is that of Python 3.14 together with that of 2.7, and with what
// versions between them dropped again. Productions have the names that they
// have in the reference ("Full Grammar specification"; for Python 2 "Full
// Grammar specification" of 2.7): find star_targets or import_from here as the
// comment over the method that reads it. One lexer and one parser read both
// languages; where the same text means different things in each, Options.
// Dialect decides, and Auto finds out which fits.
//
//   - print and exec are statements in Python 2, unless imported from __future__.
//     In Python 3 they are names; print "x" there is an error, and a Print all
//     the same.
//   - True, False, None, nonlocal, async and await are names in Python 2.
//   - Strings without a prefix are Native in Python 2 (their value holds bytes,
//     in the file's encoding), Text in Python 3.
//   - except A, B: names a target in Python 2 and a tuple in Python 3.14.
//   - 0777, 10L, <>, backquotes, ur"", tuple parameters and raise E, V, T are read
//     in both, and errors in Python 3. What is new in Python 3 is read in both,
//     and an error in Python 2.
//   - with (a, b): has two items, as since 3.9 (before: one tuple; see With.Parens).
//   - await is a keyword where an operand follows it, async where def, for or
//     with follows; else both are names, as up to 3.6.
//   - F-strings are read by the rules of 3.12: what older versions accept means the
//     same there.
//
// Beyond CPython this is accepted: constructs of different versions of one
// language beside each other; what only CPython's symbol table and compiler
// refuse (return outside a function, a name that is global and a parameter), but
// for misplaced imports from __future__.
//
// # The text
//
// PEP 263 and PEP 3120 say how bytes become text; see Source. Positions are
// byte offsets into File.Text, which is UTF-8; File.Position converts them to
// lines, columns and offsets into the input. File.Text may hold invalid UTF-8
// where the input does. Lines end at \n, \r\n and \r. File.Tokens gives the
// text piece by piece with nothing left out.
//
// # Limits
//
// Time and memory are linear in the size of the input: the lexer reads no byte
// twice but for a line on which recovery starts over, and the parser reads
// twice at most what follows with ( and match ( . The constants Max... bound
// the rest and give their reasons. Where one is reached, File.Errors holds an
// Error whose Limit names it: something was not read, which a scanner must treat
// as a gap. Recursive visitors need no bound of their own: the tree is no
// higher than 2*MaxHeight levels.
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
