package pypi

import "fmt"

// MaxFilename is the longest file name in bytes: what file systems take.
const MaxFilename = 255

// Kind says what sort of distribution a file is.
type Kind uint8

const (
	KindUnknown   Kind = iota // not understood; never to be served
	KindWheel                 // binary distribution format, .whl
	KindSdist                 // source distribution
	KindEgg                   // setuptools' old .egg
	KindInstaller             // bdist_wininst, bdist_msi, bdist_rpm, bdist_dumb, ...
)

// Tag is one compatibility tag of a wheel (PEP 425).
type Tag struct{ Python, ABI, Platform string }

// Filename is a distribution's file name taken apart.
type Filename struct {
	Text    string  // as given
	Kind    Kind    // KindUnknown: only Text is set
	Ext     string  // ".whl", ".tar.gz", ...; lower case
	Project Name    // normalised
	Version Version // never zero, but for KindUnknown
	Build   string  // wheels: the build tag, "" for none
	Tags    []Tag   // wheels: the compressed tag set expanded, in order of the text
}

// FilenameError says why a file name is not a distribution's.
type FilenameError struct {
	Text   string // as given, hostile
	Reason string // ours
	// Other is the project that the file seems to belong to, when it is a well
	// formed name of another project than the one asked for.
	Other Name
}

func (e *FilenameError) Error() string {
	return fmt.Sprintf("file name %s: %s", quote(e.Text), e.Reason)
}

// String returns "unknown", "wheel", "sdist", "egg" or "installer".
func (k Kind) String() string { return "unknown" }

// ParseFilename takes a file name apart. With a project, text must be a file of
// that project; with "" the project is derived from the text, which fails when
// the specifications leave it ambiguous. The error is a *FilenameError.
func ParseFilename(text string, project Name) (Filename, error) {
	return Filename{Text: text}, &FilenameError{Text: text, Reason: "not a distribution"}
}
