package rules

import (
	"path"
	"strings"

	"pipwarden/scan"
	"pipwarden/scan/flow"
	"pipwarden/scan/vocabulary"
)

// OwnProgram is compiled code of the artifact that its Python code starts.
var OwnProgram = &scan.Rule{
	ID: "own-program",
	Doc: `a program that the artifact brings is started at build or import

A wheel that brings a program starts it when its command is called. One that starts
by itself, or a library under the name of something else that is loaded, does what
nobody can read at a moment that nobody chose. What it is handed tells more: keys
of the user, or a host to talk to.`,
	Weight:     100,
	Behaviours: []scan.Behaviour{scan.CommandExecution},
	Hiding:     []scan.Hiding{scan.NativeCode},
	Run: func(p *scan.Pass) scan.Hooks {
		g := shared(p)
		return eachEvent(p, func(e *flow.Event) {
			switch {
			case !auto(e):
			case does(e, vocabulary.Process):
				text := command(e)
				if program := brought(p, e.Path, text); program != "" {
					weight := 60
					if handsOver(g, text) {
						weight = 100
					}
					say(p, e, weight, "starts the compiled program "+path.Base(program)+" of the artifact")
				}
			case does(e, vocabulary.Load):
				text := strings.Join(words(role(e, vocabulary.Path)), " ")
				if library := brought(p, e.Path, text); library != "" && !libraryName.MatchString(path.Base(library)) {
					say(p, e, 60, "loads the compiled code of "+path.Base(library)+", which is no library by its name,")
				}
			}
		})
	},
}

// brought is the compiled member, outside tests, that the text of a command or a
// path names: near the source that does, so that a name which many have, such as
// that of a compiler, is not taken for it.
func brought(p *scan.Pass, source, text string) string {
	for _, n := range *nativeFiles(p) {
		base := path.Base(n.Path)
		if n.Dead || len(base) < 3 {
			continue
		}
		folder := path.Dir(n.Path)
		if !strings.HasPrefix(folder, path.Dir(source)) && !strings.HasPrefix(source, folder) {
			continue
		}
		for _, w := range strings.Fields(text) {
			w = strings.Trim(strings.ReplaceAll(w, "\\", "/"), `"'`)
			if strings.HasSuffix(w, "/"+base) && strings.ContainsRune(w, flow.Hole) || strings.HasSuffix(w, "/"+path.Base(folder)+"/"+base) {
				return n.Path
			}
		}
	}
	return ""
}

// handsOver says that a command names files of keys or a host.
func handsOver(g *program, text string) bool {
	for _, w := range strings.Fields(text) {
		if g.words.Path(w).Any(secrets) {
			return true
		}
	}
	return len(g.words.Hosts(text)) > 0
}
