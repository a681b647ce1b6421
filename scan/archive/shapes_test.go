package archive_test

import (
	"strings"
	"testing"

	"pipwarden/scan/archive"
)

// A shape is an archive of which one program sees one content and another
// another: what the installer would run is installed.
type shape struct {
	name, ext string
	archive   []byte
	installed map[string]string // what pip writes, the part that matters
	gap       string            // the hazard that says so, one of them
}

// shapes are the ways in which a scanner has been made to read another program
// than the installer runs, zip first.
func shapes(t testing.TB) []shape {
	const evil, module, setup = "import os\n", "p/__init__.py", "p/setup.py"
	readme, goodTar := tarEntry{name: "p/readme.txt", body: evil}, tarEntry{name: setup, body: "good"}
	wheelOf := func(m ...zipMember) []byte { return zips(m...) }
	return []shape{
		{"two zips, one after the other", ".whl", cat(goods, zips(bad)), map[string]string{module: bad.body}, "zip-concatenated"},
		{"a zip in the comment of a zip", ".whl", zipSpec{members: []zipMember{good}, comment: string(zips(bad))}.bytes(), map[string]string{module: bad.body}, "zip-concatenated"},
		{"a name that goes on behind a NUL", ".whl", wheelOf(zipMember{name: module + "\x00.txt", body: evil}), map[string]string{module: evil}, "name-nul"},
		{"a member packed with bzip2", ".whl", wheelOf(zipMember{name: module, body: evil, method: 12, packed: bzip(t, bzipFile)}), map[string]string{module: evil}, "zip-method"},
		{"a member packed with LZMA", ".whl", wheelOf(zipMember{name: module, body: evil, method: 14, packed: zipLZMAd(t, evil)}), map[string]string{module: evil}, "zip-method"},
		{"one name twice in a zip", ".whl", wheelOf(good, bad), map[string]string{module: bad.body}, "duplicate"},
		{"names that are one on some file systems", ".whl", wheelOf(good, zipMember{name: "P/__init__.py", body: evil}), map[string]string{"P/__init__.py": evil}, "duplicate-case"},
		{"a local header with another name", ".whl", wheelOf(zipMember{name: "a.py", body: evil, local: func(b []byte) { b[30] = 'b' }}), nil, "zip-local-header"},
		{"an absolute name in a zip", ".whl", wheelOf(zipMember{name: "/p/a.py", body: evil}), map[string]string{"p/a.py": evil}, "name-absolute"},
		{"a name that leaves", ".whl", wheelOf(zipMember{name: "../a.py", body: evil}), nil, "name-parent"},
		{"a backslash in a name", ".whl", wheelOf(zipMember{name: `p\a.py`, body: evil}), nil, "name-backslash"},
		{"a zip behind a tar", ".tar.gz", cat(gz(tars(goodTar)), zips(zipMember{name: setup, body: evil})), map[string]string{setup: "good"}, "tar-zip-tail"},
		{"a path for all members", ".tar.gz", gz(tars(pax('g', "path", setup), readme)), nil, "tar-global-pax"},
		{"a sparse name", ".tar.gz", gz(tars(pax('x', "GNU.sparse.major", "1", "GNU.sparse.minor", "0", "GNU.sparse.name", setup), readme)), map[string]string{setup: evil}, "tar-sparse"},
		{"a contiguous file", ".tar.gz", gz(tars(tarEntry{name: setup, flag: '7', body: evil})), map[string]string{setup: evil}, "tar-contiguous"},
		{"setup.py is a symbolic link", ".tar.gz", gz(tars(readme, symlink(setup, "readme.txt"))), map[string]string{"p/readme.txt": evil}, "link-executed"},
		{"setup.py is a hard link", ".tar.gz", gz(tars(readme, hardlink(setup, "p/readme.txt"))), map[string]string{"p/readme.txt": evil}, "link-executed"},
		{"a member below a link", ".tar.gz", gz(tars(goodTar, symlink("p/docs", "."), tarEntry{name: "p/docs/setup.py", body: evil})), nil, "link-through"},
		{"one name twice in a tar", ".tar.gz", gz(tars(goodTar, tarEntry{name: setup, body: evil})), map[string]string{setup: evil}, "duplicate"},
		{"one name in two spellings", ".tar.gz", gz(tars(goodTar, tarEntry{name: "./" + setup, body: evil})), map[string]string{setup: evil}, "duplicate"},
		{"no top folder", ".tar.gz", gz(tars(goodTar, tarEntry{name: "setup.py", body: evil})), map[string]string{"setup.py": evil}, "top-folder"},
		{"an absolute name in a tar", ".tar.gz", gz(tars(tarEntry{name: "/" + setup, body: evil})), map[string]string{setup: evil}, "name-absolute"},
		{"a size of zero over a size", ".tar.gz", gz(tars(pax('x', "size", "0"), tarEntry{name: "p/a", body: string(tarEntry{name: setup, body: evil}.bytes())})),
			map[string]string{setup: evil}, "tar-pax-size"},
		{"several gzip members", ".tar.gz", cat(gz(goodTar.bytes()), gz(tars(readme))), map[string]string{setup: "good", "p/readme.txt": evil}, "compressed-members"},
		{"bytes behind the end", ".tar.gz", gz(cat(tars(goodTar), []byte("hidden"), make([]byte, 506))), map[string]string{setup: "good"}, "tar-trailing-data"},
		{"one zero block, then more", ".tar.gz", gz(cat(goodTar.bytes(), make([]byte, 512), tars(readme))), map[string]string{setup: "good"}, "tar-trailing-data"},
		{"a bad checksum", ".tar.gz", gz(tars(readme, tarEntry{name: setup, body: "good", badSum: true})), map[string]string{"p/readme.txt": evil}, "tar-checksum"},
		{"a zip that calls itself tar.gz", ".tar.gz", zips(zipMember{name: setup, body: evil}), map[string]string{setup: evil}, "format-mismatch"},
		{"an xz that calls itself tar.gz", ".tar.gz", xzip(t, tars(tarEntry{name: setup, body: evil}), 1<<16), map[string]string{setup: evil}, "format-mismatch"},
	}
}

// TestShapes holds for each shape that what the installer runs is what is
// scanned, and that it is told: the decision about a shape is the policy's.
func TestShapes(t *testing.T) {
	for _, s := range shapes(t) {
		t.Run(s.name, func(t *testing.T) {
			got := read(t, s.archive, archive.Options{Ext: s.ext})
			if !strings.Contains(" "+strings.Join(got.ids, " ")+" ", " "+s.gap+" ") {
				t.Errorf("hazards %v, want %s", got.ids, s.gap)
			}
			for path, want := range s.installed {
				if got.files[path] != want {
					t.Errorf("%s is scanned as %q, installed as %q", path, got.files[path], want)
				}
			}
		})
	}
}
