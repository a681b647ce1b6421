package pypi

import "strings"

// versionParts is a version taken apart; all texts are parts of the input.
type versionParts struct {
	epoch     string // digits, "" for none
	release   string // digits and dots
	pre       string // "a", "b", "rc" or ""
	preNumber string
	post, dev bool
	postNum   string
	devNum    string
	local     string // as written, without "+"
}

// Spellings of the parts of a version (PEP 440, "Normalization"), longer ones
// before those that they start with.
var (
	preSpellings = []spelling{
		{"alpha", "a"}, {"a", "a"}, {"beta", "b"}, {"b", "b"},
		{"preview", "rc"}, {"pre", "rc"}, {"c", "rc"}, {"rc", "rc"},
	}
	postSpellings = []spelling{{"post", "post"}, {"rev", "post"}, {"r", "post"}}
	devSpellings  = []spelling{{"dev", "dev"}}
)

type spelling struct{ written, normal string }

// parse takes s apart; it returns why s is not a version, "" for none.
func (p *versionParts) parse(s string) (reason string) {
	if s != "" && toLower(s[0]) == 'v' {
		s = s[1:]
	}
	n := digits(s)
	if n == 0 {
		return "does not start with a number"
	}
	if n < len(s) && s[n] == '!' {
		p.epoch = s[:n]
		s = s[n+1:]
		if n = digits(s); n == 0 {
			return "has no release number"
		}
	}
	for n+1 < len(s) && s[n] == '.' && isDigit(s[n+1]) {
		n += 1 + digits(s[n+1:])
	}
	p.release, s = s[:n], s[n:]
	if s == "" {
		return ""
	}
	p.pre, p.preNumber, s = cutSpelling(s, preSpellings)
	s = p.parsePost(s)
	var dev string
	dev, p.devNum, s = cutSpelling(s, devSpellings)
	p.dev = dev != ""
	if s == "" {
		return ""
	}
	return p.parseLocal(s)
}

// parsePost cuts a post-release off s; "-1" is one too.
func (p *versionParts) parsePost(s string) string {
	if len(s) > 1 && s[0] == '-' && isDigit(s[1]) {
		n := digits(s[1:])
		p.post, p.postNum = true, s[1:1+n]
		return s[1+n:]
	}
	post, number, rest := cutSpelling(s, postSpellings)
	p.post, p.postNum = post != "", number
	return rest
}

func (p *versionParts) parseLocal(s string) (reason string) {
	if s[0] != '+' {
		return "has text that is no part of a version"
	}
	s = s[1:]
	for i := range len(s) {
		if isAlnum(s[i]) || isNameSeparator(s[i]) && i > 0 && isAlnum(s[i-1]) {
			continue
		}
		return "has a malformed local version label"
	}
	if s == "" || isNameSeparator(s[len(s)-1]) {
		return "has a malformed local version label"
	}
	p.local = s
	return ""
}

// cutSpelling cuts an optional separator, one of the spellings, an optional
// separator and an optional number off s.
func cutSpelling(s string, spellings []spelling) (normal, number, rest string) {
	t := s
	if t != "" && isNameSeparator(t[0]) {
		t = t[1:]
	}
	for _, sp := range spellings {
		if !hasPrefixFold(t, sp.written) {
			continue
		}
		t = t[len(sp.written):]
		if t != "" && isNameSeparator(t[0]) {
			// A separator without a number belongs to this part, as in
			// "1.0a-", unless it opens the next one, where it may be missing.
			t = t[1:]
		}
		n := digits(t)
		return sp.normal, t[:n], t[n:]
	}
	return "", "", s
}

// version puts the parts together: normalised text and sort key in one string.
func (p *versionParts) version() Version {
	var (
		buf [128]byte
		v   Version
	)
	b := p.appendText(buf[:0])
	v.key = uint16(len(b))
	b = appendNumberKey(b, p.epoch)
	b = appendReleaseKey(b, p.release)
	v.base = uint16(len(b)) - v.key
	b = p.appendPhaseKey(b)
	v.public = uint16(len(b)) - v.key
	b = appendLocalKey(b, p.local)
	v.data = string(b)
	if p.pre != "" {
		v.flags |= versionPre
	}
	if p.post {
		v.flags |= versionPost
	}
	if p.dev {
		v.flags |= versionDev
	}
	if p.local != "" {
		v.flags |= versionLocal
	}
	return v
}

func (p *versionParts) appendText(b []byte) []byte {
	if trimZeros(p.epoch) != "" {
		b = append(appendNumber(b, p.epoch), '!')
	}
	b = appendSegments(b, p.release)
	if p.pre != "" {
		b = appendNumber(append(b, p.pre...), p.preNumber)
	}
	if p.post {
		b = appendNumber(append(b, ".post"...), p.postNum)
	}
	if p.dev {
		b = appendNumber(append(b, ".dev"...), p.devNum)
	}
	if p.local != "" {
		b = appendSegments(append(b, '+'), p.local)
	}
	return b
}

// appendSegments appends segments in their normal form: joined by dots, lower
// case, numbers without leading zeros.
func appendSegments(b []byte, s string) []byte {
	for {
		segment, rest, more := cutSegment(s)
		if digits(segment) == len(segment) {
			b = appendNumber(b, segment)
		} else {
			for i := range len(segment) {
				b = append(b, toLower(segment[i]))
			}
		}
		if !more {
			return b
		}
		b, s = append(b, '.'), rest
	}
}

func cutSegment(s string) (segment, rest string, more bool) {
	i := strings.IndexAny(s, ".-_")
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// appendNumber appends a number without leading zeros; "" is 0.
func appendNumber(b []byte, s string) []byte {
	s = trimZeros(s)
	if s == "" {
		return append(b, '0')
	}
	return append(b, s...)
}

func trimZeros(s string) string {
	for s != "" && s[0] == '0' {
		s = s[1:]
	}
	return s
}
