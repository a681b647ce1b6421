package rules

import (
	"fmt"

	"pipwarden/scan"
	"pipwarden/scan/archive"
)

// Record holds a wheel's members against its RECORD.
var Record = &scan.Rule{
	ID: "record-mismatch",
	Doc: `a wheel's members are not those of its RECORD

RECORD lists every file of a wheel with hash and size (PEP 376, PEP 427). pip and
uv install what is in the wheel, listed or not, and check no hash. A file that was
put in or changed after the wheel was built shows here. Code that is not listed, or
has another hash, weighs most; build tools of the past left out files of their own.`,
	Weight: 40,
	Run: func(p *scan.Pass) scan.Hooks {
		r := record{p: p}
		return scan.Hooks{Member: r.member, End: r.end}
	},
}

type record struct {
	p      *scan.Pass
	folder string
	found  bool
	list   []archive.RecordEntry
	files  []archive.FileSum
}

func (r *record) member(m *scan.Member) {
	if !isWheel(r.p) || m.Nested() || !m.Regular() {
		return
	}
	if m.SHA256 != "" {
		r.files = append(r.files, archive.FileSum{Path: m.Path(), SHA256: m.SHA256, Size: m.Size})
	}
	folder := distInfo(m.Path())
	if folder == "" || m.Path() != folder+"/RECORD" || r.found {
		return
	}
	r.folder, r.found = folder, true
	if !m.Whole {
		r.p.Gap(scan.Gap{ID: scan.GapContent, Path: m.Layers, Detail: "RECORD is too long to be read"})
		return
	}
	var err error
	if r.list, err = archive.ParseRecord(m.Content); err != nil {
		r.p.Report(at(m, 0, 15, fmt.Sprintf("RECORD cannot be read to its end: %v", err)))
	}
}

func (r *record) end() {
	if !isWheel(r.p) {
		return
	}
	if !r.found {
		r.p.Report(scan.Finding{Weight: 40, Message: "the wheel has no RECORD"})
		return
	}
	for _, problem := range archive.CheckRecord(r.folder, r.list, r.files) {
		weight, text := weighRecord(problem)
		f := scan.Finding{Path: []string{problem.Path}, Weight: weight, Message: text}
		if problem.Line > 0 {
			f.Path, f.Line, f.Code = []string{r.folder + "/RECORD"}, problem.Line, problem.Path
		}
		r.p.Report(f)
	}
}

func weighRecord(problem archive.RecordProblem) (weight int, text string) {
	switch problem.Fault {
	case archive.RecordUnlisted:
		if code(problem.Path) {
			return 40, "a file of code that RECORD does not list is installed all the same"
		}
		return 5, "RECORD does not list this file"
	case archive.RecordHash, archive.RecordSize:
		if code(problem.Path) {
			return 40, fmt.Sprintf("a file of code has another %s than RECORD says", problem.Fault)
		}
		return 15, fmt.Sprintf("the file has another %s than RECORD says", problem.Fault)
	case archive.RecordMissing:
		return 5, "RECORD lists a file that the wheel does not hold"
	case archive.RecordOddPath:
		return 15, "RECORD lists a path that is not plain"
	case archive.RecordUnhashed, archive.RecordOtherHash:
		return 5, "RECORD has no SHA-256 of this file"
	}
	return 0, fmt.Sprintf("RECORD: %s", problem.Fault)
}
