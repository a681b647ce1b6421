package archive

import (
	"bytes"
	"strconv"
	"strings"
)

// A paxSet is the records of a PAX header that decide what is written where.
// Times, owners and comments do not.
type paxSet struct {
	path, link, size string
	hasPath, hasLink bool
	hasSize          bool
	sparseName       string
	sparse           bool
	charset          string
}

// decides reports whether any record changes what is written.
func (p *paxSet) decides() bool {
	return p.hasPath || p.hasLink || p.hasSize || p.sparse || p.charset != ""
}

// merge overlays q.
func (p paxSet) merge(q paxSet) paxSet {
	if q.hasPath {
		p.path, p.hasPath = q.path, true
	}
	if q.hasLink {
		p.link, p.hasLink = q.link, true
	}
	if q.hasSize {
		p.size, p.hasSize = q.size, true
	}
	if q.sparse {
		p.sparse = true
	}
	if q.sparseName != "" {
		p.sparseName = q.sparseName
	}
	if q.charset != "" {
		p.charset = q.charset
	}
	return p
}

// A paxProblem is what is wrong with records. It is torn when records could not
// be read that Python, which is lenient, may have found.
type paxProblem struct {
	detail string
	torn   bool
}

// parsePax reads records of the form "LENGTH KEY=VALUE\n".
func parsePax(b []byte) (p paxSet, problem paxProblem) {
	seen := make(map[string]bool)
	for len(b) > 0 {
		digits, _, found := bytes.Cut(b[:min(len(b), 20)], []byte(" "))
		n, err := strconv.ParseInt(string(digits), 10, 32)
		if !found || err != nil || digits[0] == '0' || digits[0] == '+' || int(n) > len(b) || int(n) < len(digits)+3 {
			return p, paxProblem{detailf("a record of no length: %q", b[:min(len(b), 40)]), true}
		}
		record := b[len(digits)+1 : n]
		b = b[n:]
		key, value, found := strings.Cut(string(record), "=")
		if !found || key == "" || !strings.HasSuffix(value, "\n") {
			return p, paxProblem{detailf("a record without key or end: %q", record[:min(len(record), 40)]), true}
		}
		value = value[:len(value)-1]
		if deciding := p.set(key, value); deciding && (seen[key] || value == "" || strings.Contains(value, "\x00")) {
			problem = paxProblem{detail: detailf("%s is repeated, empty or holds a NUL", key)}
		}
		seen[key] = true
	}
	return p, problem
}

// set takes one record and reports whether it decides.
func (p *paxSet) set(key, value string) bool {
	switch key {
	case "path":
		p.path, p.hasPath = value, true
	case "linkpath":
		p.link, p.hasLink = value, true
	case "size":
		p.size, p.hasSize = value, true
	case "hdrcharset":
		// UTF-8 by its ISO name is the default; only BINARY changes the reading.
		if value != "ISO-IR 10646 2000 UTF-8" {
			p.charset = value
		}
	case "GNU.sparse.name":
		p.sparseName, p.sparse = value, true
	default:
		if strings.HasPrefix(key, "GNU.sparse.") {
			// Offsets and lengths are listed by repeating their keys.
			p.sparse = true
		}
		return false
	}
	return true
}
