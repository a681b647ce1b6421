package rules

import (
	"bytes"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"pipwarden/scan"
	"pipwarden/scan/flow"
)

// A layout knows where the members of the artifact come to lie and what of them
// starts by itself.
type layout struct {
	wheel    bool
	project  string            // import name of the project, as far as its name tells
	inits    map[string]bool   // folders with an __init__.py, below the root
	declared []byte            // setup.cfg and pyproject.toml
	backend  []flow.EntryPoint // build back ends that lie in the tree
	commands []flow.EntryPoint // console scripts and plugins
}

func newLayout(p *scan.Pass) layout {
	return layout{
		wheel:   isWheel(p),
		project: strings.ReplaceAll(string(p.Filename.Project), "-", "_"),
		inits:   map[string]bool{},
	}
}

// inside is the member's path below the root that modules are counted from: for
// a wheel where it is installed, for an sdist below its top folder.
func (l *layout) inside(m *scan.Member) string {
	if m.Nested() {
		return m.Path()
	}
	return l.below(m.Path())
}

// note remembers what says how the others are to be read.
func (l *layout) note(m *scan.Member) {
	if m.Nested() {
		return
	}
	in := l.inside(m)
	switch base := path.Base(in); {
	case strings.HasPrefix(base, "__init__.py"):
		l.inits[path.Dir(in)] = true
	case base == "entry_points.txt":
		l.commands = append(l.commands, entryPoints(m.Content)...)
	case in == "pyproject.toml":
		l.declared = append(l.declared, m.Content...)
		l.pyproject(m.Content)
	case in == "setup.cfg":
		l.declared = append(l.declared, m.Content...)
		l.commands = append(l.commands, configEntryPoints(m.Content)...)
	}
}

// sourceRoots are folders of an sdist that modules are commonly kept in.
var sourceRoots = []string{"src", "lib", "python", "source"}

// module is the dotted name that the member is imported by, "" for a script.
func (l *layout) module(m *scan.Member) (name string, pkg bool) {
	in := l.inside(m)
	if l.wheel && place(m.Path()).scheme != "site" {
		return "", false
	}
	stem, python := strings.CutSuffix(in, ".py")
	if !python || in == "setup.py" {
		return "", false
	}
	parts := strings.Split(stem, "/")
	if len(parts) > 1 && slices.Contains(sourceRoots, parts[0]) && !l.inits[parts[0]] {
		parts = parts[1:]
	}
	if parts[len(parts)-1] == "__init__" {
		pkg, parts = true, parts[:len(parts)-1]
	}
	return strings.Join(parts, "."), pkg
}

// entries lists where the artifact's code starts, the surest first.
func (l *layout) entries(sources []flow.Source) (list []flow.EntryPoint) {
	list = append(list, l.backend...)
	for _, s := range sources {
		in := l.below(s.Path)
		switch {
		case strings.Contains(s.Path, layerSign):
		case !l.wheel && (in == "setup.py" || in == "hatch_build.py"):
			list = append(list, flow.EntryPoint{Stage: flow.Build, What: in, Path: s.Path})
		case s.Module == "sitecustomize" || s.Module == "usercustomize":
			list = append(list, flow.EntryPoint{Stage: flow.Start, What: s.Module, Module: s.Module})
		}
	}
	list = append(list, l.imports(sources)...)
	list = append(list, l.commands...)
	return append(list, l.scripts(sources)...)
}

// below is inside for the path alone.
func (l *layout) below(p string) string {
	if l.wheel {
		return place(p).path
	}
	if top, _, _ := strings.Cut(p, "/"); !strings.Contains(top, "-") {
		return p // no name-version: the archive has no top folder, and this is a package
	}
	return belowTop(p)
}

// imports are the modules that a user of the artifact imports by their names:
// those at the root, the project's own first.
func (l *layout) imports(sources []flow.Source) (list []flow.EntryPoint) {
	alone := l.rootModules(sources) == 1 && !slices.ContainsFunc(sources, func(s flow.Source) bool { return s.Package && !s.Dead })
	for _, s := range sources {
		if s.Module == "" || s.Dead || !importable.MatchString(s.Module) || notImported[s.Module] {
			continue
		}
		if !l.wheel && !s.Package && !strings.Contains(s.Module, ".") && !alone && !l.declares(s.Module, sources) {
			// A script beside setup.py: nobody installs it.
			list = append(list, flow.EntryPoint{Stage: flow.Entry, What: "script " + s.Module, Path: s.Path})
			continue
		}
		e := flow.EntryPoint{Stage: flow.Import, What: "import " + s.Module, Module: s.Module}
		if s.Module == l.project {
			list = slices.Insert(list, 0, e)
			continue
		}
		list = append(list, e)
	}
	return list
}

// rootModules counts the modules at the root that are files and not folders.
func (l *layout) rootModules(sources []flow.Source) (n int) {
	for _, s := range sources {
		if s.Module != "" && !s.Package && !s.Dead && !strings.Contains(s.Module, ".") && !notImported[s.Module] {
			n++
		}
	}
	return n
}

// declares says that an sdist's build names the module: as the project itself, or
// in quotes or a line of its own in the files that say what is installed.
func (l *layout) declares(module string, sources []flow.Source) bool {
	if module == l.project || bytes.Contains(l.declared, []byte(module)) {
		return true
	}
	for _, s := range sources {
		if l.below(s.Path) == "setup.py" && (bytes.Contains(s.Text, []byte(`"`+module+`"`)) || bytes.Contains(s.Text, []byte(`'`+module+`'`)) || bytes.Contains(s.Text, []byte("import "+module)) || bytes.Contains(s.Text, []byte("from "+module))) {
			return true
		}
	}
	return false
}

// importable is the name of a module at the root that a statement can import.
var importable = regexp.MustCompile(`^[\pL_][\pL\pN_]*$`)

// notImported are modules at the root of a source tree that tools run and no
// user imports.
var notImported = map[string]bool{"conftest": true, "setup": true, "noxfile": true, "tasks": true, "fabfile": true, "dodo": true}

// scripts are the programs that an installation puts into the environment.
func (l *layout) scripts(sources []flow.Source) (list []flow.EntryPoint) {
	for _, s := range sources {
		in := l.below(s.Path)
		top, _, _ := strings.Cut(in, "/")
		if l.wheel && place(s.Path).scheme == "scripts" || !l.wheel && (top == "scripts" || top == "bin") {
			list = append(list, flow.EntryPoint{Stage: flow.Entry, What: "script " + path.Base(in), Path: s.Path})
		}
	}
	return list
}

// deadFolders are folders whose code neither an installation nor an import runs.
var deadFolders = append([]string{"sample", "samples", "demo", "demos", "bench", "benchmark", "ci", "tools", "continuous_integration", ".ci", ".github", "_vendor_tests"}, testFolders...)

// dead says that a file below the root is a test, a document or an example. The
// project's own package is what it is, whatever its name.
func (l *layout) dead(in string) bool {
	parts := strings.Split(strings.ToLower(in), "/")
	if len(parts) > 2 && slices.Contains(sourceRoots, parts[0]) {
		parts = parts[1:]
	}
	if len(parts) > 1 && parts[0] == l.project {
		parts = parts[1:]
	}
	base := parts[len(parts)-1]
	if len(parts) > 1 && (strings.HasPrefix(base, "test_") || strings.HasSuffix(base, "_test.py") || base == "conftest.py") {
		return true
	}
	return slices.ContainsFunc(parts[:len(parts)-1], func(s string) bool { return slices.Contains(deadFolders, s) || testWords.MatchString(s) })
}

// testWords is the name of a folder that no module can be imported from, and that
// calls itself one of tests: "manual tests".
var testWords = regexp.MustCompile(`(?:^|[ .])tests?[ .]|[ .]tests?(?:[ .]|$)`)

// entryPoints reads an entry_points.txt (entry points specification).
func entryPoints(content []byte) (list []flow.EntryPoint) {
	group := ""
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			group = strings.Trim(line, "[]")
			continue
		}
		if e, ok := entryPoint(group, line); ok {
			list = append(list, e)
		}
	}
	return list
}

// entryPoint reads one line NAME = MODULE:OBJECT [extras].
func entryPoint(group, line string) (flow.EntryPoint, bool) {
	name, target, ok := strings.Cut(line, "=")
	if !ok || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") || len(target) > 500 {
		return flow.EntryPoint{}, false
	}
	target, _, _ = strings.Cut(strings.TrimSpace(target), "[")
	module, object, _ := strings.Cut(strings.TrimSpace(target), ":")
	module, object = strings.TrimSpace(module), strings.TrimSpace(object)
	if module == "" || strings.ContainsAny(module, "/\\ \t") {
		return flow.EntryPoint{}, false
	}
	return flow.EntryPoint{Stage: flow.Entry, What: strings.TrimSpace(group + " " + name), Module: module, Object: object}, true
}

// configEntryPoints reads the section [options.entry_points] of a setup.cfg,
// where each key is a group.
func configEntryPoints(content []byte) (list []flow.EntryPoint) {
	inside, group := false, ""
	for line := range strings.Lines(string(content)) {
		text := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(text, "["):
			inside = text == "[options.entry_points]"
		case !inside || text == "":
		case line[0] != ' ' && line[0] != '\t':
			group, text, _ = strings.Cut(text, "=")
			group = strings.TrimSpace(group)
			fallthrough
		default:
			if e, ok := entryPoint(group, strings.TrimSpace(text)); ok {
				list = append(list, e)
			}
		}
	}
	return list
}

// backendHooks are what a front end calls of a build back end (PEP 517, 660).
var backendHooks = []string{
	"get_requires_for_build_wheel", "get_requires_for_build_sdist", "get_requires_for_build_editable",
	"prepare_metadata_for_build_wheel", "build_wheel", "build_sdist", "build_editable",
}

// pyproject reads what of a pyproject.toml names code. One that is no TOML fails
// every build and starts nothing.
func (l *layout) pyproject(content []byte) {
	var c struct {
		BuildSystem struct {
			Backend string   `toml:"build-backend"`
			Path    []string `toml:"backend-path"`
		} `toml:"build-system"`
		Project struct {
			Scripts     map[string]string            `toml:"scripts"`
			GUIScripts  map[string]string            `toml:"gui-scripts"`
			EntryPoints map[string]map[string]string `toml:"entry-points"`
		} `toml:"project"`
		Tool struct {
			Poetry struct {
				Build   any                          `toml:"build"`
				Scripts map[string]any               `toml:"scripts"`
				Plugins map[string]map[string]string `toml:"plugins"`
			} `toml:"poetry"`
		} `toml:"tool"`
	}
	if toml.Unmarshal(content, &c) != nil {
		return
	}
	if b := c.BuildSystem; len(b.Path) > 0 && b.Backend != "" {
		l.treeBackend(b.Backend, b.Path)
	}
	l.poetryBuild(c.Tool.Poetry.Build)
	groups := []map[string]string{c.Project.Scripts, c.Project.GUIScripts}
	for _, m := range []map[string]map[string]string{c.Project.EntryPoints, c.Tool.Poetry.Plugins} {
		for _, name := range sorted(m) {
			groups = append(groups, m[name])
		}
	}
	for _, g := range groups {
		for _, name := range sorted(g) {
			if e, ok := entryPoint("", name+"="+g[name]); ok {
				l.commands = append(l.commands, e)
			}
		}
	}
	for _, name := range sorted(c.Tool.Poetry.Scripts) {
		if text, ok := c.Tool.Poetry.Scripts[name].(string); ok {
			if e, ok := entryPoint("", name+"="+text); ok {
				l.commands = append(l.commands, e)
			}
		}
	}
}

// treeBackend adds a build back end that lies in the tree (PEP 517, "in-tree
// build backends").
func (l *layout) treeBackend(backend string, folders []string) {
	module, _, _ := strings.Cut(backend, ":")
	for _, f := range folders {
		prefix := strings.Trim(path.Clean("/"+f), "/")
		name := module
		if prefix != "" && !slices.Contains(sourceRoots, prefix) {
			name = strings.ReplaceAll(prefix, "/", ".") + "." + module
		}
		for _, hook := range backendHooks {
			l.backend = append(l.backend, flow.EntryPoint{Stage: flow.Build, What: "build back end", Module: name, Object: hook})
		}
	}
}

// poetryBuild adds the script that poetry runs at a build: a name, or a table
// with the key script.
func (l *layout) poetryBuild(build any) {
	script, _ := build.(string)
	if table, ok := build.(map[string]any); ok {
		script, _ = table["script"].(string)
	}
	if stem, ok := strings.CutSuffix(script, ".py"); ok {
		module := strings.ReplaceAll(strings.Trim(stem, "/"), "/", ".")
		l.backend = append(l.backend, flow.EntryPoint{Stage: flow.Build, What: "poetry's build script", Module: module, Object: "build"})
	}
}

// sorted are the keys of m in order, so that a report does not depend on chance.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
