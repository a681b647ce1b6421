package pypi

import "strings"

// maxMarkerDepth is how deep parentheses may nest in a marker: the limit bounds
// the stack that a hostile one can use.
const maxMarkerDepth = 64

// markerVariables are the names that a marker may use (PEP 508 with its
// additions), and the spellings of setuptools that are still read.
var markerVariables = map[string]bool{
	"python_version": true, "python_full_version": true, "os_name": true, "sys_platform": true,
	"platform_release": true, "platform_system": true, "platform_version": true, "platform_machine": true,
	"platform_python_implementation": true, "implementation_name": true, "implementation_version": true,
	"extra": true, "extras": true, "dependency_groups": true,
	"os.name": true, "sys.platform": true, "platform.version": true, "platform.machine": true,
	"platform.python_implementation": true, "python_implementation": true,
}

// markerScanner checks the syntax of an environment marker.
type markerScanner struct {
	s     string
	depth int
}

// checkMarker returns why s is not a marker, "" for none.
func checkMarker(s string) (reason string) {
	m := markerScanner{s: s}
	if !m.or() || m.skip() != 0 {
		return "has a malformed marker"
	}
	return ""
}

// skip skips blanks and returns the next byte, 0 at the end.
func (m *markerScanner) skip() byte {
	if m.s = strings.TrimLeft(m.s, " \t"); m.s == "" {
		return 0
	}
	return m.s[0]
}

// word takes a whole word if it comes next.
func (m *markerScanner) word(w string) bool {
	m.skip()
	rest, ok := strings.CutPrefix(m.s, w)
	if !ok || rest != "" && (isAlnum(rest[0]) || rest[0] == '_') {
		return false
	}
	m.s = rest
	return true
}

func (m *markerScanner) or() bool {
	for m.and() {
		if !m.word("or") {
			return true
		}
	}
	return false
}

func (m *markerScanner) and() bool {
	for m.atom() {
		if !m.word("and") {
			return true
		}
	}
	return false
}

func (m *markerScanner) atom() bool {
	if m.skip() != '(' {
		return m.value() && m.operator() && m.value()
	}
	m.s = m.s[1:]
	m.depth++
	if m.depth > maxMarkerDepth || !m.or() || m.skip() != ')' {
		return false
	}
	m.s = m.s[1:]
	m.depth--
	return true
}

func (m *markerScanner) operator() bool {
	m.skip()
	for _, op := range operators {
		if rest, ok := strings.CutPrefix(m.s, op); ok {
			m.s = rest
			return true
		}
	}
	return m.word("in") || m.word("not") && m.word("in")
}

// value takes a variable or a quoted text.
func (m *markerScanner) value() bool {
	quote := m.skip()
	if quote == '"' || quote == '\'' {
		text, rest, ok := strings.Cut(m.s[1:], string(quote))
		if !ok || strings.ContainsAny(text, "\r\n") {
			return false
		}
		m.s = rest
		return true
	}
	n := 0
	for n < len(m.s) && (isAlnum(m.s[n]) || m.s[n] == '_' || m.s[n] == '.') {
		n++
	}
	if !markerVariables[m.s[:n]] {
		return false
	}
	m.s = m.s[n:]
	return true
}
