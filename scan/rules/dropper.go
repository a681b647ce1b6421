package rules

import (
	"pipwarden/scan"
	"pipwarden/scan/flow"
	"pipwarden/scan/vocabulary"
)

// Dropper is the chain fetch or decode, write, start.
var Dropper = &scan.Rule{
	ID: "dropper",
	Doc: `a program that was fetched or decoded, written and started

The command that a process is started with names a file that the code wrote
before, with content from the network or out of a decoder; or a native library of
that kind is loaded. Tools that install browsers and compilers do so when they are
called for it, with a host of their own: that weighs little. No package needs it
at its build or import.`,
	Weight:     100,
	Behaviours: []scan.Behaviour{scan.FileOperation, scan.CommandExecution},
	Hiding:     []scan.Hiding{scan.ExternalPayload},
	Run: func(p *scan.Pass) scan.Hooks {
		g := shared(p)
		return eachEvent(p, func(e *flow.Event) {
			if !does(e, vocabulary.Process, vocabulary.Load, vocabulary.Background) {
				return
			}
			got := labels(role(e, vocabulary.Command)) | labels(role(e, vocabulary.Path))
			if !got.Any(fetched | hidden) {
				return
			}
			say(p, e, dropWeight(g, e, got).of(e), "starts "+phrase(got, fetched|hidden))
		})
	},
}

func dropWeight(g *program, e *flow.Event, got vocabulary.Labels) moments {
	odd := g.oddHosts(e.Path)
	switch written := got.Has(vocabulary.Written); {
	case written && odd:
		return moments{auto: 100, orphan: 100, entry: 60, call: 60}
	case written:
		return moments{auto: 100, orphan: 60, entry: 15, call: 15}
	case got.Any(vocabulary.Set(vocabulary.Received)):
		return moments{auto: 100, orphan: 100, entry: 60, call: 60}
	}
	// The command itself was fetched or decoded.
	return moments{auto: 100, orphan: 60, entry: 15, call: 15}
}
