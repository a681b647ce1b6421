package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// at gives a command a home of the test's, so that one command finds what the last one wrote.
func at(home string, cmd *exec.Cmd, more ...string) *exec.Cmd {
	cmd.Env = append(cmd.Env, append([]string{"HOME=" + home, "XDG_CONFIG_HOME=" + filepath.Join(home, ".config"), "XDG_CACHE_HOME=" + filepath.Join(home, ".cache")}, more...)...)
	cmd.Dir = home
	return cmd
}

// TestSetup is the story of a new user: look, set up, use another address, take it out.
func TestSetup(t *testing.T) {
	home := t.TempDir()
	conf := filepath.Join(home, ".config", "pip", "pip.conf")
	const own = "[global]\nindex-url = https://me:secret@corp.invalid/simple/\n"
	if err := os.MkdirAll(filepath.Dir(conf), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, conf, own)
	setup := func(args ...string) (string, string) {
		t.Helper()
		stdout, stderr, code := run(t, at(home, program(t, append([]string{"setup"}, args...)...)))
		if code != exitOK || strings.Contains(stdout+stderr, "secret") {
			t.Fatalf("setup %q: exit %d\n%s%s", args, code, stdout, stderr)
		}
		return stdout, stderr
	}
	if stdout, _ := setup("--dry-run", "--client", "pip,uv"); !strings.Contains(stdout, "+index-url = http://127.0.0.1:8791/simple/") || read(t, conf) != own {
		t.Errorf("--dry-run:\n%s", stdout)
	}
	setup("--client", "pip,uv")
	if text := read(t, filepath.Join(home, ".config", "pipwarden", "config.toml")); !strings.Contains(text, `index_url = "https://me:secret@corp.invalid/simple/"`) {
		t.Errorf("the guard's configuration:\n%s", text)
	}
	stdout, _, _ := run(t, at(home, program(t, "--json", "setup", "--url", "https://guard.invalid/simple/", "--client", "pip,uv")))
	var doc setupDoc
	if err := json.Unmarshal([]byte(stdout), &doc); err != nil || len(doc.Changes) != 2 || doc.Changes[0].Action != "change" {
		t.Errorf("another address: %v\n%s", err, stdout)
	}
	setup("--remove")
	if left, _ := filepath.Glob(filepath.Join(home, ".config", "*", "*")); len(left) != 1 || read(t, conf) != own {
		t.Errorf("left behind: %q, %q", left, read(t, conf))
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--client", "conda"}, `no client "conda" is known`},
		{[]string{"--url", "guard"}, "the guard's address must be"},
		{[]string{"--user", "--machine"}, "exclude each other"},
	} {
		if _, stderr, code := run(t, at(home, program(t, append([]string{"setup"}, c.args...)...))); code != exitUsage || !strings.Contains(stderr, c.says) {
			t.Errorf("setup %q: exit %d\n%s", c.args, code, stderr)
		}
	}
	write(t, conf, "[global]\n[global]\n")
	if _, stderr, code := run(t, at(home, program(t, "setup", "--client", "pip,uv"))); code != exitUsage || !strings.Contains(stderr, "pip.conf\": line 2") || !strings.Contains(stderr, "nothing was changed") {
		t.Errorf("a broken file: exit %d\n%s", code, stderr)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
