package pypi

import (
	"fmt"
	"strings"
)

// MaxName is the longest project name, in bytes, that ParseName takes. The
// grammar sets no limit; this one keeps names usable as parts of keys and file
// names, and is far above the longest name in use.
const MaxName = 128

// Name is a normalised project name (PEP 503): lower case, with runs of "-",
// "_" and "." written as one "-". A Name made by ParseName is never empty and
// never invalid. The zero value means "no name".
type Name string

// NameError says that a text is not a project name.
type NameError struct {
	Text   string // as given, hostile
	Reason string // ours
}

func (e *NameError) Error() string {
	return fmt.Sprintf("project name %s: %s", quote(e.Text), e.Reason)
}

// String returns the normalised name.
func (n Name) String() string { return string(n) }

// ParseName normalises s. It returns a *NameError when s does not follow the
// grammar of PEP 508 (ASCII letters, digits, ".", "_" and "-", with a letter or
// digit at both ends) or is longer than MaxName bytes.
func ParseName(s string) (Name, error) {
	if s == "" {
		return "", &NameError{s, "empty"}
	}
	if len(s) > MaxName {
		return "", &NameError{s, fmt.Sprintf("longer than %d bytes", MaxName)}
	}
	normal := true
	for i := range len(s) {
		c := s[i]
		switch {
		case isLower(c) || isDigit(c):
		case isUpper(c):
			normal = false
		case isNameSeparator(c):
			if i == 0 || i == len(s)-1 {
				return "", &NameError{s, "must start and end with a letter or digit"}
			}
			normal = normal && c == '-' && s[i-1] != '-'
		default:
			return "", &NameError{s, "may hold only ASCII letters, digits, \".\", \"_\" and \"-\""}
		}
	}
	if normal {
		return Name(s), nil
	}
	return Name(normalizeName(s)), nil
}

// normalizeName writes a valid name in its normal form.
func normalizeName(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case !isNameSeparator(c):
			b.WriteByte(toLower(c))
		case i == 0 || !isNameSeparator(s[i-1]):
			b.WriteByte('-')
		}
	}
	return b.String()
}

// sameName says whether s normalises to n, without allocating.
func sameName(s string, n Name) bool {
	rest, ok := cutName(s, n)
	return ok && rest == ""
}

// cutName cuts a spelling of n off the front of s. What follows a name always
// starts with a separator, so the longest spelling is the only one.
func cutName(s string, n Name) (rest string, ok bool) {
	j := 0
	for i := range len(n) {
		if j == len(s) {
			return s, false
		}
		if n[i] != '-' {
			if toLower(s[j]) != n[i] {
				return s, false
			}
			j++
			continue
		}
		start := j
		for j < len(s) && isNameSeparator(s[j]) {
			j++
		}
		if j == start {
			return s, false
		}
	}
	return s[j:], true
}
