package rules

import (
	"fmt"
	"path"
	"strings"

	"pipwarden/pypi"
	"pipwarden/scan"
)

// Identity holds the file name against the metadata inside.
var Identity = &scan.Rule{
	ID: "identity-mismatch",
	Doc: `name or version inside are not what the file name says

The index, the lock file and the installer go by the file name; what is installed
calls itself by METADATA, the .dist-info folder or PKG-INFO. Where they differ the
file is not what was asked for: repackaged, renamed, or made to pass as another.
Both are compared in normal form (PEP 503, PEP 440). A wheel without METADATA is
not one.`,
	Weight: 40,
	Hiding: []scan.Hiding{scan.Disguise},
	Run: func(p *scan.Pass) scan.Hooks {
		id := identity{p: p}
		return scan.Hooks{Member: id.member, End: id.end}
	},
}

type identity struct {
	p        *scan.Pass
	metadata bool
	folders  map[string]bool
}

func (id *identity) member(m *scan.Member) {
	if m.Nested() {
		return
	}
	folder := distInfo(m.Path())
	switch {
	case isWheel(id.p) && folder != "":
		id.folder(m, folder)
		if m.Path() == folder+"/METADATA" {
			id.metadata = true
			id.compare(m, 40)
		}
	case isSdist(id.p) && belowTop(m.Path()) == "PKG-INFO",
		id.p.Filename.Kind == pypi.KindEgg && m.Path() == "EGG-INFO/PKG-INFO":
		id.compare(m, 40)
	}
}

func (id *identity) folder(m *scan.Member, folder string) {
	if id.folders[folder] {
		return
	}
	if id.folders == nil {
		id.folders = map[string]bool{}
	}
	id.folders[folder] = true
	name, version, _ := strings.Cut(strings.TrimSuffix(folder, ".dist-info"), "-")
	if problem := id.differs(name, version); problem != "" {
		f := at(m, 0, 40, "the .dist-info folder's "+problem)
		f.Path = []string{folder}
		id.p.Report(f)
	}
}

func (id *identity) compare(m *scan.Member, weight int) {
	if !m.Whole {
		id.p.Gap(scan.Gap{ID: scan.GapContent, Path: m.Layers, Detail: "the metadata is too long to be read"})
		return
	}
	md, err := pypi.ParseMetadata(m.Content)
	if err != nil {
		id.p.Report(at(m, 0, 15, fmt.Sprintf("the metadata cannot be read: %v", err)))
		return
	}
	if n, err := pypi.ParseName(md.Name); isWheel(id.p) && (err != nil || n != id.p.Filename.Project) {
		id.p.Gap(scan.Gap{ID: scan.GapIdentity, Hazard: true, Path: m.Layers,
			Detail: fmt.Sprintf("METADATA is that of %q, the file name that of %q", md.Name, id.p.Filename.Project)})
	}
	if problem := id.differs(md.Name, md.Version); problem != "" {
		f := at(m, 0, weight, "the metadata's "+problem)
		f.Code = path.Base(m.Path()) + ": " + md.Name + " " + md.Version
		id.p.Report(f)
	}
}

// differs says in words which of the two differs, "" for none.
func (id *identity) differs(name, version string) string {
	want := id.p.Filename
	if n, err := pypi.ParseName(name); err != nil || n != want.Project {
		return fmt.Sprintf("name %q is not the file name's %q", name, want.Project)
	}
	// Old setuptools wrote "-" of a local or post version as "_".
	v, err := pypi.ParseVersion(strings.ReplaceAll(version, "_", "-"))
	if err == nil && v.Compare(want.Version) == 0 {
		return ""
	}
	return fmt.Sprintf("version %q is not the file name's %q", version, want.Version)
}

func (id *identity) end() {
	if isWheel(id.p) && !id.metadata {
		id.p.Report(scan.Finding{Weight: 40, Message: "the wheel holds no METADATA"})
	}
}
