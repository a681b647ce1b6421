package rules

import (
	"path"
	"slices"
	"strings"

	"pipwarden/scan"
	"pipwarden/scan/flow"
	"pipwarden/scan/python"
	"pipwarden/scan/vocabulary"
)

const (
	// maxProgram is how much Python source is read as one program: 8 MiB, so that
	// memory stays the same whatever the artifact holds. Of the genuine files
	// measured (508) one in twenty holds more; what comes beyond is read as a
	// program of its own, whose calls into the first are not followed.
	maxProgram = 8 << 20
	// maxData is how much of the artifact's other files is kept for code that
	// reads them: 8 MiB, in files of at most maxDatum.
	maxData  = 8 << 20
	maxDatum = 1 << 20
)

// Program is the rule that gathers the artifact's sources and runs them on
// abstract values; other rules judge what that shows.
var Program = &scan.Rule{
	ID: "program",
	Doc: `what the artifact's Python code would do, found out without running it

Every Python source is read: modules, scripts, build scripts, lines of .pth files,
and code inside texts. The code is followed from where it starts (the build, the
interpreter's start, import, commands) on abstract values, so that names, decoded
texts and the ways of data are known to the rules that judge them. Nothing is
executed. What a limit kept from being read is a gap.`,
	Run: func(p *scan.Pass) scan.Hooks {
		g := shared(p)
		return scan.Hooks{Member: g.member, End: g.end}
	},
}

// A program gathers the sources of one artifact and holds what came of them.
type program struct {
	pass    *scan.Pass
	words   *vocabulary.Vocabulary
	sources []flow.Source
	pth     []flow.EntryPoint
	pages   []flow.EntryPoint // notebooks
	bytes   int
	data    map[string][]byte   // by path
	named   map[string][]string // paths in data by their last element
	dataLen int
	layout  layout
	// trace is complete once the rule Program has ended.
	trace flow.Trace
}

type programKey struct{}

// shared returns the program of the pass's scan.
func shared(p *scan.Pass) *program {
	return p.Shared(programKey{}, func() any {
		return &program{pass: p, words: vocabulary.Default(), data: map[string][]byte{}, named: map[string][]string{}, layout: newLayout(p)}
	}).(*program)
}

// member takes what may be code, or be read by code.
func (g *program) member(m *scan.Member) {
	if !m.Regular() || !m.Whole {
		return // what is not whole and a script is a gap of the scanner's
	}
	name := strings.Join(m.Layers, layerSign)
	g.layout.note(m)
	switch {
	case m.Ext() == ".pth":
		g.startLines(m, name)
	case g.python(m):
		g.add(m, name, m.Content)
		if m.Ext() != ".py" && m.Size <= maxDatum {
			g.keep(m, name) // code that opens it may execute it
		}
	case m.Ext() == ".ipynb":
		if text, ok := notebookSource(m.Content); ok {
			g.add(m, name, []byte(text))
			g.pages = append(g.pages, flow.EntryPoint{Stage: flow.Entry, What: "notebook", Path: name})
		}
	case m.Format == scan.FormatText && m.Size <= maxDatum:
		g.keep(m, name)
	}
}

// layerSign joins the layers of a member's path.
const layerSign = " > "

// python says that the member is Python source by name or content.
func (g *program) python(m *scan.Member) bool {
	switch m.Ext() {
	case ".py", ".pyw":
		return m.Format != scan.FormatEmpty
	case "", ".txt", ".dat", ".bin", ".cfg", ".log", ".tmp", ".old", ".bak":
		return m.Format == scan.FormatText && !metadata(m) && pythonScript(m)
	}
	return false
}

// metadata says that the member describes the artifact: a long description with
// examples reads as Python, and nothing runs it.
func metadata(m *scan.Member) bool {
	folder := path.Ext(path.Dir(m.Path()))
	return folder == ".dist-info" || folder == ".egg-info" || m.Base() == "PKG-INFO"
}

// pythonScript says that a text without the extension reads as Python.
func pythonScript(m *scan.Member) bool {
	line, _, _ := strings.Cut(string(m.Content[:min(len(m.Content), 200)]), "\n")
	if strings.HasPrefix(line, "#!") {
		return strings.Contains(line, "python")
	}
	return m.IsScript()
}

func (g *program) add(m *scan.Member, name string, content []byte) {
	if g.bytes+len(content) > maxProgram && len(g.sources) > 0 {
		g.end()
	}
	text := append([]byte(nil), content...)
	s := flow.Source{Path: name, Text: text, Dead: g.layout.dead(g.layout.inside(m)) || m.Nested() && inTests(m.Layers[0]) || m.Ext() == ".txt"}
	if !m.Nested() {
		s.Module, s.Package = g.layout.module(m)
	}
	g.sources = append(g.sources, s)
	g.bytes += len(text)
}

// keep remembers a text that code may open.
func (g *program) keep(m *scan.Member, name string) {
	if g.dataLen+len(m.Content) > maxData {
		return
	}
	g.dataLen += len(m.Content)
	g.data[name] = append([]byte(nil), m.Content...)
	g.named[m.Base()] = append(g.named[m.Base()], name)
}

// startLines takes the lines of a .pth file that the interpreter runs.
func (g *program) startLines(m *scan.Member, name string) {
	if !pthLands(g.pass, m) {
		return
	}
	for i, line := range pthLines(m.Content) {
		if strings.HasPrefix(line, "import ") || strings.HasPrefix(line, "import\t") {
			g.pth = append(g.pth, flow.EntryPoint{Stage: flow.Start, What: "line of a .pth file", Code: line, Path: name, Line: i + 1})
		}
	}
}

// end runs the sources gathered so far and adds what they show to the trace.
func (g *program) end() {
	if len(g.sources) == 0 && len(g.pth) == 0 {
		return
	}
	p := flow.New(flow.Config{Vocabulary: g.words, Data: g.open})
	for _, s := range g.sources {
		p.Add(s)
	}
	t, err := p.Run(g.pass.Context(), slices.Concat(g.pth, g.layout.entries(g.sources), g.pages))
	if err != nil {
		return // the context's: the scan ends with the same error
	}
	g.merge(t)
	g.sources, g.pth, g.pages, g.bytes = nil, nil, nil, 0
}

func (g *program) merge(t *flow.Trace) {
	base := len(g.trace.Events)
	for i := range t.Events {
		t.Events[i].Seq += base
	}
	g.trace.Events = append(g.trace.Events, t.Events...)
	g.trace.Imports = append(g.trace.Imports, t.Imports...)
	g.trace.Layers = append(g.trace.Layers, t.Layers...)
	g.trace.Mentions = append(g.trace.Mentions, t.Mentions...)
	g.trace.Files = append(g.trace.Files, t.Files...)
	for _, l := range t.Problems {
		if l.Limit == python.LimitErrors.String() {
			continue // the tree is whole; only the list of its errors is cut
		}
		g.pass.Gap(scan.Gap{ID: scan.GapProgram, Path: append([]string{l.Path}, l.Layers...), Detail: "not all of the Python source was read: " + l.Limit})
	}
}

// open finds a member of the artifact by the path that code opens: the one with
// the longest common end, the first of several.
func (g *program) open(name string) ([]byte, bool) {
	name = strings.Trim(strings.ReplaceAll(name, "\\", "/"), "/")
	best, length := "", 0
	for _, p := range g.named[path.Base(name)] {
		if n := commonEnd(p, name); n > length {
			best, length = p, n
		}
	}
	content, ok := g.data[best]
	return content, ok
}

// commonEnd counts the path elements that a and b share at their ends.
func commonEnd(a, b string) (n int) {
	for path.Base(a) == path.Base(b) && a != "." && b != "." {
		n++
		a, b = path.Dir(a), path.Dir(b)
	}
	return n
}
