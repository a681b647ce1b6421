package policy

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each thing that makes no sense is said, with its key and what would.
func TestCompileProblems(t *testing.T) {
	demo := []string{"demo"}
	for _, tt := range []struct {
		name   string
		config Config
		want   string // of the message
	}{
		{"mode", with(func(c *Config) { c.Mode = 9 }), "policy.mode (default): unknown mode: want enforce, warn or audit"},
		{"action", with(func(c *Config) { c.Yanked = 9 }), "policy.yanked (default): unknown action: want block, warn or allow"},
		{"action of an id", with(func(c *Config) { c.Gaps["x"] = 9 }), "policy.gaps.x (default): unknown action"},
		{"negative cooldown", with(func(c *Config) { c.Cooldown.Period = -1 }), "policy.cooldown.period (default): is negative"},
		{"pattern", with(func(c *Config) { c.Cooldown.Exempt = []string{"de[mo"} }), `policy.cooldown.exempt (default): "de[mo" is not a pattern`},
		{"denied nothing", with(func(c *Config) { c.Denylist = []string{"==1"} }), `policy.denylist (default): "==1" names no project`},
		{"denied by a bad version", with(func(c *Config) { c.Denylist = []string{"demo==one"} }), `"==one" is not a version specifier`},
		{"denied by a bad pattern", with(func(c *Config) { c.Denylist = []string{"[demo==1"} }), `"[demo" is not a pattern`},
		{"denied by a bad hash", with(func(c *Config) { c.Denylist = []string{"sha256:abc"} }), `"abc" is not a SHA-256: want 64 hex digits`},
		{"allowed by a bad hash", with(func(c *Config) { c.Allowlist = []string{"sha256:abc"} }), "policy.allowlist (default)"},
		{"reserved by a bad pattern", with(func(c *Config) { c.Reserved = []Reservation{{"corp", []string{"[x"}}} }), "upstream.index.reserved (default)"},
		{"unknown hazard", with(func(c *Config) { c.Hazards["tar-lnk"] = Warn; c.Known.Gaps = []string{"tar-link"} }),
			`policy.hazards.tar-lnk (default): no such id: "tar-lnk"; did you mean "tar-link"?`},
		{"default is no finding", with(func(c *Config) { c.Findings[DefaultKey] = Warn; c.Known.Findings = []string{"exfil"} }),
			`policy.findings.default (default): no such id: "default"`},

		{"no condition", rules(Rule{Action: Allow}), `rule[0] (default): has no condition, so it would match every file; if you mean that, say project = "*"`},
		{"two of a name", rules(Rule{Name: "a", Project: demo}, Rule{Name: "a", Project: demo}), `rule[1].name (default): "a" is also the name of rule[0]`},
		{"rule with a bad action", rules(Rule{Project: demo, Action: 9}), "rule[0].action (default): unknown action"},
		{"rule with a bad version", rules(Rule{Version: "1.0"}), `rule[0].version (default): "1.0" is not a version specifier`},
		{"rule with a bad kind", rules(Rule{Kind: []string{"weel"}}), `rule[0].kind (default): unknown value "weel": want one of wheel, sdist, egg, installer, unknown; did you mean "wheel"?`},
		{"rule with a bad level", rules(Rule{Level: []string{"unknown"}}), `unknown value "unknown": want one of clean, suspicious, malicious`},
		{"rule with a bad behaviour", rules(Rule{Behaviour: []string{"mining"}}), "want one of command-execution, information-stealing, file-operation, code-execution, remote-control"},
		{"rule with a bad stage", rules(Rule{Stage: []string{"install"}}), "want one of build, start, import, entry, call"},
		{"rule with a bad hash", rules(Rule{SHA256: []string{"x"}}), `"x" is not a SHA-256`},
		{"rule with a bad pattern", rules(Rule{Client: []string{`a\`}}), `"a\\" is not a pattern`},
		{"rule with an unknown gap", with(func(c *Config) { c.Rules = []Rule{{Gap: []string{"x"}}}; c.Known.Gaps = []string{"tar-link"} }), `rule[0].gap (default): no such id: "x"`},
		{"a bad code", rules(Rule{Project: demo, Action: Allow, Waives: []string{"cooldwn"}}), `did you mean "cooldown"?`},
		{"block waives nothing", rules(Rule{Project: demo, Waives: []string{"cooldown"}}), "rule[0].waives (default): a rule that blocks waives nothing"},
		{"ages that never meet", rules(Rule{OlderThan: Duration(2 * day), YoungerThan: Duration(day)}), "never matches: nothing is older than 48h and younger than 24h"},
		{"negative age", rules(Rule{OlderThan: -1}), "an age is negative"},
		{"too many rules", rules(make([]Rule, maxRules+1)...), "10001 rules; want at most 10000"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Compile(tt.config)
			var one *ConfigError
			if p != nil || !errors.As(err, &one) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got policy %v, error %v; want %q", p != nil, err, tt.want)
			}
		})
	}
}

// All problems are told at once, with the lines where the settings stand.
func TestCompileTellsAll(t *testing.T) {
	c := with(func(c *Config) {
		c.Denylist = []string{"==1", "sha256:z"}
		c.Rules = []Rule{{}, {Kind: []string{"x"}}}
		c.Origins = map[string]Origin{"policy.denylist": {Source: "p.toml", Line: 4}, "rule[1].kind": {Source: "p.toml", Line: 9}}
	})
	_, err := Compile(c)
	want := `policy.denylist (line 4): "==1" names no project: want "name", "name==1.0" or "sha256:<digest>"
policy.denylist (line 4): "z" is not a SHA-256: want 64 hex digits
rule[0] (default): has no condition, so it would match every file; if you mean that, say project = "*"
rule[1].kind (line 9): unknown value "x": want one of wheel, sdist, egg, installer, unknown
rule[1] (default): has no condition, so it would match every file; if you mean that, say project = "*"`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

// The revision changes with what the policy means, and with nothing else.
func TestRevision(t *testing.T) {
	base := compile(t, Default()).Revision()
	if len(base) != 32 {
		t.Errorf("revision %q", base)
	}
	for name, change := range map[string]func(*Config){
		"where a setting stands": func(c *Config) { c.Origins = map[string]Origin{"policy.mode": {Line: 3}} },
		"ids that are known":     func(c *Config) { c.Known.Gaps = []string{"x", "compressed-trailing-bytes"} },
	} {
		if got := compile(t, with(change)).Revision(); got != base {
			t.Errorf("%s changes the revision", name)
		}
	}
	seen := map[string]string{base: "default"}
	for name, change := range map[string]func(*Config){
		"mode":     func(c *Config) { c.Mode = Audit },
		"cooldown": func(c *Config) { c.Cooldown.Period++ },
		"hazard":   func(c *Config) { c.Hazards["x"] = Warn },
		"gap":      func(c *Config) { c.Gaps["x"] = Warn },
		"rule":     func(c *Config) { c.Rules = []Rule{{Project: []string{"x"}}} },
		"reason":   func(c *Config) { c.Rules = []Rule{{Project: []string{"x"}, Reason: "y"}} },
		"expires":  func(c *Config) { c.Rules = []Rule{{Project: []string{"x"}, Expires: Expiry(now)}} },
		"later":    func(c *Config) { c.Rules = []Rule{{Project: []string{"x"}, Expires: Expiry(now.Add(1))}} },
		"order":    func(c *Config) { c.Rules = []Rule{{Project: []string{"x"}}, {Project: []string{"y"}}} },
		"reorder":  func(c *Config) { c.Rules = []Rule{{Project: []string{"y"}}, {Project: []string{"x"}}} },
		"reserved": func(c *Config) { c.Reserved = []Reservation{{"corp", []string{"x"}}} },
		"deny":     func(c *Config) { c.Denylist = []string{"x"} },
		"allow":    func(c *Config) { c.Allowlist = []string{"x"} },
	} {
		got := compile(t, with(change)).Revision()
		if other, ok := seen[got]; ok {
			t.Errorf("%s has the revision of %s", name, other)
		}
		seen[got] = name
	}
}

// What is valid and probably not meant is noted.
func TestNotes(t *testing.T) {
	demo := []string{"demo"}
	p := compile(t, with(func(c *Config) {
		c.Mode = WarnOnly
		c.Allowlist = demo
		c.Rules = []Rule{
			{Name: "over", Project: demo, Action: Allow, Reason: "x", Expires: Expiry(now)},
			{Name: "soon", Project: demo, Action: Allow, Reason: "x", Expires: Expiry(now.Add(day))},
			{Name: "fine", Project: demo, Action: Allow, Reason: "x", Expires: Expiry(now.Add(100 * day))},
			{Name: "mute", Project: demo, Action: Warn},
			{Name: "block", Project: demo, Action: Block},
			{Name: "all", Project: []string{"*"}, Action: Allow, Reason: "x"},
			{Name: "never", Project: demo, Action: Block},
		}
	}))
	var got []string
	for _, n := range p.Notes(now) {
		got = append(got, n.String())
	}
	want := []string{
		`rule[0] "over" (default): expired on 2026-11-22T18:00:00Z and no longer matches`,
		`rule[1] "soon" (default): expires on 2026-11-23T18:00:00Z`,
		`rule[3] "mute" (default): lets through without a reason; say why, and until when (expires)`,
		`rule[6] "never" (default): is never reached: rule[5] "all" matches every file`,
		`policy.mode (default): is warn: nothing is refused but what cannot be scanned`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if notes := compile(t, Default()).Notes(now); notes != nil {
		t.Errorf("the default has notes: %v", notes)
	}
}
