package policy

import (
	"fmt"
	"time"

	"pipwarden/pypi"
)

// screenChecks are the settings that need no report, in the order of a trace.
var screenChecks = []func(*eval){
	(*eval).checkReserved,
	(*eval).checkDenylist,
	(*eval).checkChanged,
	(*eval).checkOnly,
	(*eval).checkStatus,
	(*eval).checkHashes,
	(*eval).checkKind,
	(*eval).checkYanked,
	(*eval).checkSource,
	(*eval).checkNativeWheel,
	(*eval).checkCooldown,
}

// checkReserved keeps a private name off every index but its own: otherwise
// whoever registers it elsewhere with a higher version wins (dependency
// confusion).
func (e *eval) checkReserved() {
	const setting = "upstream.index.reserved"
	owner, mine := "", false
	for _, r := range e.p.reserved {
		if r.projects.match(string(e.s.project())) {
			mine = mine || r.index == e.s.Index
			owner = r.index
		}
	}
	if owner == "" || mine {
		e.silentFor(setting, func() string { return "the name is not reserved to another index than " + quote(e.s.Index, maxQuoted) })
		return
	}
	e.object(objection{firm: fixed, action: Block, Reason: Reason{
		Code: CodeReserved, Setting: setting,
		Text: "the name is reserved to the index " + quote(owner, maxQuoted) + " and is taken from nowhere else",
	}})
}

func (e *eval) checkDenylist() {
	const setting = "policy.denylist"
	n := e.p.deny.find(e.s, e.sha256(), true)
	if n == nil {
		e.silentFor(setting, func() string { return fmt.Sprintf("none of %d entries names the file", len(e.p.deny.entries)) })
		return
	}
	o := objection{firm: denied, action: Block, older: !n.version.IsZero(), Reason: Reason{
		Code: CodeDenied, Setting: setting,
		Text: "on this policy's denylist: " + quote(n.text, maxQuoted),
	}}
	if n.sha256 != "" {
		o.firm, o.Text = deniedHash, "this very file is on this policy's denylist: "+quote(n.text, maxQuoted+16)
	}
	if o.older {
		o.Text += "; another release will do"
	}
	e.object(o)
}

func (e *eval) checkOnly() {
	const setting = "policy.only"
	switch {
	case len(e.p.only.entries) == 0:
		e.silent(setting, "empty: every project may be asked for")
	case e.sha256() == "" && !e.judged && len(e.p.only.byHash) > 0:
		e.pending = true
		e.silent(setting, "the index gives no SHA-256, so it is not known yet whether the list names the file")
	case e.p.only.find(e.s, e.sha256(), false) != nil:
		e.silent(setting, "the list names the file")
	default:
		e.object(objection{action: Block, Reason: Reason{
			Code: CodeUnlisted, Setting: setting,
			Text: "not among the projects that this policy permits; ask for an entry in policy.only",
		}})
	}
}

// checkStatus obeys the index's own word on the project (PEP 792), which no
// installer does.
func (e *eval) checkStatus() {
	st := e.s.Status
	setting, code, action := "policy.status.other", CodeStatus, e.p.c.Status.Other
	switch st.State {
	case "", "active":
		e.silent("policy.status", "the project is active")
		return
	case "quarantined":
		setting, code, action = "policy.status.quarantined", CodeQuarantined, e.p.c.Status.Quarantined
	case "archived":
		setting, code, action = "policy.status.archived", CodeArchived, e.p.c.Status.Archived
	case "deprecated":
		setting, code, action = "policy.status.deprecated", CodeDeprecated, e.p.c.Status.Deprecated
	}
	text := "the index marks the project " + quote(st.State, 24)
	if code != CodeStatus {
		text = "the index marks the project as " + code
	}
	if st.Reason != "" {
		text += ": " + quote(st.Reason, maxQuoted)
	}
	if code == CodeQuarantined {
		text += "; wait until it is cleared"
	}
	e.object(objection{action: action, Reason: Reason{Code: code, Setting: setting, Text: text}})
}

// checkHashes wants one digest to check the transfer against: one that is
// computed here, or a wrong one beside a right MD5 would pass for proof.
func (e *eval) checkHashes() {
	const setting = "policy.unhashed"
	for _, algorithm := range pypi.VerifiableHashes {
		if e.s.File.Hashes[algorithm] != "" {
			e.silent(setting, "the index gives a "+algorithm)
			return
		}
	}
	text := "the index gives no hash for this file, so nobody can tell whether it is the right one"
	if len(e.s.File.Hashes) > 0 {
		text = "the index gives no hash for this file but a weak one, such as MD5, or one that is not verified here"
	}
	e.object(objection{action: e.p.c.Unhashed, Reason: Reason{Code: CodeUnhashed, Setting: setting, Text: text}})
}

func (e *eval) checkKind() {
	o := objection{}
	switch e.s.Filename.Kind {
	case pypi.KindWheel, pypi.KindSdist:
		e.silent("policy.unknown_files", "the file is of kind "+e.s.Filename.Kind.String())
		return
	case pypi.KindEgg:
		o.action, o.Reason = e.p.c.Eggs, Reason{Code: CodeEgg, Setting: "policy.eggs",
			Text: "eggs are run without being unpacked and no current installer wants one; ask for a wheel"}
	case pypi.KindInstaller:
		o.action, o.Reason = e.p.c.Installers, Reason{Code: CodeInstaller, Setting: "policy.installers",
			Text: "a program that installs itself cannot be judged; ask for a wheel"}
	default:
		o.action, o.Reason = e.p.c.UnknownFiles, Reason{Code: CodeUnknownFile, Setting: "policy.unknown_files",
			Text: "the name " + quote(e.s.Filename.Text, maxQuoted) + " is not that of a wheel or sdist of this project"}
	}
	e.object(o)
}

func (e *eval) checkYanked() {
	const setting = "policy.yanked"
	if !e.s.File.Yanked {
		e.silent(setting, "the file is not yanked")
		return
	}
	text := "its author withdrew (yanked) this release"
	if e.s.File.YankedReason != "" {
		text += ": " + quote(e.s.File.YankedReason, maxQuoted)
	}
	e.object(objection{action: e.p.c.Yanked, Reason: Reason{Code: CodeYanked, Setting: setting, Text: text + "; choose another version"}})
}

// checkSource is about sdists: to install one is to run its build code, with
// the rights of whoever installs. Two of three malicious packages act there
// (Guo et al., ASE 2023).
func (e *eval) checkSource() {
	const setting, prefer = "policy.source_installs", "policy.prefer_wheel"
	if e.s.Filename.Kind != pypi.KindSdist {
		e.silent(setting, "not a source distribution")
		return
	}
	text := "installing this sdist runs the package's own build code"
	if e.p.c.SourceInstalls == Block {
		text += "; ask for a release with a wheel, or add a [[rule]] for the project"
	}
	e.object(objection{action: e.p.c.SourceInstalls, Reason: Reason{Code: CodeSourceInstall, Setting: setting, Text: text}})
	switch {
	case e.p.c.SourceInstalls == Block:
		e.silent(prefer, "every sdist is refused anyway")
	case !e.p.c.PreferWheel:
		e.silent(prefer, "false: an sdist is as good as a wheel")
	default:
		e.checkPreferWheel(prefer)
	}
}

func (e *eval) checkPreferWheel(setting string) {
	if e.s.crowded() {
		e.object(objection{action: Block, Reason: Reason{
			Code: CodePreferWheel, Setting: setting,
			Text: fmt.Sprintf("this release lists %d files, more than %d, so a wheel is taken to suit; add a [[rule]] to install the sdist", len(e.s.Release), maxRelease),
		}})
		return
	}
	wheel := e.s.suitableWheel()
	if wheel == "" {
		e.silent(setting, "no wheel of this release suits the client, or it did not say enough")
		return
	}
	e.object(objection{action: Block, Reason: Reason{
		Code: CodePreferWheel, Setting: setting,
		Text: "this release has a wheel that suits: " + quote(wheel, maxQuoted) + "; install that (pip: no --no-binary), or add a [[rule]]",
	}})
}

// checkNativeWheel takes a wheel for some platform at its word.
func (e *eval) checkNativeWheel() {
	const setting = "policy.native_files"
	for _, t := range e.s.Filename.Tags {
		if t.Platform != "any" {
			e.object(objection{action: e.p.c.NativeFiles, Reason: Reason{
				Code: CodeNative, Setting: setting,
				Text: "built for a platform, so it holds compiled code that no scanner of Python reads",
			}})
			return
		}
	}
	e.silent(setting, "the file name promises no compiled code")
}

// checkCooldown holds a young file back. It counts each file's own age: a file
// added to an old release is a new file.
func (e *eval) checkCooldown() {
	const setting = "policy.cooldown.period"
	c := e.p.c.Cooldown
	switch {
	case c.Period <= 0:
		e.silent(setting, "0: no cooldown")
		return
	case e.p.exempt.match(string(e.s.project())):
		e.silent("policy.cooldown.exempt", "the project is exempt")
		return
	}
	if e.s.ageUnknown() {
		e.checkUnknownAge(c.UnknownAge)
		return
	}
	end := e.published.Add(time.Duration(c.Period))
	if e.passed(end) {
		e.silentFor(setting, func() string { return e.clock + " " + stamp(e.published) + ", so old enough since " + stamp(end) })
		return
	}
	text := fmt.Sprintf("%s %s; this policy waits %s, until %s", e.clock, stamp(e.published), c.Period, stamp(end))
	const hint = "; an older release will do, or add a waiver"
	if len(text)+len(hint) <= MaxText {
		text += hint
	}
	e.object(objection{action: c.Action, older: true, Reason: Reason{Code: CodeCooldown, Setting: setting, Text: text}})
}

// checkUnknownAge decides about what was there before this guard. An index
// without upload times would otherwise serve nothing for as long as the cooldown,
// and guards that do that are switched off; what appears later is held back.
func (e *eval) checkUnknownAge(action Action) {
	const setting = "policy.cooldown.unknown_age"
	const text = "the index gives no upload time, and the file was there when this guard first saw the project: its age is not known"
	if action == Allow {
		e.silent(setting, text)
		return
	}
	e.object(objection{action: action, older: true, Reason: Reason{Code: CodeAgeUnknown, Setting: setting, Text: text}})
}
