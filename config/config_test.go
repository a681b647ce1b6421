package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pipwarden/policy"
	"pipwarden/pypi"
)

func parse(t *testing.T, text string, env ...string) *Config {
	t.Helper()
	l := Loader{Env: env}
	c, err := l.Parse("pipwarden.toml", text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// refused returns the message for a text that must not load.
func refused(t *testing.T, l Loader, text string) string {
	t.Helper()
	c, err := l.Parse("pipwarden.toml", text)
	var all Errors
	var one *Error
	if c != nil || !errors.As(err, &all) || !errors.As(err, &one) {
		t.Fatalf("got configuration %v, error %v", c != nil, err)
	}
	return err.Error()
}

// Nothing said is the default, and the default is whole.
func TestDefault(t *testing.T) {
	c := parse(t, "")
	if diff := cmp.Diff(Default().Settings(), c.Settings()); diff != "" {
		t.Error(diff)
	}
	p, err := c.Compile()
	if err != nil || p.Mode() != policy.Enforce {
		t.Errorf("compiled: %v, %v", p, err)
	}
	for _, s := range c.Settings() {
		if s.Origin != (policy.Origin{}) {
			t.Errorf("%s comes from %s", s.Key, s.Origin)
		}
	}
}

// Every kind of value, in every way that TOML writes it.
func TestFile(t *testing.T) {
	c := parse(t, `
server = { listen = "[::1]:0", strict_no_store = true } # inline
upstream.freshness = "1h"
cache.max_size = "10GB"
policy.hazards."tar-link" = "warn"

[policy]
mode = "audit"
prefer_wheel = false
denylist = [
    "bad",      # a comment with a "quote
    'sha256:1111111111111111111111111111111111111111111111111111111111111111',
]

[policy.cooldown]
period = "7d"
exempt = "corp-*"

[[upstream.index]]
name = "corp"
url = "https://user:secret@index.invalid/simple/"
reserved = ["corp-*"]

[[upstream.index]]
name = "main"
url = "http://127.0.0.1:3141/root/"

[[rule]]
project = ["a"]
action = "allow"
expires = 2026-12-24

[[rule]]
project = ["b"]
action = "warn"
expires = 2026-12-24T18:00:00+01:00
older_than = "30d"

[scan]
parallel = 2
`)
	if c.Server.Listen != "[::1]:0" || !c.Server.StrictNoStore || c.Upstream.Freshness != Duration(time.Hour) || c.Cache.MaxSize != 10e9 || c.Scan.Parallel != 2 {
		t.Errorf("got %+v", c)
	}
	p := c.Policy
	want := map[string]policy.Action{"default": policy.Block, "tar-link": policy.Warn}
	if diff := cmp.Diff(want, p.Hazards); diff != "" {
		t.Error(diff)
	}
	if p.Mode != policy.Audit || p.PreferWheel || p.Cooldown.Period != Duration(7*24*time.Hour) || len(p.Denylist) != 2 || p.Cooldown.Exempt[0] != "corp-*" {
		t.Errorf("got %+v", p)
	}
	for i, want := range []string{"2026-12-24", "2026-12-24T17:00:00Z"} {
		if got := c.Rules[i].Expires.String(); got != want {
			t.Errorf("rule %d expires %s, want %s", i, got, want)
		}
	}
	for key, line := range map[string]int{
		"server.listen": 2, "upstream.freshness": 3, "policy.hazards.tar-link": 5, "policy.mode": 8, "policy.denylist": 10,
		"policy.cooldown.exempt": 17, "upstream.index[0].url": 21, "upstream.index[1].name": 25, "rule[0]": 28, "rule[1].expires": 36, "scan.parallel": 40,
	} {
		if got := c.Origin(key); got != (policy.Origin{Source: "pipwarden.toml", Line: line}) {
			t.Errorf("%s is from %q line %d, want line %d", key, got.Source, got.Line, line)
		}
	}
	if c.File() != "pipwarden.toml" {
		t.Errorf("file %q", c.File())
	}
}

// The policy knows the reserved names, and where its settings stand.
func TestPolicyConfig(t *testing.T) {
	c := parse(t, `
[[upstream.index]]
name = "corp"
url = "https://index.invalid/"
reserved = ["demo"]
[[upstream.index]]
name = "main"
url = "https://other.invalid/"
[policy]
eggs = "warn"
`)
	p, err := c.Compile()
	if err != nil {
		t.Fatal(err)
	}
	f, err := pypi.ParseFilename("demo-1.0-py3.8.egg", "demo")
	if err != nil {
		t.Fatal(err)
	}
	s := &policy.Subject{Index: "main", Project: "demo", Filename: f, File: &pypi.File{Filename: f.Text, Parsed: f, Hashes: pypi.Hashes{"sha256": "00"}}}
	d := p.Screen(s, time.Now())
	if !d.Hidden || d.Reason().Code != policy.CodeReserved {
		t.Errorf("on the wrong index: %v", d)
	}
	found := false
	for _, r := range d.Reasons {
		found = found || r.Code == policy.CodeEgg && r.Setting == "policy.eggs" && r.Line == 10
	}
	if !found {
		t.Errorf("no reason of line 10: %v", d.Reasons)
	}
}

// A wrong file is told with file, line, key and what would be right; and there is
// no configuration beside it.
func TestProblems(t *testing.T) {
	for _, tt := range []struct {
		name, text, want string
	}{
		{"unknown key", "[server]\nlisten = '127.0.0.1:1'\n\nlistn = 'x'", "pipwarden.toml:4: server.listn: unknown key; did you mean server.listen?"},
		{"unknown table", "[serve]\nlisten = 'x'", "pipwarden.toml:1: serve: unknown key; did you mean server?"},
		{"key in the wrong table", "[upstream]\nmax_connections = 3", "pipwarden.toml:2: upstream.max_connections: unknown key; did you mean server.max_connections?"},
		{"rule in the wrong table", "[[policy.rule]]\naction = 'allow'", "pipwarden.toml:1: policy.rule: unknown key; did you mean rule?"},
		{"a key like no other", "[log]\nzzzzzzzzz = 1", "pipwarden.toml:2: log.zzzzzzzzz: unknown key"},
		{"a key that wants to be seen", "[log]\n\"\\u001b[31m\" = 1", `pipwarden.toml:2: log."\x1b[31m": unknown key`},
		{"unknown key in a rule", "[[rule]]\naction='allow'\nproject='a'\n[[rule]]\naction='allow'\nprojct='a'", "pipwarden.toml:6: rule[1].projct: unknown key; did you mean rule[1].project?"},
		{"missing key", "[[rule]]\naction='allow'\nproject='a'\n\n[[rule]]\nproject='b'", "pipwarden.toml:5: rule[1].action: is missing"},
		{"missing keys of an index", "[[upstream.index]]", "pipwarden.toml:1: upstream.index[0].name: is missing"},

		{"number for text", "[server]\nlisten = 8791", "pipwarden.toml:2: server.listen: want a string, got the number 8791"},
		{"text for number", "[scan]\nparallel = '2'", `pipwarden.toml:2: scan.parallel: want a whole number, got the string "2"`},
		{"float for number", "[scan]\nparallel = 2.5", "want a whole number, got the number 2.5"},
		{"text for boolean", "[policy]\nprefer_wheel = 'yes'", `want true or false, got the string "yes"`},
		{"number for a span", "[upstream]\nfreshness = 600", `pipwarden.toml:2: upstream.freshness: want a string such as "48h", got the number 600`},
		{"number for a size", "[cache]\nmax_size = 600", `want a string such as "512MiB", got the number 600`},
		{"boolean for a date", "[[rule]]\naction='allow'\nproject='a'\nexpires=true", "want a string or a date such as 2026-12-24, got the boolean true"},
		{"time without zone", "[[rule]]\naction='allow'\nproject='a'\nexpires=2026-12-24T18:00:00", "pipwarden.toml:4: rule[0].expires: \"2026-12-24T18:00:00 without a time zone\" is not a date"},
		{"only a time", "[[rule]]\naction='allow'\nproject='a'\nexpires=18:00:00", "is not a date"},
		{"list of numbers", "[policy]\ndenylist = [1]", "pipwarden.toml:2: policy.denylist[0]: want a string, got the number 1"},
		{"table for a list", "[policy]\ndenylist = {a = 1}", "want a list of strings, got a table"},
		{"list for a table", "policy = [1]", "pipwarden.toml:1: policy: want a table, got a list"},
		{"text for actions", "[policy]\ngaps = 'block'", `want a table, got the string "block"`},
		{"one table for several", "[rule]\naction = 'allow'", "pipwarden.toml:1: rule: want tables: write [[rule]], not [rule]"},
		{"no tables", "rule = [1]", "pipwarden.toml:1: rule[0]: want a table, got the number 1"},
		{"a date for text", "[server]\nlisten = 2026-12-24", "want a string, got a time"},

		{"bad action", "[policy]\neggs = 'deny'", `pipwarden.toml:2: policy.eggs: unknown action "deny": want block, warn or allow`},
		{"bad action of an id", "[policy.gaps]\nx = 'deny'", `pipwarden.toml:2: policy.gaps.x: unknown action "deny"`},
		{"bad mode", "[policy]\nmode = 'off'", `unknown mode "off": want enforce, warn or audit`},
		{"bad span", "[policy.cooldown]\nperiod = '2 days'", `pipwarden.toml:2: policy.cooldown.period: got "2 days", want a number with a unit, such as "48h"`},
		{"bad size", "[cache]\nmax_size = 'large'", `"large" is not a size`},
		{"bad level", "[log]\nlevel = 'INFO'", `unknown level "INFO": want debug, info, warn or error`},
		{"bad format", "[log]\nformat = 'xml'", `unknown format "xml": want text or json`},
		{"bad address", "[server]\nlisten = '8791'", `pipwarden.toml:2: server.listen: got "8791", want host:port`},
		{"bad port", "[server]\nlisten = 'localhost:99999'", "want host:port"},
		{"bad host", "[server]\nlisten = '-x-:1'", `got the host "-x-"`},
		{"bad host name", "[server]\nhosts = ['a:1']", `got "a:1", want names or addresses without port`},
		{"half of TLS", "[server]\ntls_cert = 'x'", "pipwarden.toml:2: server.tls_cert: want both tls_cert and tls_key, or none"},
		{"no limit", "[cache]\nmax_size = '0'", "pipwarden.toml:2: cache.max_size: want more than 0"},
		{"no connections", "[server]\nmax_connections = 0", "got 0, want 1 to 1048576"},
		{"bad URL", "[upstream]\nindex_url = 'ftp://u:hunter2@x/'", "pipwarden.toml:2: upstream.index_url: want an absolute http or https URL"},
		{"URL with query", "[upstream]\nindex_url = 'https://u:hunter2@x.invalid/?a'", "want a URL without query"},
		{"two ways to name an index", "[upstream]\nindex_url='http://x.invalid/'\n[[upstream.index]]\nname='a'\nurl='http://x.invalid/'", "pipwarden.toml:2: upstream.index_url: want index_url or [[upstream.index]] tables, not both"},
		{"hosts of no index", "[upstream]\nredirect_hosts=['x.invalid']\n[[upstream.index]]\nname='a'\nurl='http://x.invalid/'", "upstream.redirect_hosts: is for index_url"},
		{"bad redirect host", "[upstream]\nredirect_hosts=['https://x.invalid']", `got "https://x.invalid", want a host or host:port`},
		{"two indexes of a name", "[[upstream.index]]\nname='a'\nurl='http://x.invalid/'\n[[upstream.index]]\nname='a'\nurl='http://x.invalid/'", `pipwarden.toml:5: upstream.index[1].name: "a" is the name of another index`},
		{"bad name of an index", "[[upstream.index]]\nname='A b'\nurl='http://x.invalid/'", `upstream.index[0].name: got "A b", want 1 to 64 of a-z, 0-9 and -`},
		{"empty URL", "[[upstream.index]]\nname='a'\nurl=''", "pipwarden.toml:3: upstream.index[0].url: want an absolute http or https URL"},
		{"bad reserved name", "[[upstream.index]]\nname='a'\nurl='http://x.invalid/'\nreserved=['[']", `upstream.index[0].reserved: got "[", want a project name or a pattern`},
		{"reserved name that is not normalised", "[[upstream.index]]\nname='a'\nurl='http://x.invalid/'\nreserved=['Corp_*']", `got "Corp_*", want the normalised form "corp-*"`},

		{"policy that does not compile", "[policy]\ndenylist = [\n'==1']", `pipwarden.toml:2: policy.denylist: "==1" names no project`},
		{"two rules of a name", "[[rule]]\nname='a'\naction='warn'\nproject='x'\n[[rule]]\nname='a'\naction='warn'\nproject='x'", `pipwarden.toml:6: rule[1].name: "a" is also the name of rule[0]`},
		{"a rule without condition", "\n[[rule]]\naction = 'allow'", "pipwarden.toml:2: rule[0]: has no condition"},
		{"ages that never meet", "[[rule]]\naction='warn'\nolder_than='2d'\nyounger_than='1d'", "pipwarden.toml:3: rule[0].older_than: never matches"},

		{"not TOML", "[server]\nlisten = ", "pipwarden.toml:2: server.listen: not TOML"},
		{"twice", "[log]\nlevel='info'\nlevel='warn'", "pipwarden.toml:3: log.level: not TOML"},
		{"not text", "\xff", "not TOML"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := refused(t, Loader{}, tt.text)
			if !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if strings.Contains(got, "hunter2") {
				t.Errorf("the password is told: %q", got)
			}
			for _, r := range got {
				if r != '\n' && (r < ' ' || r > '~') {
					t.Errorf("%q is not printable ASCII", got)
				}
			}
		})
	}
}

// A person reads all that is wrong at once, in the order of the file.
func TestAllProblems(t *testing.T) {
	l := Loader{Env: []string{"PIPWARDEN_LOG_LEVLE=x"}, Flags: []Flag{{"scan.parallel", "many", "--parallel"}}}
	got := refused(t, l, "[log]\nlevel = 'loud'\nformt = 'x'\n[policy]\neggs = 7\n[server]\nlisten = true\n")
	want := `pipwarden.toml:2: log.level: unknown level "loud": want debug, info, warn or error
pipwarden.toml:3: log.formt: unknown key; did you mean log.format?
pipwarden.toml:5: policy.eggs: want a string, got the number 7
pipwarden.toml:7: server.listen: want a string, got the boolean true
environment: PIPWARDEN_LOG_LEVLE: unknown variable; did you mean PIPWARDEN_LOG_LEVEL?
--parallel: scan.parallel: got "many", want a whole number`
	got = strings.Replace(got, `want a whole number, got "many"`, `got "many", want a whole number`, 1)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Default, file, environment, flag: the last one counts and is named.
func TestPrecedence(t *testing.T) {
	const text = "[scan]\nparallel = 2\nqueue = 3\n"
	env := []string{"PATH=/bin", "PIPWARDEN_SCAN_PARALLEL=4", "PIPWARDEN_CONFIG=", "PIPWARDEN_PYTHON=python3", "PIPWARDEN_OTHER=1",
		"PIPWARDEN_POLICY_DENYLIST=a, b==1,", "PIPWARDEN_POLICY_GAPS_DEFAULT=warn", "PIPWARDEN_POLICY_PREFER_WHEEL=false",
		"PIPWARDEN_POLICY_COOLDOWN_PERIOD=3d", "PIPWARDEN_CACHE_DIR=/x"}
	l := Loader{Env: env, OtherEnv: []string{"PIPWARDEN_OTHER"}, Flags: []Flag{
		{"scan.queue", "5", "--queue"}, {"scan.queue", "6", "--queue"}, {"policy.findings.pth-code", "block", "--finding"},
	}}
	c, err := l.Parse("p.toml", text)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ key, value, origin string }{
		{"scan.time", `"5m"`, "default"},
		{"scan.parallel", "4", "PIPWARDEN_SCAN_PARALLEL"},
		{"scan.queue", "6", "--queue"},
		{"cache.dir", `"/x"`, "PIPWARDEN_CACHE_DIR"},
		{"policy.denylist", `["a", "b==1"]`, "PIPWARDEN_POLICY_DENYLIST"},
		{"policy.gaps.default", `"warn"`, "PIPWARDEN_POLICY_GAPS_DEFAULT"},
		{"policy.findings.pth-code", `"block"`, "--finding"},
		{"policy.prefer_wheel", "false", "PIPWARDEN_POLICY_PREFER_WHEEL"},
		{"policy.cooldown.period", `"72h"`, "PIPWARDEN_POLICY_COOLDOWN_PERIOD"},
	} {
		found := false
		for _, s := range c.Settings() {
			if s.Key == tt.key {
				found = true
				if s.Value != tt.value || s.Origin.String() != tt.origin || s.Env != EnvName(s.Key) {
					t.Errorf("%s = %s (%s, %s), want %s (%s)", s.Key, s.Value, s.Origin, s.Env, tt.value, tt.origin)
				}
			}
		}
		if !found {
			t.Errorf("no setting %s", tt.key)
		}
	}
	if got := parse(t, text).Origin("scan.queue").String(); got != "line 3" {
		t.Errorf("scan.queue is from %s", got)
	}
}

// Wrong texts in the environment and in flags are told with their name.
func TestTextProblems(t *testing.T) {
	for _, tt := range []struct{ env, want string }{
		{"PIPWARDEN_SCAN_PARALLEL=x", `PIPWARDEN_SCAN_PARALLEL: scan.parallel: want a whole number, got "x"`},
		{"PIPWARDEN_POLICY_PREFER_WHEEL=1", `PIPWARDEN_POLICY_PREFER_WHEEL: policy.prefer_wheel: want true or false, got "1"`},
		{"PIPWARDEN_POLICY_EGGS=no", `PIPWARDEN_POLICY_EGGS: policy.eggs: unknown action "no"`},
		{"PIPWARDEN_POLICY_COOLDOWN_PERIOD=2", `PIPWARDEN_POLICY_COOLDOWN_PERIOD: policy.cooldown.period: got "2", want a number with a unit`},
		{"PIPWARDEN_UPSTREAM_INDEX_URL=u:hunter2@x", "PIPWARDEN_UPSTREAM_INDEX_URL: upstream.index_url: want an absolute http or https URL"},
		{"PIPWARDEN_SCAN_QUEUE=0", "PIPWARDEN_SCAN_QUEUE: scan.queue: got 0, want 1 to 1048576"},
		{"PIPWARDEN_POLICY_DENYLIST===1", `PIPWARDEN_POLICY_DENYLIST: policy.denylist: "==1" names no project`},
		{"PIPWARDEN_RULE=x", "environment: PIPWARDEN_RULE: unknown variable"},
		{"PIPWARDEN_\x1b=x", `environment: PIPWARDEN_\x1b: unknown variable`},
	} {
		if got := refused(t, Loader{Env: []string{tt.env}}, ""); !strings.HasPrefix(got, tt.want) || strings.Contains(got, "hunter2") {
			t.Errorf("%s: got %q, want %q", tt.env, got, tt.want)
		}
	}
	for _, tt := range []struct {
		flag Flag
		want string
	}{
		{Flag{"scan.parallell", "1", "--x"}, "--x: scan.parallell: unknown key; did you mean scan.parallel?"},
		{Flag{"rule[0].name", "1", "--x"}, "--x: rule[0].name: unknown key"},
		{Flag{"policy.gaps.x", "1", "--x"}, `--x: policy.gaps.x: unknown action "1"`},
	} {
		if got := refused(t, Loader{Flags: []Flag{tt.flag}}, "[[rule]]\nproject='a'\naction='warn'"); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%v: got %q, want %q", tt.flag, got, tt.want)
		}
	}
}

// Set changes one value, or nothing at all.
func TestSet(t *testing.T) {
	c := parse(t, "")
	before := Default()
	if err := c.Set("server.listen", "0.0.0.0:80", "--listen"); err != nil {
		t.Fatal(err)
	}
	if c.Server.Listen != "0.0.0.0:80" || c.Origin("server.listen").String() != "--listen" {
		t.Errorf("got %s from %s", c.Server.Listen, c.Origin("server.listen"))
	}
	for _, bad := range [][2]string{{"server.listen", "nowhere"}, {"scan.queue", "-1"}, {"policy.hazards.default", "x"}, {"policy.denylist", "==1"}, {"no.key", ""}} {
		var all Errors
		if err := c.Set(bad[0], bad[1], "--x"); !errors.As(err, &all) {
			t.Errorf("%s = %s is taken: %v", bad[0], bad[1], err)
		}
	}
	if err := c.Set("policy.hazards.tar-link", "warn", "--x"); err != nil {
		t.Error(err)
	}
	if err := before.Set("scan.queue", "7", "--queue"); err != nil || before.Scan.Queue != 7 {
		t.Errorf("a default cannot be set: %v", err)
	}
	if c.Scan.Queue != 512 || c.Server.Listen != "0.0.0.0:80" || len(c.Policy.Denylist) != 0 || c.Policy.Hazards["default"] != policy.Block {
		t.Errorf("a bad value changed something: %+v", c)
	}
	if len(Default().Policy.Hazards) != 1 {
		t.Error("a value changed the defaults")
	}
}

// Passwords are used and never shown.
func TestSecrets(t *testing.T) {
	c := parse(t, "[upstream]\nindex_url = 'https://user:hunter2@x.invalid/simple/'\nproxy = 'http://hunter2@proxy.invalid:3128'")
	if c.Upstream.IndexURL.Secret() != "https://user:hunter2@x.invalid/simple/" {
		t.Errorf("got %s", c.Upstream.IndexURL.Secret())
	}
	shown := fmt.Sprintf("%v %+v %s %q %#v %v", c.Upstream, c.Upstream, c.Upstream.IndexURL, c.Upstream.IndexURL, c.Upstream.IndexURL, c.Upstream.IndexURL.LogValue())
	for _, s := range c.Settings() {
		shown += s.Value
	}
	if strings.Contains(shown, "hunter2") || !strings.Contains(shown, "https://redacted@x.invalid/simple/") {
		t.Errorf("shown: %s", shown)
	}
	if got := URL("\x7f://hunter2").String(); got != "redacted" {
		t.Errorf("got %q", got)
	}
}

// Which file is read, and that a file which is there and cannot be read is an
// error and not no file.
func TestLoadFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	named, byEnv := write("named.toml", "[scan]\nqueue = 1"), write("env.toml", "[scan]\nqueue = 2")
	write("xdg/pipwarden/config.toml", "[scan]\nqueue = 3")
	write("home/.config/pipwarden/config.toml", "[scan]\nqueue = 4")
	xdg, home := "XDG_CONFIG_HOME="+filepath.Join(dir, "xdg"), "HOME="+filepath.Join(dir, "home")
	for _, tt := range []struct {
		name  string
		l     Loader
		queue int
	}{
		{"named", Loader{Path: named, Env: []string{"PIPWARDEN_CONFIG=" + byEnv, xdg, home}}, 1},
		{"environment", Loader{Env: []string{"PIPWARDEN_CONFIG=" + byEnv, xdg, home}}, 2},
		{"XDG", Loader{Env: []string{xdg, home}}, 3},
		{"home", Loader{Env: []string{home, "XDG_CONFIG_HOME=relative"}}, 4},
		{"the last of a variable counts", Loader{Env: []string{"HOME=/nowhere", home}}, 4},
		{"none", Loader{Env: []string{"HOME=" + dir}}, 512},
	} {
		c, err := tt.l.Load()
		if err != nil || c.Scan.Queue != tt.queue {
			t.Errorf("%s: got %+v, %v; want %d", tt.name, c, err, tt.queue)
		}
	}
	for _, tt := range []struct {
		name string
		l    Loader
		want string
	}{
		{"a named file is not there", Loader{Path: filepath.Join(dir, "no")}, "cannot be read (--config names it): "},
		{"nor is one of the environment", Loader{Env: []string{"PIPWARDEN_CONFIG=" + filepath.Join(dir, "no")}}, "cannot be read (PIPWARDEN_CONFIG names it): "},
		{"a folder is in the way", Loader{Env: []string{"XDG_CONFIG_HOME=" + filepath.Dir(mkdir(t, dir, "odd/pipwarden/config.toml", 2))}}, "cannot be read: "},
		{"too large", Loader{Path: write("large.toml", strings.Repeat("#", maxFile+1))}, "larger than 16MiB"},
	} {
		c, err := tt.l.Load()
		var all Errors
		if c != nil || !errors.As(err, &all) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, %v; want %q", tt.name, c != nil, err, tt.want)
		}
	}
	if c, err := Load(named); err != nil || c.Scan.Queue != 1 {
		t.Errorf("Load: %v, %v", c, err)
	}
}

// mkdir makes a folder and returns the one that is up levels above it.
func mkdir(t *testing.T, dir, name string, up int) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
	for range up - 1 {
		path = filepath.Dir(path)
	}
	return path
}

// Ids that no scanner knows are misspelt.
func TestKnown(t *testing.T) {
	l := Loader{Known: policy.Known{Gaps: []string{"tar-link", "compressed-trailing-bytes"}, Findings: []string{"pth-code"}}}
	got := refused(t, l, "[policy.hazards]\ntar-lnk = 'warn'\n[[rule]]\naction='allow'\nfinding=['pth-cod']\n")
	want := `pipwarden.toml:2: policy.hazards.tar-lnk: no such id: "tar-lnk"; did you mean "tar-link"?
pipwarden.toml:5: rule[0].finding: no such id: "pth-cod"; did you mean "pth-code"?`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
