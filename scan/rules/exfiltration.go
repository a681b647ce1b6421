package rules

import (
	"strings"

	"pipwarden/scan"
	"pipwarden/scan/flow"
	"pipwarden/scan/vocabulary"
)

// Exfiltration is the chain collect, encode, send.
var Exfiltration = &scan.Rule{
	ID: "exfiltration",
	Doc: `what is private is sent over the network

What the code reads of the machine or its user (environment, keys, browsers'
stores, wallets, tokens, screen, keys pressed, names and addresses) is followed
through variables, texts, encoders and functions to a call that sends it: as data,
in the address, or as a name that it asks the DNS for. At a build, at the
interpreter's start or at import nobody asked for that, whatever is sent.
A library that somebody calls may send what it is for: there only stores that
belong to other programs weigh, and where the address is a webhook, a bot, a drop
or a bare number. Host and user alone are what "research" packages send: stolen
all the same.`,
	Weight:     100,
	Behaviours: []scan.Behaviour{scan.InformationStealing},
	Run: func(p *scan.Pass) scan.Hooks {
		g := shared(p)
		return eachEvent(p, func(e *flow.Event) {
			got := sent(e)
			if got == 0 {
				return
			}
			odd := g.oddDestination(e)
			weight := exfilWeight(got, odd)
			if e.Call == nil {
				weight.auto, weight.orphan = weight.auto*6/10, weight.orphan*4/10 // a method whose object is not known
			}
			say(p, e, weight.of(e), "sends "+phrase(got, secrets|personal|vocabulary.Set(vocabulary.SecretParameter, vocabulary.File)))
		})
	},
}

// sent are the labels of what the event sends.
func sent(e *flow.Event) vocabulary.Labels {
	if e.Call != nil {
		if !does(e, vocabulary.Send, vocabulary.Fetch, vocabulary.Resolve, vocabulary.Connect, vocabulary.Browse) {
			return 0
		}
		if does(e, vocabulary.Connect) {
			return labels(role(e, vocabulary.Data)) // an address is where to, not what
		}
		return labels(role(e, vocabulary.URL)) | labels(role(e, vocabulary.Data))
	}
	if method, ok := strings.CutPrefix(e.Name, "?."); ok && sendMethods[method] {
		return e.Labels
	}
	return 0
}

// sendMethods are names of methods that send, on objects of unknown kind.
var sendMethods = map[string]bool{
	"post": true, "put": true, "sendall": true, "sendto": true, "urlopen": true, "sendmail": true, "send_message": true,
	"send_document": true, "send_photo": true, "storbinary": true, "upload_file": true,
}

func exfilWeight(got vocabulary.Labels, odd bool) moments {
	switch {
	case got.Any(stolen) && odd:
		return moments{auto: 100, orphan: 100, entry: 100, call: 100}
	case got.Any(stolen):
		return moments{auto: 100, orphan: 100, entry: 40, call: 40}
	case got.Any(secrets&^vocabulary.Set(vocabulary.SecretVar)) && odd:
		return moments{auto: 100, orphan: 100, entry: 100, call: 100}
	case got.Has(vocabulary.SecretVar) && got.Has(vocabulary.HostFact) && odd:
		return moments{auto: 100, orphan: 100, entry: 100, call: 100} // whose secret it is goes with it
	case got.Any(secrets) && odd:
		return moments{auto: 100, orphan: 100, entry: 60, call: 60}
	case got.Any(secrets &^ vocabulary.Set(vocabulary.SecretVar)):
		return moments{auto: 100, orphan: 60, entry: 5, call: 5}
	case got.Has(vocabulary.SecretVar):
		return moments{auto: 60, orphan: 15}
	case got.Has(vocabulary.SecretParameter) && odd:
		return moments{auto: 100, orphan: 100, entry: 100, call: 100}
	case got.Has(vocabulary.File) && odd:
		return moments{auto: 100, orphan: 100, entry: 60, call: 40}
	case got.Any(personal) && odd:
		return moments{auto: 100, orphan: 100, entry: 40, call: 40}
	case got.Any(personal):
		return moments{auto: 100, orphan: 60}
	}
	return moments{}
}
