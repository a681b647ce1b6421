package rules

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"

	"pipwarden/pypi"
	"pipwarden/scan"
)

// DirectURL looks for dependencies that come from an address and not from the
// index.
var DirectURL = &scan.Rule{
	ID: "direct-url",
	Doc: `a dependency comes from a URL and not from the index

"name @ https://..." (PEP 508) makes the installer fetch and run what lies at the
address: nothing that guards the index sees it, and the author can change it at
any time. The large public indexes refuse files whose metadata asks for that. In
pyproject.toml, setup.cfg and setup.py they cannot refuse it, and what a build
requires runs at build. For extras, tests and in requirements.txt it weighs 15.
dependency_links is the form of the past; pip reads it no more.`,
	Weight:     60,
	Stage:      scan.StageBuild,
	Behaviours: []scan.Behaviour{scan.CodeExecution},
	Hiding:     []scan.Hiding{scan.ExternalPayload},
	Run: func(p *scan.Pass) scan.Hooks {
		places := maxPlacesFound
		return scan.Hooks{Member: func(m *scan.Member) {
			if m.Nested() || !m.Regular() || inTests(m.Path()) {
				return
			}
			switch r := (directURL{p, m, &places}); {
			case r.isMetadata():
				r.metadata()
			case isSdist(p) && belowTop(m.Path()) == "pyproject.toml":
				r.pyproject()
			case isSdist(p) && belowTop(m.Path()) == "setup.cfg":
				r.setupCfg()
			case isSdist(p) && belowTop(m.Path()) == "setup.py":
				r.setupPy()
			case isSdist(p) && belowTop(m.Path()) == "requirements.txt":
				r.requirementsFile()
			case path.Base(path.Dir(m.Path())) != "." && strings.HasSuffix(path.Dir(m.Path()), ".egg-info"):
				r.eggInfo()
			}
		}}
	},
}

// maxPlacesFound is the number of dependencies of which the line is looked for:
// hostile metadata holds a hundred thousand, and each search reads it all.
const maxPlacesFound = 2 * scan.MaxFindings

type directURL struct {
	p      *scan.Pass
	m      *scan.Member
	places *int // that may still be looked for
}

// line is where a dependency stands, 0 when too many were asked for.
func (r directURL) line(text string) int {
	if *r.places <= 0 {
		return 0
	}
	*r.places--
	return lineOf(r.m.Content, text)
}

func (r directURL) isMetadata() bool {
	name := r.m.Path()
	if isWheel(r.p) {
		folder := distInfo(name)
		return folder != "" && name == folder+"/METADATA"
	}
	return belowTop(name) == "PKG-INFO"
}

func (r directURL) metadata() {
	md, err := pypi.ParseMetadata(r.m.Content)
	if err != nil {
		return // identity-mismatch says so
	}
	for _, text := range md.RequiresDist {
		weight := 60
		if strings.Contains(text, "extra ==") || strings.Contains(text, "extra==") {
			weight = 15 // for those who ask for the extra
		}
		r.requirement(text, weight, "needs")
	}
}

// requirement reports a dependency with a URL. What does not parse is looked at
// as text: installers have read more than the specification allows.
func (r directURL) requirement(text string, weight int, verb string) {
	req, err := pypi.ParseRequirement(text)
	url := req.URL
	if err != nil {
		url = urlText.FindString(text)
	}
	if url == "" || strings.HasPrefix(url, "file:") && !strings.Contains(url, "://") {
		return
	}
	f := at(r.m, r.line(text), weight, fmt.Sprintf("the project %s %q from a URL", verb, req.Name))
	if req.Name == "" {
		f.Message = fmt.Sprintf("the project %s something from a URL", verb)
	}
	f.Code = text
	if host := hostOf(url); host != "" {
		r.p.Host(host)
	}
	r.p.Report(f)
}

var (
	urlText  = regexp.MustCompile(`(?i)\b(?:(?:git|hg|svn|bzr)\+[a-z]+|https?|ftp)://[^\s"';,]+`)
	hostText = regexp.MustCompile(`(?i)^[a-z+]+://(?:[^/@\s]*@)?([^/:\s?#]+)`)
)

func hostOf(url string) string {
	if m := hostText.FindStringSubmatch(url); m != nil {
		return m[1]
	}
	return ""
}

// lineOf is the line on which a text begins, 0 when it is not there.
func lineOf(content []byte, text string) int {
	i := bytes.Index(content, []byte(text))
	if i < 0 {
		return 0
	}
	return bytes.Count(content[:i], []byte("\n")) + 1
}

func (r directURL) pyproject() {
	var doc struct {
		BuildSystem struct {
			Requires []string
		} `toml:"build-system"`
		Project struct {
			Dependencies []string
		}
	}
	if _, err := toml.Decode(string(r.m.Content), &doc); err != nil {
		return // pip refuses it too
	}
	for _, text := range doc.BuildSystem.Requires {
		r.requirement(text, 60, "needs for its build")
	}
	for _, text := range doc.Project.Dependencies {
		r.requirement(text, 60, "needs")
	}
}

// setupCfg reads the keys of setuptools' [options] section; continuation lines
// are indented, as configparser has them.
func (r directURL) setupCfg() {
	section, key := "", ""
	for line := range strings.Lines(string(r.m.Content)) {
		text := strings.TrimSpace(line)
		switch {
		case text == "" || text[0] == '#' || text[0] == ';':
			continue
		case text[0] == '[':
			section, key = strings.Trim(text, "[]"), ""
			continue
		case line[0] != ' ' && line[0] != '\t':
			k, v, _ := strings.Cut(text, "=")
			key, text = strings.TrimSpace(k), strings.TrimSpace(v)
		}
		if section != "options" {
			continue
		}
		switch strings.ReplaceAll(key, "-", "_") {
		case "install_requires", "setup_requires":
			r.requirement(text, 60, "needs")
		case "dependency_links":
			r.link(text)
		}
	}
}

// eggInfo reads what setuptools wrote when the sdist was made.
func (r directURL) eggInfo() {
	switch r.m.Base() {
	case "dependency_links.txt":
		for line := range strings.Lines(string(r.m.Content)) {
			r.link(strings.TrimSpace(line))
		}
	case "requires.txt":
		for line := range strings.Lines(string(r.m.Content)) {
			if text := strings.TrimSpace(line); strings.HasPrefix(text, "[") {
				return // extras follow
			} else if text != "" {
				r.requirement(text, 60, "needs")
			}
		}
	}
}

func (r directURL) link(text string) {
	if !urlText.MatchString(text) {
		return
	}
	f := at(r.m, r.line(text), 5, "dependency_links names a place beside the index; current installers ignore it")
	f.Code = text
	r.p.Report(f)
}
