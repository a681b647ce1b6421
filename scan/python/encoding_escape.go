package python

import (
	"strings"
	"unicode/utf8"
)

// decodeUnicodeEscape reads Latin-1 in which the escapes of string literals
// stand for characters, those of the code itself included: a line break may be
// written \n, a quote \x22.
func decodeUnicodeEscape(d *decoding, src string) {
	for i := 0; i < len(src); {
		if src[i] != '\\' || i+1 >= len(src) {
			d.put(rune(src[i]), i)
			i++
			continue
		}
		r, n, ok := unicodeEscape(src[i:])
		switch {
		case !ok:
			d.bad(i)
		case n == 2 && src[i+1] == '\n':
		case r < 0:
			d.put('\\', i)
			d.put(rune(src[i+1]), i+1)
		default:
			d.put(r, i)
		}
		i += n
	}
}

// unicodeEscape decodes the escape at the beginning of s. The rune is -1 if
// it is none.
func unicodeEscape(s string) (r rune, n int, ok bool) {
	c := s[1]
	if v := simpleEscapes[c]; v != 0 {
		return rune(v), 2, true
	}
	switch {
	case '0' <= c && c <= '7':
		n = 1
		for n < len(s) && n < 4 && isOctal(s[n]) {
			r = r*8 + rune(s[n]-'0')
			n++
		}
		return r, n, true
	case c == 'x':
		return hexEscape(s, 2)
	case c == 'u':
		return hexEscape(s, 4)
	case c == 'U':
		return hexEscape(s, 8)
	case c == 'N':
		end := strings.IndexByte(s[:min(len(s), maxCharacterName)], '}')
		if end > 3 && s[2] == '{' {
			r, ok := lookupName(s[3:end])
			return r, end + 1, ok
		}
		return 0, 2, false
	}
	return -1, 2, true
}

func hexEscape(s string, digits int) (r rune, n int, ok bool) {
	n = 2
	for n < len(s) && n < 2+digits && isHex(s[n]) {
		r = r<<4 | rune(hexValue(s[n]))
		n++
	}
	return r, n, n == 2+digits && 0 <= r && r <= utf8.MaxRune
}

// decodeRawUnicodeEscape reads Latin-1 in which only \u and \U after an odd
// number of backslashes stand for characters.
func decodeRawUnicodeEscape(d *decoding, src string) {
	slashes := 0
	for i := 0; i < len(src); {
		c := src[i]
		if slashes%2 == 1 && (c == 'u' || c == 'U') {
			digits := 4
			if c == 'U' {
				digits = 8
			}
			r, n, ok := hexEscape(src[i-1:], digits)
			d.text = d.text[:len(d.text)-1]
			if ok {
				d.put(r, i-1)
			} else {
				d.bad(i - 1)
			}
			i += n - 1
			slashes = 0
			continue
		}
		if c == '\\' {
			slashes++
		} else {
			slashes = 0
		}
		d.put(rune(c), i)
		i++
	}
}

// decodeRot13 is an encoding of source text in Python 2 only.
func decodeRot13(d *decoding, src string) {
	for i := range len(src) {
		c := src[i]
		switch lower := c | 0x20; {
		case 'a' <= lower && lower <= 'm':
			c += 13
		case 'n' <= lower && lower <= 'z':
			c -= 13
		}
		d.put(rune(c), i)
	}
}
