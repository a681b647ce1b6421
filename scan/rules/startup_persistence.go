package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"pipwarden/scan"
	"pipwarden/scan/flow"
	"pipwarden/scan/shell"
	"pipwarden/scan/vocabulary"
)

// Persistence is the chain drop, persist.
var Persistence = &scan.Rule{
	ID: "persistence",
	Doc: `code that arranges to be run again, or changes another program

It writes where something runs by itself later: start-up folders, shells' start
files, cron, services, the registry's Run keys, site-packages, another
application's code or a coding agent's settings. Installers of shell completion and
of services do so when their command is called. At a build or an import nobody
asked for it.`,
	Weight:     100,
	Behaviours: []scan.Behaviour{scan.FileOperation},
	Run: func(p *scan.Pass) scan.Hooks {
		a := arrangements{p: p, g: shared(p), keys: map[string]bool{}, opened: map[string][]string{}, last: map[string]string{}, programs: map[string]string{}}
		return eachEvent(p, a.look)
	},
}

// arrangements is what the events so far have prepared. The keys of all but keys
// are functions.
type arrangements struct {
	p        *scan.Pass
	g        *program
	keys     map[string]bool     // sources that have opened a Run key
	opened   map[string][]string // classes of what a function has opened to write
	last     map[string]string   // the file that a function has opened to write, by its last element
	programs map[string]string   // such a file with content from the network
}

func (a *arrangements) look(e *flow.Event) {
	if strings.HasPrefix(e.Name, "winreg.OpenKey") && slices.ContainsFunc(words(role(e, vocabulary.Path)), runKey) {
		a.keys[e.Path] = true
	}
	function := e.Path + "\x00" + e.Function
	classes := persists(a.g, e)
	if len(classes) == 0 {
		classes = a.prepared(e, function)
	} else if does(e, vocabulary.Open) {
		a.opened[function] = classes
	}
	if len(classes) == 0 {
		a.program(e, function)
		return
	}
	weight := moments{auto: 100, orphan: 60, entry: 5, call: 5}
	if e.Labels.Any(fetched|hidden) || startsHidden(e) {
		weight = moments{auto: 100, orphan: 100, entry: 60, call: 60}
	}
	say(a.p, e, weight.of(e), "writes to a place of another program ("+strings.Join(classes, ", ")+")")
}

// prepared lists the classes of what the event writes to where an earlier event
// has opened it.
func (a *arrangements) prepared(e *flow.Event, function string) []string {
	switch {
	case strings.HasPrefix(e.Name, "winreg.SetValue") && a.keys[e.Path]:
		return []string{"registry Run key"}
	case e.Name == fileWrite && (e.Labels.Any(fetched|hidden) || startsHidden(e)):
		return a.opened[function]
	}
	return nil
}

// program follows a file that is fetched, and a start file that names it.
func (a *arrangements) program(e *flow.Event, function string) {
	if does(e, vocabulary.Open) && writes(e) {
		a.last[function] = baseOf(words(role(e, vocabulary.Path)))
	}
	if e.Name != fileWrite {
		return
	}
	if e.Labels.Any(fetched) && a.last[function] != "" {
		a.programs[function] = a.last[function]
	}
	name := a.programs[function]
	if name != "" && a.opened[function] != nil && strings.Contains(strings.Join(words(role(e, vocabulary.Data)), " "), name) {
		say(a.p, e, moments{auto: 100, orphan: 100, entry: 60, call: 60}.of(e), "arranges for what it fetched to be run again")
	}
}

const fileWrite = "builtins.open().write"

// persistent are the classes of paths that something runs by itself.
var persistent = []string{"persistence", "startup", "application", "agent-config", "hosts-file"}

// persists lists the classes of what the event writes to.
func persists(g *program, e *flow.Event) (classes []string) {
	var texts []string
	switch {
	case does(e, vocabulary.Registry):
		texts = words(append(role(e, vocabulary.Path), role(e, vocabulary.Data)...))
		if slices.ContainsFunc(texts, runKey) {
			return []string{"registry Run key"}
		}
		return nil
	case does(e, vocabulary.Schedule):
		return []string{"schedule"}
	case does(e, vocabulary.Write):
		texts = append(words(role(e, vocabulary.Path)), fileName(e.Self))
	case does(e, vocabulary.Copy):
		texts = words(role(e, vocabulary.Target))
	case does(e, vocabulary.Open) && writes(e):
		texts = words(role(e, vocabulary.Path))
	}
	for _, t := range texts {
		if e.Stage != flow.Build && !e.Orphan && startName.MatchString(t) {
			classes = append(classes, "start of the interpreter") // a build writes its own
		}
		for _, c := range g.words.PathClass(t) {
			if slices.Contains(persistent, c) && !slices.Contains(classes, c) {
				classes = append(classes, c)
			}
		}
	}
	return classes
}

// startsHidden says that the text which is written fetches, hides or obeys when
// it runs.
func startsHidden(e *flow.Event) bool {
	if !does(e, vocabulary.Write) {
		return false
	}
	text := strings.Join(words(role(e, vocabulary.Data)), "\n")
	return fetchingText.MatchString(text) || shell.Read(text).Effects.Any(shell.FetchRun, shell.ReverseShell, shell.Exfiltrate, shell.Mine, shell.Fetch, shell.Hidden, shell.Encoded)
}

// fetchingText is a program that fetches with its address, wherever in a text.
var fetchingText = regexp.MustCompile(`(?i)\b(?:wget|curl|bitsadmin|certutil|invoke-webrequest|iwr|urlopen\(|requests\.get\()[^\n#]{0,80}https?://`)

// startName is a file that the interpreter executes at its start, in a folder that
// the code does not spell out.
var startName = regexp.MustCompile(`[/\\](?:[\w.-]+\.pth|sitecustomize\.py|usercustomize\.py)$`)

// runKey says that a registry path is one whose programs start with the user.
func runKey(s string) bool { return strings.Contains(strings.ToLower(s), `currentversion\run`) }

// baseOf is the last element of a path that is known to its end, "" if it is short.
func baseOf(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	if base := fileBase(texts[len(texts)-1]); len(base) >= 4 && !strings.ContainsRune(base, flow.Hole) {
		return base
	}
	return ""
}

// writes says that the mode of an open lets it write.
func writes(e *flow.Event) bool {
	for _, m := range words(role(e, vocabulary.Mode)) {
		if strings.ContainsAny(m, "wax+") {
			return true
		}
	}
	return false
}

// fileName is the path that a file object was opened with, "" if it is not known.
func fileName(v *flow.Value) string {
	if v == nil {
		return ""
	}
	if path, ok := v.Attrs["name"]; ok {
		return strings.Join(words([]*flow.Value{path}), "")
	}
	return ""
}

// MemoryCode is machine code that is written to memory and run.
var MemoryCode = &scan.Rule{
	ID: "memory-code",
	Doc: `machine code in memory that is made executable, or put into another process

ctypes reaches the calls of the system that allocate executable memory, copy bytes
there and start a thread on them, or write another process's memory. Debuggers and
just-in-time compilers do so when they are called. Two such calls are the chain.`,
	Weight:     100,
	Behaviours: []scan.Behaviour{scan.CodeExecution},
	Hiding:     []scan.Hiding{scan.NativeCode},
	Run: func(p *scan.Pass) scan.Hooks {
		seen := map[string]map[string]bool{} // names by source
		return eachEvent(p, func(e *flow.Event) {
			if !does(e, vocabulary.Memory) {
				return
			}
			if seen[e.Path] == nil {
				seen[e.Path] = map[string]bool{}
			}
			seen[e.Path][e.Name] = true
			weight := moments{auto: 40, orphan: 40, entry: 5, call: 5}
			if strings.HasSuffix(e.Name, "memmove") {
				weight = moments{} // copies, and alone says nothing
			}
			if n := len(seen[e.Path]); n >= 2 {
				weight = moments{auto: 100, orphan: 100, entry: 40, call: 40}
			}
			say(p, e, weight.of(e), fmt.Sprintf("calls %s, which handles executable memory,", e.Name[strings.LastIndexByte(e.Name, '.')+1:]))
		})
	},
}
