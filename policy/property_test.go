package policy

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pipwarden/pypi"
	"pipwarden/scan"
)

// A world makes subjects, reports and policies of a small vocabulary at random,
// so that they often meet.
type world struct{ *rand.Rand }

func (w world) one(list ...string) string    { return list[w.IntN(len(list))] }
func (w world) some(list ...string) []string { return list[:w.IntN(len(list)+1)] }
func (w world) action() Action               { return Action(w.IntN(3)) }
func (w world) rarely() bool                 { return w.IntN(4) == 0 }

func (w world) subject(t testing.TB) *Subject {
	s := file(t, w.one(wheelName, nativeName, sdistName, "demo-1.0.zip"))
	s.Index = w.one("main", "corp")
	s.uploaded(time.Duration(w.IntN(100)) * time.Hour)
	if w.rarely() {
		s.File.UploadTime = time.Time{}
		s.FirstSeen = now.Add(-time.Duration(w.IntN(100)) * time.Hour)
	}
	if w.rarely() {
		s.File.Hashes = nil
	}
	if w.rarely() {
		s.FirstSeen = time.Time{}
	}
	if w.rarely() {
		s.Client = pypi.Client{}
	}
	if w.rarely() {
		s.Filename = pypi.Filename{Text: s.Filename.Text, Kind: pypi.Kind(w.IntN(5))}
	}
	s.File.Yanked = w.rarely()
	s.Status.State = w.one("", "active", "archived", "quarantined", "deprecated", "odd")
	return s.release(t, w.some(wheelName, nativeName)...)
}

func (w world) report() *scan.Report {
	var findings []scan.Finding
	for range w.IntN(3) {
		findings = append(findings, w.finding())
	}
	r := report(findings...)
	for range w.IntN(3) {
		r.Gaps = append(r.Gaps, scan.Gap{ID: w.one("tar-link", "limit-members"), Hazard: w.rarely()})
	}
	if w.rarely() {
		r.Capabilities = []string{CapabilityNative}
	}
	return r
}

func (w world) finding() scan.Finding {
	f := found(w.one("exfil", "dropper", "pth-code"), []int{0, 20, 60, 120}[w.IntN(4)])
	f.Stage = scan.Stages[w.IntN(len(scan.Stages))]
	return f
}

func (w world) rule() Rule {
	r := Rule{Action: w.action(), Project: []string{w.one("demo", "*", "flask")}}
	conditions := []func(){
		func() { r.Kind = []string{w.one("wheel", "sdist", "unknown")} },
		func() { r.Version = w.one("==1.0", ">=2") },
		func() { r.Index = []string{w.one("main", "corp")} },
		func() { r.Client = []string{"pip"} },
		func() { r.SHA256 = []string{w.one(demoHash, otherHash)} },
		func() { r.Level = []string{w.one("clean", "suspicious", "malicious")} },
		func() { r.Finding = []string{w.one("exfil", "*", "dropper")} },
		func() { r.Stage = []string{w.one("build", "import")} },
		func() { r.Gap = []string{w.one("tar-*", "limit-members")} },
		func() { r.OlderThan = Duration(w.IntN(100)+1) * Duration(time.Hour) },
		func() { r.YoungerThan = Duration(w.IntN(100)+101) * Duration(time.Hour) },
		func() { r.Expires = Expiry(now.Add(time.Duration(w.IntN(100)-20) * time.Hour)) },
	}
	for range w.IntN(3) {
		conditions[w.IntN(len(conditions))]()
	}
	if r.Action != Block && w.rarely() {
		r.Waives = []string{w.one(waivable...), w.one(waivable...)}
	}
	return r
}

func (w world) config() Config {
	c := Default()
	c.SourceInstalls, c.NativeFiles, c.Unhashed, c.UnknownFiles = w.action(), w.action(), w.action(), w.action()
	c.Levels.Suspicious, c.Cooldown.Action, c.Status.Archived = w.action(), w.action(), w.action()
	c.Hazards[DefaultKey], c.Gaps["limit-members"] = w.action(), w.action()
	c.PreferWheel, c.SourceNeedsClean = w.rarely(), w.rarely()
	if w.rarely() {
		c.Findings["pth-code"] = w.action()
	}
	if w.rarely() {
		c.Denylist = []string{w.one("demo", "demo==1.0", "demo>2", "sha256:"+demoHash)}
	}
	if w.rarely() {
		c.Allowlist = []string{w.one("demo", "demo==1.0", "flask", "sha256:"+demoHash)}
	}
	if w.rarely() {
		c.Only = []string{w.one("demo", "demo==1.0", "flask", "sha256:"+demoHash)}
	}
	for range w.IntN(4) {
		c.Rules = append(c.Rules, w.rule())
	}
	return c
}

// rounds is how many worlds a property is tried in.
const rounds = 4000

// try runs a property in many worlds; a failure names the seed.
func try(t *testing.T, property func(t *testing.T, w world)) {
	t.Helper()
	for seed := range uint64(rounds) {
		w := world{rand.New(rand.NewPCG(seed, 7))}
		failed := !t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { property(t, w) })
		if failed {
			return
		}
	}
}

// Without a report nothing is served, whatever the policy.
func TestPropertyNoReportNoFile(t *testing.T) {
	try(t, func(t *testing.T, w world) {
		c, s := w.config(), w.subject(t)
		c.Mode = Mode(w.IntN(3))
		for _, r := range []*scan.Report{nil, {}, {Level: 77}} {
			if d := compile(t, c).Judge(s, r, now); d.Action != Block {
				t.Errorf("got %s %s", d.Action, codes(d))
			}
		}
	})
}

// What Screen refuses, no report saves; what no setting objects to before the
// scan, Judge may still refuse. Screen saves downloads and decides nothing else.
func TestPropertyScreenIsFinal(t *testing.T) {
	try(t, func(t *testing.T, w world) {
		p, s := compile(t, w.config()), w.subject(t)
		screened := p.Screen(s, now)
		sound(t, screened)
		for range 4 {
			judged := p.Judge(s, w.report(), now)
			sound(t, judged)
			if screened.Action == Block && judged.Action != Block {
				t.Errorf("screened %q, judged %s %q", codes(screened), judged.Action, codes(judged))
			}
			if !screened.Pending && len(p.c.Rules) == 0 && judged.Action > screened.Action {
				t.Errorf("screened %s, judged the milder %s", screened.Action, judged.Action)
			}
		}
	})
}

// One more finding or gap never makes a decision milder, as long as no rule
// says so.
func TestPropertyMonotone(t *testing.T) {
	try(t, func(t *testing.T, w world) {
		c, s := w.config(), w.subject(t)
		c.Rules, c.Allowlist = nil, nil
		p, less := compile(t, c), w.report()
		if c.Levels.Suspicious < c.Levels.Malicious { // a policy that refuses the lesser evil alone
			t.Skip()
		}
		more := *less
		more.Findings = append(slices.Clone(less.Findings), w.finding())
		more.Level = scan.LevelOf(more.Findings)
		more.Gaps = append(slices.Clone(less.Gaps), scan.Gap{ID: w.one("tar-link", "zip-comment"), Hazard: w.rarely()})
		a, b := p.Judge(s, less, now), p.Judge(s, &more, now)
		if b.Action > a.Action {
			t.Errorf("%s %q became %s %q", a.Action, codes(a), b.Action, codes(b))
		}
	})
}

// Until is right: before it the answer is the same, at it another one.
func TestPropertyUntil(t *testing.T) {
	try(t, func(t *testing.T, w world) {
		p, s, r := compile(t, w.config()), w.subject(t), w.report()
		if s.FirstSeen.IsZero() {
			s.FirstSeen = now
		}
		d := p.Judge(s, r, now)
		until := d.Until
		if until.IsZero() {
			until = now.Add(10 * 365 * day)
		} else if then := p.Judge(s, r, until); same(d, then) {
			t.Errorf("at %s nothing changes: %s %q", until, d.Action, codes(d))
		}
		for range 20 {
			at := now.Add(time.Duration(w.Int64N(int64(until.Sub(now)))))
			if then := p.Judge(s, r, at); !same(d, then) {
				t.Errorf("until %s, but at %s: %s %q became %s %q", until, at, d.Action, codes(d), then.Action, codes(then))
			}
		}
	})
}

// Clients change an answer only where ClientMatters says so.
func TestPropertyClientMatters(t *testing.T) {
	clients := []pypi.Client{
		{}, {Tool: "uv", ToolVersion: "0.13.9", Python: "3.13.0", Implementation: "cpython", System: "darwin", Machine: "arm64", SystemVersion: "14.2"},
		{Tool: "pip", ToolVersion: "20.3.4", Python: "2.7.18", Implementation: "cpython", System: "linux", Machine: "x86_64", Libc: "glibc", LibcVersion: "2.17"},
		{Tool: "pip", ToolVersion: "26.3", Python: "3.12.1", Implementation: "cpython", System: "windows", Machine: "amd64"},
	}
	try(t, func(t *testing.T, w world) {
		p, s, r := compile(t, w.config()), w.subject(t), w.report()
		if s.FirstSeen.IsZero() {
			s.FirstSeen = now
		}
		if p.ClientMatters(s) {
			t.Skip()
		}
		screened, judged := p.Screen(s, now), p.Judge(s, r, now)
		for _, c := range clients {
			s.Client = c
			if got := p.Screen(s, now); !same(got, screened) {
				t.Errorf("screened for %q: %s %q, else %s %q", c.Class(), got.Action, codes(got), screened.Action, codes(screened))
			}
			if got := p.Judge(s, r, now); !same(got, judged) {
				t.Errorf("judged for %q: %s %q, else %s %q", c.Class(), got.Action, codes(got), judged.Action, codes(judged))
			}
		}
	})
}

// Nobody can change a policy after it was compiled, and a Judge is a function.
func TestPropertyImmutable(t *testing.T) {
	w := world{rand.New(rand.NewPCG(1, 2))}
	c := w.config()
	c.Denylist, c.Hazards = []string{"demo"}, map[string]Action{DefaultKey: Block}
	c.Rules = []Rule{{Project: []string{"x"}, Action: Block}}
	p := compile(t, c)
	before := p.Judge(wheel(t), clean(), now)
	c.Denylist[0], c.Hazards[DefaultKey], c.Rules[0].Project[0] = "flask", Allow, "demo"
	if after := p.Judge(wheel(t), clean(), now); !same(before, after) || before.Action != Block {
		t.Errorf("%s %q became %s %q", before.Action, codes(before), after.Action, codes(after))
	}
}
