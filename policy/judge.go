package policy

import (
	"fmt"
	"slices"

	"pipwarden/pypi"
	"pipwarden/scan"
)

// judgeChecks are the settings that speak of the report, in the order of a
// trace.
var judgeChecks = []func(*eval){
	(*eval).checkLevel,
	(*eval).checkSourceClean,
	(*eval).checkGaps,
	(*eval).checkFindings,
	(*eval).checkNativeReport,
}

func (e *eval) checkLevel() {
	switch e.r.Level {
	case scan.LevelMalicious:
		e.object(objection{firm: content, action: e.p.c.Levels.Malicious, Reason: Reason{
			Code: CodeMalicious, Setting: "policy.levels.malicious",
			Text: "malicious: " + topFinding(e.r),
		}})
	case scan.LevelSuspicious:
		e.object(e.suspicious())
	default:
		e.silentFor("policy.levels", func() string { return fmt.Sprintf("the report is %s, score %d", e.r.Level, e.r.Score) })
	}
}

// suspicious is the objection to a suspicious report.
func (e *eval) suspicious() objection {
	return objection{firm: content, action: e.p.c.Levels.Suspicious, Reason: Reason{
		Code: CodeSuspicious, Setting: "policy.levels.suspicious",
		Text: "suspicious, a person should look: " + topFinding(e.r),
	}}
}

// topFinding tells of the heaviest finding: what, by which rule, and where.
func topFinding(r *scan.Report) string {
	if len(r.Findings) == 0 {
		return "the report gives no finding"
	}
	top := &r.Findings[0]
	for i := range r.Findings {
		if r.Findings[i].Weight > top.Weight {
			top = &r.Findings[i]
		}
	}
	text := fmt.Sprintf("%s (rule %s", quote(top.Message, 96), ident(top.Rule))
	if where := top.Where(); where != "" {
		text += " at " + quote(where, 48)
	}
	return text + ")"
}

// ident renders an id of ours. Ids are kebab-case; anything else is quoted.
func ident(id string) string {
	for i := range len(id) {
		if c := id[i]; c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return quote(id, 40)
		}
	}
	if id == "" {
		return `""`
	}
	return clip(id, 40)
}

// checkSourceClean asks more of an sdist than of a wheel: what a wheel might do
// when it is imported, an sdist does when it is installed.
func (e *eval) checkSourceClean() {
	const setting = "policy.source_needs_clean"
	switch {
	case e.s.Filename.Kind != pypi.KindSdist:
		e.silent(setting, "not a source distribution")
	case !e.p.c.SourceNeedsClean:
		e.silent(setting, "false: the level's own setting decides")
	case e.r.Level == scan.LevelClean:
		e.silent(setting, "the report is clean")
	default:
		e.object(objection{firm: content, action: Block, Reason: Reason{
			Code: CodeSourceNotClean, Setting: setting,
			Text: "an sdist runs code when it is built, and its report is not clean: " + topFinding(e.r),
		}})
	}
}

// checkGaps asks once for every id. What could not be scanned may be anything.
func (e *eval) checkGaps() {
	if len(e.r.Gaps) == 0 {
		e.silent("policy.gaps", "all of the file was scanned")
		return
	}
	type kind struct {
		id     string
		hazard bool
	}
	count := make(map[kind]int)
	var order []kind
	first := make(map[kind]*scan.Gap)
	for i := range e.r.Gaps {
		g := &e.r.Gaps[i]
		k := kind{g.ID, g.Hazard}
		if count[k]++; count[k] == 1 {
			order, first[k] = append(order, k), g
		}
	}
	for _, k := range order {
		e.object(e.gap(first[k], count[k]))
	}
}

// gap is the objection to all gaps with the id of g.
func (e *eval) gap(g *scan.Gap, count int) objection {
	table, actions, code, what := "policy.gaps", e.p.c.Gaps, CodeGap, "not everything could be scanned: "
	if g.Hazard {
		table, actions, code, what = "policy.hazards", e.p.c.Hazards, CodeHazard, "the archive does not read the same everywhere: "
	}
	key := DefaultKey
	if _, ok := actions[g.ID]; ok && g.ID != "" {
		key = g.ID
	}
	text := what + ident(g.ID)
	if where := g.Where(); where != "" {
		text += " at " + quote(where, 40)
	}
	if count > 1 {
		text += fmt.Sprintf(" and %d more", count-1)
	}
	if g.Detail != "" {
		text += ": " + quote(g.Detail, max(16, min(maxQuoted, MaxText-len(text)-2)))
	}
	return objection{firm: content, action: actions[key], id: g.ID, Reason: Reason{
		Code: code, Setting: table + "." + key, Text: text,
	}}
}

// checkFindings is for findings that a policy names, whatever they weigh.
func (e *eval) checkFindings() {
	const table = "policy.findings"
	if len(e.p.c.Findings) == 0 {
		e.silent(table, "empty")
		return
	}
	var told []string
	for i := range e.r.Findings {
		f := &e.r.Findings[i]
		action, ok := e.p.c.Findings[f.Rule]
		if !ok || slices.Contains(told, f.Rule) {
			continue
		}
		told = append(told, f.Rule)
		e.object(objection{firm: content, action: action, id: f.Rule, Reason: Reason{
			Code: CodeFinding, Setting: table + "." + f.Rule,
			Text: fmt.Sprintf("%s (rule %s at %s)", quote(f.Message, 96), ident(f.Rule), quote(f.Where(), 48)),
		}})
	}
	if len(told) == 0 {
		e.silentFor(table, func() string { return fmt.Sprintf("none of %d findings is named", len(e.r.Findings)) })
	}
}

// CapabilityNative is the capability of a report whose artifact holds compiled
// code.
const CapabilityNative = "native-code"

// checkNativeReport is for compiled code in a file whose name promises none.
func (e *eval) checkNativeReport() {
	const setting = "policy.native_files"
	if !slices.Contains(e.r.Capabilities, CapabilityNative) {
		e.silent(setting, "the report names no compiled code")
		return
	}
	if slices.ContainsFunc(e.s.Filename.Tags, func(t pypi.Tag) bool { return t.Platform != "any" }) {
		return // said before download
	}
	e.object(objection{action: e.p.c.NativeFiles, Reason: Reason{
		Code: CodeNative, Setting: setting,
		Text: "holds compiled code that no scanner of Python reads, and its name does not say so",
	}})
}
