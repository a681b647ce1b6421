package python

import (
	"strings"
	"unicode/utf8"
)

// literalValue decodes a string token.
func (p *parser) literalValue(t token, kind StrKind) string {
	body := t.body()
	text := p.text[body.Start:body.Stop]
	if kind == Bytes && !p.py2 && !isASCII(text) {
		p.object(t.start, "a bytes literal holds ASCII only")
	}
	if kind != Text && p.py2 && p.f.Source.Encoding == rot13Name && (t.flags&flagEscape == 0 || t.prefix&PrefixR != 0) {
		return p.f.Source.raw(body.Start, body.Stop)
	}
	if kind != Text && p.py2 && p.f.Source.recoded() && !isASCII(text) {
		return p.recodedValue(t, body)
	}
	if t.flags&flagEscape == 0 {
		return text
	}
	d := p.decoder(kind, t.prefix&PrefixR != 0)
	return string(d.decode(nil, text, body.Start))
}

func (p *parser) decoder(kind StrKind, raw bool) escapeDecoder {
	d := escapeDecoder{p: p, text: kind == Text, raw: raw, native: kind != Text}
	d.rawUnicode = raw && kind == Text && p.py2
	return d
}

// middleValue decodes the text between replacement fields.
func (p *parser) middleValue(t token, prefix Prefix) string {
	text := p.text[t.start:t.end]
	if t.flags&flagEscape == 0 {
		return text
	}
	d := escapeDecoder{p: p, text: true, raw: prefix&PrefixR != 0, braces: true}
	return string(d.decode(nil, text, t.start))
}

// recodedValue is the value of a Python 2 string that is not text: its bytes
// as they stood in the input, in the input's encoding.
func (p *parser) recodedValue(t token, body Span) string {
	d := p.decoder(Native, t.prefix&PrefixR != 0)
	var out []byte
	for at := body.Start; at < body.Stop; {
		run := at
		for run < body.Stop && p.text[run] < utf8.RuneSelf {
			run++
		}
		out = d.decode(out, p.text[at:run], at)
		at = run
		for at < body.Stop && p.text[at] >= utf8.RuneSelf {
			at++
		}
		out = append(out, p.f.Source.raw(run, at)...)
	}
	return string(out)
}

// body is the part of a string token between its quotes.
func (t token) body() Span {
	s := Span{t.start, t.end}
	for p := t.prefix; p != 0; p &= p - 1 {
		s.Start++
	}
	width := Pos(1)
	if t.flags&flagTriple != 0 {
		width = 3
	}
	s.Start += width
	if t.flags&flagOpen == 0 {
		s.Stop -= width
	}
	s.Stop = max(s.Stop, s.Start)
	return s
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func normalizeNewlines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// An escapeDecoder turns the body of a literal into its value, by the rules
// of "String and Bytes literals".
type escapeDecoder struct {
	p          *parser
	text       bool // \u, \U and \N are escapes
	native     bool // \x and octal escapes give bytes
	raw        bool // a backslash stands for itself
	rawUnicode bool // Python 2's ur'': \u and \U are escapes even so
	braces     bool // doubled braces are single ones
}

func (d *escapeDecoder) decode(out []byte, s string, pos Pos) []byte {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			var n int
			out, n = d.escape(out, s[i:], pos+Pos(i))
			i += n
		case c == '\r':
			out = append(out, '\n')
			i++
			if i < len(s) && s[i] == '\n' {
				i++
			}
		case d.braces && (c == '{' || c == '}') && i+1 < len(s) && s[i+1] == c:
			out = append(out, c)
			i += 2
		default:
			out = append(out, c)
			i++
		}
	}
	return out
}

// escape decodes what the backslash at the beginning of s starts, and returns
// its length.
func (d *escapeDecoder) escape(out []byte, s string, pos Pos) ([]byte, int) {
	c := s[1]
	if d.raw && !(d.rawUnicode && (c == 'u' || c == 'U')) {
		if c == '\\' {
			return append(out, '\\', '\\'), 2
		}
		return append(out, '\\'), 1
	}
	if v := simpleEscapes[c]; v != 0 {
		return append(out, v), 2
	}
	switch {
	case strings.HasPrefix(s[1:], "\r\n"):
		return out, 3
	case class[c] == classNewline:
		return out, 2
	case isOctal(c):
		return d.octal(out, s)
	}
	return d.numbered(out, s, pos)
}

// numbered decodes the escapes that give a character by number or name.
func (d *escapeDecoder) numbered(out []byte, s string, pos Pos) ([]byte, int) {
	switch c := s[1]; {
	case c == 'x':
		return d.hex(out, s, 2, pos)
	case c == 'u' && d.text:
		return d.hex(out, s, 4, pos)
	case c == 'U' && d.text:
		return d.hex(out, s, 8, pos)
	case c == 'N' && d.text:
		return d.named(out, s, pos)
	}
	return append(out, '\\'), 1
}

var simpleEscapes = [256]byte{
	'\\': '\\', '\'': '\'', '"': '"', 'a': 7, 'b': 8, 'f': 12, 'n': 10, 'r': 13, 't': 9, 'v': 11,
}

func (d *escapeDecoder) octal(out []byte, s string) ([]byte, int) {
	v, i := 0, 1
	for i < len(s) && i < 4 && isOctal(s[i]) {
		v = v*8 + int(s[i]-'0')
		i++
	}
	if d.native {
		return append(out, byte(v)), i
	}
	return appendRune(out, rune(v)), i
}

func (d *escapeDecoder) hex(out []byte, s string, digits int, pos Pos) ([]byte, int) {
	v, i := rune(0), 2
	for i < len(s) && i < 2+digits && isHex(s[i]) {
		v = v<<4 | rune(hexValue(s[i]))
		i++
	}
	if i < 2+digits || v > utf8.MaxRune || v < 0 {
		d.p.object(pos, "invalid escape in a string")
		return append(out, s[:i]...), i
	}
	if d.native {
		return append(out, byte(v)), i
	}
	return appendRune(out, v), i
}

func (d *escapeDecoder) named(out []byte, s string, pos Pos) ([]byte, int) {
	end := strings.IndexByte(s[:min(len(s), maxCharacterName)], '}')
	if len(s) > 2 && s[2] == '{' && end > 3 {
		if r, ok := lookupName(s[3:end]); ok {
			return appendRune(out, r), end + 1
		}
	}
	d.p.object(pos, "unknown character name in a string")
	return append(out, s[:2]...), 2
}

func hexValue(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// appendRune appends a rune in UTF-8, surrogates too: \ud800 is a value that
// a Python string can have.
func appendRune(out []byte, r rune) []byte {
	if 0xd800 <= r && r <= 0xdfff {
		return append(out, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
	}
	return utf8.AppendRune(out, r)
}
