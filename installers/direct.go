package installers

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// atAddress finds "name @ address" of PEP 508.
var atAddress = regexp.MustCompile(`^\s*([A-Za-z0-9._-]+)\s*(?:\[[^\]]*\])?\s*@\s*(\S+)`)

// placeKeys are the keys by which a table says that a dependency comes from no index.
var placeKeys = []string{"git", "hg", "svn", "url", "path", "file"}

// DirectDependencies are what the project's own files take from addresses, repositories and folders instead of an
// index: in pyproject.toml (PEP 508, [tool.uv.sources], poetry's dependencies) and in a Pipfile. Key is the dependency's
// name. A workspace's own members are not among them; a file that cannot be read gives none.
func (c *Computer) DirectDependencies() []Source {
	var list []Source
	file := below(c.Folder, "pyproject.toml")
	if m, lines := readTOML(file); m != nil {
		project := tableAt(m, "project")
		list = append(list, direct(file, lines["project.dependencies"], project["dependencies"])...)
		for group, v := range tableAt(project, "optional-dependencies") {
			list = append(list, direct(file, lines["project.optional-dependencies."+group], v)...)
		}
		for group, v := range tableAt(m, "dependency-groups") {
			list = append(list, direct(file, lines["dependency-groups."+group], v)...)
		}
		list = append(list, direct(file, lines["build-system.requires"], tableAt(m, "build-system")["requires"])...)
		list = append(list, placed(file, lines, m, "tool", "uv", "sources")...)
		list = append(list, placed(file, lines, m, "tool", "poetry", "dependencies")...)
		for group := range tableAt(m, "tool", "poetry", "group") {
			list = append(list, placed(file, lines, m, "tool", "poetry", "group", group, "dependencies")...)
		}
	}
	file = below(c.Folder, "Pipfile")
	if m, lines := readTOML(file); m != nil {
		list = append(list, placed(file, lines, m, "packages")...)
		list = append(list, placed(file, lines, m, "dev-packages")...)
	}
	slices.SortStableFunc(list, func(a, b Source) int {
		return cmp.Or(cmp.Compare(a.Where, b.Where), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Key, b.Key))
	})
	return list
}

// readTOML gives what a file says, and the lines of its settings; nil when it cannot be read.
func readTOML(file string) (map[string]any, map[string]int) {
	text, err := readText(file)
	if err != nil {
		return nil, nil
	}
	m, err := parseTOML(text)
	if err != nil {
		return nil, nil
	}
	return m, linesByKey(text)
}

// direct finds addresses in a list of requirements.
func direct(file string, line int, v any) []Source {
	var list []Source
	for _, text := range texts(v) {
		if m := atAddress.FindStringSubmatch(text); m != nil {
			list = append(list, Source{Kind: Links, Where: file, Line: line, Key: m[1], Value: m[2]})
		}
	}
	return list
}

// placed finds dependencies whose table says where they come from.
func placed(file string, lines map[string]int, m map[string]any, keys ...string) []Source {
	var list []Source
	for name, v := range tableAt(m, keys...) {
		for _, x := range append(tables(v), oneTable(v)...) {
			for _, key := range placeKeys {
				if x[key] != nil {
					line := lines[strings.Join(append(slices.Clone(keys), name), ".")]
					list = append(list, Source{Kind: Links, Where: file, Line: line, Key: name, Value: fmt.Sprint(x[key])})
				}
			}
		}
	}
	return list
}

func oneTable(v any) []map[string]any {
	switch v := v.(type) {
	case map[string]any:
		return []map[string]any{v}
	case []any:
		var list []map[string]any
		for _, x := range v {
			list = append(list, oneTable(x)...)
		}
		return list
	}
	return nil
}
