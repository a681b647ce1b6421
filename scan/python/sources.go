package python

import "embed"

// Sources are the package's own files, for the scanner's fingerprint.
//
//go:embed *.go *.txt
var Sources embed.FS
