package rules

import (
	"fmt"
	"slices"

	"pipwarden/pypi"
	"pipwarden/scan"
)

// ForeignModule looks for wheels that write into another project's folder.
var ForeignModule = &scan.Rule{
	ID: "foreign-module",
	Doc: `a wheel writes into the folder of pip, of setuptools, or of another well-known project

Two projects that install the same module overwrite each other. A wheel that
brings its own pip, setuptools or _distutils_hack replaces the programs that run
in every environment; one that brings requests or numpy is a copy with a purpose.
Forks and repackagings of well-known projects exist, so that a copy alone weighs
below what a person must look at. A module named like one of the standard library
is told as a fact: the library's own comes first on the path.`,
	Weight: 60,
	Hiding: []scan.Hiding{scan.Disguise},
	Run: func(p *scan.Pass) scan.Hooks {
		told := map[string]bool{}
		return scan.Hooks{Member: func(m *scan.Member) {
			if !isWheel(p) || m.Nested() || !m.Regular() {
				return
			}
			to := place(m.Path())
			name := module(to.path)
			if to.scheme != "site" || name == "" || told[name] || !code(to.path) {
				return
			}
			if f, ok := foreign(p.Filename.Project, name); ok {
				told[name] = true
				f.Path = m.Layers
				p.Report(f)
			}
		}}
	},
}

// foreign weighs a project that installs a module.
func foreign(project pypi.Name, module string) (f scan.Finding, ok bool) {
	if slices.Contains(owners[module], string(project)) || string(project) == module {
		return f, false
	}
	switch {
	case installerModules[module]:
		return scan.Finding{Weight: 60, Stage: scan.StageStart, Behaviours: []scan.Behaviour{scan.FileOperation},
			Message: fmt.Sprintf("the wheel writes into %s, which runs in every environment and belongs to another project", module)}, true
	case owners[module] != nil:
		return scan.Finding{Weight: 40, Stage: scan.StageImport, Behaviours: []scan.Behaviour{scan.FileOperation},
			Message: fmt.Sprintf("the wheel writes into the module %s, which is known from the project %q", module, owners[module][0])}, true
	case standardModules[module]:
		return scan.Finding{Message: fmt.Sprintf("the wheel installs a module %s, which the standard library has", module)}, true
	}
	return f, false
}

// installerModules run without being asked for: in pip, in builds, at start.
var installerModules = map[string]bool{
	"pip": true, "setuptools": true, "pkg_resources": true, "_distutils_hack": true, "wheel": true,
	"distutils": true, "site": true, "encodings": true, "ensurepip": true, "_virtualenv": true, "uv": true,
}
