package installers

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// An iniOption is one setting of a pip configuration file.
type iniOption struct {
	section string
	key     string // as pip compares it: lower case, hyphens
	value   string // lines joined by "\n"
	span           // its lines
	indent  int
}

// An iniFile is a pip configuration file as Python's RawConfigParser reads it.
type iniFile struct {
	options  []iniOption
	sections map[string]int // line behind the header
	indents  map[int]int    // of the lines that mean something, by line
}

// parseINI reads a file, and refuses what Python 3's parser refuses: settings without a section, lines that are
// neither, and sections or settings that are there twice. Python 2's is more lenient; a file must hold for both.
func parseINI(text string) (*iniFile, error) {
	f := &iniFile{sections: map[string]int{}, indents: map[int]int{}}
	section, last, level := "", -1, 0
	for i, raw := range slices.Collect(strings.Lines(strings.TrimPrefix(text, "\ufeff"))) {
		line := strings.TrimSpace(raw)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		indent := len(raw) - len(strings.TrimLeft(raw, " \t"))
		f.indents[i] = indent
		if last >= 0 && indent > level {
			o := &f.options[last]
			o.value = strings.TrimSpace(o.value + "\n" + line)
			o.to = i + 1
			continue
		}
		level = indent
		if line[0] == '[' && strings.Contains(line, "]") {
			section, last = line[1:strings.IndexByte(line, ']')], -1
			if _, twice := f.sections[section]; twice {
				return nil, fmt.Errorf("line %d: the section [%s] is there twice", i+1, section)
			}
			f.sections[section] = i + 1
			continue
		}
		if err := f.option(section, line, i, indent); err != nil {
			return nil, err
		}
		last = len(f.options) - 1
	}
	return f, nil
}

func (f *iniFile) option(section, line string, i, indent int) error {
	if len(f.sections) == 0 {
		return fmt.Errorf("line %d: a setting before the first section", i+1)
	}
	at := strings.IndexAny(line, "=:")
	if at < 1 {
		return fmt.Errorf("line %d: neither section nor setting", i+1)
	}
	key := strings.TrimPrefix(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(line[:at])), "_", "-"), "--")
	for _, o := range f.options {
		if o.section == section && o.key == key {
			return fmt.Errorf("line %d: %s is there twice", i+1, key)
		}
	}
	f.options = append(f.options, iniOption{section, key, strings.TrimSpace(line[at+1:]), span{i, i + 1}, indent})
	return nil
}

// values gives all settings as "section.key" and value.
func (f *iniFile) values() map[string]string {
	m := map[string]string{}
	for _, o := range f.options {
		m[o.section+"."+o.key] = o.value
	}
	return m
}

// pipSources are the settings of pip that name an index.
var pipSources = []string{"index-url", "pypi-url", "extra-index-url"}

// setPip sets the index of a pip configuration file, for all of pip's commands, and puts out of force what the file says
// of indexes elsewhere: pip takes an equal version from an extra index without asking the guard.
func setPip(text, url string) (string, []string, error) {
	f, err := parseINI(text)
	if err != nil {
		return "", nil, err
	}
	e := edit{client: Pip}
	want := f.values()
	for _, o := range f.options {
		if slices.Contains(pipSources, o.key) {
			e.out = append(e.out, o.span)
			delete(want, o.section+"."+o.key)
		}
	}
	want["global.index-url"] = url
	if line, ok := f.sections["global"]; ok {
		e.at, e.body = line, []string{strings.Repeat(" ", f.indentAt(line)) + "index-url = " + url}
	} else {
		e.at, e.body = len(slices.Collect(strings.Lines(text))), []string{"[global]", "index-url = " + url}
	}
	after := e.apply(text)
	// pip's parser has corners that ours may not have; what the file says otherwise must not change.
	if g, err := parseINI(after); err != nil || !maps.Equal(g.values(), want) {
		return "", nil, errUnclear
	}
	return after, nil, nil
}

// A PipUpstream is what pip's configuration file says of indexes and of the way to them, before a block puts it out of
// force: the guard has to ask what pip asked. Addresses are as written, with passwords.
type PipUpstream struct {
	Index      string
	Extra      []string
	CABundle   string
	ClientCert string
	Proxy      string
}

// indexes are all of them, the main one first.
func (u PipUpstream) indexes() []string {
	if u.Index == "" {
		return u.Extra
	}
	return append([]string{u.Index}, u.Extra...)
}

// or fills what is not said from what holds elsewhere, but for extra indexes.
func (u PipUpstream) or(v PipUpstream) PipUpstream {
	return PipUpstream{Index: cmp.Or(u.Index, v.Index), Extra: u.Extra, CABundle: cmp.Or(v.CABundle, u.CABundle),
		ClientCert: cmp.Or(v.ClientCert, u.ClientCert), Proxy: cmp.Or(u.Proxy, v.Proxy)}
}

// pipUpstream reads what "pip install" would use of one file: [install] goes before [global].
func pipUpstream(text string) PipUpstream {
	var u PipUpstream
	f, err := parseINI(text)
	if err != nil {
		return u
	}
	v := f.values()
	get := func(key string) string { return cmp.Or(v["install."+key], v["global."+key]) }
	return PipUpstream{Index: cmp.Or(get("index-url"), get("pypi-url")), Extra: strings.Fields(get("extra-index-url")),
		CABundle: get("cert"), ClientCert: get("client-cert"), Proxy: get("proxy")}
}

// indentAt is the indentation of the first line from there on that means something: a setting written with less would
// make that line a part of its value.
func (f *iniFile) indentAt(line int) int {
	for _, i := range slices.Sorted(maps.Keys(f.indents)) {
		if i >= line {
			return f.indents[i]
		}
	}
	return 0
}
