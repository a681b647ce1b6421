package scan

import (
	"cmp"
	"slices"
)

// settle sorts the report, counts the heaviest finding of each rule alone, and
// derives level, score, behaviours and hiding from the findings.
//
// A rule that speaks a hundred times of one kind of oddity has said one thing.
// Its other findings stay with weight 0.
func (r *Report) settle() {
	slices.SortFunc(r.Findings, compareFindings)
	seen := map[string]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		r.summarise(f)
		if seen[f.Rule] {
			f.Weight = 0
		}
		seen[f.Rule] = true
		r.Score += f.Weight
	}
	slices.SortFunc(r.Findings, compareFindings)
	r.Level = LevelOf(r.Findings)
	slices.SortFunc(r.Behaviours, func(a, b BehaviourAt) int {
		return cmp.Or(cmp.Compare(a.Behaviour, b.Behaviour), cmp.Compare(a.Stage, b.Stage))
	})
	slices.Sort(r.Hiding)
	slices.SortFunc(r.Gaps, func(a, b Gap) int {
		return cmp.Or(slices.Compare(a.Path, b.Path), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Detail, b.Detail))
	})
	slices.SortStableFunc(r.Files, func(a, b FileDigest) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.SHA256, b.SHA256))
	})
}

// summarise adds what a finding that weighs says of the whole.
func (r *Report) summarise(f *Finding) {
	if f.Weight == 0 {
		return
	}
	for _, b := range f.Behaviours {
		if at := (BehaviourAt{b, f.Stage}); !slices.Contains(r.Behaviours, at) {
			r.Behaviours = append(r.Behaviours, at)
		}
	}
	for _, h := range f.Hiding {
		if !slices.Contains(r.Hiding, h) {
			r.Hiding = append(r.Hiding, h)
		}
	}
}

func compareFindings(a, b Finding) int {
	return cmp.Or(
		cmp.Compare(b.Weight, a.Weight),
		slices.Compare(a.Path, b.Path),
		cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Rule, b.Rule),
		cmp.Compare(a.Message, b.Message),
		cmp.Compare(a.Code, b.Code),
	)
}
