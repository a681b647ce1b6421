package policy

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
	CodeUnlisted       = "unlisted"         // on no list
	CodeSourceInstall  = "source-install"   // sdist
	CodePreferWheel    = "prefer-wheel"     // sdist although a wheel suits
	CodeSourceNotClean = "source-not-clean" // sdist whose report is not clean
	CodeNative         = "native"           // compiled code
	CodeYanked         = "yanked"           // PEP 592
	CodeCooldown       = "cooldown"         // too young
	CodeRule           = "rule"             // a [[rule]] says so
)

// MaxText is the length limit of [Reason.Text] in bytes: a status line holds it
// together with a URL.
const MaxText = 200
