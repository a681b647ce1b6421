package rules

import (
	"strings"

	"pipwarden/scan"
	"pipwarden/scan/flow"
	"pipwarden/scan/vocabulary"
)

// Destruction is code that deletes what is not its own.
var Destruction = &scan.Rule{
	ID: "destruction",
	Doc: `code that deletes the user's files or its own traces by itself

A build removes its own folders, by names below the tree. What deletes the home
folder, a drive or the source that just ran is no cleaning.`,
	Weight:     60,
	Behaviours: []scan.Behaviour{scan.FileOperation},
	Run: func(p *scan.Pass) scan.Hooks {
		return eachEvent(p, func(e *flow.Event) {
			if !does(e, vocabulary.Delete) {
				return
			}
			for _, path := range words(role(e, vocabulary.Path)) {
				if everything(path) {
					say(p, e, moments{auto: 60, orphan: 60, entry: 15, call: 5}.of(e), "deletes "+path)
				}
			}
		})
	},
}

// everything says that a path is the root, a drive, or a user's whole home.
func everything(path string) bool {
	switch strings.TrimRight(strings.ReplaceAll(path, "\\", "/"), "/*.") {
	case "~", "$HOME", "%USERPROFILE%", "C:", "D:", "/home", "/root", "/Users", "C:/Users", "C:/Windows", "C:/Windows/System32":
		return true
	case "":
		return path != "" && strings.Trim(path, "/*\\") == "" && strings.ContainsAny(path, "/\\")
	}
	return false
}
