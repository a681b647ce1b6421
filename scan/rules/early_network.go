package rules

import (
	"pipwarden/scan"
	"pipwarden/scan/flow"
	"pipwarden/scan/vocabulary"
)

// EarlyNetwork is network traffic at a moment that has no use for it.
var EarlyNetwork = &scan.Rule{
	ID: "early-network",
	Doc: `a connection at build, at the interpreter's start or at import

Installing or importing a package should not call anybody. Some source packages
fetch a library when they are built, which they do in a command of the build, from
the host of that library's releases; a few read a version or a licence at import.
To call out without taking anything home is a beacon: it tells that somebody
installed the package.`,
	Weight:     60,
	Behaviours: []scan.Behaviour{scan.InformationStealing},
	Run: func(p *scan.Pass) scan.Hooks {
		return eachEvent(p, func(e *flow.Event) {
			if !does(e, vocabulary.Fetch, vocabulary.Send, vocabulary.Connect, vocabulary.Resolve) || !auto(e) {
				return
			}
			weight := 40
			switch {
			case e.Stage == flow.Start, e.Stage == flow.Build:
				weight = 60
			case does(e, vocabulary.Send):
				weight = 60
			case does(e, vocabulary.Connect, vocabulary.Resolve):
				weight = 40
			}
			say(p, e, weight, "talks to the network")
		})
	},
}
