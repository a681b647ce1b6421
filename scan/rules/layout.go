package rules

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"pipwarden/pypi"
	"pipwarden/scan"
)

// placed says where an installer puts a member of a wheel (binary distribution
// format, "installing a wheel").
type placed struct {
	scheme string // "site" for purelib and platlib, else "scripts", "headers", "data", or what the folder says
	path   string // below the scheme's folder
}

// sitePackages is where the "data" scheme reaches the modules: it lands in the
// environment's root.
var sitePackages = regexp.MustCompile(`(?i)^lib(?:64)?/(?:python[0-9.]*/)?(?:site|dist)-packages/`)

// place finds out where the member lands. Only members of the wheel itself land.
func place(p string) placed {
	top, rest, _ := strings.Cut(p, "/")
	if !strings.HasSuffix(top, ".data") {
		return placed{"site", p}
	}
	scheme, rest, _ := strings.Cut(rest, "/")
	switch scheme {
	case "purelib", "platlib":
		return placed{"site", rest}
	case "data":
		if prefix := sitePackages.FindString(rest); prefix != "" {
			return placed{"site", rest[len(prefix):]}
		}
	}
	return placed{scheme, rest}
}

// module is the importable name at the root of a site folder that a path belongs
// to, "" for none: "pip" for "pip/x.py", "site" for "site.py" and "site.pyc".
func module(p string) string {
	top, _, nested := strings.Cut(p, "/")
	if nested {
		return top
	}
	for _, ext := range moduleExts {
		if stem, ok := strings.CutSuffix(top, ext); ok {
			stem, _, _ = strings.Cut(stem, ".") // x.cpython-312-x86_64-linux-gnu.so
			return stem
		}
	}
	return ""
}

var moduleExts = []string{".py", ".pyc", ".so", ".pyd"}

// code says that a path is one that Python imports or a system loads.
func code(p string) bool {
	switch strings.ToLower(path.Ext(p)) {
	case ".py", ".pyc", ".pyd", ".so", ".dll", ".dylib", ".pth", ".exe", ".sh", ".ps1", ".bat", ".cmd":
		return true
	}
	return false
}

// distInfo returns the folder name when p lies in a .dist-info folder at the
// root.
func distInfo(p string) string {
	top, _, nested := strings.Cut(p, "/")
	if nested && strings.HasSuffix(top, ".dist-info") {
		return top
	}
	return ""
}

// testFolders are folders of an sdist whose content is not installed as a rule.
var testFolders = []string{"test", "tests", "testing", "doc", "docs", "example", "examples", "benchmarks", "testdata", "fixtures"}

// inTests says that a path has such a folder.
func inTests(p string) bool {
	parts := strings.Split(strings.ToLower(path.Dir(p)), "/")
	return slices.ContainsFunc(parts, func(s string) bool { return slices.Contains(testFolders, s) })
}

// isWheel and isSdist say what the pass is about, by the file name: it is what
// the installer goes by.
func isWheel(p *scan.Pass) bool { return p.Filename.Kind == pypi.KindWheel }
func isSdist(p *scan.Pass) bool { return p.Filename.Kind == pypi.KindSdist }

// belowTop cuts the one top folder of an sdist off.
func belowTop(p string) string {
	_, rest, ok := strings.Cut(p, "/")
	if !ok {
		return p
	}
	return rest
}

// at starts a finding at a member.
func at(m *scan.Member, line, weight int, message string) scan.Finding {
	return scan.Finding{Path: m.Layers, Line: line, Weight: weight, Message: message}
}
