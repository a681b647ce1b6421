package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pipwarden/pypi"
)

// asProgram makes the test binary be pipwarden itself.
const asProgram = "PIPWARDEN_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		_ = os.Unsetenv(asProgram)
		main()
		return
	}
	os.Exit(m.Run())
}

// cleanEnv is the environment without what would steer a client or the program.
func cleanEnv(more ...string) []string {
	var env []string
	for _, kv := range os.Environ() {
		if strings.HasPrefix(kv, "PIP_CERT=") || !strings.HasPrefix(kv, "PIP") && !strings.HasPrefix(kv, "UV_") && !strings.HasPrefix(kv, "XDG_") {
			env = append(env, kv)
		}
	}
	return append(env, more...)
}

// program is a pipwarden command with a home and configuration folder of its own.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	cmd := exec.CommandContext(t.Context(), exe, args...)
	cmd.Env = cleanEnv(asProgram+"=1", "HOME="+home, "XDG_CONFIG_HOME="+filepath.Join(home, "config"), "XDG_CACHE_HOME="+filepath.Join(home, "cache"),
		"GORACE=atexit_sleep_ms=0") // else every command takes a second longer under the race detector
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	return cmd
}

// run gives standard output, standard error and exit code.
func run(t *testing.T, cmd *exec.Cmd) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatalf("%v: %v", cmd.Args, err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// A served is a running "pipwarden serve".
type served struct {
	url string // without a path
	cmd *exec.Cmd
	mu  sync.Mutex
	log bytes.Buffer
}

func (s *served) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// serve starts "pipwarden serve" with a configuration and waits for its address.
func serve(t *testing.T, dir, config string) *served {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &served{cmd: program(t, "serve", "--listen", "127.0.0.1:0", "--cache-dir", dir, "--config", path)}
	pipe, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	found := make(chan string, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		lines := bufio.NewScanner(pipe)
		for lines.Scan() {
			s.mu.Lock()
			fmt.Fprintln(&s.log, lines.Text())
			s.mu.Unlock()
			if _, url, ok := strings.Cut(lines.Text(), "pipwarden: serving "); ok {
				found <- strings.TrimSuffix(url, "/simple/")
			}
		}
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		_ = s.cmd.Wait()
		if strings.Contains(s.text(), "WARNING: DATA RACE") {
			t.Errorf("the guard has a data race:\n%s", s.text())
		}
	})
	select {
	case s.url = <-found:
	case <-ended:
		t.Fatalf("serve ended:\n%s", s.text())
	case <-time.After(time.Minute):
		t.Fatalf("serve did not say where it serves:\n%s", s.text())
	}
	return s
}

// A client is an installer of this machine.
type client struct {
	name    string // such as "pip 26.3 (python 3.11.7)"
	version pypi.Version
	command []string // up to the subcommand
	uv      bool
	python  string // for uv
}

// install is the command that installs requirements from an index into a folder, with a cache of its own.
func (c client) install(t *testing.T, index string, requirements ...string) (*exec.Cmd, string) {
	t.Helper()
	home, target := t.TempDir(), filepath.Join(t.TempDir(), "target")
	args := []string{"install", "--target", target, "--index-url", index + "/simple/"}
	if c.uv {
		args = append([]string{"pip"}, append(args, "--no-config", "--python", c.python)...)
	} else {
		args = append(args, "--disable-pip-version-check", "--no-cache-dir")
	}
	args = slices.Concat(c.command[1:], args, requirements)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, c.command[0], args...)
	cmd.Env = cleanEnv("HOME="+home, "UV_CACHE_DIR="+filepath.Join(home, "uv"), "PIP_CONFIG_FILE="+os.DevNull, "PIP_NO_INPUT=1",
		"PYTHONWARNINGS=ignore", "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1", "PATH="+filepath.Dir(c.command[0])+string(os.PathListSeparator)+os.Getenv("PATH"))
	return cmd, target
}

var pipVersion = regexp.MustCompile(`^pip (\S+) from .*\(python (\S+)\)`)

// clients are the oldest and the newest pip of this machine, and uv where there is one.
func clients(t *testing.T) []client {
	t.Helper()
	var pips []client
	for _, python := range pythons() {
		out, err := exec.CommandContext(t.Context(), python, "-m", "pip", "--version").Output()
		m := pipVersion.FindStringSubmatch(string(out))
		if err != nil || m == nil {
			continue
		}
		v, err := pypi.ParseVersion(m[1])
		if err != nil {
			t.Fatal(err)
		}
		pips = append(pips, client{name: fmt.Sprintf("pip %s (python %s)", m[1], m[2]), version: v, command: []string{python, "-m", "pip"}})
	}
	slices.SortStableFunc(pips, func(a, b client) int { return a.version.Compare(b.version) })
	if len(pips) > 2 {
		pips = []client{pips[0], pips[len(pips)-1]}
	}
	if uv, err := exec.LookPath("uv"); err == nil {
		python, err := exec.LookPath("python3")
		if err == nil {
			out, _ := exec.CommandContext(t.Context(), uv, "--version").Output()
			pips = append(pips, client{name: strings.TrimSpace(string(out)), command: []string{uv}, python: python, uv: true})
		}
	}
	if len(pips) == 0 {
		t.Skip("no pip and no uv on this machine")
	}
	return pips
}

// pythons are the interpreters of PATH and of pyenv.
func pythons() []string {
	var found []string
	for _, name := range []string{"python3", "python", "python2.7"} {
		if p, err := exec.LookPath(name); err == nil && !strings.Contains(p, "/shims/") {
			found = append(found, p)
		}
	}
	root := os.Getenv("PYENV_ROOT")
	if root == "" {
		root = filepath.Join(os.Getenv("HOME"), ".pyenv")
	}
	more, _ := filepath.Glob(filepath.Join(root, "versions", "*", "bin", "python"))
	return append(found, more...)
}
