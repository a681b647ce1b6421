package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"pipwarden/internal/pypitest"
)

// commandLines are the paths of all subcommands below c, without the program's name.
func commandLines(c *cobra.Command) [][]string {
	var all [][]string
	for _, sub := range c.Commands() {
		line := strings.Fields(sub.CommandPath())[1:]
		all = append(all, line)
		all = append(all, commandLines(sub)...)
	}
	return all
}

func TestHelp(t *testing.T) {
	root := newRootCmd(&globals{})
	root.InitDefaultCompletionCmd()
	lines := append(commandLines(root), nil) // nil: the program itself
	for _, line := range lines {
		t.Run(strings.Join(line, " "), func(t *testing.T) {
			stdout, stderr, code := run(t, program(t, append(line, "--help")...))
			if usage := "Usage:\n  pipwarden " + strings.Join(line, " "); code != exitOK || !strings.Contains(stdout, usage) || stderr != "" {
				t.Errorf("exit %d; want 0 and %q\n%s%s", code, usage, stdout, stderr)
			}
		})
	}
	if len(lines) < 15 {
		t.Errorf("only %d subcommands were found: %q", len(lines), lines)
	}
}

// A world is an index and files that the commands of a test need.
type world struct {
	index            string
	store            string
	good, bad        string // configurations
	clean, hostile   string // wheels
	passing, failing string // policy test cases
	down             string // an index that does not answer
	noFolder         string // below a file
}

func newWorld(t *testing.T) world {
	t.Helper()
	x := pypitest.NewIndex(t, pypitest.Options{})
	x.Add(wheel())
	young := pypitest.Wheel("demo", "2.0")
	young.UploadTime = time.Now()
	x.Add(young)
	down := pypitest.NewIndex(t, pypitest.Options{})
	down.Close()
	dir := t.TempDir()
	put := func(name string, data string) string {
		path := filepath.Join(dir, name)
		write(t, path, data)
		return path
	}
	const one = "[[case]]\nfile = \"demo-1.0-py3-none-any.whl\"\n"
	return world{
		index: x.URL, store: filepath.Join(dir, "store"),
		good:    put("good.toml", "[policy]\nyanked = \"block\"\n"),
		bad:     put("bad.toml", "[policy]\nyankd = \"block\"\n"),
		clean:   put("clean-1.0-py3-none-any.whl", string(bytesOf(pypitest.Wheel("clean", "1.0")))),
		hostile: put("demo-1.0-py3-none-any.whl", string(bytesOf(wheel("demo.pth", "import base64; exec(base64.b64decode('cGFzcw=='))\n")))),
		passing: put("passing.toml", one+"want = \"allow\"\n"),
		failing: put("failing.toml", one+"want = \"allow\"\n"+one+"uploaded = \"3h\"\nwant = \"allow\"\n"),
		down:    down.URL, noFolder: filepath.Join(put("file", ""), "store"),
	}
}

// TestExitCodes holds each kind of end against its code, and against what a person is told.
func TestExitCodes(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		args []string
		code int
		says string // on standard output or standard error
	}{
		{[]string{"version"}, exitOK, "scanner "},
		{[]string{"rules"}, exitOK, "pth-code"},
		{[]string{"rules", "pth-code"}, exitOK, "(rule)"},
		{[]string{"rules", "pht-code"}, exitUsage, "no rule or hazard"},
		{[]string{"completion", "bash"}, exitOK, "__pipwarden"},
		{[]string{"nonsense"}, exitUsage, `unknown command "nonsense"`},
		{[]string{"serve", "--nonsense"}, exitUsage, `see "pipwarden serve --help"`},
		{[]string{"serve", "--listen", "nowhere"}, exitUsage, "--listen"},
		{[]string{"serve", "--listen", "0.0.0.0:0"}, exitUsage, "--insecure-http"},
		{[]string{"serve", "--listen", "0.0.0.0:0", "--insecure-http"}, exitUsage, "server.anonymous"},

		{[]string{"policy", "check", w.good}, exitOK, "good.toml: good, 0 rules"},
		{[]string{"policy", "check", w.bad}, exitUsage, "bad.toml:2: policy.yankd: unknown key; did you mean policy.yanked?"},
		{[]string{"policy", "test", w.passing}, exitOK, "1 passed, 0 failed"},
		{[]string{"policy", "test", w.failing}, exitRefused, "1 passed, 1 failed"},
		{[]string{"policy", "test", w.good}, exitUsage, "good.toml"},
		{[]string{"policy", "explain", "demo==1.0"}, exitOK, "demo-1.0-py2.py3-none-any.whl"},
		{[]string{"policy", "explain", "demo-2.0-py3-none-any.whl"}, exitOK, "policy.cooldown.period"},
		{[]string{"policy", "explain", "demo==3.0"}, exitRefused, "lists nothing"},
		{[]string{"policy", "explain", "demo"}, exitUsage, "for example: "},

		{[]string{"why", "demo==2.0"}, exitOK, "waits 48h"},
		{[]string{"why", "default.demo.0123456789abcdef0123"}, exitBroken, "no longer lists"},
		{[]string{"--index-url", w.down, "why", "demo==1.0", "--cache-dir", w.store + "2"}, exitBroken, "upstream could not be reached"},

		{[]string{"cache", "stats"}, exitOK, "files     0"},
		{[]string{"cache", "verify"}, exitOK, "0 whole files"},
		{[]string{"cache", "prune", "--to", "1GiB"}, exitOK, "removed 0 files"},
		{[]string{"cache", "prune", "--to", "much"}, exitUsage, "--to"},
		{[]string{"cache", "stats", "--cache-dir", w.noFolder}, exitBroken, "open the store"},

		{[]string{"run"}, exitUsage, "requires at least 1 arg"},
		{[]string{"run", "--", "no-such-program-here"}, exitUsage, "no-such-program-here"},
		{[]string{"run", "--", "pip", "install", "--index-url", w.index, "demo"}, exitUsage, "--index-url on the command line goes past the guard"},
		{[]string{"run", "--", "pip", "install", "--extra-index-url=" + w.index, "demo"}, exitUsage, "--extra-index-url on the command line"},
		{[]string{"run", "--", "pip", "install", "git+https://code.invalid/demo"}, exitUsage, "fetched directly"},
		{[]string{"run", "--via", "index", "--", "poetry", "install"}, exitUsage, "leave --via out"},
	} {
		t.Run(strings.ReplaceAll(strings.Join(c.args, " "), filepath.Dir(w.clean), ""), func(t *testing.T) {
			args := append([]string{"--cache-dir", w.store, "--index-url", w.index}, c.args...)
			stdout, stderr, code := run(t, program(t, args...))
			if code != c.code || !strings.Contains(stdout+stderr, c.says) {
				t.Errorf("exit %d; want %d and %q\n%s%s", code, c.code, c.says, stdout, stderr)
			}
			if c.code != exitOK && c.code != exitRefused && !strings.Contains(stderr, "pipwarden: ") {
				t.Errorf("an error that does not say whose it is:\n%s", stderr)
			}
		})
	}
}

// TestJSON holds that --json prints one document and nothing else, with keys in small letters and lists that are lists.
func TestJSON(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		args []string
		code int
		want any // the type of the document
	}{
		{[]string{"version"}, exitOK, map[string]any{}},
		{[]string{"rules"}, exitOK, []any{}},
		{[]string{"rules", "pth-code"}, exitOK, map[string]any{}},
		{[]string{"config"}, exitOK, []any{}},
		{[]string{"scan", w.hostile}, exitFound, map[string]any{}}, // a line a file
		{[]string{"scan", "--sarif", w.hostile}, exitFound, map[string]any{}},
		{[]string{"policy", "check", w.good}, exitOK, []any{}},
		{[]string{"policy", "test", w.failing}, exitRefused, []any{}},
		{[]string{"policy", "explain", "demo==2.0"}, exitOK, []any{}},
		{[]string{"why", "demo==1.0"}, exitOK, []any{}},
		{[]string{"cache", "stats"}, exitOK, map[string]any{}},
		{[]string{"cache", "verify"}, exitOK, map[string]any{}},
		{[]string{"cache", "prune"}, exitOK, map[string]any{}},
	} {
		t.Run(strings.Join(c.args[:min(2, len(c.args))], " "), func(t *testing.T) {
			args := append([]string{"--json", "--cache-dir", w.store, "--index-url", w.index}, c.args...)
			stdout, stderr, code := run(t, program(t, args...))
			if code != c.code {
				t.Errorf("exit %d; want %d\n%s%s", code, c.code, stdout, stderr)
			}
			var got any
			if err := json.Unmarshal([]byte(stdout), &got); err != nil {
				t.Fatalf("%v in\n%s", err, stdout)
			}
			if reflect.TypeOf(got) != reflect.TypeOf(c.want) {
				t.Errorf("a %T; want a %T\n%s", got, c.want, stdout)
			}
			if bad := capitals(got); bad != "" {
				t.Errorf("key %q: keys begin with a small letter", bad)
			}
			if strings.Contains(stderr, "{") {
				t.Errorf("standard error has part of the document:\n%s", stderr)
			}
		})
	}
}

// capitals gives a key that begins with a capital letter; "" = none.
func capitals(v any) string {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if bad := capitals(e); bad != "" {
				return bad
			}
		}
	case map[string]any:
		for key, e := range v {
			if key != "" && 'A' <= key[0] && key[0] <= 'Z' {
				return key
			}
			if bad := capitals(e); bad != "" {
				return bad
			}
		}
	}
	return ""
}

// TestPolicyTest shows the way to the decision of a case that failed.
func TestPolicyTest(t *testing.T) {
	w := newWorld(t)
	stdout, _, code := run(t, program(t, "policy", "test", w.failing))
	for _, want := range []string{"FAIL demo-1.0-py3-none-any.whl: want allow, got block", "policy.cooldown.period (default): block", "1 passed, 1 failed\n"} {
		if code != exitRefused || !strings.Contains(stdout, want) {
			t.Errorf("exit %d; want 1 and %q\n%s", code, want, stdout)
		}
	}
	stdout, _, code = run(t, program(t, "--json", "policy", "test", w.failing))
	var docs []caseDoc
	if err := json.Unmarshal([]byte(stdout), &docs); err != nil || code != exitRefused {
		t.Fatalf("exit %d, %v\n%s", code, err, stdout)
	}
	if len(docs) != 2 || !docs[0].Passed || docs[1].Passed || docs[1].Action != "block" || len(docs[1].Trace) == 0 {
		t.Errorf("%+v", docs)
	}
}

// TestConfigOrigins prints where each setting was made, and no password.
func TestConfigOrigins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	const secret = "open-sesame"
	write(t, path, "[server]\nlisten = \"127.0.0.1:1\"\n\n[policy]\nyanked = \"block\"\n\n[[upstream.index]]\nname = \"corp\"\nurl = \"http://me:"+secret+"@corp.invalid/simple/\"\n")
	indexed := program(t, "--config", path, "config")
	plain := filepath.Join(t.TempDir(), "plain.toml")
	write(t, plain, "[server]\nlisten = \"127.0.0.1:1\"\n\n[policy]\nyanked = \"block\"\nunhashed = \"warn\"\n")
	env := program(t, "--config", plain, "--log-level", "debug", "config")
	env.Env = append(env.Env, "PIPWARDEN_UPSTREAM_INDEX_URL=http://me:"+secret+"@index.invalid/simple/",
		"PIPWARDEN_UPSTREAM_PROXY=http://me:"+secret+"@proxy.invalid:3128", "PIPWARDEN_POLICY_YANKED=allow")
	for name, c := range map[string]struct {
		cmd  *exec.Cmd
		want map[string]string // of a key: the end of its line
	}{
		"file": {indexed, map[string]string{"server.listen": "# " + path + ":2", "policy.yanked": "# " + path + ":5", "policy.unhashed": "# default"}},
		"all four": {env, map[string]string{
			"server.listen":      "# " + plain + ":2",
			"policy.unhashed":    "# " + plain + ":6",
			"policy.yanked":      `"allow"                        # PIPWARDEN_POLICY_YANKED`, // outranks the file
			"upstream.index_url": "# PIPWARDEN_UPSTREAM_INDEX_URL",
			"upstream.proxy":     "# PIPWARDEN_UPSTREAM_PROXY",
			"log.level":          "# --log-level",
			"cache.max_size":     "# default",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, code := run(t, c.cmd)
			if code != exitOK || strings.Contains(stdout+stderr, secret) {
				t.Errorf("exit %d, or the password is shown:\n%s%s", code, stdout, stderr)
			}
			for key, end := range c.want {
				found := false
				for line := range strings.Lines(stdout) {
					found = found || strings.HasPrefix(line, key+" ") && strings.HasSuffix(line, end+"\n")
				}
				if !found {
					t.Errorf("no line of %s ends with %q:\n%s", key, end, stdout)
				}
			}
		})
	}
}

// TestRunExitCode passes the command's own exit code on, and tells when it asked for nothing.
func TestRunExitCode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs sh")
	}
	x := pypitest.NewIndex(t, pypitest.Options{})
	for _, c := range []struct {
		command []string
		code    int
	}{
		{[]string{"true"}, 0},
		{[]string{"false"}, 1},
		{[]string{"sh", "-c", "exit 7"}, 7},
		{[]string{"sh", "-c", "kill -9 $$"}, 137},
	} {
		args := append([]string{"run", "--cache-dir", t.TempDir(), "--index-url", x.URL, "--"}, c.command...)
		stdout, stderr, code := run(t, program(t, args...))
		if code != c.code || stdout != "" || !strings.Contains(stderr, "pipwarden: 0 allowed, 0 warned, 0 blocked\n") || !strings.Contains(stderr, "no file was asked for") {
			t.Errorf("run -- %q: exit %d; want %d\n%s%s", c.command, code, c.code, stdout, stderr)
		}
	}
}

// TestRunEnvironment shows the command's environment: it asks the guard and nobody else, and keeps a cache of its own.
func TestRunEnvironment(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs sh")
	}
	x := pypitest.NewIndex(t, pypitest.Options{})
	dir := t.TempDir()
	cmd := program(t, "run", "--cache-dir", dir, "--index-url", x.URL, "--", "env")
	cmd.Env = append(cmd.Env, "PIP_INDEX_URL=http://elsewhere.invalid/simple/", "PIP_EXTRA_INDEX_URL=http://more.invalid/simple/",
		"UV_FIND_LINKS=http://links.invalid/", "UV_DEFAULT_INDEX=http://elsewhere.invalid/simple/")
	stdout, stderr, code := run(t, cmd)
	if code != exitOK || strings.Contains(stdout, ".invalid") {
		t.Errorf("exit %d, or the command can ask others:\n%s%s", code, stdout, stderr)
	}
	if !strings.Contains(stderr, "left out for this command, because it goes past the guard: PIP_EXTRA_INDEX_URL, UV_FIND_LINKS") {
		t.Errorf("a person is not told what was left out:\n%s", stderr)
	}
	for _, want := range []string{"PIP_INDEX_URL=http://127.0.0.1:", "UV_DEFAULT_INDEX=http://127.0.0.1:", "PDM_PYPI_URL=http://127.0.0.1:",
		"PIPENV_PYPI_MIRROR=http://127.0.0.1:", "PIP_CACHE_DIR=" + dir, "UV_CACHE_DIR=" + dir, "PIP_CONFIG_FILE=" + os.DevNull + "\n", "UV_NO_CONFIG=1\n"} {
		if !strings.Contains(stdout, "\n"+want) && !strings.HasPrefix(stdout, want) {
			t.Errorf("no %s in\n%s", want, stdout)
		}
	}
}

// TestWhyByID explains a refusal by the id that it names, asked of the guard that made it.
func TestWhyByID(t *testing.T) {
	w := newWorld(t)
	s := serve(t, w.store, fmt.Sprintf("[upstream]\nindex_url = %q\n", w.index))
	_, body := get(t, s, "/-/files/demo")
	var files []struct{ ID, Filename string }
	if err := json.Unmarshal(body, &files); err != nil || len(files) != 2 {
		t.Fatalf("%v: %s", err, body)
	}
	for _, f := range files {
		res, page := get(t, s, "/-/why/"+f.ID)
		if res.StatusCode != http.StatusOK || !strings.Contains(string(page), f.Filename) {
			t.Errorf("%s: %s\n%s", f.ID, res.Status, page)
		}
		for _, id := range []string{f.ID, s.url + "/-/why/" + f.ID} {
			stdout, stderr, code := run(t, program(t, "why", id, "--cache-dir", w.store))
			if code != exitOK || stdout != string(page) {
				t.Errorf("why %s: exit %d, and not what the guard says itself\n%s%s\nwant\n%s", id, code, stdout, stderr, page)
			}
		}
	}
}
