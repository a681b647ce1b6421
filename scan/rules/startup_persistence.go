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
		g := shared(p)
		keys := map[string]bool{}       // sources that have opened a Run key
		opened := map[string][]string{} // classes of what a function has opened to write
		last := map[string]string{}     // the file that a function has opened to write, by its last element
		programs := map[string]string{} // such a file with content from the network
		return eachEvent(p, func(e *flow.Event) {
			if strings.HasPrefix(e.Name, "winreg.OpenKey") && slices.ContainsFunc(words(role(e, vocabulary.Path)), runKey) {
				keys[e.Path] = true
			}
			classes := persists(g, e)
			place := e.Path + "\x00" + e.Function
			switch {
			case len(classes) > 0 && does(e, vocabulary.Open):
				opened[place] = classes
			case len(classes) == 0 && strings.HasPrefix(e.Name, "winreg.SetValue") && keys[e.Path]:
				classes = []string{"registry Run key"}
			case len(classes) == 0 && e.Name == "builtins.open().write" && (e.Labels.Any(fetched|hidden) || startsHidden(e)):
				classes = opened[place]
			}
			if does(e, vocabulary.Open) && len(classes) == 0 && writes(e) {
				last[place] = baseOf(words(role(e, vocabulary.Path)))
			}
			if e.Name == "builtins.open().write" && e.Labels.Any(fetched) && last[place] != "" {
				programs[place] = last[place]
			}
			if len(classes) == 0 && e.Name == "builtins.open().write" && programs[place] != "" && opened[place] != nil &&
				strings.Contains(strings.Join(words(role(e, vocabulary.Data)), " "), programs[place]) {
				say(p, e, moments{auto: 100, orphan: 100, entry: 60, call: 60}.of(e), "arranges for what it fetched to be run again")
			}
			if len(classes) == 0 {
				return
			}
			weight := moments{auto: 100, orphan: 60, entry: 5, call: 5}
			if e.Labels.Any(fetched|hidden) || startsHidden(e) {
				weight = moments{auto: 100, orphan: 100, entry: 100, call: 100}
			}
			say(p, e, weight.of(e), "writes to a place of another program ("+strings.Join(classes, ", ")+")")
		})
	},
}

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
