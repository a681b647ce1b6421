package rules

import (
	"pipwarden/scan"
	"pipwarden/scan/flow"
	"pipwarden/scan/vocabulary"
)

// DecodedCode is the chain decode, execute.
var DecodedCode = &scan.Rule{
	ID: "decoded-code",
	Doc: `code that is decoded or decrypted, and executed

The text that exec, eval or compile gets went through a decoder (base64, zlib,
marshal, a cipher, xor) first: nobody was to read it. What could be decoded is
followed as the code that it is, with the layers in the path of its findings.
Genuine packages execute texts that they read or put together, which weighs
nothing; they have no reason to encode them. A bootstrap that carries a zipped
module is the known exception, at the moment of a call.`,
	Weight:     100,
	Behaviours: []scan.Behaviour{scan.CodeExecution},
	Hiding:     []scan.Hiding{scan.Obfuscation},
	Run: func(p *scan.Pass) scan.Hooks {
		return eachEvent(p, func(e *flow.Event) {
			if !does(e, vocabulary.Execute) {
				return
			}
			got := labels(role(e, vocabulary.Code))
			weight := moments{auto: 100, orphan: 100, entry: 60, call: 60}
			switch {
			case got.Any(hidden):
			case got.Has(vocabulary.Computed):
				weight = moments{auto: 60, orphan: 40, entry: 15, call: 15}
			default:
				return
			}
			say(p, e, weight.of(e), "executes "+phrase(got, hidden|vocabulary.Set(vocabulary.Computed)))
		})
	},
}
