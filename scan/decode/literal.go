package decode

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// literal writes a value as Python 3 source. Code objects are None. Beyond the
// limit in bytes "..." stands for what is left out.
func literal(v *Value, limit int) string {
	var b strings.Builder
	writeLiteral(&b, v, limit)
	return b.String()
}

func writeLiteral(b *strings.Builder, v *Value, limit int) {
	if b.Len() > limit {
		b.WriteString("...")
		return
	}
	switch v.Kind {
	case Bool, Int, Float, Complex:
		b.WriteString(v.Text)
	case Ellipsis:
		b.WriteString("...")
	case StopValue:
		b.WriteString("StopIteration")
	case Text:
		quoteText(b, v.Text, limit)
	case Bytes:
		b.WriteByte('b')
		quoteBytes(b, v.Text, limit)
	case Tuple, List, Set, Dict, Slice:
		writeItems(b, v, limit)
	default:
		b.WriteString("None")
	}
}

var brackets = map[Kind][2]string{Tuple: {"(", ")"}, List: {"[", "]"}, Set: {"{", "}"}, Dict: {"{", "}"}, Slice: {"slice(", ")"}}

func writeItems(b *strings.Builder, v *Value, limit int) {
	if v.Kind == Set && len(v.Items) == 0 {
		b.WriteString("set()")
		return
	}
	b.WriteString(brackets[v.Kind][0])
	for i, item := range v.Items {
		if b.Len() > limit {
			b.WriteString("...")
			break
		}
		writeLiteral(b, item, limit)
		switch {
		case v.Kind == Dict && i%2 == 0:
			b.WriteString(": ")
		case i+1 < len(v.Items):
			b.WriteString(", ")
		case v.Kind == Tuple && len(v.Items) == 1:
			b.WriteString(",")
		}
	}
	b.WriteString(brackets[v.Kind][1])
}

// quoteText writes a text; surrogates of three bytes become escapes.
func quoteText(b *strings.Builder, s string, limit int) {
	b.WriteByte('\'')
	for i := 0; i < len(s); {
		if b.Len() > limit {
			break
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			if i+2 < len(s) && s[i] == 0xed {
				fmt.Fprintf(b, `\ud%03x`, int(s[i+1]&0x3f)<<6&0xfff|int(s[i+2]&0x3f))
				i += 3
				continue
			}
			fmt.Fprintf(b, `\x%02x`, s[i])
			i++
			continue
		}
		quoteRune(b, r)
		i += n
	}
	b.WriteByte('\'')
}

func quoteRune(b *strings.Builder, r rune) {
	switch {
	case r == '\'' || r == '\\':
		b.WriteByte('\\')
		b.WriteRune(r)
	case r == '\n':
		b.WriteString(`\n`)
	case r < 0x20 || r == 0x7f:
		fmt.Fprintf(b, `\x%02x`, r)
	case r < 0x7f || unicode.IsPrint(r):
		b.WriteRune(r)
	case r > 0xffff:
		fmt.Fprintf(b, `\U%08x`, r)
	default:
		fmt.Fprintf(b, `\u%04x`, r)
	}
}

func quoteBytes(b *strings.Builder, s string, limit int) {
	b.WriteByte('\'')
	for i := range len(s) {
		if b.Len() > limit {
			break
		}
		switch c := s[i]; {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c < 0x20 || c >= 0x7f:
			fmt.Fprintf(b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('\'')
}

var keywords = words("False None True and as assert async await break class continue def del elif else except finally for from " +
	"global if import in is lambda nonlocal not or pass raise return try while with yield")

// isIdentifier says that a name can stand in source as it is. Long ones cannot:
// an obfuscator's names of a thousand characters would be copied at each use.
func isIdentifier(name string) bool {
	if name == "" || len(name) > 200 || keywords[name] {
		return false
	}
	for i, r := range name {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r)) || r == utf8.RuneError {
			return false
		}
	}
	return true
}

// identifier returns a name that can stand in source: itself, or one made of its
// bytes, the same for the same name.
func identifier(name string) string {
	switch {
	case isIdentifier(name):
		return name
	case len(name) < 5 && strings.HasPrefix(name, ".") && strings.Trim(name[1:], "0123456789") == "" && len(name) > 1:
		return "_" + name[1:] // the argument of a comprehension
	}
	h := uint64(14695981039346656037) // FNV-1a
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	head := strings.Map(func(r rune) rune {
		if r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return -1
	}, name[:min(len(name), 20)])
	return fmt.Sprintf("_n_%s_%x", head, h)
}

// isDotted says that each part of a dotted name is an identifier.
func isDotted(name string) bool {
	for part := range strings.SplitSeq(name, ".") {
		if !isIdentifier(part) {
			return false
		}
	}
	return true
}
