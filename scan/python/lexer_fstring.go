package python

// A frame is an open f-string, an open replacement field in it, or the open
// format specification of that field.
type frame struct {
	mode     frameMode
	quote    byte
	triple   bool
	raw      bool
	brackets int // brackets that were open outside
	start    int // of the f-string
	depth    int // f-strings that are open, this one included
}

// maxFrames is room for MaxFStrings, each with a field in a specification.
const maxFrames = 3 * MaxFStrings

type frameMode uint8

const (
	modeText frameMode = iota
	modeField
	modeSpec
)

// fstringStart opens an f-string, unless too many are open already.
func (l *lexer) fstringStart(start int, prefix Prefix, quote byte, triple bool) bool {
	depth := 1
	if n := len(l.frames); n > 0 {
		depth += l.frames[n-1].depth
	}
	if depth > MaxFStrings {
		l.limit(start, "too many nested f-strings", LimitFStrings)
		return false
	}
	l.pos++
	if triple {
		l.pos += 2
		l.flags |= flagTriple
	}
	l.frames = append(l.frames, frame{
		mode: modeText, quote: quote, triple: triple, raw: prefix&PrefixR != 0,
		brackets: len(l.brackets), start: start, depth: depth,
	})
	l.emit(tFStringStart, start)
	l.toks[len(l.toks)-1].prefix = prefix
	return true
}

// fstringText reads the text of an f-string or of a format specification up
// to the next replacement field or to its end.
func (l *lexer) fstringText() {
	fr := l.frames[len(l.frames)-1]
	start := l.pos
	for l.pos < len(l.text) {
		switch c := l.text[l.pos]; {
		case c == '{':
			if fr.mode == modeText && l.at(l.pos+1) == '{' {
				l.flags |= flagEscape
				l.pos += 2
				continue
			}
			if len(l.frames) >= maxFrames {
				l.limit(l.pos, "too many nested format specifications", LimitFStrings)
				l.pos++
				continue
			}
			l.middle(start)
			l.openField(fr)
			return
		case c == '}':
			if l.closingBrace(fr, start) {
				return
			}
		case c == fr.quote:
			if l.fstringQuote(fr, start) {
				return
			}
		case c == '\\':
			l.fstringEscape(fr)
		case c == '\n' || c == '\r':
			if !fr.triple {
				l.fail(fr.start, "unterminated f-string literal")
				l.middle(start)
				l.endFString()
				return
			}
			if c == '\r' {
				l.flags |= flagEscape
			}
			l.pos++
		default:
			l.pos++
		}
	}
	l.fail(fr.start, "unterminated f-string literal")
	l.middle(start)
	l.endFString()
}

func (l *lexer) middle(start int) {
	if l.pos > start {
		l.emit(tFStringMiddle, start)
	}
}

func (l *lexer) openField(fr frame) {
	start := l.pos
	l.pos++
	fr.mode, fr.brackets = modeField, len(l.brackets)
	l.frames = append(l.frames, fr)
	l.emit(tLbrace, start)
}

// closingBrace reads } and reports whether it ends the text.
func (l *lexer) closingBrace(fr frame, start int) bool {
	if fr.mode == modeSpec {
		l.middle(start)
		l.frames = l.frames[:len(l.frames)-2]
		l.pos++
		l.emit(tRbrace, l.pos-1)
		return true
	}
	if l.at(l.pos+1) == '}' {
		l.flags |= flagEscape
		l.pos += 2
		return false
	}
	l.fail(l.pos, "single '}' in an f-string")
	l.pos++
	return false
}

// fstringQuote reads the f-string's own quote character and reports whether
// it ends the f-string.
func (l *lexer) fstringQuote(fr frame, start int) bool {
	if fr.triple && (l.at(l.pos+1) != fr.quote || l.at(l.pos+2) != fr.quote) {
		l.pos++
		return false
	}
	if fr.mode == modeSpec {
		l.fail(l.pos, "a replacement field of an f-string is not closed")
	}
	l.middle(start)
	end := l.pos
	l.pos++
	if fr.triple {
		l.pos += 2
	}
	l.popString()
	l.emit(tFStringEnd, end)
	return true
}

// endFString closes an f-string where its closing quote is missing.
func (l *lexer) endFString() {
	l.popString()
	l.flags |= flagOpen
	l.emit(tFStringEnd, l.pos)
}

// popString removes the innermost f-string and all that is open in it.
func (l *lexer) popString() {
	for n := len(l.frames) - 1; n >= 0; n-- {
		fr := l.frames[n]
		l.frames = l.frames[:n]
		if fr.mode == modeText {
			l.brackets = l.brackets[:min(fr.brackets, len(l.brackets))]
			return
		}
	}
}

// fstringEscape moves over a backslash and what it escapes; braces stay
// special after it, except in \N{name}.
func (l *lexer) fstringEscape(fr frame) {
	l.flags |= flagEscape
	switch next := l.at(l.pos + 1); {
	case next == '{' || next == '}':
		l.pos++
	case next == 'N' && !fr.raw && l.at(l.pos+2) == '{':
		l.pos += 3
		for l.pos < len(l.text) && isNameByte(l.text[l.pos]) {
			l.pos++
		}
		if l.at(l.pos) == '}' {
			l.pos++
		}
	default:
		l.pos = l.skipEscape(l.pos)
	}
}

// isNameByte reports whether c may stand in the name of a character.
func isNameByte(c byte) bool {
	return wordByte[c] == inWord || c == ' ' || c == '-'
}

// closesFString ends the f-string around a quote that opens a string which
// never closes.
func (l *lexer) closesFString(start int, quote byte) bool {
	n := len(l.frames)
	if n == 0 || l.frames[n-1].quote != quote || l.frames[n-1].triple || l.text[start] != quote {
		return false
	}
	l.fail(start, "a replacement field of an f-string is not closed")
	l.flags &^= flagEscape
	l.pos = start + 1
	l.popString()
	l.emit(tFStringEnd, start)
	return true
}
