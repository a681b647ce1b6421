package rules

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
)

// A medium is a picture, a sound or a font, as far as its structure tells.
type medium struct {
	kind  string   // "PNG", "JPEG", ...; "" = none of them
	end   int64    // where the structure ends; 0 = not found
	texts [][]byte // comments and descriptions that no reader shows, at most maxMediaTexts
}

const (
	// maxMediaTexts is the number of comments that are looked at.
	maxMediaTexts = 64
	// maxMediaText is how much of a compressed comment is unpacked.
	maxMediaText = 256 << 10
)

// mediumOf reads the structure of a medium of size bytes, of which b is the
// whole or the head. It never goes beyond b: the end is 0 where b ends first,
// but for formats whose header tells their length.
func mediumOf(b []byte, size int64) medium {
	switch {
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return readPNG(b)
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		return readJPEG(b)
	case bytes.HasPrefix(b, []byte("GIF87a")), bytes.HasPrefix(b, []byte("GIF89a")):
		return readGIF(b)
	case len(b) >= 14:
		return sizedMedium(b, size)
	}
	return medium{}
}

// sizedMedium reads the formats whose header tells their length; b has at least
// 14 bytes.
func sizedMedium(b []byte, size int64) medium {
	switch magic := string(b[:4]); {
	case magic == "RIFF":
		return medium{kind: "RIFF", end: even(int64(binary.LittleEndian.Uint32(b[4:])) + 8)}
	case magic == "wOFF", magic == "wOF2":
		return medium{kind: "WOFF", end: int64(binary.BigEndian.Uint32(b[8:]))}
	case magic[:2] == "BM" && binary.LittleEndian.Uint32(b[6:]) == 0:
		return readBMP(b)
	case magic == "\x00\x01\x00\x00", magic == "OTTO", magic == "true":
		return readFont(b, size)
	}
	return medium{}
}

func even(n int64) int64 { return n + n&1 }

// readBMP takes the file header's size where it is one: some writers leave it
// zero.
func readBMP(b []byte) medium {
	if n := int64(binary.LittleEndian.Uint32(b[2:])); n > 54 {
		return medium{kind: "BMP", end: n}
	}
	return medium{kind: "BMP"}
}

// readPNG walks the chunks to IEND and gathers the texts (PNG, third edition,
// 11.3.3).
func readPNG(b []byte) medium {
	m := medium{kind: "PNG"}
	for at := 8; at+12 <= len(b); {
		n := int(binary.BigEndian.Uint32(b[at:]))
		if n < 0 || n > len(b)-at-12 {
			return m
		}
		data := b[at+8 : at+8+n]
		switch string(b[at+4 : at+8]) {
		case "IEND":
			m.end = int64(at + 12 + n)
			return m
		case "tEXt", "zTXt", "iTXt":
			m.addText(pngText(string(b[at+4:at+8]), data))
		}
		at += 12 + n
	}
	return m
}

func (m *medium) addText(text []byte) {
	if len(text) > 0 && len(m.texts) < maxMediaTexts {
		m.texts = append(m.texts, text)
	}
}

// pngText is the value of a text chunk. Profiles that image tools store as
// hexadecimal are not text.
func pngText(kind string, data []byte) []byte {
	keyword, rest, ok := bytes.Cut(data, []byte{0})
	if !ok || bytes.HasPrefix(keyword, []byte("Raw profile type")) {
		return nil
	}
	packed := kind == "zTXt"
	if packed {
		rest = rest[min(1, len(rest)):]
	}
	if kind == "iTXt" && len(rest) >= 2 {
		packed = rest[0] == 1
		rest = rest[2:]
		_, rest, _ = bytes.Cut(rest, []byte{0})
		_, rest, _ = bytes.Cut(rest, []byte{0})
	}
	if !packed {
		return rest
	}
	r, err := zlib.NewReader(bytes.NewReader(rest))
	if err != nil {
		return nil
	}
	out, _ := io.ReadAll(io.LimitReader(r, maxMediaText)) // what came before damage counts
	return out
}

// readJPEG walks the segments and scans to EOI (ISO 10918-1, annex B).
func readJPEG(b []byte) medium {
	m := medium{kind: "JPEG"}
	for at := 2; at+2 <= len(b); {
		if b[at] != 0xff {
			return m
		}
		mark := b[at+1]
		switch {
		case mark == 0xff:
			at++
			continue
		case mark == 0xd9:
			m.end = int64(at + 2)
			return m
		case mark >= 0xd0 && mark <= 0xd8, mark == 0x01:
			at += 2
			continue
		case at+4 > len(b):
			return m
		}
		n := int(binary.BigEndian.Uint16(b[at+2:]))
		if n < 2 || at+2+n > len(b) {
			return m
		}
		if mark == 0xfe || mark == 0xe1 {
			m.addText(bytes.Trim(b[at+4:at+2+n], "\x00"))
		}
		at += 2 + n
		if mark == 0xda {
			at = skipScan(b, at)
		}
	}
	return m
}

// skipScan returns where the entropy-coded data ends: at a marker that is no
// stuffed byte and no restart.
func skipScan(b []byte, at int) int {
	for at < len(b) {
		i := bytes.IndexByte(b[at:], 0xff)
		if i < 0 || at+i+1 >= len(b) {
			return len(b)
		}
		at += i
		if c := b[at+1]; c != 0 && c != 0xff && (c < 0xd0 || c > 0xd7) {
			return at
		}
		at += 2
		if b[at-1] == 0xff {
			at-- // a fill byte may begin the marker
		}
	}
	return at
}

// readGIF walks the blocks to the trailer (GIF89a, section 27).
func readGIF(b []byte) medium {
	m := medium{kind: "GIF"}
	if len(b) < 13 {
		return m
	}
	at := 13
	if b[10]&0x80 != 0 {
		at += 3 << (b[10]&7 + 1)
	}
	for at < len(b) {
		switch b[at] {
		case 0x3b:
			m.end = int64(at + 1)
			return m
		case 0x21: // an extension: a label, then blocks
			comment := at+1 < len(b) && b[at+1] == 0xfe
			next, text := gifBlocks(b, at+2, comment)
			m.addText(text)
			at = next
		case 0x2c:
			if at+10 > len(b) {
				return m
			}
			packed := b[at+9]
			at += 10
			if packed&0x80 != 0 {
				at += 3 << (packed&7 + 1)
			}
			at, _ = gifBlocks(b, at+1, false)
		default:
			return m
		}
	}
	return m
}

// gifBlocks skips sub-blocks and returns their data when it is wanted.
func gifBlocks(b []byte, at int, keep bool) (next int, data []byte) {
	for at < len(b) {
		n := int(b[at])
		at++
		if n == 0 {
			return at, data
		}
		if keep && at+n <= len(b) {
			data = append(data, b[at:at+n]...)
		}
		at += n
	}
	return len(b), data
}

// readFont takes the end of the last table in the directory (OpenType,
// "Organization of an OpenType font").
func readFont(b []byte, size int64) medium {
	n := int(binary.BigEndian.Uint16(b[4:]))
	if n == 0 || n > 128 || 12+16*n > len(b) {
		return medium{}
	}
	end := int64(12 + 16*n)
	for i := range n {
		table := b[12+16*i:]
		stop := int64(binary.BigEndian.Uint32(table[8:])) + int64(binary.BigEndian.Uint32(table[12:]))
		if stop > size {
			return medium{} // no font, or one cut off
		}
		end = max(end, stop)
	}
	return medium{kind: "font", end: (end + 3) &^ 3}
}
