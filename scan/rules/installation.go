package rules

import (
	"slices"
	"strings"

	"pipwarden/scan/flow"
	"pipwarden/scan/shell"
)

// installs weighs a command that installs packages. Build scripts ask for what
// they need to build, for everybody to see; nobody but the one who wrote it knows
// what is fetched from an index or an address of somebody's own, and who installs
// without a word has something to say.
func installs(g *program, e *flow.Event, c *shell.Command) moments {
	weight := moments{40, 40, 5, 0}
	for _, s := range c.Simple {
		for i, w := range s.Words {
			option, value, _ := strings.Cut(w, "=")
			if value == "" && i+1 < len(s.Words) {
				value = s.Words[i+1]
			}
			switch {
			case slices.Contains(indexOptions, option) && oddIndex(g, value):
				return moments{100, 60, 15, 15}
			case option == "--trusted-host" || slices.Contains(indexOptions, option):
				weight = moments{60, 60, 5, 5}
			case slices.Contains(quietOptions, w) && silenced(e):
				weight = moments{60, 60, 5, 0}
			}
		}
	}
	return weight
}

var (
	indexOptions = []string{"-i", "--index-url", "--extra-index-url", "-f", "--find-links"}
	quietOptions = []string{"-q", "-qq", "--quiet"}
)

// oddIndex says that packages are fetched from an address without a name, or one
// that anybody opens.
func oddIndex(g *program, address string) bool {
	for _, h := range g.words.Hosts(address) {
		if oddClasses[h.Class] && h.Class != "paas" {
			return true
		}
	}
	return false
}

// silenced says that what the process writes is thrown away.
func silenced(e *flow.Event) bool {
	return strings.Contains(e.Code, "DEVNULL")
}
