package rules

import (
	"fmt"
	"strings"

	"pipwarden/scan"
)

// PycMismatch looks for compiled Python that its source cannot have become.
var PycMismatch = &scan.Rule{
	ID: "pyc-mismatch",
	Doc: `compiled Python does what the source beside it does not

A .pyc in __pycache__ runs instead of the source when its header fits: time and size
are what the author wrote there, and a hash may be marked as not to be checked (PEP
552). Names of functions that start processes, talk to the network, decode or
execute, and that stand in the bytecode and nowhere in the source, show that the
source is for readers and the bytecode for the interpreter. A file left over from an
older source can have such a name too (60); with two kinds of them, or a header
that asks not to be checked, no oversight explains it (100).`,
	Weight:     100,
	Stage:      scan.StageImport,
	Behaviours: []scan.Behaviour{scan.CodeExecution},
	Hiding:     []scan.Hiding{scan.Disguise},
	Run: func(p *scan.Pass) scan.Hooks {
		b := bytecodeOf(p)
		return scan.Hooks{
			Member: b.member,
			End: func() {
				for _, c := range b.files {
					if b.words[c.source] != nil && !testLayer(c.member) {
						mismatch(p, c, b.strange(c))
					}
				}
			},
		}
	},
}

func mismatch(p *scan.Pass, c compiled, names []string) {
	if len(names) == 0 {
		return
	}
	weight := 60
	if len(names) > 2 || c.pyc.Hashed && !c.pyc.Checked {
		weight = 100
	}
	names = names[:min(len(names), 10)]
	f := at(c.member, 0, weight, fmt.Sprintf("the bytecode uses %s, and the source beside it does not", strings.Join(names, ", ")))
	f.Code = strings.Join(names, ", ")
	p.Report(f)
}
