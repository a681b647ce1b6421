package decode

import "embed"

// Sources are the sources of this package, for the scanner's fingerprint.
//
//go:embed *.go
var Sources embed.FS
