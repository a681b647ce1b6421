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
		asksAddress := map[string]bool{} // functions that ask from which address they come
		return eachEvent(p, func(e *flow.Event) {
			for _, h := range hosts(g, e, vocabulary.URL) {
				if h.Class == "address-lookup" {
					asksAddress[e.Path+"\x00"+e.Function] = true
				}
			}
			got := sent(g, e)
			if got == 0 {
				return
			}
			odd := g.oddDestination(e)
			weight := exfilWeight(got, odd)
			if e.Call != nil && labels(role(e, vocabulary.Data)).Has(vocabulary.Environment) && g.ownHost(e) && does(e, vocabulary.Send) {
				weight = moments{auto: 100, orphan: 100, entry: 100, call: 100} // no service asks for all of it
			}
			if got&(secrets|personal) == vocabulary.Set(vocabulary.Listing) && !does(e, vocabulary.Send) {
				return // which of several files to fetch
			}
			if e.Call == nil {
				weight.auto, weight.orphan = weight.auto*6/10, weight.orphan*4/10 // a method whose object is not known
			}
			if weight.call < 60 && got.Has(vocabulary.HostFact) && asksAddress[e.Path+"\x00"+e.Function] && g.ownHost(e) {
				weight.entry, weight.call = 60, 60 // who, where and from which address: a profile
			}
			say(p, e, weight.of(e), "sends "+phrase(got, secrets|personal|vocabulary.Set(vocabulary.SecretParameter, vocabulary.File)))
		})
	},
}

// sent are the labels of what the event sends.
func sent(g *program, e *flow.Event) vocabulary.Labels {
	if e.Call != nil {
		if !does(e, vocabulary.Send, vocabulary.Fetch, vocabulary.Resolve, vocabulary.Connect, vocabulary.Browse) {
			return 0
		}
		if does(e, vocabulary.Connect) {
			return labels(role(e, vocabulary.Data)) // an address is where to, not what
		}
		got := labels(role(e, vocabulary.Data))
		for _, v := range role(e, vocabulary.URL) {
			if does(e, vocabulary.Resolve) || known([]*flow.Value{v}) || v.Kind == flow.Ref && strings.Contains(v.Str, "Request") {
				got |= v.Holds() // else the settings say where to, and not the code
			}
		}
		if identified(g, e) {
			// The token of the one who calls stands in the address, the place in the message.
			got &^= vocabulary.Set(vocabulary.SecretParameter, vocabulary.SecretVar)
		}
		return got
	}
	if method, ok := strings.CutPrefix(e.Name, "?."); ok && sendMethods[method] {
		return e.Labels
	}
	return 0
}

// identified says that the event talks to a bot or a webhook whose secret is not
// in the code.
func identified(g *program, e *flow.Event) bool {
	for _, h := range hosts(g, e, vocabulary.URL) {
		if (h.Class == "bot-api" || h.Class == "webhook") && !own(h) {
			return true
		}
	}
	return false
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
