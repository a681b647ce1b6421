package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"pipwarden/pypi"
	"pipwarden/scan"
)

// ForgedMetadata looks for metadata that is another project's.
var ForgedMetadata = &scan.Rule{
	ID: "forged-metadata",
	Doc: `the metadata points at the home of another, well-known project

Copies of a well-known project with something added keep its home page and
description: links are text that an author writes freely, and they make a page
look trusted. Where the repository that the metadata calls home bears the name of
a well-known project, and the project's own name is almost that name, the finding
weighs 15; where the names have no word in common, 5. Parts of a project that live
in one repository with it share a word with its name and weigh nothing. It raises
what else is found and never decides. Of 508 genuine files none weighs 15.`,
	Weight: 15,
	Hiding: []scan.Hiding{scan.Disguise},
	Run: func(p *scan.Pass) scan.Hooks {
		return scan.Hooks{Member: func(m *scan.Member) {
			if m.Regular() && !m.Nested() && (directURL{p: p, m: m}).isMetadata() {
				judgeHome(p, m)
			}
		}}
	},
}

// repository is the address of a project at one of the large code hosts.
var repository = regexp.MustCompile(`(?i)\b(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)/([\w.-]+)/([\w.-]+)`)

func judgeHome(p *scan.Pass, m *scan.Member) {
	md, err := pypi.ParseMetadata(m.Content)
	if err != nil {
		return // identity-mismatch says so
	}
	own := string(p.Filename.Project)
	if popular().has[own] {
		return
	}
	for _, url := range slices.Concat(md.All("home-page"), md.All("download-url"), md.All("project-url")) {
		home := repository.FindStringSubmatch(url)
		if home == nil {
			continue
		}
		name, err := pypi.ParseName(strings.TrimSuffix(home[2], ".git"))
		if err != nil || !popular().has[string(name)] || string(name) == own {
			continue
		}
		if weight := forged(own, string(name), strings.ToLower(home[1])); weight > 0 {
			f := at(m, lineOf(m.Content, url), weight, fmt.Sprintf("the metadata of %q calls the repository of %q its home", own, name))
			f.Code = url
			p.Report(f)
			return
		}
	}
}

// forged weighs a home: own is the project, name the repository and owner whose
// it is.
func forged(own, name, owner string) int {
	near, ok := nearest(own, popular())
	switch {
	case ok && near.name == name && near.weight == 15:
		return 15
	case related(own, name) || related(own, owner):
		return 0
	}
	return 5
}

// related says that two names share a word of at least three letters, or that
// one holds the other.
func related(a, b string) bool {
	if strings.Contains(a, b) || strings.Contains(b, a) {
		return true
	}
	words := strings.FieldsFunc(a, func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	return slices.ContainsFunc(words, func(w string) bool { return len(w) >= 3 && strings.Contains(b, w) })
}
