package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
)

// revisionSeed goes into every revision; it changes when the same
// configuration comes to mean something else.
const revisionSeed = "pipwarden policy 1\n"

// reservation is a compiled [Reservation].
type reservation struct {
	index    string
	projects globs
}

// compiler collects problems, so that a person reads all of them at once.
type compiler struct {
	c        Config
	problems Errors
}

// problem notes what is wrong with a key.
func (b *compiler) problem(key, format string, args ...any) {
	b.problems = append(b.problems, &ConfigError{Key: key, Origin: b.c.Origins[key], Problem: plain(fmt.Sprintf(format, args...))})
}

// Compile checks c and makes a policy of it. The error is [Errors] and holds
// all problems; there is no policy beside it.
func Compile(c Config) (*Policy, error) {
	b := &compiler{c: c.clone()}
	p := &Policy{c: b.c, ready: true}
	b.actions()
	p.deny = newList(b.entries("policy.denylist", c.Denylist))
	p.only = newList(b.entries("policy.only", c.Only))
	p.exempt = b.globs("policy.cooldown.exempt", c.Cooldown.Exempt, NormalGlob)
	p.rules = b.rules()
	p.rules = append(p.rules, b.allowlist()...)
	for _, r := range c.Reserved {
		p.reserved = append(p.reserved, reservation{r.Index, b.globs("upstream.index.reserved", r.Projects, NormalGlob)})
	}
	if len(b.problems) > 0 {
		return nil, b.problems
	}
	p.revision = revision(b.c)
	return p, nil
}

// revision hashes all that decisions depend on, and not where it was written.
func revision(c Config) string {
	c.Origins, c.Known = nil, Known{}
	text, err := json.Marshal(c)
	if err != nil {
		panic("policy: configuration has no JSON form: " + err.Error())
	}
	sum := sha256.Sum256(append([]byte(revisionSeed), text...))
	return hex.EncodeToString(sum[:16])
}

// actions checks the values that are enumerations, which a program may have set
// to anything, and the ids.
func (b *compiler) actions() {
	c := &b.c
	if c.Mode > Audit {
		b.problem("policy.mode", "unknown mode: want enforce, warn or audit")
	}
	for _, a := range []struct {
		key string
		val Action
	}{
		{"policy.source_installs", c.SourceInstalls}, {"policy.native_files", c.NativeFiles},
		{"policy.yanked", c.Yanked}, {"policy.unhashed", c.Unhashed}, {"policy.unknown_files", c.UnknownFiles},
		{"policy.installers", c.Installers}, {"policy.eggs", c.Eggs},
		{"policy.levels.malicious", c.Levels.Malicious}, {"policy.levels.suspicious", c.Levels.Suspicious},
		{"policy.cooldown.action", c.Cooldown.Action}, {"policy.cooldown.unknown_age", c.Cooldown.UnknownAge}, {"policy.status.quarantined", c.Status.Quarantined},
		{"policy.status.archived", c.Status.Archived}, {"policy.status.deprecated", c.Status.Deprecated},
		{"policy.status.other", c.Status.Other},
	} {
		b.action(a.key, a.val)
	}
	if c.Cooldown.Period < 0 {
		b.problem("policy.cooldown.period", "is negative")
	}
	b.ids("policy.hazards", c.Hazards, c.Known.Gaps)
	b.ids("policy.gaps", c.Gaps, c.Known.Gaps)
	b.ids("policy.findings", c.Findings, c.Known.Findings)
}

func (b *compiler) action(key string, a Action) {
	if a > Allow {
		b.problem(key, "unknown action: want block, warn or allow")
	}
}

// ids checks a table of actions by id.
func (b *compiler) ids(table string, actions map[string]Action, known []string) {
	keys := make([]string, 0, len(actions))
	for id := range actions {
		keys = append(keys, id)
	}
	slices.Sort(keys)
	for _, id := range keys {
		b.action(table+"."+id, actions[id])
		if id != DefaultKey || table == "policy.findings" {
			b.known(table+"."+id, id, known)
		}
	}
}

// known checks an id that is not a pattern against those that reports can hold.
func (b *compiler) known(key, id string, known []string) {
	if len(known) == 0 || slices.Contains(known, id) {
		return
	}
	b.problem(key, "no such id: %s%s", quote(id, maxQuoted), nearest(id, known))
}

// globs compiles patterns.
func (b *compiler) globs(key string, list []string, normal func(string) string) globs {
	g, err := newGlobs(list, normal)
	if err != nil {
		b.problem(key, "%v", err)
	}
	return g
}

// entries reads the entries of one of the lists.
func (b *compiler) entries(key string, texts []string) []entry {
	out := make([]entry, 0, len(texts))
	for _, text := range texts {
		e, err := newEntry(text)
		if err != nil {
			b.problem(key, "%v", err)
		}
		out = append(out, e)
	}
	return out
}
