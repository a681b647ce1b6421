package rules

import (
	"regexp"

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
			if does(e, vocabulary.Load) && !got.Has(vocabulary.Written) {
				got &^= fetched // the name of a library that lies on the machine
			}
			if !got.Has(vocabulary.Written) {
				got &^= vocabulary.Set(vocabulary.Received) // RemoteControl looks at commands
			}
			if !got.Any(fetched | hidden) {
				if text := command(e); got.Has(vocabulary.Written) && script.MatchString(text) {
					weight := moments{auto: 60, orphan: 60, entry: 5, call: 5}
					if temporary.MatchString(text) {
						weight = moments{auto: 100, orphan: 60, entry: 15, call: 15}
					}
					say(p, e, weight.of(e), "starts a script that it wrote")
				}
				return
			}
			say(p, e, dropWeight(g, e, got).of(e), "starts "+phrase(got, fetched|hidden))
		})
	},
}

// dropWeight weighs by what the program was made of. What a caller asks for, such
// as a browser's driver, comes from an address of a name; a program whose whole
// address stands in the code, at a host that anybody opens, is a dropper at any
// moment.
func dropWeight(g *program, e *flow.Event, got vocabulary.Labels) moments {
	weight := moments{auto: 100, orphan: 60, entry: 15, call: 15}
	if !got.Any(fetched) && !got.Has(vocabulary.Written) && !known(role(e, vocabulary.Command)) {
		// Commands that are handed on in an encoding: builders do so between processes.
		weight = moments{auto: 40, orphan: 15, entry: 5, call: 5}
		if does(e, vocabulary.Load) || got.Any(given|personal) {
			weight.auto = 15 // what a tool printed, or a setting said, was decoded
		}
	}
	if !got.Any(fetched) && got.Has(vocabulary.Written) && !known(role(e, vocabulary.Command)) {
		weight.orphan = 15 // assemblers and the like start what they made of a text
	}
	if got.Has(vocabulary.Received) {
		weight = moments{auto: 100, orphan: 100, entry: 60, call: 60}
	}
	if got.Has(vocabulary.Written) && g.programAddress(e.Path) {
		weight = moments{auto: 100, orphan: 100, entry: 100, call: 100}
	}
	if got.Has(vocabulary.Written) && got.Has(vocabulary.Network) && script.MatchString(command(e)) && g.scriptAddress(e.Path) {
		weight.entry = 60
	}
	switch {
	case !got.Has(vocabulary.Written):
	case g.names(e.Path, dropClasses):
		weight = moments{auto: 100, orphan: 100, entry: 100, call: 100}
	case g.names(e.Path, oddClasses):
		weight = moments{auto: 100, orphan: 100, entry: max(weight.entry, 60), call: max(weight.call, 60)}
	}
	return weight
}

// temporary is the place of a file in a folder that all programs share, by a fixed
// name: a build that needs a script asks for a name, or uses its own folder.
var temporary = regexp.MustCompile(`(?i)%te?mp%[/\\]|(?:^|[\s"'])(?:/var)?/tmp(?:/[\w.\x{FFFC}]|\s*(?:[;&]|$))|\$env:te?mp|\\AppData\\(?:Local|Roaming)\\`)

// script is a command that starts the file of a script, alone or by its
// interpreter.
var script = regexp.MustCompile(`(?i)^(?:"?(?:[^\s"]*[/\\])?(?:python[\d.w]*|py|sh|bash|zsh|cmd|start|wscript|cscript|powershell|pwsh|nohup|sudo|/[bc]|-\w+)(?:\.exe)?"?\s+)*[^\s;&|]+\.(?:py|pyw|vbs|vbe|js|jse|wsf|bat|ps1|sh|scr|hta)(?:["'\s;&|]|$)`)
