package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// Tests whose names begin with TestLive ask the index that pip on this machine would ask. They run with PIPWARDEN_LIVE=1
// alone, and ask for little: the index is a public good.

// deadProxy makes upstream unreachable: nothing listens on this port of loopback.
const deadProxy = "[upstream]\nproxy = \"http://127.0.0.1:9\"\nretries = 0\n"

// livePackages are those of the README.
var livePackages = []string{"requests", "flask", "numpy"}

// A live is what a guard of the real index and an installer need.
type live struct {
	dir    string // of the store
	python string // with pip
}

// newLive finds a Python, or skips the test when it is not wanted or the index is out of reach.
func newLive(t *testing.T) *live {
	t.Helper()
	if os.Getenv("PIPWARDEN_LIVE") == "" {
		t.Skip("PIPWARDEN_LIVE=1 runs the tests that ask the real index")
	}
	l := &live{dir: t.TempDir(), python: livePython(t)}
	s := l.serve(t)
	if res, body := get(t, s, "/simple/docopt/"); res.StatusCode != http.StatusOK {
		t.Skipf("the index cannot be reached: %s\n%s\n%s", res.Status, body, s.text())
	}
	end(t, s, syscall.SIGTERM)
	return l
}

// livePython is the last interpreter found that is recent enough for wheels of everything, and for a pip that reads both
// forms of a page.
func livePython(t *testing.T) string {
	t.Helper()
	found := pythons()
	slices.Reverse(found)
	for _, python := range found {
		const fits = "import sys, pip; sys.exit(sys.version_info < (3, 10) or [int(n) for n in pip.__version__.split('.')[:2]] < [22, 2])"
		if exec.CommandContext(t.Context(), python, "-c", fits).Run() == nil {
			return python
		}
	}
	t.Skip("no Python from 3.10 on with a pip from 22.2 on is on this machine")
	return ""
}

// settings adds the index of the environment, which the tests' processes do not see, to a configuration.
func settings(config string) string {
	if index := os.Getenv("PIP_INDEX_URL"); index != "" {
		return withIndex(config, index)
	}
	return config
}

func (l *live) serve(t *testing.T) *served {
	t.Helper()
	return serve(t, l.dir, settings(""))
}

// program is a pipwarden command on the store with that configuration.
func (l *live) program(t *testing.T, config string, args ...string) *exec.Cmd {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	write(t, path, settings(config))
	return program(t, append([]string{"--config", path, "--cache-dir", l.dir}, args...)...)
}

// run runs a client behind "pipwarden run" with that configuration, and gives the table's files.
func (l *live) run(t *testing.T, config string, client ...string) (sum runSummary, screen string, code int) {
	t.Helper()
	cmd := l.program(t, config, append([]string{"--json", "run", "--"}, client...)...)
	cmd.Env = append(cmd.Env, "PIP_DISABLE_PIP_VERSION_CHECK=1", "UV_PYTHON="+l.python, "UV_NO_CONFIG=1")
	stdout, stderr, code := run(t, cmd)
	screen = stdout + stderr
	if i := strings.LastIndex(stderr, "\n{\n"); i >= 0 {
		stderr = stderr[i+1:]
	}
	if err := json.Unmarshal([]byte(stderr), &sum); err != nil {
		t.Fatalf("%q: exit %d, no summary: %v\n%s", client, code, err, screen)
	}
	return sum, screen, code
}

// pip is a command line of pip.
func (l *live) pip(args ...string) []string { return append([]string{l.python, "-m", "pip"}, args...) }

// names are the files of a summary with one of these actions.
func names(sum runSummary, actions ...string) []string {
	var out []string
	for _, e := range sum.Files {
		if slices.Contains(actions, e.Action) {
			out = append(out, e.Filename)
		}
	}
	return out
}

// has tells whether one of the files is of the project.
func has(files []string, project string) bool {
	return slices.ContainsFunc(files, func(f string) bool { return strings.HasPrefix(strings.ToLower(f), project+"-") })
}

// imports checks that Python finds modules in the folder.
func (l *live) imports(t *testing.T, folder string, modules ...string) {
	t.Helper()
	for _, m := range modules {
		cmd := exec.CommandContext(t.Context(), l.python, "-c", "import "+m)
		cmd.Env = cleanEnv("PYTHONPATH=" + folder)
		if _, stderr, code := run(t, cmd); code != 0 {
			t.Errorf("import %s: exit %d\n%s", m, code, stderr)
		}
	}
}

// uv is the one of PATH, else one that is installed through the guard.
func (l *live) uv(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath("uv"); err == nil {
		return path
	}
	target := t.TempDir()
	sum, screen, code := l.run(t, "", l.pip("install", "--quiet", "--target", target, "uv")...)
	if code != exitOK || !has(names(sum, "allow", "warn"), "uv") {
		t.Fatalf("install uv through the guard: exit %d\n%s", code, screen)
	}
	return filepath.Join(target, "bin", "uv")
}

// wipe removes what the clients keep for themselves, so that the next install asks the guard for everything.
func (l *live) wipe(t *testing.T) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(l.dir, "clients")); err != nil {
		t.Fatal(err)
	}
}

// TestLiveInstalls is the README's first command, by pip and by uv: cold, warm, and warm with upstream unreachable.
func TestLiveInstalls(t *testing.T) {
	l := newLive(t)
	uv := l.uv(t)
	for _, c := range []struct {
		name    string
		command []string
	}{
		{"pip", l.pip("install", "--target")},
		{"uv", []string{uv, "pip", "install", "--target"}},
	} {
		for _, state := range []struct{ name, config string }{{"cold", ""}, {"warm", ""}, {"upstream unreachable", deadProxy}} {
			t.Run(c.name+" "+state.name, func(t *testing.T) {
				if state.name == "cold" {
					if _, stderr, code := run(t, l.program(t, "", "cache", "prune", "--all")); code != exitOK {
						t.Fatalf("cache prune: exit %d\n%s", code, stderr)
					}
				}
				l.wipe(t)
				target := filepath.Join(t.TempDir(), "target")
				sum, screen, code := l.run(t, state.config, slices.Concat(c.command, []string{target}, livePackages)...)
				if code != exitOK {
					t.Fatalf("exit %d\n%s", code, screen)
				}
				for _, p := range livePackages {
					if !has(names(sum, "allow", "warn"), p) {
						t.Errorf("%s did not pass the gate:\n%s", p, screen)
					}
				}
				for _, e := range sum.Files {
					if state.name != "cold" && e.Action != "block" && !e.Cached {
						t.Errorf("%s came from upstream, though the store has it", e.Filename)
					}
				}
				l.imports(t, target, livePackages...)
			})
		}
	}
}

// TestLiveSourceInstall installs a project that has nothing but an sdist, under each policy for them. What its build
// needs passes the gate as well.
func TestLiveSourceInstall(t *testing.T) {
	l := newLive(t)
	for _, policy := range []string{"block", "warn", "allow"} {
		t.Run(policy, func(t *testing.T) {
			l.wipe(t)
			target := filepath.Join(t.TempDir(), "target")
			sum, screen, code := l.run(t, fmt.Sprintf("[policy]\nsource_installs = %q\n", policy),
				l.pip("install", "--use-pep517", "--target", target, "docopt==0.6.2")...)
			if !has(names(sum, policy), "docopt") {
				t.Errorf("the table does not %s docopt:\n%s", policy, screen)
			}
			_, err := os.Stat(filepath.Join(target, "docopt.py"))
			if policy == "block" {
				if code == exitOK || err == nil || !strings.Contains(unwrap(screen), "Blocked by pipwarden: docopt 0.6.2") {
					t.Errorf("exit %d, %v; want a refusal\n%s", code, err, screen)
				}
				return
			}
			if code != exitOK || err != nil {
				t.Errorf("exit %d, %v\n%s", code, err, screen)
			}
			if !has(names(sum, "allow", "warn"), "setuptools") {
				t.Errorf("the build's setuptools did not pass the gate:\n%s", screen)
			}
		})
	}
}

// jsonPage is as much of a page as the tests need.
type jsonPage struct {
	Files []struct {
		Filename string            `json:"filename"`
		URL      string            `json:"url"`
		Hashes   map[string]string `json:"hashes"`
	} `json:"files"`
}

// page asks the guard for a project's page in one form.
func page(t *testing.T, s *served, project, accept string) (contentType string, body []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/simple/"+project+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", accept)
	res, body := do(t, req)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("page of %s as %s: %s", project, accept, res.Status)
	}
	return res.Header.Get("Content-Type"), body
}

// TestLiveLockFile installs by a lock file with hashes: one made from the page for pip, one that uv made for uv.
func TestLiveLockFile(t *testing.T) {
	l := newLive(t)
	s := l.serve(t)
	_, body := page(t, s, "requests", "application/vnd.pypi.simple.v1+json")
	end(t, s, syscall.SIGTERM)
	var p jsonPage
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatal(err)
	}
	lock := filepath.Join(t.TempDir(), "lock.txt")
	const wheel = "requests-2.32.3-py3-none-any.whl"
	for _, f := range p.Files {
		if f.Filename == wheel {
			write(t, lock, "requests==2.32.3 --hash=sha256:"+f.Hashes["sha256"]+"\n")
		}
	}
	sum, screen, code := l.run(t, "", l.pip("install", "--target", t.TempDir(), "--no-deps", "--require-hashes", "-r", lock)...)
	if code != exitOK || !slices.Contains(names(sum, "allow", "warn"), wheel) {
		t.Errorf("pip by a lock file: exit %d\n%s", code, screen)
	}
	write(t, lock, "requests==2.32.3 --hash=sha256:"+strings.Repeat("0", 64)+"\n")
	l.wipe(t)
	if _, screen, code := l.run(t, "", l.pip("install", "--target", t.TempDir(), "--no-deps", "--require-hashes", "-r", lock)...); code == exitOK {
		t.Errorf("pip took a file that the lock file does not name:\n%s", screen)
	}

	uv := l.uv(t)
	in := filepath.Join(t.TempDir(), "in.txt")
	write(t, in, "requests==2.32.3\n")
	lock = filepath.Join(t.TempDir(), "uv.txt")
	if _, screen, code := l.run(t, "", uv, "pip", "compile", "--quiet", "--generate-hashes", "--no-emit-index-url", "-o", lock, in); code != exitOK {
		t.Fatalf("uv pip compile: exit %d\n%s", code, screen)
	}
	l.wipe(t)
	sum, screen, code = l.run(t, "", uv, "pip", "sync", "--target", t.TempDir(), "--require-hashes", lock)
	if files := names(sum, "allow", "warn"); code != exitOK || !has(files, "requests") || !has(files, "urllib3") {
		t.Errorf("uv pip sync: exit %d\n%s", code, screen)
	}
}

// TestLivePages gives pip a real page in each form: it finds the same files.
func TestLivePages(t *testing.T) {
	l := newLive(t)
	s := l.serve(t)
	// pip's own reader of pages, as "pip index" and "pip install" use it.
	const read = `
import sys
from pip._internal.index.collector import IndexContent, parse_links
content = sys.stdin.buffer.read()
page = IndexContent(content, sys.argv[1], "utf-8", sys.argv[2])
for link in parse_links(page): print(link.filename, link.hash_name, link.hash)
`
	found := map[string]string{}
	for _, accept := range []string{"application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.v1+html", "text/html"} {
		contentType, body := page(t, s, "requests", accept)
		if !strings.HasPrefix(contentType, accept) {
			t.Errorf("asked for %s, got %s", accept, contentType)
		}
		cmd := exec.CommandContext(t.Context(), l.python, "-c", read, contentType, s.url+"/simple/requests/")
		cmd.Stdin = strings.NewReader(string(body))
		stdout, stderr, code := run(t, cmd)
		if code != 0 || !strings.Contains(stdout, "requests-2.32.3-py3-none-any.whl sha256 ") {
			t.Fatalf("pip reads %s: exit %d\n%s%s", accept, code, stdout, stderr)
		}
		found[accept] = stdout
	}
	for accept, links := range found {
		if links != found["text/html"] {
			t.Errorf("pip finds other files as %s than as text/html:\n%s\n%s", accept, links, found["text/html"])
		}
	}
	for accept, form := range map[string]*regexp.Regexp{
		"application/vnd.pypi.simple.v1+json": regexp.MustCompile(`^\s*\{`),
		"text/html":                           regexp.MustCompile(`(?i)^\s*<!doctype html>`),
	} {
		if _, body := page(t, s, "docopt", accept); !form.Match(body) {
			t.Errorf("page as %s begins with %.60q", accept, body)
		}
	}
}

// TestLiveExplanations asks why of a release of the real index.
func TestLiveExplanations(t *testing.T) {
	l := newLive(t)
	for _, args := range [][]string{{"why", "requests==2.32.3"}, {"policy", "explain", "requests==2.32.3"}, {"policy", "explain", "requests-2.32.3-py3-none-any.whl"}} {
		stdout, stderr, code := run(t, l.program(t, "", args...))
		if code != exitOK || !strings.Contains(stdout, "requests-2.32.3-py3-none-any.whl") || !strings.Contains(stdout, "policy.cooldown.period") {
			t.Errorf("%q: exit %d\n%s%s", args, code, stdout, stderr)
		}
	}
	if _, stderr, code := run(t, l.program(t, "", "why", "requests==99.99.99")); code != exitRefused || !strings.Contains(stderr, "lists nothing") {
		t.Errorf("why of a release that is not there: exit %d\n%s", code, stderr)
	}
}
