package pypi

import "fmt"

// Version is a version by PEP 440. It is comparable: == and map keys go by the
// normalised text, so that 1.0 and 1.0.0 differ; Compare and Key go by the
// order of PEP 440, in which they are the same release. The zero value means
// "no version" and sorts before every other.
type Version struct {
	data   string
	key    uint16
	public uint16
	flags  uint8
}

// VersionError says that a text is not a version by PEP 440.
type VersionError struct {
	Text   string // as given, hostile
	Reason string // ours
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("version %s: %s", quote(e.Text), e.Reason)
}

// ParseVersion reads s with all the normalisations of PEP 440. The error is a
// *VersionError.
func ParseVersion(s string) (Version, error) {
	return Version{}, &VersionError{Text: s, Reason: "not a version"}
}

// Compare orders versions by PEP 440: -1 when v is older than w, 0 when they
// name the same release, +1 when it is newer.
func (v Version) Compare(w Version) int { return 0 }

// Key is an opaque string that is equal for versions that compare equal, and
// whose byte order is the order of Compare.
func (v Version) Key() string { return "" }

// String returns the normalised text; "" for the zero value.
func (v Version) String() string { return "" }

// IsZero says that there is no version.
func (v Version) IsZero() bool { return v.data == "" }

// IsPre says that v is a pre-release or a developmental release.
func (v Version) IsPre() bool { return false }

// IsPost says that v is a post-release.
func (v Version) IsPost() bool { return false }

// Local returns the local version label without its "+"; "" for none.
func (v Version) Local() string { return "" }

// Release returns the release segment, as written, without epoch. A component
// that does not fit an int is given as the largest int.
func (v Version) Release() []int { return nil }
