package vocabulary

import "strings"

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

var effectNames = [...]string{
	"process", "execute", "fetch", "send", "connect", "listen", "receive", "resolve", "open", "read", "write", "delete",
	"permit", "copy", "unpack", "load", "memory", "registry", "schedule", "record", "paste", "install", "unpickle",
	"redirect", "trap", "background", "hide", "browse", "reflect", "setup",
}

// String returns the effect's name in vocabulary files.
func (e Effect) String() string {
	if int(e) < len(effectNames) {
		return effectNames[e]
	}
	return "effect?"
}

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

// List returns the effects in their order.
func (s Effects) List() (list []Effect) {
	for e := range effects {
		if s.Has(e) {
			list = append(list, e)
		}
	}
	return list
}

// String returns the names, separated by commas.
func (s Effects) String() string {
	var names []string
	for _, e := range s.List() {
		names = append(names, e.String())
	}
	return strings.Join(names, ",")
}
