package python

// A sign is how a byte that is neither letter, digit, quote nor space is read:
// alone, doubled, before =, and doubled before =.
type sign struct {
	one, two, equal, twoEqual kind
}

var signs = [128]sign{
	',': {one: tComma},
	';': {one: tSemi},
	'~': {one: tTilde},
	'`': {one: tBackquote},
	'=': {one: tEqual, two: tEqEqual},
	'+': {one: tPlus, equal: tPlusEqual},
	'%': {one: tPercent, equal: tPercentEqual},
	'@': {one: tAt, equal: tAtEqual},
	'&': {one: tAmpersand, equal: tAmpersandEqual},
	'|': {one: tVbar, equal: tVbarEqual},
	'^': {one: tCircumflex, equal: tCircumflexEqual},
	'*': {one: tStar, two: tDoubleStar, equal: tStarEqual, twoEqual: tDoubleStarEqual},
	'/': {one: tSlash, two: tDoubleSlash, equal: tSlashEqual, twoEqual: tDoubleSlashEqual},
	'<': {one: tLess, two: tLeftShift, equal: tLessEqual, twoEqual: tLeftShiftEqual},
	'>': {one: tGreater, two: tRightShift, equal: tGreaterEqual, twoEqual: tRightShiftEqual},
}

// sign reads an operator, a delimiter, a line continuation or a stray byte.
func (l *lexer) sign(c byte) {
	start := l.pos
	switch c {
	case '(', '[', '{':
		l.open(c)
	case ')', ']', '}':
		l.close(c)
	case ':':
		l.colon()
	case '.':
		l.dot()
	case '-', '!':
		l.minusOrBang(c)
	case '\\':
		l.continuation()
	case 0:
		l.nul()
	default:
		if c < 0x80 && signs[c].one != tEOF {
			l.emit(l.operator(&signs[c], c), start)
			return
		}
		l.bad("invalid character")
	}
}

func (l *lexer) at(i int) byte {
	if i < len(l.text) {
		return l.text[i]
	}
	return 0
}

// operator moves over the longest operator that begins with c.
func (l *lexer) operator(s *sign, c byte) kind {
	l.pos++
	switch next := l.at(l.pos); {
	case next == c && s.two != tEOF:
		l.pos++
		if s.twoEqual != tEOF && l.at(l.pos) == '=' {
			l.pos++
			return s.twoEqual
		}
		return s.two
	case next == '=' && s.equal != tEOF:
		l.pos++
		return s.equal
	case c == '<' && next == '>':
		l.pos++
		return tNotEqual
	}
	return s.one
}

func (l *lexer) open(c byte) {
	start := l.pos
	l.pos++
	l.brackets = append(l.brackets, c)
	switch c {
	case '(':
		l.emit(tLparen, start)
	case '[':
		l.emit(tLbracket, start)
	default:
		l.emit(tLbrace, start)
	}
}

// close reads a closing bracket. One that matches nothing leaves the open
// brackets alone; the parser objects to it.
func (l *lexer) close(c byte) {
	start, k, opener := l.pos, tRbrace, byte('{')
	switch c {
	case ')':
		k, opener = tRparen, '('
	case ']':
		k, opener = tRbracket, '['
	}
	l.pos++
	base := 0
	field := len(l.frames) > 0
	if field {
		base = l.frames[len(l.frames)-1].brackets
	}
	n := len(l.brackets)
	switch {
	case n > base && l.brackets[n-1] == opener:
		l.brackets = l.brackets[:n-1]
	case field && c == '}':
		l.brackets = l.brackets[:base]
		l.frames = l.frames[:len(l.frames)-1]
	case n > base:
		l.brackets = l.brackets[:n-1]
	}
	l.emit(k, start)
}

func (l *lexer) colon() {
	start := l.pos
	l.pos++
	if n := len(l.frames); n > 0 && l.frames[n-1].brackets == len(l.brackets) {
		l.emit(tColon, start)
		spec := l.frames[n-1]
		spec.mode = modeSpec
		l.frames = append(l.frames, spec)
		return
	}
	if l.at(l.pos) == '=' {
		l.pos++
		l.emit(tColonEqual, start)
		return
	}
	l.emit(tColon, start)
}

func (l *lexer) dot() {
	start := l.pos
	if next := l.at(l.pos + 1); '0' <= next && next <= '9' {
		l.number()
		return
	}
	if l.at(l.pos+1) == '.' && l.at(l.pos+2) == '.' {
		l.pos += 3
		l.emit(tEllipsis, start)
		return
	}
	l.pos++
	l.emit(tDot, start)
}

func (l *lexer) minusOrBang(c byte) {
	start := l.pos
	l.pos++
	next := l.at(l.pos)
	if next == '=' || c == '-' && next == '>' {
		l.pos++
	}
	switch {
	case c == '-' && next == '>':
		l.emit(tArrow, start)
	case c == '-' && next == '=':
		l.emit(tMinusEqual, start)
	case c == '-':
		l.emit(tMinus, start)
	case next == '=':
		l.emit(tNotEqual, start)
	case len(l.frames) > 0:
		l.emit(tExclamation, start)
	default:
		l.fail(start, "invalid character")
		l.emit(tBad, start)
	}
}

// continuation joins two physical lines at a backslash. At the end of the
// text CPython up to 3.7 ignores it; later versions refuse the file.
func (l *lexer) continuation() {
	if l.pos+1 >= len(l.text) {
		l.pos++
		return
	}
	if class[l.text[l.pos+1]] == classNewline {
		l.pos++
		l.lineEnd()
		return
	}
	l.bad("unexpected character after a line continuation")
}

// nul ends the logical line: what stands before it is what old interpreters
// run, so it must not be drawn into an error. That there is one is reported
// once, by decode.
func (l *lexer) nul() {
	l.brackets, l.frames = l.brackets[:0], l.frames[:0]
	l.endStatement(l.pos)
	for l.pos < len(l.text) && l.text[l.pos] == 0 {
		l.pos++
	}
}

// bad consumes bytes that begin no token, a run of them at once.
func (l *lexer) bad(message string) {
	start := l.pos
	l.fail(start, message)
	l.pos++
	for l.pos < len(l.text) && isStray(l.text[l.pos]) {
		l.pos++
	}
	l.emit(tBad, start)
}

// isStray reports whether no token begins with c.
func isStray(c byte) bool {
	return class[c] == classSign && c != 0 && c != '\\' && (c == '$' || c == '?' || c < ' ' || c == 0x7f)
}
