package archive

import (
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// nameFolds is how many paths, folders that are only implied included, are
// remembered for each member allowed: deep names must not multiply the memory.
const nameFolds = 4

// A nameTable knows which paths were seen, by what they become on a disk that
// ignores case and Unicode form.
type nameTable struct {
	byFold  map[string]nameEntry
	links   []nameLink
	linkAt  map[string]int // symbolic links by path, index into links
	tops    [2]string      // the first two different first components
	room    int            // paths that may still be remembered
	steps   int            // parts of link targets that may still be walked
	bytes   int64          // of paths that may still be remembered
	maxName int
	fold    cases.Caser
}

type nameEntry struct {
	path    string
	kind    Kind
	implied bool // a folder known only from names inside it
}

// A nameLink is a link whose target is judged when all names are known.
type nameLink struct {
	path, raw, target string
	hard              bool
}

func newNameTable(l Limits) *nameTable {
	return &nameTable{
		byFold:  make(map[string]nameEntry),
		linkAt:  make(map[string]int),
		room:    nameFolds * l.Members,
		steps:   linkSteps,
		bytes:   l.Directory,
		maxName: l.Name,
		fold:    cases.Fold(),
	}
}

// key folds a path: NFC, case, and the dots and blanks that Windows drops at
// the end of each part.
func (t *nameTable) key(p string) string {
	if !isASCII(p) {
		return trimParts(norm.NFC.String(t.fold.String(norm.NFC.String(p))))
	}
	return trimParts(strings.ToLower(p))
}

func trimParts(p string) string {
	if !strings.Contains(p, "./") && !strings.Contains(p, " /") && strings.TrimRight(p, ". ") == p {
		return p
	}
	parts := strings.Split(p, "/")
	for i, part := range parts {
		if trimmed := strings.TrimRight(part, ". "); trimmed != "" {
			parts[i] = trimmed
		}
	}
	return strings.Join(parts, "/")
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// name checks the name that pip sees, sets m.Path, and remembers it. An error
// means that no further names can be remembered.
func (a *Archive) name(m *Member, name string) error {
	t := a.names
	if len(name) > t.maxName {
		_ = a.fail("limit-name", m.Name, detailf("a name of %d bytes", len(name)))
		name = name[:t.maxName]
	}
	a.spell(m.Name, strings.TrimSuffix(name, "/"), m.Kind)
	// One replacement character for each byte that is not UTF-8.
	m.Path = strings.TrimPrefix(path.Clean("/"+string([]rune(name))), "/")
	if m.Path == "" {
		m.Path = "."
		return nil
	}
	t.bytes -= int64(len(m.Path))
	if t.bytes < 0 {
		return a.fail("limit-directory", m.Name, "the names are too long together")
	}
	top, _, _ := strings.Cut(m.Path, "/")
	if t.tops[0] == "" {
		t.tops[0] = top
	} else if t.tops[1] == "" && top != t.tops[0] {
		t.tops[1] = top
	}
	return a.remember(m)
}

// spell objects to names that do not mean the same everywhere.
func (a *Archive) spell(raw, name string, kind Kind) {
	object := func(id, detail string) { a.add(id, raw, detail) }
	if name == "" {
		object("name-empty", "no name")
		return
	}
	if !utf8.ValidString(name) {
		object("name-encoding", detailf("not UTF-8: %q", name))
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) {
		object("name-control", detailf("control characters in %q", name))
	}
	if strings.Contains(name, `\`) {
		object("name-backslash", "a folder to Windows, a character elsewhere")
	}
	if strings.HasPrefix(name, "/") {
		object("name-absolute", "refused, or stripped of the slash")
	}
	if len(name) > 1 && name[1] == ':' && isLetter(name[0]) {
		object("name-drive", "another drive on Windows")
	}
	a.spellParts(raw, name, kind)
}

// spellParts objects to what single parts of a name show.
func (a *Archive) spellParts(raw, name string, kind Kind) {
	dot, odd := false, false
	for part := range strings.SplitSeq(strings.TrimLeft(name, "/"), "/") {
		switch {
		case part == "..":
			a.add("name-parent", raw, "leaves its folder")
		case part == "." || part == "":
			dot = true
		case strings.ContainsAny(part[len(part)-1:], ". ") || strings.Contains(part, ":"):
			odd = true
		}
	}
	if dot && !(name == "." && kind == KindDir) {
		a.add("name-dot", raw, detailf("not in its shortest form: %q", name))
	}
	if odd {
		a.add("name-windows", raw, "Windows drops trailing dots and blanks, and takes a colon for a stream")
	}
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// remember notes the path and the folders it implies and objects to collisions.
func (a *Archive) remember(m *Member) error {
	t, key := a.names, a.names.key(m.Path)
	if old, ok := t.byFold[key]; ok {
		a.collide(m, old)
	}
	if err := t.put(a, key, nameEntry{path: m.Path, kind: m.Kind}); err != nil {
		return err
	}
	for p, k := path.Dir(m.Path), path.Dir(key); p != "." && k != "."; p, k = path.Dir(p), path.Dir(k) {
		old, ok := t.byFold[k]
		if !ok {
			if err := t.put(a, k, nameEntry{path: p, kind: KindDir, implied: true}); err != nil {
				return err
			}
			continue
		}
		switch old.kind {
		case KindDir:
		case KindSymlink:
			a.add("link-through", m.Name, detailf("the path runs through the link %q", old.path))
		default:
			a.add("duplicate-file-folder", m.Name, detailf("%q is a file and a folder", old.path))
		}
		if !old.implied {
			continue
		}
		break // whoever implied it implied those above too
	}
	return nil
}

func (t *nameTable) put(a *Archive, key string, e nameEntry) error {
	if _, ok := t.byFold[key]; !ok {
		if t.room == 0 {
			return a.fail("limit-members", e.path, "too many different paths")
		}
		t.room--
	}
	t.byFold[key] = e
	return nil
}

// collide objects to a second member at an occupied path.
func (a *Archive) collide(m *Member, old nameEntry) {
	isLink := func(k Kind) bool { return k == KindSymlink || k == KindHardlink }
	switch {
	case m.Kind == KindDir && old.kind == KindDir:
		// Folders that are listed twice are one folder.
	case isLink(m.Kind) || isLink(old.kind):
		a.add("link-over-member", m.Name, detailf("a link and another member share the path %q", old.path))
	case m.Kind == KindDir || old.kind == KindDir:
		a.add("duplicate-file-folder", m.Name, detailf("%q is a file and a folder", old.path))
	case m.Path == old.path:
		a.add("duplicate", m.Name, "the last one wins, or the archive is refused")
	case norm.NFC.String(m.Path) == norm.NFC.String(old.path):
		a.add("duplicate-unicode", m.Name, detailf("the same as %q in another Unicode form", old.path))
	default:
		a.add("duplicate-case", m.Name, detailf("one file with %q where case, trailing dots and blanks do not count", old.path))
	}
}

// finishNames judges what only the whole list of names shows.
func (a *Archive) finishNames() {
	t := a.names
	if a.sdist && t.tops[1] != "" {
		a.add("top-folder", "", detailf("%q and %q lie side by side", t.tops[0], t.tops[1]))
	}
	for _, l := range t.links {
		a.judgeLink(l)
	}
}
