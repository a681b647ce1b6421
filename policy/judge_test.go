package policy

import (
	"strings"
	"testing"

	"pipwarden/scan"
)

// What the settings say of a report.
func TestJudge(t *testing.T) {
	hazard := scan.Gap{ID: "tar-link", Hazard: true, Path: []string{"demo-1.0/x"}, Detail: "link to \x1b[31m"}
	gap := scan.Gap{ID: "limit-members", Detail: "more than 100000"}
	odd := func(r *scan.Report, change func(*scan.Report)) *scan.Report { change(r); return r }
	for _, tt := range []struct {
		name   string
		config Config
		file   *Subject
		report *scan.Report
		want   Action
		codes  string
	}{
		{"a clean wheel is served", Default(), wheel(t), clean(), Allow, ""},
		{"what little was found does not matter", Default(), wheel(t), report(found("host", 5)), Allow, ""},
		{"a suspicious wheel warns", Default(), wheel(t), report(found("exfil", 60)), Warn, "suspicious"},
		{"a malicious wheel is refused", Default(), wheel(t), report(found("exfil", 100)), Block, "malicious"},
		{"a level without findings counts as well", Default(), wheel(t), odd(clean(), func(r *scan.Report) { r.Level = scan.LevelMalicious }), Block, "malicious"},
		{"malicious can warn", with(func(c *Config) { c.Levels.Malicious = Warn }), wheel(t), report(found("exfil", 100)), Warn, "malicious"},
		{"suspicious can be refused", with(func(c *Config) { c.Levels.Suspicious = Block }), wheel(t), report(found("exfil", 60)), Block, "suspicious"},

		{"without report it is refused", Default(), wheel(t), nil, Block, "not-scanned"},
		{"a report without level is none", Default(), wheel(t), &scan.Report{}, Block, "not-scanned"},
		{"nor is one with a level that is none", Default(), wheel(t), &scan.Report{Level: 9}, Block, "not-scanned"},
		{"nor one of another name", Default(), wheel(t), odd(clean(), func(r *scan.Report) { r.Filename = sdistName }), Block, "not-scanned"},
		{"nor one of another file", Default(), wheel(t), odd(clean(), func(r *scan.Report) { r.SHA256 = otherHash }), Block, "not-scanned"},
		{"what is known before counts too", Default(), wheel(t).uploaded(0), nil, Block, "cooldown not-scanned"},
		{"no mode serves what was not scanned", with(func(c *Config) { c.Mode = Audit }), wheel(t), nil, Block, "not-scanned"},

		{"a clean sdist warns", Default(), sdist(t), clean(), Warn, "source-install"},
		{"a suspicious sdist is refused", Default(), sdist(t), report(found("setup-exec", 60)), Block, "source-not-clean source-install suspicious"},
		{"unless that is switched off", with(func(c *Config) { c.SourceNeedsClean = false }), sdist(t), report(found("setup-exec", 60)), Warn, "source-install suspicious"},

		{"an archive trick is refused", Default(), wheel(t), withGaps(clean(), hazard), Block, "hazard"},
		{"by its id it can warn", with(func(c *Config) { c.Hazards["tar-link"] = Warn }), wheel(t), withGaps(clean(), hazard), Warn, "hazard"},
		{"another id stays as it was", with(func(c *Config) { c.Hazards["tar-sparse"] = Warn }), wheel(t), withGaps(clean(), hazard), Block, "hazard"},
		{"hazards are no gaps", with(func(c *Config) { c.Gaps["tar-link"] = Allow }), wheel(t), withGaps(clean(), hazard), Block, "hazard"},
		{"all may be allowed", with(func(c *Config) { c.Hazards = map[string]Action{DefaultKey: Allow} }), wheel(t), withGaps(clean(), hazard), Allow, ""},
		{"what is not set is refused", with(func(c *Config) { c.Hazards = nil }), wheel(t), withGaps(clean(), hazard), Block, "hazard"},
		{"a gap is refused", Default(), wheel(t), withGaps(clean(), gap), Block, "gap"},
		{"by its id it can be allowed", with(func(c *Config) { c.Gaps["limit-members"] = Allow }), wheel(t), withGaps(clean(), gap), Allow, ""},
		{"one reason for all gaps of an id", Default(), wheel(t), withGaps(clean(), gap, hazard, gap, gap), Block, "hazard gap"},
		{"a gap without id is a gap", Default(), wheel(t), withGaps(clean(), scan.Gap{}), Block, "gap"},

		{"a finding can be refused whatever it weighs", with(func(c *Config) { c.Findings["pth-code"] = Block }), wheel(t),
			report(found("pth-code", 0), found("other", 5), found("pth-code", 5)), Block, "finding"},
		{"another finding is not", with(func(c *Config) { c.Findings["pth-code"] = Block }), wheel(t), report(found("other", 5)), Allow, ""},

		{"compiled code where none is promised can be refused", with(func(c *Config) { c.NativeFiles = Block }), wheel(t),
			odd(clean(), func(r *scan.Report) { r.Capabilities = []string{CapabilityNative} }), Block, "native"},
		{"it is said once", with(func(c *Config) { c.NativeFiles = Block }), file(t, nativeName),
			odd(clean(), func(r *scan.Report) { r.Capabilities = []string{CapabilityNative} }), Block, "native"},

		{"the index gives no hash, the report does: denied", with(func(c *Config) { c.Unhashed, c.Denylist = Allow, []string{"sha256:" + demoHash} }),
			func() *Subject { s := wheel(t); s.File.Hashes = nil; return s }(), clean(), Block, "denied"},
		{"cooldown and malicious: malicious is the reason, and no older release is looked for", Default(), wheel(t).uploaded(0),
			report(found("exfil", 100)), Block, "malicious cooldown"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := compile(t, tt.config)
			d := p.Judge(tt.file, tt.report, now)
			check(t, d, tt.want, tt.codes)
			if d.Older && strings.HasPrefix(tt.codes, "malicious") {
				t.Error("an older release is looked for")
			}
			if d.Pending {
				t.Error("a judged file is pending")
			}
		})
	}
}

// A reason says what was found, by which rule and where, and lets no byte of the
// package reach the status line as it is.
func TestReasonText(t *testing.T) {
	bad := found("exfil-env", 100)
	bad.Message = "sends the environment to \x1b[31m\r\nevil\u202e " + strings.Repeat("é", 200)
	bad.Path = []string{"demo/\u202e__init__.py\n"}
	s := wheel(t).uploaded(0)
	s.File.Yanked, s.File.YankedReason = true, strings.Repeat("\r\n", 400)
	s.Status.State, s.Status.Reason = "odd\nstate that is very long indeed, longer than it should be", strings.Repeat("ü", 300)
	d := compile(t, Default()).Judge(s, report(bad), now)
	sound(t, d)
	text := d.Reason().Text
	for _, want := range []string{"malicious", "exfil-env", `\x1b[31m\r\n`, `\u202e`} {
		if !strings.Contains(text, want) {
			t.Errorf("%q lacks %q", text, want)
		}
	}
	cool := compile(t, Default()).Screen(wheel(t).uploaded(0), now).Reason().Text
	want := "uploaded 2026-11-22 18:00 UTC; this policy waits 48h, until 2026-11-24 18:00 UTC; an older release will do, or add a waiver"
	if cool != want {
		t.Errorf("got %q, want %q", cool, want)
	}
}

// The heaviest finding is quoted, wherever it stands.
func TestTopFinding(t *testing.T) {
	light, heavy := found("light", 5), found("heavy", 100)
	heavy.Path, heavy.Line = nil, 0
	heavy.Rule = "Not an id"
	d := compile(t, Default()).Judge(wheel(t), report(light, heavy), now)
	if text := d.Reason().Text; !strings.Contains(text, `(rule "Not an id")`) {
		t.Errorf("got %q", text)
	}
	heavy.Rule = ""
	d = compile(t, Default()).Judge(wheel(t), report(heavy), now)
	if text := d.Reason().Text; !strings.Contains(text, `(rule "")`) {
		t.Errorf("got %q", text)
	}
}

// The modes for the whole put less into effect and hide nothing.
func TestMode(t *testing.T) {
	for _, tt := range []struct {
		mode   Mode
		report *scan.Report
		want   Action
		noted  Mode
	}{
		{Enforce, report(found("exfil", 100)), Block, Enforce},
		{WarnOnly, report(found("exfil", 100)), Warn, WarnOnly},
		{Audit, report(found("exfil", 100)), Allow, Audit},
		{WarnOnly, report(found("exfil", 60)), Warn, Enforce},
		{Audit, report(found("exfil", 60)), Allow, Audit},
		{Audit, clean(), Allow, Enforce},
	} {
		p := compile(t, with(func(c *Config) { c.Mode = tt.mode }))
		d := p.Judge(wheel(t), tt.report, now)
		if d.Action != tt.want || d.Mode != tt.noted || (len(d.Reasons) == 0) != (tt.report.Score == 0 && len(tt.report.Findings) == 0) {
			t.Errorf("mode %s, level %s: got %s, noted %s, %q", tt.mode, tt.report.Level, d.Action, d.Mode, codes(d))
		}
		if p.Mode() != tt.mode {
			t.Errorf("mode %s, want %s", p.Mode(), tt.mode)
		}
		sound(t, d)
	}
	p := compile(t, with(func(c *Config) { c.Mode = Audit }))
	if d := p.Screen(wheel(t).uploaded(0), now); d.Action != Allow || d.Older || codes(d) != "cooldown" {
		t.Errorf("audit: got %s, older %t, %q", d.Action, d.Older, codes(d))
	}
}
