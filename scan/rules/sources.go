package rules

import "embed"

// Sources are the sources of this package, for the scanner's fingerprint.
//
//go:embed *.go *.txt
var Sources embed.FS
