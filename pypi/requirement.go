package pypi

import "fmt"

// Requirement is a dependency specifier (PEP 508).
type Requirement struct {
	Name       Name
	Extras     []Name // in order of the text
	Specifiers Specifiers
	URL        string // direct reference, "" for none
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

// ParseRequirement reads a dependency specifier by PEP 508. The error is a
// *RequirementError.
func ParseRequirement(s string) (Requirement, error) {
	return Requirement{}, &RequirementError{Text: s, Reason: "not a requirement"}
}
