package rules

import (
	"fmt"
	"maps"
	"slices"

	"pipwarden/scan"
)

// DistInfo looks for wheels with more than one .dist-info folder.
var DistInfo = &scan.Rule{
	ID: "several-dist-info",
	Doc: `a wheel holds more than one .dist-info folder

A wheel has one .dist-info folder (binary distribution format). With two, one
installer takes the first and another refuses, and the second makes another
project seem installed, at a version of the author's choice.`,
	Weight: 40,
	Hiding: []scan.Hiding{scan.ArchiveForm},
	Run: func(p *scan.Pass) scan.Hooks {
		folders := map[string]bool{}
		return scan.Hooks{
			Member: func(m *scan.Member) {
				if !isWheel(p) || m.Nested() || len(folders) > 10 {
					return
				}
				// A folder that the data or the library scheme puts there counts.
				if folder := distInfo(place(m.Path()).path); folder != "" && place(m.Path()).scheme == "site" {
					folders[folder] = true
				}
			},
			End: func() {
				if len(folders) > 1 {
					names := slices.Sorted(maps.Keys(folders))
					p.Report(scan.Finding{Path: names[:1], Weight: 40, Message: fmt.Sprintf("the wheel holds %d .dist-info folders: %q", len(names), names)})
				}
			},
		}
	},
}
