package python

import (
	"unicode"
	"unicode/utf8"
)

// word reads an identifier, a keyword or the prefix of a string.
func (l *lexer) word() {
	start := l.pos
	text := l.text
	i := start
	for i < len(text) && wordByte[text[i]] == inWord {
		i++
	}
	if i < len(text) && text[i] >= 0x80 {
		l.unicodeWord(start, i)
		return
	}
	if i-start <= 2 && i < len(text) && class[text[i]] == classQuote {
		if prefix, ok := stringPrefix(text[start:i]); ok {
			l.checkPrefix(start, prefix)
			l.pos = i
			l.str(start, prefix)
			return
		}
	}
	l.pos = i
	l.emit(keyword(text[start:i]), start)
}

// checkPrefix reports the prefixes that one language has alone.
func (l *lexer) checkPrefix(start int, prefix Prefix) {
	switch {
	case prefix == PrefixU|PrefixR && l.file.Dialect == Py3:
		l.fail(start, "the prefix ur is Python 2")
	case prefix == PrefixR|PrefixB && l.file.Dialect == Py2 && l.text[start]|0x20 == 'r':
		l.fail(start, "the prefix rb is Python 3")
	}
}

// unicodeWord reads an identifier with letters beyond ASCII; i is the first
// of them.
func (l *lexer) unicodeWord(start, i int) {
	for i < len(l.text) {
		if wordByte[l.text[i]] == inWord {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(l.text[i:])
		if l.text[i] < 0x80 || !isWordRune(r, i == start) {
			break
		}
		i += size
	}
	if i == start {
		l.badRune()
		return
	}
	l.pos = i
	if l.file.Dialect == Py2 {
		l.fail(start, "identifiers beyond ASCII are Python 3")
	}
	l.flags |= flagNonASCII
	l.emit(tName, start)
}

// badRune consumes a rune that begins no token and all such runes after it.
func (l *lexer) badRune() {
	start := l.pos
	l.fail(start, "invalid character")
	for l.pos < len(l.text) && l.text[l.pos] >= 0x80 {
		r, size := utf8.DecodeRuneInString(l.text[l.pos:])
		if isWordRune(r, true) {
			break
		}
		l.pos += size
	}
	l.emit(tBad, start)
}

// isWordRune follows PEP 3131 and UAX 31: XID_Start, or XID_Continue for all
// but the first rune.
func isWordRune(r rune, first bool) bool {
	if r == utf8.RuneError {
		return false
	}
	if unicode.IsLetter(r) || unicode.In(r, unicode.Nl, unicode.Other_ID_Start) || r == '_' {
		return !notXIDStart(r) || !first && !notXIDContinue(r)
	}
	return !first && unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue) && !notXIDContinue(r)
}

// notXIDContinue reports the runes that NFKC turns into something that may
// not stand in an identifier.
func notXIDContinue(r rune) bool {
	switch r {
	case 0x037a, 0x309b, 0x309c, 0xfdfa, 0xfdfb, 0xfe70, 0xfe72, 0xfe74, 0xfe76, 0xfe78, 0xfe7a, 0xfe7c, 0xfe7e:
		return true
	}
	return r >= 0xfc5e && r <= 0xfc63
}

// notXIDStart reports the runes that NFKC turns into something that may not
// begin an identifier.
func notXIDStart(r rune) bool {
	switch r {
	case 0x0e33, 0x0eb3, 0xff9e, 0xff9f:
		return true
	}
	return notXIDContinue(r)
}

const (
	endsWord = iota
	inWord
)

// wordByte marks the ASCII bytes that continue an identifier.
var wordByte = func() (table [256]uint8) {
	for c := range 128 {
		if class[c] == className || class[c] == classDigit {
			table[c] = inWord
		}
	}
	return table
}()

// stringPrefix reports whether a word of at most two letters may stand before
// a quote in any version of either language.
func stringPrefix(word string) (Prefix, bool) {
	var p Prefix
	for i := range len(word) {
		bit := prefixBit(word[i])
		if bit == 0 || p&bit != 0 {
			return 0, false
		}
		p |= bit
	}
	switch p {
	case PrefixU, PrefixR, PrefixB, PrefixF, PrefixT, PrefixR | PrefixB, PrefixR | PrefixF, PrefixR | PrefixT:
		return p, true
	case PrefixU | PrefixR:
		return p, word[0]|0x20 == 'u'
	}
	return 0, false
}

func prefixBit(c byte) Prefix {
	switch c | 0x20 {
	case 'u':
		return PrefixU
	case 'r':
		return PrefixR
	case 'b':
		return PrefixB
	case 'f':
		return PrefixF
	case 't':
		return PrefixT
	}
	return 0
}
