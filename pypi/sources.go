package pypi

import "embed"

// Sources are the sources of this package: what they read out of names,
// versions and metadata decides findings, so they are part of the scanner's
// fingerprint.
//
//go:embed *.go
var Sources embed.FS
