package flow

// A Trace is what a run of a [Program] has seen.
type Trace struct {
	// Events are in the order of execution: those with an entry in the
	// vocabulary, reads of sources, and calls with labels that tell something.
	Events []Event
	// Imports are the modules from outside, each once a stage and path.
	Imports []ImportAt
	// Layers are the texts that were decoded and executed, or found encoded in
	// constants.
	Layers []Layer
	// Mentions are texts that hold a URL, a host or a path of a known class.
	Mentions []Mention
	// Problems are what was not read because of a limit.
	Problems []Problem
	// Files has an entry for each source, in the order in which they were added.
	Files []FileFacts
	// Functions is the number of function bodies that were executed, Steps that
	// of expressions and statements.
	Functions, Steps int
}

// An ImportAt is the import of a module from outside the artifact.
type ImportAt struct {
	Module string // dotted, as written
	Stage  Stage
	Path   string
	Line   int
}

// A Layer is a text of code inside another.
type Layer struct {
	Path   string
	Layers []string // around this one, and this one last
	Line   int      // where it is executed
	Stage  Stage
	Made   []string // how it was decoded, innermost last
	Text   string   // its head, at most 64 KiB
	Size   int      // bytes in all
	// Executed says that it was executed; Python that it reads as Python.
	Executed, Python bool
}

// maxLayerText is the part of a layer that is kept: a rule reads its first
// lines, a person its first page.
const maxLayerText = 64 << 10

// A Mention is a text that names something known.
type Mention struct {
	Text     string // at most 300 bytes around the first thing it names
	Path     string
	Layers   []string
	Line     int
	Stage    Stage
	Made     []string
	Function string
}

// A Problem is something that was not read because of a limit.
type Problem struct {
	Path   string
	Layers []string
	Line   int
	Limit  string
}

// A FileFacts says what one source looks like, whatever it does.
type FileFacts struct {
	Path   string
	Module string
	// Stage is the surest at which the module's body ran.
	Stage  Stage
	Dead   bool
	Orphan bool // nothing in the artifact imports it
	Bytes  int
	// LongestLine is in bytes.
	LongestLine int
	// Errors are those of the parser; Dialect is "2" or "3", Cookie the encoding
	// that the file declares.
	Errors  int
	Dialect string
	Cookie  string
	// Unicode is the number of identifiers with letters beyond ASCII.
	Unicode int
	// WideGap is the column, counted from 0, of code that stands behind at least
	// 100 blanks behind other code; 0 if there is none. WideLine is its line.
	WideGap, WideLine int
	// LiteralBytes is the length of the largest string literal, LiteralEntropy
	// its bits a byte.
	LiteralBytes   int
	LiteralEntropy float64
	// ConfusableNames is the share of identifiers that are made to look alike:
	// of I, l, 1, O, 0, o and _ alone, or like a number in hex.
	ConfusableNames float64
}
