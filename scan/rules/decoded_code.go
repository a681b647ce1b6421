package rules

import (
	"strings"
	"unicode/utf8"

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
		g := shared(p)
		return eachEvent(p, func(e *flow.Event) {
			if !does(e, vocabulary.Execute) {
				return
			}
			got := labels(role(e, vocabulary.Code))
			weight := moments{auto: 100, orphan: 100, entry: 60, call: 60}
			switch {
			case got.Any(hidden) && (g.harmless(e) || noise(role(e, vocabulary.Code))):
				weight = moments{auto: 15, orphan: 5, entry: 5, call: 5}
			case got.Any(hidden) && !known(role(e, vocabulary.Code)) && got.Any(fileData) && !got.Any(fetched|ownData):
				// Compiled modules in a cache are read so.
				weight = moments{auto: 40, orphan: 15, entry: 5, call: 5}
			case got.Any(hidden) && !known(role(e, vocabulary.Code)):
				weight.entry, weight.call = 15, 15
			case got.Any(hidden) && got.Has(vocabulary.Computed):
				weight = moments{auto: 100, orphan: 100, entry: 100, call: 100} // twice hidden
			case got.Any(hidden):
			case got.Has(vocabulary.Computed):
				weight = moments{auto: 60, orphan: 40, entry: 15, call: 5}
			default:
				return
			}
			say(p, e, weight.of(e), "executes "+phrase(got, hidden|vocabulary.Set(vocabulary.Computed)))
		})
	},
}

// readable is the length from which a decoded text can be a module that somebody
// wrote to be read, rather than a payload: versioneer and the like carry theirs so.
const readable = 5000

// noise says that what was decoded is a few bytes that no interpreter reads: the
// placeholder of a template.
func noise(list []*flow.Value) bool {
	for _, v := range list {
		if v.Kind != flow.Text && v.Kind != flow.Bytes || v.Partial || len(v.Str) == 0 || len(v.Str) > 64 {
			return false
		}
		control := strings.IndexFunc(v.Str, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == utf8.RuneError })
		if control < 0 {
			return false
		}
	}
	return len(list) > 0
}

// harmless says that what the event executes could be read, is a module and not
// a line or two, was encoded once, and does nothing outside when it is loaded.
func (g *program) harmless(e *flow.Event) bool {
	layer := g.layer(e)
	if layer == nil || !layer.Python || layer.Size < readable || len(layer.Made) > 1 || len(layer.Layers) > 1 {
		return false
	}
	for i := range g.trace.Events {
		x := &g.trace.Events[i]
		if x.Path == e.Path && len(x.Layers) > 0 && x.Stage <= flow.Import && acts(x) {
			return false
		}
	}
	return true
}

// layer is the decoded text that the event executes, nil if it is not known.
func (g *program) layer(e *flow.Event) *flow.Layer {
	for i := range g.trace.Layers {
		l := &g.trace.Layers[i]
		if l.Path == e.Path && l.Line == e.Line && l.Executed {
			return l
		}
	}
	return nil
}

// acts says that the event does something outside the program.
func acts(e *flow.Event) bool {
	return does(e, vocabulary.Process, vocabulary.Execute, vocabulary.Fetch, vocabulary.Send, vocabulary.Connect, vocabulary.Resolve,
		vocabulary.Write, vocabulary.Delete, vocabulary.Load, vocabulary.Memory, vocabulary.Registry, vocabulary.Schedule,
		vocabulary.Record, vocabulary.Paste, vocabulary.Install, vocabulary.Unpickle, vocabulary.Redirect)
}

// fileData is what a file held that does not lie in the artifact.
var fileData = vocabulary.Set(vocabulary.File)

// ownData is what a file of the artifact holds.
var ownData = vocabulary.Set(vocabulary.OwnFile)

// known says that one of the values is a text of the artifact, at least in part.
func known(list []*flow.Value) bool {
	for _, v := range list {
		if (v.Kind == flow.Text || v.Kind == flow.Bytes) && strings.Trim(v.Str, string(flow.Hole)) != "" {
			return true
		}
		if v.Kind == flow.Union && known(v.Items) {
			return true
		}
	}
	return false
}
