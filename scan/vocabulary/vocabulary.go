// Package vocabulary holds the words that the scanner knows: what library calls
// do, which attributes, paths and variables hold secrets, and what hosts are
// for. It is data in text files (*.txt here, and the user's own of the same
// form); this package reads and answers, and decides nothing.
package vocabulary

// An Effect is what a call does outside the values that it works on.
type Effect uint8

// The effects.
const (
	Process    Effect = iota // starts a process or a shell; role Command
	Execute                  // runs Python code; role Code
	Fetch                    // asks the network for something; role URL
	Send                     // carries data away over the network; roles URL, Data
	Connect                  // opens a raw connection; role URL is the address
	Listen                   // waits for connections
	Receive                  // reads a raw connection
	Resolve                  // asks the DNS for a name; role URL is the name
	Open                     // opens a file; roles Path, Mode
	Read                     // reads a file; role Path
	Write                    // writes a file; roles Path, Data
	Delete                   // deletes files; role Path
	Permit                   // changes permissions; role Path
	Copy                     // copies or moves a file; roles Path (from), Target
	Unpack                   // unpacks an archive; role Target is the folder
	Load                     // loads native code; role Path
	Memory                   // memory that is executed, foreign processes' memory
	Registry                 // writes the Windows registry; roles Path, Data
	Schedule                 // cron, services, launch agents by an API
	Record                   // keys, screen, camera, microphone
	Paste                    // writes the clipboard; role Data
	Install                  // installs packages: pip.main
	Unpickle                 // builds objects from data: pickle.loads, torch.load; role Data
	Redirect                 // hands a descriptor on: os.dup2, pty.spawn
	Trap                     // looks for debuggers, virtual machines, sandboxes
	Background               // runs a callable elsewhere or later: Thread, atexit; role Code
	Hide                     // hides windows, files, traces
	Browse                   // opens a browser; role URL
	Reflect                  // reaches names by text: getattr, globals, __import__; role Code
	Setup                    // setuptools.setup, distutils.core.setup
	effects
)

// A Role is what an argument of a call is for.
type Role uint8

// The roles.
const (
	URL Role = iota
	Data
	Path
	Target
	Command
	Code
	Mode
	roles
)

// A Call is what the vocabulary knows of one callable.
type Call struct {
	// Name is canonical: "requests.post", "socket.socket().recv".
	Name string
	// Effects are what the call does; empty for one that only returns.
	Effects Effects
	// Returns are the labels that the result carries for what it is.
	Returns Labels
	// Clean says that the result does not carry the arguments' labels, as that
	// of len or os.path.exists.
	Clean bool
	// Args tells where the arguments of each role stand.
	Args [roles][]Selector
}

// A Selector names one argument by position or keyword.
type Selector struct {
	Position int // -1 = by keyword alone; Self = the object before the dot
	Keyword  string
}

// Self is the position of the object that a method is called on.
const Self = -2

// Effects is a set of effects.
type Effects uint64

// Has says that e is in the set.
func (s Effects) Has(e Effect) bool { return s&(1<<e) != 0 }

// Any says that one of the effects is in the set.
func (s Effects) Any(list ...Effect) bool {
	for _, e := range list {
		if s.Has(e) {
			return true
		}
	}
	return false
}
