package flow

import (
	"strings"

	"pipwarden/scan/decode"
	"pipwarden/scan/python"
)

const (
	// shortestMention is the shortest text that can name a host or a path.
	shortestMention = 4
	// maxMentionText is how much of a text is looked at, maxMention how much is
	// kept, both in bytes.
	maxMentionText = 1 << 20
	maxMention     = 300
	// maxMentions bounds the trace.
	maxMentions = 20_000
)

// mention records a text that names a host or a path.
func (m *machine) mention(f *frame, x python.Node, v *Value) {
	switch v.Kind {
	case Text, Bytes:
		m.mentionText(f, x, v)
	case List, Tuple, Union:
		for _, item := range v.Items[:min(len(v.Items), 32)] {
			if isString(item) {
				m.mentionText(f, x, item)
			}
		}
	}
}

func (m *machine) mentionText(f *frame, x python.Node, v *Value) {
	if len(v.Str) < shortestMention || len(v.Str) > maxMentionText || len(m.trace.Mentions) >= maxMentions {
		return
	}
	if !strings.ContainsAny(v.Str, "./\\") || m.mentions[v.Str] {
		return
	}
	hosts := m.words.Hosts(v.Str)
	if len(hosts) == 0 && m.words.Path(v.Str) == 0 && len(m.words.PathClass(v.Str)) == 0 {
		return
	}
	m.mentions[v.Str] = true
	said := v.Str
	if len(hosts) > 0 && len(said) > maxMention {
		if i := strings.Index(said, hosts[0].Host); i > maxMention/2 {
			said = said[i-maxMention/2:]
		}
	}
	m.trace.Mentions = append(m.trace.Mentions, Mention{Text: strings.Clone(cutText(said, maxMention)), Path: f.unit.path(),
		Layers: f.unit.layers, Line: f.unit.line(x), Stage: m.stage, Made: v.Made, Function: f.function})
}

// shortestGuess is the shortest literal that is tried as an encoding: of an
// address or a command.
const shortestGuess = 32

// guess records a literal that is an encoding of something to look at, whether
// the code decodes it or not.
func (m *machine) guess(f *frame, x *python.Str, v *Value) {
	if len(v.Str) < shortestGuess || len(v.Str) > maxMentionText || strings.ContainsRune(v.Str[:shortestGuess], ' ') {
		return
	}
	how, out, ok := decode.Guess([]byte(v.Str))
	if !ok || strings.HasPrefix(how, "escapes") && !strings.Contains(v.Str, `\x`) {
		return // a Windows path is full of backslashes
	}
	made := strings.Split(how, ", ")
	layers := append(f.unit.layers[:len(f.unit.layers):len(f.unit.layers)], "literal("+how+")")
	content := decode.ContentOf(out)
	m.addLayer(Layer{Path: f.unit.path(), Layers: layers, Line: f.unit.line(x), Stage: m.stage, Made: made,
		Text: string(out[:min(len(out), maxLayerText)]), Size: len(out), Python: content == decode.ContentPython})
	m.mentionText(f, x, &Value{Kind: Bytes, Str: string(out[:min(len(out), maxLayerText)]), Made: made})
}
