package installers

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// setUp plans and applies a request.
func setUp(t *testing.T, c *Computer, r Request) *Plan {
	t.Helper()
	p, err := c.NewPlan(r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Apply(); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestApply sets everything up for a user with files of all kinds, twice, and takes it out again: every file is as it
// was, with its mode, and nothing is left behind.
func TestApply(t *testing.T) {
	for _, scope := range []Scope{User, Project} {
		t.Run(scope.String(), func(t *testing.T) {
			c := computer(t)
			home := c.Env["HOME"]
			put(t, filepath.Join(home, ".config/pip/pip.conf"), seeds[7])
			put(t, filepath.Join(home, "dotfiles/bashrc"), "alias ll='ls -l'")
			put(t, filepath.Join(c.Folder, ".venv/pyvenv.cfg"), "")
			put(t, filepath.Join(c.Folder, "pyproject.toml"), "[tool.uv]\nmanaged = true\n[tool.poetry]\nname = \"x\"\n")
			if err := os.Symlink("dotfiles/bashrc", filepath.Join(home, ".bashrc")); err != nil {
				t.Fatal(err)
			}
			before := snapshot(t, home)
			r := Request{URL: guardURL, Scope: scope, Clients: []string{Pip, UV, PDM, Poetry, Pipenv}}
			if scope == User {
				r.Guard = filepath.Join(home, ".config/pipwarden/config.toml")
			}
			if p := setUp(t, c, r); len(p.Changes) < 3 {
				t.Errorf("only %d changes", len(p.Changes))
			}
			if p := setUp(t, c, r); len(p.Changes) != 0 {
				t.Errorf("a second time changes %s again", p.Changes[0].File)
			}
			for path, text := range before {
				if b, err := os.ReadFile(path); err != nil || strings.Contains(text, "pipwarden") || len(b) == 0 && len(text) > 12 {
					t.Errorf("%s: %v", path, err)
				}
			}
			r.Remove = true
			setUp(t, c, r)
			if diff := cmp.Diff(before, snapshot(t, home)); diff != "" {
				t.Errorf("not as it was:\n%s", diff)
			}
		})
	}
}

// TestGuardGetsIndexes holds that the guard asks what pip asked, with its password, and tells nobody.
func TestGuardGetsIndexes(t *testing.T) {
	c := computer(t)
	conf := filepath.Join(c.Env["HOME"], ".config/pip/pip.conf")
	put(t, conf, "[global]\nextra-index-url = https://u:secret@corp.invalid/simple/\ncert = /ca.pem\n")
	r := Request{URL: guardURL, Clients: []string{Pip}, Guard: filepath.Join(c.Env["HOME"], "guard.toml"), Found: PipUpstream{Index: "https://index.invalid/simple/", ClientCert: "/client.pem"}}
	p := setUp(t, c, r)
	if said := strings.Join(p.Notes, "\n"); strings.Contains(said, "secret") || !strings.Contains(said, "***@corp.invalid") {
		t.Errorf("notes: %s", said)
	}
	for _, ch := range p.Changes {
		if strings.Contains(ch.Diff(), "secret") {
			t.Errorf("a password is shown:\n%s", ch.Diff())
		}
	}
	b, err := os.ReadFile(r.Guard)
	if err != nil {
		t.Fatal(err)
	}
	m, err := parseTOML(string(b))
	if err != nil {
		t.Fatal(err)
	}
	list := tables(tableAt(m, "upstream")["index"])
	if len(list) != 2 || list[0]["url"] != "https://index.invalid/simple/" || list[1]["url"] != "https://u:secret@corp.invalid/simple/" || tableAt(m, "upstream")["ca_bundle"] != "/ca.pem" || tableAt(m, "upstream")["client_cert"] != "/client.pem" {
		t.Errorf("the guard's configuration is\n%s", b)
	}
	if st, err := os.Stat(r.Guard); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", st.Mode(), err)
	}
	refused := errors.New("no good")
	r.Guard += "2"
	r.CheckGuard = func(string, string) error { return refused }
	put(t, conf, "[global]\nindex-url = https://corp.invalid/simple/\n")
	if _, err := c.NewPlan(r); !errors.Is(err, refused) {
		t.Errorf("a configuration that the guard would not read: %v", err)
	}
}

// TestGuardIsNoUpstream holds that a guard that somebody has written into pip's file by hand is not asked by itself, and that
// indexes which nobody hands on are told.
func TestGuardIsNoUpstream(t *testing.T) {
	c := computer(t)
	conf := filepath.Join(c.Env["HOME"], ".config/pip/pip.conf")
	put(t, conf, "[global]\nindex-url = http://localhost:8791/simple\n")
	r := Request{URL: guardURL, Clients: []string{Pip}, Guard: filepath.Join(c.Env["HOME"], "guard.toml")}
	if p := setUp(t, c, r); len(p.Changes) != 1 || len(p.Notes) > 0 {
		t.Errorf("%d changes, notes %q", len(p.Changes), p.Notes)
	}
	put(t, conf, "[global]\nindex-url = https://corp.invalid/simple\n")
	r.Guard = ""
	if p := setUp(t, c, r); !strings.Contains(strings.Join(p.Notes, ""), "pip asked https://corp.invalid/simple") {
		t.Errorf("notes %q", p.Notes)
	}
	r.Asked = []string{"https://corp.invalid/simple/"}
	if p := setUp(t, c, r); len(p.Notes) > 0 {
		t.Errorf("notes %q", p.Notes)
	}
}

// TestNothingHalf holds that one file in the way keeps all from being changed, and that a file that changed since is
// not written over.
func TestNothingHalf(t *testing.T) {
	c := computer(t)
	home := c.Env["HOME"]
	put(t, filepath.Join(home, ".config/uv/uv.toml"), "[[broken\n")
	before := snapshot(t, home)
	var at *FileError
	if _, err := c.NewPlan(Request{URL: guardURL, Clients: []string{Pip, UV}}); !errors.As(err, &at) || !strings.HasSuffix(at.File, "uv.toml") {
		t.Errorf("error %v; want one that names uv.toml", err)
	}
	p, err := c.NewPlan(Request{URL: guardURL, Clients: []string{Pip}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, snapshot(t, home)); diff != "" {
		t.Errorf("a plan changes files:\n%s", diff)
	}
	put(t, filepath.Join(home, ".config/pip/pip.conf"), "[global]\n")
	if _, err := p.Apply(); !errors.As(err, &at) || !strings.Contains(err.Error(), "somebody else") {
		t.Errorf("error %v; want one about somebody else", err)
	}
	if err := os.Symlink("nowhere", filepath.Join(home, ".config/pdm")); err != nil {
		t.Fatal(err)
	}
}

// TestKeepsEdits holds that lines which were written after the block stay when it goes, with the copy of before.
func TestKeepsEdits(t *testing.T) {
	c := computer(t)
	conf := filepath.Join(c.Env["HOME"], ".config/pip/pip.conf")
	put(t, conf, "[global]\ntimeout = 5\n")
	r := Request{URL: guardURL, Clients: []string{Pip}}
	setUp(t, c, r)
	b, err := os.ReadFile(conf)
	if err != nil {
		t.Fatal(err)
	}
	put(t, conf, string(b)+"retries = 2\n")
	r.Remove = true
	setUp(t, c, r)
	if b, err := os.ReadFile(conf); err != nil || string(b) != "[global]\ntimeout = 5\nretries = 2\n" {
		t.Errorf("%q, %v", b, err)
	}
	if b, err := os.ReadFile(conf + backupSuffix); err != nil || string(b) != "[global]\ntimeout = 5\n" {
		t.Errorf("the copy: %q, %v", b, err)
	}
}

// TestPlaces holds where the settings of each system lie.
func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		os   string
		env  map[string]string
		want []string
	}{
		{"linux", map[string]string{"HOME": "/h"}, []string{"/h/.config/pip/pip.conf", "/h/.config/uv/uv.toml", "/h/.config/pdm/config.toml"}},
		{"linux", map[string]string{"HOME": "/h", "XDG_CONFIG_HOME": "/c", "PDM_CONFIG_FILE": "/p.toml"}, []string{"/c/pip/pip.conf", "/c/uv/uv.toml", "/p.toml"}},
		{"darwin", map[string]string{"HOME": "/h"}, []string{"/h/.config/pip/pip.conf", "/h/.config/uv/uv.toml", "/h/Library/Application Support/pdm/config.toml"}},
		{"windows", map[string]string{"USERPROFILE": "/h", "APPDATA": "/r", "LOCALAPPDATA": "/l"}, []string{"/r/pip/pip.ini", "/r/uv/uv.toml", "/l/pdm/pdm/config.toml"}},
	} {
		m := &Computer{OS: c.os, Env: c.env, Folder: "/project"}
		var got []string
		for _, client := range []string{Pip, UV, PDM} {
			list, _ := m.targets(client, User)
			for _, x := range list {
				got = append(got, filepath.ToSlash(x.file))
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s %v:\n%s", c.os, c.env, diff)
		}
	}
}

// TestCheckURL holds which addresses the files can hold.
func TestCheckURL(t *testing.T) {
	for text, good := range map[string]bool{
		guardURL: true, "https://guard.invalid/simple/": true, "https://u:p@guard.invalid/x/simple/": true,
		"": false, "guard": false, "ftp://g/simple/": false, "http://g/simple": false, "http://g/'$(true)'/": false, "http://g/a b/": false, "http://g/simple/?x": false,
	} {
		if err := CheckURL(text); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestResolve(t *testing.T) {
	list, _, ok := Resolve([]string{"tox", "Pip", "pdm"})
	if diff := cmp.Diff([]string{Pip, UV, PDM}, list); !ok || diff != "" {
		t.Errorf("%v\n%s", ok, diff)
	}
	if _, unknown, ok := Resolve([]string{"pip", "conda"}); ok || unknown != "conda" {
		t.Errorf("%q, %v", unknown, ok)
	}
}

// TestDiff holds the form that patch reads.
func TestDiff(t *testing.T) {
	long := strings.Repeat("x\n", 20)
	for _, c := range []struct{ before, after, want string }{
		{"a\nb\nc\n", "a\nB\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"},
		{"a", "a\n", "@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n"},
		{"", "a\n", "@@ -0,0 +1,1 @@\n+a\n"},
		{"1\n" + long + "2\n", "I\n" + long + "II\n", "@@ -1,4 +1,4 @@\n-1\n+I\n x\n x\n x\n@@ -19,4 +19,4 @@\n x\n x\n x\n-2\n+II\n"},
		{"", "\x1b[2J\n", "@@ -0,0 +1,1 @@\n+\"\\x1b[2J\"\n"},
	} {
		ch := &Change{File: "f", Before: c.before, After: c.after, Existed: true}
		if got := strings.TrimPrefix(ch.Diff(), "--- f\n+++ f\n"); got != c.want {
			t.Errorf("%q to %q:\n%s\nwant\n%s", c.before, c.after, got, c.want)
		}
	}
}
