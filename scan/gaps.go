package scan

// The gaps that the scanner itself reports, beside those of the archive's
// verifier (archive.Catalog).
const (
	GapContent  = "limit-content"  // text that an interpreter runs is over MaxContent
	GapFiles    = "limit-files"    // more members than MaxFiles: their digests are not listed
	GapNested   = "limit-nested"   // more archives inside than MaxNested
	GapFindings = "limit-findings" // more findings of one rule than MaxFindings
	GapTime     = "limit-time"     // the scan took longer than its caller allows
	GapProgram  = "limit-program"  // Python source that a limit kept from being read
)

// GapIdentity is the hazard of a wheel whose METADATA names another project than
// its file name: pip 20 and newer refuse it, older ones and others install it
// as what it is not.
const GapIdentity = "wheel-identity"

// A GapInfo documents one gap.
type GapInfo struct{ ID, Meaning string }

// Gaps documents the gaps that the scanner itself reports.
var Gaps = []GapInfo{
	{GapIdentity, "a wheel whose METADATA names another project than its file name"},
	{GapContent, "text that an interpreter runs is larger than what rules are given"},
	{GapFiles, "more members than digests are listed"},
	{GapNested, "more archives inside than are walked"},
	{GapFindings, "more findings of one rule than are listed"},
	{GapTime, "the scan took longer than scan.time"},
	{GapProgram, "Python source that a limit kept from being read"},
}
