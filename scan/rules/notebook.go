package rules

import (
	"fmt"
	"strings"

	"pipwarden/scan"
	"pipwarden/scan/shell"
)

// Notebook looks at the commands and scripts that notebooks carry. Their Python
// is read with the rest of the artifact's.
var Notebook = &scan.Rule{
	ID: "notebook",
	Doc: `a notebook hands commands to a shell that attack, or shows a hostile script

A cell of a notebook may be a command line ("!", "%%bash"), and its stored outputs
may hold HTML with scripts, which run when the notebook is trusted. Notebooks that
install what they need and fetch their data are everyday. What weighs is what
weighs in a script for a shell, 40 at most, and in a script in JavaScript, 15 at
most: somebody has to open the notebook and run it. Of 508 genuine files none has
a finding.`,
	Weight:     40,
	Stage:      scan.StageCall,
	Behaviours: []scan.Behaviour{scan.CommandExecution},
	Run: func(p *scan.Pass) scan.Hooks {
		return scan.Hooks{Member: func(m *scan.Member) {
			if m.Regular() && m.Ext() == ".ipynb" && m.Whole {
				judgeNotebook(p, m)
			}
		}}
	},
}

func judgeNotebook(p *scan.Pass, m *scan.Member) {
	cells, ok := notebookCells(m.Content)
	if !ok {
		return
	}
	limit := 40
	if inTests(m.Path()) || m.Nested() {
		limit = 5
	}
	for i, c := range cells {
		commands := c.commands()
		if commands == "" {
			continue
		}
		command := shell.ReadAs(shell.Posix, commands)
		// Below 40 is what notebooks do: they install what they show.
		if f, ok := judgeCommand(m, &command); ok && f.Weight >= 40 {
			f.Weight, f.Line = min(f.Weight, limit), 0
			f.Message = fmt.Sprintf("in cell %d %s", i+1, f.Message)
			p.Report(f)
		}
	}
	for _, t := range scriptTraits {
		if where := t.find(m.Content); where != nil {
			f := at(m, 1+lineBreaks(m.Content[:where[0]]), min(15, limit), "a script in the notebook "+t.what)
			f.Code = string(m.Content[where[0]:min(where[1], where[0]+scan.MaxCode)])
			f.Behaviours, f.Hiding = t.behaviours, t.hiding
			p.Report(f)
		}
	}
}

// notebookSource returns the code cells of a notebook as one Python text; ok is
// false for what is no notebook in Python. Commands for a shell become calls of
// os.system, files that cells write become calls of write, other magics become
// pass.
func notebookSource(content []byte) (text string, ok bool) {
	cells, ok := notebookCells(content)
	if !ok {
		return "", false
	}
	var out strings.Builder
	for _, c := range cells {
		for _, l := range c.lines() {
			out.WriteString(l.python)
			out.WriteByte('\n')
		}
	}
	return out.String(), true
}
