package policy

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"pipwarden/scan"
)

// firmness says what it takes to lift an objection.
type firmness uint8

const (
	// ordinary: any rule that matches.
	ordinary firmness = iota
	// content: a rule that speaks of the evidence, of the file's hash, or of
	// the code in `waives`. Whoever waives the cooldown for a name has not
	// looked at what is in the next release.
	content
	// denied: not the allowlist.
	denied
	// deniedHash: a rule that names the same hash.
	deniedHash
	// fixed: nothing.
	fixed
)

// An objection is what one setting has against a file.
type objection struct {
	Reason
	action Action
	firm   firmness
	id     string // gap, hazard or scanner's rule
	older  bool   // an older release will do
	lifted bool
	soft   bool  // a rule that needs the report may lift it
	by     *rule // which
}

// eval is one evaluation of a policy at one moment.
type eval struct {
	p      *Policy
	s      *Subject
	r      *scan.Report // not nil when judged
	judged bool

	now       time.Time
	published time.Time // the file's age counts from here
	clock     string    // which of the clocks that is
	edge      time.Time // the first moment at which something consulted changes; zero = never

	objections []objection
	matched    []*rule // rules that let through, in order
	waiver     string
	blocked    *rule
	pending    bool

	trace *[]Step
}

// step adds to the trace.
func (e *eval) step(setting string, origin Origin, outcome, text string) {
	if e.trace != nil {
		*e.trace = append(*e.trace, Step{Setting: setting, Origin: origin, Outcome: outcome, Text: clip(text, MaxText)})
	}
}

// silent traces a setting that has nothing against the file.
func (e *eval) silent(setting, text string) {
	if e.trace != nil {
		e.step(setting, e.p.c.Origins[setting], "silent", text)
	}
}

// silentFor is silent with a text that costs something to make.
func (e *eval) silentFor(setting string, text func() string) {
	if e.trace != nil {
		e.silent(setting, text())
	}
}

// object notes an objection of a setting, unless the setting allows the thing.
func (e *eval) object(o objection) {
	origin := e.p.c.Origins[o.Setting]
	o.Line, o.Text = origin.Line, clip(o.Text, MaxText)
	e.step(o.Setting, origin, o.action.String(), o.Text)
	if o.action != Allow {
		e.objections = append(e.objections, o)
	}
}

// run asks all settings, then the rules, and concludes.
func (e *eval) run() Decision {
	e.published, e.clock = e.s.published()
	for _, ask := range screenChecks {
		ask(e)
	}
	if e.judged {
		for _, ask := range judgeChecks {
			ask(e)
		}
	}
	e.askRules()
	d := e.conclude()
	e.soften(&d)
	return d
}

// askRules walks the rules. The first that matches ends the walk, unless it
// waives only some codes; then the rest is left to those after it.
//
// Before the scan a rule may have no answer yet. Screen wants the mildest of
// all possible outcomes, since only what no report could save may be refused
// without one: such a rule counts as one that lets through where it can, and
// never as one that blocks, and what comes after it no longer blocks for sure.
func (e *eval) askRules() {
	open := false // a rule without answer may have ended the walk
	for i := range e.p.rules {
		u := &e.p.rules[i]
		a := u.match(e)
		if a != yes {
			e.traceRule(u)
		}
		switch {
		case a == no:
			continue
		case a == later:
			e.pending = true
			if u.action != Block {
				e.lift(u, true)
				open = open || u.waives == nil
			}
			continue
		case u.action == Block && open:
			e.step(u.label, u.origin, "not yet", "blocks, unless a rule above matches after the scan")
			return
		case u.action == Block:
			e.step(u.label, u.origin, "block", "all conditions hold")
			e.blocked = u
			return
		}
		e.lift(u, open)
		if !open {
			e.matched = append(e.matched, u)
		}
		if e.trace != nil {
			e.step(u.label, u.origin, u.action.String(), "all conditions hold; lifts "+e.liftedBy(u))
		}
		if u.waives == nil {
			return
		}
	}
}

// traceRule says why a rule does not match, or not yet.
func (e *eval) traceRule(u *rule) {
	if e.trace != nil {
		outcome, text := u.why(e)
		e.step(u.label, u.origin, outcome, text)
	}
}

// lift takes from the objections what the rule lets through; with soft they are
// only no longer certain.
func (e *eval) lift(u *rule, soft bool) {
	for i := range e.objections {
		o := &e.objections[i]
		if o.lifted || !u.lifts(o, e) {
			continue
		}
		o.by = u
		if soft {
			o.soft = true
			continue
		}
		o.lifted = true
		if o.action == Block && e.waiver == "" {
			e.waiver = u.label
		}
		if o.Code == CodeMalicious && !u.evidence.empty() && scan.LevelOf(u.others(e.r)) == scan.LevelSuspicious {
			e.object(e.suspicious())
		}
	}
}

// lifts reports whether the rule, which matches, is enough for the objection.
func (u *rule) lifts(o *objection, e *eval) bool {
	if u.waives != nil && !u.waives[o.Code] {
		return false
	}
	switch o.firm {
	case ordinary:
		return true
	case content:
		return u.liftsContent(o, e)
	case denied:
		return !u.list
	case deniedHash:
		return len(u.sha256) > 0 && !u.list
	}
	return false
}

// liftsContent is for what a report says. A rule that names gaps lifts these
// gaps, and one that names findings lifts these findings, and the level as far
// as no other finding carries it.
func (u *rule) liftsContent(o *objection, e *eval) bool {
	if len(u.sha256) > 0 {
		return true
	}
	named := u.waives != nil // then the code is among them
	switch o.Code {
	case CodeHazard, CodeGap:
		if !u.gap.empty() {
			return u.gap.match(o.id)
		}
		return named
	case CodeFinding:
		if !u.evidence.empty() {
			return !slices.ContainsFunc(u.others(e.r), func(f scan.Finding) bool { return f.Rule == o.id })
		}
		return named
	}
	if u.evidence.empty() {
		return named || len(u.levels) > 0
	}
	rest := scan.LevelOf(u.others(e.r))
	switch o.Code {
	case CodeMalicious:
		return rest < scan.LevelMalicious
	case CodeSuspicious:
		return rest < scan.LevelSuspicious
	}
	return rest == scan.LevelClean
}

// others are the findings that the rule does not speak of.
func (u *rule) others(r *scan.Report) []scan.Finding {
	var out []scan.Finding
	for i := range r.Findings {
		if !u.evidence.match(&r.Findings[i]) {
			out = append(out, r.Findings[i])
		}
	}
	return out
}

// liftedBy names the codes of what the rule lifted, for the trace.
func (e *eval) liftedBy(u *rule) string {
	var codes []string
	for i := range e.objections {
		if e.objections[i].by == u {
			codes = append(codes, e.objections[i].Code)
		}
	}
	if len(codes) == 0 {
		return "nothing"
	}
	return strings.Join(codes, ", ")
}

// conclude makes the decision of what is left.
func (e *eval) conclude() Decision {
	d := Decision{Action: Allow, Pending: e.pending}
	left := e.left()
	if e.blocked != nil {
		left = append(left, objection{Reason: e.blocked.tell(), older: e.blocked.speaksOfRelease()})
	}
	warned := false
	for _, u := range e.matched {
		if u.action == Warn {
			warned = true
		}
	}
	slices.SortStableFunc(left, func(a, b objection) int {
		return cmp.Or(cmp.Compare(a.action, b.action), cmp.Compare(severity[a.Code], severity[b.Code]))
	})
	d.Older = true
	for _, o := range left {
		d.Action = min(d.Action, o.action)
		d.Reasons = append(d.Reasons, o.Reason)
		d.Hidden = d.Hidden || o.Code == CodeReserved
		d.Older = d.Older && (o.older || o.action != Block)
	}
	d.Older = d.Older && d.Action == Block && !d.Hidden
	if d.Action == Block {
		return d
	}
	if warned {
		d.Action = Warn
	}
	d.Waiver = e.waiver
	d.Reasons = append(e.told(), d.Reasons...)
	return d
}

// left are the objections that no rule lifted for good. One that may be lifted
// after the scan is no reason to refuse before it.
func (e *eval) left() []objection {
	var out []objection
	for _, o := range e.objections {
		if o.lifted {
			continue
		}
		if o.soft {
			o.action = Warn
		}
		out = append(out, o)
	}
	return out
}

// told are the reasons of the rules that let through: all that warn, and those
// that had something to lift.
func (e *eval) told() []Reason {
	var out []Reason
	for _, u := range e.matched {
		if u.action == Warn || slices.ContainsFunc(e.objections, func(o objection) bool { return o.lifted && o.by == u }) {
			out = append(out, u.tell())
		}
	}
	return out
}

// speaksOfRelease reports whether the rule blocks a release rather than a
// project: then an older release will do.
func (u *rule) speaksOfRelease() bool { return !u.version.IsZero() || u.younger > 0 }

// soften puts the mode of the whole policy into effect. What was not scanned,
// and a name that belongs to another index, is refused in every mode.
func (e *eval) soften(d *Decision) {
	mode := e.p.c.Mode
	if mode == Enforce {
		return
	}
	const setting = "policy.mode"
	hard := slices.ContainsFunc(e.objections, func(o objection) bool { return o.firm == fixed })
	to := Warn
	if mode == Audit {
		to = Allow
	}
	if hard || d.Action >= to {
		e.silent(setting, mode.String()+" changes nothing here")
		return
	}
	e.step(setting, e.p.c.Origins[setting], to.String(), "mode "+mode.String()+": the decision would be "+d.Action.String())
	d.Action, d.Mode, d.Older = to, mode, false
}
