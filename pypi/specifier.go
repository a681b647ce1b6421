package pypi

import "fmt"

// Specifiers is a set of version specifiers by PEP 440, all of which a version
// must meet. The zero value is the empty set, which every version meets.
type Specifiers struct {
	text    string
	clauses []clause
}

type clause struct{}

// SpecifierError says that a text is not a version specifier by PEP 440.
type SpecifierError struct {
	Text   string // as given, hostile
	Reason string // ours
}

func (e *SpecifierError) Error() string {
	return fmt.Sprintf("version specifier %s: %s", quote(e.Text), e.Reason)
}

// ParseSpecifiers reads a comma-separated set of specifiers. The empty text is
// the empty set. The error is a *SpecifierError.
func ParseSpecifiers(s string) (Specifiers, error) {
	return Specifiers{}, &SpecifierError{Text: s, Reason: "not a specifier"}
}

// Contains says whether v meets all specifiers. A pre-release is contained only
// if pre is true or a specifier of the set names a pre-release itself.
func (s Specifiers) Contains(v Version, pre bool) bool { return false }

// String returns the set in its normalised form.
func (s Specifiers) String() string { return s.text }

// IsZero says that the set is empty.
func (s Specifiers) IsZero() bool { return len(s.clauses) == 0 }
