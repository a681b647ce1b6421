package shell

import "strings"

// A word is one word of a command.
type word struct {
	text   string
	inner  []string // the texts of substitutions and blocks in it
	quoted bool
	does   Effects // of the substitutions
}

// A part is one simple command before it is understood.
type part struct {
	words         []word
	writes, reads []string
	text          string
	stdin         string // a here-document or here-string
	piped         bool
	background    bool
	called        bool // PowerShell's call operator stands before it
}

// A lexer splits a text into parts. It goes forward only: what is never
// closed reaches to the end.
type lexer struct {
	s     string
	d     Dialect
	i     int
	start int // of the part
	parts []part
	cur   part

	w     word
	open  bool // a word has begun, be it empty
	buf   strings.Builder
	redir byte // the redirection that the next word is for: '<', '>' or 'h' for a here-document
	here  []hereDoc
}

type hereDoc struct {
	part int
	end  string
}

// split returns the parts of a text.
func split(d Dialect, text string) []part {
	l := lexer{s: text, d: d}
	for l.i < len(l.s) && len(l.parts) <= maxSimple {
		l.step()
	}
	l.endPart()
	return l.parts
}

func (l *lexer) step() {
	if l.d == Cmd && !l.open && len(l.cur.words) == 0 && isRemark(l.s[l.i:]) {
		l.comment()
		return
	}
	switch c := l.s[l.i]; c {
	case ' ', '\t', '\r':
		l.endWord()
		l.i++
	case '\n':
		l.endPart()
		l.i++
		l.hereBodies()
	case ';', '&', '|':
		if c == ';' && l.d == Cmd {
			l.letter(c) // no sign of cmd.exe's
			return
		}
		l.operator(c)
	case '<', '>':
		l.redirect(c)
	case '(', ')', '{', '}':
		l.bracket(c)
	case '"', '\'':
		l.quote(c)
	default:
		l.letter(c)
	}
}

// isRemark says that a line of cmd.exe is a comment.
func isRemark(s string) bool {
	return strings.HasPrefix(s, "::") || len(s) > 3 && strings.EqualFold(s[:3], "rem") && s[3] <= ' '
}

// letter takes what is no operator: a letter, an escape, a substitution.
func (l *lexer) letter(c byte) {
	switch {
	case c == '#' && !l.open && l.d != Cmd:
		l.comment()
	case c == '$' && l.d != Cmd:
		l.dollar()
	case c == '`' && l.d == Posix:
		l.backtick()
	case c == l.escape() && l.i+1 < len(l.s):
		// An escaped end of line joins the lines.
		if l.s[l.i+1] != '\n' && l.s[l.i+1] != '\r' {
			l.put(l.s[l.i+1])
		}
		l.i += 2
	case c == '+' && l.d == PowerShell && l.joins():
	default:
		l.put(c)
		l.i++
	}
}

func (l *lexer) escape() byte { return [...]byte{'\\', '^', '`'}[l.d] }

func (l *lexer) put(c byte) {
	l.buf.WriteByte(c)
	l.open = true
}

// comment passes over a comment. "<#" begins one as well, but "#" is met first.
func (l *lexer) comment() {
	if n := strings.IndexByte(l.s[l.i:], '\n'); n >= 0 {
		l.i += n
		return
	}
	l.i = len(l.s)
}

// joins takes the "+" between two quoted texts of PowerShell, which make one.
func (l *lexer) joins() bool {
	if !l.w.quoted && !strings.HasSuffix(strings.TrimRight(l.s[:l.i], " "), "'") {
		return false
	}
	j := l.i + 1
	for j < len(l.s) && l.s[j] == ' ' {
		j++
	}
	if j == len(l.s) || l.s[j] != '\'' && l.s[j] != '"' {
		return false
	}
	if !l.open {
		l.reopen()
	}
	l.i = j
	return true
}

// reopen takes the last word up again.
func (l *lexer) reopen() {
	n := len(l.cur.words)
	if n == 0 {
		return
	}
	l.w, l.open = l.cur.words[n-1], true
	l.buf.WriteString(l.w.text)
	l.cur.words = l.cur.words[:n-1]
}

// operator takes ";", "&", "|" and their pairs.
func (l *lexer) operator(c byte) {
	next := byte(0)
	if l.i+1 < len(l.s) {
		next = l.s[l.i+1]
	}
	switch {
	case c == '&' && next == '>':
		l.endWord()
		l.i++
		l.redirect('>')
		return
	case c == '&' && l.d == PowerShell && len(l.cur.words) == 0 && !l.open:
		l.cur.called = true
		l.i++
		return
	case next == c:
		l.endPart()
		l.i += 2
		return
	}
	l.endWord()
	l.cur.background = c == '&' && l.d == Posix
	l.endPart()
	l.cur.piped = c == '|'
	l.i++
	if c == '|' && next == '&' {
		l.i++
	}
}

// redirect takes "<", ">" and what begins with them.
func (l *lexer) redirect(c byte) {
	if l.d == PowerShell && c == '<' {
		l.blockComment()
		return
	}
	// The number of a descriptor is no word.
	if l.open && len(l.buf.String()) == 1 && l.buf.String()[0] <= '9' {
		l.buf.Reset()
		l.w, l.open = word{}, false
	}
	l.endWord()
	n := 1
	for l.i+n < len(l.s) && n < 3 && l.s[l.i+n] == c {
		n++
	}
	l.i += n
	l.redir = c
	if c == '<' && n > 1 {
		l.redir = 'h'
	}
	if n == 3 {
		l.redir = 's'
	}
	if l.i == len(l.s) {
		return
	}
	switch l.s[l.i] {
	case '&', '-', '|':
		l.i++
	case '(':
		// A process substitution is a word like another.
		l.redir = 0
		l.substitute("(", '(', ')')
	}
}

func (l *lexer) blockComment() {
	if !strings.HasPrefix(l.s[l.i:], "<#") {
		l.put('<')
		l.i++
		return
	}
	if n := strings.Index(l.s[l.i:], "#>"); n >= 0 {
		l.i += n + 2
		return
	}
	l.i = len(l.s)
}

// bracket takes groups, and PowerShell's expressions and blocks.
func (l *lexer) bracket(c byte) {
	switch {
	case l.d == PowerShell && c == '(':
		l.substitute("(", '(', ')')
	case l.d == PowerShell && c == '{':
		l.substitute("{", '{', '}')
	case c == '{' && (l.open || l.i+1 < len(l.s) && l.s[l.i+1] > ' '), c == '}' && (l.open || len(l.cur.words) > 0), l.d == Cmd && (c == '{' || c == '}'):
		l.put(c) // ${x}, {a,b}
		l.i++
	default:
		l.endPart()
		l.i++
	}
}

// quote takes a quoted text.
func (l *lexer) quote(c byte) {
	if c == '\'' && l.d == Cmd {
		l.put(c)
		l.i++
		return
	}
	l.open, l.w.quoted = true, true
	for {
		l.i++
		for l.i < len(l.s) && l.s[l.i] != c {
			l.quoted(c)
		}
		l.i = min(l.i+1, len(l.s))
		if l.d == Posix || l.i == len(l.s) || l.s[l.i] != c {
			return
		}
		l.put(c) // a doubled quote stands for one
	}
}

// quoted takes one letter or substitution inside quotes.
func (l *lexer) quoted(quote byte) {
	c := l.s[l.i]
	switch {
	case quote == '\'' || l.d == Cmd && c != '\\':
		l.put(c)
		l.i++
	case c == '$':
		l.dollar()
	case c == '`' && l.d == Posix:
		l.backtick()
	case c == l.quoteEscape() && l.i+1 < len(l.s) && (l.d == PowerShell || strings.IndexByte("$`\"\\\n", l.s[l.i+1]) >= 0):
		if l.s[l.i+1] != '\n' && (l.d != Cmd || l.s[l.i+1] == '"') {
			l.put(l.s[l.i+1])
		} else if l.d == Cmd {
			l.put(c)
			l.put(l.s[l.i+1])
		}
		l.i += 2
	default:
		l.put(c)
		l.i++
	}
}

// quoteEscape is what stands before a quote within quotes; most programs on
// Windows take a backslash.
func (l *lexer) quoteEscape() byte { return [...]byte{'\\', '\\', '`'}[l.d] }

// dollar takes a variable or a substitution.
func (l *lexer) dollar() {
	rest := l.s[l.i+1:]
	switch {
	case strings.HasPrefix(rest, "((") && l.d == Posix:
		l.put('$')
		l.put('(')
		l.put('(')
		l.i += 3
	case strings.HasPrefix(rest, "("):
		l.i++
		l.substitute("$(", '(', ')')
	case l.d == Posix && strings.HasPrefix(rest, "'"):
		l.i++ // $'...'
	default:
		l.put('$')
		l.i++
	}
}

func isLetter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// substitute takes the text between brackets, the first of which is at i.
func (l *lexer) substitute(shown string, open, end byte) {
	n := closing(l.s[l.i:], open, end, l.d)
	text := l.s[l.i+1 : min(l.i+n, len(l.s))]
	l.w.inner = append(l.w.inner, text)
	l.open = true
	l.buf.WriteString(shown)
	l.buf.WriteString(text)
	l.buf.WriteByte(end)
	l.i = min(l.i+n+1, len(l.s))
}

// backtick takes the older form of a substitution.
func (l *lexer) backtick() {
	n := strings.IndexByte(l.s[l.i+1:], '`')
	if n < 0 {
		n = len(l.s) - l.i - 1
	}
	text := l.s[l.i+1 : l.i+1+n]
	l.w.inner = append(l.w.inner, text)
	l.open = true
	l.buf.WriteString("$(" + text + ")")
	l.i = min(l.i+n+2, len(l.s))
}

// closing returns where the bracket that opens s is closed, its length if
// nowhere.
func closing(s string, open, end byte, d Dialect) int {
	depth := 0
	escape := [...]byte{'\\', '^', '`'}[d]
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == escape:
			i++
		case c == '"' || c == '\'':
			i = quoteEnd(s, i, escape)
		case c == open:
			depth++
		case c == end:
			depth--
			if depth == 0 {
				return i
			}
		}
	}
	return len(s)
}

// quoteEnd returns where the quote at i is closed.
func quoteEnd(s string, i int, escape byte) int {
	q := s[i]
	for i++; i < len(s) && s[i] != q; i++ {
		if s[i] == escape && q == '"' {
			i++
		}
	}
	return i
}

// endWord ends the word, which may be what a redirection is for.
func (l *lexer) endWord() {
	if !l.open {
		return
	}
	l.w.text = l.buf.String()
	switch l.redir {
	case '>':
		l.cur.writes = append(l.cur.writes, l.w.text)
	case '<':
		l.cur.reads = append(l.cur.reads, l.w.text)
	case 'h':
		l.here = append(l.here, hereDoc{part: len(l.parts), end: l.w.text})
	case 's':
		l.cur.stdin = l.w.text
	}
	if l.redir == 0 || len(l.w.inner) > 0 {
		l.cur.words = append(l.cur.words, l.w)
	}
	l.buf.Reset()
	l.w, l.open, l.redir = word{}, false, 0
}

// endPart ends the simple command.
func (l *lexer) endPart() {
	l.endWord()
	l.redir = 0
	if len(l.cur.words)+len(l.cur.writes)+len(l.cur.reads) > 0 {
		l.cur.text = l.s[l.start:min(l.i, len(l.s))]
		l.parts = append(l.parts, l.cur)
	}
	l.cur = part{}
	l.start = min(l.i+1, len(l.s))
}

// hereBodies reads the here-documents that the line before announced.
func (l *lexer) hereBodies() {
	for _, h := range l.here {
		start := l.i
		for l.i < len(l.s) {
			line, _, _ := strings.Cut(l.s[l.i:], "\n")
			end := l.i
			l.i = min(l.i+len(line)+1, len(l.s))
			if strings.TrimSpace(line) == h.end {
				l.give(h.part, l.s[start:end])
				break
			}
			if l.i == len(l.s) {
				l.give(h.part, l.s[start:])
			}
		}
	}
	l.here = l.here[:0]
	l.start = l.i
}

func (l *lexer) give(part int, text string) {
	if part < len(l.parts) {
		l.parts[part].stdin = text
	}
}
