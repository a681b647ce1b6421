package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSize(t *testing.T) {
	for in, want := range map[string]Size{
		"0": 0, "0B": 0, "1B": 1, "10GB": 10e9, "512MiB": 512 * MiB, "1 TiB": TiB, "3kb": 3000, "8191PiB": -1, "7TB": 7e12, "16 gib": 16 * GiB,
	} {
		got, err := ParseSize(in)
		if (err != nil) != (want < 0) || err == nil && got != want {
			t.Errorf("%q: got %d, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "10", "GB", "1.5GB", "-1GB", "10 G B", "99999999999999999999GB", "9999999999TiB", "1e3B"} {
		if s, err := ParseSize(in); err == nil {
			t.Errorf("%q is taken for %d", in, s)
		}
	}
	for in, want := range map[Size]string{0: "0", -5: "0", 1: "1B", 1000: "1kB", 1024: "1KiB", 20 * GiB: "20GiB", 10e9: "10GB", 1025: "1025B"} {
		if got := in.String(); got != want {
			t.Errorf("%d: got %q, want %q", int64(in), got, want)
		}
	}
}

// Tests of policies come from a file that is read as strictly.
func TestCases(t *testing.T) {
	cases, err := ParseCases("cases.toml", `
[[case]]
name = "young"
file = "demo-1.0-py3-none-any.whl"
uploaded = "3h"
want = "block"
want_code = "cooldown"
want_older = true
at = 2026-11-22
`)
	if err != nil || len(cases) != 1 || cases[0].WantOlder == nil || !*cases[0].WantOlder {
		t.Fatalf("got %+v, %v", cases, err)
	}
	p, err := Default().Compile()
	if err != nil {
		t.Fatal(err)
	}
	if r, err := cases[0].Run(p, time.Now()); err != nil || !r.Passed() {
		t.Errorf("got %q, %v", r.Problem, err)
	}
	for text, want := range map[string]string{
		"":                                   "cases.toml: holds no [[case]]",
		"[[case]]\nfile='x'":                 "cases.toml:1: case[0].want: is missing",
		"[[case]]\nfile='x'\nwant='deny'":    `cases.toml:3: case[0].want: unknown action "deny"`,
		"[[case]]\nfle='x'\nwant='block'":    "cases.toml:2: case[0].fle: unknown key; did you mean case[0].file?",
		"[[case]]\nfile='x'\nwant_older='y'": `case[0].want_older: want true or false, got the string "y"`,
	} {
		if _, err := ParseCases("cases.toml", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	if _, err := LoadCases(filepath.Join(t.TempDir(), "no")); err == nil {
		t.Error("a file that is not there holds cases")
	}
	path := filepath.Join(t.TempDir(), "c.toml")
	if err := os.WriteFile(path, []byte("[[case]]\nfile='x'\nwant='block'"), 0o600); err != nil {
		t.Fatal(err)
	}
	if cases, err := LoadCases(path); err != nil || len(cases) != 1 {
		t.Errorf("got %v, %v", cases, err)
	}
}

// What only some files hold: tables written inline, and long texts cut short.
func TestOddFiles(t *testing.T) {
	c := parse(t, "rule = [{ project = 'a', action = 'warn' }]\n")
	if len(c.Rules) != 1 || c.Origin("rule[0].action").Line != 1 {
		t.Errorf("got %+v", c.Rules)
	}
	long := strings.Repeat("x", 2*maxShown)
	if got := refused(t, Loader{}, "[log]\nlevel = 7\nformat = '"+long+"'"); len(got) > 400 {
		t.Errorf("the message has %d bytes", len(got))
	}
	many := strings.Repeat("[[upstream.index]]\nname='a'\nurl='http://x.invalid/'\n", maxIndexes+1)
	if got := refused(t, Loader{}, many); !strings.Contains(got, "want at most 100 indexes") {
		t.Errorf("got %q", got)
	}
}
