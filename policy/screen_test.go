package policy

import (
	"strings"
	"testing"
	"time"

	"pipwarden/pypi"
)

// What the settings say before download. Every row is one sentence of the manual.
func TestScreen(t *testing.T) {
	set := func(change func(*Config)) Config { return with(change) }
	unhashed := func(h pypi.Hashes) *Subject { s := wheel(t); s.File.Hashes = h; return s }
	status := func(state string) *Subject {
		s := wheel(t)
		s.Status = pypi.Status{State: state, Reason: "see the forum"}
		return s
	}
	yanked := func(reason string) *Subject {
		s := wheel(t)
		s.File.Yanked, s.File.YankedReason = true, reason
		return s
	}
	kind := func(k pypi.Kind, name string) *Subject {
		s := wheel(t)
		s.Filename = pypi.Filename{Text: name, Kind: k}
		s.File.Filename = name
		return s
	}
	for _, tt := range []struct {
		name   string
		config Config
		file   *Subject
		want   Action
		codes  string
	}{
		{"an old wheel is served", Default(), wheel(t), Allow, ""},
		{"a young wheel is refused", Default(), wheel(t).uploaded(3 * time.Hour), Block, "cooldown"},
		{"a wheel that is just old enough is served", Default(), wheel(t).uploaded(48 * time.Hour), Allow, ""},
		{"a wheel a moment younger is not", Default(), wheel(t).uploaded(48*time.Hour - 1), Block, "cooldown"},
		{"cooldown can be off", set(func(c *Config) { c.Cooldown.Period = 0 }), wheel(t).uploaded(0), Allow, ""},
		{"cooldown can warn", set(func(c *Config) { c.Cooldown.Action = Warn }), wheel(t).uploaded(0), Warn, "cooldown"},
		{"a project can be exempt", set(func(c *Config) { c.Cooldown.Exempt = []string{"De*"} }), wheel(t).uploaded(0), Allow, ""},
		{"a file from the future waits", Default(), wheel(t).uploaded(-time.Hour), Block, "cooldown"},

		{"an sdist warns", Default(), sdist(t), Warn, "source-install"},
		{"sdists can be refused", set(func(c *Config) { c.SourceInstalls = Block }), sdist(t), Block, "source-install"},
		{"sdists can be allowed", set(func(c *Config) { c.SourceInstalls = Allow }), sdist(t), Allow, ""},
		{"an sdist is refused when a wheel suits", Default(), sdist(t).release(t, wheelName), Block, "prefer-wheel source-install"},
		{"also where sdists are allowed", set(func(c *Config) { c.SourceInstalls = Allow }), sdist(t).release(t, wheelName), Block, "prefer-wheel"},
		{"unless that is switched off", set(func(c *Config) { c.PreferWheel = false }), sdist(t).release(t, wheelName), Warn, "source-install"},
		{"where sdists are refused, that is the reason", set(func(c *Config) { c.SourceInstalls = Block }), sdist(t).release(t, wheelName), Block, "source-install"},

		{"compiled code is served", Default(), file(t, nativeName), Allow, ""},
		{"compiled code can be refused", set(func(c *Config) { c.NativeFiles = Block }), file(t, nativeName), Block, "native"},
		{"a wheel for any platform promises none", set(func(c *Config) { c.NativeFiles = Block }), wheel(t), Allow, ""},

		{"a file without hash is refused", Default(), unhashed(nil), Block, "unhashed"},
		{"MD5 is none", Default(), unhashed(pypi.Hashes{"md5": "00"}), Block, "unhashed"},
		{"nor is one that nobody verifies", Default(), unhashed(pypi.Hashes{"md5": "00", "blake2b": "00", "blake2b_256": "00"}), Block, "unhashed"},
		{"SHA-512 is one", Default(), unhashed(pypi.Hashes{"sha512": "00"}), Allow, ""},
		{"that can warn", set(func(c *Config) { c.Unhashed = Warn }), unhashed(nil), Warn, "unhashed"},

		{"a name that is not understood is refused", Default(), kind(pypi.KindUnknown, "demo\xff.zip"), Block, "unknown-file"},
		{"that can warn too", set(func(c *Config) { c.UnknownFiles = Warn }), kind(pypi.KindUnknown, "demo.zip"), Warn, "unknown-file"},
		{"an installer is refused", Default(), kind(pypi.KindInstaller, "demo-1.0.win32.exe"), Block, "installer"},
		{"installers can be allowed", set(func(c *Config) { c.Installers = Allow }), kind(pypi.KindInstaller, "demo.msi"), Allow, ""},
		{"an egg is refused", Default(), kind(pypi.KindEgg, "demo-1.0-py3.8.egg"), Block, "egg"},
		{"eggs can be allowed", set(func(c *Config) { c.Eggs = Allow }), kind(pypi.KindEgg, "demo.egg"), Allow, ""},

		{"a yanked file warns", Default(), yanked(""), Warn, "yanked"},
		{"yanked files can be refused", set(func(c *Config) { c.Yanked = Block }), yanked("broken\r\nSet-Cookie: x"), Block, "yanked"},

		{"an active project is served", Default(), status("active"), Allow, ""},
		{"a quarantined project is refused", Default(), status("quarantined"), Block, "quarantined"},
		{"an archived one warns", Default(), status("archived"), Warn, "archived"},
		{"a deprecated one warns", Default(), status("deprecated"), Warn, "deprecated"},
		{"an unknown status warns", Default(), status("hot\n"), Warn, "status"},
		{"it can be refused", set(func(c *Config) { c.Status.Other = Block }), status("hot"), Block, "status"},

		{"a project can be denied", set(func(c *Config) { c.Denylist = []string{"Demo"} }), wheel(t), Block, "denied"},
		{"by a pattern", set(func(c *Config) { c.Denylist = []string{"d*o"} }), wheel(t), Block, "denied"},
		{"by version", set(func(c *Config) { c.Denylist = []string{"demo>=1,<2"} }), wheel(t), Block, "denied"},
		{"but not another version", set(func(c *Config) { c.Denylist = []string{"demo==1.1"} }), wheel(t), Allow, ""},
		{"by hash", set(func(c *Config) { c.Denylist = []string{"sha256:" + strings.ToUpper(demoHash)} }), wheel(t), Block, "denied"},
		{"a file of which the version is not known may be the denied one", set(func(c *Config) { c.UnknownFiles, c.Denylist = Allow, []string{"demo==1.1"} }),
			kind(pypi.KindUnknown, "demo.zip"), Block, "denied"},

		{"only some projects may be permitted", set(func(c *Config) { c.Only = []string{"demo", "flask"} }), wheel(t), Allow, ""},
		{"others are refused", set(func(c *Config) { c.Only = []string{"flask"} }), wheel(t), Block, "unlisted"},
		{"whatever it is called, a file of another version is not permitted", set(func(c *Config) { c.UnknownFiles, c.Only = Allow, []string{"demo==1.0"} }),
			kind(pypi.KindUnknown, "demo.zip"), Block, "unlisted"},
		{"a hash can be permitted", set(func(c *Config) { c.Only = []string{"sha256:" + demoHash} }), wheel(t), Allow, ""},
		{"what may be permitted after the scan goes on", set(func(c *Config) { c.Unhashed, c.Only = Allow, []string{"sha256:" + demoHash} }), unhashed(nil), Allow, ""},

		{"the allowlist lifts the cooldown", set(func(c *Config) { c.Allowlist = []string{"demo"} }), wheel(t).uploaded(0), Allow, "rule"},
		{"for a version", set(func(c *Config) { c.Allowlist = []string{"demo==1.0"} }), wheel(t).uploaded(0), Allow, "rule"},
		{"and no other", set(func(c *Config) { c.Allowlist = []string{"demo==1.1"} }), wheel(t).uploaded(0), Block, "cooldown"},
		{"for a hash", set(func(c *Config) { c.Allowlist = []string{"sha256:" + demoHash} }), wheel(t).uploaded(0), Allow, "rule"},
		{"the denylist is stronger", set(func(c *Config) { c.Allowlist, c.Denylist = []string{"demo"}, []string{"demo"} }), wheel(t), Block, "denied"},
		{"for a hash too", set(func(c *Config) {
			c.Allowlist, c.Denylist = []string{"sha256:" + demoHash}, []string{"sha256:" + demoHash}
		}), wheel(t), Block, "denied"},

		{"the gravest reason comes first", set(func(c *Config) { c.Denylist = []string{"demo"} }), sdist(t).uploaded(0).release(t, wheelName), Block,
			"denied prefer-wheel cooldown source-install"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			check(t, compile(t, tt.config).Screen(tt.file, now), tt.want, tt.codes)
		})
	}
}

// A younger release of a good project gives way to an older one; a project that
// is refused as a whole does not.
func TestOlder(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config Config
		file   *Subject
		want   bool
	}{
		{"cooldown", Default(), wheel(t).uploaded(0), true},
		{"cooldown of an sdist that only warns", Default(), sdist(t).uploaded(0), true},
		{"cooldown of an sdist that is refused for good", with(func(c *Config) { c.SourceInstalls = Block }), sdist(t).uploaded(0), false},
		{"a denied version", with(func(c *Config) { c.Denylist = []string{"demo==1.0"} }), wheel(t), true},
		{"a denied project", with(func(c *Config) { c.Denylist = []string{"demo"} }), wheel(t), false},
		{"both denied: the project counts", with(func(c *Config) { c.Denylist = []string{"demo==1.0", "demo"} }), wheel(t), false},
		{"a denied hash", with(func(c *Config) { c.Denylist = []string{"sha256:" + demoHash} }), wheel(t), false},
		{"a rule about a version", rules(Rule{Project: []string{"demo"}, Version: "<2", Action: Block}), wheel(t), true},
		{"a rule about age", rules(Rule{Project: []string{"demo"}, YoungerThan: Duration(1000 * day), Action: Block}), wheel(t), true},
		{"a rule about a project", rules(Rule{Project: []string{"demo"}, Action: Block}), wheel(t), false},
		{"served", Default(), wheel(t), false},
		{"warned", with(func(c *Config) { c.Cooldown.Action = Warn }), wheel(t).uploaded(0), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := compile(t, tt.config).Screen(tt.file, now)
			if d.Older != tt.want {
				t.Errorf("older %t, want %t: %s %s", d.Older, tt.want, d.Action, codes(d))
			}
			sound(t, d)
		})
	}
}

// The age counts from the upload, else from the first sight.
func TestAge(t *testing.T) {
	old, young := now.Add(-100*day), now.Add(-time.Hour)
	for _, tt := range []struct {
		name                string
		uploaded, firstSeen time.Time
		want                Action
	}{
		{"uploaded long ago, seen only now", old, time.Time{}, Allow},
		{"uploaded just now, seen long ago", young, old, Block},
		{"no upload time, seen long ago", time.Time{}, old, Allow},
		{"no upload time, seen an hour ago", time.Time{}, young, Block},
		{"no upload time, seen only now", time.Time{}, time.Time{}, Block},
		{"uploaded before there were indexes, seen only now", time.Unix(0, 0), time.Time{}, Block},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := wheel(t)
			s.File.UploadTime, s.FirstSeen = tt.uploaded, tt.firstSeen
			d := compile(t, Default()).Screen(s, now)
			if d.Action != tt.want {
				t.Errorf("got %s %v, want %s", d.Action, d.Reasons, tt.want)
			}
			sound(t, d)
		})
	}
}

// A wheel suits when the client says enough to know it, or suits everybody.
func TestPreferWheel(t *testing.T) {
	nobody := pypi.Client{}
	for _, tt := range []struct {
		name     string
		client   pypi.Client
		requires string
		release  []string
		want     bool // the sdist is refused
	}{
		{"a wheel for this client", wheel(t).Client, "", []string{nativeName}, true},
		{"a wheel for another system", wheel(t).Client, "", []string{"demo-1.0-cp312-cp312-win_amd64.whl"}, false},
		{"a wheel for another Python", wheel(t).Client, "", []string{"demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"}, false},
		{"one among many", wheel(t).Client, "", []string{"demo-1.0-cp312-cp312-win_amd64.whl", nativeName}, true},
		{"a client that says nothing, and a wheel for some", nobody, "", []string{nativeName}, false},
		{"a client that says nothing, and a wheel for all", nobody, "", []string{wheelName}, true},
		{"Python 2, and a wheel for Python 3", pypi.Client{Tool: "pip", Python: "2.7.18", Implementation: "cpython"}, "", []string{wheelName}, false},
		{"Python 2, and a wheel for both", pypi.Client{Tool: "pip", Python: "2.7.18", Implementation: "cpython"}, "", []string{"demo-1.0-py2.py3-none-any.whl"}, true},
		{"no wheel", wheel(t).Client, "", []string{"demo-1.0.zip"}, false},
		{"no other file", wheel(t).Client, "", nil, false},
		{"the wheel for all, which needs a newer Python, as the sdist does", wheel(t).Client, ">=3.8", []string{wheelName}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := sdist(t)
			s.Client, s.File.RequiresPython = tt.client, tt.requires
			s.release(t, tt.release...)
			s.Release = append(s.Release, nil)
			d := compile(t, Default()).Screen(s, now)
			if got := d.Action == Block; got != tt.want {
				t.Errorf("refused %t, want %t: %s", got, tt.want, codes(d))
			}
			sound(t, d)
		})
	}
}

// A client that says nothing takes a wheel for everybody even where it cannot be
// told whether its Python is new enough: then the sdist would not suit either.
func TestPreferWheelUnknownClient(t *testing.T) {
	s := sdist(t).release(t, nativeName, wheelName)
	s.Client = pypi.Client{}
	s.Release[1].RequiresPython = ">=3.8"
	check(t, compile(t, Default()).Screen(s, now), Block, "prefer-wheel source-install")
	s.Project = "" // the file name says it
	check(t, compile(t, with(func(c *Config) { c.Denylist = []string{"demo"} })).Screen(s, now), Block, "denied prefer-wheel source-install")
}

// The other files of a release are looked at up to a bound. Beyond it the sdist is refused for every client.
func TestPreferWheelIsBounded(t *testing.T) {
	p := compile(t, Default())
	s := sdist(t)
	for range maxRelease {
		s.release(t, "demo-1.0-cp312-cp312-win_amd64.whl")
	}
	check(t, p.Screen(s, now), Warn, "source-install")
	if !p.ClientMatters(s) {
		t.Error("a client of Windows gets the same answer")
	}
	s.release(t, "demo-1.0-cp312-cp312-win_amd64.whl")
	d := p.Screen(s, now)
	check(t, d, Block, "prefer-wheel source-install")
	if text := d.Reason().Text; !strings.Contains(text, "501 files") {
		t.Errorf("reason %q", text)
	}
	if p.ClientMatters(s) {
		t.Error("the client matters where nobody looks at the wheels")
	}
	sound(t, d)
}

// A name that is reserved to another index is absent, whatever anybody says.
func TestReserved(t *testing.T) {
	reserve := func(c *Config) {
		c.Reserved = []Reservation{{Index: "corp", Projects: []string{"demo*"}}, {Index: "lab", Projects: []string{"lab-*"}}}
	}
	everything := []Rule{{Project: []string{"*"}, Action: Allow, Reason: "all"}}
	for _, mode := range []Mode{Enforce, WarnOnly, Audit} {
		p := compile(t, with(func(c *Config) { reserve(c); c.Mode, c.Rules = mode, everything }))
		d := p.Screen(wheel(t), now)
		check(t, d, Block, "reserved")
		if !d.Hidden || d.Older {
			t.Errorf("mode %s: hidden %t, older %t", mode, d.Hidden, d.Older)
		}
		if d := p.Judge(wheel(t), clean(), now); !d.Hidden || d.Action != Block {
			t.Errorf("mode %s: judged %s, hidden %t", mode, d.Action, d.Hidden)
		}
		if d := p.Judge(wheel(t), nil, now); !d.Hidden {
			t.Errorf("mode %s: without report it is not hidden", mode)
		}
	}
	mine := wheel(t)
	mine.Index = "corp"
	check(t, compile(t, with(reserve)).Screen(mine, now), Allow, "")
}

// One digest that is verified when the file is stored will do.
func TestVerifiedHashes(t *testing.T) {
	for _, name := range pypi.VerifiableHashes {
		s := wheel(t)
		s.File.Hashes = pypi.Hashes{name: "00"}
		check(t, compile(t, Default()).Screen(s, now), Allow, "")
	}
}

// Nothing to decide on, or nothing to decide by, is a Block.
func TestNothing(t *testing.T) {
	good := compile(t, Default())
	var none *Policy
	for _, tt := range []struct {
		name string
		p    *Policy
		s    *Subject
	}{
		{"nil policy", none, wheel(t)},
		{"zero policy", &Policy{}, wheel(t)},
		{"nil subject", good, nil},
		{"no file", good, &Subject{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			check(t, tt.p.Screen(tt.s, now), Block, "no-policy")
			check(t, tt.p.Judge(tt.s, clean(), now), Block, "no-policy")
			check(t, tt.p.ExplainScreen(tt.s, now), Block, "no-policy")
			if tt.p.ClientMatters(tt.s) {
				t.Error("the client matters where nothing does")
			}
		})
	}
	if none.Revision() != "" || none.Mode() != Enforce || none.Notes(now) != nil {
		t.Error("a nil policy has a revision, a mode or notes")
	}
	var d Decision
	if d.Action != Block || d.Reason() != (Reason{}) {
		t.Errorf("the zero Decision is %s", d.Action)
	}
}
