package python

import (
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding/korean"
)

// decodeUTF7 follows RFC 2152 as CPython does: + begins a run of base64 that
// ends at the first other byte, which is dropped if it is a minus.
func decodeUTF7(d *decoding, src string) {
	for i := 0; i < len(src); {
		c := src[i]
		switch {
		case c >= 0x80:
			d.bad(i)
			i++
		case c != '+':
			d.put(rune(c), i)
			i++
		case i+1 < len(src) && src[i+1] == '-':
			d.put('+', i)
			i += 2
		default:
			i = utf7Run(d, src, i)
		}
	}
}

// utf7Run decodes the run that begins with the + at i, and returns the offset
// behind it.
func utf7Run(d *decoding, src string, i int) int {
	var bits uint32
	var have uint
	var high rune
	start := i
	for i++; i < len(src); i++ {
		v := strings.IndexByte(base64Alphabet, src[i])
		if v < 0 {
			break
		}
		bits, have = bits<<6|uint32(v), have+6
		if have < 16 {
			continue
		}
		have -= 16
		unit := rune(bits>>have) & 0xffff
		if r := utf16.DecodeRune(high, unit); r != 0xfffd {
			d.text = d.text[:len(d.text)-3]
			unit = r
			high = 0
		} else {
			high = unit
		}
		d.put(unit, min(i, start+len(src)))
	}
	if have >= 6 || bits&(1<<have-1) != 0 || i == start+1 && i < len(src) {
		d.bad(min(i, len(src)))
	}
	if i < len(src) && src[i] == '-' {
		i++
	}
	return i
}

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// decodeUTF16 reads two bytes for each unit. The cookie itself, which is read
// as ASCII before, is turned into two characters of three bytes for each six
// of its own: a file like that can hardly be a program, but it can be tried.
func decodeUTF16(big bool) codec {
	return func(d *decoding, src string) {
		var high rune
		for i := 0; i+1 < len(src); i += 2 {
			unit := rune(src[i]) | rune(src[i+1])<<8
			if big {
				unit = rune(src[i])<<8 | rune(src[i+1])
			}
			if r := utf16.DecodeRune(high, unit); r != 0xfffd {
				d.text = d.text[:len(d.text)-3]
				unit, high = r, 0
			} else {
				high = unit
			}
			d.put(unit, i)
		}
		if len(src)%2 == 1 {
			d.bad(len(src) - 1)
		}
	}
}

// decodeISO2022KR reads KS X 1001 between shift out and shift in (RFC 1557)
// by way of EUC-KR, which is the same with the high bit set.
func decodeISO2022KR(d *decoding, src string) {
	const designation, shiftOut, shiftIn = "\x1b$)C", 0x0e, 0x0f
	decoder := korean.EUCKR.NewDecoder()
	shifted := false
	for i := 0; i < len(src); {
		c := src[i]
		switch {
		case strings.HasPrefix(src[i:], designation):
			i += len(designation)
		case c == shiftOut || c == shiftIn:
			shifted = c == shiftOut
			i++
		case shifted && c > ' ' && i+1 < len(src):
			pair, err := decoder.Bytes([]byte{c | 0x80, src[i+1] | 0x80})
			if err != nil {
				d.bad(i)
			} else {
				d.place(i)
				d.text = append(d.text, pair...)
			}
			i += 2
		case c >= 0x80:
			d.bad(i)
			i++
		default:
			shifted = shifted && c != '\n'
			d.put(rune(c), i)
			i++
		}
	}
}
