package pypi

import (
	"fmt"
	"strings"
)

// maxSpecifiers is the longest specifier set in bytes. Requires-Python and
// dependencies of real projects stay under a few hundred.
const maxSpecifiers = 4 << 10

// Specifiers is a set of version specifiers by PEP 440, all of which a version
// must meet. The zero value is the empty set, which every version meets.
type Specifiers struct {
	text    string
	clauses []clause
}

// SpecifierError says that a text is not a version specifier by PEP 440.
type SpecifierError struct {
	Text   string // as given, hostile
	Reason string // ours
}

func (e *SpecifierError) Error() string {
	return fmt.Sprintf("version specifier %s: %s", quote(e.Text), e.Reason)
}

// operator is a comparison of PEP 440.
type operator uint8

const (
	opArbitrary  operator = iota // ===
	opCompatible                 // ~=
	opEqual                      // ==
	opNotEqual                   // !=
	opAtMost                     // <=
	opAtLeast                    // >=
	opBelow                      // <
	opAbove                      // >
)

// operators are in the order in which they must be tried.
var operators = [...]string{"===", "~=", "==", "!=", "<=", ">=", "<", ">"}

// clause is one specifier.
type clause struct {
	op      operator
	version Version // zero for === with a text that is no version
	prefix  string  // keys of the numbers that a version must start with; "" for none
	bound   string  // <: the key that a version must stay below
	text    string  // ===: lower case
}

// ParseSpecifiers reads a comma-separated set of specifiers. Empty members are
// passed over; the empty text is the empty set. The error is a *SpecifierError.
func ParseSpecifiers(s string) (Specifiers, error) {
	if len(s) > maxSpecifiers {
		return Specifiers{}, &SpecifierError{s, fmt.Sprintf("longer than %d bytes", maxSpecifiers)}
	}
	var set Specifiers
	var text strings.Builder
	for member := range strings.SplitSeq(s, ",") {
		member = trimSpace(member)
		if member == "" {
			continue
		}
		c, reason := parseClause(member)
		if reason != "" {
			return Specifiers{}, &SpecifierError{s, reason}
		}
		if text.Len() > 0 {
			text.WriteByte(',')
		}
		c.writeTo(&text)
		set.clauses = append(set.clauses, c)
	}
	set.text = text.String()
	return set, nil
}

func parseClause(s string) (c clause, reason string) {
	found := false
	for op, symbol := range operators {
		if strings.HasPrefix(s, symbol) {
			c.op, s, found = operator(op), trimSpace(s[len(symbol):]), true
			break
		}
	}
	if !found {
		return c, "does not start with an operator"
	}
	if c.op == opArbitrary {
		return c, c.parseArbitrary(s)
	}
	number, wild := strings.CutSuffix(s, ".*")
	var p versionParts
	if reason := p.parse(number); reason != "" {
		return c, "its version " + reason
	}
	c.version = p.version()
	switch {
	case wild:
		return c, c.parseWildcard(&p)
	case c.op == opCompatible:
		return c, c.parseCompatible(&p)
	case p.local != "" && c.op != opEqual && c.op != opNotEqual:
		return c, "a local version is allowed only with == and !="
	case c.op == opBelow:
		// Pre-releases of the named version are not below it, unless it is a
		// pre-release itself: its first developmental release is the bound.
		p.dev = p.dev || p.pre == ""
		c.bound = p.version().Key()
	}
	return c, ""
}

func (c *clause) parseArbitrary(s string) (reason string) {
	if s == "" || strings.ContainsAny(s, " \t\n\v\f\r;)") {
		return "=== needs one word"
	}
	c.text = strings.ToLower(s)
	if v, err := ParseVersion(s); err == nil {
		c.version = v
	}
	return ""
}

func (c *clause) parseWildcard(p *versionParts) (reason string) {
	if c.op != opEqual && c.op != opNotEqual {
		return "a wildcard is allowed only with == and !="
	}
	if p.pre != "" || p.post || p.dev || p.local != "" {
		return "a wildcard is allowed only after a release number"
	}
	c.prefix = prefixKey(p.epoch, p.release)
	return ""
}

func (c *clause) parseCompatible(p *versionParts) (reason string) {
	i := strings.LastIndexByte(p.release, '.')
	if i < 0 {
		return "~= needs a release number of two parts"
	}
	if p.local != "" {
		return "a local version is allowed only with == and !="
	}
	c.prefix = prefixKey(p.epoch, p.release[:i])
	return ""
}

func prefixKey(epoch, release string) string {
	return string(appendPrefixKey(appendNumberKey(nil, epoch), release))
}

func (c *clause) writeTo(b *strings.Builder) {
	b.WriteString(operators[c.op])
	switch {
	case c.op == opArbitrary:
		b.WriteString(c.text)
	default:
		b.WriteString(c.version.String())
		if c.prefix != "" && c.op != opCompatible {
			b.WriteString(".*")
		}
	}
}

// Contains says whether v meets all specifiers. A pre-release is contained only
// if pre is true or a specifier of the set names a pre-release itself; for
// Requires-Python pass true. The zero Version is never contained.
func (s Specifiers) Contains(v Version, pre bool) bool {
	if v.IsZero() {
		return false
	}
	if v.IsPre() && !pre && !s.namesPre() {
		return false
	}
	for i := range s.clauses {
		if !s.clauses[i].contains(v) {
			return false
		}
	}
	return true
}

// namesPre says whether a specifier names a pre-release. One that is excluded
// does not ask for pre-releases.
func (s Specifiers) namesPre() bool {
	for i := range s.clauses {
		if c := &s.clauses[i]; c.op != opNotEqual && c.version.IsPre() {
			return true
		}
	}
	return false
}

func (c *clause) contains(v Version) bool {
	w := c.version
	switch c.op {
	case opArbitrary:
		return v.String() == c.text
	case opCompatible:
		return v.PublicKey() >= w.Key() && v.matchesPrefix(c.prefix)
	case opEqual:
		return c.equal(v)
	case opNotEqual:
		return !c.equal(v)
	case opAtMost:
		return v.PublicKey() <= w.Key()
	case opAtLeast:
		return v.PublicKey() >= w.Key()
	case opBelow:
		return v.Key() < c.bound
	default:
		return c.above(v)
	}
}

// equal ignores the local label of v when the specifier has none.
func (c *clause) equal(v Version) bool {
	switch {
	case c.prefix != "":
		return v.matchesPrefix(c.prefix)
	case c.version.flags&versionLocal == 0:
		return v.PublicKey() == c.version.Key()
	default:
		return v.Key() == c.version.Key()
	}
}

// above is the exclusive ">": local builds of the named version are not above
// it, nor are its post-releases unless it is one itself.
func (c *clause) above(v Version) bool {
	w := c.version
	if v.PublicKey() <= w.Key() {
		return false
	}
	return w.flags&(versionPost|versionDev) != 0 || v.stemKey() != w.stemKey()
}

// String returns the set with normalised versions, in order of the text.
func (s Specifiers) String() string { return s.text }

// IsZero says that the set is empty.
func (s Specifiers) IsZero() bool { return len(s.clauses) == 0 }
