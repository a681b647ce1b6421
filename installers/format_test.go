package installers

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRefusals holds that a file that its client would not read either, or that would come to say something else, is
// left alone.
func TestRefusals(t *testing.T) {
	for _, c := range []struct{ client, text, says string }{
		{Pip, "timeout = 5\n", "before the first section"},
		{Pip, "[global]\nnonsense\n", "neither section nor setting"},
		{Pip, "[global]\n[global]\n", "there twice"},
		{Pip, "[global]\ntimeout = 1\ntimeout = 2\n", "there twice"},
		{UV, "[[index]\n", "not valid TOML"},
		{UV, "index = [{ url = \"https://a.invalid\" }]\n", "inline list"},
		{PDM, "pypi = { url = \"https://a.invalid\" }\n", "without risk"},
		{Poetry, "[tool]\npoetry.name = \"x\"\n", "without risk"},
		{Guard, "upstream.freshness = \"5m\"\n", "without risk"},
		{Poetry, "[[tool.poetry.source]]\nname = \"a\"\nurl = \"https://u:secret@a.invalid\"\n", "names https://***@a.invalid"},
		{Poetry, "tool = 3\n", "without risk"},
	} {
		out, _, err := setters[c.client](c.text, guardURL)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s, %q: %q, %v; want an error with %q", c.client, c.text, out, err, c.says)
		}
	}
	for _, text := range []string{"a\x00b", "a\xffb", "a\rb\n"} {
		if checkText(text) == nil {
			t.Errorf("%q is taken for a text", text)
		}
	}
}

// TestNotes holds that what still goes past the guard is told.
func TestNotes(t *testing.T) {
	for _, c := range []struct{ client, text, says string }{
		{UV, "[[index]]\nurl = \"https://u:secret@a.invalid\"\n", "https://***@a.invalid"},
		{UV, "extra-index-url = [\"https://a.invalid\"]\n", "extra-index-url"},
		{PDM, "[pypi.more]\nurl = \"https://a.invalid\"\n", "pypi.more"},
	} {
		_, notes, err := setters[c.client](c.text, guardURL)
		if err != nil || !strings.Contains(strings.Join(notes, "\n"), c.says) {
			t.Errorf("%s, %q: %q, %v; want a note with %q", c.client, c.text, notes, err, c.says)
		}
	}
}

// pythonINI has Python's own parser, which pip uses, read what comes in.
const pythonINI = `
import configparser, json, sys
p = configparser.RawConfigParser()
try:
    p.read_string(sys.stdin.buffer.read().decode("utf-8").replace("\r\n", "\n"))
except configparser.Error:
    print("null")
else:
    print(json.dumps({s + "." + k: v for s in p.sections() for k, v in p.items(s)}))
`

// TestPipReadsIt holds our reading of pip's files, and what is written, against Python's parser.
func TestPipReadsIt(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 on this machine")
	}
	read := func(text string) map[string]string {
		cmd := exec.CommandContext(t.Context(), python, "-c", pythonINI)
		cmd.Stdin = strings.NewReader(text)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, os.Stderr
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		var m map[string]string
		if err := json.Unmarshal(out.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	more := []string{"[a]\n x = 1\n  y = 2\nz = 3\n", "[global]\n  [install]\n  timeout = 3\n", "[global]\n\n  timeout = 3\n  x : y\n"}
	for _, text := range append(slices.Clone(seeds), more...) {
		out, _, err := setPip(text, guardURL)
		before := read(text)
		if err != nil {
			continue
		}
		after := read(out)
		if before == nil || after["global.index-url"] != guardURL {
			t.Errorf("Python reads\n%s\nas %v", out, after)
			continue
		}
		for k, v := range before {
			if _, key, _ := strings.Cut(k, "."); !slices.Contains(pipSources, strings.ReplaceAll(key, "_", "-")) && after[k] != v {
				t.Errorf("%s was %q and is %q in\n%s", k, v, after[k], out)
			}
		}
	}
}

// computer is one with a home and a project of its own.
func computer(t *testing.T) *Computer {
	t.Helper()
	home := t.TempDir()
	c := &Computer{OS: "linux", Env: map[string]string{"HOME": home, "SHELL": "/bin/bash", "XDG_CONFIG_DIRS": filepath.Join(home, "etc")}, Folder: filepath.Join(home, "project")}
	put(t, filepath.Join(c.Folder, "README"), "")
	return c
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// snapshot gives all files below a folder with their modes.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	m := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		st, statErr := os.Lstat(path)
		if err == nil && statErr == nil {
			m[path] = st.Mode().String() + " " + string(b)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}
