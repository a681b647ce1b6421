package archive_test

import "testing"

// TestNames has the names that do not mean the same everywhere, in a zip and a
// tar alike.
func TestNames(t *testing.T) {
	for _, c := range nameHazards() {
		t.Run(c.name, c.check)
	}
}

func nameHazards() (cases []hazardCase) {
	for _, c := range []struct{ name, bad, want, twin, path string }{
		{"not UTF-8", "p/\xff", "name-encoding", "p/é", "p/\uFFFD"},
		{"control character", "p/a\x1b[31m", "name-control", "p/a[31m", "p/a\x1b[31m"},
		{"backslash", `p\..\a`, "name-backslash", "p/a", `p\..\a`},
		{"absolute", "/etc/passwd", "name-absolute", "etc/passwd", "etc/passwd"},
		{"parent", "p/../../a", "name-parent", "p/...a", "a"},
		{"drive", "C:a", "name-drive name-windows", "Ca", "C:a"},
		{"dot", "./setup.py", "name-dot", "setup.py", "setup.py"},
		{"empty part", "p//a", "name-dot", "p/a", "p/a"},
		{"trailing dot", "p/setup.py.", "name-windows", "p/.setup.py", "p/setup.py."},
		{"stream", "p/a.txt:b.py", "name-windows", "p/a.txt", "p/a.txt:b.py"},
		{"empty", "", "name-empty", "a", ""},
	} {
		files := map[string]string{c.path: "x"}
		if c.path == "" {
			files = nil
		}
		utf8 := uint16(1 << 11)
		cases = append(cases, hazardCase{
			name: c.name + " in a zip",
			bad:  zips(zipMember{name: c.bad, body: "x", flags: utf8}), twin: zips(zipMember{name: c.twin, flags: utf8}),
			want: c.want, files: files,
		}, hazardCase{
			name: c.name + " in a tar",
			bad:  tars(tarEntry{name: c.bad, body: "x"}), twin: tars(tarEntry{name: c.twin, body: "x"}),
			want: c.want, files: files,
		})
	}
	return cases
}

// TestCollisions has members that are one file for somebody.
func TestCollisions(t *testing.T) {
	for _, c := range collisionHazards() {
		t.Run(c.name, c.check)
	}
	t.Run("folders twice", func(t *testing.T) {
		b := tars(tarEntry{name: "p/", flag: '5'}, tarEntry{name: "p/a"}, tarEntry{name: "p/", flag: '5'})
		if got := walk(t, b, ".tar"); len(got.ids) > 0 {
			t.Errorf("objections: %+v", got.hazards)
		}
	})
}

func collisionHazards() (cases []hazardCase) {
	for _, c := range []struct{ name, first, second, want, twin string }{
		{"duplicate", "p/a.py", "p/a.py", "duplicate", "p/b.py"},
		{"case", "p/setup.py", "p/Setup.py", "duplicate-case", "p/setup_.py"},
		{"case of a folder", "p/setup.py", "P/setup.py", "duplicate-case", "q/setup.py"},
		{"case beyond ASCII", "p/straße", "p/STRASSE", "duplicate-case", "p/strase"},
		{"trailing dot", "p/setup.py", "p/setup.py.", "name-windows duplicate-case", "p/setup_py"},
		{"Unicode form", "p/\u00e9", "p/e\u0301", "duplicate-unicode", "p/e"},
		{"file and folder", "p/a", "p/a/b.py", "duplicate-file-folder", "p/b/b.py"},
		{"folder and file", "p/a/b.py", "p/a", "duplicate-file-folder", "p/b"},
	} {
		utf8 := uint16(1 << 11)
		cases = append(cases, hazardCase{
			name: c.name + " in a zip",
			bad:  zips(zipMember{name: c.first, flags: utf8}, zipMember{name: c.second, flags: utf8}),
			twin: zips(zipMember{name: c.first, flags: utf8}, zipMember{name: c.twin, flags: utf8}),
			want: c.want,
		}, hazardCase{
			name: c.name + " in a tar",
			bad:  tars(tarEntry{name: c.first}, tarEntry{name: c.second}),
			twin: tars(tarEntry{name: c.first}, tarEntry{name: c.twin}),
			want: c.want,
		})
	}
	return cases
}
