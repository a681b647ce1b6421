package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pipwarden/scan"
)

func trace(d Decision) string {
	var b strings.Builder
	for _, s := range d.Trace {
		b.WriteString(s.String() + "\n")
	}
	return b.String()
}

// The whole way to a decision, as `pipwarden policy explain` prints it.
func TestExplain(t *testing.T) {
	c := rules(
		Rule{Name: "old", Project: []string{"flask"}, Action: Allow},
		Rule{Name: "done", Project: []string{"demo"}, Action: Allow, Expires: Expiry(now.Add(-day))},
		Rule{Name: "young", Project: []string{"demo"}, Action: Warn, Waives: []string{"cooldown"}, Reason: "we wrote it"},
		Rule{Finding: []string{"dropper"}, Action: Block},
	)
	c.Origins = map[string]Origin{
		"policy.cooldown.period": {Source: "policy.toml", Line: 7}, "rule[0]": {Source: "policy.toml", Line: 20},
		"rule[1]": {Source: "policy.toml", Line: 30}, "policy.source_installs": {Source: "PIPWARDEN_POLICY_SOURCE_INSTALLS"},
	}
	p := compile(t, c)
	want := `upstream.index.reserved (default): silent: the name is not reserved to another index than "main"
policy.denylist (default): silent: none of 0 entries names the file
policy.only (default): silent: empty: every project may be asked for
policy.status (default): silent: the project is active
policy.unhashed (default): silent: the index gives a sha256
policy.unknown_files (default): silent: the file is of kind sdist
policy.yanked (default): silent: the file is not yanked
policy.source_installs (PIPWARDEN_POLICY_SOURCE_INSTALLS): warn: installing this sdist runs the package's own build code
policy.prefer_wheel (default): silent: no wheel of this release suits the client, or it did not say enough
policy.native_files (default): silent: the file name promises no compiled code
policy.cooldown.period (line 7): block: uploaded 2026-11-22 18:00 UTC; this policy waits 48h, until 2026-11-24 18:00 UTC; an older release will do, or add a waiver
policy.levels (default): silent: the report is clean, score 0
policy.source_needs_clean (default): silent: the report is clean
policy.gaps (default): silent: all of the file was scanned
policy.findings (default): silent: empty
policy.native_files (default): silent: the report names no compiled code
rule[0] "old" (line 20): no match: project is "demo"
rule[1] "done" (line 30): expired: since 2026-11-21 18:00 UTC
rule[2] "young" (default): warn: all conditions hold; lifts cooldown
rule[3] (default): no match: finding, behaviour, stage not in the report: clean, 0 findings, 0 gaps
decision: warn: rule: let through with a warning by rule[2] "young": we wrote it
`
	if diff := cmp.Diff(want, trace(p.ExplainJudge(sdist(t).uploaded(0), clean(), now))); diff != "" {
		t.Error(diff)
	}
	screened := trace(p.ExplainScreen(sdist(t).uploaded(0), now))
	for _, line := range []string{"rule[3] (default): not yet: finding, behaviour, stage needs the report\n", "decision: warn: before the scan: rule:"} {
		if !strings.Contains(screened, line) {
			t.Errorf("the trace lacks %q:\n%s", line, screened)
		}
	}
	if d := p.ExplainJudge(sdist(t), nil, now); !strings.Contains(trace(d), "report (default): block: the file was not scanned") {
		t.Errorf("the trace does not say that there is no report:\n%s", trace(d))
	}
}

// A trace changes no decision, and each way of a rule has its line.
func TestExplainOutcomes(t *testing.T) {
	one := func(r Rule) Config { return rules(r) }
	for _, tt := range []struct {
		name   string
		config Config
		report *scan.Report
		want   string
	}{
		{"version", one(Rule{Version: "==2", Action: Block}), clean(), `no match: version "1.0" is not in "==2"`},
		{"kind", one(Rule{Kind: []string{"egg"}, Action: Block}), clean(), "no match: kind is wheel"},
		{"index", one(Rule{Index: []string{"x"}, Action: Block}), clean(), `no match: index is "main"`},
		{"client", one(Rule{Client: []string{"uv"}, Action: Block}), clean(), `no match: client is "pip/26.3"`},
		{"sha256", one(Rule{SHA256: []string{otherHash}, Action: Block}), clean(), "no match: sha256 is"},
		{"older", one(Rule{OlderThan: Duration(1000 * day), Action: Block}), clean(), "no match: older_than not before 2028-08-18 18:00 UTC"},
		{"younger", one(Rule{YoungerThan: Duration(day), Action: Block}), clean(), "no match: younger_than not since 2025-11-23 18:00 UTC"},
		{"level", one(Rule{Level: []string{"malicious"}, Action: Block}), clean(), "no match: level not in the report: clean"},
		{"gap", one(Rule{Gap: []string{"x"}, Action: Block}), clean(), "no match: gap not in the report"},
		{"block", one(Rule{Project: []string{"*"}, Action: Block}), clean(), "rule[0] (default): block: all conditions hold"},
		{"allow", one(Rule{Project: []string{"*"}, Action: Allow}), clean(), "allow: all conditions hold; lifts nothing"},
		{"allowlist", with(func(c *Config) { c.Allowlist = []string{"flask"} }), clean(), "policy.allowlist (default): no match: allowlist does not name the project"},
		{"exempt", with(func(c *Config) { c.Cooldown.Exempt = []string{"demo"} }), clean(), "policy.cooldown.exempt (default): silent"},
		{"off", with(func(c *Config) { c.Cooldown.Period = 0 }), clean(), "0: no cooldown"},
		{"mode", with(func(c *Config) { c.Mode = Audit }), clean(), "policy.mode (default): silent: audit changes nothing here"},
		{"mode that softens", with(func(c *Config) { c.Mode = WarnOnly }), report(found("x", 100)), "policy.mode (default): warn: mode warn: the decision would be block"},
		{"an action of allow", with(func(c *Config) { c.Levels.Malicious = Allow }), report(found("x", 100)), "policy.levels.malicious (default): allow: malicious"},
		{"finding", with(func(c *Config) { c.Findings["y"] = Block }), report(found("x", 1)), "policy.findings (default): silent: none of 1 findings is named"},
		{"nothing", Default(), clean(), "decision: allow: nothing speaks against it"},
		{"only", with(func(c *Config) { c.Only = []string{"demo"} }), clean(), "policy.only (default): silent: the list names the file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := compile(t, tt.config)
			d := p.ExplainJudge(wheel(t), tt.report, now)
			if text := trace(d); !strings.Contains(text, tt.want) {
				t.Errorf("the trace lacks %q:\n%s", tt.want, text)
			}
			if plain := p.Judge(wheel(t), tt.report, now); !same(plain, d) {
				t.Errorf("explained, the decision is another one: %s, not %s", d.Action, plain.Action)
			}
		})
	}
	p := compile(t, rules(Rule{Level: []string{"clean"}, Action: Allow}, Rule{Project: []string{"*"}, Action: Block}))
	if text := trace(p.ExplainScreen(wheel(t), now)); !strings.Contains(text, "rule[1] (default): not yet: blocks, unless a rule above matches after the scan") {
		t.Errorf("got %s", text)
	}
}
