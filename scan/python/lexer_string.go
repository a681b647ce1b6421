package python

// stops marks the bytes at which the scan of a string has to think.
var stops = [256]bool{'\'': true, '"': true, '\\': true, '\n': true, '\r': true}

// str reads a string literal whose prefix begins at start and whose quote
// stands at l.pos.
func (l *lexer) str(start int, prefix Prefix) {
	quote := l.text[l.pos]
	triple := l.at(l.pos+1) == quote && l.at(l.pos+2) == quote
	if prefix&(PrefixF|PrefixT) != 0 && l.fstringStart(start, prefix, quote, triple) {
		return
	}
	if triple {
		l.pos += 3
		l.flags |= flagTriple
		l.triple(quote)
	} else {
		l.pos++
		if l.single(start, quote) {
			return
		}
	}
	l.emit(tString, start)
	l.toks[len(l.toks)-1].prefix = prefix
}

// single moves behind the closing quote or, where there is none, to the end
// of the line. It reports whether the quote turned out to close an f-string
// around this one, as in f'{x' where a brace is missing.
func (l *lexer) single(start int, quote byte) (handled bool) {
	text := l.text
	for i := l.pos; ; {
		for i < len(text) && !stops[text[i]] {
			i++
		}
		switch {
		case i < len(text) && text[i] == quote:
			l.pos = i + 1
			return false
		case i >= len(text) || text[i] == '\n' || text[i] == '\r':
			if l.closesFString(start, quote) {
				return true
			}
			l.pos = i
			l.flags |= flagOpen
			l.fail(start, "unterminated string literal")
			return false
		case text[i] == '\\':
			l.flags |= flagEscape
			i = l.skipEscape(i)
		default:
			i++
		}
	}
}

// skipEscape returns the offset behind a backslash and what it escapes.
func (l *lexer) skipEscape(i int) int {
	if l.at(i+1) == '\r' && l.at(i+2) == '\n' {
		return min(i+3, len(l.text))
	}
	return min(i+2, len(l.text))
}

// triple moves behind the closing quotes. Where there are none the string
// ends with its first line and the rest of the file is read as code; that no
// such quotes follow is remembered, or a file of many opening quotes would be
// searched to its end for each of them.
func (l *lexer) triple(quote byte) {
	text := l.text
	start := l.pos
	slot := 0
	if quote == '"' {
		slot = 1
	}
	for i := start; !l.noTriple[slot]; {
		for i < len(text) && !stops[text[i]] {
			i++
		}
		if i >= len(text) {
			l.noTriple[slot] = true
			break
		}
		switch c := text[i]; {
		case c == quote && i+2 < len(text) && text[i+1] == quote && text[i+2] == quote:
			l.pos = i + 3
			return
		case c == '\\':
			l.flags |= flagEscape
			i = l.skipEscape(i)
		case c == '\r':
			l.flags |= flagEscape
			i++
		default:
			i++
		}
	}
	l.flags |= flagOpen
	l.fail(start, "unterminated triple-quoted string literal")
	for l.pos < len(text) && class[text[l.pos]] != classNewline {
		l.pos++
	}
}
