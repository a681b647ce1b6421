package rules

import (
	"fmt"

	"pipwarden/scan"
)

// Sitecustomize looks for the modules that the interpreter imports by itself.
var Sitecustomize = &scan.Rule{
	ID: "sitecustomize",
	Doc: `a sitecustomize or usercustomize module runs at every start of the interpreter

Python imports sitecustomize and usercustomize when it starts, from wherever they
are found. They belong to the administrator of an environment. A wheel that
installs one runs its code in every Python of the environment and replaces the
one that was there. Genuine packages keep theirs in a folder that they put on
PYTHONPATH for one process; that is not looked at.`,
	Weight:     40,
	Stage:      scan.StageStart,
	Behaviours: []scan.Behaviour{scan.CodeExecution},
	Run: func(p *scan.Pass) scan.Hooks {
		return scan.Hooks{Member: func(m *scan.Member) {
			if m.Nested() || !m.Regular() {
				return
			}
			weight, to := 40, placed{"site", ""}
			switch {
			case isWheel(p):
				to = place(m.Path())
			case isSdist(p):
				// Only a setup.py that lists the module installs it.
				weight, to.path = 15, belowTop(m.Path())
			}
			name := module(to.path)
			if to.scheme == "site" && (name == "sitecustomize" || name == "usercustomize") {
				p.Report(at(m, 0, weight, fmt.Sprintf("the module %s is imported at every start of the interpreter", name)))
			}
		}}
	},
}
