package rules

import (
	"strings"

	"pipwarden/scan"
	"pipwarden/scan/flow"
	"pipwarden/scan/vocabulary"
)

// FetchedCode is the chain fetch, execute.
var FetchedCode = &scan.Rule{
	ID: "fetched-code",
	Doc: `code from the network that is executed

What exec, eval or an unpickler gets came from the network: whoever holds the
other end decides at any time what runs here, and no scan of the package sees it.
The way leads through variables, decoders and files that the code writes and reads
again. At a call it is how a few loaders of models work, and a reason to look.`,
	Weight:     100,
	Behaviours: []scan.Behaviour{scan.CodeExecution, scan.RemoteControl},
	Hiding:     []scan.Hiding{scan.ExternalPayload},
	Run: func(p *scan.Pass) scan.Hooks {
		return eachEvent(p, func(e *flow.Event) {
			switch {
			case strings.HasSuffix(e.Name, ".exec_module") && !e.Labels.Has(vocabulary.Written):
				// A file that lies on the machine; its name came from the network.
			case does(e, vocabulary.Execute) && labels(role(e, vocabulary.Code)).Any(fetched):
				weight := moments{auto: 100, orphan: 100, entry: 60, call: 60}
				say(p, e, weight.of(e), "executes "+phrase(labels(role(e, vocabulary.Code)), fetched))
			case does(e, vocabulary.Unpickle) && labels(role(e, vocabulary.Data)).Any(fetched):
				weight := moments{auto: 60, orphan: 40, entry: 5, call: 5}
				say(p, e, weight.of(e), "builds objects from "+phrase(labels(role(e, vocabulary.Data)), fetched))
			}
		})
	},
}
