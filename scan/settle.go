package scan

import (
	"cmp"
	"maps"
	"slices"
)

// settle sorts the report, counts the heaviest finding of each rule alone, and
// derives level, score, behaviours and hiding from the findings.
//
// A rule that speaks a hundred times of one kind of oddity has said one thing.
// Its other findings stay with weight 0. Of what only happens when somebody
// calls for it, one file counts, that with the most: in a large tree such
// findings have nothing to do with each other. There one place counts once,
// whatever the number of rules that speak of it.
func (r *Report) settle() {
	slices.SortFunc(r.Findings, compareFindings)
	seen, places, files := map[string]bool{}, map[string]bool{}, map[string]int{}
	for i := range r.Findings {
		f := &r.Findings[i]
		r.summarise(f)
		if seen[f.Rule] || f.onDemand() && places[f.Where()] {
			f.Weight = 0
		}
		seen[f.Rule] = true
		if f.onDemand() {
			places[f.Where()] = true
			files[f.file()] += f.Weight
		}
	}
	r.score(files)
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

// score sums the weights; files are the sums of what is on demand, by file.
func (r *Report) score(files map[string]int) {
	top := ""
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if top == "" || files[file] > files[top] {
			top = file
		}
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.onDemand() && f.file() != top {
			f.Weight = 0
		}
		r.Score += f.Weight
	}
}

// onDemand says that what the finding tells of happens only when somebody asks
// for it.
func (f *Finding) onDemand() bool { return f.Stage == StageCall || f.Stage == StageEntry }

// file is the member that the finding lies in.
func (f *Finding) file() string {
	if len(f.Path) == 0 {
		return ""
	}
	return f.Path[0]
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
