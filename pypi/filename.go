package pypi

import (
	"fmt"
	"strings"
)

// MaxFilename is the longest file name in bytes: what file systems take.
const MaxFilename = 255

// Kind says what sort of distribution a file is.
type Kind uint8

const (
	KindUnknown   Kind = iota // not understood; never to be served
	KindWheel                 // binary distribution format, .whl
	KindSdist                 // source distribution
	KindEgg                   // setuptools' old .egg
	KindInstaller             // bdist_wininst, bdist_msi, bdist_rpm, bdist_dumb
)

// String returns "unknown", "wheel", "sdist", "egg" or "installer".
func (k Kind) String() string {
	switch k {
	case KindWheel:
		return "wheel"
	case KindSdist:
		return "sdist"
	case KindEgg:
		return "egg"
	case KindInstaller:
		return "installer"
	default:
		return "unknown"
	}
}

// Filename is a distribution's file name taken apart.
type Filename struct {
	Text    string  // as given
	Kind    Kind    // KindUnknown: only Text is set
	Ext     string  // ".whl", ".tar.gz", ...
	Project Name    // normalised
	Version Version // zero only for KindUnknown
	Build   string  // wheels: the build tag, "" for none
	Tags    []Tag   // wheels: the compressed tag set expanded, in order of the text
}

// FilenameError says why a file name is not a distribution's.
type FilenameError struct {
	Text   string // as given, hostile
	Reason string // ours
	// Other is the project that the file belongs to by its name, when that is
	// another one than asked for; "" when it is not known.
	Other Name
}

func (e *FilenameError) Error() string {
	return fmt.Sprintf("file name %s: %s", quote(e.Text), e.Reason)
}

// extensions of distributions, each with the kind that it stands for.
var extensions = [...]struct {
	ext  string
	kind Kind
}{
	{".whl", KindWheel},
	{".tar.gz", KindSdist},
	{".zip", KindSdist},
	{".egg", KindEgg},
	{".tar.bz2", KindSdist},
	{".tar.xz", KindSdist},
	{".tgz", KindSdist},
	{".tbz", KindSdist},
	{".txz", KindSdist},
	{".tar", KindSdist},
	{".exe", KindInstaller},
	{".msi", KindInstaller},
	{".rpm", KindInstaller},
}

// ParseFilename takes a file name apart: the binary and source distribution
// formats and their legacy forms. With a project, text must be a file of that
// project; with "" the project is derived from the text, which fails when name
// and version can be told apart in more than one way. The error is a
// *FilenameError, and then the Filename has Text and KindUnknown only.
func ParseFilename(text string, project Name) (Filename, error) {
	f := Filename{Text: text, Project: project}
	reason := f.parse()
	if reason == "" {
		return f, nil
	}
	err := &FilenameError{Text: text, Reason: reason}
	if project != "" {
		if other, otherErr := ParseFilename(text, ""); otherErr == nil {
			err.Other = other.Project
		}
	}
	return Filename{Text: text}, err
}

const (
	reasonOtherProject = "is not of the project"
	reasonNoVersion    = "does not hold a version"
	reasonAmbiguous    = "can be split into name and version in more than one way"
)

func (f *Filename) parse() (reason string) {
	if reason := checkFilename(f.Text); reason != "" {
		return reason
	}
	stem := ""
	for _, x := range extensions {
		if strings.HasSuffix(f.Text, x.ext) {
			f.Ext, f.Kind = x.ext, x.kind
			stem = f.Text[:len(f.Text)-len(x.ext)]
			break
		}
	}
	switch f.Kind {
	case KindWheel:
		return f.parseWheel(stem)
	case KindEgg:
		return f.parseEgg(stem)
	case KindSdist:
		return f.parseSdist(stem)
	case KindInstaller:
		return f.parseInstaller(stem)
	default:
		return "has no extension of a distribution"
	}
}

// checkFilename lets through only what is safe as one component of a path, of a
// URL and of a line on a terminal, and common in names of distributions.
func checkFilename(s string) (reason string) {
	switch {
	case s == "":
		return "empty"
	case len(s) > MaxFilename:
		return fmt.Sprintf("longer than %d bytes", MaxFilename)
	case !isAlnum(s[0]):
		return "does not start with a letter or digit"
	}
	for i := range len(s) {
		if c := s[i]; !isAlnum(c) && !isNameSeparator(c) && c != '+' && c != '!' {
			return "holds a character that no distribution's name has"
		}
	}
	return ""
}

// parseEgg reads name-version[-pyX.Y[-platform]], in which "-" within name and
// version is written "_".
func (f *Filename) parseEgg(stem string) (reason string) {
	name, rest, _ := strings.Cut(stem, "-")
	version, rest, _ := strings.Cut(rest, "-")
	if rest != "" && !strings.HasPrefix(rest, "py") {
		return "is no name of an egg"
	}
	if reason := f.setName(name); reason != "" {
		return reason
	}
	return f.setVersion(version)
}

// parseSdist reads name-version (PEP 625) and the older forms in which the name
// holds "-". bdist_dumb, which shares the extensions, adds ".platform".
func (f *Filename) parseSdist(stem string) (reason string) {
	dumb := *f
	if reason = f.splitName(stem); reason == "" {
		return ""
	}
	if s, ok := cutPlatform(stem); ok && dumb.splitName(s) == "" {
		*f = dumb
		f.Kind = KindInstaller
		return ""
	}
	return reason
}

// parseInstaller reads name-version.platform[-pyX.Y] (.exe, .msi) and
// name-version-release.arch (.rpm).
func (f *Filename) parseInstaller(stem string) (reason string) {
	if f.Ext != ".rpm" {
		reason = f.parseSdist(stem)
		f.Kind = KindInstaller
		return reason
	}
	dash, dot := strings.LastIndexByte(stem, '-'), strings.LastIndexByte(stem, '.')
	if dash < 0 || dot < dash || digits(stem[dash+1:]) == 0 {
		return "is no name of an RPM package"
	}
	return f.splitName(stem[:dash])
}

// platforms start what bdist_dumb, bdist_wininst and bdist_msi put behind the
// version.
var platforms = [...]string{
	".linux-", ".macosx-", ".win32", ".win-", ".darwin-", ".cygwin-",
	".freebsd-", ".openbsd-", ".netbsd-", ".solaris-", ".sunos-", ".aix-", ".mingw",
}

func cutPlatform(stem string) (string, bool) {
	for _, p := range platforms {
		if i := strings.LastIndex(stem, p); i > 0 {
			return stem[:i], true
		}
	}
	return stem, false
}

// splitName splits name-version, either of which may hold "-".
func (f *Filename) splitName(stem string) (reason string) {
	if f.Project != "" {
		version, ok := cutName(stem, f.Project)
		if !ok || version == "" || version[0] != '-' {
			return reasonOtherProject
		}
		return f.setVersion(version[1:])
	}
	for i := range len(stem) {
		if stem[i] != '-' {
			continue
		}
		name, err := ParseName(stem[:i])
		if err != nil {
			continue
		}
		version, err := parseFileVersion(stem[i+1:])
		if err != nil {
			continue
		}
		if f.Project != "" {
			return reasonAmbiguous
		}
		f.Project, f.Version = name, version
	}
	if f.Project == "" {
		return reasonNoVersion
	}
	return ""
}

// setName takes the name of a form in which it holds no "-".
func (f *Filename) setName(s string) (reason string) {
	if f.Project != "" {
		if !sameName(s, f.Project) {
			return reasonOtherProject
		}
		return ""
	}
	name, err := ParseName(s)
	if err != nil {
		return "does not start with a project name"
	}
	f.Project = name
	return ""
}

func (f *Filename) setVersion(s string) (reason string) {
	v, err := parseFileVersion(s)
	if err != nil {
		return reasonNoVersion
	}
	f.Version = v
	return ""
}

// parseFileVersion reads a version in a file name, where older tools wrote "_"
// for "-".
func parseFileVersion(s string) (Version, error) {
	v, err := ParseVersion(s)
	if err != nil && strings.Contains(s, "_") {
		return ParseVersion(strings.ReplaceAll(s, "_", "-"))
	}
	return v, err
}
