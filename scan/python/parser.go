package python

import (
	"sync"

	"golang.org/x/text/unicode/norm"
)

// A parser reads one file by recursive descent. Its methods are named after
// the productions of the reference's "Full Grammar specification".
type parser struct {
	slabs
	lex  lexer
	f    *File
	text string

	i    int   // index of tok in lex.toks
	tok  token // the token to look at
	prev Pos   // the end of the last token, line ends and indentation left out

	saved   int  // states that may be restored
	begin   Pos  // of the statement that is being read
	failed  bool // an error was met in this statement; see fail
	depth   int  // how deep the descent is
	height  int  // of the expression read last, or of the tallest of several
	level   int  // how many blocks are open
	elifs   int  // how many elif stand above the statement
	futures int  // statements that may stand before an import from __future__

	py2             bool
	printFunction   bool // print is a name: Python 3, or the __future__ import
	unicodeLiterals bool // '' is text: Python 3, or the __future__ import
}

// scratch keeps the buffers that no tree refers to from one parse to the next.
var scratch = sync.Pool{New: func() any { return new([]token) }}

// maxScratch is how many tokens a kept buffer may hold.
const maxScratch = 1 << 16

func newParser(f *File) *parser {
	p := &parser{f: f, text: f.Text, py2: f.Dialect == Py2}
	p.printFunction, p.unicodeLiterals = !p.py2, !p.py2
	p.lex.toks = (*scratch.Get().(*[]token))[:0]
	p.lex.init(f)
	p.load()
	return p
}

func (p *parser) close() {
	if toks := p.lex.toks; cap(toks) <= maxScratch {
		scratch.Put(&toks)
	}
}

// load makes token i the current one. Where all tokens have been read, and
// none will be again, they make room for those that follow.
func (p *parser) load() {
	if p.i == len(p.lex.toks) && p.saved == 0 {
		p.lex.toks, p.i = p.lex.toks[:0], 0
	}
	for p.i >= len(p.lex.toks) {
		p.lex.line()
	}
	p.tok = p.lex.toks[p.i]
}

func (p *parser) next() {
	if p.tok.kind > tDedent {
		p.prev = p.tok.end
	}
	p.i++
	if p.i >= len(p.lex.toks) {
		p.load()
		return
	}
	p.tok = p.lex.toks[p.i]
}

// peek returns the kind of the token after the current one.
func (p *parser) peek() kind {
	for p.i+1 >= len(p.lex.toks) {
		p.lex.line()
	}
	return p.lex.toks[p.i+1].kind
}

// forget drops the tokens before the current one, if they are many and at
// least as many as those that follow: a look ahead at the end of each batch
// would keep load from doing so. Only statements do it: nothing that may be
// read twice spans two of them.
func (p *parser) forget() {
	const many = 512
	if p.i < many || len(p.lex.toks) > 2*p.i {
		return
	}
	n := copy(p.lex.toks, p.lex.toks[p.i:])
	p.lex.toks = p.lex.toks[:n]
	p.i = 0
}

// A state is a place to come back to.
type state struct {
	i      int
	prev   Pos
	errors int
	failed bool
}

// save must be followed by restore or keep.
func (p *parser) save() state {
	p.saved++
	return state{p.i, p.prev, len(p.f.Errors), p.failed}
}

// keep goes on from where the parser is.
func (p *parser) keep() { p.saved-- }

func (p *parser) restore(s state) {
	p.saved--
	p.i, p.prev, p.failed = s.i, s.prev, s.failed
	kept := p.f.Errors[:s.errors]
	for _, e := range p.f.Errors[s.errors:] {
		if e.lexical {
			kept = append(kept, e)
		}
	}
	p.f.Errors = kept
	p.load()
}

func (p *parser) at(k kind) bool { return p.tok.kind == k }

// accept consumes a token of kind k if it is next.
func (p *parser) accept(k kind) bool {
	if p.tok.kind != k {
		return false
	}
	p.next()
	return true
}

// expect consumes a token of kind k, or fails.
func (p *parser) expect(k kind, message string) bool {
	if p.tok.kind == k {
		p.next()
		return true
	}
	p.fail(message)
	return false
}

// fail reports a syntax error at the current token. Until the statement's end
// further errors are consequences of it and go unreported; no token is
// consumed, so all productions return at once.
func (p *parser) fail(message string) {
	if p.failed {
		return
	}
	p.failed = true
	if p.tok.kind != tBad && p.tok.flags&flagOpen == 0 {
		p.f.addError(Error{Pos: p.tok.start, Message: message})
	}
}

// object reports an error that does not keep the parser from going on.
func (p *parser) object(pos Pos, message string) {
	if !p.failed {
		p.f.addError(Error{Pos: pos, Message: message})
	}
}

// only2 reports a construct of Python 2.
func (p *parser) only2(pos Pos, message string) {
	if !p.py2 {
		p.object(pos, message)
	}
}

// only3 reports a construct of Python 3.
func (p *parser) only3(pos Pos, message string) {
	if p.py2 {
		p.object(pos, message)
	}
}

func (f *File) addError(e Error) {
	switch n := len(f.Errors); {
	case n < MaxErrors:
		f.Errors = append(f.Errors, e)
	case n == MaxErrors:
		f.Errors = append(f.Errors, Error{Pos: e.Pos, Message: "too many errors", Limit: LimitErrors})
	}
}

// enter counts a level of descent; leave must follow if it returns true.
func (p *parser) enter() bool {
	if p.depth >= MaxDepth {
		return false
	}
	p.depth++
	return true
}

func (p *parser) leave() { p.depth-- }

// tooDeep stands for an expression that nests too deep. It consumes tokens up
// to the end of what encloses it, so that the rest of the file is read.
func (p *parser) tooDeep() Expr {
	const message = "nested too deep"
	start := p.tok.start
	p.limit(start, message, LimitDepth)
	open := 0
	for !p.at(tNewline) && !p.at(tEOF) && !(p.tok.flags&flagLineStart != 0 && statementWord[p.tok.kind]) {
		switch p.tok.kind {
		case tLparen, tLbracket, tLbrace:
			open++
		case tRparen, tRbracket, tRbrace:
			open--
		}
		if open < 0 {
			break
		}
		p.next()
	}
	p.height = 0
	return &BadExpr{Span: p.span(start), Message: message}
}

func (p *parser) limit(pos Pos, message string, l Limit) {
	p.f.addError(Error{Pos: pos, Message: message, Limit: l})
}

// span is what was read since start; nothing if a production failed at once.
func (p *parser) span(start Pos) Span { return Span{start, max(start, p.prev)} }

// isName reports whether the current token may be an identifier here.
func (p *parser) isName() bool { return p.tok.kind >= tName && p.nameable(p.tok.kind) }

func (p *parser) nameable(k kind) bool {
	switch k {
	case tName, softMatch, softCase, softType, softAsync, softAwait:
		return true
	case softPrint:
		return p.printFunction
	case softExec:
		return !p.py2
	case softNonlocal, softNone, softTrue, softFalse:
		return p.py2
	}
	return false
}

// ident returns the current token as an identifier, in NFKC.
func (p *parser) ident() string {
	word := p.text[p.tok.start:p.tok.end]
	if p.tok.flags&flagNonASCII != 0 {
		return norm.NFKC.String(word)
	}
	return word
}

// binding consumes an identifier that something is bound to, or fails.
func (p *parser) binding(message string) string {
	if p.py2 && p.at(softNone) {
		p.object(p.tok.start, "None cannot be assigned to or deleted")
	}
	return p.name(message)
}

// name consumes an identifier, or fails.
func (p *parser) name(message string) string {
	if !p.isName() {
		p.fail(message)
		return ""
	}
	word := p.ident()
	p.next()
	return word
}
