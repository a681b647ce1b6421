package shell

import "strings"

// An Effect is what a command does.
type Effect uint8

// The effects.
const (
	Fetch        Effect = iota // downloads something
	FetchRun                   // runs what was downloaded
	ReverseShell               // gives somebody elsewhere a shell
	Hidden                     // runs without a window
	Encoded                    // its text was encoded, or it decodes one
	Bypass                     // turns the execution policy off
	Persist                    // arranges to be run again: cron, services, registry keys, rc files
	Recon                      // tells of user, machine, network, environment
	Secret                     // reads files of keys and passwords
	Exfiltrate                 // sends what it found on the machine
	Install                    // installs packages
	Destroy                    // destroys data or stops the machine
	Disarm                     // turns protection off: virus scanner, firewall, user account control, logs
	Interpret                  // hands code to an interpreter
	Permit                     // makes a file executable
	Start                      // starts a program or opens a file, by another program
	Elevate                    // asks for more rights
	Lookup                     // asks the DNS, or pings
	Detach                     // goes on in the background
	Delete                     // deletes files
	Kill                       // ends processes
	Mine                       // mines
	Evade                      // looks for virtual machines and debuggers
	Send                       // sends data by the network
	effects
)

var effectNames = [...]string{
	"fetch", "fetch-run", "reverse-shell", "hidden", "encoded", "bypass", "persist", "recon", "secret", "exfiltrate",
	"install", "destroy", "disarm", "interpret", "permit", "start", "elevate", "lookup", "detach", "delete", "kill",
	"mine", "evade", "send",
}

// String returns the effect's name.
func (e Effect) String() string {
	if int(e) < len(effectNames) {
		return effectNames[e]
	}
	return "effect?"
}

// Effects is a set of effects; the zero value is empty.
type Effects uint64

// Set makes a set.
func Set(list ...Effect) (s Effects) {
	for _, e := range list {
		s |= 1 << e
	}
	return s
}

// Has says that e is in the set.
func (s Effects) Has(e Effect) bool { return s&(1<<e) != 0 }

// Any says that one of the effects is in the set.
func (s Effects) Any(list ...Effect) bool { return s&Set(list...) != 0 }

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
