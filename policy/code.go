package policy

import "slices"

// The codes of reasons. They are part of the interface: pages, logs and tests
// of policies name them, and `waives` in a rule takes them.
const (
	CodeNoPolicy       = "no-policy"        // no compiled policy, or nothing to decide on
	CodeReserved       = "reserved"         // the name is reserved to another index
	CodeNotScanned     = "not-scanned"      // no report, or a report of another file
	CodeDenied         = "denied"           // denylist
	CodeMalicious      = "malicious"        // level
	CodeSuspicious     = "suspicious"       // level
	CodeHazard         = "hazard"           // archive trick
	CodeGap            = "gap"              // could not be scanned
	CodeFinding        = "finding"          // [policy.findings]
	CodeQuarantined    = "quarantined"      // project status
	CodeArchived       = "archived"         // project status
	CodeDeprecated     = "deprecated"       // project status
	CodeStatus         = "status"           // a project status that is not known
	CodeUnhashed       = "unhashed"         // the page gives no hash
	CodeUnknownFile    = "unknown-file"     // file name not understood
	CodeInstaller      = "installer"        // .exe, .msi, .rpm, ...
	CodeEgg            = "egg"              //
	CodeUnlisted       = "unlisted"         // not in policy.only
	CodeSourceInstall  = "source-install"   // sdist
	CodePreferWheel    = "prefer-wheel"     // sdist although a wheel suits
	CodeSourceNotClean = "source-not-clean" // sdist whose report is not clean
	CodeNative         = "native"           // compiled code
	CodeYanked         = "yanked"           // PEP 592
	CodeCooldown       = "cooldown"         // too young
	CodeAgeUnknown     = "age-unknown"      // no upload time, and listed since before this guard
	CodeRule           = "rule"             // a [[rule]] says so
)

// MaxText is the length limit of [Reason.Text] in bytes: a status line holds it
// together with a URL.
const MaxText = 200

// severity orders the codes: of several reasons for the same action the gravest
// is told first.
var severity = rank(
	CodeNoPolicy, CodeReserved, CodeNotScanned, CodeRule, CodeDenied, CodeChanged, CodeMalicious, CodeQuarantined, CodeHazard, CodeGap,
	CodeFinding, CodeSourceNotClean, CodeUnknownFile, CodeInstaller, CodeEgg, CodeUnhashed, CodeUnlisted, CodePreferWheel,
	CodeSourceInstall, CodeSuspicious, CodeNative, CodeYanked, CodeCooldown, CodeAgeUnknown, CodeStatus, CodeArchived, CodeDeprecated,
)

// waivable are the codes that a rule can lift.
var waivable = []string{
	CodeDenied, CodeChanged, CodeMalicious, CodeSuspicious, CodeHazard, CodeGap, CodeFinding, CodeQuarantined, CodeArchived,
	CodeDeprecated, CodeStatus, CodeUnhashed, CodeUnknownFile, CodeInstaller, CodeEgg, CodeUnlisted, CodeSourceInstall,
	CodePreferWheel, CodeSourceNotClean, CodeNative, CodeYanked, CodeCooldown, CodeAgeUnknown,
}

func rank(codes ...string) map[string]int {
	m := make(map[string]int, len(codes))
	for i, c := range codes {
		m[c] = i
	}
	return m
}

// Waivable lists the codes that `waives` takes.
func Waivable() []string { return slices.Clone(waivable) }
