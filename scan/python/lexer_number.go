package python

// number reads a numeric literal of either language. A name right after it
// (0xfor x) is the parser's business.
func (l *lexer) number() {
	start := l.pos
	kind := l.numberKind()
	l.emit(tNumber, start)
	l.toks[len(l.toks)-1].prefix = Prefix(kind)
}

func (l *lexer) numberKind() NumberKind {
	start := l.pos
	if l.text[start] == '0' {
		switch l.at(start+1) | 0x20 {
		case 'x':
			return l.based(start, isHex)
		case 'o':
			return l.based(start, isOctal)
		case 'b':
			return l.based(start, isBinary)
		}
	}
	kind := Int
	l.digits(isDecimal)
	if l.at(l.pos) == '.' {
		kind = Float
		l.pos++
		if isDecimal(l.at(l.pos)) {
			l.digits(isDecimal)
		}
	}
	if l.exponent() {
		kind = Float
	}
	switch l.at(l.pos) | 0x20 {
	case 'j':
		l.pos++
		return Imaginary
	case 'l':
		if kind == Int && l.long() {
			kind = Long
		}
	}
	if kind != Float {
		l.leadingZero(start, kind)
	}
	return kind
}

// based reads a literal with a base prefix.
func (l *lexer) based(start int, digit func(byte) bool) NumberKind {
	l.pos = start + 2
	if l.at(l.pos) == '_' {
		l.pos++
	}
	if !digit(l.at(l.pos)) {
		l.fail(start, "invalid number")
		return Int
	}
	l.digits(digit)
	if isDecimal(l.at(l.pos)) {
		l.fail(l.pos, "invalid digit in number")
		l.digits(isDecimal)
	}
	if l.at(l.pos)|0x20 == 'l' && l.long() {
		return Long
	}
	return Int
}

// long reads the suffix of Python 2's long.
func (l *lexer) long() bool {
	if l.pos+1 < len(l.text) && wordByte[l.text[l.pos+1]] == inWord {
		return false
	}
	if l.file.Dialect == Py3 {
		l.fail(l.pos, "the suffix L is Python 2")
	}
	l.pos++
	return true
}

// digits moves over digits with single underscores between them (PEP 515).
func (l *lexer) digits(digit func(byte) bool) {
	for {
		for l.pos < len(l.text) && digit(l.text[l.pos]) {
			l.pos++
		}
		if l.at(l.pos) != '_' || !digit(l.at(l.pos+1)) {
			return
		}
		if l.file.Dialect == Py2 {
			l.fail(l.pos, "underscores in numbers are Python 3")
		}
		l.pos++
	}
}

// exponent moves over e+5; an e that is not followed by digits begins a word.
func (l *lexer) exponent() bool {
	if l.at(l.pos)|0x20 != 'e' {
		return false
	}
	i := l.pos + 1
	if c := l.at(i); c == '+' || c == '-' {
		i++
	}
	if !isDecimal(l.at(i)) {
		return false
	}
	l.pos = i
	l.digits(isDecimal)
	return true
}

// leadingZero checks 0777: octal in Python 2, refused by Python 3 unless it
// is zero.
func (l *lexer) leadingZero(start int, kind NumberKind) {
	text := l.text[start:l.pos]
	if kind == Long {
		text = text[:len(text)-1]
	}
	if len(text) < 2 || text[0] != '0' {
		return
	}
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '0' || c == '_':
		case l.file.Dialect == Py3:
			l.fail(start, "a number with a leading zero is Python 2")
			return
		case c > '7':
			l.fail(start, "invalid digit in octal number")
			return
		}
	}
}

func isDecimal(c byte) bool { return '0' <= c && c <= '9' }
func isOctal(c byte) bool   { return '0' <= c && c <= '7' }
func isBinary(c byte) bool  { return c == '0' || c == '1' }
func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}
