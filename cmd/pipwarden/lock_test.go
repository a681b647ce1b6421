package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pipwarden/internal/pypitest"
)

const lockProject = "[project]\nname = \"own\"\nversion = \"1\"\nrequires-python = \">=3.8\"\ndependencies = [\"demo\", \"second\"]\n"

// lockWorld is an index of two projects and a guard of it.
func lockWorld(t *testing.T) (index string, s *served) {
	t.Helper()
	x := pypitest.NewIndex(t, pypitest.Options{})
	x.Add(wheel())
	x.Add(pypitest.Sdist("demo", "1.0"))
	x.Add(pypitest.Wheel("second", "2.0"))
	return x.URL, serve(t, t.TempDir(), withIndex("", x.URL))
}

// mapLock runs "pipwarden lock" on a file, beside a running guard.
func mapLock(t *testing.T, index string, s *served, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return run(t, program(t, append([]string{"--cache-dir", t.TempDir(), "--index-url", index, "lock", "--url", s.url + "/simple/"}, args...)...))
}

// TestLock maps what was locked through the guard, and back. What uv locks through the guard becomes byte for byte what
// it locks without.
func TestLock(t *testing.T) {
	uv := findProgram(t, "uv")
	index, s := lockWorld(t)
	lock := func(index string) string {
		dir := filepath.Join(t.TempDir(), "own")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "pyproject.toml"), lockProject)
		cmd := exec.CommandContext(t.Context(), uv, "lock", "--no-config", "--default-index", index)
		cmd.Dir, cmd.Env = dir, cleanEnv("HOME="+dir, "UV_CACHE_DIR="+t.TempDir(), "UV_PYTHON="+onePython(t), "NO_PROXY=127.0.0.1")
		if _, stderr, code := run(t, cmd); code != 0 {
			t.Fatalf("uv lock: exit %d\n%s", code, stderr)
		}
		return filepath.Join(dir, "uv.lock")
	}
	plain, guarded := lock(index), lock(s.url+"/simple/")
	want, through := read(t, plain), read(t, guarded)
	if !strings.Contains(through, s.url) {
		t.Fatalf("the guard is not in\n%s", through)
	}
	if _, stderr, code := mapLock(t, index, s, "--check", "--to-upstream", guarded); code != exitRefused || read(t, guarded) != through {
		t.Errorf("--check: exit %d\n%s", code, stderr)
	}
	if stdout, stderr, code := mapLock(t, index, s, "--to-upstream", guarded); code != exitOK || !strings.Contains(stdout, "mapped") {
		t.Fatalf("--to-upstream: exit %d\n%s%s", code, stdout, stderr)
	}
	if got := read(t, guarded); got != want {
		t.Errorf("locked through the guard and mapped:\n%s\nlocked without:\n%s", got, want)
	}
	if _, stderr, code := mapLock(t, index, s, "--check", "--to-upstream", guarded); code != exitOK {
		t.Errorf("--check afterwards: exit %d\n%s", code, stderr)
	}
	if _, stderr, code := mapLock(t, index, s, "--to-guard", plain); code != exitOK || read(t, plain) != through {
		t.Errorf("--to-guard: exit %d\n%s\n%s\nwant\n%s", code, stderr, read(t, plain), through)
	}
}

// TestLockRefusals holds what is not mapped, and that the file is then as it was.
func TestLockRefusals(t *testing.T) {
	index, s := lockWorld(t)
	dir := t.TempDir()
	for _, c := range []struct {
		name, text string
		code       int
		says       string
	}{
		{"uv.lock", "[[", exitUsage, "not what its name says"},
		{"notes.md", "", exitUsage, "not a lock file by its name"},
		{"pdm.lock", "[[package]]\nname = \"demo\"\nfiles = [{url = \"" + s.url + "/files/default/demo/x/demo-9.tar.gz\"}]\n", exitBroken, `line 3: the page of demo lists no "demo-9.tar.gz"`},
	} {
		path := filepath.Join(dir, c.name)
		write(t, path, c.text)
		if _, stderr, code := mapLock(t, index, s, "--to-upstream", path); code != c.code || !strings.Contains(stderr, c.says) || read(t, path) != c.text {
			t.Errorf("%s: exit %d\n%s", c.name, code, stderr)
		}
	}
	if _, stderr, code := mapLock(t, index, s, filepath.Join(dir, "uv.lock")); code != exitUsage || !strings.Contains(stderr, "say one of") {
		t.Errorf("no direction: exit %d\n%s", code, stderr)
	}
}

// findProgram finds a client on this machine, in PATH or among those that were installed for the tests, or skips the test.
func findProgram(t *testing.T, name string) string {
	t.Helper()
	path := programPath(name)
	if path == "" {
		t.Skipf("no %s on this machine", name)
	}
	return path
}

// programPath is where a client is; "" = nowhere.
func programPath(name string) string {
	if path, err := exec.LookPath(name); err == nil && !strings.Contains(path, "/shims/") {
		return path
	}
	found, err := filepath.Glob(filepath.Join(os.Getenv("HOME"), ".cache", "pipwarden-clients", "*", "bin", name))
	if err != nil || len(found) == 0 {
		return ""
	}
	return found[0]
}

// onePython is an interpreter that every client of today takes.
func onePython(t *testing.T) string {
	t.Helper()
	for _, python := range pythons() {
		if exec.CommandContext(t.Context(), python, "-c", "import sys, venv; sys.exit(sys.version_info < (3, 10))").Run() == nil {
			return python
		}
	}
	t.Skip("no Python from 3.10 on is on this machine")
	return ""
}
