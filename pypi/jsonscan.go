package pypi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxJSONDepth is how deep values may nest. Index pages nest five deep; the
// limit bounds the stack that a hostile page can use.
const maxJSONDepth = 64

// jsonScanner reads JSON (RFC 8259) of a known shape in one pass. Pages of big
// projects hold megabytes of JSON that is parsed whenever it changes; going
// through encoding/json costs several times as much. Strings without escapes
// are parts of the input and cost nothing.
//
// The first error stays: from then on every method returns zero values, and
// iterations end. Values that no method asks for are checked all the same.
type jsonScanner struct {
	s     string
	i     int
	depth int
	err   error
}

var errTruncated = errors.New("ends early")

// scanJSON starts on body. It refuses what is not UTF-8: clients differ in how
// they repair it.
func scanJSON(body []byte) *jsonScanner {
	d := &jsonScanner{s: string(body)}
	if !utf8.ValidString(d.s) {
		d.fail("not UTF-8")
	}
	return d
}

func (d *jsonScanner) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
	d.i = len(d.s)
}

// unexpected fails for what stands at the current place.
func (d *jsonScanner) unexpected(want string) {
	switch {
	case d.err != nil:
	case d.i >= len(d.s):
		d.err = errTruncated
	default:
		d.fail("%s expected at byte %d", want, d.i)
	}
}

// end fails when anything but white space is left.
func (d *jsonScanner) end() {
	if d.peek(); d.i < len(d.s) {
		d.fail("text after the end at byte %d", d.i)
	}
}

// peek skips white space and returns the next byte, 0 at the end.
func (d *jsonScanner) peek() byte {
	for d.i < len(d.s) {
		switch c := d.s[d.i]; c {
		case ' ', '\n', '\r', '\t':
			d.i++
		default:
			return c
		}
	}
	return 0
}

// take takes the byte c if it comes next.
func (d *jsonScanner) take(c byte) bool {
	if d.peek() != c || d.i >= len(d.s) {
		return false
	}
	d.i++
	return true
}

// enter opens an array or object.
func (d *jsonScanner) enter(open byte, want string) bool {
	if !d.take(open) {
		d.unexpected(want)
		return false
	}
	d.depth++
	if d.depth > maxJSONDepth {
		d.fail("nests deeper than %d", maxJSONDepth)
		return false
	}
	return true
}

// object calls member for every member of an object; member must read the value.
func (d *jsonScanner) object(member func(key string)) {
	if !d.enter('{', "object") {
		return
	}
	for first := true; !d.take('}'); first = false {
		if !first && !d.take(',') {
			d.unexpected("comma")
			return
		}
		if d.peek() != '"' {
			d.unexpected("key")
			return
		}
		key := d.str()
		if !d.take(':') {
			d.unexpected("colon")
			return
		}
		member(key)
		if d.err != nil {
			return
		}
	}
	d.depth--
}

// array calls element for every element of an array; element must read it.
func (d *jsonScanner) array(element func()) {
	if !d.enter('[', "array") {
		return
	}
	for first := true; !d.take(']'); first = false {
		if !first && !d.take(',') {
			d.unexpected("comma")
			return
		}
		element()
		if d.err != nil {
			return
		}
	}
	d.depth--
}

// plain marks the bytes that may stand unescaped within a JSON string and do
// not end it.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 0x20 && c != '"' && c != '\\'
	}
	return t
}()

// str reads a string.
func (d *jsonScanner) str() string {
	if d.peek() != '"' {
		d.unexpected("string")
		return ""
	}
	start := d.i
	i := start + 1
	for i < len(d.s) && plain[d.s[i]] {
		i++
	}
	d.i = i
	if i < len(d.s) && d.s[i] == '"' {
		d.i++
		return d.s[start+1 : i]
	}
	return d.escapedStr(start)
}

// escapedStr goes on with a string that starts at start and is plain so far.
func (d *jsonScanner) escapedStr(start int) string {
	for d.i < len(d.s) {
		switch c := d.s[d.i]; {
		case c == '"':
			d.i++
			var text string
			if err := json.Unmarshal([]byte(d.s[start:d.i]), &text); err != nil {
				d.fail("malformed string at byte %d", start)
			}
			return text
		case c == '\\':
			d.i += 2
		case c < 0x20:
			d.unexpected("character of a string")
			return ""
		default:
			d.i++
		}
	}
	d.i = len(d.s)
	d.unexpected("end of a string")
	return ""
}

// literal takes a word such as "null" if it comes next.
func (d *jsonScanner) literal(word string) bool {
	d.peek()
	if !strings.HasPrefix(d.s[d.i:], word) {
		return false
	}
	d.i += len(word)
	return true
}

// optStr reads a string or null.
func (d *jsonScanner) optStr() string {
	if d.literal("null") {
		return ""
	}
	return d.str()
}

// boolean reads true or false.
func (d *jsonScanner) boolean() bool {
	switch {
	case d.literal("true"):
		return true
	case d.literal("false"):
		return false
	}
	d.unexpected("true or false")
	return false
}

// whole reads a whole number of at least 0, or null, which is 0.
func (d *jsonScanner) whole() int64 {
	if d.literal("null") {
		return 0
	}
	d.peek()
	start := d.i
	text := d.number()
	n, err := strconv.ParseInt(text, 10, 64)
	if d.err == nil && (err != nil || n < 0) {
		d.fail("whole number expected at byte %d", start)
		return 0
	}
	return n
}

// number reads a number and returns its text.
func (d *jsonScanner) number() string {
	s, start := d.s[d.i:], d.i
	n := 0
	if n < len(s) && s[n] == '-' {
		n++
	}
	whole := digits(s[n:])
	ok := whole == 1 || whole > 1 && s[n] != '0'
	n += whole
	if ok && n < len(s) && s[n] == '.' {
		fraction := digits(s[n+1:])
		ok = fraction > 0
		n += 1 + fraction
	}
	if ok && n < len(s) && toLower(s[n]) == 'e' {
		n++
		if n < len(s) && (s[n] == '+' || s[n] == '-') {
			n++
		}
		exponent := digits(s[n:])
		ok = exponent > 0
		n += exponent
	}
	if d.i = start + n; !ok {
		d.unexpected("number")
		return ""
	}
	return s[:n]
}

// skip reads any value.
func (d *jsonScanner) skip() {
	switch c := d.peek(); {
	case c == '{':
		d.object(func(string) { d.skip() })
	case c == '[':
		d.array(d.skip)
	case c == '"':
		d.str()
	case c == '-' || isDigit(c):
		d.number()
	case d.literal("null") || d.literal("true") || d.literal("false"):
	default:
		d.unexpected("value")
	}
}

// raw reads any value and returns a copy of its text, without white space.
func (d *jsonScanner) raw() json.RawMessage {
	d.peek()
	start := d.i
	d.skip()
	if d.err != nil {
		return nil
	}
	return compactJSON(d.s[start:d.i])
}

// strings reads an array of strings, or null.
func (d *jsonScanner) strings() (list []string) {
	if !d.literal("null") {
		d.array(func() { list = append(list, d.str()) })
	}
	return list
}

// compactJSON copies valid JSON without the white space between its tokens, so
// that what was kept renders the same however it was laid out.
func compactJSON(s string) json.RawMessage {
	var b bytes.Buffer
	b.Grow(len(s))
	if err := json.Compact(&b, []byte(s)); err != nil {
		return nil // the scanner has checked s
	}
	return b.Bytes()
}
