package policy

import (
	"path"
	"strings"
)

// globs are patterns by [path.Match], of which one has to match. Most are plain
// words, so these are looked up.
type globs struct {
	words    map[string]bool
	patterns []string
}

// newGlobs checks and prepares patterns; normal rewrites each first.
func newGlobs(list []string, normal func(string) string) (globs, error) {
	g := globs{words: make(map[string]bool)}
	for _, s := range list {
		s = normal(s)
		if !strings.ContainsAny(s, `*?[\`) {
			g.words[s] = true
			continue
		}
		if _, err := path.Match(s, ""); err != nil {
			return globs{}, &patternError{s}
		}
		g.patterns = append(g.patterns, s)
	}
	return g, nil
}

type patternError struct{ pattern string }

func (e *patternError) Error() string {
	return quote(e.pattern, maxQuoted) + ` is not a pattern: want letters with *, ? or [a-z]`
}

func (g globs) empty() bool { return len(g.words) == 0 && len(g.patterns) == 0 }

func (g globs) match(s string) bool {
	if g.words[s] {
		return true
	}
	for _, p := range g.patterns {
		if ok, err := path.Match(p, s); ok && err == nil {
			return true
		}
	}
	return false
}

// NormalGlob folds a pattern of project names as PEP 503 folds names, so that
// "Zope.Interface*" means "zope-interface*".
func NormalGlob(s string) string {
	var b strings.Builder
	run := false
	for _, r := range strings.ToLower(strings.TrimSpace(s)) {
		if r == '-' || r == '_' || r == '.' {
			if !run {
				b.WriteByte('-')
			}
			run = true
			continue
		}
		run = false
		b.WriteRune(r)
	}
	return b.String()
}

func asWritten(s string) string { return s }
