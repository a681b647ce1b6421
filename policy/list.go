package policy

import (
	"fmt"
	"strings"

	"pipwarden/pypi"
)

// An entry is one line of the denylist or the allowlist: a project glob, a
// project glob with version specifiers, or a file's hash.
type entry struct {
	text    string
	project string // normalised name, or glob
	globs   globs
	version pypi.Specifiers
	sha256  string // "" = the entry is of a project
}

// hashPrefix starts an entry that names a file by its hash.
const hashPrefix = "sha256:"

// newEntry reads "name", "name==1.0", "name>=2,<3" or "sha256:<64 hex digits>".
func newEntry(text string) (entry, error) {
	n := entry{text: text}
	if rest, ok := strings.CutPrefix(text, hashPrefix); ok {
		sum, err := parseSHA256(rest)
		n.sha256 = sum
		return n, err
	}
	name, spec := text, ""
	if i := strings.IndexAny(text, "<>=!~ "); i >= 0 {
		name, spec = text[:i], strings.TrimSpace(text[i:])
	}
	if name == "" {
		return n, fmt.Errorf(`%s names no project: want "name", "name==1.0" or "sha256:<digest>"`, quote(text, maxQuoted))
	}
	var err error
	n.project = NormalGlob(name)
	if n.globs, err = newGlobs([]string{name}, NormalGlob); err != nil {
		return n, err
	}
	if n.version, err = pypi.ParseSpecifiers(spec); err != nil {
		return n, badVersion(spec)
	}
	return n, nil
}

func badVersion(spec string) error {
	return fmt.Errorf(`%s is not a version specifier: want "==1.0" or ">=2,<3"`, quote(spec, maxQuoted))
}

// parseSHA256 reads a digest in hex, in whatever case, with or without prefix.
func parseSHA256(s string) (string, error) {
	s = strings.ToLower(strings.TrimPrefix(s, hashPrefix))
	if len(s) != 64 || strings.Trim(s, "0123456789abcdef") != "" {
		return "", fmt.Errorf("%s is not a SHA-256: want 64 hex digits", quote(s, maxQuoted))
	}
	return s, nil
}

// A list is a denylist or allowlist, indexed: lists made of advisories have
// thousands of entries, and pages have thousands of files.
type list struct {
	entries  []entry
	byHash   map[string]int
	byName   map[string][]int
	patterns []int
}

func newList(entries []entry) list {
	l := list{entries: entries, byHash: make(map[string]int), byName: make(map[string][]int)}
	for i := range entries {
		switch n := &entries[i]; {
		case n.sha256 != "":
			l.byHash[n.sha256] = i
		case len(n.globs.patterns) > 0:
			l.patterns = append(l.patterns, i)
		default:
			l.byName[n.project] = append(l.byName[n.project], i)
		}
	}
	return l
}

// find returns the entry that names the subject, or nil: the one of its hash,
// else one of the whole project, else one of its version. An unknown version is
// named by every entry of the project if unknown is true: what might be denied
// is denied, what might be allowed is not.
func (l *list) find(s *Subject, sha256 string, unknown bool) *entry {
	if i, ok := l.byHash[sha256]; ok {
		return &l.entries[i]
	}
	var best *entry
	consider := func(i int) {
		n := &l.entries[i]
		if matchVersion(n.version, s.Filename.Version, unknown) && (best == nil || n.version.IsZero() && !best.version.IsZero()) {
			best = n
		}
	}
	project := string(s.project())
	for _, i := range l.byName[project] {
		consider(i)
	}
	for _, i := range l.patterns {
		if l.entries[i].globs.match(project) {
			consider(i)
		}
	}
	return best
}

func matchVersion(spec pypi.Specifiers, v pypi.Version, unknown bool) bool {
	switch {
	case spec.IsZero():
		return true
	case v.IsZero():
		return unknown
	}
	return spec.Contains(v, true)
}
