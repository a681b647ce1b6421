package pypitest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// Epoch is the modification time of every member, and the upload time of files
// that say nothing else.
var Epoch = time.Date(2024, time.March, 1, 12, 0, 0, 0, time.UTC)

// A Dist is a wheel or an sdist to be built.
type Dist struct {
	// Filename decides the form: .whl, .zip, .egg, .tar, .tar.gz, .tgz.
	// It is used as it is, be it a valid name or not.
	Filename string
	// Name and Version are what the metadata says; "" = as in Filename.
	Name, Version string
	// Members are written in this order, before the generated ones.
	Members []Member
	// Requires are Requires-Dist fields of the generated metadata.
	Requires []string
	// RequiresPython is in the generated metadata and on the index page; "" = none.
	RequiresPython string
	// Top is the top folder of an sdist; "" = as in Filename, "." = none.
	Top string
	// Omit are paths of generated files that are left away.
	Omit []string
	// Unrecorded are paths that the generated RECORD does not list.
	Unrecorded []string
	// BadHash are paths whose hash in the generated RECORD is another one.
	BadHash []string
	// Ghosts are paths that the generated RECORD lists and nothing holds.
	Ghosts []string
	// Raw generates nothing.
	Raw bool

	// UploadTime is what the index says; zero = [Epoch].
	UploadTime time.Time
	// Yanked is what the index says; nil = not yanked, "" = without a reason.
	Yanked *string
}

// A Member is one entry of an archive.
type Member struct {
	Path string
	Data []byte
	// Executable sets the mode 0755 instead of 0644.
	Executable bool
	// Symlink or Hardlink makes the member a link to this target. Wheels hold a
	// symbolic link as zip does: by mode, the target being the content.
	Symlink, Hardlink string
}

// Wheel is a pure wheel of a project. The files are path and text by turns; with
// none it holds one module.
func Wheel(name, version string, files ...string) *Dist {
	stem := strings.NewReplacer("-", "_", ".", "_").Replace(strings.ToLower(name))
	if len(files) == 0 {
		files = []string{stem + "/__init__.py", fmt.Sprintf("__version__ = %q\n", version)}
	}
	return &Dist{Filename: fmt.Sprintf("%s-%s-py3-none-any.whl", stem, version), Name: name, Version: version, Members: pairs(files)}
}

// Sdist is a .tar.gz of a project. The files are path, below the top folder, and
// text by turns; with none it holds a setup.py and one module.
func Sdist(name, version string, files ...string) *Dist {
	stem := strings.NewReplacer("-", "_", ".", "_").Replace(strings.ToLower(name))
	if len(files) == 0 {
		files = []string{
			"setup.py", fmt.Sprintf("from setuptools import setup\nsetup(name=%q, version=%q, py_modules=[%q])\n", name, version, stem),
			stem + ".py", fmt.Sprintf("__version__ = %q\n", version),
		}
	}
	return &Dist{Filename: fmt.Sprintf("%s-%s.tar.gz", stem, version), Name: name, Version: version, Members: pairs(files)}
}

func pairs(files []string) []Member {
	if len(files)%2 != 0 {
		panic("pypitest: files must be path and text by turns")
	}
	var out []Member
	for pair := range slices.Chunk(files, 2) {
		out = append(out, Member{Path: pair[0], Data: []byte(pair[1])})
	}
	return out
}

// Bytes builds the artifact.
func (d *Dist) Bytes() ([]byte, error) {
	members := d.all()
	switch {
	case d.zipped():
		return zipBytes(members)
	case strings.HasSuffix(d.Filename, ".tar.gz"), strings.HasSuffix(d.Filename, ".tgz"):
		return tarBytes(members, true)
	case strings.HasSuffix(d.Filename, ".tar"):
		return tarBytes(members, false)
	}
	return nil, fmt.Errorf("build %q: no form for this extension", d.Filename)
}

// MustBytes is Bytes for a test.
func (d *Dist) MustBytes(tb testing.TB) []byte {
	tb.Helper()
	b, err := d.Bytes()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// Metadata is the generated METADATA or PKG-INFO, or the member that replaces
// it; nil when the dist has none.
func (d *Dist) Metadata() []byte {
	want := "PKG-INFO"
	if d.wheel() {
		want = d.distInfo() + "/METADATA"
	}
	for _, m := range d.all() {
		if m.Path == want || !d.wheel() && strings.Count(m.Path, "/") == 1 && strings.HasSuffix(m.Path, "/PKG-INFO") {
			return m.Data
		}
	}
	return nil
}

func (d *Dist) wheel() bool { return strings.HasSuffix(d.Filename, ".whl") }

func (d *Dist) zipped() bool {
	return d.wheel() || strings.HasSuffix(d.Filename, ".zip") || strings.HasSuffix(d.Filename, ".egg")
}

// stem is the file name without its extension.
func (d *Dist) stem() string {
	for _, ext := range []string{".whl", ".zip", ".egg", ".tar.gz", ".tgz", ".tar"} {
		if s, ok := strings.CutSuffix(d.Filename, ext); ok {
			return s
		}
	}
	return d.Filename
}

// parts are name and version as the file name writes them.
func (d *Dist) parts() (name, version string) {
	if d.wheel() {
		f := append(strings.SplitN(d.stem(), "-", 3), "", "")
		return f[0], f[1]
	}
	s := d.stem()
	if i := strings.LastIndex(s, "-"); i > 0 {
		return s[:i], s[i+1:]
	}
	return s, ""
}

func (d *Dist) distInfo() string {
	name, version := d.parts()
	return name + "-" + version + ".dist-info"
}

func (d *Dist) dataFolder() string {
	name, version := d.parts()
	return name + "-" + version + ".data"
}

// all are the members as they are written: expanded paths, generated files, top
// folder.
func (d *Dist) all() []Member {
	out := slices.Clone(d.Members)
	for i := range out {
		out[i].Path = d.expand(out[i].Path)
	}
	if !d.Raw && d.wheel() {
		out = d.addWheelFiles(out)
	} else if !d.Raw {
		out = d.add(out, "PKG-INFO", d.coreMetadata())
	}
	if d.wheel() || d.Top == "." || strings.HasSuffix(d.Filename, ".egg") {
		return out
	}
	top := d.Top
	if top == "" {
		top = d.stem()
	}
	for i := range out {
		out[i].Path = top + "/" + out[i].Path
	}
	return out
}

// expand replaces {dist-info} and {data}.
func (d *Dist) expand(path string) string {
	return strings.NewReplacer("{dist-info}", d.distInfo(), "{data}", d.dataFolder()).Replace(path)
}

// has says that a list of paths, unexpanded, holds one.
func (d *Dist) has(list []string, path string) bool {
	return slices.ContainsFunc(list, func(p string) bool { return d.expand(p) == path })
}

// add appends a generated file unless a member replaces it or it is omitted.
func (d *Dist) add(members []Member, path string, data []byte) []Member {
	if d.has(d.Omit, path) || slices.ContainsFunc(members, func(m Member) bool { return m.Path == path }) {
		return members
	}
	return append(members, Member{Path: path, Data: data})
}

func (d *Dist) coreMetadata() []byte {
	name, version := d.parts()
	if d.Name != "" {
		name = d.Name
	}
	if d.Version != "" {
		version = d.Version
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Metadata-Version: 2.1\nName: %s\nVersion: %s\nSummary: A fixture\n", name, version)
	if d.RequiresPython != "" {
		fmt.Fprintf(&b, "Requires-Python: %s\n", d.RequiresPython)
	}
	for _, r := range d.Requires {
		fmt.Fprintf(&b, "Requires-Dist: %s\n", r)
	}
	b.WriteString("\nInert.\n")
	return []byte(b.String())
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
