// Package scan reads one artifact, a wheel or an sdist, and reports what it
// holds: findings with evidence, and gaps where something could not be read.
//
// The [Scanner] walks the archive once. Every member is hashed, and handed with
// bounded content to every [Rule]; a [Pass] is all that a rule may see. Nothing
// is unpacked, imported or run, and the scanner does no I/O of its own: it
// reads the [io.ReaderAt] that it is given.
//
// A report holds facts. What they mean for an installation is the policy's
// matter.
package scan
