package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pipwarden/pypi"
	"pipwarden/scan"
)

// An answer says whether a condition holds. Before the scan some have none yet.
type answer uint8

const (
	no answer = iota
	later
	yes
)

func answerOf(ok bool) answer {
	if ok {
		return yes
	}
	return no
}

// A rule is a compiled [Rule], or the allowlist, which is asked last.
type rule struct {
	label   string // `rule[0] "name"`
	origin  Origin
	action  Action
	reason  string
	expires time.Time
	waives  map[string]bool // nil = everything that need not be named
	list    bool            // the allowlist: weaker than the denylist

	names    *list // the allowlist's entries without hash; nil = no condition
	project  globs
	version  pypi.Specifiers
	kinds    []pypi.Kind
	index    globs
	client   clients
	sha256   map[string]bool
	older    time.Duration
	younger  time.Duration
	levels   []scan.Level
	evidence evidence
	gap      globs
}

// evidence is what a rule says of a single finding.
type evidence struct {
	finding    globs
	behaviours []string
	stages     []string
}

func (v *evidence) empty() bool {
	return v.finding.empty() && len(v.behaviours) == 0 && len(v.stages) == 0
}

// match says whether one finding is what the rule speaks of.
func (v *evidence) match(f *scan.Finding) bool {
	if !v.finding.empty() && !v.finding.match(f.Rule) {
		return false
	}
	if len(v.stages) > 0 && !slices.Contains(v.stages, string(f.Stage)) {
		return false
	}
	return len(v.behaviours) == 0 || slices.ContainsFunc(f.Behaviours, func(b scan.Behaviour) bool {
		return slices.Contains(v.behaviours, string(b))
	})
}

// A condition is one thing that a rule asks.
type condition struct {
	key  string
	ask  func(*rule, *eval) answer
	fact func(*rule, *eval) string // what it found, for a trace
}

// conditions are asked in this order. Those of the clock come after all that
// never changes, so that a rule that is not about the file sets no alarm; those
// of the report come last.
var conditions = []condition{
	{"allowlist", (*rule).askNames, func(*rule, *eval) string { return "does not name the project" }},
	{"project", (*rule).askProject, func(_ *rule, e *eval) string { return "is " + quote(string(e.s.project()), maxQuoted) }},
	{"version", (*rule).askVersion, func(u *rule, e *eval) string {
		return quote(e.s.Filename.Version.String(), maxQuoted) + " is not in " + quote(u.version.String(), maxQuoted)
	}},
	{"kind", (*rule).askKind, func(_ *rule, e *eval) string { return "is " + e.s.Filename.Kind.String() }},
	{"index", (*rule).askIndex, func(_ *rule, e *eval) string { return "is " + quote(e.s.Index, maxQuoted) }},
	{"client", (*rule).askClient, func(_ *rule, e *eval) string { return "is " + quote(clientText(&e.s.Client), maxQuoted) }},
	{"sha256", (*rule).askSHA256, func(_ *rule, e *eval) string { return "is " + quote(e.sha256(), maxQuoted) }},
	{"expires", (*rule).askExpires, func(u *rule, _ *eval) string { return "since " + stamp(u.expires) }},
	{"older_than", (*rule).askOlder, func(u *rule, e *eval) string { return "not before " + stamp(e.published.Add(u.older)) }},
	{"younger_than", (*rule).askYounger, func(u *rule, e *eval) string { return "not since " + stamp(e.published.Add(u.younger)) }},
	{"level", (*rule).askLevel, (*rule).reportFact},
	{"finding, behaviour, stage", (*rule).askEvidence, (*rule).reportFact},
	{"gap", (*rule).askGap, (*rule).reportFact},
}

// match asks all conditions.
func (u *rule) match(e *eval) answer {
	result := yes
	for i := range conditions {
		switch conditions[i].ask(u, e) {
		case no:
			return no
		case later:
			result = later
		}
	}
	return result
}

// why says which condition made [rule.match] answer as it did: an outcome and a
// text, for the trace.
func (u *rule) why(e *eval) (outcome, text string) {
	outcome, text = "match", "all conditions hold"
	for _, c := range conditions {
		a := c.ask(u, e)
		switch {
		case a == no && c.key == "expires":
			return "expired", c.fact(u, e)
		case a == no:
			return "no match", c.key + " " + c.fact(u, e)
		case a == later && outcome == "match":
			outcome, text = "not yet", c.key+" "+c.fact(u, e)
		}
	}
	return outcome, text
}

// reportFact sums up the report.
func (u *rule) reportFact(e *eval) string {
	if !e.judged {
		return "needs the report"
	}
	return fmt.Sprintf("not in the report: %s, %d findings, %d gaps", e.r.Level, len(e.r.Findings), len(e.r.Gaps))
}

func (u *rule) askNames(e *eval) answer {
	return answerOf(u.names == nil || u.names.find(e.s, "", false) != nil)
}

func (u *rule) askProject(e *eval) answer {
	return answerOf(u.project.empty() || u.project.match(string(e.s.project())))
}

func (u *rule) askVersion(e *eval) answer {
	return answerOf(matchVersion(u.version, e.s.Filename.Version, u.action == Block))
}

func (u *rule) askKind(e *eval) answer {
	return answerOf(len(u.kinds) == 0 || slices.Contains(u.kinds, e.s.Filename.Kind))
}

func (u *rule) askIndex(e *eval) answer {
	return answerOf(u.index.empty() || u.index.match(e.s.Index))
}

func (u *rule) askClient(e *eval) answer {
	return answerOf(u.client.empty() || u.client.match(&e.s.Client))
}

func (u *rule) askSHA256(e *eval) answer {
	if len(u.sha256) == 0 {
		return yes
	}
	sum := e.sha256()
	if sum == "" && !e.judged {
		return later
	}
	return answerOf(u.sha256[sum])
}

func (u *rule) askExpires(e *eval) answer {
	return answerOf(u.expires.IsZero() || !e.passed(u.expires))
}

func (u *rule) askOlder(e *eval) answer {
	return answerOf(u.older == 0 || e.passed(e.published.Add(u.older)))
}

func (u *rule) askYounger(e *eval) answer {
	return answerOf(u.younger == 0 || !e.passed(e.published.Add(u.younger)))
}

func (u *rule) askLevel(e *eval) answer {
	if len(u.levels) > 0 && !e.judged {
		return later
	}
	return answerOf(len(u.levels) == 0 || slices.Contains(u.levels, e.r.Level))
}

func (u *rule) askEvidence(e *eval) answer {
	switch {
	case u.evidence.empty():
		return yes
	case !e.judged:
		return later
	}
	for i := range e.r.Findings {
		if u.evidence.match(&e.r.Findings[i]) {
			return yes
		}
	}
	return no
}

func (u *rule) askGap(e *eval) answer {
	switch {
	case u.gap.empty():
		return yes
	case !e.judged:
		return later
	}
	return answerOf(slices.ContainsFunc(e.r.Gaps, func(g scan.Gap) bool { return u.gap.match(g.ID) }))
}

// clientText is all by which rules name a client.
func clientText(c *pypi.Client) string {
	if c.Token == "" {
		return toolVersion(*c)
	}
	return toolVersion(*c) + " with " + tokenPrefix + c.Token
}

// toolVersion is a client as rules name it: "pip/26.3".
func toolVersion(c pypi.Client) string { return c.Tool + "/" + c.ToolVersion }

// tell is the reason that the rule gives.
func (u *rule) tell() Reason {
	verb := map[Action]string{Block: "blocked by ", Warn: "let through with a warning by ", Allow: "let through by "}[u.action]
	text := verb + quoteLabel(u.label)
	if u.reason != "" {
		text += ": " + plain(u.reason)
	}
	if !u.expires.IsZero() {
		text += fmt.Sprintf(" (until %s)", Expiry(u.expires))
	}
	return Reason{Code: CodeRule, Text: clip(text, MaxText), Setting: u.label, Line: u.origin.Line}
}

// quoteLabel keeps a long rule name from filling the text.
func quoteLabel(label string) string { return clip(strings.TrimSpace(label), maxQuoted) }
