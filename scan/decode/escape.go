package decode

import "unicode/utf8"

// escapes are the one-letter escapes of Python's literals.
var escapes = map[byte]string{
	'\n': "", '\\': `\`, '\'': "'", '"': `"`, 'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v",
}

// unicodeEscape reads the escapes of a text literal; bytes above ASCII are
// Latin-1, as the codec has it. Characters by name stay as they are.
func unicodeEscape(in []byte, _ int) ([]byte, error) {
	out := make([]byte, 0, len(in))
	for i := 0; i < len(in); i++ {
		if in[i] != '\\' || i+1 == len(in) {
			out = utf8.AppendRune(out, rune(in[i]))
			continue
		}
		i++
		if text, ok := escapes[in[i]]; ok {
			out = append(out, text...)
			continue
		}
		r, n := numericEscape(in[i:])
		if n == 0 {
			out = utf8.AppendRune(append(out, '\\'), rune(in[i]))
			continue
		}
		out = appendRune(out, r)
		i += n - 1
	}
	return out, nil
}

// numericEscape reads what follows a backslash: octal, x, u or U. n is 0 for
// anything else.
func numericEscape(in []byte) (r rune, n int) {
	width := map[byte]int{'x': 2, 'u': 4, 'U': 8}[in[0]]
	if width > 0 {
		if len(in) <= width {
			return 0, 0
		}
		v, ok := hexValue(in[1 : 1+width])
		if !ok || v > utf8.MaxRune {
			return 0, 0
		}
		return rune(v), 1 + width
	}
	for n < 3 && n < len(in) && in[n] >= '0' && in[n] <= '7' {
		r = r<<3 | rune(in[n]-'0')
		n++
	}
	return r, n
}

// rawUnicodeEscape reads \u and \U alone.
func rawUnicodeEscape(in []byte, _ int) ([]byte, error) {
	out := make([]byte, 0, len(in))
	for i := 0; i < len(in); i++ {
		if in[i] == '\\' && i+1 < len(in) && in[i+1]|0x20 == 'u' {
			if r, n := numericEscape(in[i+1:]); n > 0 {
				out = appendRune(out, r)
				i += n
				continue
			}
		}
		out = utf8.AppendRune(out, rune(in[i]))
	}
	return out, nil
}
