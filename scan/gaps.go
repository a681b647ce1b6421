package scan

// The gaps that the scanner itself reports, beside those of the archive's
// verifier (archive.Catalog).
const (
	GapContent  = "limit-content"  // text that an interpreter runs is over MaxContent
	GapFiles    = "limit-files"    // more members than MaxFiles: their digests are not listed
	GapNested   = "limit-nested"   // more archives inside than MaxNested
	GapFindings = "limit-findings" // more findings of one rule than MaxFindings
	GapTime     = "limit-time"     // the scan took longer than its caller allows
)

// GapIdentity is the hazard of a wheel whose METADATA names another project than
// its file name: pip 20 and newer refuse it, older ones and others install it
// as what it is not.
const GapIdentity = "wheel-identity"

// GapIDs lists them.
var GapIDs = []string{GapContent, GapFiles, GapNested, GapFindings, GapTime, GapIdentity}
