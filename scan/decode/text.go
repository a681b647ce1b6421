package decode

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

func rot13(in []byte, _ int) ([]byte, error) {
	out := bytes.Clone(in)
	for i, c := range out {
		switch lower := c | 0x20; {
		case lower >= 'a' && lower <= 'm':
			out[i] += 13
		case lower >= 'n' && lower <= 'z':
			out[i] -= 13
		}
	}
	return out, nil
}

// reverse turns a text around, character by character where it is UTF-8.
func reverse(in []byte, _ int) ([]byte, error) {
	if !utf8.Valid(in) {
		out := bytes.Clone(in)
		slices.Reverse(out)
		return out, nil
	}
	out := make([]byte, len(in))
	at := len(out)
	for len(in) > 0 {
		_, n := utf8.DecodeRune(in)
		at -= n
		copy(out[at:], in[:n])
		in = in[n:]
	}
	return out, nil
}

func utf8Text(in []byte, _ int) ([]byte, error) {
	in = bytes.TrimPrefix(in, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(in) {
		return bytes.ToValidUTF8(in, []byte("\uFFFD")), malformed("not UTF-8")
	}
	return bytes.Clone(in), nil
}

func latin1(in []byte, _ int) ([]byte, error) {
	out := make([]byte, 0, len(in))
	for _, c := range in {
		out = utf8.AppendRune(out, rune(c))
	}
	return out, nil
}

// appendRune appends a character; a lone surrogate has three bytes, as Python's
// "surrogatepass" writes it.
func appendRune(out []byte, r rune) []byte {
	if r >= 0xd800 && r <= 0xdfff {
		return append(out, 0xed, byte(0x80|r>>6&0x3f), byte(0x80|r&0x3f))
	}
	return utf8.AppendRune(out, r)
}

func utf16LE(in []byte, _ int) ([]byte, error) { return utf16With(binary.LittleEndian, in) }
func utf16BE(in []byte, _ int) ([]byte, error) { return utf16With(binary.BigEndian, in) }

// utf16Text goes by the byte order mark, and is little-endian without one.
func utf16Text(in []byte, _ int) ([]byte, error) {
	switch {
	case bytes.HasPrefix(in, []byte("\xfe\xff")):
		return utf16With(binary.BigEndian, in[2:])
	case bytes.HasPrefix(in, []byte("\xff\xfe")):
		in = in[2:]
	}
	return utf16With(binary.LittleEndian, in)
}

func utf16With(order binary.ByteOrder, in []byte) ([]byte, error) {
	out := make([]byte, 0, len(in)/2+len(in)/8)
	for len(in) >= 2 {
		r := rune(order.Uint16(in))
		in = in[2:]
		if utf16.IsSurrogate(r) && len(in) >= 2 {
			if pair := utf16.DecodeRune(r, rune(order.Uint16(in))); pair != utf8.RuneError {
				r, in = pair, in[2:]
			}
		}
		out = appendRune(out, r)
	}
	if len(in) > 0 {
		return out, malformed("an odd byte at the end of UTF-16")
	}
	return out, nil
}

func utf32LE(in []byte, _ int) ([]byte, error) { return utf32With(binary.LittleEndian, in) }
func utf32BE(in []byte, _ int) ([]byte, error) { return utf32With(binary.BigEndian, in) }

func utf32Text(in []byte, _ int) ([]byte, error) {
	switch {
	case bytes.HasPrefix(in, []byte("\x00\x00\xfe\xff")):
		return utf32With(binary.BigEndian, in[4:])
	case bytes.HasPrefix(in, []byte("\xff\xfe\x00\x00")):
		in = in[4:]
	}
	return utf32With(binary.LittleEndian, in)
}

func utf32With(order binary.ByteOrder, in []byte) ([]byte, error) {
	out := make([]byte, 0, len(in)/4+len(in)/8)
	for ; len(in) >= 4; in = in[4:] {
		v := order.Uint32(in)
		if v > utf8.MaxRune {
			return out, malformed("no character %#x", v)
		}
		out = appendRune(out, rune(v))
	}
	if len(in) > 0 {
		return out, malformed("odd bytes at the end of UTF-32")
	}
	return out, nil
}

// utf7 reads RFC 2152, a coding of source text that hides it from whoever
// assumes UTF-8.
func utf7(in []byte, _ int) ([]byte, error) {
	out := make([]byte, 0, len(in))
	for i := 0; i < len(in); i++ {
		if in[i] != '+' {
			out = utf8.AppendRune(out, rune(in[i]))
			continue
		}
		end := i + 1
		for end < len(in) && table64[in[end]] != foreign {
			end++
		}
		if end == i+1 { // "+-" is a plus
			out = append(out, '+')
		} else {
			units := make([]byte, base64.RawStdEncoding.DecodedLen(end-i-1))
			n, _ := base64.RawStdEncoding.Decode(units, in[i+1:end]) // what is cut off stays out
			text, _ := utf16With(binary.BigEndian, units[:n&^1])
			out = append(out, text...)
		}
		if end == len(in) || in[end] != '-' {
			end--
		}
		i = end
	}
	return out, nil
}

// punycodeLimit bounds the input of punycode in bytes: each character may be
// inserted before all others, which is quadratic.
const punycodeLimit = 16 << 10

// punycode reads RFC 3492 with Python's codec's lenience.
func punycode(in []byte, _ int) ([]byte, error) {
	if len(in) > punycodeLimit {
		return nil, ErrLimit
	}
	var text []rune
	rest := in
	if i := bytes.LastIndexByte(in, '-'); i >= 0 {
		text, rest = bytes.Runes(in[:i]), in[i+1:]
	}
	char, at, bias := 128, 0, 72
	for len(rest) > 0 {
		delta, n := punycodeDelta(rest, bias)
		if n == 0 {
			return []byte(string(text)), malformed("no digit of punycode")
		}
		first := at == 0 && char == 128
		total := len(text) + 1
		char += (at + delta) / total
		at = (at + delta) % total
		if char > utf8.MaxRune {
			return []byte(string(text)), malformed("no character %#x", char)
		}
		text = slices.Insert(text, at, rune(char))
		rest, bias, at = rest[n:], punycodeBias(delta, total, first), at+1
	}
	return []byte(string(text)), nil
}

// punycodeDelta reads one number in digits of changing weight; n is 0 when there
// is none.
func punycodeDelta(in []byte, bias int) (delta, n int) {
	weight := 1
	for i, c := range in {
		d := 0
		switch {
		case c >= '0' && c <= '9':
			d = int(c-'0') + 26
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			d = int(c | 0x20 - 'a')
		default:
			return 0, 0
		}
		delta += d * weight
		threshold := min(max((i+1)*36-bias, 1), 26)
		if d < threshold {
			return delta, i + 1
		}
		if weight *= 36 - threshold; weight > 1<<28 || delta > 1<<28 {
			return 0, 0
		}
	}
	return 0, 0
}

func punycodeBias(delta, total int, first bool) int {
	if delta /= 2; first {
		delta /= 350
	}
	delta += delta / total
	k := 0
	for ; delta > 35*26/2; k += 36 {
		delta /= 35
	}
	return k + 36*delta/(delta+38)
}
