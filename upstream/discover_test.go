package upstream

import (
	"context"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// quietEnv is the environment without what pip and this package take from it, and with a home of its own.
func quietEnv(t *testing.T, more ...string) []string {
	t.Helper()
	home := t.TempDir()
	var env []string
	for _, kv := range os.Environ() {
		key, _, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(key, "PIP") && !strings.HasPrefix(key, "XDG_") && !slices.Contains([]string{"HOME", "USERPROFILE", "APPDATA", "VIRTUAL_ENV", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}, key) {
			env = append(env, kv)
		}
	}
	return append(append(env, "HOME="+home, "USERPROFILE="+home), more...)
}

// pythons are the interpreters with a pip on this machine: the one on PATH, and those that pyenv keeps.
func pythons(t *testing.T) []string {
	t.Helper()
	var found []string
	if p, err := exec.LookPath("python3"); err == nil {
		found = append(found, p)
	}
	home, err := os.UserHomeDir()
	if err == nil {
		kept, _ := filepath.Glob(filepath.Join(home, ".pyenv", "versions", "*", "bin", "python"))
		found = append(found, kept...)
	}
	var with []string
	for _, p := range found {
		if exec.Command(p, "-c", "import pip").Run() == nil {
			with = append(with, p)
		}
	}
	if len(with) == 0 {
		t.Skip("no Python with pip on this machine")
	}
	return with
}

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "pip.conf")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestDiscoverLive asks each pip of this machine, by its modules and by its command line, for its built-in default.
func TestDiscoverLive(t *testing.T) {
	all := pythons(t)
	if testing.Short() {
		all = all[:1]
	}
	var mu sync.Mutex
	defaults := map[string]bool{}
	t.Run("all", func(t *testing.T) {
		for _, p := range all {
			t.Run(filepath.Base(filepath.Dir(filepath.Dir(p))), func(t *testing.T) {
				t.Parallel()
				env := quietEnv(t)
				d := discovery{opts: DiscoverOptions{Env: env, Timeout: time.Minute}, env: environ(env)}
				modules, err := d.askPython(context.Background(), p)
				if err != nil {
					t.Fatal(err)
				}
				command, err := d.askCommand(context.Background(), p, "-c", runScript)
				if err != nil {
					t.Fatal(err)
				}
				u, err := url.Parse(modules.Default)
				if err != nil || u.Scheme != "https" || u.Host == "" || command.Default != modules.Default ||
					modules.Index != modules.Default || !modules.Options || len(modules.Files) == 0 {
					t.Errorf("modules say %+v, command says %+v", modules, command)
				}
				mu.Lock()
				defaults[modules.Default] = true
				mu.Unlock()
			})
		}
	})
	if len(defaults) > 1 {
		t.Errorf("built-in indexes differ: %v", defaults)
	}
}

// TestDiscover holds the ways to write an index against a real pip, and against the same places without one.
func TestDiscover(t *testing.T) {
	python := pythons(t)[0]
	guard := "http://127.0.0.1:8099/simple/"
	user := writeConfig(t, "[global]\nindex-url = https://me:hunter2@file.invalid/simple\nextra-index-url =\n    https://extra.invalid/simple\n    "+guard+"\ntrusted-host = file.invalid\nfind-links = wheels\n")
	section := writeConfig(t, "[global]\nindex-url = https://global.invalid/\n[install]\nindex_url: https://install.invalid/\n")
	ours := writeConfig(t, "[global]\nindex-url = http://localhost:8099/simple/\n")
	tests := []struct {
		name      string
		env       []string
		want      []string // "" = the built-in default
		origin    string
		withNoPip bool // the places alone say the same
	}{
		{"environment", []string{"PIP_INDEX_URL=https://env.invalid/simple"}, []string{"https://env.invalid/simple/"}, "PIP_INDEX_URL", true},
		{"file", []string{"PIP_CONFIG_FILE=" + user}, []string{"https://file.invalid/simple/", "https://extra.invalid/simple/"}, user, true},
		{"section of the command", []string{"PIP_CONFIG_FILE=" + section}, []string{"https://install.invalid/"}, section, true},
		{"environment before file", []string{"PIP_CONFIG_FILE=" + section, "PIP_INDEX_URL=https://env.invalid/", "PIP_EXTRA_INDEX_URL=https://x.invalid/ https://y.invalid/"},
			[]string{"https://env.invalid/", "https://x.invalid/", "https://y.invalid/"}, "PIP_INDEX_URL", true},
		{"empty is not set", []string{"PIP_CONFIG_FILE=" + section, "PIP_INDEX_URL="}, []string{"https://install.invalid/"}, section, true},
		{"guard in the environment", []string{"PIP_CONFIG_FILE=" + section, "PIP_INDEX_URL=" + guard}, []string{"https://install.invalid/"}, section, true},
		{"guard among the further", []string{"PIP_INDEX_URL=https://env.invalid/", "PIP_EXTRA_INDEX_URL=https://x.invalid/ " + guard}, []string{"https://env.invalid/", "https://x.invalid/"}, "PIP_INDEX_URL", true},
		{"guard in the file", []string{"PIP_CONFIG_FILE=" + ours}, []string{""}, originBuilt, false},
		{"nothing written", nil, []string{""}, originBuilt, false},
		{"files turned off", []string{"PIP_CONFIG_FILE=" + os.DevNull}, []string{""}, originBuilt, false},
	}
	exclude, err := url.Parse(guard)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			check := func(how string, d Discovery, err error) {
				t.Helper()
				if err != nil {
					t.Errorf("%s: %v", how, err)
					return
				}
				if len(d.Indexes) != len(tt.want) || d.Origin != tt.origin {
					t.Errorf("%s: %v of %q, want %q of %q", how, d.Indexes, d.Origin, tt.want, tt.origin)
					return
				}
				for i, want := range tt.want {
					got := d.Indexes[i].URL.String()
					if want != "" && got != want || want == "" && (d.Indexes[i].URL.Scheme != "https" || strings.Contains(got, "localhost")) {
						t.Errorf("%s: index %d is %q, want %q", how, i, got, want)
					}
				}
				if strings.Contains(strings.Join(d.Notes, "\n"), "hunter2") {
					t.Errorf("%s: notes hold a password: %q", how, d.Notes)
				}
			}
			env := quietEnv(t, append(tt.env, "PIPWARDEN_PYTHON="+python)...)
			d, err := Discover(context.Background(), DiscoverOptions{Env: env, Exclude: []*url.URL{exclude}, Timeout: time.Minute})
			check("pip", d, err)
			t.Setenv("PATH", t.TempDir())
			env = quietEnv(t, tt.env...)
			d, err = Discover(context.Background(), DiscoverOptions{Env: env, Exclude: []*url.URL{exclude}})
			var none *NoUpstreamError
			switch {
			case tt.withNoPip:
				check("without pip", d, err)
			case !errors.As(err, &none) || !strings.Contains(err.Error(), "index_url") || !strings.Contains(err.Error(), "PIPWARDEN_PYTHON"):
				t.Errorf("without pip: %v, %v; want *NoUpstreamError with both ways out", d, err)
			}
		})
	}
	t.Run("what comes along", func(t *testing.T) {
		env := quietEnv(t, "PIP_CONFIG_FILE="+user, "PIPWARDEN_PYTHON="+python, "PIP_CERT=ca.pem", "PIP_PROXY=proxy.invalid:3128", "PIP_CLIENT_CERT=/c.pem")
		d, err := Discover(context.Background(), DiscoverOptions{Env: env, Timeout: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		here, err := filepath.Abs("ca.pem")
		if err != nil {
			t.Fatal(err)
		}
		if d.CABundle != here || d.ClientCert != "/c.pem" || d.Proxy == nil || d.Proxy.Host != "proxy.invalid:3128" {
			t.Errorf("got %q, %q, %v", d.CABundle, d.ClientCert, d.Proxy)
		}
		if d.Indexes[0].Auth != NewCredentials("me", "hunter2") {
			t.Error("the credentials of the address are lost")
		}
		notes := strings.Join(d.Notes, "\n")
		for _, want := range []string{"trusted-host is not followed", "find-links", "https://extra.invalid/simple/"} {
			if !strings.Contains(notes, want) {
				t.Errorf("notes %q lack %q", notes, want)
			}
		}
	})
	t.Run("no index", func(t *testing.T) {
		for _, more := range [][]string{{"PIPWARDEN_PYTHON=" + python}, nil} {
			env := quietEnv(t, append(more, "PIP_NO_INDEX=1", "PIP_INDEX_URL=https://env.invalid/")...)
			if more == nil {
				t.Setenv("PATH", t.TempDir())
			}
			var none *NoUpstreamError
			if d, err := Discover(context.Background(), DiscoverOptions{Env: env, Timeout: time.Minute}); !errors.As(err, &none) {
				t.Errorf("Discover = %v, %v", d, err)
			}
		}
	})
}

// TestDiscoverImportsNothing: a checkout with files named like modules runs none of them.
func TestDiscoverImportsNothing(t *testing.T) {
	python := pythons(t)[0]
	dir := t.TempDir()
	mark := filepath.Join(dir, "ran")
	for _, name := range []string{"pip.py", "json.py", "runpy.py", "optparse.py", "sitecustomize.py"} {
		text := "open(" + "r'" + mark + "', 'a').write('x')\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	env := quietEnv(t)
	d := discovery{opts: DiscoverOptions{Env: env, Timeout: time.Minute}, env: environ(env)}
	if _, err := d.askPython(context.Background(), python); err != nil {
		t.Error(err)
	}
	if _, err := d.askCommand(context.Background(), python, "-c", runScript); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("a file of the working directory was run")
	}
}

// TestDiscoverBrokenPythons: what is on PATH under the name of a Python need not be one.
func TestDiscoverBrokenPythons(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the programs are shell scripts")
	}
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip("no sleep on this machine")
	}
	for name, script := range map[string]string{
		"fails":      "echo 'no module named \x1b[31mpip' >&2; exit 1",
		"says other": "echo hello",
		"bad answer": "echo; echo '" + pipMark + "{'",
		"no default": "echo; echo '" + pipMark + "{}'",
		"floods":     "x=0123456789abcdef; for i in 1 2 3 4 5 6 7 8; do x=$x$x; done; i=0; while [ $i -lt 300 ]; do echo $x; i=$((i+1)); done",
		"hangs":      "exec " + sleep + " 60",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, p := range []string{"python3", "pip"} {
				if err := os.WriteFile(filepath.Join(dir, p), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("PATH", dir)
			timeout := time.Minute
			if name == "hangs" {
				timeout = short
			}
			d, err := Discover(context.Background(), DiscoverOptions{Env: quietEnv(t), Timeout: timeout})
			var none *NoUpstreamError
			if !errors.As(err, &none) || len(none.Tried) < 4 {
				t.Fatalf("Discover = %v, %v", d, err)
			}
			if strings.Contains(strings.Join(none.Tried, ""), "\x1b") {
				t.Errorf("complaints hold control characters: %q", none.Tried)
			}
		})
	}
}

// TestChildOutputBounded: what a child writes beyond the limit is neither kept nor does it stop the child.
func TestChildOutputBounded(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the program is a shell script")
	}
	d := discovery{opts: DiscoverOptions{Env: os.Environ(), Timeout: time.Minute}}
	out, err := d.run(context.Background(), "/bin/sh", "-c", "x=0123456789abcdef; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do x=$x$x; done; for i in 1 2 3 4 5 6 7 8 9; do echo $x$x$x$x; done; exit 0")
	if err != nil || len(out) != 1+maxPipOutput {
		t.Errorf("kept %d bytes, %v; want %d", len(out), err, 1+maxPipOutput)
	}
}

// TestDiscoverCancelled: who asked and left gets the word of the context.
func TestDiscoverCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Discover(ctx, DiscoverOptions{Env: quietEnv(t)}); !errors.Is(err, context.Canceled) {
		t.Errorf("Discover: %v", err)
	}
}

// TestOwn: every way to write the guard's own address.
func TestOwn(t *testing.T) {
	guard, err := url.Parse("http://127.0.0.1:8099/simple/")
	if err != nil {
		t.Fatal(err)
	}
	d := discovery{opts: DiscoverOptions{Exclude: []*url.URL{guard}}}
	for text, want := range map[string]bool{
		"http://127.0.0.1:8099/simple/": true, "http://localhost:8099": true, "http://[::1]:8099/": true, "http://0.0.0.0:8099/": true,
		"http://u:p@127.0.0.1:8099/other/": true, "http://127.0.0.1:8098/simple/": false, "http://index.invalid:8099/": false, "simple": false, ":": false,
	} {
		if got := d.own(text); got != want {
			t.Errorf("own(%q) = %v", text, got)
		}
	}
}
