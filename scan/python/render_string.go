package python

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// string writes a string that is no f-string.
func (p *printer) string(s *Str) {
	switch {
	case s.Kind == Bytes, s.Kind == Native && !utf8.ValidString(s.Value):
		p.bytes(s.Value)
	default:
		quote := quoteFor(s.Value)
		p.str(quote)
		p.text(s.Value, quote, false)
		p.str(quote)
	}
}

// quoteFor chooses the quote that needs fewer escapes.
func quoteFor(s string) string {
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		return `"`
	}
	return "'"
}

func (p *printer) bytes(s string) {
	quote := quoteFor(s)
	p.str("b" + quote)
	for i := range len(s) {
		c := s[i]
		if c >= 0x7f {
			p.out = fmt.Appendf(p.out, `\x%02x`, c)
			continue
		}
		p.char(rune(c), quote)
	}
	p.str(quote)
}

// docstring writes text in triple quotes with its line breaks, if that needs
// no other escapes.
func (p *printer) docstring(s *Str) bool {
	v := s.Value
	if s.Kind == Bytes || !strings.Contains(v, "\n") || strings.Contains(v, `"""`) || strings.HasSuffix(v, `"`) {
		return false
	}
	for _, r := range v {
		if r != '\n' && (!unicode.IsPrint(r) || r == '\\') || r == utf8.RuneError {
			return false
		}
	}
	p.str(`"""`)
	p.str(v)
	p.str(`"""`)
	return true
}

// text writes the body of a text literal. Braces are doubled in f-strings.
func (p *printer) text(s, quote string, braces bool) {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			size = p.invalid(s[i:])
		case braces && (r == '{' || r == '}'):
			p.str(string(r) + string(r))
		default:
			p.char(r, quote)
		}
		i += size
	}
}

// invalid writes bytes that are not UTF-8: a surrogate in three bytes as its
// escape, any other byte as the character of that number.
func (p *printer) invalid(s string) int {
	if len(s) >= 3 && s[0] == 0xed && s[1]&0xe0 == 0xa0 && s[2]&0xc0 == 0x80 {
		p.out = fmt.Appendf(p.out, `\u%04x`, 0xd000|int(s[1]&0x3f)<<6|int(s[2]&0x3f))
		return 3
	}
	p.out = fmt.Appendf(p.out, `\x%02x`, s[0])
	return 1
}

// char writes a character so that it shows: nothing that moves a cursor,
// turns the direction of text or has no width is written as itself.
func (p *printer) char(r rune, quote string) {
	switch r {
	case '\\':
		p.str(`\\`)
		return
	case '\n':
		p.str(`\n`)
		return
	case '\r':
		p.str(`\r`)
		return
	case '\t':
		p.str(`\t`)
		return
	}
	switch {
	case string(r) == quote[:1]:
		p.str(`\` + quote[:1])
	case unicode.IsPrint(r):
		p.out = utf8.AppendRune(p.out, r)
	case r < 0x100:
		p.out = fmt.Appendf(p.out, `\x%02x`, r)
	case r < 0x10000:
		p.out = fmt.Appendf(p.out, `\u%04x`, r)
	default:
		p.out = fmt.Appendf(p.out, `\U%08x`, r)
	}
}

// joined writes an f-string. Its fields are written first: the quote that
// none of them holds is the one that every version can read.
func (p *printer) joined(x *JoinedStr) {
	parts := make([]string, len(x.Values))
	var all strings.Builder
	for i, v := range x.Values {
		if field, ok := v.(*FormattedValue); ok {
			parts[i] = p.field(field, x.Template)
			all.WriteString(parts[i])
		}
	}
	quote := "'"
	for _, q := range []string{"'", `"`, `'''`, `"""`} {
		if !strings.Contains(all.String(), q[:1]) || len(q) == 3 && !strings.Contains(all.String(), q) {
			quote = q
			break
		}
	}
	if strings.Contains(all.String(), "\n") && len(quote) == 1 {
		quote = strings.Repeat(quote, 3)
	}
	if x.Template {
		p.str("t" + quote)
	} else {
		p.str("f" + quote)
	}
	for i, v := range x.Values {
		switch v := v.(type) {
		case *Str:
			p.text(v.Value, quote, true)
		case *FormattedValue:
			p.str(parts[i])
		default:
			p.str("{")
			p.expr(v, levelTest)
			p.str("}")
		}
	}
	p.str(quote)
}

// field renders a replacement field.
func (p *printer) field(x *FormattedValue, template bool) string {
	q := printer{}
	if template {
		q.str("{" + x.Source)
	} else {
		q.expr(x.X, levelOr)
		if len(q.out) > 0 && q.out[0] == '{' {
			q.out = append([]byte(" "), q.out...)
		}
		q.out = append([]byte("{"), q.out...)
	}
	if x.Conversion != 0 {
		q.str("!" + string(rune(x.Conversion)))
	}
	if x.Spec != nil {
		q.str(":")
		q.spec(x.Spec, template)
	}
	q.str("}")
	return string(q.out)
}

// spec writes a format specification, in which braces cannot be doubled.
func (p *printer) spec(x *JoinedStr, template bool) {
	for _, v := range x.Values {
		switch v := v.(type) {
		case *Str:
			p.specText(v.Value)
		case *FormattedValue:
			p.str(p.field(v, template))
		}
	}
}

// specText writes the text of a format specification. Quotes and braces are
// escaped by number there, since the f-string around may end at any quote.
func (p *printer) specText(s string) {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			size = p.invalid(s[i:])
		case r == '{' || r == '}' || r == '\'' || r == '"':
			p.out = fmt.Appendf(p.out, `\x%02x`, r)
		default:
			p.char(r, "'")
		}
		i += size
	}
}
