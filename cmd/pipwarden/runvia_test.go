package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pipwarden/internal/pypitest"
)

func TestChooseVia(t *testing.T) {
	for line, want := range map[string]string{
		"pip install x": viaIndex, "python -m pip install x": viaIndex, "uv pip sync r.txt": viaIndex, "uvx x": viaIndex, "./build.sh sync": viaIndex,
		"uv --directory d sync": viaEgress, "uv sync --frozen": viaEgress, "/usr/bin/uv run x": viaEgress, "uv tool run x": viaIndex,
		"poetry install": viaEgress, "python3 -m poetry lock": viaEgress, "pdm sync": viaEgress, "pipenv install": viaIndex, "tox": viaIndex,
	} {
		if got := chooseVia(strings.Fields(line)); got != want {
			t.Errorf("%s: %s; want %s", line, got, want)
		}
	}
}

func TestSettingsOf(t *testing.T) {
	for name, want := range map[string]string{"pip": "pip", "pip3.11": "pip", "pip-compile": "pip", "piptools": "pip", "uvx": "uv", "pipx": "pip uv", "pipenv": "pipenv", "make": "", "": ""} {
		if got := strings.Join(settingsOf(name), " "); got != want && (name != "" || got != "pip") {
			t.Errorf("%q: %q; want %q", name, got, want)
		}
	}
}

// A viaWorld is a network with an index, and what runs behind "pipwarden run" there.
type viaWorld struct {
	network *network
	index   *pypitest.Index
	config  string // path
	store   string
	home    string
}

func newViaWorld(t *testing.T, more string) *viaWorld {
	t.Helper()
	w := &viaWorld{network: newNetwork(t), index: pypitest.NewIndex(t, pypitest.Options{}), store: t.TempDir(), home: t.TempDir()}
	w.config = filepath.Join(w.home, "pipwarden.toml")
	w.index.Add(pypitest.Wheel("pip", "1.0")) // shows on which host files are
	w.index.Add(wheel())
	w.index.Add(pypitest.Wheel("denied", "1.0"))
	w.network.index(w.index, "https")
	write(t, w.config, w.network.config("https", "[policy]\ndenylist = [\"denied\"]\n"+more))
	return w
}

// run runs a client behind the guard.
func (w *viaWorld) run(t *testing.T, env []string, args ...string) (screen string, code int) {
	t.Helper()
	cmd := at(w.home, program(t, append([]string{"--config", w.config, "--cache-dir", w.store, "run"}, args...)...), "PIP_DISABLE_PIP_VERSION_CHECK=1")
	cmd.Env = append(cmd.Env, env...)
	stdout, stderr, code := run(t, cmd)
	return stdout + stderr, code
}

// TestRunViaEgress has pip install behind a run that is a proxy: clean, refused, by a file's own address, and from an index that
// the guard does not ask.
func TestRunViaEgress(t *testing.T) {
	w := newViaWorld(t, "")
	all := clients(t)
	pip := all[slices.IndexFunc(all, func(c client) bool {
		return !c.uv && c.version.Compare(all[0].version) >= 0 && !olderPip(c.version.String())
	})].command
	install := func(env []string, requirements ...string) (screen, target string, code int) {
		target = filepath.Join(t.TempDir(), "target")
		args := slices.Concat([]string{"--via", viaEgress, "--"}, pip, []string{"install", "--no-deps", "--target", target}, requirements)
		screen, code = w.run(t, env, args...)
		return unwrap(screen), target, code
	}
	direct := strings.Replace(w.index.Add(pypitest.Wheel("linked", "1.0")).URL, strings.TrimSuffix(w.index.URL, "/simple/"), "https://files.invalid", 1)
	for _, c := range []struct {
		name     string
		env      []string
		args     []string
		code     int
		says     string
		installs string
	}{
		{"the guard's index", nil, []string{"demo"}, exitOK, "1 allowed, 0 warned, 0 blocked", "demo"},
		{"refused", nil, []string{"denied"}, exitRefused, "Blocked by pipwarden: denied 1.0", ""},
		{"named index", nil, []string{"--index-url", "https://index.invalid/simple/", "demo"}, exitOK, "1 allowed", "demo"},
		{"address of a file", nil, []string{direct}, exitOK, "1 allowed", "linked"},
		{"another index", nil, []string{"--extra-index-url", "https://extra.invalid/simple/", "demo"}, exitUsage, "--extra-index-url on the command line goes past the guard", ""},
		{"another index in a variable", []string{"PIP_EXTRA_INDEX_URL=https://extra.invalid/simple/"}, []string{"demo"}, exitOK, "left out for this command, because it goes past the guard: PIP_EXTRA_INDEX_URL", "demo"},
		{"index in a variable", []string{"PIP_INDEX_URL=https://extra.invalid/simple/"}, []string{"demo"}, exitOK, "1 allowed", "demo"},
		{"repository", nil, []string{"git+https://files.invalid/demo"}, exitUsage, "fetched directly", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			screen, target, code := install(c.env, c.args...)
			_, err := os.Stat(filepath.Join(target, c.installs, "__init__.py"))
			if code != c.code || !strings.Contains(screen, c.says) || c.installs != "" && err != nil {
				t.Errorf("exit %d, %v; want %d and %q\n%s", code, err, c.code, c.says, screen)
			}
		})
	}
	if w.network.reached("CONNECT extra.invalid") || w.network.reached("GET extra.invalid") {
		t.Errorf("the other index was asked: %q", w.network.asked)
	}
	t.Run("other index in a file", func(t *testing.T) {
		write(t, filepath.Join(w.home, ".pip.conf"), "[global]\nextra-index-url = https://extra.invalid/simple/\n")
		screen, _, code := install([]string{"PIP_CONFIG_FILE=" + filepath.Join(w.home, ".pip.conf")}, "demo")
		if code != exitUsage || !strings.Contains(screen, ".pip.conf, line 2: pip takes files from https://extra.invalid") {
			t.Errorf("exit %d\n%s", code, screen)
		}
	})
}

// TestRunKeepsLockFiles holds that uv behind a run locks as it does without: the original index and addresses.
func TestRunKeepsLockFiles(t *testing.T) {
	uv := findProgram(t, "uv")
	w := newViaWorld(t, "")
	dir := filepath.Join(w.home, "project")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "pyproject.toml"), "[project]\nname = \"own\"\nversion = \"1\"\nrequires-python = \">=3.8\"\ndependencies = [\"demo\"]\n")
	if screen, code := w.run(t, nil, "--", uv, "--directory", dir, "sync", "--python", onePython(t)); code != exitOK || !strings.Contains(screen, "1 allowed") {
		t.Fatalf("exit %d\n%s", code, screen)
	}
	lock := read(t, filepath.Join(dir, "uv.lock"))
	if strings.Contains(lock, "127.0.0.1") || !strings.Contains(lock, `registry = "https://index.invalid/simple"`) || !strings.Contains(lock, `url = "https://files.invalid/`) {
		t.Errorf("uv.lock:\n%s", lock)
	}
	if err := os.RemoveAll(filepath.Join(dir, ".venv")); err != nil {
		t.Fatal(err)
	}
	write(t, w.config, w.network.config("https", "[policy]\ndenylist = [\"demo\"]\n"))
	screen, code := w.run(t, nil, "--", uv, "--directory", dir, "sync", "--frozen", "--no-cache", "--python", onePython(t))
	if code == exitOK || !strings.Contains(unwrap(screen), "Blocked by pipwarden: demo 1.0") {
		t.Errorf("a locked file that is denied by now: exit %d\n%s", code, screen)
	}
}

// TestRunJoins holds what a run does beside a guard that serves from its folder: it takes a proxy as a proxy, and of a guard that
// is none says so.
func TestRunJoins(t *testing.T) {
	x := pypitest.NewIndex(t, pypitest.Options{})
	x.Add(wheel())
	store := t.TempDir()
	s := serve(t, store, withIndex("", x.URL))
	python := onePython(t)
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--via", "egress", "--", python, "-m", "pip", "install", "--target", t.TempDir(), "demo"}, exitUsage, "is no proxy"},
		{[]string{"--via", "nonsense", "--", "true"}, exitUsage, "say index or egress"},
		{[]string{"--via", "index", "--", "poetry", "lock"}, exitUsage, "poetry takes its index from pyproject.toml alone"},
		{[]string{"--", python, "-m", "pip", "install", "--target", t.TempDir(), "demo"}, exitOK, "1 allowed"},
	} {
		path := filepath.Join(t.TempDir(), "config.toml")
		write(t, path, withIndex("", x.URL))
		cmd := program(t, append([]string{"--config", path, "--cache-dir", store, "run"}, c.args...)...)
		stdout, stderr, code := run(t, cmd)
		if code != c.code || !strings.Contains(stdout+stderr, c.says) {
			t.Errorf("run %q beside %s: exit %d; want %d and %q\n%s%s", c.args, s.url, code, c.code, c.says, stdout, stderr)
		}
	}
}
