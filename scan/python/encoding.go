package python

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/transform"
)

// A decoding is a text that grows, with the places where it came from.
type decoding struct {
	text    []byte
	marks   []mark
	delta   int // of the last mark: text offset minus input offset
	invalid bool
	at      Pos // of the first invalid byte
}

// put appends a rune that was read at an offset of the input.
func (d *decoding) put(r rune, input int) {
	d.place(input)
	d.text = appendRune(d.text, r)
}

// place says that the text goes on with what stands at an offset of the input.
func (d *decoding) place(input int) {
	if delta := len(d.text) - input; delta != d.delta {
		d.delta = delta
		d.marks = append(d.marks, mark{Pos(len(d.text)), Pos(input)})
	}
}

// bad appends U+FFFD for a byte that is invalid in the encoding.
func (d *decoding) bad(input int) {
	if !d.invalid {
		d.invalid, d.at = true, Pos(len(d.text))
	}
	d.put(utf8.RuneError, input)
}

// A codec decodes a whole text.
type codec func(d *decoding, src string)

//go:embed encodings.txt
var encodingsText string

// codecs holds what encodings.txt says, and the codecs that are written by
// hand or come from x/text.
type codecs struct {
	aliases map[string]string
	tables  map[string]*[256]rune
}

var knownCodecs = sync.OnceValue(func() codecs {
	c := codecs{aliases: map[string]string{}, tables: map[string]*[256]rune{}}
	for line := range strings.Lines(encodingsText) {
		fields := strings.Fields(line)
		switch fields[0] {
		case "alias":
			c.aliases[fields[1]] = fields[2]
		case "table":
			c.tables[fields[1]] = parseTable(fields[2] == "upper", fields[3])
		}
	}
	return c
})

// parseTable reads a table of four hexadecimal digits for each byte; the
// lower half may be ASCII and absent.
func parseTable(upper bool, digits string) *[256]rune {
	table, first := new([256]rune), 0
	if upper {
		first = 128
		for b := range 128 {
			table[b] = rune(b)
		}
	}
	for b := first; b < 256; b++ {
		i := 4 * (b - first)
		v, err := strconv.ParseUint(digits[i:i+4], 16, 16)
		if err != nil {
			panic("scan/python: encodings.txt: " + err.Error())
		}
		table[b] = rune(v)
	}
	return table
}

// codecName returns CPython's name of the codec that a cookie names.
func codecName(cookie string) string {
	name := normalizedName(cookie)
	if alias, ok := knownCodecs().aliases[name]; ok {
		name = alias
	} else if alias, ok := knownCodecs().aliases[strings.ReplaceAll(name, ".", "_")]; ok {
		name = alias
	}
	if strings.HasPrefix(name, utf8Name+"_") && name != "utf_8_sig" {
		return utf8Name
	}
	for _, latin := range []string{"latin_1", "iso_8859_1_", "iso_latin_1"} {
		if strings.HasPrefix(name, latin) {
			return latin1Name
		}
	}
	return name
}

// normalizedName is the form in which aliases are looked up.
func normalizedName(cookie string) string {
	var b strings.Builder
	gap := false
	for i := range len(cookie) {
		c := cookie[i]
		if c == '-' || c == '_' || c == ' ' {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('_')
		}
		gap = false
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		b.WriteByte(c)
	}
	return b.String()
}

// findCodec returns the codec of a name that codecName returned, or nil.
func findCodec(name string, dialect Dialect) codec {
	if table, ok := knownCodecs().tables[name]; ok {
		return table256(table)
	}
	switch name {
	case "utf_7":
		return decodeUTF7
	case "unicode_escape":
		return decodeUnicodeEscape
	case "raw_unicode_escape":
		return decodeRawUnicodeEscape
	case "idna":
		return decodeASCII
	case "iso2022_kr":
		return decodeISO2022KR
	case rot13Name:
		if dialect == Py2 {
			return decodeRot13
		}
	case "utf_16", "utf_16_le":
		return decodeUTF16(false)
	case "utf_16_be":
		return decodeUTF16(true)
	}
	if e := multiByte[name]; e != nil {
		return transformed(e)
	}
	return nil
}

// multiByte has the encodings of several bytes that x/text knows. The
// variants of one encoding differ in a few characters that no program is
// written in.
var multiByte = map[string]encoding.Encoding{
	"gb2312": simplifiedchinese.GBK, "gbk": simplifiedchinese.GBK, "gb18030": simplifiedchinese.GB18030,
	"hz":   simplifiedchinese.HZGB2312,
	"big5": traditionalchinese.Big5, "big5hkscs": traditionalchinese.Big5, "cp950": traditionalchinese.Big5,
	"euc_jp": japanese.EUCJP, "euc_jis_2004": japanese.EUCJP, "euc_jisx0213": japanese.EUCJP,
	"shift_jis": japanese.ShiftJIS, "shift_jis_2004": japanese.ShiftJIS, "shift_jisx0213": japanese.ShiftJIS,
	"cp932":      japanese.ShiftJIS,
	"iso2022_jp": japanese.ISO2022JP, "iso2022_jp_1": japanese.ISO2022JP, "iso2022_jp_2": japanese.ISO2022JP,
	"iso2022_jp_2004": japanese.ISO2022JP, "iso2022_jp_3": japanese.ISO2022JP, "iso2022_jp_ext": japanese.ISO2022JP,
	"euc_kr": korean.EUCKR, "cp949": korean.EUCKR,
}

// table256 decodes an encoding of one byte for each character.
func table256(table *[256]rune) codec {
	return func(d *decoding, src string) {
		d.text = make([]byte, 0, len(src)+len(src)/8)
		for i := range len(src) {
			if r := table[src[i]]; r != utf8.RuneError {
				d.put(r, i)
			} else {
				d.bad(i)
			}
		}
	}
}

func decodeASCII(d *decoding, src string) {
	for i := range len(src) {
		if src[i] < utf8.RuneSelf {
			d.put(rune(src[i]), i)
		} else {
			d.bad(i)
		}
	}
}

// transformed decodes with x/text, one rune at a time so that the place of
// each is known.
func transformed(e encoding.Encoding) codec {
	return func(d *decoding, src string) {
		decoder := e.NewDecoder()
		in := []byte(src)
		d.text = make([]byte, 0, len(src)+len(src)/2)
		var buf [utf8.UTFMax]byte
		for at, room := 0, 1; at < len(in); {
			end := min(len(in), at+maxSequence)
			n, used, err := decoder.Transform(buf[:room], in[at:end], end == len(in))
			if n > 0 {
				d.place(at)
				if r, _ := utf8.DecodeRune(buf[:n]); r == utf8.RuneError && !d.invalid {
					d.invalid, d.at = true, Pos(len(d.text))
				}
				d.text = append(d.text, buf[:n]...)
				room = 1
			}
			at += used
			if n == 0 && used == 0 {
				if room == len(buf) || err != transform.ErrShortDst {
					d.bad(at)
					at++
					room = 1
					continue
				}
				room++
			}
		}
	}
}

// maxSequence is more than any encoding needs to make one character of.
const maxSequence = 64
