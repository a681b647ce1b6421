package pypi

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// MaxVersion is the longest version text in bytes: as much as a file name can
// hold.
const MaxVersion = MaxFilename

// Version is a version by PEP 440. It is comparable: == and map keys go by the
// normalised text, so that 1.0 and 1.0.0 differ; Compare and Key go by the
// order of PEP 440, in which they are the same release. The zero value means
// "no version" and sorts before every other.
type Version struct {
	data   string // normalised text, then the sort key (see versionkey.go)
	key    uint16 // where the key starts in data
	base   uint16 // length of the key of epoch and release, with its end mark
	public uint16 // length of the key without the local label
	flags  versionFlags
}

type versionFlags uint8

const (
	versionPre versionFlags = 1 << iota // has a, b or rc
	versionPost
	versionDev
	versionLocal
)

// VersionError says that a text is not a version by PEP 440.
type VersionError struct {
	Text   string // as given, hostile
	Reason string // ours
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("version %s: %s", quote(e.Text), e.Reason)
}

// ParseVersion reads s with all the normalisations of PEP 440: case, leading
// "v" and zeros, surrounding white space, the spellings and separators of pre-,
// post- and developmental releases. The error is a *VersionError.
func ParseVersion(s string) (Version, error) {
	if len(s) > MaxVersion {
		return Version{}, &VersionError{s, fmt.Sprintf("longer than %d bytes", MaxVersion)}
	}
	var p versionParts
	if reason := p.parse(trimSpace(s)); reason != "" {
		return Version{}, &VersionError{s, reason}
	}
	return p.version(), nil
}

// Compare orders versions by PEP 440: -1 when v is older than w, 0 when they
// name the same release, +1 when it is newer.
func (v Version) Compare(w Version) int {
	return strings.Compare(v.data[v.key:], w.data[w.key:])
}

// Key is an opaque string that is equal for versions that compare equal, and
// whose byte order is the order of Compare.
func (v Version) Key() string { return v.data[v.key:] }

// PublicKey is Key without the local label: equal for all builds of a public
// version.
func (v Version) PublicKey() string { return v.data[v.key:][:v.public] }

func (v Version) baseKey() string { return v.data[v.key:][:v.base] }

// String returns the normalised text; "" for the zero value.
func (v Version) String() string { return v.data[:v.key] }

// IsZero says that there is no version.
func (v Version) IsZero() bool { return v.data == "" }

// IsPre says that v is a pre-release or a developmental release.
func (v Version) IsPre() bool { return v.flags&(versionPre|versionDev) != 0 }

// IsPost says that v is a post-release.
func (v Version) IsPost() bool { return v.flags&versionPost != 0 }

// Local returns the local version label without its "+"; "" for none.
func (v Version) Local() string {
	_, local, _ := strings.Cut(v.String(), "+")
	return local
}

// Release returns the release segment, as written, without epoch: 1!2.0rc1 has
// 2 and 0. A component that does not fit an int is given as the largest int.
func (v Version) Release() []int {
	s := v.String()
	if _, after, ok := strings.Cut(s, "!"); ok {
		s = after
	}
	var release []int
	for s != "" && isDigit(s[0]) {
		n := digits(s)
		release = append(release, atoi(s[:n]))
		s = strings.TrimPrefix(s[n:], ".")
	}
	return release
}

// atoi reads decimal digits; too large a number is the largest int.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return math.MaxInt
	}
	return n
}

// digits counts the decimal digits that s starts with.
func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}
