package python

import "iter"

// TokenKind is the kind of a Token.
type TokenKind uint8

// The kinds of tokens, and of what stands between them.
const (
	OperatorToken      TokenKind = iota // operators and delimiters
	NameToken                           // identifiers and soft keywords
	KeywordToken                        // keywords of both languages
	NumberToken                         // integers, floats, imaginary numbers
	StringToken                         // prefix, quotes and all
	FStringStartToken                   // prefix and opening quote
	FStringMiddleToken                  // text between replacement fields
	FStringEndToken                     // closing quote
	NewlineToken                        // the end of a logical line
	BadToken                            // bytes that begin no token
	SpaceTrivia                         // white space
	NewlineTrivia                       // the end of a physical line that ends no logical one
	CommentTrivia                       // from # to the end of the line
	ContinuationTrivia                  // a backslash and a line end
	NULTrivia                           // NUL bytes
)

// A Token is a piece of the text.
type Token struct {
	Span
	Kind TokenKind
}

// Tokens yields the text piece by piece, tokens and what stands between them:
// put together they are File.Text, whatever it holds.
func (f *File) Tokens() iter.Seq[Token] {
	return func(yield func(Token) bool) {
		l := lexer{}
		l.init(&File{Text: f.Text, Dialect: f.Dialect})
		at := Pos(0)
		for {
			l.toks = l.toks[:0]
			l.line()
			for _, t := range l.toks {
				if !f.trivia(at, t.start, yield) {
					return
				}
				if t.kind == tEOF {
					return
				}
				at = max(at, t.end)
				if t.end > t.start && !yield(Token{Span{t.start, t.end}, tokenKind(t.kind)}) {
					return
				}
			}
		}
	}
}

func tokenKind(k kind) TokenKind {
	switch {
	case k >= tName:
		return NameToken
	case k >= kwAnd:
		return KeywordToken
	case k >= tLparen:
		return OperatorToken
	}
	return [...]TokenKind{
		tNewline: NewlineToken, tBad: BadToken, tNumber: NumberToken, tString: StringToken,
		tFStringStart: FStringStartToken, tFStringMiddle: FStringMiddleToken, tFStringEnd: FStringEndToken,
	}[k]
}

// trivia yields what stands between two tokens.
func (f *File) trivia(at, stop Pos, yield func(Token) bool) bool {
	for at < stop {
		start, kind := at, SpaceTrivia
		switch c := f.Text[at]; {
		case c == '\\':
			kind = ContinuationTrivia
			at = f.lineEnd(at + 1)
		case c == 0:
			kind = NULTrivia
			for at < stop && f.Text[at] == 0 {
				at++
			}
		case class[c] == classNewline:
			kind = NewlineTrivia
			at = f.lineEnd(at)
		case c == '#':
			kind = CommentTrivia
			for at < stop && class[f.Text[at]] != classNewline {
				at++
			}
		case class[c] == classSpace:
			for at < stop && class[f.Text[at]] == classSpace {
				at++
			}
		default:
			kind = BadToken
			at++
		}
		if !yield(Token{Span{start, at}, kind}) {
			return false
		}
	}
	return true
}

func (f *File) lineEnd(at Pos) Pos {
	if at >= Pos(len(f.Text)) {
		return at
	}
	if at+1 < Pos(len(f.Text)) && f.Text[at] == '\r' && f.Text[at+1] == '\n' {
		return at + 2
	}
	return at + 1
}
