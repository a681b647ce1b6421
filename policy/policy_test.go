package policy

import (
	"strings"
	"testing"
	"time"

	"pipwarden/pypi"
	"pipwarden/scan"
)

// now is the moment of every question in these tests.
var now = time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)

const (
	demoHash  = "1111111111111111111111111111111111111111111111111111111111111111"
	otherHash = "2222222222222222222222222222222222222222222222222222222222222222"
)

// file is a year-old file of demo 1.0 on the index "main", asked for by a pip
// on Linux.
func file(t testing.TB, name string) *Subject {
	t.Helper()
	f, err := pypi.ParseFilename(name, "demo")
	if err != nil {
		t.Fatal(err)
	}
	return &Subject{
		Index: "main", Project: "demo", Filename: f,
		File: &pypi.File{
			Filename: name, Parsed: f, Hashes: pypi.Hashes{"sha256": demoHash}, UploadTime: now.Add(-365 * day),
		},
		FirstSeen: now.Add(-time.Hour),
		Client: pypi.Client{
			Tool: "pip", ToolVersion: "26.3", Python: "3.12.1", Implementation: "cpython",
			System: "linux", Machine: "x86_64", Libc: "glibc", LibcVersion: "2.36",
		},
	}
}

const (
	wheelName  = "demo-1.0-py3-none-any.whl"
	nativeName = "demo-1.0-cp312-cp312-manylinux_2_17_x86_64.whl"
	sdistName  = "demo-1.0.tar.gz"
)

func wheel(t testing.TB) *Subject { return file(t, wheelName) }
func sdist(t testing.TB) *Subject { return file(t, sdistName) }

// release makes the file one of a release with others.
func (s *Subject) release(t testing.TB, names ...string) *Subject {
	t.Helper()
	for _, name := range names {
		other := file(t, name)
		other.File.RequiresPython = s.File.RequiresPython
		s.Release = append(s.Release, other.File)
	}
	return s
}

// uploaded makes the file that old.
func (s *Subject) uploaded(ago time.Duration) *Subject {
	s.File.UploadTime = now.Add(-ago)
	return s
}

// clean is a report that found nothing.
func clean() *scan.Report { return report() }

// report is one with findings, and the level that follows from them.
func report(findings ...scan.Finding) *scan.Report {
	return &scan.Report{Schema: scan.Schema, SHA256: demoHash, Level: scan.LevelOf(findings), Findings: findings}
}

func found(rule string, weight int) scan.Finding {
	return scan.Finding{Rule: rule, Path: []string{"demo/__init__.py"}, Line: 3, Message: "sends the environment to a host", Weight: weight,
		Stage: scan.StageImport, Behaviours: []scan.Behaviour{scan.InformationStealing}}
}

func withGaps(r *scan.Report, gaps ...scan.Gap) *scan.Report {
	r.Gaps = gaps
	return r
}

// with is the default policy with changes.
func with(change func(*Config)) Config {
	c := Default()
	change(&c)
	return c
}

// rules is the default policy with rules.
func rules(list ...Rule) Config { return with(func(c *Config) { c.Rules = list }) }

func compile(t testing.TB, c Config) *Policy {
	t.Helper()
	p, err := Compile(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// codes are the codes of the reasons, in order.
func codes(d Decision) string {
	var out []string
	for _, r := range d.Reasons {
		out = append(out, r.Code)
	}
	return strings.Join(out, " ")
}

// check compares a decision, and holds what every decision has to hold.
func check(t *testing.T, d Decision, action Action, wantCodes string) {
	t.Helper()
	if d.Action != action || codes(d) != wantCodes {
		t.Errorf("got %s %q, want %s %q", d.Action, codes(d), action, wantCodes)
	}
	sound(t, d)
}

// sound holds what every decision has to hold.
func sound(t *testing.T, d Decision) {
	t.Helper()
	if d.Action != Allow && len(d.Reasons) == 0 {
		t.Error("a decision that is not allow gives no reason")
	}
	if (d.Older || d.Hidden) && d.Action != Block {
		t.Errorf("older %t, hidden %t with action %s", d.Older, d.Hidden, d.Action)
	}
	if d.Waiver != "" && d.Action == Block {
		t.Errorf("the waiver %s let a blocked file through", d.Waiver)
	}
	for _, r := range d.Reasons {
		if r.Text == "" || len(r.Text) > MaxText || !isPlain(r.Text) {
			t.Errorf("reason %s: text %q has %d bytes; want printable ASCII, 1 to %d bytes", r.Code, r.Text, len(r.Text), MaxText)
		}
		if strings.Trim(r.Code, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || r.Code == "" {
			t.Errorf("code %q is not kebab-case", r.Code)
		}
	}
}
