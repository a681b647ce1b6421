package archive

import "fmt"

// A Hazard is the verifier's objection: a shape that installers read
// differently, or a part that was not read.
type Hazard struct {
	// ID is one of the identifiers in Catalog.
	ID string
	// Member is the member's name as spelled in the archive, empty when the
	// hazard is the whole archive's. It holds hostile text.
	Member string
	// Detail says what was seen, in our words with foreign text quoted.
	Detail string
	// Unread reports that bytes were left unread (a limit, damage, a method
	// that is not decoded) rather than readable in two ways.
	Unread bool
}

// A FormatError says that an archive, or one member of it, cannot be read. Its
// hazard is also in Archive.Hazards.
type FormatError struct{ Hazard Hazard }

// Error names the member and the hazard.
func (e *FormatError) Error() string {
	if e.Hazard.Member == "" {
		return fmt.Sprintf("%s: %s", e.Hazard.ID, e.Hazard.Detail)
	}
	return fmt.Sprintf("member %q: %s: %s", e.Hazard.Member, e.Hazard.ID, e.Hazard.Detail)
}
