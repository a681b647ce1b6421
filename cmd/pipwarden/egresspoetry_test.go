package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pipwarden/internal/pypitest"
)

// poetryIndex is the host that poetry asks without any source: it reads the JSON beside the simple API there, and nowhere else.
func poetryIndex(t *testing.T, poetry string) string {
	t.Helper()
	const ask = "from poetry.repositories.pypi_repository import PyPiRepository as P; from urllib.parse import urlparse; print(urlparse(P().url).hostname)"
	out, err := exec.CommandContext(t.Context(), filepath.Join(filepath.Dir(poetry), "python"), "-c", ask).Output()
	if err != nil {
		t.Skipf("poetry does not say which index it asks: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// releaseJSON is what an index says of a release of one file.
func releaseJSON(t *testing.T, f *pypitest.File, project, version string) []byte {
	t.Helper()
	b, err := json.Marshal(map[string]any{
		"info": map[string]any{"name": project, "version": version, "summary": "", "requires_dist": []string{}, "requires_python": "", "yanked": false, "yanked_reason": nil},
		"urls": []any{map[string]any{"filename": f.Filename, "url": "https://files.invalid" + f.Path, "packagetype": "bdist_wheel", "size": f.Size,
			"digests": map[string]string{"sha256": f.SHA256}, "yanked": false, "upload_time_iso_8601": "2020-01-01T00:00:00.000000Z"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestEgressPoetry: poetry with no source of its own locks and installs through the guard, and is told why it may not.
func TestEgressPoetry(t *testing.T) {
	poetry := findProgram(t, "poetry")
	host := poetryIndex(t, poetry)
	n, x := newNetwork(t, host), pypitest.NewIndex(t, pypitest.Options{})
	x.Add(pypitest.Wheel("pip", "1.0"))
	f := x.Add(wheel("demo/__init__.py", ""))
	n.index(x, "https")
	simple := n.hosts["index.invalid"]
	n.handle(host, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/pypi/demo/1.0/json" {
			_, _ = w.Write(releaseJSON(t, f, "demo", "1.0"))
			return
		}
		simple.ServeHTTP(w, r)
	}))
	for _, denied := range []bool{false, true} {
		config := strings.ReplaceAll(n.config("https", ""), "index.invalid", host)
		if denied {
			config = "[policy]\ndenylist = [\"demo\"]\n" + config
		}
		s := serve(t, t.TempDir(), config)
		dir, home := t.TempDir(), t.TempDir()
		write(t, filepath.Join(dir, "pyproject.toml"), "[project]\nname = \"app\"\nversion = \"1.0\"\nrequires-python = \">=3.8\"\ndependencies = [\"demo==1.0\"]\n[tool.poetry]\npackage-mode = false\n")
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, poetry, "install", "--no-interaction")
		cmd.Dir = dir
		cmd.Env = cleanEnv("HOME="+home, "POETRY_CACHE_DIR="+filepath.Join(home, "cache"), "POETRY_VIRTUALENVS_PATH="+filepath.Join(home, "venvs"), "PYTHON_KEYRING_BACKEND=keyring.backends.null.Keyring")
		child := egressChild{Proxy: s.url, Bundle: s.ca("bundle.pem"), Cert: s.ca("ca.pem"), Guarded: []string{host, "files.invalid"}}
		cmd.Env, _ = child.apply(cmd.Env)
		stdout, stderr, code := run(t, cmd)
		screen := unwrap(stdout + stderr)
		if (code == 0) == denied || denied && !strings.Contains(screen, "denylist") {
			t.Errorf("denied %t: exit %d\n%s\n%s", denied, code, screen, s.text())
		}
		if lock, err := os.ReadFile(filepath.Join(dir, "poetry.lock")); !denied && (err != nil || !strings.Contains(string(lock), f.SHA256)) {
			t.Errorf("the lock file: %v\n%s", err, lock)
		}
		if !n.reached("CONNECT " + host) {
			t.Errorf("poetry asked another index:\n%s", screen)
		}
	}
}
