package decode

import "bytes"

// uu reads a whole uuencoded file, with or without its frame, or single lines as
// binascii.a2b_uu has them.
func uu(in []byte, _ int) ([]byte, error) {
	out := make([]byte, 0, len(in)*3/4+3)
	first := true
	for line := range bytes.Lines(in) {
		line = bytes.TrimRight(line, "\r\n")
		if first && bytes.HasPrefix(line, []byte("begin ")) {
			first = false
			continue
		}
		first = false
		if len(line) == 0 || string(line) == "end" {
			continue
		}
		var err error
		if out, err = uuLine(out, line); err != nil {
			return out, err
		}
	}
	return out, nil
}

// uuLine appends one line's bytes. Spaces at its end may have been cut off.
func uuLine(out, line []byte) ([]byte, error) {
	want := int(line[0]-' ') & 0x3f
	digit := func(i int) (byte, bool) {
		if i >= len(line) {
			return 0, true
		}
		return (line[i] - ' ') & 0x3f, line[i] >= ' ' && line[i] <= '`'
	}
	for i := 1; want > 0; i += 4 {
		var v uint32
		for j := range 4 {
			d, ok := digit(i + j)
			if !ok {
				return out, malformed("no digit of uuencode")
			}
			v = v<<6 | uint32(d)
		}
		group := []byte{byte(v >> 16), byte(v >> 8), byte(v)}
		out = append(out, group[:min(want, 3)]...)
		want -= 3
	}
	return out, nil
}

// quopri reads quoted-printable text (RFC 2045); what is no escape stays.
func quopri(in []byte, _ int) ([]byte, error) {
	out := make([]byte, 0, len(in))
	for line := range bytes.Lines(in) {
		text := bytes.TrimRight(line, " \t\r\n")
		end := line[len(bytes.TrimRight(line, "\r\n")):]
		if len(text) > 0 && text[len(text)-1] == '=' {
			out = unescape(out, text[:len(text)-1], '=')
			continue
		}
		out = append(unescape(out, text, '='), end...)
	}
	return out, nil
}

// percent undoes the escapes of URLs, as urllib.parse.unquote does: "+" stays.
func percent(in []byte, _ int) ([]byte, error) {
	return unescape(make([]byte, 0, len(in)), in, '%'), nil
}

// unescape appends the text with each sign and two hexadecimal digits replaced.
func unescape(out, text []byte, sign byte) []byte {
	for i := 0; i < len(text); i++ {
		if text[i] == sign && i+2 < len(text) {
			if b, ok := hexValue(text[i+1 : i+3]); ok {
				out = append(out, byte(b))
				i += 2
				continue
			}
		}
		out = append(out, text[i])
	}
	return out
}

// hexValue reads up to eight hexadecimal digits.
func hexValue(digits []byte) (v uint32, ok bool) {
	for _, c := range digits {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | uint32(c-'0')
		case c >= 'a' && c <= 'f':
			v = v<<4 | uint32(c-'a'+10)
		case c >= 'A' && c <= 'F':
			v = v<<4 | uint32(c-'A'+10)
		default:
			return 0, false
		}
	}
	return v, len(digits) > 0 && len(digits) <= 8
}
