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

// BuildConfig looks at what steers the build of an sdist beside setup.py.
var BuildConfig = &scan.Rule{
	ID: "build-config",
	Doc: `the configuration of the build takes its tools from somewhere else

An sdist says itself what builds it, and that runs at every install from source. A
back end of its own in the tree is the everyday way to extend a build and weighs
nothing. A folder of the tree that takes the place of a well-known build tool
(setuptools, wheel, pip) weighs 40, a back end outside of the tree 40, another
index or a page of links for what setup.py fetches 40. Where the build requires a
project whose name is almost a well-known one, that weighs 15. The projects that
are those tools may hold themselves. Of 508 genuine files none has a finding.`,
	Weight:     40,
	Stage:      scan.StageBuild,
	Behaviours: []scan.Behaviour{scan.CodeExecution},
	Hiding:     []scan.Hiding{scan.IndirectImport},
	Run: func(p *scan.Pass) scan.Hooks {
		return scan.Hooks{Member: func(m *scan.Member) {
			if !isSdist(p) || m.Nested() || !m.Regular() {
				return
			}
			r := buildConfig{p, m}
			switch in := belowTop(m.Path()); {
			case in == "pyproject.toml":
				r.pyproject()
			case in == "setup.cfg":
				r.setupCfg()
			case in != m.Path():
				r.shadow(in)
			}
		}}
	},
}

type buildConfig struct {
	p *scan.Pass
	m *scan.Member
}

// buildTools are modules that a build imports before anything of the tree, with
// the projects that are at home there. Python looks for them beside setup.py
// first.
var buildTools = map[string][]string{
	"setuptools": {"setuptools", "distribute"}, "pkg_resources": {"setuptools", "distribute"}, "distutils": {"setuptools", "distutils"},
	"wheel": {"wheel"}, "pip": {"pip"}, "_distutils_hack": {"setuptools"}, "hatchling": {"hatchling"}, "flit_core": {"flit-core"},
}

// shadow judges a module at the top of the tree.
func (r buildConfig) shadow(in string) {
	owners, known := buildTools[module(in)]
	if !known || in != module(in)+"/__init__.py" && path.Dir(in) != "." {
		return
	}
	for _, owner := range owners {
		if string(r.p.Filename.Project) == owner {
			return
		}
	}
	r.p.Report(at(r.m, 0, 40, fmt.Sprintf("the tree holds a module %q, which the build imports in place of the tool", module(in))))
}

// maxBuildRequires is the number of build requirements whose names are compared;
// genuine builds have below 50.
const maxBuildRequires = 200

func (r buildConfig) pyproject() {
	var doc struct {
		BuildSystem struct {
			Requires    []string
			Backend     string   `toml:"build-backend"`
			BackendPath []string `toml:"backend-path"`
		} `toml:"build-system"`
	}
	if _, err := toml.Decode(string(r.m.Content), &doc); err != nil {
		return // pip refuses it too
	}
	folders := doc.BuildSystem.BackendPath
	for _, folder := range folders[:min(len(folders), maxBuildRequires)] {
		if path.IsAbs(folder) || path.Clean(folder) == ".." || strings.HasPrefix(path.Clean(folder), "../") {
			r.say("backend-path", 40, fmt.Sprintf("the build back end %q comes from %q, outside of the tree", doc.BuildSystem.Backend, folder))
		}
	}
	requires := doc.BuildSystem.Requires
	for _, text := range requires[:min(len(requires), maxBuildRequires)] {
		req, err := pypi.ParseRequirement(text)
		if err != nil {
			continue
		}
		if near, ok := nearest(string(req.Name), popular()); ok && near.weight == 15 && string(req.Name) != string(r.p.Filename.Project) {
			r.say(text, 15, fmt.Sprintf("the build requires %q, whose name is %s %q", req.Name, near.how, near.name))
		}
	}
}

// fetchKeys are the keys of setup.cfg's [easy_install] section by which
// setup_requires is fetched.
var fetchKeys = regexp.MustCompile(`(?i)^(?:index[_-]url|find[_-]links)\s*[=:]\s*(\S.*)`)

func (r buildConfig) setupCfg() {
	section := ""
	said := 0
	for line := range bytes.Lines(r.m.Content) {
		text := string(bytes.TrimSpace(line))
		if strings.HasPrefix(text, "[") {
			section = strings.Trim(text, "[]")
			continue
		}
		if key := fetchKeys.FindStringSubmatch(text); key != nil && section == "easy_install" && strings.Contains(key[1], "://") && said < maxBuildRequires {
			said++
			if host := hostOf(key[1]); host != "" {
				r.p.Host(host)
			}
			r.say(text, 40, "the build fetches what it requires from another place than the index")
		}
	}
}

func (r buildConfig) say(text string, weight int, message string) {
	f := at(r.m, lineOf(r.m.Content, text), weight, message)
	f.Code = text
	r.p.Report(f)
}
