package archive_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func symlink(name, target string) tarEntry { return tarEntry{name: name, flag: '2', link: target} }
func hardlink(name, target string) tarEntry {
	return tarEntry{name: name, flag: '1', link: target}
}

// TestLinks has links that leave, lie over others, or are executed.
func TestLinks(t *testing.T) {
	for _, c := range linkHazards() {
		t.Run(c.name, c.check)
	}
}

func linkHazards() (cases []hazardCase) {
	file := tarEntry{name: "p/readme.txt", body: "import os\n"}
	for _, c := range []struct {
		name      string
		bad, twin []tarEntry
		want      string
	}{
		{"leaves the archive", []tarEntry{file, symlink("p/a", "../../etc/passwd")}, []tarEntry{file, symlink("p/docs/a", "../readme.txt")}, "link-outside"},
		{"leaves the top folder", []tarEntry{file, symlink("p/a", "../readme.txt")}, []tarEntry{file, symlink("p/a", "readme.txt")}, "link-outside"},
		{"absolute", []tarEntry{file, symlink("p/a", "/etc/passwd")}, []tarEntry{file, symlink("p/a", "./readme.txt")}, "link-outside"},
		{"hard link that leaves", []tarEntry{file, hardlink("p/a", "../readme.txt")}, []tarEntry{file, hardlink("p/a", "p/readme.txt")}, "link-outside"},
		{"hard link to beside the top folder", []tarEntry{file, hardlink("p/a", "q/a")}, []tarEntry{file, hardlink("p/a", "p/readme.txt")}, "link-outside"},
		{"to a link that is absolute", []tarEntry{symlink("p/a", "b"), symlink("p/b", "/etc")}, []tarEntry{symlink("p/a", "b"), symlink("p/b", "readme.txt"), file}, "link-outside"},
		{"leaves through another link", []tarEntry{symlink("p/a/b/up", "../.."), symlink("p/a/b/out", "up/../x"), file}, []tarEntry{symlink("p/a/b/up", ".."), symlink("p/a/b/in", "up/c"), tarEntry{name: "p/a/c"}}, "link-outside"},
		{"leaves without a top folder", []tarEntry{file, tarEntry{name: "q/a"}, symlink("p/b", "../../q/a")}, []tarEntry{file, symlink("p/b", "readme.txt"), hardlink("p/c", "p/readme.txt")}, "top-folder link-outside"},
		{"up and down again", []tarEntry{file, symlink("p/a", "../p/readme.txt")}, []tarEntry{file, symlink("p/q/a", "../q/../readme.txt")}, "link-outside"},
		{"dangling", []tarEntry{file, symlink("p/a", "nothing")}, []tarEntry{symlink("p/a", "readme.txt"), file}, "link-dangling"},
		{"to a folder", []tarEntry{symlink("p/a", "b/c")}, []tarEntry{symlink("p/a", "b"), tarEntry{name: "p/b/c"}}, "link-dangling"},
		{"loop", []tarEntry{symlink("p/a", "b"), symlink("p/b", "a")}, []tarEntry{symlink("p/a", "b"), symlink("p/b", "readme.txt"), file}, "link-loop"},
		{"backslash", []tarEntry{file, symlink("p/a", `..\readme.txt`)}, []tarEntry{file, symlink("p/a", "readme.txt")}, "link-target link-dangling"},
		{"link over a member", []tarEntry{file, symlink("p/x", "readme.txt"), tarEntry{name: "p/x", body: "x"}}, []tarEntry{file, symlink("p/x", "readme.txt"), tarEntry{name: "p/y"}}, "link-over-member"},
		{"member under a link", []tarEntry{symlink("p/docs", "."), tarEntry{name: "p/docs/setup.py", body: "evil"}}, []tarEntry{symlink("p/docs", "."), tarEntry{name: "p/setup.py"}}, "link-through"},
		{"folder becomes a link", []tarEntry{file, tarEntry{name: "p/d/a"}, symlink("p/d", ".")}, []tarEntry{file, tarEntry{name: "p/d/a"}, symlink("p/e", "d")}, "link-over-member"},
		{"setup.py is a symlink", []tarEntry{file, symlink("p/setup.py", "readme.txt")}, []tarEntry{file, symlink("p/setup", "readme.txt")}, "link-executed link-disguised"},
		{"setup.py is a hard link", []tarEntry{file, hardlink("p/setup.py", "p/readme.txt")}, []tarEntry{file, hardlink("p/setup", "p/readme.txt")}, "link-executed link-disguised"},
		{"pyproject.toml is a link", []tarEntry{tarEntry{name: "p/x.toml"}, symlink("p/pyproject.toml", "x.toml")}, []tarEntry{tarEntry{name: "p/pyproject.toml"}, symlink("p/x/y/pyproject.toml", "../../pyproject.toml")}, "link-executed"},
		{"code by its link's name", []tarEntry{file, symlink("p/a.py", "readme.txt")}, []tarEntry{tarEntry{name: "p/b.py"}, symlink("p/a.py", "b.py")}, "link-disguised"},
		{"target not UTF-8", []tarEntry{file, symlink("p/a", "\xff")}, []tarEntry{file, symlink("p/a", "readme.txt")}, "name-encoding link-dangling"},
	} {
		cases = append(cases, hazardCase{name: c.name, ext: ".tar", bad: tars(c.bad...), twin: tars(c.twin...), want: c.want})
	}
	return cases
}

// TestLinksWithoutTop holds that any member is inside when there is no top folder.
func TestLinksWithoutTop(t *testing.T) {
	b := tars(tarEntry{name: "NZ"}, hardlink("Pacific/Auckland", "NZ"), symlink("Pacific/Chatham", "../NZ"))
	if got := walk(t, b, ""); len(got.ids) > 0 {
		t.Errorf("objections: %+v", got.hazards)
	}
}

// TestLinkTargets holds that a link names the member that has its content.
func TestLinkTargets(t *testing.T) {
	b := tars(
		tarEntry{name: "p/readme.txt"},
		symlink("p/docs/a", "../readme.txt"),
		hardlink("p/b", "p/readme.txt"),
		symlink("p/c", "../../x"),
	)
	want := map[string]string{"p/docs/a": "p/readme.txt", "p/b": "p/readme.txt", "p/c": ""}
	if diff := cmp.Diff(want, walk(t, b, "").links); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
}

// TestLinkSteps holds that chains of links cannot multiply the work.
func TestLinkSteps(t *testing.T) {
	long := strings.Repeat("a/../", 800)
	var all []tarEntry
	for i := range 40 {
		name, next := fmt.Sprintf("p/l%d", i), fmt.Sprintf("l%d", i+1)
		all = append(all, pax('x', "linkpath", long+next), symlink(name, "x"))
	}
	got := walk(t, tars(append(all, tarEntry{name: "p/l40"})...), ".tar")
	if !slices.Contains(got.ids, "limit-links") {
		t.Errorf("hazards %v, want limit-links", got.ids)
	}
}
