package decode

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Lengths in bytes below which [Guess] does not look.
const (
	guessMin = 16 // of the literal
	codeMin  = 10 // of decoded code or of an address
	textMin  = 24 // of other decoded text
)

// guessRounds is how many encodings may lie in each other: what people wrap by
// hand has one to three, and what is wrapped more is read by following the code.
const guessRounds = 8

// Guess finds out whether a long literal, a text or bytes, is an encoding of
// something to look at: Python or another script, a program, an archive, compressed
// or serialised data, an address, or readable text. It goes on until that is reached.
//
// The name lists the decoders, the outermost first, as "base64, zlib"; out is
// what comes out of the last one, at most [DefaultLimit] bytes. English, names,
// keys, digests, certificates and random data are not ok: each form is read
// strictly, and what comes out has to be of a kind that no chance makes. A
// literal that is code as it stands is not an encoding, and not ok either.
func Guess(in []byte) (name string, out []byte, ok bool) {
	var names []string
	out = in
	for range guessRounds {
		step, next, done := guessStep(out)
		if step == "" {
			break
		}
		names, out, ok = append(names, step), next, true
		if done {
			break
		}
	}
	return strings.Join(names, ", "), out, ok
}

// guessStep undoes one encoding, "" for none. It is done when what came out is
// no encoding again.
func guessStep(in []byte) (name string, out []byte, done bool) {
	if len(in) < guessMin {
		return "", nil, false
	}
	if c := BinaryContent(in); c != ContentUnknown {
		return unpack(c, in)
	}
	if in = trimSpace(in); len(in) < guessMin {
		return "", nil, false
	}
	for _, g := range guesses {
		out, ok := g.read(in)
		if !ok {
			continue
		}
		if c := worth(out); c != ContentUnknown {
			return g.name, out, !c.Packed() && c != ContentText
		}
	}
	return "", nil, false
}

// unpack inflates compressed data, whole or up to the limit.
func unpack(c Content, in []byte) (name string, out []byte, done bool) {
	if !c.Packed() {
		return "", nil, false
	}
	out, err := Decode(string(c), in, 0)
	if err != nil && len(out) < DefaultLimit || len(out) == 0 {
		return "", nil, false
	}
	return string(c), out, false
}

// worth says what decoded bytes are where that is worth telling.
func worth(out []byte) Content {
	c := ContentOf(out)
	switch {
	case c.Packed() && !inflates(c, out):
		return ContentUnknown // a header that chance made, or a test's
	case c == ContentText && (len(out) < textMin || !wordy(out)):
		return ContentUnknown
	case len(out) < codeMin:
		return ContentUnknown
	}
	return c
}

func inflates(c Content, b []byte) bool {
	out, err := Decode(string(c), b, DefaultLimit)
	return len(out) > 0 && (err == nil || errors.Is(err, ErrLimit))
}

// wordy says that a text has words, or is itself an encoding: letters make more
// than half of it, and it is no single run of one of them.
func wordy(b []byte) bool {
	b = b[:min(len(b), 4096)]
	letters, distinct := 0, [256]bool{}
	kinds := 0
	for _, c := range b {
		if lower := c | 0x20; lower >= 'a' && lower <= 'z' || c >= 0x80 {
			letters++
		}
		if !distinct[c] {
			distinct[c] = true
			kinds++
		}
	}
	return letters*2 > len(b) && kinds >= 8
}

// guesses are tried in this order: the narrower alphabet first.
var guesses = []struct {
	name string
	read func(in []byte) ([]byte, bool)
}{
	{"integers", integers},
	{"hex", guessHex},
	{"escapes", guessEscapes},
	{"base32", guessBase32},
	{"base64", guessBase64},
	{"base64, utf-16", guessPowerShell},
	{"reverse, base64", guessReversed},
	{"base85", guess85},
	{"ascii85", guessA85},
	{"rot13", guessRot13},
}

// compact takes line ends and blanks out when all that is left belongs to the
// alphabet; ok is false for anything else.
func compact(in []byte, t *table, extra string) ([]byte, bool) {
	for _, c := range in[:min(len(in), 64)] { // most literals end here, without a copy
		if t[c] == foreign && !isSpace(c) && strings.IndexByte(extra, c) < 0 {
			return nil, false
		}
	}
	out := make([]byte, 0, len(in))
	run, breaks := 0, 0
	for _, c := range in {
		switch {
		case t[c] != foreign || strings.IndexByte(extra, c) >= 0:
			out = append(out, c)
			run++
		case isSpace(c):
			if run > 0 && run < 16 {
				breaks++
			}
			run = 0
		default:
			return nil, false
		}
	}
	return out, breaks <= 1 && len(out) >= guessMin // words are shorter than lines
}

var tableHex = newTable("0123456789abcdefABCDEF")

func guessHex(in []byte) ([]byte, bool) {
	in = bytes.TrimPrefix(in, []byte("0x"))
	if len(in) > 3 && in[2] == ' ' || len(in) > 3 && in[2] == ':' {
		in = bytes.ReplaceAll(in, in[2:3], nil)
	}
	digits, ok := compact(in, tableHex, "")
	if !ok || len(digits)%2 != 0 {
		return nil, false
	}
	out, err := base16(digits, 0)
	return out, err == nil
}

// guessEscapes reads a text in which escapes by number stand for most characters:
// written out twice, it reaches us as backslashes.
func guessEscapes(in []byte) ([]byte, bool) {
	head := in[:min(len(in), 4096)]
	escapes, covered := 0, 0
	for i := 0; i+1 < len(head); {
		n := 0
		if head[i] == '\\' {
			_, n = numericEscape(head[i+1:])
		}
		if n < 2 { // one octal digit is a group of a pattern
			i++
			continue
		}
		escapes, covered, i = escapes+1, covered+n+1, i+n+1
	}
	if escapes < 8 || covered*2 < len(head) {
		return nil, false
	}
	out, err := unicodeEscape(in, 0)
	return out, err == nil
}

func guessBase32(in []byte) ([]byte, bool) {
	digits, ok := compact(in, table32, "=")
	if !ok || len(digits)%8 != 0 {
		return nil, false
	}
	out, err := base32(digits, 0)
	return out, err == nil
}

var table64Both = newTable(letters + "abcdefghijklmnopqrstuvwxyz0123456789+/-_")

func guessBase64(in []byte) ([]byte, bool) {
	digits, ok := compact(in, table64Both, "=")
	if !ok {
		return nil, false
	}
	if len(digits) > 128 { // a look at the head saves decoding what is nothing
		head, ok := strictBase64(digits[:64])
		if !ok || !plausible(head) {
			return nil, false
		}
	}
	return strictBase64(digits)
}

// plausible says that the bytes begin like one of the contents that are looked
// for.
func plausible(head []byte) bool {
	return Readable(head) || BinaryContent(head) != ContentUnknown || wideText(head) || bytes.HasPrefix(head, []byte("x"))
}

// wideText says that the bytes are UTF-16 of mostly ASCII.
func wideText(b []byte) bool {
	zeros := 0
	for i := 1; i < len(b); i += 2 {
		if b[i] == 0 && b[i-1] != 0 {
			zeros++
		}
	}
	return len(b) >= 8 && zeros*2 >= len(b)-len(b)/8
}

// guessPowerShell reads what powershell -EncodedCommand takes.
func guessPowerShell(in []byte) ([]byte, bool) {
	out, ok := guessBase64(in)
	if !ok || !wideText(out[:min(len(out), 1024)]) {
		return nil, false
	}
	out, err := utf16LE(out[:len(out)&^1], 0)
	return out, err == nil
}

func guessReversed(in []byte) ([]byte, bool) {
	if len(in) == 0 || in[0] != '=' {
		return nil, false
	}
	turned, _ := reverse(in, 0)
	return guessBase64(turned)
}

// digits85 says that the literal can be base 85: no blank, and more kinds of
// signs than a word or a path has.
func digits85(in []byte, t *table) bool {
	signs := 0
	for _, c := range in {
		if t[c] == foreign {
			return false
		}
		if c|0x20 < 'a' || c|0x20 > 'z' {
			signs++
		}
	}
	return len(in) >= 2*guessMin && signs*8 > len(in)
}

func guess85(in []byte) ([]byte, bool) {
	if !digits85(in, table85) {
		return nil, false
	}
	out, err := base85(in, 0)
	return out, err == nil
}

func guessA85(in []byte) ([]byte, bool) {
	if frame := bytes.TrimSuffix(bytes.TrimPrefix(in, []byte("<~")), []byte("~>")); !digits85(frame, tableA85) {
		return nil, false
	}
	out, err := ascii85(in, 0)
	return out, err == nil
}

func guessRot13(in []byte) ([]byte, bool) {
	if !bytes.Contains(in, []byte("vzcbeg ")) && !bytes.Contains(in, []byte("rkrp(")) && !bytes.HasPrefix(in, []byte("uggc")) {
		return nil, false
	}
	out, _ := rot13(in, 0)
	if c := ContentOf(out); c != ContentPython && c != ContentURL {
		return nil, false
	}
	return out, true
}

// integers reads a list of numbers as characters, the form that chr and bytes
// undo: decimal or hexadecimal, parted by anything else, in brackets or not.
func integers(in []byte) ([]byte, bool) {
	if strings.IndexByte("[({0123456789", in[0]) < 0 {
		return nil, false
	}
	var text, raw []byte
	count := 0
	for len(in) > 0 {
		n := bytes.IndexFunc(in, func(r rune) bool { return !isWord(r) })
		if n < 0 {
			n = len(in)
		}
		if n == 0 {
			if strings.IndexByte(" \t\r\n,;:|-_.[](){}", in[0]) < 0 {
				return nil, false
			}
			in = in[1:]
			continue
		}
		v, err := strconv.ParseUint(string(in[:min(n, 12)]), 0, 21) // 21 bits hold each character
		if err != nil || v > utf8.MaxRune || n > 12 {
			return nil, false
		}
		if text = appendRune(text, rune(v)); v < 256 && count == len(raw) {
			raw = append(raw, byte(v))
		}
		in, count = in[n:], count+1
	}
	if len(raw) == count {
		text = raw // bytes, which may be no text
	}
	return text, count >= guessMin
}

func isWord(r rune) bool { return r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z' }
