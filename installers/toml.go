package installers

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// errUnclear says that an edit would have changed more than the index.
var errUnclear = errors.New("is written in a way that cannot be changed without risk")

// A tomlStatement is a table's header or a setting, with the lines that it takes.
type tomlStatement struct {
	table string // that it stands in, or that it opens; "" = the top
	array bool   // opens one more table of an array
	key   string // as written, without blanks; "" = a header
	span
}

// tomlStatements splits a valid TOML text into statements. It knows no more of TOML than where a statement ends: at the
// end of a line outside of strings and brackets.
func tomlStatements(text string) []tomlStatement {
	var list []tomlStatement
	lines := slices.Collect(strings.Lines(text))
	table := ""
	for i := 0; i < len(lines); {
		line := strings.TrimSpace(strings.TrimPrefix(lines[i], "\ufeff"))
		if line == "" || line[0] == '#' {
			i++
			continue
		}
		s := tomlStatement{span: span{i, i + 1}}
		if line[0] == '[' {
			s.array = strings.HasPrefix(line, "[[")
			name, _, _ := strings.Cut(strings.Trim(line, "["), "]")
			table = plainKey(name)
			s.table = table
			list = append(list, s)
			i++
			continue
		}
		key, _, _ := strings.Cut(line, "=")
		s.table, s.key = table, plainKey(key)
		s.to = i + statementLines(lines[i:])
		list = append(list, s)
		i = s.to
	}
	return list
}

// plainKey takes blanks and quotes off a key as far as the keys that matter here can have them.
func plainKey(key string) string {
	parts := strings.Split(key, ".")
	for i, p := range parts {
		p = strings.TrimSpace(p)
		if len(p) > 1 && (p[0] == '"' || p[0] == '\'') && p[len(p)-1] == p[0] {
			p = p[1 : len(p)-1]
		}
		parts[i] = p
	}
	return strings.Join(parts, ".")
}

// statementLines is how many lines the setting takes that begins at the first of them.
func statementLines(lines []string) int {
	depth, quote := 0, ""
	for n, line := range lines {
		for i := 0; i < len(line); {
			rest := line[i:]
			switch {
			case quote != "":
				if quote[0] == '"' && rest[0] == '\\' {
					i++ // and the byte that it escapes
				} else if strings.HasPrefix(rest, quote) {
					i += len(quote) - 1
					quote = ""
				}
			case strings.HasPrefix(rest, `"""`), strings.HasPrefix(rest, "'''"):
				quote = rest[:3]
				i += 2
			case rest[0] == '"', rest[0] == '\'':
				quote = rest[:1]
			case rest[0] == '#':
				i = len(line)
			case rest[0] == '[', rest[0] == '{':
				depth++
			case rest[0] == ']', rest[0] == '}':
				depth--
			}
			i++
		}
		if depth <= 0 && len(quote) < 3 {
			return n + 1
		}
	}
	return len(lines)
}

// dotted tells whether a table is written by dotted keys somewhere: then it cannot be opened by a header, which not every
// reader of TOML complains about.
func dotted(text string, table ...string) bool {
	for _, s := range tomlStatements(text) {
		parts := strings.Split(s.key, ".")
		if s.table != "" {
			parts = append(strings.Split(s.table, "."), parts...)
		}
		written := strings.Contains(s.key, ".") && len(parts) > len(table)
		if written && slices.Equal(parts[:len(table)], table) && (s.table == "" || strings.Count(s.table, ".")+1 < len(table)) {
			return true
		}
	}
	return false
}

func parseTOML(text string) (map[string]any, error) {
	m := map[string]any{}
	if _, err := toml.Decode(strings.TrimPrefix(text, "\ufeff"), &m); err != nil {
		var at toml.ParseError
		if errors.As(err, &at) {
			return nil, fmt.Errorf("line %d: not valid TOML: %s", at.Position.Line, strings.ReplaceAll(at.Message, "\n", " "))
		}
		return nil, errors.New("not valid TOML")
	}
	return m, nil
}

// tables gives the tables of an array of tables; nil when the key is something else.
func tables(v any) []map[string]any {
	list, _ := v.([]map[string]any)
	return list
}

// tableAt follows keys through tables; nil when one is not there.
func tableAt(m map[string]any, keys ...string) map[string]any {
	for _, k := range keys {
		m, _ = m[k].(map[string]any)
	}
	return m
}

// checked applies an edit and compares what the text says before and after, but for what drop takes away.
func (e edit) checked(text string, drop func(map[string]any)) (string, error) {
	before, err := parseTOML(text)
	if err != nil {
		return "", err
	}
	out := e.apply(text)
	after, err := parseTOML(out)
	if err != nil {
		return "", errUnclear
	}
	drop(before)
	drop(after)
	if !reflect.DeepEqual(before, after) {
		return "", errUnclear
	}
	return out, nil
}

// setUV sets the default index of a uv.toml. Other indexes stay, and are told: uv asks them before the default one.
func setUV(text, url string) (string, []string, error) {
	m, err := parseTOML(text)
	if err != nil {
		return "", nil, err
	}
	if _, inline := m["index"]; inline && tables(m["index"]) == nil {
		return "", nil, errors.New("writes index as an inline list: write each as a table [[index]]")
	}
	var notes []string
	for _, x := range tables(m["index"]) {
		if x["default"] != true {
			notes = append(notes, fmt.Sprintf("uv asks %s before the guard: take that [[index]] out, and add it under [upstream]", Masked(fmt.Sprint(x["url"]))))
		}
	}
	if _, ok := m["extra-index-url"]; ok {
		notes = append(notes, "uv asks the extra-index-url before the guard: take it out, and add it under [upstream]")
	}
	e := edit{client: UV, at: len(slices.Collect(strings.Lines(text))), body: []string{"[[index]]", `name = "pipwarden"`, uvURL(url), "default = true"}}
	e.out = uvDefaults(tomlStatements(text), tables(m["index"]))
	out, err := e.checked(text, dropUV)
	return out, notes, err
}

// uvURL is the address without its slash: so uv writes its built-in index into lock files, and a lock file that is mapped
// from the guard to that index is then the one that would have been written without the guard.
func uvURL(url string) string { return "url = " + strconv.Quote(strings.TrimSuffix(url, "/")) }

// uvDefaults are the lines that name uv's default index.
func uvDefaults(list []tomlStatement, indexes []map[string]any) []span {
	var out []span
	n := -1 // the [[index]] table that a statement is in
	for i, s := range list {
		switch {
		case s.table == "index" && s.array:
			n++
			if n < len(indexes) && indexes[n]["default"] == true {
				out = append(out, span{s.from, tableEnd(list[i:])})
			}
		case s.key == "index-url" && (s.table == "" || s.table == "pip"):
			out = append(out, s.span)
		}
	}
	return out
}

// tableEnd is the line behind the last setting of the table that the first statement opens.
func tableEnd(list []tomlStatement) int {
	end := list[0].to
	for _, s := range list[1:] {
		if s.key == "" {
			break
		}
		end = s.to
	}
	return end
}

// dropUV takes away what setUV may change.
func dropUV(m map[string]any) {
	delete(m, "index-url")
	var rest []map[string]any
	for _, x := range tables(m["index"]) {
		if x["default"] != true {
			rest = append(rest, x)
		}
	}
	delete(m, "index")
	if len(rest) > 0 {
		m["index"] = rest
	}
	if pip := tableAt(m, "pip"); pip != nil {
		delete(pip, "index-url")
	}
}

// setPDM sets the index of pdm's configuration, or of a pdm.toml.
func setPDM(text, url string) (string, []string, error) {
	m, err := parseTOML(text)
	if err != nil {
		return "", nil, err
	}
	line := "url = " + strconv.Quote(url)
	e := edit{client: PDM, at: len(slices.Collect(strings.Lines(text))), body: []string{"[pypi]", line}}
	for _, s := range tomlStatements(text) {
		switch {
		case s.key == "" && s.table == "pypi" && !s.array:
			e.at, e.body = s.to, []string{line}
		case s.table == "pypi" && s.key == "url":
			e.out = append(e.out, s.span)
		case s.table == "" && strings.HasPrefix(s.key, "pypi."):
			// A table that is written by dotted keys cannot be opened once more.
			e.at, e.body = s.from, []string{"pypi." + line}
			if s.key == "pypi.url" {
				e.out = append(e.out, s.span)
			}
		}
	}
	out, err := e.checked(text, func(m map[string]any) {
		if pypi := tableAt(m, "pypi"); pypi != nil {
			if delete(pypi, "url"); len(pypi) == 0 {
				delete(m, "pypi")
			}
		}
	})
	return out, pdmNotes(m), err
}

// pdmNotes tells of the indexes that pdm asks besides.
func pdmNotes(m map[string]any) []string {
	var notes []string
	for name, v := range tableAt(m, "pypi") {
		if source, ok := v.(map[string]any); ok && source["url"] != nil {
			notes = append(notes, fmt.Sprintf("pdm asks %s too (pypi.%s): take it out, and add it under [upstream]", Masked(fmt.Sprint(source["url"])), name))
		}
	}
	slices.Sort(notes)
	return notes
}

// setPyproject adds an index to a project file as one more table of an array, and refuses where another is the default
// already: which one the project needs is its authors' to say.
func setPyproject(text, client string, keys []string, body []string, isDefault func(map[string]any) bool) (string, []string, error) {
	m, err := parseTOML(text)
	if err != nil {
		return "", nil, err
	}
	last := keys[len(keys)-1]
	if dotted(text, keys[:len(keys)-1]...) || dotted(text, keys[:1]...) {
		return "", nil, errUnclear
	}
	list := tables(tableAt(m, keys[:len(keys)-1]...)[last])
	var notes []string
	for _, x := range list {
		if isDefault(x) {
			return "", nil, fmt.Errorf("names %s as its index in [[%s]]: change its url there", Masked(fmt.Sprint(x["url"])), strings.Join(keys, "."))
		}
		notes = append(notes, fmt.Sprintf("the project asks %s too ([[%s]]), past the guard", Masked(fmt.Sprint(x["url"])), strings.Join(keys, ".")))
	}
	e := edit{client: client, at: len(slices.Collect(strings.Lines(text))), body: append([]string{"[[" + strings.Join(keys, ".") + "]]"}, body...)}
	out := e.apply(text)
	after, err := parseTOML(out)
	if err != nil || len(tables(tableAt(after, keys[:len(keys)-1]...)[last])) != len(list)+1 {
		return "", nil, errUnclear
	}
	return out, notes, nil
}
