// Package flow says what the Python code of an artifact does, in which order
// and at which stage, without executing any of it: a bounded abstract
// interpreter over the trees of scan/python.
//
//	p := flow.New(flow.Config{Vocabulary: vocabulary.Default()})
//	p.Add(flow.Source{Path: "setup.py", Text: text})
//	trace, err := p.Run(ctx, []flow.EntryPoint{{Stage: flow.Build, Path: "setup.py"}})
//
// # What is executed
//
// Entries run in their order at their stage. A module is executed once, when it
// is first imported; modules that nobody imports follow, then all functions and
// methods that nobody called, with unknown arguments. Every statement of every
// source is executed at least once, whatever the budgets say: they only end the
// following of calls and the repetition of loops.
//
// # What is known
//
// Values are those of [Value]: constants as far as they fold, names of what
// lies outside the artifact, and labels that say where data came from. Where a
// test is not known both branches are executed, and names that differ after
// them become a [Union]. Objects that Python changes in place are changed in
// place here too, in both branches: what may happen is seen, not what must.
//
// # What is told
//
// A [Trace]: calls of what lies outside, in order, with their arguments; code
// that was decoded; texts that name hosts and paths; and what a limit kept from
// being read.
package flow

import (
	"context"
	"embed"

	"pipwarden/scan/vocabulary"
)

// Sources are the package's own files, for the scanner's fingerprint.
//
//go:embed *.go
var Sources embed.FS

// A Source is one Python text of the artifact.
type Source struct {
	// Path is the member's path, with slashes; Layers as in [Event].
	Path   string
	Layers []string
	// Module is the dotted name under which it is imported, "" for a script.
	Module string
	// Package says that it is the __init__ of a package.
	Package bool
	// Text is the file as it is; it must not change until Run returns.
	Text []byte
	// Dead marks tests, documents and examples: nothing there runs by itself.
	Dead bool
}

// An EntryPoint is one place where the artifact's code begins to run.
type EntryPoint struct {
	Stage Stage
	// What says in a word what starts it: "setup.py", "console script".
	What string
	// Path is a source to execute as a script.
	Path string
	// Module is one to import, Object a dotted attribute of it to call then.
	Module, Object string
	// Code is a text to execute, as a line of a .pth file; Path and Line are
	// its place.
	Code string
	Line int
}

// DefaultSteps is how many steps a run may spend on following calls and
// repeating loops that do something outside: less than a tenth of a second.
const DefaultSteps = 400_000

// A Config is what a [Program] works with.
type Config struct {
	// Vocabulary tells what calls do; nil is [vocabulary.Default].
	Vocabulary *vocabulary.Vocabulary
	// Steps is the number of expressions and statements after which calls are
	// not followed and loops not repeated any more; 0 is DefaultSteps. Large
	// artifacts get more, and loops that only compute have a budget of their own
	// for each source.
	Steps int
	// Data returns the content of a member of the artifact by the end of a path
	// that code opens; nil if there are none.
	Data func(path string) ([]byte, bool)
}

// A Program is the Python code of one artifact.
type Program struct {
	config  Config
	sources []*source
	modules map[string]*source
	paths   map[string]*source
}

// New returns a program without code.
func New(config Config) *Program {
	if config.Vocabulary == nil {
		config.Vocabulary = vocabulary.Default()
	}
	if config.Steps == 0 {
		config.Steps = DefaultSteps
	}
	if config.Data == nil {
		config.Data = func(string) ([]byte, bool) { return nil, false }
	}
	return &Program{config: config, modules: make(map[string]*source), paths: make(map[string]*source)}
}

// Add adds a source. Where two have one module name, the first counts that is
// not dead.
func (p *Program) Add(s Source) {
	src := &source{Source: s}
	p.sources = append(p.sources, src)
	if s.Module != "" {
		if old := p.modules[s.Module]; old == nil || old.Dead && !s.Dead {
			p.modules[s.Module] = src
		}
	}
	if _, ok := p.paths[s.Path]; !ok && len(s.Layers) == 0 {
		p.paths[s.Path] = src
	}
}

// Run executes the entries and then what they did not reach. The error is
// ctx's alone; the trace holds what was seen until then. A program runs once.
func (p *Program) Run(ctx context.Context, entries []EntryPoint) (*Trace, error) {
	m := newMachine(ctx, p)
	for i := range entries {
		m.enter(&entries[i])
	}
	m.rest()
	m.finish()
	return m.trace, m.err
}
