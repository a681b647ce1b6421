package rules

import (
	"regexp"
	"strings"

	"pipwarden/scan"
	"pipwarden/scan/flow"
	"pipwarden/scan/vocabulary"
)

// RemoteControl is the chain connect, receive, execute.
var RemoteControl = &scan.Rule{
	ID: "remote-control",
	Doc: `a shell for somebody else: connect, receive, execute

A raw connection's descriptor is handed to a shell (dup2, pty.spawn, a process on
the socket), or what is received is started as a command or executed as code, or a
command connects a shell by the means of the system. Servers and remote
administration listen, authenticate and do so when they are called; what connects
out by itself and obeys is a back door.`,
	Weight:     100,
	Behaviours: []scan.Behaviour{scan.RemoteControl, scan.CommandExecution},
	Run: func(p *scan.Pass) scan.Hooks {
		g := shared(p)
		return scan.Hooks{End: func() {
			connected := map[string]connection{} // by source
			obeys := map[string]*flow.Event{}    // the first command that a source fetches
			serving := map[string]bool{}         // sources that only answer who is on the same machine
			for i := range g.trace.Events {
				e := &g.trace.Events[i]
				if does(e, vocabulary.Connect) {
					connected[e.Path] = max(connected[e.Path], connectionOf(g, e))
				}
				if near(e) {
					serving[e.Path] = true
				}
				weight, message := control(e, connected[e.Path])
				if serving[e.Path] && connected[e.Path] != hardCoded {
					weight.entry, weight.call = min(weight.entry, 15), min(weight.call, 15)
				}
				if message == fetchesCommands && obeys[e.Path] == nil {
					obeys[e.Path] = e
				}
				if first := obeys[e.Path]; first != nil && does(e, vocabulary.Send) && sent(g, e).Has(vocabulary.Output) && g.ownHost(e) {
					say(p, first, 100, "fetches commands, starts them and sends what they print")
				}
				if weight.auto > 0 {
					say(p, e, weight.of(e), message)
				}
			}
		}}
	},
}

// near says that the event waits for connections from the same machine.
func near(e *flow.Event) bool {
	if !strings.HasSuffix(e.Name, ".bind") || e.Arg(0, "") == nil {
		return false
	}
	for _, text := range words([]*flow.Value{e.Arg(0, "")}) {
		if text == "localhost" || strings.HasPrefix(text, "127.") || text == "::1" {
			return true
		}
	}
	return false
}

// A connection is what is known of the other end.
type connection uint8

const (
	notConnected connection = iota
	anywhere                // the address is somebody's choice
	hardCoded               // the address stands in the code
)

func connectionOf(g *program, e *flow.Event) connection {
	for _, h := range hosts(g, e, vocabulary.URL) {
		switch h.Class {
		case "loopback", "private-address", "resolver-address", "metadata":
		default:
			return hardCoded
		}
	}
	for _, text := range words(role(e, vocabulary.URL)) {
		if publicName.MatchString(text) {
			return hardCoded
		}
	}
	return anywhere
}

// publicName is a host's name with a dot: not that of a machine nearby.
var publicName = regexp.MustCompile(`^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}$`)

// control weighs an event that obeys a connection; to is the one that the source
// made before.
func control(e *flow.Event, to connection) (moments, string) {
	connected := to > notConnected
	shell := moments{auto: 100, orphan: 100, entry: 60, call: 60}
	if to == hardCoded {
		shell = moments{auto: 100, orphan: 100, entry: 100, call: 100}
	}
	command := role(e, vocabulary.Command)
	switch {
	case e.Name == "os.dup2" && connected && len(e.Args) > 0 && fromSocket(e.Args[0]),
		e.Name == "pty.spawn" && connected:
		return shell, "hands a connection to a process"
	case does(e, vocabulary.Process) && labels(command).Has(vocabulary.Received):
		return shell, "starts commands that it receives"
	case does(e, vocabulary.Process) && len(command) > 0 && fetchedText(command[0]):
		return moments{auto: 100, orphan: 100, entry: 60, call: 60}, fetchesCommands
	case does(e, vocabulary.Process) && connected && fromSocket(e.Arg(-1, "stdin")):
		return shell, "starts a process on a connection"
	}
	return moments{}, ""
}

const fetchesCommands = "starts commands that it fetches"

// fetchedText says that a command is nothing but what the network said, and not
// the name of a file that was fetched.
func fetchedText(v *flow.Value) bool {
	if v.Kind == flow.Text || v.Kind == flow.Bytes || v.Kind == flow.List || v.Kind == flow.Tuple || v.Kind == flow.Union {
		return false
	}
	return v.Labels.Has(vocabulary.Network) && !v.Labels.Any(vocabulary.Set(vocabulary.Written, vocabulary.Parameter, vocabulary.File, vocabulary.Listing, vocabulary.Output))
}

// fromSocket says that the value came of a connection: the socket or its
// descriptor.
func fromSocket(v *flow.Value) bool {
	return v != nil && v.Kind == flow.Ref && strings.Contains(v.Str, "socket()")
}
