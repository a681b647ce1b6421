package main

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"pipwarden/internal/labelled"
	"pipwarden/pypi"
	"pipwarden/scan"
)

// A measurement is all that one run found out.
type measurement struct {
	options   *options
	results   []*result
	processes []process
	others    []*other
}

// levels are the two that count, with the name of the column.
var levels = []struct {
	at   scan.Level
	name string
}{{scan.LevelMalicious, "malicious"}, {scan.LevelSuspicious, "at least suspicious"}}

// of returns the results that a condition holds for.
func (m *measurement) of(keep func(*result) bool) []*result {
	return slices.DeleteFunc(slices.Clone(m.results), func(r *result) bool { return !keep(r) })
}

func malicious(r *result) bool { return r.sample.Malicious }
func genuine(r *result) bool   { return !r.sample.Malicious }
func payload(r *result) bool   { return r.sample.Payload() }
func noPayload(r *result) bool { return r.sample.Malicious && !r.sample.Payload() }
func tune(r *result) bool      { return r.sample.Split() == labelled.Tune }

// byFile counts the results that reach a level.
func byFile(rs []*result, at scan.Level) (s share) {
	for _, r := range rs {
		s.add(r.level() >= at)
	}
	return s
}

// A recall by group is the mean over groups of the share of files, and how many
// groups are found as a whole.
type groupShare struct {
	Mean  float64 `json:"mean"`  // 0 to 1
	Whole share   `json:"whole"` // groups of which every file reaches the level
	Any   share   `json:"any"`   // groups of which some file does
}

func byGroup(rs []*result, at scan.Level) (g groupShare) {
	groups := grouped(rs, func(r *result) string { return r.sample.Group })
	for _, members := range groups {
		s := byFile(members, at)
		g.Mean += s.rate() / float64(len(groups))
		g.Whole.add(s.Hit == s.Total)
		g.Any.add(s.Hit > 0)
	}
	return g
}

func grouped(rs []*result, key func(*result) string) map[string][]*result {
	out := map[string][]*result{}
	for _, r := range rs {
		out[key(r)] = append(out[key(r)], r)
	}
	return out
}

// kind is "sdist", "wheel" or what else the file is. Legacy names that cannot be
// taken apart are sdists': wheels have always had a strict form.
func kind(r *result) string {
	k := r.sample.Filename().Kind
	if k == pypi.KindUnknown {
		k = pypi.KindSdist
	}
	return k.String()
}

// place is the first of the sample's labelled places.
func place(r *result) string {
	if len(r.sample.Places) == 0 {
		return "none"
	}
	return r.sample.Places[0]
}

// located says whether the heaviest finding lies where the labels say that the
// payload is; known is false where they do not say.
func located(r *result) (right, known bool) {
	if r.report == nil || len(r.report.Findings) == 0 || len(r.sample.Places) == 0 {
		return false, false
	}
	path := r.report.Findings[0].Path
	if r.report.Findings[0].Weight == 0 || len(path) == 0 {
		return false, false
	}
	setup := strings.HasSuffix(path[0], "setup.py")
	for _, p := range r.sample.Places {
		switch {
		case p == "sub_from_setup": // setup.py starts it: either is the place
			return true, true
		case strings.HasPrefix(p, "setup") == setup:
			return true, true
		}
	}
	return false, true
}

// located counts the samples with a payload that are found and that the labels
// place, and of those the ones that are found there.
func (m *measurement) located() (s share) {
	for _, r := range m.of(payload) {
		if right, known := located(r); known && r.level() >= scan.LevelSuspicious {
			s.add(right)
		}
	}
	return s
}

// A ruleCount is what one rule does in both sets.
type ruleCount struct {
	Rule     string `json:"rule"`
	Families int    `json:"families"` // malicious families in which it weighs
	Files    int    `json:"files"`    // malicious files in which it weighs
	Genuine  int    `json:"genuine"`  // genuine files in which it weighs
	Flagged  int    `json:"flagged"`  // of those, the ones at least suspicious
	Alone    int    `json:"alone"`    // of those, the ones that would not be without it
}

// byRule counts the findings that weigh, the costliest rules first.
func byRule(rs []*result) []ruleCount {
	counts := map[string]*ruleCount{}
	families := map[[2]string]bool{}
	for _, r := range rs {
		for rule, weight := range weights(r) {
			c := counts[rule]
			if c == nil {
				c = &ruleCount{Rule: rule}
				counts[rule] = c
			}
			c.count(r, weight)
			if key := [2]string{rule, r.sample.Group}; r.sample.Malicious && !families[key] {
				families[key] = true
				c.Families++
			}
		}
	}
	out := make([]ruleCount, 0, len(counts))
	for _, rule := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, *counts[rule])
	}
	slices.SortStableFunc(out, func(a, b ruleCount) int {
		return cmp.Or(b.Alone-a.Alone, b.Flagged-a.Flagged, b.Genuine-a.Genuine, b.Families-a.Families)
	})
	return out
}

func (c *ruleCount) count(r *result, weight int) {
	if r.sample.Malicious {
		c.Files++
		return
	}
	c.Genuine++
	if r.level() < scan.LevelSuspicious {
		return
	}
	c.Flagged++
	rest := slices.DeleteFunc(slices.Clone(r.report.Findings), func(f scan.Finding) bool { return f.Rule == c.Rule })
	if scan.LevelOf(rest) < scan.LevelSuspicious {
		c.Alone++
	}
}

// weights are the sums of each rule's weights in one report.
func weights(r *result) map[string]int {
	out := map[string]int{}
	if r.report == nil {
		return out
	}
	for _, f := range r.report.Findings {
		if f.Weight > 0 {
			out[f.Rule] += f.Weight
		}
	}
	return out
}
