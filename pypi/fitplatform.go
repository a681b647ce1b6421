package pypi

import "strings"

// fitsPlatform judges a platform tag.
func (c Client) fitsPlatform(tag string) Fit {
	if tag == "any" {
		return FitYes
	}
	family, rest, _ := strings.Cut(tag, "_")
	switch family {
	case "linux":
		return c.fitsSystem("linux").both(c.fitsMachine(rest))
	case "manylinux1":
		return c.fitsLinux("glibc", minorVersion{2, 5}, rest)
	case "manylinux2010":
		return c.fitsLinux("glibc", minorVersion{2, 12}, rest)
	case "manylinux2014":
		return c.fitsLinux("glibc", minorVersion{2, 17}, rest)
	case "manylinux", "musllinux":
		libc := "glibc"
		if family == "musllinux" {
			libc = "musl"
		}
		version, machine, ok := cutPlatformVersion(rest)
		if !ok {
			return FitUnknown
		}
		return c.fitsLinux(libc, version, machine)
	case "macosx":
		return c.fitsMacOS(rest)
	case "win32":
		return c.fitsSystem("windows").both(c.fitsMachine("x86"))
	case "win":
		return c.fitsSystem("windows").both(c.fitsMachine(rest))
	default:
		return FitUnknown
	}
}

func (c Client) fitsSystem(name string) Fit {
	if c.System == "" {
		return FitUnknown
	}
	return fitIf(c.System == name)
}

// fitsMachine compares machines. A client says what its kernel runs on; a
// 32-bit Python on a 64-bit machine takes 32-bit files, and does not say so.
func (c Client) fitsMachine(machine string) Fit {
	switch {
	case c.Machine == "":
		return FitUnknown
	case c.Machine == machine:
		return FitYes
	case machine == "i686" && (c.Machine == "x86_64" || c.Machine == "i386" || c.Machine == "i586"),
		machine == "x86" && (c.Machine == "amd64" || c.Machine == "x86_64"),
		machine == "armv7l" && (c.Machine == "aarch64" || c.Machine == "armv8l"),
		machine == "amd64" && c.Machine == "x86_64":
		return FitUnknown
	default:
		return FitNo
	}
}

// fitsLinux judges files built against a C library of at least a version.
func (c Client) fitsLinux(libc string, version minorVersion, machine string) Fit {
	fit := c.fitsSystem("linux").both(c.fitsMachine(machine))
	if c.Libc == "" {
		return fit.both(FitUnknown)
	}
	if c.Libc != libc {
		return FitNo
	}
	has := parseMinorVersion(c.LibcVersion)
	if has == (minorVersion{}) {
		return fit.both(FitUnknown)
	}
	return fit.both(fitIf(has.major == version.major && has.atLeast(version)))
}

// cutPlatformVersion reads "2_17_x86_64".
func cutPlatformVersion(s string) (v minorVersion, rest string, ok bool) {
	major, s, ok1 := strings.Cut(s, "_")
	minor, rest, ok2 := strings.Cut(s, "_")
	if !ok1 || !ok2 || major == "" || minor == "" || digits(major) != len(major) || digits(minor) != len(minor) {
		return v, "", false
	}
	return minorVersion{atoi(major), atoi(minor)}, rest, true
}

// macMachines are the machines that a file for several of them runs on.
var macMachines = map[string][]string{
	"universal2": {"x86_64", "arm64"},
	"universal":  {"x86_64", "i386", "ppc", "ppc64"},
	"intel":      {"x86_64", "i386"},
	"fat":        {"i386", "ppc"},
	"fat3":       {"x86_64", "i386", "ppc"},
	"fat32":      {"x86_64", "i386", "ppc", "ppc64"},
	"fat64":      {"x86_64", "ppc64"},
}

// fitsMacOS judges "10_9_x86_64", "11_0_arm64", "10_9_universal2".
func (c Client) fitsMacOS(s string) Fit {
	version, machine, ok := cutPlatformVersion(s)
	if !ok {
		return FitUnknown
	}
	fit := c.fitsSystem("darwin")
	machines, several := macMachines[machine]
	switch {
	case c.Machine == "":
		fit = fit.both(FitUnknown)
	case several:
		found := false
		for _, m := range machines {
			found = found || m == c.Machine
		}
		fit = fit.both(fitIf(found))
	default:
		fit = fit.both(c.fitsMachine(machine))
	}
	has := parseMinorVersion(c.SystemVersion)
	// Up to 10.15 the minor version counts; 10.16 is what an old Python calls
	// any later one. From 11 on installers take tags with minor version 0.
	switch {
	case has == (minorVersion{}) || has == (minorVersion{10, 16}):
		return fit.both(FitUnknown)
	case version.major > 10 && version.minor != 0 && has.atLeast(version):
		return fit.both(FitUnknown)
	default:
		return fit.both(fitIf(has.atLeast(version)))
	}
}
