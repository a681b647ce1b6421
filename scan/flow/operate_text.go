package flow

import (
	"strings"
	"sync/atomic"
	"unicode/utf8"
)

// hole is Hole in UTF-8.
const hole = string(Hole)

// A runeIndex finds the characters of one long text, so that a loop that
// indexes it need not read it anew at each step.
type runeIndex struct {
	text   string
	ascii  bool
	count  int
	starts []int32 // of every runeStride-th character, when not ASCII
}

const (
	runeStride = 256
	longText   = 512 // bytes from which on an index is made
)

// lastIndexes is a memo: what it holds follows from the texts alone.
var (
	lastIndexes [8]atomic.Pointer[runeIndex]
	oldestIndex atomic.Uint32
)

// remembered returns the index of a text that was made before, nil if there is
// none. The same text in the same place is found at once.
func remembered(s string) *runeIndex {
	for i := range lastIndexes {
		if x := lastIndexes[i].Load(); x != nil && x.text == s {
			return x
		}
	}
	return nil
}

func indexRunes(s string) *runeIndex {
	if len(s) >= longText {
		if x := remembered(s); x != nil {
			return x
		}
	}
	x := &runeIndex{text: s, ascii: isASCII(s), count: len(s)}
	if !x.ascii {
		x.count = 0
		for at := 0; at < len(s); x.count++ {
			if x.count%runeStride == 0 {
				x.starts = append(x.starts, int32(at))
			}
			_, n := decodeRune(s[at:])
			at += n
		}
	}
	if len(s) >= longText {
		lastIndexes[oldestIndex.Add(1)%uint32(len(lastIndexes))].Store(x)
	}
	return x
}

// offset returns where character i begins; i may be the number of characters.
func (x *runeIndex) offset(i int) int {
	switch {
	case x.ascii:
		return i
	case i >= x.count:
		return len(x.text)
	}
	at := int(x.starts[i/runeStride])
	for range i % runeStride {
		_, n := decodeRune(x.text[at:])
		at += n
	}
	return at
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// decodeRune reads one character of a Text: UTF-8, lone surrogates as three
// bytes, and bytes that are none of both one by one.
func decodeRune(s string) (rune, int) {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		if len(s) > 2 && s[0] == 0xed && s[1] >= 0xa0 && s[1] < 0xc0 && s[2]&0xc0 == 0x80 {
			return 0xd000 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f), 3
		}
		return rune(s[0]), 1
	}
	return r, n
}

// appendRune writes what decodeRune reads.
func appendRune(out []byte, r rune) []byte {
	if 0xd800 <= r && r <= 0xdfff {
		return append(out, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
	}
	return utf8.AppendRune(out, r)
}

func runeString(r rune) string { return string(appendRune(nil, r)) }

// length is the number of characters of a Text, or of bytes.
func length(v *Value) int {
	if v.Kind == Bytes || len(v.Str) < 2 {
		return len(v.Str)
	}
	return indexRunes(v.Str).count
}

// part returns the characters from lo on, before hi, of a Text or Bytes.
func part(v *Value, lo, hi int) string {
	if v.Kind == Bytes {
		return v.Str[lo:hi]
	}
	x := indexRunes(v.Str)
	return v.Str[x.offset(lo):x.offset(hi)]
}

// runesOf returns the characters of a Text, or the bytes.
func runesOf(v *Value) []rune {
	if v.Kind == Bytes {
		out := make([]rune, len(v.Str))
		for i := range out {
			out[i] = rune(v.Str[i])
		}
		return out
	}
	out := make([]rune, 0, len(v.Str))
	for at := 0; at < len(v.Str); {
		r, n := decodeRune(v.Str[at:])
		out = append(out, r)
		at += n
	}
	return out
}

// textOfRunes makes a Text or Bytes of what like is.
func textOfRunes(like *Value, runes []rune) *Value {
	out := make([]byte, 0, len(runes))
	for _, r := range runes {
		if like.Kind == Bytes {
			out = append(out, byte(r))
		} else {
			out = appendRune(out, r)
		}
	}
	return sameKind(like, string(out))
}

// A pieces puts a text together of parts that may be unknown.
type pieces struct {
	out     strings.Builder
	bytes   bool // a part was Bytes, none was Text
	text    bool
	partial bool
	over    bool // the limit is reached
	count   int64
	from    []*Value
}

// write adds text that is known.
func (p *pieces) write(s string) {
	if p.over = p.over || p.out.Len()+len(s) > resultLimit; !p.over {
		p.out.WriteString(s)
	}
}

// value adds a part; what is not known leaves a Hole.
func (p *pieces) value(v *Value) {
	v = resolved(v)
	if v.Labels != 0 || v.Made != nil || v.ID != 0 || v.Kind == Ref || isContainer(v) {
		p.from = append(p.from, v)
	}
	switch v.Kind {
	case Bytes:
		p.bytes = true
	case Text:
		p.text = true
	default:
		p.text = true
		p.hole()
		return
	}
	p.count += v.Int
	s := v.Str
	if v.Partial {
		p.partial = true
		if strings.HasPrefix(s, hole) && strings.HasSuffix(p.out.String(), hole) {
			s = s[len(hole):]
		}
	}
	p.write(s)
}

// hole leaves one Hole, however many follow each other.
func (p *pieces) hole() {
	p.partial = true
	if s := p.out.String(); !strings.HasSuffix(s, hole) {
		p.write(hole)
	}
}

// result is the text, Unknown if it is too long.
func (p *pieces) result() *Value {
	if p.over {
		return unknown(p.from...)
	}
	s := p.out.String()
	v := &Value{Kind: Text, Str: s, Partial: p.partial}
	switch {
	case p.bytes && !p.text:
		v.Kind = Bytes
	case len(s) < 2 && !p.partial && p.count == 0:
		v = text(s)
	}
	v = carry(v, p.from...)
	if p.count > 0 {
		return computed(v, p.count)
	}
	return v
}

// computed returns v as a text of which count characters were computed one by
// one. The Int of a Text or Bytes keeps the number.
func computed(v *Value, count int64) *Value {
	if !isString(v) || v.Int >= count && count > 0 {
		return v
	}
	c := *v
	c.Int = count
	if count >= computedLength {
		c.Labels |= computedLabel
		if len(c.Made) == 0 {
			return &c
		}
		switch c.Made[len(c.Made)-1] {
		case "chr", "xor", "int", "struct":
			c.Labels |= decodedLabel
		}
	}
	return &c
}

// concat is a + b of two strings, one of which may be unknown.
func concat(a, b *Value) *Value {
	if a.Kind == b.Kind && !a.Partial && !b.Partial {
		return concatKnown(a, b)
	}
	var p pieces
	p.value(a)
	p.value(b)
	return p.result()
}

func concatKnown(a, b *Value) *Value {
	if len(a.Str)+len(b.Str) > resultLimit {
		return unknown(a, b)
	}
	switch {
	case a.Str == "" && a.Labels|b.Labels == b.Labels:
		return b
	case b.Str == "" && a.Labels|b.Labels == a.Labels:
		return a
	}
	v := &Value{Kind: a.Kind, Str: a.Str + b.Str, Labels: a.Labels | b.Labels, Made: longer(a.Made, b.Made)}
	if n := a.Int + b.Int; n > 0 {
		return computed(v, n)
	}
	return v
}
