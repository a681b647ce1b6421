package rules

import (
	"fmt"

	"pipwarden/scan"
	"pipwarden/scan/flow"
	"pipwarden/scan/vocabulary"
)

// Channel looks at where code talks to.
var Channel = &scan.Rule{
	ID: "odd-channel",
	Doc: `code that talks by itself to a webhook, a bot, a drop, a tunnel or a bare address

Some hosts are opened by anybody in a minute and without a name: webhooks of chats,
bot interfaces, collectors of requests, tunnels, paste sites and file drops. A
package has no reason to talk to one at its build or import. Notifiers do so when
they are called, with an address that their user gives; one that stands in the
code with its secret is somebody's own. Collectors made for testing break-ins weigh
wherever they stand outside tests.`,
	Weight:     100,
	Behaviours: []scan.Behaviour{scan.InformationStealing},
	Run: func(p *scan.Pass) scan.Hooks {
		g := shared(p)
		return scan.Hooks{End: func() {
			for i := range g.trace.Events {
				reportChannel(p, g, &g.trace.Events[i])
			}
			for i := range g.trace.Mentions {
				reportMention(p, g, &g.trace.Mentions[i])
			}
		}}
	},
}

// channelWeights are for a call that reaches a host of the class.
var channelWeights = map[string]moments{
	"webhook":               {auto: 60, orphan: 60, entry: 40, call: 40},
	"bot-api":               {auto: 60, orphan: 40, entry: 15, call: 15},
	"out-of-band":           {auto: 60, orphan: 60, entry: 60, call: 60},
	"hook-bridge":           {auto: 60, orphan: 40, entry: 15, call: 15},
	"tunnel":                {auto: 60, orphan: 60, entry: 40, call: 40},
	"paste":                 {auto: 60, orphan: 40, entry: 15, call: 15},
	"file-drop":             {auto: 60, orphan: 40, entry: 15, call: 15},
	"chat-cdn":              {auto: 60, orphan: 60, entry: 40, call: 40},
	"raw-address":           {auto: 60, orphan: 60, entry: 60, call: 40},
	"documentation-address": {auto: 60, orphan: 40, entry: 5, call: 5},
	"dynamic-dns":           {auto: 60, orphan: 40, entry: 15, call: 15},
	"onion":                 {auto: 60, orphan: 60, entry: 40, call: 40},
	"url-shortener":         {auto: 60, orphan: 40, entry: 15, call: 15},
	"paas":                  {auto: 40, orphan: 15, entry: 5, call: 5},
	"mining-pool":           {auto: 60, orphan: 60, entry: 15, call: 15},
	"code-host":             {auto: 5},
	"address-lookup":        {auto: 40, orphan: 15},
	"file-share":            {auto: 40, orphan: 15},
}

func reportChannel(p *scan.Pass, g *program, e *flow.Event) {
	if !does(e, vocabulary.Fetch, vocabulary.Send, vocabulary.Connect, vocabulary.Resolve) {
		return
	}
	if hiddenAddress(g, e) {
		say(p, e, moments{auto: 100, orphan: 60, entry: 60, call: 60}.of(e), "talks to an address that it decodes")
	}
	for _, h := range hosts(g, e, vocabulary.URL) {
		if e.Stage != flow.Dead {
			p.Host(h.Host)
		}
		weight := channelWeights[h.Class]
		if does(e, vocabulary.Send) && (h.Class == "webhook" || h.Class == "out-of-band" || h.Class == "bot-api") {
			weight = moments{auto: 100, orphan: 100, entry: 60, call: max(weight.call, 15)}
			if own(h) && h.Class != "out-of-band" {
				weight.entry, weight.call = 60, 60 // with its secret: somebody's own
				if labels(role(e, vocabulary.Data)) != 0 {
					weight.entry, weight.call = 100, 100 // and it gets what the code finds or is given
				}
			}
		}
		if h.Class == "raw-address" && !does(e, vocabulary.Fetch, vocabulary.Send) {
			weight.call = 15 // RemoteControl looks at what it does with the connection
		}
		say(p, e, weight.of(e), fmt.Sprintf("talks to %s (%s)", h.Host, h.Class))
	}
}

// mentionWeights are for an address of the class that only stands in the code.
var mentionWeights = map[string]moments{
	"webhook":     {auto: 60, orphan: 60, entry: 40, call: 40},
	"out-of-band": {auto: 60, orphan: 60, entry: 40, call: 40},
	"onion":       {auto: 15, orphan: 15, entry: 5, call: 5},
	"tunnel":      {auto: 15, orphan: 15, entry: 5, call: 5},
	"chat-cdn":    {auto: 15, orphan: 15, entry: 5, call: 5},
	"mining-pool": {auto: 40, orphan: 40, entry: 15, call: 15},
}

func reportMention(p *scan.Pass, g *program, m *flow.Mention) {
	if m.Stage == flow.Dead {
		return
	}
	for _, h := range g.words.Hosts(m.Text) {
		w := mentionWeights[h.Class].at(m.Stage, false)
		if w == 0 || h.Class == "webhook" && len(h.Path) < secretPath {
			continue
		}
		p.Report(scan.Finding{
			Path: append([]string{m.Path}, m.Layers...), Line: m.Line, Code: m.Text, Weight: w, Stage: stages[m.Stage],
			Message: fmt.Sprintf("names %s (%s)", h.Host, h.Class),
		})
	}
}

// secretPath is the length from which a webhook's path holds its secret: one
// in a document ends before.
const secretPath = 40
