package python

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// A Source says how a File's text came from its bytes.
type Source struct {
	// Encoding is the name of the encoding that was used, as CPython's codecs
	// are named: "utf_8", "iso8859_1", "cp1252".
	Encoding string
	// Cookie is the encoding as the file declares it (PEP 263), empty if it
	// does not.
	Cookie string
	// BOM says that the input begins with a UTF-8 byte order mark.
	BOM bool
	// Invalid says that the input holds bytes which mean nothing in Encoding.
	Invalid bool
	// Unknown says that Cookie names no encoding that is known here; the text
	// was read as Latin-1, in which the ASCII part of most encodings is right.
	Unknown bool

	input string
	marks []mark
}

// A mark is a place from which on the distance between text and input is
// another than before it.
type mark struct {
	text, input Pos
}

// Offset returns the offset into the input of an offset into the text.
func (s *Source) Offset(pos Pos) int {
	i := sort.Search(len(s.marks), func(i int) bool { return s.marks[i].text > pos })
	offset := int(pos)
	if i > 0 {
		offset = int(s.marks[i-1].input + pos - s.marks[i-1].text)
	}
	if i < len(s.marks) {
		offset = min(offset, int(s.marks[i].input))
	}
	if s.BOM {
		offset += len(bom)
	}
	return min(offset, len(s.input))
}

// recoded reports whether the text is not the input's own bytes.
func (s *Source) recoded() bool { return len(s.marks) > 0 }

// raw returns the input behind a range of the text.
func (s *Source) raw(start, stop Pos) string {
	return s.input[s.Offset(start):s.Offset(stop)]
}

const bom = "\ufeff"

// decode sets Text, Source and NUL, as PEP 263 and PEP 3120 say.
func (f *File) decode(src []byte, decoded bool) {
	s := &f.Source
	if len(src) > MaxSize {
		src = src[:MaxSize]
		f.addError(Error{Pos: MaxSize, Message: "the file is too large", Limit: LimitSize})
	}
	s.input = string(src)
	f.Text = strings.TrimPrefix(s.input, bom)
	s.BOM = len(f.Text) < len(s.input)
	s.Encoding = utf8Name
	if !decoded {
		f.obeyCookie()
	}
	f.NUL = strings.IndexByte(f.Text, 0)
	if f.NUL >= 0 {
		f.addError(Error{Pos: Pos(f.NUL), Message: "the source holds a NUL byte"})
	}
}

const (
	utf8Name   = "utf_8"
	latin1Name = "iso8859_1"
	asciiName  = "ascii"
	rot13Name  = "rot_13" // Python 2 encodes a string again only if it holds no escape
)

func (f *File) obeyCookie() {
	s := &f.Source
	at, cookie := findCookie(f.Text)
	s.Cookie = cookie
	name := utf8Name
	if cookie != "" {
		name = codecName(cookie)
	}
	switch {
	case s.BOM && cookie != "" && !isPlainUTF8(cookie):
		f.addError(Error{Pos: at, Message: "the encoding declared is not that of the byte order mark"})
		name = utf8Name
	case cookie == "" && f.Dialect == Py2 && !s.BOM:
		name = asciiName
	}
	switch name {
	case utf8Name, "utf_8_sig", asciiName:
		s.Encoding = name
		f.checkBytes(name)
		return
	}
	decode := findCodec(name, f.Dialect)
	if decode == nil {
		s.Unknown, name = true, latin1Name
		f.addError(Error{Pos: at, Message: "unknown encoding"})
		decode = findCodec(name, f.Dialect)
	}
	s.Encoding = name
	d := decoding{}
	decode(&d, f.Text)
	d.place(len(f.Text))
	f.Text, s.marks = string(d.text), d.marks
	if s.Invalid = d.invalid; d.invalid {
		f.addError(Error{Pos: d.at, Message: "bytes that are invalid in the declared encoding"})
	}
}

// isPlainUTF8 reports whether a cookie may stand after a byte order mark:
// CPython takes utf-8 and utf-8-anything there, and no other alias.
func isPlainUTF8(cookie string) bool {
	name := strings.ReplaceAll(strings.ToLower(cookie), "_", "-")
	return name == "utf-8" || strings.HasPrefix(name, "utf-8-")
}

// checkBytes reports bytes that are not what the encoding allows. They stay
// in the text as they are.
func (f *File) checkBytes(name string) {
	if name == utf8Name || name == "utf_8_sig" {
		f.Source.Invalid = !utf8.ValidString(f.Text)
		return
	}
	for i := range len(f.Text) {
		if f.Text[i] >= utf8.RuneSelf {
			f.Source.Invalid = true
			f.addError(Error{Pos: Pos(i), Message: "a byte beyond ASCII without a declared encoding"})
			return
		}
	}
}

// checkUTF8 reports invalid UTF-8 outside comments, which all CPythons take
// when they import a file. Python 2 takes it in strings too.
func (f *File) checkUTF8() {
	if !f.Source.Invalid || f.Dialect == Py2 || f.Source.recoded() {
		return
	}
	comments := f.Comments
	for i, r := range f.Text {
		if r != utf8.RuneError || strings.HasPrefix(f.Text[i:], "\ufffd") {
			continue
		}
		for len(comments) > 0 && comments[0].Stop <= Pos(i) {
			comments = comments[1:]
		}
		if len(comments) == 0 || Pos(i) < comments[0].Start {
			f.addError(Error{Pos: Pos(i), Message: "invalid UTF-8"})
			return
		}
	}
}

// findCookie returns the encoding declared in the first line, or in the second
// if the first is empty or a comment, and where its name stands.
//
//	^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)
func findCookie(text string) (Pos, string) {
	offset := 0
	for range 2 {
		line := text[offset:]
		if i := strings.IndexAny(line[:min(len(line), maxCookieLine)], "\r\n"); i >= 0 {
			line = line[:i]
		}
		code := strings.TrimLeft(line, " \t\f")
		if code != "" && code[0] != '#' {
			return 0, ""
		}
		if at, name := cookieIn(line); name != "" {
			return Pos(offset + at), name
		}
		offset += len(line)
		if strings.HasPrefix(text[offset:], "\r\n") {
			offset++
		}
		offset = min(offset+1, len(text))
	}
	return 0, ""
}

// maxCookieLine is how much of a line is searched. CPython searches all of it;
// a comment of that length has nothing to say.
const maxCookieLine = 1 << 16

func cookieIn(line string) (int, string) {
	const word = "coding"
	at := 0
	for {
		i := strings.Index(line[at:], word)
		if i < 0 {
			return 0, ""
		}
		at += i + len(word)
		if at >= len(line) || line[at] != ':' && line[at] != '=' {
			continue
		}
		start := at + 1
		for start < len(line) && (line[start] == ' ' || line[start] == '\t') {
			start++
		}
		end := start
		for end < len(line) && line[end] < utf8.RuneSelf && (wordByte[line[end]] == inWord || line[end] == '-' || line[end] == '.') {
			end++
		}
		if end > start {
			return start, line[start:end]
		}
	}
}
