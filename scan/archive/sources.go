package archive

import "embed"

// Sources are the sources of this package, for the scanner's fingerprint: a
// report is known by everything that determined it.
//
//go:embed *.go
var Sources embed.FS
