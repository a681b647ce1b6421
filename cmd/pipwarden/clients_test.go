package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pipwarden/internal/pypitest"
	"pipwarden/pypi"
)

// updateClients has TestClients write its table into docs/clients.md.
var updateClients = flag.Bool("update-clients", false, "write the table of docs/clients.md")

// A tool is a package client in one way of using it.
type tool struct {
	name    string       // in the table, with its version
	version pypi.Version // of a pip, for their order
	program string       // that is run
	setup   []string     // flags of "pipwarden setup"
	files   map[string]string
	install [][]string // commands that install "{req}", the requirement "{name}" with "{version}", in a folder of their own
	locked  [][]string // commands that install by it
	hidden  string     // why the reason is not in words; then its code is in the address that is shown
	unpacks bool       // installs into its cache alone: that it imports the module is all that shows
}

// pyproject is a project that needs one thing.
const pyproject = "[project]\nname = \"own\"\nversion = \"1\"\nrequires-python = \">=3.8\"\ndependencies = [\"{req}\"]\n"

// tools are the clients other than pip itself, in the way that docs/clients.md describes.
func tools(python string) []tool {
	pip := []string{"{bin}/python", "-m", "pip"}
	hashed := []string{"install", "--target", "{dir}/locked", "--require-hashes", "-r", "{dir}/lock.txt"}
	lockTxt := map[string]string{"lock.txt": "{name}=={version} --hash=sha256:{sha256}\n"}
	with := func(more map[string]string) map[string]string {
		m := map[string]string{"lock.txt": lockTxt["lock.txt"]}
		for k, v := range more {
			m[k] = v
		}
		return m
	}
	return []tool{
		{name: "uv pip", program: "uv", setup: []string{"--client", "uv"}, files: lockTxt,
			install: [][]string{{"uv", "pip", "install", "--python", python, "--target", "{dir}/site", "{req}"}},
			locked:  [][]string{{"uv", "pip", "sync", "--python", python, "--target", "{dir}/locked", "--require-hashes", "{dir}/lock.txt"}}},
		{name: "uv sync", program: "uv", setup: []string{"--client", "uv"}, files: map[string]string{"pyproject.toml": pyproject},
			install: [][]string{{"uv", "sync", "--python", python}}, locked: [][]string{{"rm", "-rf", ".venv"}, {"uv", "sync", "--frozen", "--no-cache", "--python", python}}},
		{name: "uv tool", program: "uv", setup: []string{"--client", "uv"}, install: [][]string{{"uv", "tool", "install", "--python", python, "{req}"}}},
		{name: "uv run", program: "uv", setup: []string{"--client", "uv"}, install: [][]string{{"uv", "run", "--no-project", "--python", python, "--with", "{req}", "python", "-c", "import {name}"}}, unpacks: true},
		{name: "poetry", program: "poetry", setup: []string{"--project", "--client", "poetry"},
			files:   map[string]string{"pyproject.toml": pyproject + "[tool.poetry]\npackage-mode = false\n"},
			install: [][]string{{"poetry", "lock"}, {"poetry", "install", "--no-root"}}, locked: [][]string{{"rm", "-rf", ".venv", "{home}/.cache"}, {"poetry", "install", "--no-root"}}},
		{name: "pdm", program: "pdm", setup: []string{"--client", "pdm"}, files: map[string]string{"pyproject.toml": pyproject + "[tool.pdm]\ndistribution = false\n"},
			install: [][]string{{"pdm", "install", "--no-self"}}, locked: [][]string{{"rm", "-rf", ".venv", "{home}/.cache"}, {"pdm", "sync", "--no-self"}},
			hidden: "pdm shows addresses only"},
		{name: "pipenv", program: "pipenv", setup: []string{"--client", "pipenv,pip"},
			install: [][]string{{"bash", "-c", ". {home}/.bashrc && exec pipenv install '{req}'"}},
			locked:  [][]string{{"rm", "-rf", ".venv", "{home}/.cache"}, {"bash", "-c", ". {home}/.bashrc && exec pipenv sync"}}},
		{name: "pip-tools", program: "pip-compile", setup: []string{"--client", "pip-tools"}, files: map[string]string{"req.in": "{req}\n"},
			install: [][]string{{"pip-compile", "--quiet", "--generate-hashes", "--no-emit-index-url", "--output-file", "lock.txt", "req.in"}, slices.Concat(pip, []string{"install", "--target", "{dir}/site", "-r", "lock.txt"})},
			locked:  [][]string{slices.Concat(pip, hashed)}},
		{name: "hatch", program: "hatch", setup: []string{"--client", "hatch"},
			files:   map[string]string{"pyproject.toml": pyproject + "[tool.hatch.envs.default]\nskip-install = true\ndependencies = [\"{req}\"]\n"},
			install: [][]string{{"hatch", "env", "create"}}},
		{name: "tox", program: "tox", setup: []string{"--client", "tox"},
			files: with(map[string]string{"tox.ini": "[tox]\nno_package = true\n[testenv]\nskip_install = true\ndeps = {req}\ncommands = python -c pass\n" +
				"[testenv:locked]\ndeps = -r lock.txt\ninstall_command = python -I -m pip install --require-hashes {opts} {packages}\n"}),
			install: [][]string{{"tox", "-e", "py"}}, locked: [][]string{{"tox", "-e", "locked"}}},
		{name: "nox", program: "nox", setup: []string{"--client", "nox"},
			files: with(map[string]string{"noxfile.py": "import nox\n@nox.session\ndef plain(session):\n    session.install('{req}')\n" +
				"@nox.session\ndef locked(session):\n    session.install('--require-hashes', '-r', 'lock.txt')\n"}),
			install: [][]string{{"nox", "-s", "plain"}}, locked: [][]string{{"nox", "-s", "locked"}}},
		{name: "pipx", program: "pipx", setup: []string{"--client", "pipx"}, install: [][]string{{"pipx", "install", "{req}"}}},
	}
}

// pipTools are the pips of this machine from 20.3 on, oldest first, each version once for Python 2 and once for 3.
func pipTools(t *testing.T) []tool {
	t.Helper()
	more, err := filepath.Glob(filepath.Join(os.Getenv("HOME"), ".cache", "pipwarden-clients", "pip*", "bin", "python"))
	if err != nil {
		t.Fatal(err)
	}
	var list []tool
	seen := map[string]bool{}
	for _, python := range append(pythons(), more...) {
		out, err := exec.CommandContext(t.Context(), python, "-m", "pip", "--version").Output()
		m := pipVersion.FindStringSubmatch(string(out))
		if err != nil || m == nil || seen[m[1]+" "+m[2][:1]] || olderPip(m[1]) {
			continue
		}
		seen[m[1]+" "+m[2][:1]] = true
		v, err := pypi.ParseVersion(m[1])
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, tool{version: v, name: fmt.Sprintf("pip %s (Python %s)", m[1], m[2]), program: python, setup: []string{"--client", "pip"},
			files:   map[string]string{"lock.txt": "{name}=={version} --hash=sha256:{sha256}\n"},
			install: [][]string{{python, "-m", "pip", "install", "--target", "{dir}/site", "{req}"}},
			locked:  [][]string{{python, "-m", "pip", "install", "--target", "{dir}/locked", "--require-hashes", "-r", "lock.txt"}}})
	}
	slices.SortStableFunc(list, func(a, b tool) int { return a.version.Compare(b.version) })
	return list
}

// olderPip tells versions before 20.3, which are not supported.
func olderPip(version string) bool {
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		return true
	}
	return major < 20 || major == 20 && minor < 3
}

// A shop is an index with something for every decision, and the guard before it.
type shop struct {
	mode    string // viaIndex or viaEgress
	index   *pypitest.Index
	guard   *served
	address string            // that clients are set up with
	sha256  map[string]string // of the wheels, by project
}

// shopPolicy warns of one project, denies one, and refuses sources and the young.
const shopPolicy = `[policy]
denylist = ["denied"]
source_installs = "block"
[[rule]]
name = "watched"
project = ["watched"]
action = "warn"
reason = "being looked at"
`

// application is a wheel with a program, so that pipx and uv install it as a tool.
func application(name, version string) *pypitest.Dist {
	d := pypitest.Wheel(name, version, name+"/__init__.py", fmt.Sprintf("__version__ = %q\ndef main(): pass\n", version),
		"{dist-info}/entry_points.txt", fmt.Sprintf("[console_scripts]\n%s = %s:main\n", name, name))
	d.Filename = strings.Replace(d.Filename, "py3", "py2.py3", 1)
	return d
}

// newShop opens a shop. In egress mode clients know the index by its own name, which is not on this machine, over TLS.
func newShop(t *testing.T, mode string) *shop {
	t.Helper()
	s := &shop{mode: mode, index: pypitest.NewIndex(t, pypitest.Options{}), sha256: map[string]string{}}
	young := application("plain", "2.0")
	young.UploadTime = time.Now().Add(-time.Hour)
	for _, d := range []*pypitest.Dist{application("plain", "1.0"), young, application("denied", "1.0"), application("watched", "1.0"), pypitest.Sdist("source", "1.0")} {
		f := s.index.Add(d)
		if d != young {
			s.sha256[d.Name] = f.SHA256
		}
	}
	s.bundled(t)
	s.newestPip(t)
	if mode == viaIndex {
		s.guard = serve(t, t.TempDir(), withIndex(shopPolicy, s.index.URL))
		s.address = s.guard.url + "/simple/"
		return s
	}
	n := newNetwork(t)
	n.index(s.index, "https")
	s.guard = serve(t, t.TempDir(), n.config("https", shopPolicy))
	s.address = "https://index.invalid/simple/"
	return s
}

// bundled puts the installers that come with Python into the index: tools look for them there.
func (s *shop) bundled(t *testing.T) {
	t.Helper()
	for _, python := range pythons() {
		out, err := exec.CommandContext(t.Context(), python, "-c", "import ensurepip, os; print(os.path.join(os.path.dirname(ensurepip.__file__), '_bundled'))").Output()
		if err != nil {
			continue
		}
		found, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "*.whl"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range found {
			project, _, _ := strings.Cut(filepath.Base(file), "-")
			s.index.AddFile(project, &pypitest.File{Filename: filepath.Base(file), Data: []byte(read(t, file))})
		}
	}
}

// newestPip puts the newest pip of this machine into the index, as the wheel that it was installed from: pipx insists on it.
func (s *shop) newestPip(t *testing.T) {
	t.Helper()
	all := pipTools(t)
	if len(all) == 0 {
		return
	}
	newest := all[len(all)-1]
	out, err := exec.CommandContext(t.Context(), newest.program, "-c", "import pip, os; print(os.path.dirname(os.path.dirname(pip.__file__)))").Output()
	if err != nil {
		t.Fatal(err)
	}
	site := strings.TrimSpace(string(out))
	d := &pypitest.Dist{Name: "pip", Version: newest.version.String(), Filename: fmt.Sprintf("pip-%s-py3-none-any.whl", newest.version)}
	info := fmt.Sprintf("pip-%s.dist-info", newest.version)
	for line := range strings.Lines(read(t, filepath.Join(site, info, "RECORD"))) {
		path, _, _ := strings.Cut(line, ",")
		name := strings.TrimPrefix(path, info+"/")
		if strings.HasPrefix(path, "..") || strings.HasSuffix(path, ".pyc") || slices.Contains([]string{"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}, name) {
			continue // made by the install
		}
		d.Members = append(d.Members, pypitest.Member{Path: path, Data: []byte(read(t, filepath.Join(site, path)))})
	}
	s.index.Add(d)
}

// A visit is one use of a tool: a home and a project of its own.
type visit struct {
	tool
	shop      *shop
	home, dir string
	fill      *strings.Replacer
}

// visit makes home and project, and sets the tool up as docs/clients.md says.
func (s *shop) visit(t *testing.T, c tool, project, version string) *visit {
	t.Helper()
	home := t.TempDir()
	v := &visit{tool: c, shop: s, home: home, dir: filepath.Join(home, "work")}
	req := project
	if version != "" {
		req += "==" + version
	}
	bin := filepath.Dir(programPath(c.program))
	v.fill = strings.NewReplacer("{req}", req, "{name}", project, "{version}", "1.0", "{sha256}", s.sha256[project], "{dir}", v.dir, "{home}", home, "{bin}", bin)
	if err := os.Mkdir(v.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range c.files {
		write(t, filepath.Join(v.dir, name), v.fill.Replace(text))
	}
	cmd := at(home, program(t, append([]string{"setup", "--url", s.address}, c.setup...)...), "SHELL=/bin/bash")
	cmd.Dir = v.dir
	if _, stderr, code := run(t, cmd); code != exitOK {
		t.Fatalf("setup %q: exit %d\n%s", c.setup, code, stderr)
	}
	return v
}

// do runs commands until one fails.
func (v *visit) do(t *testing.T, commands [][]string) (screen string, code int) {
	t.Helper()
	for _, words := range commands {
		args := make([]string, len(words))
		for i, w := range words {
			args[i] = v.fill.Replace(w)
		}
		if path := programPath(args[0]); path != "" {
			args[0] = path
		}
		cmd := at(v.home, exec.CommandContext(t.Context(), args[0], args[1:]...))
		cmd.Dir, cmd.WaitDelay = v.dir, 10*time.Second
		cmd.Env = append(cleanEnv(), cmd.Env...)
		cmd.Env = append(cmd.Env, "PATH="+filepath.Dir(programPath(v.program))+string(os.PathListSeparator)+os.Getenv("PATH"), "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1",
			"XDG_DATA_HOME="+v.home+"/.local/share", "XDG_STATE_HOME="+v.home+"/.local/state", "XDG_RUNTIME_DIR="+v.home,
			"PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_INPUT=1", "NO_COLOR=1", "CI=1", "COLUMNS=1000", "PYTHONWARNINGS=ignore", "UV_PYTHON_DOWNLOADS=never",
			"POETRY_VIRTUALENVS_IN_PROJECT=1", "POETRY_NO_INTERACTION=1", "PIPENV_VENV_IN_PROJECT=1", "PIPENV_YES=1", "PIPENV_NOSPIN=1", "PDM_CHECK_UPDATE=0", "PDM_NON_INTERACTIVE=1",
			"VIRTUALENV_NO_PERIODIC_UPDATE=1", "VIRTUAL_ENV=", "PIPENV_IGNORE_VIRTUALENVS=1")
		if v.shop.mode == viaEgress {
			through(cmd, v.shop.guard)
		}
		stdout, stderr, code := run(t, cmd)
		screen += "$ " + strings.Join(args, " ") + "\n" + stdout + stderr
		if code != 0 {
			return screen, code
		}
	}
	return screen, 0
}

// installed gives the version of a project's module below a folder of the visit; "" = it is not there.
func (v *visit) installed(t *testing.T, project string) string {
	t.Helper()
	version := ""
	err := filepath.WalkDir(v.home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && strings.HasPrefix(d.Name(), ".cache") {
			return fs.SkipDir
		}
		if strings.HasSuffix(path, filepath.Join(project, "__init__.py")) {
			if m := regexp.MustCompile(`__version__ = "([^"]+)"`).FindStringSubmatch(read(t, path)); m != nil {
				version = m[1]
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return version
}

// refused checks that an install failed, and that its reason was shown.
func (v *visit) refused(t *testing.T, project, version, code, words string) {
	t.Helper()
	screen, exit := v.do(t, v.install)
	want := words
	switch {
	case v.hidden != "" && v.shop.mode == viaIndex:
		want = "/files/blocked/" + code + "/"
	case v.hidden != "":
		want = "403 Forbidden" // addresses are the original ones there: "run" tells the reason in its table
	}
	if exit == 0 || !strings.Contains(unwrap(screen), want) || v.installed(t, project) != "" {
		t.Errorf("exit %d, %q; want a refusal with %q\n%s", exit, v.installed(t, project), want, screen)
	}
}

// scenarios are what every client meets, in the order of the table.
var scenarios = []struct {
	name string
	try  func(t *testing.T, s *shop, c tool)
}{
	{"install", func(t *testing.T, s *shop, c tool) {
		v := s.visit(t, c, "plain", "1.0")
		if screen, code := v.do(t, c.install); code != 0 || !c.unpacks && v.installed(t, "plain") != "1.0" {
			t.Errorf("exit %d, %q\n%s", code, v.installed(t, "plain"), screen)
		}
	}},
	{"block", func(t *testing.T, s *shop, c tool) {
		s.visit(t, c, "denied", "1.0").refused(t, "denied", "1.0", "denied", "Blocked by pipwarden: denied 1.0")
	}},
	{"warning", func(t *testing.T, s *shop, c tool) {
		before := strings.Count(s.guard.text(), "action=warn")
		if screen, code := s.visit(t, c, "watched", "1.0").do(t, c.install); code != 0 {
			t.Errorf("exit %d\n%s", code, screen)
		}
		if strings.Count(s.guard.text(), "action=warn") == before {
			t.Error("the guard has warned of nothing")
		}
	}},
	{"source policy", func(t *testing.T, s *shop, c tool) {
		s.visit(t, c, "source", "1.0").refused(t, "source", "1.0", "source-install", "Blocked by pipwarden: source 1.0")
	}},
	{"cooldown", func(t *testing.T, s *shop, c tool) {
		v := s.visit(t, c, "plain", "")
		if screen, code := v.do(t, c.install); code != 0 || !c.unpacks && v.installed(t, "plain") != "1.0" {
			t.Errorf("exit %d, %q; want the release before\n%s", code, v.installed(t, "plain"), screen)
		}
	}},
	{"locked", func(t *testing.T, s *shop, c tool) {
		if c.locked == nil {
			t.Skip("has no lock file of its own")
		}
		v := s.visit(t, c, "plain", "1.0")
		if screen, code := v.do(t, c.install); code != 0 && !isPip(c) {
			t.Fatalf("exit %d\n%s", code, screen)
		}
		before := strings.Count(s.guard.text(), `msg="file decided"`)
		if screen, code := v.do(t, c.locked); code != 0 || v.installed(t, "plain") != "1.0" {
			t.Errorf("exit %d, %q\n%s", code, v.installed(t, "plain"), screen)
		}
		if strings.Count(s.guard.text(), `msg="file decided"`) == before {
			t.Error("the guard was not asked for anything")
		}
	}},
}

func isPip(c tool) bool { return strings.HasPrefix(c.name, "pip ") }

// TestClients has the clients of this machine meet every decision, set up by the one line of docs/clients.md. All of them take
// some ten minutes: without PIPWARDEN_CLIENTS=1 they are the oldest and the newest pip, and uv's pip interface.
func TestClients(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the set-up of shells is that of Unix systems")
	}
	for _, mode := range []string{viaIndex, viaEgress} {
		t.Run(mode, func(t *testing.T) { clientTable(t, mode) })
	}
}

// clientTable is TestClients in one mode.
func clientTable(t *testing.T, mode string) {
	s := newShop(t, mode)
	table := [][]string{}
	all := pipTools(t)
	if os.Getenv("PIPWARDEN_CLIENTS") == "" {
		all = append(append(all[:min(len(all), 1)], all[max(1, len(all)-1):]...), tools(onePython(t))[0])
	} else {
		all = append(all, tools(onePython(t))...)
	}
	for _, c := range all {
		var row []string
		t.Run(c.name, func(t *testing.T) { row = s.row(t, c) })
		if row != nil {
			table = append(table, row)
		}
	}
	if *updateClients {
		writeTable(t, mode, table)
	}
}

// row has one client meet everything; nil when it is not on this machine.
func (s *shop) row(t *testing.T, c tool) []string {
	t.Helper()
	if !filepath.IsAbs(c.program) {
		c.name += " " + programVersion(t, c.program)
	}
	row := []string{c.name}
	for _, sc := range scenarios {
		mark := "-" // skipped
		passed := t.Run(sc.name, func(t *testing.T) {
			sc.try(t, s, c)
			mark = "yes"
		})
		if !passed {
			mark = "**no**"
		}
		row = append(row, mark)
	}
	return row
}

var versionPattern = regexp.MustCompile(`[0-9]+(\.[0-9]+)+`)

// programVersion is what the program says of itself; without the program the test is skipped by its name.
func programVersion(t *testing.T, name string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), findProgram(t, name), "--version")
	cmd.Env, cmd.Dir = cleanEnv("HOME="+t.TempDir()), t.TempDir()
	stdout, stderr, _ := run(t, cmd)
	return versionPattern.FindString(stdout + stderr)
}

// writeTable writes the table of one mode in docs/clients.md. Rows of clients that were not run stay.
func writeTable(t *testing.T, mode string, table [][]string) {
	t.Helper()
	const path = "../../docs/clients.md"
	text := read(t, path)
	begin, end := "<!-- "+mode+" mode, written by TestClients -->\n", "<!-- end -->\n"
	before, rest, ok := strings.Cut(text, begin)
	old, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table of %s mode", path, mode)
	}
	head := []string{"client"}
	for _, sc := range scenarios {
		head = append(head, sc.name)
	}
	lines := slices.Collect(strings.Lines(old))
	if len(lines) < 2 {
		lines = []string{"", ""}
	}
	lines[0], lines[1] = "| "+strings.Join(head, " | ")+" |\n", "|"+strings.Repeat("---|", len(head))+"\n"
	for _, row := range table {
		line := "| " + strings.Join(row, " | ") + " |\n"
		if i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "| "+row[0]+" |") }); i >= 0 {
			lines[i] = line
		} else {
			lines = append(lines, line)
		}
	}
	write(t, path, before+begin+strings.Join(lines, "")+end+after)
}
