package rules

import (
	"bytes"
	"regexp"
	"strings"

	"pipwarden/scan/python"
)

// literalURL is a text that is a requirement with an address and nothing else.
var literalURL = regexp.MustCompile(`^\s*[A-Za-z0-9][\w.-]*\s*(?:\[[^\]]*\])?\s*@\s*(?:(?:git|hg|svn|bzr)\+)?(?:https?|ftp|ssh|file)://\S+`)

// setupPy reads requirements that stand as texts in setup.py: the metadata of an
// sdist is made anew at the build, so that what PKG-INFO says binds nobody.
func (r directURL) setupPy() {
	b := r.m.Content
	if !bytes.Contains(b, []byte("://")) || !bytes.Contains(b, []byte("@")) {
		return
	}
	f := python.Parse(b, python.Options{})
	f.Inspect(func(n python.Node) bool {
		s, ok := n.(*python.Str)
		if !ok || !strings.Contains(s.Value, "://") {
			return true
		}
		weight := 60
		if optional(f.Text[:s.Pos()]) {
			weight = 15
		}
		for line := range strings.Lines(s.Value) {
			if text := strings.TrimSpace(line); literalURL.MatchString(text) {
				r.requirement(text, weight, "needs")
			}
		}
		return true
	})
}

// optional says that the nearest list of requirements before a place is one for
// extras or tests.
func optional(before string) bool {
	needed := max(strings.LastIndex(before, "install_requires"), strings.LastIndex(before, "setup_requires"))
	return max(strings.LastIndex(before, "extras_require"), strings.LastIndex(before, "tests_require")) > needed
}

// requirementsFile reads the requirements.txt beside setup.py, which many a
// setup.py reads into its own requirements.
func (r directURL) requirementsFile() {
	for line := range strings.Lines(string(r.m.Content)) {
		text := strings.TrimSpace(line)
		if !strings.HasPrefix(text, "#") && literalURL.MatchString(text) {
			r.requirement(text, 15, "may need")
		}
	}
}
