package policy

import (
	"testing"
	"time"

	"pipwarden/scan"
)

// Each condition, alone, met and not met.
func TestRuleConditions(t *testing.T) {
	bad := report(found("exfil", 60))
	trick := withGaps(clean(), scan.Gap{ID: "tar-link", Hazard: true})
	for _, tt := range []struct {
		name   string
		rule   Rule // action block
		file   *Subject
		report *scan.Report
		want   bool // it matches
	}{
		{"project", Rule{Project: []string{"Demo"}}, wheel(t), clean(), true},
		{"project by pattern", Rule{Project: []string{"flask", "de_*"}}, wheel(t), clean(), false},
		{"project by letters", Rule{Project: []string{"[a-e]?mo"}}, wheel(t), clean(), true},
		{"other project", Rule{Project: []string{"flask"}}, wheel(t), clean(), false},
		{"version", Rule{Version: ">=1,<2"}, wheel(t), clean(), true},
		{"other version", Rule{Version: ">=2"}, wheel(t), clean(), false},
		{"kind", Rule{Kind: []string{"sdist", "wheel"}}, wheel(t), clean(), true},
		{"other kind", Rule{Kind: []string{"sdist", "egg", "installer", "unknown"}}, wheel(t), clean(), false},
		{"index", Rule{Index: []string{"ma*"}}, wheel(t), clean(), true},
		{"other index", Rule{Index: []string{"corp"}}, wheel(t), clean(), false},
		{"hash", Rule{SHA256: []string{demoHash}}, wheel(t), clean(), true},
		{"other hash", Rule{SHA256: []string{"sha256:" + otherHash}}, wheel(t), clean(), false},
		{"tool", Rule{Client: []string{"pip"}}, wheel(t), clean(), true},
		{"tool and version", Rule{Client: []string{"PIP/26.*"}}, wheel(t), clean(), true},
		{"other tool", Rule{Client: []string{"uv", "pip/25*"}}, wheel(t), clean(), false},
		{"older than", Rule{OlderThan: Duration(300 * day)}, wheel(t), clean(), true},
		{"not older than", Rule{OlderThan: Duration(400 * day)}, wheel(t), clean(), false},
		{"younger than", Rule{YoungerThan: Duration(400 * day)}, wheel(t), clean(), true},
		{"not younger than", Rule{YoungerThan: Duration(365 * day)}, wheel(t), clean(), false},
		{"level", Rule{Level: []string{"suspicious", "malicious"}}, wheel(t), bad, true},
		{"other level", Rule{Level: []string{"malicious"}}, wheel(t), bad, false},
		{"finding", Rule{Finding: []string{"exf*"}}, wheel(t), bad, true},
		{"other finding", Rule{Finding: []string{"pth-code"}}, wheel(t), bad, false},
		{"behaviour", Rule{Behaviour: []string{"remote-control", "information-stealing"}}, wheel(t), bad, true},
		{"other behaviour", Rule{Behaviour: []string{"remote-control"}}, wheel(t), bad, false},
		{"stage", Rule{Stage: []string{"import"}}, wheel(t), bad, true},
		{"other stage", Rule{Stage: []string{"build"}}, wheel(t), bad, false},
		{"behaviour and stage of one finding", Rule{Behaviour: []string{"information-stealing"}, Stage: []string{"build"}}, wheel(t), bad, false},
		{"gap", Rule{Gap: []string{"tar-*"}}, wheel(t), trick, true},
		{"other gap", Rule{Gap: []string{"zip-*"}}, wheel(t), trick, false},
		{"expires later", Rule{Project: []string{"*"}, Expires: Expiry(now.Add(1))}, wheel(t), clean(), true},
		{"expired", Rule{Project: []string{"*"}, Expires: Expiry(now)}, wheel(t), clean(), false},
		{"all have to hold", Rule{Project: []string{"demo"}, Kind: []string{"sdist"}}, wheel(t), clean(), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := compile(t, with(func(c *Config) {
				c.Rules = []Rule{tt.rule}
				c.Hazards[DefaultKey] = Allow
			}))
			d := p.Judge(tt.file, tt.report, now)
			if got := d.Action == Block && d.Reason().Code == CodeRule; got != tt.want {
				t.Errorf("matches %t, want %t: %s %s", got, tt.want, d.Action, codes(d))
			}
			sound(t, d)
		})
	}
}

// The first rule that matches ends the walk.
func TestRuleOrder(t *testing.T) {
	demo := []string{"demo"}
	young := func() *Subject { return wheel(t).uploaded(time.Hour) }
	for _, tt := range []struct {
		name   string
		rules  []Rule
		file   *Subject
		want   Action
		codes  string
		waiver string
	}{
		{"no rule", nil, young(), Block, "cooldown", ""},
		{"allow lifts the cooldown", []Rule{{Name: "a", Project: demo, Action: Allow}}, young(), Allow, "rule", `rule[0] "a"`},
		{"warn lifts it with a warning", []Rule{{Project: demo, Action: Warn}}, young(), Warn, "rule", `rule[0]`},
		{"warn warns where nothing was to be lifted", []Rule{{Project: demo, Action: Warn}}, wheel(t), Warn, "rule", ""},
		{"allow says nothing then", []Rule{{Project: demo, Action: Allow}}, wheel(t), Allow, "", ""},
		{"what was only a warning needs no waiver", []Rule{{Project: demo, Action: Allow}}, sdist(t), Allow, "rule", ""},
		{"block, then allow", []Rule{{Project: demo, Action: Block}, {Project: demo, Action: Allow}}, wheel(t), Block, "rule", ""},
		{"allow, then block", []Rule{{Project: demo, Action: Allow}, {Project: demo, Action: Block}}, wheel(t), Allow, "", ""},
		{"a rule that does not match is passed over", []Rule{{Project: []string{"flask"}, Action: Block}, {Project: demo, Action: Allow}}, young(), Allow, "rule", `rule[1]`},
		{"an expired waiver no longer counts", []Rule{{Project: demo, Action: Allow, Expires: Expiry(now.Add(-1))}}, young(), Block, "cooldown", ""},
		{"waives lifts what it names", []Rule{{Project: demo, Action: Allow, Waives: []string{"cooldown"}}}, young(), Allow, "rule", `rule[0]`},
		{"and nothing else", []Rule{{Project: demo, Action: Allow, Waives: []string{"cooldown"}}}, sdist(t).uploaded(0), Warn, "rule source-install", `rule[0]`},
		{"a refusal that is left hides the waiver", []Rule{{Project: demo, Action: Allow, Waives: []string{"source-install"}}}, sdist(t).uploaded(0), Block, "cooldown", ""},
		{"after waives the walk goes on", []Rule{{Project: demo, Action: Allow, Waives: []string{"cooldown"}}, {Project: demo, Action: Block}}, young(), Block, "rule", ""},
		{"and others may lift the rest", []Rule{{Project: demo, Action: Allow, Waives: []string{"cooldown"}}, {Kind: []string{"sdist"}, Project: demo, Action: Warn, Waives: []string{"source-install"}}},
			sdist(t).uploaded(0), Warn, "rule rule", `rule[0]`},
		{"the allowlist comes last", []Rule{{Project: demo, Action: Block}}, young(), Block, "rule cooldown", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := compile(t, with(func(c *Config) {
				c.Rules = tt.rules
				if tt.name == "the allowlist comes last" {
					c.Allowlist = demo
				}
			}))
			d := p.Judge(tt.file, clean(), now)
			check(t, d, tt.want, tt.codes)
			if d.Waiver != tt.waiver {
				t.Errorf("waiver %q, want %q", d.Waiver, tt.waiver)
			}
		})
	}
}

// What the scanner found is lifted only by a rule that names it.
func TestRuleEvidence(t *testing.T) {
	demo := []string{"demo"}
	malicious, suspicious := report(found("exfil", 120)), report(found("exfil", 60))
	both := report(found("exfil", 100), found("dropper", 100))
	half := report(found("exfil", 100), found("dropper", 60))
	tricks := withGaps(clean(), scan.Gap{ID: "tar-link", Hazard: true}, scan.Gap{ID: "limit-members"})
	one := withGaps(clean(), scan.Gap{ID: "tar-link", Hazard: true})
	for _, tt := range []struct {
		name   string
		rule   Rule // action allow
		change func(*Config)
		file   *Subject
		report *scan.Report
		want   Action
		codes  string
	}{
		{"a name does not lift malicious", Rule{Project: demo}, nil, wheel(t), malicious, Block, "malicious"},
		{"nor suspicious", Rule{Project: demo}, nil, wheel(t), suspicious, Warn, "suspicious"},
		{"nor a hazard", Rule{Project: demo}, nil, wheel(t), one, Block, "hazard"},
		{"nor does a version", Rule{Version: "==1.0"}, nil, wheel(t), malicious, Block, "malicious"},
		{"the hash does", Rule{SHA256: []string{demoHash}}, nil, wheel(t), malicious, Allow, "rule"},
		{"the hash lifts hazards", Rule{SHA256: []string{demoHash}}, nil, wheel(t), tricks, Allow, "rule"},
		{"the level lifts malicious", Rule{Project: demo, Level: []string{"malicious"}}, nil, wheel(t), malicious, Allow, "rule"},
		{"but no hazard", Rule{Project: demo, Level: []string{"clean"}}, nil, wheel(t), one, Block, "hazard"},
		{"waives lifts what it names", Rule{Project: demo, Waives: []string{"malicious"}}, nil, wheel(t), malicious, Allow, "rule"},
		{"waives with a hash does too", Rule{SHA256: []string{demoHash}, Waives: []string{"hazard"}}, nil, wheel(t), tricks, Block, "gap"},
		{"waives lifts hazards", Rule{Project: demo, Waives: []string{"hazard", "gap"}}, nil, wheel(t), tricks, Allow, "rule"},

		{"a finding lifts malicious", Rule{Project: demo, Finding: []string{"exfil"}}, nil, wheel(t), malicious, Allow, "rule"},
		{"and suspicious", Rule{Project: demo, Finding: []string{"exfil"}}, nil, wheel(t), suspicious, Allow, "rule"},
		{"unless another finding carries the level", Rule{Project: demo, Finding: []string{"exfil"}}, nil, wheel(t), both, Block, "malicious"},
		{"or a part of it", Rule{Project: demo, Finding: []string{"exfil"}}, nil, wheel(t), half, Warn, "rule suspicious"},
		{"a part of it that is refused too", Rule{Project: demo, Finding: []string{"exfil"}}, func(c *Config) { c.Levels.Suspicious = Block }, wheel(t), half, Block, "suspicious"},
		{"a finding lifts what an sdist needs", Rule{Project: demo, Finding: []string{"exfil"}}, nil, sdist(t), suspicious, Allow, "rule"},
		{"unless there is another", Rule{Project: demo, Finding: []string{"exfil"}}, nil, sdist(t), half, Block, "source-not-clean suspicious"},
		{"the level lifts what an sdist needs", Rule{Project: demo, Level: []string{"suspicious"}}, nil, sdist(t), suspicious, Allow, "rule"},

		{"a gap lifts that gap", Rule{Project: demo, Gap: []string{"tar-link"}}, nil, wheel(t), one, Allow, "rule"},
		{"and no other", Rule{Project: demo, Gap: []string{"tar-link"}}, nil, wheel(t), tricks, Block, "gap"},
		{"a gap lifts no level", Rule{Project: demo, Gap: []string{"tar-link"}}, nil, wheel(t), withGaps(report(found("exfil", 120)), scan.Gap{ID: "tar-link"}), Block, "malicious"},

		{"a named finding that is refused is lifted by its name", Rule{Project: demo, Finding: []string{"pth-code"}}, func(c *Config) { c.Findings["pth-code"] = Block }, wheel(t), report(found("pth-code", 5)), Allow, "rule"},
		{"by stage, if all of them have it", Rule{Project: demo, Stage: []string{"start"}}, func(c *Config) { c.Findings["pth-code"] = Block }, wheel(t),
			report(found("pth-code", 5), func() scan.Finding { f := found("pth-code", 5); f.Stage = scan.StageStart; return f }()), Block, "finding"},
		{"by waives", Rule{Project: demo, Waives: []string{"finding"}}, func(c *Config) { c.Findings["pth-code"] = Block }, wheel(t), report(found("pth-code", 5)), Allow, "rule"},
		{"a name does not lift it", Rule{Project: demo}, func(c *Config) { c.Findings["pth-code"] = Block }, wheel(t), report(found("pth-code", 5)), Block, "finding"},

		{"a denied project is lifted by a rule", Rule{Project: demo, Version: "==1.0"}, func(c *Config) { c.Denylist = demo }, wheel(t), clean(), Allow, "rule"},
		{"a denied hash is not", Rule{Project: demo}, func(c *Config) { c.Denylist = []string{"sha256:" + demoHash} }, wheel(t), clean(), Block, "denied"},
		{"but by a rule that names the same hash", Rule{SHA256: []string{demoHash}}, func(c *Config) { c.Denylist = []string{"sha256:" + demoHash} }, wheel(t), clean(), Allow, "rule"},
		{"unless it waives something else", Rule{SHA256: []string{demoHash}, Waives: []string{"cooldown"}}, func(c *Config) { c.Denylist = []string{"sha256:" + demoHash} }, wheel(t), clean(), Block, "denied"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := compile(t, with(func(c *Config) {
				if tt.change != nil {
					tt.change(c)
				}
				tt.rule.Action = Allow
				c.Rules = []Rule{tt.rule}
			}))
			d := p.Judge(tt.file, tt.report, now)
			check(t, d, tt.want, tt.codes)
		})
	}
}

// Before the scan, a rule that needs the report neither blocks nor lets through;
// it only keeps Screen from refusing what it might save.
func TestRulePending(t *testing.T) {
	demo := []string{"demo"}
	clean := []string{"clean"}
	for _, tt := range []struct {
		name    string
		rules   []Rule
		file    *Subject
		want    Action
		codes   string
		pending bool
	}{
		{"an allow that may come keeps the file going", []Rule{{Level: clean, Action: Allow}}, wheel(t).uploaded(0), Warn, "cooldown", true},
		{"an allow that waives something else does not", []Rule{{Level: clean, Action: Allow, Waives: []string{"yanked"}}}, wheel(t).uploaded(0), Block, "cooldown", true},
		{"a block that may come does not block", []Rule{{Level: clean, Action: Block}}, wheel(t), Allow, "", true},
		{"nor does it shield", []Rule{{Level: clean, Action: Block}}, wheel(t).uploaded(0), Block, "cooldown", true},
		{"a rule after it is in force", []Rule{{Level: clean, Action: Block}, {Project: demo, Action: Allow}}, wheel(t).uploaded(0), Allow, "rule", true},
		{"a block after an allow that may come may not be reached", []Rule{{Level: clean, Action: Allow}, {Project: demo, Action: Block}}, wheel(t), Allow, "", true},
		{"after one that waives, it is", []Rule{{Level: clean, Action: Allow, Waives: []string{"cooldown"}}, {Project: demo, Action: Block}}, wheel(t), Block, "rule", true},
		{"an allow after an allow that may come", []Rule{{Level: clean, Action: Allow}, {Project: demo, Action: Allow}}, wheel(t).uploaded(0), Warn, "cooldown", true},
		{"a warn that may come", []Rule{{Finding: []string{"x"}, Action: Warn}}, wheel(t).uploaded(0), Warn, "cooldown", true},
		{"a gap that may come", []Rule{{Gap: []string{"x"}, Action: Allow}}, wheel(t).uploaded(0), Warn, "cooldown", true},
		{"nothing lifts a denied hash but that hash", []Rule{{Level: clean, Action: Allow}}, wheel(t), Block, "denied", true},
		{"a rule for another project waits for nothing", []Rule{{Project: []string{"flask"}, Level: clean, Action: Allow}}, wheel(t).uploaded(0), Block, "cooldown", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := compile(t, with(func(c *Config) {
				c.Rules = tt.rules
				if tt.codes == "denied" {
					c.Denylist = []string{"sha256:" + demoHash}
				}
			}))
			d := p.Screen(tt.file, now)
			check(t, d, tt.want, tt.codes)
			if d.Pending != tt.pending {
				t.Errorf("pending %t, want %t", d.Pending, tt.pending)
			}
		})
	}
	s := wheel(t).uploaded(0)
	s.File.Hashes = nil
	p := compile(t, with(func(c *Config) {
		c.Unhashed = Warn
		c.Rules = []Rule{{SHA256: []string{demoHash}, Action: Allow}}
	}))
	check(t, p.Screen(s, now), Warn, "unhashed cooldown")
	check(t, p.Judge(s, report(), now), Allow, "rule")
}

// A page has to be made for each kind of client only where clients differ.
func TestClientMatters(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config Config
		file   *Subject
		want   bool
	}{
		{"a wheel", Default(), wheel(t).release(t, nativeName), false},
		{"an sdist without wheels", Default(), sdist(t).release(t, "demo-1.0.zip"), false},
		{"an sdist of which nobody says what else is in the release", Default(), sdist(t), true},
		{"an sdist with a wheel for some", Default(), sdist(t).release(t, nativeName), true},
		{"an sdist with a wheel for Python 3", Default(), sdist(t).release(t, wheelName), true},
		{"an sdist with a wheel for everybody", Default(), sdist(t).release(t, "demo-1.0-py2.py3-none-any.whl"), false},
		{"an sdist that needs Python 3, with a wheel for it", Default(), func() *Subject { s := sdist(t); s.File.RequiresPython = ">=3.8"; return s.release(t, wheelName) }(), false},
		{"sdists are refused anyway", with(func(c *Config) { c.SourceInstalls = Block }), sdist(t).release(t, nativeName), false},
		{"wheels are not preferred", with(func(c *Config) { c.PreferWheel = false }), sdist(t).release(t, nativeName), false},
		{"a rule about clients", rules(Rule{Client: []string{"uv"}, Action: Block}), wheel(t), true},
		{"a rule about clients of another project", rules(Rule{Client: []string{"uv"}, Project: []string{"flask"}, Action: Block}), wheel(t), false},
		{"a rule about anything else", rules(Rule{Project: []string{"demo"}, Action: Block}), wheel(t), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := compile(t, tt.config).ClientMatters(tt.file); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}
