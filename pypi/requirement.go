package pypi

import (
	"fmt"
	"strings"
)

// maxRequirement is the longest requirement in bytes. Those of real projects
// stay under 1 kB; markers that tools generate may be longer.
const maxRequirement = 16 << 10

// Requirement is a dependency specifier (PEP 508).
type Requirement struct {
	Name       Name
	Extras     []Name // in order of the text
	Specifiers Specifiers
	URL        string // direct reference as written, "" for none
	Marker     string // environment marker as written, checked for syntax only; "" for none
}

// RequirementError says that a text is not a dependency specifier.
type RequirementError struct {
	Text   string // as given, hostile
	Reason string // ours
}

func (e *RequirementError) Error() string {
	return fmt.Sprintf("requirement %s: %s", quote(e.Text), e.Reason)
}

// ParseRequirement reads a dependency specifier by PEP 508: name, extras, and
// either version specifiers, which may stand in parentheses, or "@" and a URL;
// then, after ";", a marker. The error is a *RequirementError.
func ParseRequirement(s string) (Requirement, error) {
	if len(s) > maxRequirement {
		return Requirement{}, &RequirementError{s, fmt.Sprintf("longer than %d bytes", maxRequirement)}
	}
	var r Requirement
	if reason := r.parse(trimSpace(s)); reason != "" {
		return Requirement{}, &RequirementError{s, reason}
	}
	return r, nil
}

func (r *Requirement) parse(s string) (reason string) {
	s, reason = r.cutName(s)
	if reason != "" {
		return reason
	}
	if s, reason = r.cutExtras(skipBlank(s)); reason != "" {
		return reason
	}
	if url, ok := strings.CutPrefix(s, "@"); ok {
		s, reason = r.cutURL(skipBlank(url))
	} else {
		s, reason = r.cutSpecifiers(s)
	}
	if reason != "" || s == "" {
		return reason
	}
	r.Marker = trimSpace(strings.TrimPrefix(s, ";"))
	return checkMarker(r.Marker)
}

func skipBlank(s string) string { return strings.TrimLeft(s, " \t") }

func (r *Requirement) cutName(s string) (rest, reason string) {
	n := identifier(s)
	name, err := ParseName(s[:n])
	if err != nil {
		return "", "does not start with a project name"
	}
	r.Name = name
	return s[n:], ""
}

// identifier returns the length of the name that s starts with. A separator at
// its end is no part of it.
func identifier(s string) int {
	n := 0
	for n < len(s) && (isAlnum(s[n]) || isNameSeparator(s[n])) {
		n++
	}
	for n > 0 && isNameSeparator(s[n-1]) && s[n-1] != '_' {
		n--
	}
	return n
}

// cutExtras reads "[a, b]".
func (r *Requirement) cutExtras(s string) (rest, reason string) {
	list, ok := strings.CutPrefix(s, "[")
	if !ok {
		return s, ""
	}
	list, rest, ok = strings.Cut(list, "]")
	if !ok {
		return "", "has extras without an end"
	}
	if strings.Trim(list, " \t") == "" {
		return skipBlank(rest), ""
	}
	for extra := range strings.SplitSeq(list, ",") {
		name, err := ParseName(strings.Trim(extra, " \t"))
		if err != nil {
			return "", "has a malformed extra"
		}
		r.Extras = append(r.Extras, name)
	}
	return skipBlank(rest), ""
}

// cutURL reads a URL, which goes to the first blank: ";" may be a part of it.
func (r *Requirement) cutURL(s string) (rest, reason string) {
	n := strings.IndexAny(s, " \t")
	if n < 0 {
		n = len(s)
	}
	if n == 0 {
		return "", "has no URL after @"
	}
	r.URL, rest = s[:n], skipBlank(s[n:])
	if rest != "" && rest[0] != ';' {
		return "", "has text after its URL"
	}
	return rest, ""
}

// cutSpecifiers reads version specifiers up to the marker.
func (r *Requirement) cutSpecifiers(s string) (rest, reason string) {
	text, rest := s, ""
	if i := strings.IndexByte(s, ';'); i >= 0 {
		text, rest = s[:i], s[i:]
	}
	text = strings.Trim(text, " \t")
	if inner, ok := strings.CutPrefix(text, "("); ok {
		if text, ok = strings.CutSuffix(inner, ")"); !ok {
			return "", "has a parenthesis without its match"
		}
	}
	for member, more, list := "", true, text; more; {
		member, list, more = strings.Cut(list, ",")
		if more && trimSpace(member) == "" {
			return "", "has an empty version specifier"
		}
	}
	specifiers, err := ParseSpecifiers(text)
	if err != nil {
		return "", "has a malformed version specifier"
	}
	r.Specifiers = specifiers
	return rest, ""
}
