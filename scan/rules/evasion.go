package rules

import (
	"strings"

	"pipwarden/scan"
	"pipwarden/scan/flow"
	"pipwarden/scan/vocabulary"
)

// Evasion is code that looks for who watches it.
var Evasion = &scan.Rule{
	ID: "watch-evasion",
	Doc: `code that looks for debuggers, virtual machines and sandboxes, or hides itself

Malware does nothing where it is studied. At a build or an import a package has no
reason to ask whether somebody watches, nor to hide a window or a file. Games and
licence managers do, when they are called. Raises what else is found. A process that
is started at import without a window, and left alone, decides.`,
	Weight: 100,
	Hiding: []scan.Hiding{scan.SandboxEscape},
	Run: func(p *scan.Pass) scan.Hooks {
		g := shared(p)
		return eachEvent(p, func(e *flow.Event) {
			switch {
			case does(e, vocabulary.Trap):
				say(p, e, moments{auto: 40, orphan: 15, entry: 5, call: 5}.of(e), "looks for who watches")
			case does(e, vocabulary.Hide):
				say(p, e, moments{auto: 40, orphan: 15, entry: 5, call: 5}.of(e), "hides a window, a file or a trace")
			case does(e, vocabulary.Process) && hiddenWindow(e):
				say(p, e, hideWeight(e).of(e), "starts a process without a window")
			case e.Call != nil && len(e.Call.Args[vocabulary.Path]) > 0 && virtual(g, e):
				say(p, e, moments{auto: 40, orphan: 40, entry: 5, call: 5}.of(e), "looks for a virtual machine")
			}
		})
	},
}

const (
	createNoWindow  = 0x08000000 // CREATE_NO_WINDOW, Win32 process creation flags
	detachedProcess = 0x00000008
)

// hiddenWindow says that a process is started so that nobody sees it.
func hiddenWindow(e *flow.Event) bool {
	v := e.Arg(-1, "creationflags")
	if v == nil {
		return false
	}
	switch v.Kind {
	case flow.Int:
		return v.Int&(createNoWindow|detachedProcess) != 0
	case flow.Ref:
		return v.Str == "subprocess.CREATE_NO_WINDOW" || v.Str == "subprocess.DETACHED_PROCESS"
	}
	return strings.Contains(e.Code, "CREATE_NO_WINDOW")
}

// hideWeight is that of a process without a window: one whose output is read is a
// question to the system, one that goes on alone is hidden.
func hideWeight(e *flow.Event) moments {
	alone := e.Name == "subprocess.Popen" && !piped(e)
	if v := e.Arg(-1, "creationflags"); alone && (v.Kind == flow.Int && v.Int&detachedProcess != 0 || strings.Contains(e.Code, "DETACHED_PROCESS")) {
		return moments{auto: 100, orphan: 60, entry: 5, call: 5}
	}
	return moments{auto: 60, orphan: 40, entry: 5, call: 5}
}

// piped says that the program reads what the process writes.
func piped(e *flow.Event) bool {
	for _, name := range []string{"stdout", "stderr"} {
		if v := e.Arg(-1, name); v != nil && v.Kind == flow.Ref && v.Str == "subprocess.PIPE" {
			return true
		}
		if v := e.Arg(-1, name); v != nil && v.Kind == flow.Int && v.Int == pipe {
			return true
		}
	}
	return false
}

// pipe is the value of subprocess.PIPE.
const pipe = -1

// virtual says that a path of the event is there in a virtual machine alone.
func virtual(g *program, e *flow.Event) bool {
	for _, t := range words(role(e, vocabulary.Path)) {
		for _, c := range g.words.PathClass(t) {
			if c == "virtual" {
				return true
			}
		}
	}
	return false
}
