package scan

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"pipwarden/pypi"
)

// A Pass is all that a rule may see of the artifact apart from its members. It
// belongs to one rule in one scan.
type Pass struct {
	Filename pypi.Filename
	SHA256   string // of the artifact
	Size     int64  // of the artifact

	rule   *Rule
	sink   *sink
	ctx    context.Context // a Pass lives as long as its scan, as a request does
	shared map[any]any
}

// Context is done when the scan's is. A rule that works long at the end of the
// archive asks it.
func (p *Pass) Context() context.Context { return p.ctx }

// Shared returns what the rules of one scan have in common under the key: what
// make returned when the first of them asked. Rules run in the order of the
// list, so that one can gather what later ones judge.
func (p *Pass) Shared(key any, make func() any) any {
	v, ok := p.shared[key]
	if !ok {
		v = make()
		p.shared[key] = v
	}
	return v
}

// sink collects what the rules of one scan say.
type sink struct {
	findings     []Finding
	gaps         []Gap
	capabilities map[string]bool
	hosts        map[string]bool
	perRule      map[string]int
	dropped      map[string]int // findings of a rule beyond MaxFindings
}

// MaxFindings is the number of findings of one rule in one report. A hostile
// archive can make a rule speak for every member; what goes beyond is counted
// in a gap.
const MaxFindings = 50

// Report adds a finding. The rule's ID is filled in, and so are Stage,
// Behaviours and Hiding where the finding leaves them empty and weighs
// something. Weight is cut to the rule's Weight, Code to [MaxCode] bytes.
// The finding keeps no reference to its slices.
func (p *Pass) Report(f Finding) {
	if !p.room(f.Weight) {
		return
	}
	f.Rule = p.rule.ID
	f.Weight = max(0, min(f.Weight, p.rule.Weight))
	f.Path = slices.Clone(f.Path)
	f.Code = cut(f.Code, MaxCode)
	f.Message = cut(f.Message, MaxCode)
	if f.Weight > 0 {
		if f.Stage == StageNone {
			f.Stage = p.rule.Stage
		}
		if f.Behaviours == nil {
			f.Behaviours = p.rule.Behaviours
		}
		if f.Hiding == nil {
			f.Hiding = p.rule.Hiding
		}
	}
	f.Behaviours = slices.Clone(f.Behaviours)
	f.Hiding = slices.Clone(f.Hiding)
	p.sink.findings = append(p.sink.findings, f)
}

// room says that the rule may report one more finding. Beyond the cap a heavier
// one takes the place of the lightest, so that a flood of small findings hides
// nothing.
func (p *Pass) room(weight int) bool {
	s := p.sink
	s.perRule[p.rule.ID]++
	if s.perRule[p.rule.ID] <= MaxFindings {
		return true
	}
	s.dropped[p.rule.ID]++
	lightest := -1
	for i := range s.findings {
		if s.findings[i].Rule == p.rule.ID && (lightest < 0 || s.findings[i].Weight < s.findings[lightest].Weight) {
			lightest = i
		}
	}
	if s.findings[lightest].Weight >= weight {
		return false
	}
	s.findings = slices.Delete(s.findings, lightest, lightest+1)
	return true
}

// Gap adds what the rule could not read.
func (p *Pass) Gap(g Gap) {
	g.Path = slices.Clone(g.Path)
	g.Detail = cut(g.Detail, MaxCode)
	p.sink.gaps = append(p.sink.gaps, g)
}

// Capability notes what the code can do, by a short kebab-case name, for the
// comparison with another release.
func (p *Pass) Capability(name string) { p.sink.capabilities[name] = true }

// Host notes a host that the code names.
func (p *Pass) Host(name string) { p.sink.hosts[strings.ToLower(name)] = true }

// cut shortens s to n bytes at a character and makes it valid UTF-8, so that
// the JSON form holds what the report holds.
func cut(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
