package pypi

import "strings"

// Fit says whether a client would take a file.
type Fit uint8

const (
	FitUnknown Fit = iota // the client did not say enough
	FitNo
	FitYes
)

// String returns "unknown", "no" or "yes".
func (f Fit) String() string {
	switch f {
	case FitNo:
		return "no"
	case FitYes:
		return "yes"
	default:
		return "unknown"
	}
}

// both is the answer when two conditions must hold.
func (f Fit) both(g Fit) Fit {
	switch {
	case f == FitNo || g == FitNo:
		return FitNo
	case f == FitYes && g == FitYes:
		return FitYes
	default:
		return FitUnknown
	}
}

func fitIf(ok bool) Fit {
	if ok {
		return FitYes
	}
	return FitNo
}

// Fits says whether the client would take the wheel f with the given
// Requires-Python ("" for none), by its tags (PEP 425, PEP 600, PEP 656).
//
// A pure wheel for Python 3 (py3-none-any) fits every client that does not say
// which Python it installs for; Requires-Python is not held against it then,
// since the other files of its release require the same. A source distribution
// is FitNo when its Requires-Python excludes the client, else FitUnknown;
// installers are FitNo.
func (c Client) Fits(f Filename, requiresPython string) Fit {
	required := c.fitsRequiresPython(requiresPython)
	switch f.Kind {
	case KindInstaller:
		return FitNo
	case KindSdist, KindEgg:
		return required.both(FitUnknown)
	case KindWheel:
	default:
		return FitUnknown
	}
	python := parseMinorVersion(c.Python)
	fit := FitNo
	for _, tag := range f.Tags {
		if python == (minorVersion{}) && tag == (Tag{"py3", "none", "any"}) {
			return FitYes
		}
		if tag.ABI != "none" && tag.Platform == "any" {
			continue // no installer takes compiled code for any platform
		}
		switch c.fitsInterpreter(tag, python).both(c.fitsPlatform(tag.Platform)) {
		case FitYes:
			return required
		case FitUnknown:
			fit = FitUnknown
		}
	}
	return required.both(fit)
}

// fitsRequiresPython is FitUnknown for a specifier that cannot be read: some
// installers pass over it, others over the file.
func (c Client) fitsRequiresPython(s string) Fit {
	if s == "" {
		return FitYes
	}
	specifiers, err := ParseSpecifiers(s)
	if err != nil {
		return FitUnknown
	}
	python, err := ParseVersion(c.Python)
	if err != nil {
		return FitUnknown
	}
	return fitIf(specifiers.Contains(python, true))
}

// minorVersion is the part of a version that tags go by; the zero value
// is not known.
type minorVersion struct{ major, minor int }

func (p minorVersion) atLeast(q minorVersion) bool {
	return p.major > q.major || p.major == q.major && p.minor >= q.minor
}

// parseMinorVersion reads "3.11.7", leaving all but "3.11".
func parseMinorVersion(s string) minorVersion {
	n := digits(s)
	if n == 0 || n == len(s) || s[n] != '.' {
		return minorVersion{}
	}
	m := digits(s[n+1:])
	if m == 0 {
		return minorVersion{}
	}
	return minorVersion{atoi(s[:n]), atoi(s[n+1 : n+1+m])}
}

// parseTagVersion reads what follows the interpreter in a tag: "3" (minor -1) or
// "311", where the first digit is the major version.
func parseTagVersion(s string) (v minorVersion, ok bool) {
	if s == "" || digits(s) != len(s) || s[0] == '0' {
		return v, false
	}
	v = minorVersion{int(s[0] - '0'), -1}
	if len(s) > 1 {
		v.minor = atoi(s[1:])
	}
	return v, true
}

// fitsInterpreter judges the Python and ABI tags.
func (c Client) fitsInterpreter(tag Tag, python minorVersion) Fit {
	n := 0
	for n < len(tag.Python) && !isDigit(tag.Python[n]) {
		n++
	}
	want, ok := parseTagVersion(tag.Python[n:])
	if !ok {
		return FitUnknown
	}
	switch tag.Python[:n] {
	case "py":
		return fitsGeneric(tag.ABI, want, python)
	case "cp":
		return c.fitsImplementation("cpython").both(fitsCPython(tag.ABI, want, python))
	case "pp":
		return c.fitsImplementation("pypy").both(fitsPyPy(tag, want, python))
	default:
		if c.Implementation == "cpython" || c.Implementation == "pypy" {
			return FitNo
		}
		return FitUnknown
	}
}

func (c Client) fitsImplementation(name string) Fit {
	if c.Implementation == "" {
		return FitUnknown
	}
	return fitIf(c.Implementation == name)
}

// fitsGeneric judges "py3" and "py38", which mean that version or a later minor
// one.
func fitsGeneric(abi string, want, python minorVersion) Fit {
	switch {
	case abi != "none":
		return FitUnknown
	case python == (minorVersion{}):
		return FitUnknown
	default:
		return fitIf(python.major == want.major && python.minor >= want.minor)
	}
}

// fitsCPython judges the ABIs of CPython. The stable one is good for all later
// versions, any other for one minor version.
func fitsCPython(abi string, want, python minorVersion) Fit {
	if python == (minorVersion{}) {
		return FitUnknown
	}
	if abi == "abi3" {
		return fitIf(python.major == want.major && python.atLeast(want) && python.atLeast(minorVersion{3, 2}))
	}
	if want.minor < 0 {
		// "cp3-none-any": any minor version by the letter, none by the practice.
		return fitIf(python.major == want.major).both(FitUnknown)
	}
	if python != want {
		return FitNo
	}
	if abi == "none" {
		return FitYes
	}
	flags, ok := strings.CutPrefix(abi, "cp")
	n := digits(flags)
	abiVersion, readable := parseTagVersion(flags[:n])
	if !ok || !readable || abiVersion != want {
		return FitNo
	}
	// Up to 3.7 the usual build has the flag "m"; other flags (wide characters,
	// debugging, free threads) are not said by clients.
	usual := ""
	if !want.atLeast(minorVersion{3, 8}) {
		usual = "m"
	}
	if flags[n:] != usual || want.major < 3 {
		return FitUnknown
	}
	return FitYes
}

// fitsPyPy judges "pp39-pypy39_pp73".
func fitsPyPy(tag Tag, want, python minorVersion) Fit {
	switch {
	case python == (minorVersion{}) || want.minor < 0:
		return FitUnknown
	case python != want:
		return FitNo
	default:
		return fitIf(tag.ABI == "none" || strings.HasPrefix(tag.ABI, "pypy"+tag.Python[len("pp"):]+"_"))
	}
}
