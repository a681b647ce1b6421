// Package policy decides, from what is known of a file, whether it is served.
//
// The package is pure: it does no I/O, and the time is an argument. It turns a
// [Config] into a [Policy], and a Policy answers for one file at a time:
// [Policy.Screen] before the download, [Policy.Judge] with the scanner's report.
// What was not decided is blocked: that is the zero value of everything here.
//
// # How a decision comes about
//
// First every setting of the [policy] table is asked, and each may have an
// objection to the file, with an action of its own: it blocks or it warns. Then
// the [[rule]] tables are asked in their order, and the allowlist after them.
// The first that matches ends the walk: one that blocks, blocks; one that allows
// lifts the objections; one that warns lifts them too, and adds its own warning.
// What is left decides, the strictest first. At the end the mode of the policy
// may soften the result.
//
// A rule with `waives` lifts the objections that it lists and no others, and
// does not end the walk. What it leaves, the rules after it may lift.
//
// # What has to be named
//
// A person who waives the cooldown for a project has not looked at what is in
// its next release. So some objections are lifted only by a rule that names
// what they are about:
//
//   - malicious, suspicious and source-not-clean: a rule with a condition on
//     `level`, or on `finding`, `behaviour` or `stage`. One that speaks of
//     findings lifts the level only as far as no other finding carries it;
//   - hazard and gap: a rule with a condition on `gap`, and only those ids;
//   - finding: a rule with a condition on `finding`, `behaviour` or `stage`, and
//     only where it covers all findings of that id;
//   - all of them: a rule that names the file by `sha256`, or lists the code
//     in `waives`;
//   - a file whose SHA-256 is on the denylist, or whose name was served with
//     another SHA-256 before: a rule that names the SHA-256, and nothing else.
//
// Nothing lifts the refusal of a file that was not scanned, or of a name that is
// reserved to another index; no mode softens them either. And what the policy
// never sees, it cannot waive: a hash that does not match, a file that the index
// does not list, an archive that changes while it is read.
//
// # Before the scan
//
// Conditions on the report, and on a SHA-256 that the index does not give, have
// no answer at Screen. Screen then takes the mildest outcome that any report
// could lead to: a rule that may let through after the scan makes the
// objections that it could lift uncertain, and a rule that may block does not
// block yet. A Block by Screen is therefore final, and nothing but a Block by
// Screen saves the scan: Screen never lets anything through, it only lets
// things go on to Judge, which asks everything again. [Decision.Pending] says
// that a rule is waiting.
//
// # Time
//
// The age of a file counts from the upload time of this very file. Where the
// index gives none, or one before there were indexes, it counts from the moment
// this guard first saw the file; a file that it sees only now is new, however
// old it may be elsewhere. So an index that gives no times starts with a
// cooldown for everything; a rule for that index that waives "cooldown" is the
// way out. A time in the future makes a file wait longer and not shorter.
//
// [Decision.Until] is the exact moment at which the same question gets another
// answer, so that rendered pages can be kept until then. Texts of reasons name
// moments and no ages, so that they stay true as long.
package policy

import (
	"slices"
	"time"

	"pipwarden/scan"
)

// A Policy is a compiled configuration. It is immutable and safe for
// concurrent use. The zero value and nil block everything.
type Policy struct {
	ready    bool
	c        Config
	revision string
	deny     list
	only     list
	exempt   globs
	reserved []reservation
	rules    []rule // in order; the allowlist's last
}

// Revision is a hash of the effective policy: it changes when the policy does,
// and not when only comments or the order of keys do. "" = no policy.
func (p *Policy) Revision() string {
	if p == nil {
		return ""
	}
	return p.revision
}

// Mode is how much of the policy is put into effect.
func (p *Policy) Mode() Mode {
	if p == nil {
		return Enforce
	}
	return p.c.Mode
}

// Screen decides by what is known before download. A Block is final: no report
// could change it. Anything else means that the file may be fetched and judged,
// never that it may be served.
func (p *Policy) Screen(s *Subject, now time.Time) Decision {
	return p.decide(query{subject: s, now: now})
}

// Judge decides with the report. It includes all that Screen checks. A nil
// report is a Block.
func (p *Policy) Judge(s *Subject, r *scan.Report, now time.Time) Decision {
	return p.decide(query{subject: s, report: r, judge: true, now: now})
}

// ExplainScreen is Screen with a Trace.
func (p *Policy) ExplainScreen(s *Subject, now time.Time) Decision {
	return p.decide(query{subject: s, now: now, explain: true})
}

// ExplainJudge is Judge with a Trace.
func (p *Policy) ExplainJudge(s *Subject, r *scan.Report, now time.Time) Decision {
	return p.decide(query{subject: s, report: r, judge: true, now: now, explain: true})
}

// A query is one question to a policy.
type query struct {
	subject *Subject
	report  *scan.Report
	judge   bool
	explain bool
	now     time.Time
}

// decide answers a query.
func (p *Policy) decide(q query) Decision {
	switch {
	case p == nil || !p.ready:
		return refusal(CodeNoPolicy, "there is no policy in force, so nothing is served; see the log of the guard")
	case q.subject == nil || q.subject.File == nil:
		return refusal(CodeNoPolicy, "there is no file to decide on")
	}
	s := *q.subject
	if s.FirstSeen.IsZero() {
		s.FirstSeen = q.now // it stays the same when asked what comes later
	}
	q.subject = &s
	if q.judge {
		if text := unusable(&s, q.report); text != "" {
			return p.unjudged(q, text)
		}
	}
	d, edge := p.at(q)
	d.Until = p.until(q, d, edge)
	return d
}

// refusal is the answer where no policy can be asked.
func refusal(code, text string) Decision {
	return Decision{Reasons: []Reason{{Code: code, Text: text}}}
}

// unjudged refuses a file without a usable report, beside whatever else speaks
// against it before download.
func (p *Policy) unjudged(q query, text string) Decision {
	q.judge, q.report = false, nil
	d, _ := p.at(q)
	none := Decision{Hidden: d.Hidden, Trace: d.Trace, Reasons: []Reason{{Code: CodeNotScanned, Text: text}}}
	if d.Action == Block {
		none.Reasons = slices.Insert(d.Reasons, len(d.Reasons), none.Reasons...)
	}
	if q.explain {
		last := len(none.Trace) - 1 // before the decision, which is another one now
		none.Trace = append(none.Trace[:last], Step{Setting: "report", Outcome: "block", Text: text},
			Step{Setting: decided, Outcome: "block", Text: summary(none)})
	}
	return none
}

// unusable says why a report cannot be judged, or "".
func unusable(s *Subject, r *scan.Report) string {
	switch {
	case r == nil:
		return "the file was not scanned, and nothing is served unscanned"
	case r.Level != scan.LevelClean && r.Level != scan.LevelSuspicious && r.Level != scan.LevelMalicious:
		return "the report has no level, so the scan was not finished"
	case r.Filename != "" && r.Filename != s.Filename.Text:
		return "the report is of a file with another name"
	case r.SHA256 != "" && s.File.Hashes["sha256"] != "" && r.SHA256 != s.File.Hashes["sha256"]:
		return "the report is of a file with another hash"
	}
	return ""
}

// at evaluates the query at its moment. The second result is the next moment at
// which something that was consulted changes; zero = never.
func (p *Policy) at(q query) (Decision, time.Time) {
	e := eval{p: p, s: q.subject, r: q.report, judged: q.judge, now: q.now}
	if q.explain {
		e.trace = new([]Step)
	}
	d := e.run()
	if q.explain {
		e.step(decided, Origin{}, d.Action.String(), summary(d))
		d.Trace = *e.trace
	}
	return d, e.edge
}

// summary says in one line what decided.
func summary(d Decision) string {
	text := "nothing speaks against it"
	if len(d.Reasons) > 0 {
		text = d.Reasons[0].Code + ": " + d.Reasons[0].Text
	}
	if d.Pending {
		text = "before the scan: " + text
	}
	return text
}

// maxEdges bounds the search for the moment at which a decision changes. Each
// rule has three moments at most, and few are near a file's age.
const maxEdges = 64

// until finds the first moment at which the decision is another one. Moments
// that change nothing are passed over, so that a page is not rebuilt for them.
func (p *Policy) until(q query, d Decision, edge time.Time) time.Time {
	q.explain = false
	for range maxEdges {
		if edge.IsZero() {
			return time.Time{}
		}
		q.now = edge
		then, next := p.at(q)
		if !same(d, then) {
			return edge
		}
		edge = next
	}
	return edge
}

// same reports whether two decisions are one but for Until and Trace.
func same(a, b Decision) bool {
	return a.Action == b.Action && a.Older == b.Older && a.Hidden == b.Hidden && a.Waiver == b.Waiver &&
		a.Mode == b.Mode && a.Pending == b.Pending && slices.Equal(a.Reasons, b.Reasons)
}
