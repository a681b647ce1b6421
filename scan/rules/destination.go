package rules

import (
	"regexp"
	"strings"

	"pipwarden/scan/flow"
	"pipwarden/scan/vocabulary"
)

// oddClasses are classes of hosts that a library has no reason to send its
// users' data to, or to take programs from: anybody opens one in a minute
// and without a name.
var oddClasses = map[string]bool{
	"webhook": true, "bot-api": true, "out-of-band": true, "tunnel": true, "paste": true, "file-drop": true,
	"chat-cdn": true, "raw-address": true, "dynamic-dns": true, "url-shortener": true, "onion": true, "hook-bridge": true,
	"paas": true, "form": true, "documentation-address": true,
}

// oddDestination says that the event's address, as far as it is known, is odd.
func (g *program) oddDestination(e *flow.Event) bool {
	for _, h := range hosts(g, e, vocabulary.URL) {
		if oddClasses[h.Class] {
			return true
		}
	}
	return false
}

// dropClasses are those of the odd hosts that programs are dropped from.
var dropClasses = map[string]bool{
	"paste": true, "chat-cdn": true, "file-drop": true, "raw-address": true, "tunnel": true, "out-of-band": true, "onion": true,
	"url-shortener": true,
}

// names says that the source names a host of one of the classes.
func (g *program) names(path string, classes map[string]bool) bool {
	for i := range g.trace.Mentions {
		m := &g.trace.Mentions[i]
		if m.Path != path || m.Stage == flow.Dead {
			continue
		}
		for _, h := range g.words.Hosts(m.Text) {
			if classes[h.Class] {
				return true
			}
		}
	}
	return false
}

// programAddress says that the source names a program of Windows, or a script,
// at a host where anybody leaves files.
func (g *program) programAddress(path string) bool {
	for i := range g.trace.Mentions {
		m := &g.trace.Mentions[i]
		if m.Path != path || m.Stage == flow.Dead {
			continue
		}
		for _, h := range g.words.Hosts(m.Text) {
			file, _, _ := strings.Cut(h.Path, "?")
			if h.URL && programFile.MatchString(file) && (oddClasses[h.Class] || h.Class == "code-host" || h.Class == "file-share") {
				return true
			}
		}
	}
	return false
}

// programFile is the name of a file that Windows starts.
var programFile = regexp.MustCompile(`(?i)\.(?:exe|scr|bat|vbs|cmd|ps1|pif|hta|msi|jar)$`)
