package rules

import (
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
			connected := map[string]int{} // sources in which a connection was made, by the event's place
			for i := range g.trace.Events {
				e := &g.trace.Events[i]
				if does(e, vocabulary.Connect) || strings.HasSuffix(e.Name, "socket().connect") {
					connected[e.Path] = i + 1
				}
				if weight, message := control(e, connected[e.Path] > 0); weight.auto > 0 {
					say(p, e, weight.of(e), message)
				}
			}
		}}
	},
}

// control weighs an event that obeys a connection; connected says that the
// source made one before.
func control(e *flow.Event, connected bool) (moments, string) {
	shell := moments{auto: 100, orphan: 100, entry: 60, call: 60}
	switch {
	case e.Name == "os.dup2" && connected && len(e.Args) > 0 && fromSocket(e.Args[0]),
		e.Name == "pty.spawn" && connected:
		return shell, "hands a connection to a process"
	case does(e, vocabulary.Process) && labels(role(e, vocabulary.Command)).Has(vocabulary.Received):
		return shell, "starts commands that it receives"
	case does(e, vocabulary.Process) && connected && fromSocket(e.Arg(-1, "stdin")):
		return shell, "starts a process on a connection"
	}
	return moments{}, ""
}

// fromSocket says that the value came of a connection: the socket or its
// descriptor.
func fromSocket(v *flow.Value) bool {
	return v != nil && v.Kind == flow.Ref && strings.Contains(v.Str, "socket()")
}
