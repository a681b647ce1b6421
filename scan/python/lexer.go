package python

import "slices"

// A lexer turns text into tokens, one physical line at a time, as the parser
// asks for them. Reading no further than the parser has got is what makes
// recovery cheap: where a bracket was never closed the parser throws away the
// rest of one line at most.
type lexer struct {
	file *File
	text string
	pos  int
	toks []token

	brackets []byte       // open brackets, innermost last
	frames   []frame      // open f-strings and replacement fields
	indents  []indentMark // open indentation levels, the outermost first
	newLine  bool         // at the start of a logical line
	flags    tokenFlags   // for the next token
	last     kind         // of the token before
	noTriple [2]bool      // ''' and """: known not to occur again (see triple)
}

func (l *lexer) init(f *File) {
	l.file, l.text = f, f.Text
	l.indents = append(l.indents[:0], indentMark{})
	l.newLine = true
	l.last = tNewline
}

func (l *lexer) emit(k kind, start int) {
	l.toks = append(l.toks, token{start: Pos(start), end: Pos(l.pos), kind: k, flags: l.flags})
	l.flags = 0
	l.last = k
}

func (l *lexer) fail(pos int, message string) {
	l.file.addError(Error{Pos: Pos(pos), Message: message, lexical: true})
}

func (l *lexer) limit(pos int, message string, limit Limit) {
	l.file.addError(Error{Pos: Pos(pos), Message: message, Limit: limit, lexical: true})
}

// batch is how many tokens of a long line are read at once.
const batch = 256

// line appends the tokens of the next physical line that has any, or a part of
// them. At the end of the text it appends tEOF, every time it is called.
func (l *lexer) line() {
	if l.newLine {
		l.newLine = false
		l.flags |= flagLineStart
		l.indentation()
	}
	before := len(l.toks)
	for len(l.toks) < before+batch {
		if n := len(l.frames); n > 0 && l.frames[n-1].mode != modeField {
			l.fstringText()
			continue
		}
		if l.pos >= len(l.text) {
			l.endOfText()
			return
		}
		c := l.text[l.pos]
		switch class[c] {
		case classSpace:
			l.pos++
		case className:
			l.word()
		case classDigit:
			l.number()
		case classQuote:
			l.str(l.pos, 0)
		case classNewline:
			ended := l.newline()
			if len(l.toks) > before {
				return
			}
			if ended {
				l.line()
				return
			}
		case classComment:
			l.comment()
		default:
			l.sign(c)
		}
	}
}

// newline consumes a line end and reports whether it ended a logical line.
func (l *lexer) newline() bool {
	start := l.pos
	l.lineEnd()
	if len(l.brackets) == 0 && len(l.frames) == 0 {
		l.newLine = true
		l.endStatement(start)
		return true
	}
	l.flags |= flagLineStart
	return false
}

// endStatement emits a tNewline unless nothing stands before it.
func (l *lexer) endStatement(start int) {
	if l.last != tNewline && l.last != tDedent && l.last != tIndent {
		l.emit(tNewline, start)
	}
}

// lineEnd moves over \n, \r or \r\n.
func (l *lexer) lineEnd() {
	if l.text[l.pos] == '\r' && l.pos+1 < len(l.text) && l.text[l.pos+1] == '\n' {
		l.pos++
	}
	l.pos++
}

func (l *lexer) comment() {
	start := l.pos
	for l.pos < len(l.text) && class[l.text[l.pos]] != classNewline {
		l.pos++
	}
	l.file.Comments = append(l.file.Comments, Span{Pos(start), Pos(l.pos)})
}

// endOfText closes what is open, so that the parser sees whole blocks.
func (l *lexer) endOfText() {
	if len(l.brackets) > 0 || len(l.frames) > 0 {
		l.fail(l.pos, "unexpected end of file: a bracket is not closed")
		l.brackets, l.frames = l.brackets[:0], l.frames[:0]
	}
	if l.last != tEOF {
		l.endStatement(l.pos)
	}
	for len(l.indents) > 1 {
		l.popIndent(l.pos)
	}
	l.emit(tEOF, l.pos)
}

// resync forgets token i and all after it, and reads on from there as if a
// logical line began there. Token i is the first of its physical line.
func (l *lexer) resync(i int) {
	start := l.toks[i].start
	l.toks = l.toks[:i]
	f := l.file
	for n := len(f.Comments); n > 0 && f.Comments[n-1].Start >= start; n-- {
		f.Comments = f.Comments[:n-1]
	}
	recent := len(f.Errors)
	for recent > 0 && f.Errors[recent-1].Pos >= start {
		recent--
	}
	kept := slices.DeleteFunc(f.Errors[recent:], func(e Error) bool { return e.lexical })
	f.Errors = f.Errors[:recent+len(kept)]
	l.brackets, l.frames = l.brackets[:0], l.frames[:0]
	l.pos = int(start)
	for l.pos > 0 && class[l.text[l.pos-1]] == classSpace {
		l.pos--
	}
	l.newLine = true
	l.flags = 0
	l.last = tNewline
}

// Classes of bytes: how a token begins.
const (
	classSign = iota
	classSpace
	className
	classDigit
	classQuote
	classNewline
	classComment
)

var class = func() (table [256]uint8) {
	for c := range 256 {
		switch {
		case c == ' ' || c == '\t' || c == '\f':
			table[c] = classSpace
		case c == '\n' || c == '\r':
			table[c] = classNewline
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80:
			table[c] = className
		case '0' <= c && c <= '9':
			table[c] = classDigit
		case c == '\'' || c == '"':
			table[c] = classQuote
		case c == '#':
			table[c] = classComment
		}
	}
	return table
}()
