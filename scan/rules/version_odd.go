package rules

import (
	"fmt"
	"regexp"
	"strings"

	"pipwarden/scan"
)

// VersionOdd looks for versions that are there to be higher than any other.
var VersionOdd = &scan.Rule{
	ID: "version-odd",
	Doc: `the version is made to be higher than every other

Installers that ask two indexes take the higher version. Whoever knows the name of
a company's own package publishes that name with a version like 99.99.9, and gets
installed in its place (dependency confusion). A first number of nines alone
weighs 15. Years, dates and build numbers weigh nothing. Few genuine projects
count that far; what they do decides, never the number. Of 508 genuine files none
has a finding.`,
	Weight: 15,
	Hiding: []scan.Hiding{scan.Disguise},
	Run: func(p *scan.Pass) scan.Hooks {
		return scan.Hooks{End: func() {
			if version := p.Filename.Version.String(); nines.MatchString(withoutEpoch(version)) {
				p.Report(scan.Finding{Weight: 15, Message: fmt.Sprintf("version %s is higher than any that a project counts up to", version)})
			}
		}}
	},
}

// nines is a first number from 99 on that is nines, or nines and zeros.
var nines = regexp.MustCompile(`^9{2,}0*(?:\D|$)`)

func withoutEpoch(version string) string {
	if _, rest, ok := strings.Cut(version, "!"); ok {
		return rest
	}
	return version
}
