package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pipwarden/internal/pypitest"
)

func TestBypassing(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("good.txt", "requests==2.32.3 # https://docs.invalid/\n# --index-url http://x.invalid\nflask --hash=sha256:00\n")
	extra := write("extra.txt", "requests\n--extra-index-url http://x.invalid/simple\n")
	nested := write("nested.txt", "-r extra.txt\n")
	url := write("url.txt", "demo @ https://x.invalid/demo.whl\n")
	for _, tt := range []struct {
		args string
		env  string
		past bool
	}{
		{"pip install requests flask==3.0", "", false},
		{"pip install -U -q --no-deps --only-binary :all: requests", "", false},
		{"pip install -e . --progress-bar off", "", false},
		{"pip install -r " + good, "", false},
		{"uv pip sync " + "requirements.txt", "", false},
		{"python -c print(1)", "", false},
		{"make URL=https://x.invalid -i http://x.invalid", "", false}, // no client of ours
		{"pip install --index-url http://x.invalid requests", "", true},
		{"pip install --index-u=http://x.invalid requests", "", true},
		{"pip install --extra-index=http://x.invalid requests", "", true},
		{"pip install --pypi-url=http://x.invalid requests", "", true},
		{"pip install -ihttp://x.invalid requests", "", true},
		{"pip install -Ui http://x.invalid requests", "", true},
		{"pip install -f " + dir + " requests", "", true},
		{"pip --isolated install requests", "", true},
		{"pip install --proxy http://x.invalid requests", "", true},
		{"pip install name@http://x.invalid/a.whl", "", true},
		{"pip install HTTP://x.invalid/a.whl", "", true},
		{"pip install hg+ssh://x.invalid/repo", "", true},
		{"pip install --editable=git+https://x.invalid/repo", "", true},
		{"pip install file:///tmp/a.whl", "", true},
		{"python3 -m pip install --no-index requests", "", true},
		{"uv --config-file x.toml sync", "", true},
		{"uv pip install --torch-backend cpu torch", "", true},
		{"pip install -r " + extra, "", true},
		{"pip install --requirement=" + nested, "", true},
		{"pip install -c" + url + " demo", "", true},
		{"pip install requests", "PIP_CONSTRAINT=" + extra, true},
		{"pip install requests", "PIP_CONSTRAINT=" + good, false},
		{"./build.sh", "UV_OVERRIDE=" + url, true},
	} {
		found := bypassing(strings.Fields(tt.args), []string{tt.env})
		if tt.past != (len(found) > 0) {
			t.Errorf("%s %s: %q", tt.env, tt.args, found)
		}
	}
}

func TestClientEnvironment(t *testing.T) {
	out, notes := clientEnv{Index: "http://guard.invalid/simple/", CacheDir: "cache"}.apply([]string{"PATH=/bin", "PIP_EXTRA_INDEX_URL=http://x.invalid", "UV_INDEX=", "PIP_INDEX_URL=http://x.invalid"})
	for _, want := range []string{"PATH=/bin", "PIP_INDEX_URL=http://guard.invalid/simple/", "UV_DEFAULT_INDEX=http://guard.invalid/simple/", "PIP_CONFIG_FILE=" + os.DevNull, "UV_NO_CONFIG=1"} {
		if !slices.Contains(out, want) {
			t.Errorf("without %s: %q", want, out)
		}
	}
	for _, kv := range out {
		if strings.Contains(kv, "x.invalid") {
			t.Errorf("still there: %s", kv)
		}
	}
	if !slices.Equal(notes, []string{"PIP_EXTRA_INDEX_URL"}) {
		t.Errorf("notes %q", notes)
	}
}

// TestRunShutsConfigurationFilesOut has real clients run with configuration files that name a second index: they take
// an equal version from a second index without asking the first.
func TestRunShutsConfigurationFilesOut(t *testing.T) {
	guarded, other := pypitest.NewIndex(t, pypitest.Options{}), pypitest.NewIndex(t, pypitest.Options{})
	guarded.Add(wheel("demo/__init__.py", "from_guard = True\n"))
	other.Add(wheel("demo/__init__.py", "from_guard = False\n"))
	for _, c := range clients(t) {
		home := t.TempDir()
		conf := filepath.Join(home, "pip.conf")
		toml := filepath.Join(home, "config", "uv", "uv.toml")
		if err := os.MkdirAll(filepath.Dir(toml), 0o700); err != nil {
			t.Fatal(err)
		}
		for path, text := range map[string]string{
			conf: "[global]\nextra-index-url = " + other.URL + "\n",
			toml: "[[index]]\nurl = \"" + other.URL + "\"\n",
		} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		args := []string{"install", "--target", filepath.Join(home, "target"), "demo"}
		if c.uv {
			args = append([]string{"pip"}, append(args, "--python", c.python)...)
		}
		cmd := program(t, slices.Concat([]string{"--index-url", guarded.URL, "--cache-dir", t.TempDir(), "run", "--"}, c.command, args)...)
		cmd.Env = append(cmd.Env, "PIP_CONFIG_FILE="+conf, "UV_CONFIG_FILE="+toml, "XDG_CONFIG_HOME="+filepath.Join(home, "config"))
		stdout, stderr, code := run(t, cmd)
		got, err := os.ReadFile(filepath.Join(home, "target", "demo", "__init__.py"))
		if code != 0 || err != nil || string(got) != "from_guard = True\n" {
			t.Errorf("%s: exit %d, %v, installed %q\n%s%s", c.name, code, err, got, stdout, stderr)
		}
		if n := other.Count(""); n != 0 {
			t.Errorf("%s sent the second index %d requests", c.name, n)
		}
	}
}
