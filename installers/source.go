package installers

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Kind says what a setting does to the way of files.
type Kind uint8

// The kinds of settings.
const (
	Index     Kind = iota // the index that is asked first
	Extra                 // an index that is asked besides
	Links                 // a folder or page that files are taken from, which no index lists
	Off                   // turns indexes, or files of settings, off
	Trust                 // a host whose certificate is not verified
	Authority             // a file of certificate authorities
	Way                   // a proxy
)

// A Source is one setting that decides where a client takes files from.
type Source struct {
	Client string
	Kind   Kind
	Where  string // the file, or the variable of the environment
	Line   int    // in the file, from 1; 0 = a variable, or not known
	Key    string // as the client calls it
	Value  string // one address, path or word; with its password
}

// At names the place for a person.
func (s Source) At() string {
	if s.Line > 0 {
		return fmt.Sprintf("%s, line %d", s.Where, s.Line)
	}
	return s.Where
}

// kinds are the settings by the names that pip and uv have for them; variables are PIP_ or UV_ and the name.
var kinds = map[string]map[string]Kind{
	Pip: {"index-url": Index, "pypi-url": Index, "extra-index-url": Extra, "find-links": Links, "no-index": Off, "isolated": Off,
		"trusted-host": Trust, "cert": Authority, "proxy": Way},
	UV: {"default-index": Index, "index-url": Index, "index": Extra, "extra-index-url": Extra, "find-links": Links, "no-index": Off, "offline": Off,
		"no-config": Off, "config-file": Off, "torch-backend": Extra, "allow-insecure-host": Trust, "insecure-host": Trust},
	PDM: {"pypi-url": Index, "ignore-stored-index": Off},
}

// Sources gives the settings of a client that decide where files come from, the most important first: those of the
// environment, of the project, of the user, of the machine. Files that cannot be read are told in errs, as *FileError.
func (c *Computer) Sources(client string) (list []Source, errs []error) {
	list = c.variables(client)
	add := func(file string, read func(file, text string) ([]Source, error)) {
		text, err := readText(file)
		if errors.Is(err, fs.ErrNotExist) || file == "" {
			return
		}
		var more []Source
		if err == nil {
			more, err = read(file, text)
		}
		if err != nil {
			errs = append(errs, &FileError{file, err})
		}
		list = append(list, more...)
	}
	project := below(c.Folder, "pyproject.toml")
	switch client {
	case Pip:
		return c.pipSources(list)
	case UV:
		if c.Env["UV_NO_CONFIG"] != "" {
			return list, nil
		}
		files := c.UVFiles()
		if isFile(below(c.Folder, "uv.toml")) {
			files = slices.DeleteFunc(files, func(f string) bool { return f == project }) // uv passes it over then
		}
		for _, f := range slices.Backward(files) {
			add(f, uvSources)
		}
	case PDM:
		add(project, projectSources(PDM, "tool", "pdm", "source"))
		for _, f := range slices.Backward(c.PDMFiles()) {
			add(f, pdmSources)
		}
	case Poetry:
		add(project, projectSources(Poetry, "tool", "poetry", "source"))
	case Pipenv:
		add(below(c.Folder, "Pipfile"), projectSources(Pipenv, "source"))
	}
	return list, errs
}

// variables are a client's settings in the environment.
func (c *Computer) variables(client string) []Source {
	var list []Source
	prefix := strings.ToUpper(client) + "_"
	for name, kind := range kinds[client] {
		key := prefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		list = append(list, split(Source{Client: client, Kind: kind, Where: key, Key: name, Value: c.Env[key]})...)
	}
	if own := c.Env["PIP_CONFIG_FILE"]; client == Pip && own == os.DevNull {
		list = append(list, Source{Client: Pip, Kind: Off, Where: "PIP_CONFIG_FILE", Key: "config-file", Value: own})
	}
	if v := c.Env[mirror]; client == Pipenv && v != "" {
		list = append(list, Source{Client: Pipenv, Kind: Index, Where: mirror, Key: mirror, Value: v})
	}
	slices.SortFunc(list, func(a, b Source) int { return cmp.Or(cmp.Compare(a.Where, b.Where), cmp.Compare(a.Value, b.Value)) })
	// uv takes the newer of two names for one thing.
	slices.SortStableFunc(list, func(a, b Source) int { return cmp.Compare(rank(a), rank(b)) })
	return list
}

func rank(s Source) int {
	if s.Key == "default-index" {
		return 0
	}
	return 1
}

// split makes one setting of each address, where a setting holds several.
func split(s Source) []Source {
	values := strings.Fields(s.Value)
	if s.Key == "find-links" {
		values = strings.FieldsFunc(s.Value, func(r rune) bool { return r == ' ' || r == '\n' || r == ',' })
	}
	if s.Kind == Authority || s.Kind == Off {
		values = nil
		if v := strings.TrimSpace(s.Value); v != "" {
			values = []string{v}
		}
	}
	var list []Source
	for _, v := range values {
		s.Value = v
		if s.Client == UV && s.Kind != Links {
			if _, address, ok := strings.Cut(v, "="); ok && !strings.Contains(v[:len(v)-len(address)], "/") {
				s.Value = address // "name=address"
			}
		}
		list = append(list, s)
	}
	return list
}

// pipSources adds what pip's files say: [install] of all files goes before [global] of any.
func (c *Computer) pipSources(list []Source) ([]Source, []error) {
	var errs []error
	sections := map[string][]Source{}
	for _, file := range slices.Backward(c.PipFiles()) {
		text, err := readText(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var f *iniFile
		if err == nil {
			f, err = parseINI(text)
		}
		if err != nil {
			errs = append(errs, &FileError{file, err})
			continue
		}
		for _, o := range f.options {
			kind, known := kinds[Pip][o.key]
			if !known || kind == Off && isFalse(o.value) {
				continue
			}
			section := o.section
			if section != "global" {
				section = "install" // and what holds for other commands, which install as well
			}
			sections[section] = append(sections[section], split(Source{Client: Pip, Kind: kind, Where: file, Line: o.from + 1, Key: o.key, Value: o.value})...)
		}
	}
	return slices.Concat(list, sections["install"], sections["global"]), errs
}

func isFalse(v string) bool {
	return slices.Contains([]string{"", "0", "n", "no", "f", "false", "off"}, strings.ToLower(v))
}

// uvSources reads a uv.toml, or [tool.uv] of a pyproject.toml.
func uvSources(file, text string) ([]Source, error) {
	m, err := parseTOML(text)
	if err != nil {
		return nil, err
	}
	prefix := ""
	if filepath.Base(file) == "pyproject.toml" {
		m, prefix = tableAt(m, "tool", "uv"), "tool.uv"
	}
	lines := linesByKey(text)
	var list []Source
	for _, table := range []string{"", "pip"} {
		values := m
		if table != "" {
			values = tableAt(m, table)
		}
		for key, kind := range kinds[UV] {
			if key == "index" {
				continue
			}
			for _, v := range texts(values[key]) {
				if kind == Off && isFalse(v) {
					continue
				}
				list = append(list, Source{UV, kind, file, lines[joined(joined(prefix, table), key)], key, v})
			}
		}
	}
	for i, x := range tables(m["index"]) {
		kind := Extra
		if x["default"] == true {
			kind = Index
		}
		line := lines[fmt.Sprintf("%s#%d", joined(prefix, "index"), i)]
		list = append(list, Source{UV, kind, file, line, "index", fmt.Sprint(x["url"])})
	}
	slices.SortStableFunc(list, func(a, b Source) int { return cmp.Compare(a.Line, b.Line) })
	return list, nil
}

// texts gives a value as texts: a list has several.
func texts(v any) []string {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		var out []string
		for _, x := range v {
			out = append(out, fmt.Sprint(x))
		}
		return out
	}
	return []string{fmt.Sprint(v)}
}

// pdmSources reads a file of pdm's configuration.
func pdmSources(file, text string) ([]Source, error) {
	m, err := parseTOML(text)
	if err != nil {
		return nil, err
	}
	lines := linesByKey(text)
	var list []Source
	for name, v := range tableAt(m, "pypi") {
		if name == "url" {
			list = append(list, Source{PDM, Index, file, lines["pypi.url"], "pypi.url", fmt.Sprint(v)})
		}
		if x, ok := v.(map[string]any); ok && x["url"] != nil {
			list = append(list, Source{PDM, Extra, file, lines["pypi."+name+".url"], "pypi." + name, fmt.Sprint(x["url"])})
		}
	}
	slices.SortStableFunc(list, func(a, b Source) int { return cmp.Compare(a.Line, b.Line) })
	return list, nil
}

// projectSources reads a list of indexes in a project's file. The first one that is for everything is the index; pdm
// calls that one "pypi".
func projectSources(client string, keys ...string) func(file, text string) ([]Source, error) {
	return func(file, text string) ([]Source, error) {
		m, err := parseTOML(text)
		if err != nil {
			return nil, err
		}
		lines := linesByKey(text)
		last := len(keys) - 1
		var list []Source
		found := false
		for i, x := range tables(tableAt(m, keys[:last]...)[keys[last]]) {
			main := x["priority"] == nil || x["priority"] == "primary" || x["priority"] == "default"
			if client == PDM {
				main = x["name"] == "pypi"
			}
			kind := Extra
			if main && !found {
				kind, found = Index, true
			}
			key := strings.Join(keys, ".")
			list = append(list, Source{client, kind, file, lines[fmt.Sprintf("%s#%d", key, i)], key, fmt.Sprint(x["url"])})
		}
		return list, nil
	}
}

// linesByKey gives the line, from 1, of each setting by its whole name, and of the n-th table of an array as "name#n".
func linesByKey(text string) map[string]int {
	m := map[string]int{}
	count := map[string]int{}
	for _, s := range tomlStatements(text) {
		name := joined(s.table, s.key)
		if s.key == "" && s.array {
			name = fmt.Sprintf("%s#%d", s.table, count[s.table])
			count[s.table]++
		}
		if m[name] == 0 {
			m[name] = s.from + 1
		}
	}
	return m
}

func joined(table, key string) string {
	if table == "" || key == "" {
		return table + key
	}
	return table + "." + key
}
