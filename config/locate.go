package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// locate finds the line of every key and table of a TOML text. The text must be
// valid: locate only follows its structure. Keys are joined as joinKey does it,
// with the number of a table in an array as "rule[2]".
func locate(text string) map[string]int {
	for _, mark := range []string{"\ufeff", "\xff\xfe", "\xfe\xff"} { // byte order marks, which the parser passes over
		text = strings.TrimPrefix(text, mark)
	}
	l := &locator{text: text, line: 1, lines: make(map[string]int), arrays: make(map[string]int)}
	for l.skip(true); l.pos < len(l.text); l.skip(true) {
		before := l.pos
		if l.peek() == '[' {
			l.header()
		} else {
			l.pair(l.table)
		}
		if l.pos == before { // not TOML: the parser has said so already
			return l.lines
		}
	}
	return l.lines
}

type locator struct {
	text   string
	pos    int
	line   int
	table  string         // the table that keys belong to
	lines  map[string]int // first line of each key
	arrays map[string]int // tables so far in each array of tables
}

// joinKey appends a part to a path. A part that is no bare key is quoted.
func joinKey(path, part string) string {
	if part == "" || strings.Trim(part, bareKey) != "" {
		part = strconv.QuoteToASCII(part)
	}
	if path == "" {
		return part
	}
	return path + "." + part
}

const bareKey = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

func joinIndex(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

func (l *locator) peek() byte {
	if l.pos < len(l.text) {
		return l.text[l.pos]
	}
	return 0
}

// next moves over n bytes and counts lines.
func (l *locator) next(n int) {
	end := min(l.pos+n, len(l.text))
	l.line += strings.Count(l.text[l.pos:end], "\n")
	l.pos = end
}

// skip moves over white space, and over line ends and comments if asked.
func (l *locator) skip(lines bool) {
	for l.pos < len(l.text) {
		switch c := l.text[l.pos]; {
		case c == ' ' || c == '\t':
			l.next(1)
		case lines && (c == '\n' || c == '\r'):
			l.next(1)
		case lines && c == '#':
			end := strings.IndexByte(l.text[l.pos:], '\n')
			if end < 0 {
				end = len(l.text) - l.pos
			}
			l.next(end)
		default:
			return
		}
	}
}

// mark notes the line of a key, the first time that it is seen.
func (l *locator) mark(key string, line int) {
	if _, ok := l.lines[key]; !ok {
		l.lines[key] = line
	}
}

// header reads "[a.b]" or "[[a.b]]".
func (l *locator) header() {
	line := l.line
	array := strings.HasPrefix(l.text[l.pos:], "[[")
	l.next(1)
	if array {
		l.next(1)
	}
	parts := l.key()
	path := ""
	for i, part := range parts {
		path = joinKey(path, part)
		n, isArray := l.arrays[path]
		switch {
		case array && i == len(parts)-1:
			l.arrays[path] = n + 1
			l.mark(path, line)
			path = joinIndex(path, n)
		case isArray:
			path = joinIndex(path, n-1)
		}
		l.mark(path, line)
	}
	l.table = path
	for l.peek() == ']' {
		l.next(1)
	}
}

// pair reads "a.b = value".
func (l *locator) pair(path string) {
	line := l.line
	for _, part := range l.key() {
		path = joinKey(path, part)
		l.mark(path, line)
	}
	l.skip(false)
	if l.peek() != '=' {
		return
	}
	l.next(1)
	l.skip(false)
	l.value(path)
}

// key reads a dotted key and the white space after it.
func (l *locator) key() []string {
	var parts []string
	for {
		l.skip(false)
		start := l.pos
		switch l.peek() {
		case '"', '\'':
			l.str()
			parts = append(parts, unquote(l.text[start:l.pos]))
		default:
			for l.pos < len(l.text) && strings.IndexByte(bareKey, l.text[l.pos]) >= 0 {
				l.pos++
			}
			parts = append(parts, l.text[start:l.pos])
		}
		l.skip(false)
		if l.peek() != '.' || l.pos == start {
			return parts
		}
		l.next(1)
	}
}

// unquote reads a quoted key the way the parser does.
func unquote(s string) string {
	var v struct{ K string }
	if err := toml.Unmarshal([]byte("K = "+s), &v); err != nil {
		return s
	}
	return v.K
}

// value moves over a value and notes the keys inside it.
func (l *locator) value(path string) {
	switch l.peek() {
	case '"', '\'':
		l.str()
	case '[':
		l.next(1)
		for i := 0; ; {
			l.skip(true)
			switch l.peek() {
			case ']', 0:
				l.next(1)
				return
			case ',':
				l.next(1)
				continue
			}
			at := joinIndex(path, i)
			l.mark(at, l.line)
			before := l.pos
			if l.value(at); l.pos == before {
				return
			}
			i++
		}
	case '{':
		l.inline(path)
	default:
		for l.pos < len(l.text) && strings.IndexByte(",]}\r\n#", l.text[l.pos]) < 0 {
			l.pos++
		}
	}
}

// inline moves over "{ a = 1, b = 2 }".
func (l *locator) inline(path string) {
	l.next(1)
	for {
		l.skip(true)
		switch l.peek() {
		case '}', 0:
			l.next(1)
			return
		case ',':
			l.next(1)
			continue
		}
		before := l.pos
		if l.pair(path); l.pos == before {
			return
		}
	}
}

// str moves over one of the four kinds of strings.
func (l *locator) str() {
	quote := l.text[l.pos : l.pos+1]
	if rest := l.text[l.pos:]; strings.HasPrefix(rest, quote+quote+quote) {
		l.next(3)
		l.until(quote+quote+quote, quote == `"`)
		for l.peek() == quote[0] { // up to two quotes may stand before the closing three
			l.next(1)
		}
		return
	}
	l.next(1)
	l.until(quote, quote == `"`)
}

// until moves behind the end of a string.
func (l *locator) until(end string, escapes bool) {
	for l.pos < len(l.text) {
		switch {
		case escapes && l.text[l.pos] == '\\':
			l.next(2)
		case strings.HasPrefix(l.text[l.pos:], end):
			l.next(len(end))
			return
		default:
			l.next(1)
		}
	}
}
