package python

import (
	"strings"
	"unicode/utf8"
)

// A Source says how a File's text came from its bytes.
type Source struct {
	// Encoding is the canonical name of the encoding that was used.
	Encoding string
	// Cookie is the encoding as the file declares it (PEP 263), empty if it
	// does not.
	Cookie string
	// BOM says that the input begins with a UTF-8 byte order mark.
	BOM bool
	// Unknown says that the cookie names no encoding that is known here; the
	// text was read as Latin-1.
	Unknown bool

	input string
	marks []mark
}

// A mark is a place where the distance between text and input changes.
type mark struct {
	text  Pos
	input int
	width uint8 // bytes of input for each rune from here; 0: as many as in text
}

// Offset returns the offset into the input of an offset into the text.
func (s *Source) Offset(pos Pos) int {
	if s.BOM {
		return int(pos) + len(bom)
	}
	return int(pos)
}

// recoded reports whether the text is not the input's own bytes.
func (s *Source) recoded() bool { return len(s.marks) > 0 }

// raw returns the input behind a range of the text.
func (s *Source) raw(start, stop Pos) string {
	return s.input[s.Offset(start):s.Offset(stop)]
}

const bom = "\ufeff"

func (f *File) decode(src []byte, decoded bool) {
	f.Text = strings.TrimPrefix(string(src), bom)
	f.NUL = strings.IndexByte(f.Text, 0)
	_ = utf8.ValidString
}

const maxCharacterName = 100

func lookupName(string) (rune, bool) { return 0, false }
