package flow

import (
	"context"
	"hash/maphash"

	"pipwarden/scan/python"
	"pipwarden/scan/vocabulary"
)

const (
	// maxInline is how deep calls of the artifact's functions are followed.
	maxInline = 12
	// maxRuns is how often one function that does something outside is executed
	// at one stage, each time with other arguments.
	maxRuns = 8
	// maxSmallRuns is how often if a run takes less than smallRun steps.
	maxSmallRuns = 100
	smallRun     = 200
	// maxIterations is how often loops of one source go round in all.
	maxIterations = 100_000
	// maxAlive is the source text, in bytes, whose trees are kept at once.
	maxAlive = 8 << 20
	// maxHeight ends the following of calls, so that the stack holds: the tree
	// of one source adds twice [python.MaxHeight] to it at most.
	maxHeight = python.MaxHeight
	// sourceSteps and stepsPerByte make the budget of one source, loopSteps what
	// loops that only compute may take beside it, allLoopSteps those of all
	// sources: a payload of 100,000 characters, decoded one by one, takes a
	// million.
	sourceSteps  = 30_000
	stepsPerByte = 1
	loopSteps    = 1_500_000
	allLoopSteps = 3_000_000
	// bytesPerStep is how much text of the artifact gives one step more to all.
	bytesPerStep = 8
)

// A machine is the state of one run.
type machine struct {
	ctx     context.Context // of Run, which is all a machine lives for
	err     error
	program *Program
	words   *vocabulary.Vocabulary
	trace   *Trace

	stage  Stage
	orphan bool
	guards int // except clauses around that swallow
	loops  int // concrete loops around
	depth  int // calls and layers around
	height int // expressions and statements around
	layers int // decoded texts around
	budget *budget
	units  []*unit

	steps     int
	counted   int    // steps spent on repetition
	limit     int    // of counted
	looped    int    // steps spent in loops that only compute
	since     moment // when the outermost loop began
	doubts    int    // tests met that are not known
	texts     int    // decoded texts executed
	decoded   int    // bytes of decoded text executed
	alive     int    // bytes of text whose trees are kept
	finishing bool
	serial    int  // the last ID given
	writes    int  // sets of names that are not the running function's own
	asides    int  // dead code around
	exiting   bool // sys.exit was called
	tail      tail
	chosen    labelSet // of the data that loops around go through
	meter     meter
	metered   int // what the meter had counted at the last round of a loop
	special   map[string]func(*site) *Value

	scopes
	names    map[nameKey]*Value
	records  map[python.Node]*record
	active   map[python.Node]bool
	imported map[importKey]bool
	mentions map[string]bool
	files    fileTable
	modules  map[string]bool
	seed     maphash.Seed
}

// A budget is what one source may spend on repetition.
type budget struct {
	steps, limit, iterations, loop int
}

// A moment tells whether anything was done outside, or a test met that is not
// known, since it was taken.
type moment struct{ events, doubts int }

type nameKey struct{ base, attr string }

// An eventKey tells events apart: those of one call in the source with the same
// arguments are told once a stage.
type eventKey struct {
	x     python.Node
	stage Stage
	args  uint64
}

type importKey struct {
	module, path string
	stage        Stage
}

func newMachine(ctx context.Context, p *Program) *machine {
	m := &machine{
		ctx: ctx, program: p, words: p.config.Vocabulary, trace: &Trace{},
		budget:   &budget{limit: sourceSteps},
		names:    make(map[nameKey]*Value),
		records:  make(map[python.Node]*record),
		active:   make(map[python.Node]bool),
		imported: make(map[importKey]bool),
		mentions: make(map[string]bool),
		files:    newFileTable(),
		seed:     maphash.MakeSeed(),
	}
	m.special = m.specialCalls()
	m.limit = p.config.Steps
	for _, src := range p.sources {
		m.limit += len(src.Text) / bytesPerStep
	}
	return m
}

// step counts one expression or statement.
func (m *machine) step() {
	m.steps++
	switch {
	case m.loops > 0 && m.serial == m.since.events && m.doubts == m.since.doubts:
		m.budget.loop++
		m.looped++
	case m.loops > 0 || m.depth > 0:
		m.counted++
		m.budget.steps++
	}
	if m.steps&0xfff == 0 && m.err == nil {
		m.err = m.ctx.Err()
	}
}

// rich says that there is budget left to follow a call or go round a loop.
func (m *machine) rich() bool {
	if m.err != nil || m.height > maxHeight || m.stage == Dead {
		return false
	}
	if m.loops > 0 && m.serial == m.since.events && m.doubts == m.since.doubts {
		return m.budget.loop < loopSteps && m.looped < allLoopSteps
	}
	return m.budget.steps < m.budget.limit && m.counted < m.limit
}

// enter executes one entry.
func (m *machine) enter(e *EntryPoint) {
	m.stage, m.orphan = e.Stage, false
	switch {
	case e.Code != "":
		u := m.newUnit(&source{Source: Source{Path: e.Path}}, "", nil)
		u.parse([]byte(e.Code), python.Options{Origin: python.Position{Line: e.Line}})
		m.runModule(u)
	case e.Path != "":
		if src := m.program.paths[e.Path]; src != nil {
			m.runScript(src)
		}
	}
	if e.Module == "" {
		return
	}
	v := m.importDotted(e.Module, nil)
	if v == nil || e.Object == "" {
		return
	}
	m.callObject(v, e.Object)
}

// callObject calls the dotted attribute of a module, as an installer's script
// does.
func (m *machine) callObject(v *Value, object string) {
	if v.Module == nil {
		return
	}
	f := m.moduleFrame(v.Module)
	for _, part := range splitDots(object) {
		v = m.attribute(f, v, part, nil)
	}
	m.callback(f, v, nil, nil)
}

// rest executes what the entries did not reach.
func (m *machine) rest() {
	m.orphan = true
	for _, dead := range []bool{false, true} {
		m.stage = Import
		if dead {
			m.stage = Dead
		}
		for _, src := range m.program.sources {
			if src.state == fresh && src.Dead == dead {
				src.facts.Orphan = true
				m.runSource(src)
				m.trim()
			}
		}
	}
	m.orphan = false
	for more := true; more && m.err == nil; {
		more = false
		for i := 0; i < len(m.units); i++ {
			more = m.finishUnit(m.units[i]) || more
		}
	}
}

// trim drops trees of sources that are done, the oldest first, while too much
// text is alive. What their functions would have done at a surer stage is told
// at stage Call.
func (m *machine) trim() {
	if m.alive <= maxAlive || m.finishing {
		return
	}
	for i := 0; i < len(m.units) && m.alive > maxAlive; i++ {
		u := m.units[i]
		if u.file == nil || u.running > 0 {
			continue
		}
		for m.finishUnit(u) {
		}
		m.drop(u)
	}
}

// finish fills in what is known at the end.
func (m *machine) finish() {
	m.trace.Steps = m.steps
	if m.meter.exhausted() {
		m.trace.Problems = append(m.trace.Problems, Problem{Limit: "effort"})
	}
	for _, src := range m.program.sources {
		src.facts.Path, src.facts.Module, src.facts.Dead, src.facts.Bytes = src.Path, src.Module, src.Dead, len(src.Text)
		m.trace.Files = append(m.trace.Files, src.facts)
	}
}

// problem records what a limit kept from being read.
func (m *machine) problem(f *frame, line int, limit string) {
	const maxProblems = 1000 // a person reads the first few
	if len(m.trace.Problems) < maxProblems {
		m.trace.Problems = append(m.trace.Problems, Problem{Path: f.unit.path(), Layers: f.unit.layers, Line: line, Limit: limit})
	}
}
