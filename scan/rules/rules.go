// Package rules holds what the scanner looks for. A rule is a value in its own
// file, with a fixture in testdata that it must speak of and one of which it
// must stay silent. [All] is the one list; nothing registers itself.
package rules

import (
	"io/fs"

	"pipwarden/pypi"
	"pipwarden/scan"
	"pipwarden/scan/decode"
	"pipwarden/scan/flow"
	"pipwarden/scan/python"
	"pipwarden/scan/shell"
	"pipwarden/scan/vocabulary"
)

// All lists every rule, in the order in which they run.
var All = []*scan.Rule{
	scan.NestedArchive,
	PycOrphan,
	PycMismatch,
	Program,
	PthCode,
	Sitecustomize,
	Identity,
	DistInfo,
	WheelTags,
	Record,
	DirectURL,
	ForeignModule,
	WheelData,
	Native,
	Notebook,
	ScriptFile,
	BuildConfig,
	AgentConfig,
	ForgedMetadata,
	VersionOdd,
	NearName,
	Coding,
	JavaScript,
	AppendedData,
	PickleCode,
	DecodedCode,
	FetchedCode,
	Dropper,
	OwnProgram,
	Command,
	Exfiltration,
	RemoteControl,
	Channel,
	Persistence,
	MemoryCode,
	Clipper,
	ObfuscatedSource,
	Evasion,
	EarlyNetwork,
	Destruction,
}

// NewScanner returns a scanner with all rules and the default limits.
func NewScanner() *scan.Scanner {
	return &scan.Scanner{Rules: All, Sources: []fs.FS{Sources, pypi.Sources, python.Sources, flow.Sources, vocabulary.Sources, decode.Sources, shell.Sources}}
}
