package policy

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxQuoted bounds one quoted piece of foreign text in a reason, in bytes: the
// rest of [MaxText] is for our own words.
const maxQuoted = 72

// quote renders foreign text as a quoted ASCII string of at most n bytes. What
// does not fit is cut at a character and marked.
func quote(s string, n int) string {
	q := strconv.QuoteToASCII(s)
	if len(q) <= n {
		return q
	}
	const mark = `..."`
	var b strings.Builder
	b.WriteByte('"')
	for len(s) > 0 {
		_, size := utf8.DecodeRuneInString(s)
		piece := strconv.QuoteToASCII(s[:size])
		piece = piece[1 : len(piece)-1]
		if b.Len()+len(piece)+len(mark) > n {
			break
		}
		b.WriteString(piece)
		s = s[size:]
	}
	b.WriteString(mark)
	return b.String()
}

// plain renders text that the policy's author wrote: printable ASCII as it
// is, anything else escaped.
func plain(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(s), " ") {
		if r >= ' ' && r <= '~' {
			b.WriteRune(r)
			continue
		}
		q := strconv.QuoteRuneToASCII(r)
		b.WriteString(q[1 : len(q)-1])
	}
	return b.String()
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// clip cuts ASCII text to n bytes.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n-3] + "..."
}

// stamp writes an instant the way reasons do. It is absolute, so that a page
// that is cached until [Decision.Until] stays true.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
