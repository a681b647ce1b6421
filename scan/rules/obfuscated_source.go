package rules

import (
	"fmt"
	"regexp"
	"strings"

	"pipwarden/scan"
	"pipwarden/scan/flow"
)

// ObfuscatedSource is source text that no person was to read.
var ObfuscatedSource = &scan.Rule{
	ID: "obfuscated-source",
	Doc: `source that is written so that nobody reads it

Code that begins far to the right of other code on its line, beyond the edge of
every window; names that are all made of the same few look-alike signs; a huge text
of high entropy in a small module. Generated parsers and tables have long lines and
large texts too, but not such names, and no code that hides behind blanks.
By itself this is no harm; it raises what else is found. Code that a protector's
module decrypts while it runs cannot be read at all: whoever installs it has to
know whose it is, and a build has nothing to protect.`,
	Weight: 100,
	Hiding: []scan.Hiding{scan.Obfuscation},
	Run: func(p *scan.Pass) scan.Hooks {
		g := shared(p)
		locked := map[string]bool{} // sources that are handed to a protector
		return scan.Hooks{Member: func(m *scan.Member) {
			if m.Ext() == ".py" && m.Regular() && !m.Whole && !inTests(m.Path()) {
				p.Report(at(m, 0, 60, fmt.Sprintf("a module of %d bytes is too large for anybody to read", m.Size)))
			}
			if m.Format == scan.FormatText && m.Ext() == ".py" && protectedCall.Match(m.Content) {
				locked[strings.Join(m.Layers, layerSign)] = true
			}
		}, End: func() {
			for i := range g.trace.Files {
				if f := &g.trace.Files[i]; !f.Dead {
					reportLooks(p, f)
					if locked[f.Path] {
						reportProtector(p, &flow.ImportAt{Module: "pyarmor", Stage: f.Stage, Path: f.Path})
					}
				}
			}
			for i := range g.trace.Imports {
				reportProtector(p, &g.trace.Imports[i])
			}
		}}
	},
}

const (
	// confusable is the share of look-alike names from which they are no
	// coincidence: the genuine files measured stay below a tenth.
	confusable = 0.5
	// denseBytes and denseEntropy are the length and bits a byte of a text that
	// is compressed or encrypted, then encoded: base64 of it has nearly 6.
	denseBytes   = 1500
	denseEntropy = 5.5
	// denseShare is the part of its module that such a text fills.
	denseShare = 0.6
	// randomEntropy is that of bytes which are encrypted or compressed.
	randomEntropy = 7.5
)

func reportLooks(p *scan.Pass, f *flow.FileFacts) {
	weight := moments{auto: 60, orphan: 60, entry: 40, call: 40}
	say := func(w, line int, message string) {
		p.Report(scan.Finding{Path: strings.Split(f.Path, layerSign), Line: line, Weight: w, Stage: stages[f.Stage], Message: message})
	}
	if f.WideGap > 0 {
		say(weight.at(f.Stage, f.Orphan), f.WideLine, fmt.Sprintf("code begins at column %d behind other code and blanks", f.WideGap))
	}
	if f.ConfusableNames >= confusable {
		say(weight.at(f.Stage, f.Orphan), 0, fmt.Sprintf("%d%% of the names are made of look-alike signs", int(100*f.ConfusableNames)))
	}
	if f.LiteralBytes >= denseBytes && f.LiteralEntropy >= randomEntropy && 5*f.LiteralBytes >= f.Bytes {
		say(weight.at(f.Stage, f.Orphan), 0, fmt.Sprintf("encrypted or compressed bytes, %d of them, are most of the module", f.LiteralBytes))
	}
	if f.LiteralBytes >= denseBytes && f.LiteralEntropy >= denseEntropy && float64(f.LiteralBytes) >= denseShare*float64(f.Bytes) {
		w := 40
		if f.Orphan {
			w = 15 // a script that carries a module, as bootstraps do
		}
		say(w, 0, fmt.Sprintf("a text of %d bytes and %.1f bits a byte is most of the module", f.LiteralBytes, f.LiteralEntropy))
	}
}

// protectors are the modules that run code which was encrypted so that nobody
// reads it.
var protectors = regexp.MustCompile(`^(?:\.*)(?:pytransform|pyarmor_runtime\w*|pyarmor_mini|pyarmor|sourcedefender|pyconcrete|pyminifier_runtime)(?:\.|$)`)

// protectedCall is how code that a protector has encrypted begins.
var protectedCall = regexp.MustCompile(`__pyarmor(?:_\w+)?__\(__name__,\s*__file__,\s*b['"]`)

// reportProtector weighs what cannot be read: a person has to know whose it is.
// A build has no secrets to protect.
func reportProtector(p *scan.Pass, i *flow.ImportAt) {
	if i.Stage == flow.Dead || !protectors.MatchString(i.Module) {
		return
	}
	weight := 60
	if i.Stage == flow.Build || i.Stage == flow.Start {
		weight = 100
	}
	p.Report(scan.Finding{
		Path: strings.Split(i.Path, layerSign), Line: i.Line, Weight: weight, Stage: stages[i.Stage],
		Message: fmt.Sprintf("runs encrypted code by %s", i.Module),
	})
}
