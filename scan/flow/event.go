package flow

import "pipwarden/scan/vocabulary"

// A Stage says when code runs, the surest first.
type Stage uint8

// The stages.
const (
	Build  Stage = iota // setup.py, a build backend and what they import or run
	Start               // .pth files, sitecustomize, usercustomize
	Import              // the package's modules, when they are imported
	Entry               // console scripts, plugins, __main__
	Call                // only when somebody calls it
	Dead                // tests, docs, examples, and code behind a condition that is constantly false
)

// An Event is one call of something outside the artifact, one execution of
// code, or one read of a source, in the order in which the code runs.
type Event struct {
	// Name is what is called, canonical and dotted: "os.system",
	// "requests.get", "socket.socket().connect", "builtins.exec". What is not
	// known begins with "?": "?.post". A read of an attribute that is a source
	// has no call: "os.environ".
	Name string
	// Call is the vocabulary's entry for Name, nil when it has none.
	Call *vocabulary.Call
	// Read says that the event is the read of an attribute.
	Read bool
	// Self is the object of a method call, nil otherwise.
	Self *Value
	Args []*Value
	// Keywords are the named arguments; a ** of unknown content has the name "**".
	Keywords []Keyword
	// Result is what the call is taken to return.
	Result *Value
	// Labels are those of all arguments and Self together.
	Labels vocabulary.Labels

	Stage Stage
	// Orphan says that the code is a module that nothing in the artifact imports.
	Orphan bool
	// Path is the member's path in the artifact; Layers are the decoded texts
	// inside it that the code stands in, outermost first: "exec(base64, zlib)".
	Path   string
	Layers []string
	Line   int
	// Function is the dotted name of the function around, "" at module level.
	Function string
	// Code is the call as a person would read it, at most 300 bytes.
	Code string
	// Guarded says that an except clause around swallows what goes wrong.
	Guarded bool
	// Seq counts the events of the whole artifact in the order of execution.
	Seq int
}

// A Keyword is one named argument.
type Keyword struct {
	Name  string
	Value *Value
}

// Arg returns the argument at position i, or the one named name; nil if
// neither is there.
func (e *Event) Arg(i int, name string) *Value {
	if i >= 0 && i < len(e.Args) {
		return e.Args[i]
	}
	for _, k := range e.Keywords {
		if name != "" && k.Name == name {
			return k.Value
		}
	}
	return nil
}
