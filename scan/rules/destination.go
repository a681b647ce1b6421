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

// oddDestination says that the event's address, as far as it is known, is odd,
// or was hidden from who reads the code.
func (g *program) oddDestination(e *flow.Event) bool {
	if hiddenAddress(g, e) {
		return true
	}
	for _, h := range hosts(g, e, vocabulary.URL) {
		if oddClasses[h.Class] && own(h) {
			return true
		}
	}
	return false
}

// own says that the address leads to somebody whom the code names: that of a bot
// or a webhook whose secret comes from elsewhere leads to whoever calls.
func own(h vocabulary.HostMatch) bool {
	place, _, _ := strings.Cut(h.Path, "?")
	switch h.Class {
	case "bot-api":
		return botToken.MatchString(place) // other services have no secret in their address
	case "webhook":
		return !strings.ContainsRune(place, flow.Hole) && !strings.HasSuffix(strings.TrimSuffix(place, "/"), "webhooks")
	}
	return true
}

// botToken is a bot's token in its address, whole: what one is given has a hole.
var botToken = regexp.MustCompile(`^/(?:file/)?bot[0-9]+:[A-Za-z0-9_-]{3,}(?:/|$)`)

// ownHost says that the event's address is a host that stands in the code, whole.
func (g *program) ownHost(e *flow.Event) bool {
	for _, h := range outside(g, e) {
		if !strings.ContainsRune(h.Host, flow.Hole) && own(h) {
			return true
		}
	}
	return false
}

// hiddenAddress says that the event's address stands in the code, encoded.
func hiddenAddress(g *program, e *flow.Event) bool {
	for _, v := range role(e, vocabulary.URL) {
		if v.Labels.Any(hidden) && !v.Labels.Any(given) && known([]*flow.Value{v}) && len(outside(g, e)) > 0 {
			return true
		}
	}
	return false
}

// given are the labels of what a caller, a file or the network gave.
var given = fetched | vocabulary.Set(vocabulary.Parameter, vocabulary.SecretParameter, vocabulary.File, vocabulary.OwnFile, vocabulary.Arguments,
	vocabulary.Input, vocabulary.Variable, vocabulary.SecretVar)

// outside are the hosts of the event's address that are not of the machine or
// its neighbourhood.
func outside(g *program, e *flow.Event) (list []vocabulary.HostMatch) {
	for _, h := range hosts(g, e, vocabulary.URL) {
		switch h.Class {
		case "loopback", "private-address", "resolver-address", "metadata", "documentation-address":
		default:
			if strings.Trim(h.Host, string(flow.Hole)+".") != "" && !strings.Contains(h.Host, "example") {
				list = append(list, h)
			}
		}
	}
	return list
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

// scriptAddress says that the source names a script for a shell by its whole address.
func (g *program) scriptAddress(path string) bool {
	for i := range g.trace.Mentions {
		m := &g.trace.Mentions[i]
		if m.Path == path && m.Stage != flow.Dead && scriptURL.MatchString(m.Text) {
			return true
		}
	}
	return false
}

// scriptURL is the address of a script for a shell.
var scriptURL = regexp.MustCompile(`(?i)https?://[\w.-]+(?::\d+)?/[^\s\x{FFFC}"'?]*\.(?:sh|ps1|bat)\b`)

// programFile is the name of a file that Windows starts.
var programFile = regexp.MustCompile(`(?i)\.(?:exe|scr|bat|vbs|cmd|ps1|pif|hta|msi|jar)$`)
