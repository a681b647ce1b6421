package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pipwarden/doctor"
	"pipwarden/internal/pypitest"
)

// TestDoctor is the story of a new user: nothing is set up, then all is, then somebody adds an index, and a cache from
// before holds what the guard refuses.
func TestDoctor(t *testing.T) {
	x := pypitest.NewIndex(t, pypitest.Options{})
	x.Add(pypitest.Wheel("pip", "1.0"))
	good, bad := x.Add(wheel()), x.Add(pypitest.Sdist("hostile", "1.0"))
	store := t.TempDir()
	s := serve(t, store, withIndex("[policy]\nsource_installs = \"block\"\n", x.URL))
	home := t.TempDir()
	examine := func(want int, more ...string) (doc doctorDoc, screen string) {
		t.Helper()
		args := append([]string{"--json", "--cache-dir", store, "--index-url", x.URL, "doctor", "--url", s.url + "/simple/"}, more...)
		stdout, stderr, code := run(t, at(home, program(t, args...), "PATH=", "PIP_CERT="))
		if err := json.Unmarshal([]byte(stdout), &doc); err != nil || code != want {
			t.Fatalf("exit %d, want %d: %v\n%s%s", code, want, err, stdout, stderr)
		}
		return doc, stdout
	}
	setup := func(args ...string) {
		t.Helper()
		args = append([]string{"setup", "--client", "pip,uv", "--url", s.url + "/simple/"}, args...)
		if _, stderr, code := run(t, at(home, program(t, args...))); code != exitOK {
			t.Fatalf("setup: exit %d\n%s", code, stderr)
		}
	}
	setup()
	if doc, screen := examine(exitOK); doc.Bypass+doc.Broken > 0 || !strings.Contains(screen, "the guard serves") || !strings.Contains(screen, "upstream answers") {
		t.Errorf("set up:\n%s", screen)
	}
	for path, data := range map[string][]byte{"1.body": good.Data, "2.body": bad.Data} {
		dir := filepath.Join(home, ".cache", "pip", "http-v2")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, path), string(data))
	}
	if _, screen := examine(exitOK); !strings.Contains(screen, "2 files that the guard has never judged") {
		t.Errorf("a cache from before:\n%s", screen)
	}
	for _, project := range []string{"demo", "hostile"} {
		_, body := page(t, s, project, "application/vnd.pypi.simple.v1+json")
		var p jsonPage
		if err := json.Unmarshal(body, &p); err != nil {
			t.Fatal(err)
		}
		get(t, s, strings.TrimPrefix(p.Files[0].URL, "../.."))
	}
	doc, screen := examine(exitRefused)
	if doc.Bypass != 1 || doc.Findings[0].Level != doctor.Bypass && doc.Findings[0].Check != "cache" || !strings.Contains(screen, "2.body") {
		t.Errorf("a refused file in a cache:\n%s", screen)
	}
	stdout, _, code := run(t, at(home, program(t, "--cache-dir", store, "--index-url", x.URL, "doctor", "--url", "http://127.0.0.1:9/simple/", "--all"), "PATH=", "PIP_CERT="))
	if code != exitRefused || !strings.Contains(stdout, "the guard does not answer") || !strings.Contains(stdout, "fix: ") {
		t.Errorf("no guard: exit %d\n%s", code, stdout)
	}
	if _, stderr, code := run(t, at(home, program(t, "doctor", "--url", "nowhere"))); code != exitUsage {
		t.Errorf("a wrong address: exit %d\n%s", code, stderr)
	}
}
