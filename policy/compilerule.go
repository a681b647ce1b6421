package policy

import (
	"fmt"
	"strings"
	"time"

	"pipwarden/pypi"
	"pipwarden/scan"
)

// maxRules bounds the [[rule]] tables: each is asked for every file of a page.
const maxRules = 10_000

// rules compiles the [[rule]] tables.
func (b *compiler) rules() []rule {
	if len(b.c.Rules) > maxRules {
		b.problem("rule", "%d rules; want at most %d", len(b.c.Rules), maxRules)
		return nil
	}
	named := make(map[string]int)
	out := make([]rule, 0, len(b.c.Rules)+2)
	for i := range b.c.Rules {
		r := &b.c.Rules[i]
		key := fmt.Sprintf("rule[%d]", i)
		if first, ok := named[r.Name]; ok && r.Name != "" {
			b.problem(key+".name", "%s is also the name of rule[%d]", quote(r.Name, maxQuoted), first)
		}
		named[r.Name] = i
		out = append(out, b.rule(key, r))
	}
	return out
}

// rule compiles one table.
func (b *compiler) rule(key string, r *Rule) rule {
	u := rule{
		label: key, origin: b.c.Origins[key], action: r.Action, reason: r.Reason, expires: time.Time(r.Expires),
		older: time.Duration(r.OlderThan), younger: time.Duration(r.YoungerThan),
	}
	if r.Name != "" {
		u.label = key + " " + quote(r.Name, maxQuoted)
	}
	b.action(key+".action", r.Action)
	u.project = b.globs(key+".project", r.Project, NormalGlob)
	u.index = b.globs(key+".index", r.Index, asWritten)
	u.client = b.clients(key+".client", r.Client)
	u.gap = b.globs(key+".gap", r.Gap, asWritten)
	u.evidence.finding = b.globs(key+".finding", r.Finding, asWritten)
	b.patterns(key+".gap", r.Gap, b.c.Known.Gaps)
	b.patterns(key+".finding", r.Finding, b.c.Known.Findings)
	u.version = b.version(key+".version", r.Version)
	u.kinds = b.kinds(key+".kind", r.Kind)
	u.levels = b.levels(key+".level", r.Level)
	u.evidence.behaviours = b.words(key+".behaviour", r.Behaviour, wordsOf(scan.Behaviours))
	u.evidence.stages = b.words(key+".stage", r.Stage, wordsOf(scan.Stages))
	u.sha256 = b.hashes(key+".sha256", r.SHA256)
	u.waives = b.waives(key+".waives", r)
	b.sense(key, &u)
	return u
}

// sense refuses rules that match everything or nothing.
func (b *compiler) sense(key string, u *rule) {
	if u.older > 0 && u.younger > 0 && u.older >= u.younger {
		b.problem(key+".older_than", "never matches: nothing is older than %s and younger than %s", Duration(u.older), Duration(u.younger))
	}
	if u.older < 0 || u.younger < 0 {
		b.problem(key+".older_than", "an age is negative")
	}
	if u.bare() && len(u.levels) == 0 && u.evidence.empty() && u.gap.empty() {
		b.problem(key, `has no condition, so it would match every file; if you mean that, say project = "*"`)
	}
}

// bare reports whether the rule asks nothing that is known before download.
func (u *rule) bare() bool {
	return u.project.empty() && u.version.IsZero() && len(u.kinds) == 0 && u.index.empty() && u.client.empty() &&
		len(u.sha256) == 0 && u.older == 0 && u.younger == 0
}

func (b *compiler) patterns(key string, list, known []string) {
	for _, s := range list {
		if !strings.ContainsAny(s, `*?[\`) {
			b.known(key, s, known)
		}
	}
}

func (b *compiler) version(key, text string) pypi.Specifiers {
	spec, err := pypi.ParseSpecifiers(text)
	if err != nil {
		b.problem(key, "%v", badVersion(text))
	}
	return spec
}

var kindByName = map[string]pypi.Kind{
	"wheel": pypi.KindWheel, "sdist": pypi.KindSdist, "egg": pypi.KindEgg,
	"installer": pypi.KindInstaller, "unknown": pypi.KindUnknown,
}

func (b *compiler) kinds(key string, list []string) []pypi.Kind {
	var out []pypi.Kind
	for _, s := range b.words(key, list, []string{"wheel", "sdist", "egg", "installer", "unknown"}) {
		out = append(out, kindByName[s])
	}
	return out
}

func (b *compiler) levels(key string, list []string) []scan.Level {
	var out []scan.Level
	for _, s := range b.words(key, list, []string{"clean", "suspicious", "malicious"}) {
		l, err := scan.ParseLevel(s)
		if err != nil {
			panic("policy: a level has no name: " + err.Error())
		}
		out = append(out, l)
	}
	return out
}

// words checks each member of a list against those that there are, and returns
// those that are among them.
func (b *compiler) words(key string, list, known []string) []string {
	var out []string
	for _, s := range list {
		found := false
		for _, k := range known {
			found = found || s == k
		}
		if !found {
			b.problem(key, "unknown value %s: want one of %s%s", quote(s, maxQuoted), strings.Join(known, ", "), nearest(s, known))
			continue
		}
		out = append(out, s)
	}
	return out
}

func wordsOf[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

func (b *compiler) hashes(key string, list []string) map[string]bool {
	out := make(map[string]bool, len(list))
	for _, s := range list {
		sum, err := parseSHA256(s)
		if err != nil {
			b.problem(key, "%v", err)
			continue
		}
		out[sum] = true
	}
	return out
}

func (b *compiler) waives(key string, r *Rule) map[string]bool {
	if len(r.Waives) == 0 {
		return nil
	}
	if r.Action == Block {
		b.problem(key, "a rule that blocks waives nothing: remove the key or change the action")
	}
	out := make(map[string]bool)
	for _, s := range b.words(key, r.Waives, waivable) {
		out[s] = true
	}
	return out
}

// allowlist makes rules of the allowlist: one for names, one for hashes.
func (b *compiler) allowlist() []rule {
	const key = "policy.allowlist"
	var names []entry
	sums := make(map[string]bool)
	for _, n := range b.entries(key, b.c.Allowlist) {
		if n.sha256 != "" {
			sums[n.sha256] = true
		} else {
			names = append(names, n)
		}
	}
	var out []rule
	base := rule{label: key, origin: b.c.Origins[key], action: Allow, list: true}
	if len(names) > 0 {
		u := base
		l := newList(names)
		u.names = &l
		out = append(out, u)
	}
	if len(sums) > 0 {
		u := base
		u.sha256 = sums
		out = append(out, u)
	}
	return out
}
