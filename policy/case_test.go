package policy

import (
	"strings"
	"testing"
)

// A file of cases tests a policy as a person thinks of it.
func TestCase(t *testing.T) {
	yes := true
	p := compile(t, Default())
	for _, tt := range []struct {
		name string
		c    Case
		want string // the problem; "" = passed
	}{
		{"an old wheel", Case{File: wheelName, Want: Allow}, ""},
		{"a young wheel", Case{File: wheelName, Uploaded: "3h", Want: Block, WantCode: "cooldown", WantOlder: &yes}, ""},
		{"of a day", Case{File: wheelName, Uploaded: "2026-11-22", Want: Block}, ""},
		{"never uploaded, seen now", Case{File: wheelName, Uploaded: "unknown", Want: Block}, ""},
		{"never uploaded, seen before", Case{File: wheelName, Uploaded: "unknown", FirstSeen: "3d", Want: Allow}, ""},
		{"at another time", Case{File: wheelName, Uploaded: "2026-11-22", At: Expiry(now.Add(10 * day)), Want: Allow}, ""},
		{"a malicious finding", Case{File: wheelName, Findings: []string{"exfil:100@import"}, Want: Block, WantCode: "malicious"}, ""},
		{"a level", Case{File: wheelName, Level: "suspicious", Want: Warn}, ""},
		{"a fact", Case{File: wheelName, Findings: []string{"exfil"}, Want: Allow}, ""},
		{"a gap", Case{File: wheelName, Gaps: []string{"limit"}, Want: Block, WantCode: "gap"}, ""},
		{"a hazard", Case{File: wheelName, Hazards: []string{"tar-link"}, Want: Block, WantCode: "hazard"}, ""},
		{"not scanned", Case{File: wheelName, Hazards: []string{"tar-link"}, Unscanned: true, Want: Allow}, ""},
		{"yanked", Case{File: wheelName, Yanked: true, Want: Warn}, ""},
		{"status", Case{File: wheelName, Status: "quarantined", Want: Block}, ""},
		{"no hash", Case{File: wheelName, SHA256: "none", Want: Block, WantCode: "unhashed"}, ""},
		{"a hash", Case{File: wheelName, SHA256: "sha256:" + demoHash, Want: Allow}, ""},
		{"a name that is not understood", Case{File: "what is this", Project: "demo", Want: Block, WantCode: "unknown-file"}, ""},
		{"a wheel that suits", Case{File: sdistName, Release: []string{nativeName}, Client: "pip/26.3", Python: "3.12", System: "linux", Machine: "x86_64",
			Libc: "glibc/2.36", Want: Block, WantCode: "prefer-wheel"}, ""},
		{"a wheel that does not", Case{File: sdistName, Release: []string{nativeName}, Client: "pip/26.3", Python: "3.11", System: "linux", Machine: "x86_64",
			Libc: "glibc/2.36", Want: Warn, WantCode: "source-install"}, ""},
		{"another action", Case{File: wheelName, Want: Block}, "want block, got allow"},
		{"another code", Case{File: sdistName, Want: Warn, WantCode: "yanked", WantOlder: &yes},
			`want code "yanked", got "source-install"; want older true, got false; because installing this sdist`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := tt.c.Run(p, now)
			if err != nil {
				t.Fatal(err)
			}
			if r.Passed() != (tt.want == "") || !strings.HasPrefix(r.Problem, tt.want) {
				t.Errorf("problem %q, want %q", r.Problem, tt.want)
			}
			if len(r.Decision.Trace) == 0 {
				t.Error("no trace")
			}
		})
	}
}

// A case that makes no sense is an error and passes nothing.
func TestCaseErrors(t *testing.T) {
	p := compile(t, Default())
	for _, tt := range []struct {
		c    Case
		want string
	}{
		{Case{File: "what is this"}, "name the project"},
		{Case{Name: "a", File: wheelName, Project: "?"}, `case "a"`},
		{Case{File: wheelName, Uploaded: "yesterday"}, "uploaded:"},
		{Case{File: wheelName, FirstSeen: "yesterday"}, "first_seen:"},
		{Case{File: wheelName, Release: []string{"x"}}, "release:"},
		{Case{File: wheelName, Level: "bad"}, "unknown level"},
		{Case{File: wheelName, Findings: []string{"x:heavy"}}, `finding "x:heavy"`},
	} {
		if r, err := tt.c.Run(p, now); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, %v; want %q", r.Decision.Action, err, tt.want)
		}
	}
}
