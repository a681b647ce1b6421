package rules

import (
	"strings"

	"pipwarden/scan"
	"pipwarden/scan/flow"
	"pipwarden/scan/vocabulary"
)

// moments are the weights of one behaviour by when it runs. What nobody asks for
// weighs most: an installation or an import should do none of this, while a
// function that somebody calls for it may.
type moments struct {
	auto   int // at build, at the interpreter's start, at import
	orphan int // at the import of a module that nothing in the artifact imports
	entry  int // when the user runs a command
	call   int // when somebody calls it
}

// of is the weight for the event's moment. Code that nothing reaches, tests and
// examples weigh nothing.
func (w moments) of(e *flow.Event) int {
	if e.Stage != flow.Dead && decodedLayer(e) {
		return w.auto // what was hidden is not there for a caller
	}
	return w.at(e.Stage, e.Orphan)
}

// decodedLayer says that the event's code stands in a text that was decoded.
func decodedLayer(e *flow.Event) bool {
	for _, l := range e.Layers {
		if strings.Contains(l, "(") && !strings.HasSuffix(l, "()") && !strings.HasPrefix(l, "written") {
			return true
		}
	}
	return false
}

func (w moments) at(stage flow.Stage, orphan bool) int {
	switch {
	case stage == flow.Dead:
		return 0
	case stage == flow.Call:
		return w.call
	case stage == flow.Entry:
		return w.entry
	case orphan:
		return w.orphan
	}
	return w.auto
}

// auto says that the event happens without anybody's asking for it.
func auto(e *flow.Event) bool { return e.Stage <= flow.Import && !e.Orphan }

var stages = [...]scan.Stage{
	flow.Build: scan.StageBuild, flow.Start: scan.StageStart, flow.Import: scan.StageImport,
	flow.Entry: scan.StageEntry, flow.Call: scan.StageCall, flow.Dead: scan.StageNone,
}

var stageWords = [...]string{
	flow.Build: "at build", flow.Start: "at every start of the interpreter", flow.Import: "at import",
	flow.Entry: "when its command runs", flow.Call: "when called", flow.Dead: "in a test or an example",
}

// say reports a finding at an event, if it weighs anything.
func say(p *scan.Pass, e *flow.Event, weight int, message string) {
	if weight > 0 {
		p.Report(from(e, weight, message))
	}
}

// from starts a finding at an event.
func from(e *flow.Event, weight int, message string) scan.Finding {
	f := scan.Finding{
		Path: append(strings.Split(e.Path, layerSign), e.Layers...), Line: e.Line, Code: e.Code,
		Weight: weight, Stage: stages[e.Stage], Message: message + " " + stageWords[e.Stage],
	}
	if len(e.Layers) > 0 {
		f.Hiding = []scan.Hiding{scan.Obfuscation}
	}
	return f
}

// eachEvent makes the hooks of a rule that looks at events one by one.
func eachEvent(p *scan.Pass, look func(*flow.Event)) scan.Hooks {
	g := shared(p)
	return scan.Hooks{End: func() {
		for i := range g.trace.Events {
			look(&g.trace.Events[i])
		}
	}}
}

// does says that the event has one of the effects.
func does(e *flow.Event, list ...vocabulary.Effect) bool {
	return e.Call != nil && e.Call.Effects.Any(list...)
}

// role lists the arguments of the event that have the role.
func role(e *flow.Event, r vocabulary.Role) (list []*flow.Value) {
	if e.Call == nil {
		return nil
	}
	for _, s := range e.Call.Args[r] {
		if s.Position == vocabulary.Self {
			if e.Self != nil {
				list = append(list, e.Self)
			}
			continue
		}
		if v := e.Arg(s.Position, s.Keyword); v != nil {
			list = append(list, v)
		}
		if s.Rest && s.Position+1 < len(e.Args) {
			list = append(list, e.Args[s.Position+1:]...)
		}
	}
	return list
}

// labels are those of all the values together, and of what they hold.
func labels(list []*flow.Value) (s vocabulary.Labels) {
	for _, v := range list {
		s |= v.Holds()
	}
	return s
}

// maxWords bounds how many values a text is put together from.
const maxWords = 200

// words are the texts that the values hold: those of a list one by one.
func words(list []*flow.Value) (texts []string) {
	for _, v := range list {
		if len(texts) >= maxWords {
			break
		}
		switch v.Kind {
		case flow.Text, flow.Bytes:
			texts = append(texts, v.Str)
		case flow.Ref:
			if v.Str == "sys.executable" {
				texts = append(texts, "python")
				continue
			}
			texts = append(texts, string(flow.Hole))
		case flow.List, flow.Tuple, flow.SetKind, flow.Union, flow.Iterator:
			texts = append(texts, words(v.Items)...)
		case flow.Dict:
			for _, p := range v.Pairs {
				texts = append(texts, words([]*flow.Value{p.Key, p.Value})...)
			}
		default:
			texts = append(texts, string(flow.Hole))
		}
	}
	return texts
}

// command is the text of the command that the event starts, "" if nothing of it
// is known.
func command(e *flow.Event) string {
	text := strings.Join(words(role(e, vocabulary.Command)), " ")
	if strings.Trim(text, string(flow.Hole)+" ") == "" {
		return ""
	}
	return text
}

// hosts are the hosts in the texts of the event's roles.
func hosts(g *program, e *flow.Event, roles ...vocabulary.Role) (list []vocabulary.HostMatch) {
	for _, r := range roles {
		for _, text := range words(role(e, r)) {
			list = append(list, g.words.Hosts(text)...)
		}
	}
	return list
}
