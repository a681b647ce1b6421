package rules

import (
	"pipwarden/scan"
	"pipwarden/scan/flow"
	"pipwarden/scan/vocabulary"
)

// Clipper is code that watches the clipboard and replaces what it holds.
var Clipper = &scan.Rule{
	ID: "clipboard-swap",
	Doc: `code that reads the clipboard and writes another text to it

Whoever copies the address of a wallet pastes the thief's. Clipboard tools read and
write too, when they are called; one source that does both by itself at import, or
with a text of its own that looks like an address, is not one.`,
	Weight:     100,
	Behaviours: []scan.Behaviour{scan.InformationStealing},
	Run: func(p *scan.Pass) scan.Hooks {
		read := map[string]bool{} // sources that read the clipboard
		return eachEvent(p, func(e *flow.Event) {
			switch {
			case e.Call != nil && e.Call.Returns.Has(vocabulary.Clipboard):
				read[e.Path] = true
			case does(e, vocabulary.Paste) && read[e.Path]:
				weight := moments{auto: 100, orphan: 60, entry: 5, call: 5}
				for _, text := range words(role(e, vocabulary.Data)) {
					if walletAddress.MatchString(text) {
						weight = moments{auto: 100, orphan: 100, entry: 100, call: 100}
					}
				}
				say(p, e, weight.of(e), "replaces what the clipboard held")
			}
		})
	},
}
