package rules

import (
	"fmt"

	"pipwarden/scan"
	"pipwarden/scan/vocabulary"
)

// PycOrphan looks for compiled Python without its source.
var PycOrphan = &scan.Rule{
	ID: "pyc-without-source",
	Doc: `compiled Python whose source is not in the artifact

Who reads the sources does not see what a .pyc does, and installers write such
files themselves: hardly a genuine artifact brings any, and those that do bring the
source too, by oversight. A .pyc beside no source is imported like a module (40); in
__pycache__ it is not, and only code that names the file runs it (15). Compiled
Python under another name is hidden (40). The bytecode is read all the same. The
version in its header is what the author wrote there. Tests bring such files to
test with; there they are not told.`,
	Weight:     40,
	Stage:      scan.StageImport,
	Behaviours: []scan.Behaviour{scan.CodeExecution},
	Hiding:     []scan.Hiding{scan.Disguise},
	Run: func(p *scan.Pass) scan.Hooks {
		b := bytecodeOf(p)
		return scan.Hooks{
			Member: b.member,
			End: func() { // before that of Program, which follows what it is handed
				b.follow(shared(p))
				words := vocabulary.Default()
				for _, c := range b.files {
					if b.words[c.source] == nil && !testLayer(c.member) {
						p.Report(orphan(c, words))
					}
				}
			},
		}
	},
}

func orphan(c compiled, words *vocabulary.Vocabulary) scan.Finding {
	weight, where := 40, "compiled Python without its source is imported as a module"
	switch {
	case c.source == "":
		where = "compiled Python under a name that does not say so"
	case c.member.Nested():
		weight, where = 15, "compiled Python without its source in an archive inside"
	case c.cached:
		weight, where = 15, "compiled Python without its source in __pycache__"
	}
	if c.pyc == nil {
		return at(c.member, 0, min(weight, 15), where+", and cannot be read")
	}
	f := at(c.member, 0, weight, fmt.Sprintf("%s (Python %s)", where, c.pyc.Version))
	if name := c.does(words); name != "" {
		f.Message += "; it calls " + name
		f.Code = name
	}
	return f
}
