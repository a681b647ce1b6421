package rules

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"regexp"

	"pipwarden/scan"
)

// A payload is what bytes are that stand where none of their kind belong:
// behind a picture, in its comments, decoded from a text of JavaScript.
type payload uint8

const (
	payloadNone    payload = iota // nothing, padding, or data that says nothing
	payloadNoise                  // bytes without a pattern, as of a cipher
	payloadEncoded                // a long text in base64 or hexadecimal that decodes to noise
	payloadArchive                // a zip, gzip, xz or tar
	payloadCode                   // Python, shell, PowerShell, or a text that decodes to something of the list
	payloadProgram                // an ELF, PE or Mach-O
)

var payloadNames = [...]string{
	"nothing", "bytes without a pattern", "a long encoded text", "an archive", "code", "a program",
}

// String returns a noun for messages.
func (p payload) String() string { return payloadNames[p] }

const (
	// payloadHead is how far behind its beginning a payload may start: loaders
	// put a mark of their own in front of it.
	payloadHead = 1 << 10
	// minEncoded is the length of an encoded text that is worth a look. Keys and
	// digests of honest files are shorter.
	minEncoded = 160
	// minNoise is the length below which entropy says nothing.
	minNoise = 4 << 10
	// noiseBits is the entropy a byte, in bits, of what is compressed or
	// encrypted.
	noiseBits = 7.9
	// maxDecoded bounds what is decoded to be looked at: the head tells what it is.
	maxDecoded = 64 << 10
)

// codeText is text that a program is made of and a description is not.
var codeText = regexp.MustCompile(`(?m)(?:^|[\s;:"'(=])(?:exec|eval|__import__|execfile)\s*\(\s*[\w"'(\[.]` +
	`|^\s*import (?:os|sys|subprocess|base64|socket|requests|ctypes|urllib|zlib|marshal|shutil|builtins)\b` +
	`|^\s*from [\w.]+ import \w` +
	`|\b(?:os\.(?:system|popen)|subprocess\.\w+|marshal\.loads|base64\.b64decode|zlib\.decompress)\s*\(` +
	`|(?i:\bpowershell(?:\.exe)?\s+-|\bcmd(?:\.exe)?\s+/c\s|\bcurl\s[^\n]{0,200}\|\s*(?:ba|z)?sh\b|\bIEX\s*\(|<\?php|<script)` +
	`|^#!\s*/`)

// payloadOf says what bytes are. It reads their head, and the whole of them for
// their entropy alone.
func payloadOf(b []byte) payload {
	b = bytes.Trim(b, "\x00 \t\r\n")
	head := b[:min(len(b), maxDecoded)]
	switch {
	case len(b) < 8:
		return payloadNone
	case programWithin(head):
		return payloadProgram
	case codeText.Match(printable(head)):
		return payloadCode
	case archiveWithin(head):
		return payloadArchive
	}
	if inner, ok := decodeText(head); ok {
		return payloadOfDecoded(inner)
	}
	if len(b) >= minNoise && entropy(b) >= noiseBits {
		return payloadNoise
	}
	return payloadNone
}

// payloadOfDecoded is payloadOf for what came out of a decoder: one layer more
// is looked at, and no further.
func payloadOfDecoded(b []byte) payload {
	switch {
	case scan.FormatOf(b).Native():
		return payloadProgram
	case scan.FormatOf(b).Archive(), isZlib(b):
		return payloadArchive
	case codeText.Match(printable(b)):
		return payloadCode
	case mediumOf(b, int64(len(b))).kind != "":
		return payloadNone // a preview
	}
	if inner, ok := decodeText(b); ok && (scan.FormatOf(inner).Native() || codeText.Match(printable(inner))) {
		return payloadCode
	}
	return payloadEncoded
}

// printable is the text at the start of b: what comes before a NUL. Code is not
// looked for among the bytes of a picture.
func printable(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return b
}

func programWithin(b []byte) bool {
	head := b[:min(len(b), payloadHead)]
	if bytes.Contains(head, []byte("\x7fELF\x01\x01\x01")) || bytes.Contains(head, []byte("\x7fELF\x02\x01\x01")) {
		return true
	}
	for at := 0; at < len(head); at++ {
		i := bytes.Index(head[at:], []byte("MZ"))
		if i < 0 {
			return false
		}
		at += i
		if peHeader(b[at:]) {
			return true
		}
	}
	return false
}

// peHeader asks for a DOS header and the PE header that it points to.
func peHeader(b []byte) bool {
	if len(b) < 64 {
		return false
	}
	off := int(b[60]) | int(b[61])<<8 | int(b[62])<<16
	return b[63] == 0 && off >= 64 && off+4 <= len(b) && string(b[off:off+4]) == "PE\x00\x00"
}

var archiveMarks = [][]byte{
	[]byte("PK\x03\x04"), []byte("7z\xbc\xaf\x27\x1c"), []byte("Rar!\x1a\x07"), []byte("\xfd7zXZ\x00"), []byte("\x1f\x8b\x08\x00"), []byte("\x1f\x8b\x08\x08"),
}

func archiveWithin(b []byte) bool {
	for _, mark := range archiveMarks {
		if bytes.Contains(b[:min(len(b), payloadHead)], mark) {
			return true
		}
	}
	return false
}

// isZlib says that b begins with the header of a zlib stream at its usual
// levels.
func isZlib(b []byte) bool {
	return len(b) > 2 && b[0] == 0x78 && (b[1] == 0x01 || b[1] == 0x5e || b[1] == 0x9c || b[1] == 0xda)
}

var (
	base64Text = regexp.MustCompile(`[A-Za-z0-9+/]{160,}={0,2}`)
	hexText    = regexp.MustCompile(`(?:[0-9a-fA-F]{2}){80,}`)
)

// decodeText decodes the first long run of hexadecimal or base64 in b.
func decodeText(b []byte) ([]byte, bool) {
	b = printable(b)
	if len(b) < minEncoded {
		return nil, false
	}
	if run := hexText.Find(b); run != nil && len(run) == len(base64Text.Find(b)) {
		out := make([]byte, len(run)/2)
		n, err := hex.Decode(out, run)
		return out[:n], err == nil
	}
	run := base64Text.Find(b)
	if run == nil {
		return nil, false
	}
	run = bytes.TrimRight(run, "=")
	out := make([]byte, len(run))
	n, err := base64.RawStdEncoding.Decode(out, run[:len(run)/4*4])
	return out[:n], err == nil
}

// base64Runs finds the texts of at least minEncoded characters of base64 between
// quotes, without their padding, at most limit of them.
func base64Runs(text []byte, limit int) (runs [][]int) {
	start := -1
	for i, c := range text {
		switch {
		case base64Digit[c]:
			continue
		case start >= 0 && i-start > minEncoded && (c == '=' || isQuote(c)):
			if runs = append(runs, []int{start, i}); len(runs) == limit {
				return runs
			}
		}
		start = -1
		if isQuote(c) || c == ',' { // a comma ends the head of a data: URL
			start = i + 1
		}
	}
	return runs
}

func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

var base64Digit = func() (set [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		set[c] = true
	}
	return set
}()
