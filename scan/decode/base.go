package decode

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
)

// A table maps a byte to its digit, or to one of the values below.
type table [256]byte

const (
	foreign = 0xff // no digit of this base
)

func newTable(digits string) *table {
	var t table
	for i := range t {
		t[i] = foreign
	}
	for i := range len(digits) {
		t[digits[i]] = byte(i)
	}
	return &t
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

var (
	table64    = newTable(letters + "abcdefghijklmnopqrstuvwxyz0123456789+/")
	table64URL = newTable(letters + "abcdefghijklmnopqrstuvwxyz0123456789-_")
	table32    = newTable(letters + "234567")
	// table85 is the alphabet of RFC 1924, Python's b85decode.
	table85  = newTable("0123456789" + letters + "abcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~")
	tableZ85 = newTable("0123456789abcdefghijklmnopqrstuvwxyz" + letters + ".-:+=^!/*?&<>()[]{}@%$#")
)

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// base16 skips white space as bytes.fromhex does, and takes both cases.
func base16(in []byte, _ int) ([]byte, error) {
	digits := make([]byte, 0, len(in))
	for _, c := range in {
		if !isSpace(c) {
			digits = append(digits, c)
		}
	}
	odd := len(digits) % 2
	n, err := hex.Decode(digits, digits[:len(digits)-odd])
	if err != nil || odd == 1 {
		return digits[:n], malformed("not pairs of hexadecimal digits")
	}
	return digits[:n], nil
}

func base64Plain(in []byte, _ int) ([]byte, error) { return base64With(table64, in) }
func base64URL(in []byte, _ int) ([]byte, error)   { return base64With(table64URL, in) }

// base64With reads as binascii.a2b_base64 does without strict mode: foreign bytes
// are skipped, and padding at its place ends the data. Missing padding, which is
// an error there, is let through.
func base64With(t *table, in []byte) ([]byte, error) {
	digits := make([]byte, 0, len(in))
	pads := 0
	for _, c := range in {
		if c == '=' {
			if pads++; len(digits)%4 >= 2 && len(digits)%4+pads >= 4 {
				break
			}
			continue
		}
		if d := t[c]; d != foreign {
			digits = append(digits, d)
			pads = 0
		}
	}
	out := make([]byte, 0, len(digits)/4*3+3)
	for len(digits) >= 4 {
		v := uint32(digits[0])<<18 | uint32(digits[1])<<12 | uint32(digits[2])<<6 | uint32(digits[3])
		out = append(out, byte(v>>16), byte(v>>8), byte(v))
		digits = digits[4:]
	}
	switch len(digits) {
	case 1:
		return out, malformed("one digit more than a multiple of four")
	case 2:
		out = append(out, digits[0]<<2|digits[1]>>4)
	case 3:
		out = append(out, digits[0]<<2|digits[1]>>4, digits[1]<<4|digits[2]>>2)
	}
	return out, nil
}

// strictBase64 is the canonical form alone; "" padding is allowed.
func strictBase64(in []byte) ([]byte, bool) {
	enc := base64.StdEncoding
	for _, c := range in {
		if c == '-' || c == '_' {
			enc = base64.URLEncoding
			break
		}
	}
	if len(in)%4 != 0 {
		enc = enc.WithPadding(base64.NoPadding)
	}
	out := make([]byte, enc.DecodedLen(len(in)))
	n, err := enc.Decode(out, in)
	return out[:n], err == nil
}

// base32 takes lower case and missing padding too.
func base32(in []byte, _ int) ([]byte, error) {
	out := make([]byte, 0, len(in)*5/8+1)
	var v uint64
	bits := 0
	for i, c := range in {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		d := table32[c]
		switch {
		case c == '=':
			return out, nil
		case isSpace(c):
			continue
		case d == foreign:
			return out, malformed("byte %d is no digit of base 32", i)
		}
		v, bits = v<<5|uint64(d), bits+5
		if bits >= 8 {
			bits -= 8
			out = append(out, byte(v>>bits))
		}
	}
	return out, nil
}

func base85(in []byte, _ int) ([]byte, error) { return base85With(table85, in, nil) }

func z85(in []byte, _ int) ([]byte, error) {
	return base85With(tableZ85, in, nil)
}

// base85With decodes groups of five digits; white space is skipped. The words map
// bytes that stand for a whole group.
func base85With(t *table, in []byte, words map[byte]uint32) ([]byte, error) {
	out := make([]byte, 0, len(in)/5*4+4)
	var v uint64
	n := 0
	for i, c := range in {
		if isSpace(c) {
			continue
		}
		if w, ok := words[c]; ok && n == 0 {
			out = binary.BigEndian.AppendUint32(out, w)
			continue
		}
		d := t[c]
		if d == foreign {
			return out, malformed("byte %d is no digit of base 85", i)
		}
		v, n = v*85+uint64(d), n+1
		if n == 5 {
			if v > 0xffffffff {
				return out, malformed("a group of base 85 overflows")
			}
			out = binary.BigEndian.AppendUint32(out, uint32(v))
			v, n = 0, 0
		}
	}
	if n > 0 { // as if padded with the highest digit
		for i := n; i < 5; i++ {
			v = v*85 + 84
		}
		if v > 0xffffffff {
			return out, malformed("a group of base 85 overflows")
		}
		out = append(out, binary.BigEndian.AppendUint32(nil, uint32(v))[:n-1]...)
	}
	return out, nil
}

var tableA85 = func() *table {
	digits := make([]byte, 85)
	for i := range digits {
		digits[i] = byte('!' + i)
	}
	return newTable(string(digits))
}()

// ascii85 reads Python's a85decode with and without Adobe's frame; the short
// forms of four zeros and four spaces are taken always.
func ascii85(in []byte, _ int) ([]byte, error) {
	in = trimSpace(in)
	if len(in) >= 2 && string(in[:2]) == "<~" {
		in = in[2:]
	}
	if len(in) >= 2 && string(in[len(in)-2:]) == "~>" {
		in = in[:len(in)-2]
	}
	return base85With(tableA85, in, map[byte]uint32{'z': 0, 'y': 0x20202020})
}

func trimSpace(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}
