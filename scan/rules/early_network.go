package rules

import (
	"regexp"
	"strings"

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
	Weight:     100,
	Behaviours: []scan.Behaviour{scan.InformationStealing},
	Run: func(p *scan.Pass) scan.Hooks {
		g := shared(p)
		return eachEvent(p, func(e *flow.Event) {
			if !does(e, vocabulary.Fetch, vocabulary.Send, vocabulary.Connect, vocabulary.Resolve) || !auto(e) {
				return
			}
			weight := 40
			switch {
			case e.Stage == flow.Build && release(g, e):
			case e.Stage == flow.Start:
				weight = 100 // no program wants that of each start
			case does(e, vocabulary.Send):
				weight = 60
			case does(e, vocabulary.Connect, vocabulary.Resolve):
				weight = 40
			}
			say(p, e, weight, "talks to the network")
		})
	},
}

// release says that the event asks for an archive of sources or libraries, by its
// whole address.
func release(g *program, e *flow.Event) bool {
	if does(e, vocabulary.Send, vocabulary.Connect, vocabulary.Resolve) {
		return false
	}
	for _, h := range hosts(g, e, vocabulary.URL) {
		file, _, _ := strings.Cut(h.Path, "?")
		if h.URL && !oddClasses[h.Class] && archiveFile.MatchString(file) {
			return true
		}
	}
	return false
}

// archiveFile is the name of an archive that a build unpacks.
var archiveFile = regexp.MustCompile(`(?i)\.(?:tar(?:\.\w+)?|tgz|tbz2?|txz|zip|whl|7z)$`)
