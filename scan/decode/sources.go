package decode

import "embed"

// Sources are the sources of this package and its table, for the scanner's fingerprint.
//
//go:embed *.go *.txt
var Sources embed.FS
