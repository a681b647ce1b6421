package upstream

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const maxConfigBytes = 1 << 20 // 1 MiB; pip's own configuration files have some lines

// configFile is one of pip's configuration files.
type configFile struct {
	name   string
	values map[string]map[string]string // section, key with hyphens
}

// settings are pip's settings as "pip install" weighs them: environment, then the section [install] of all files, then
// [global]; among files the later goes before the earlier. Empty values count as not written.
type settings struct {
	env   map[string]string
	files []configFile // least important first
}

// get returns a setting and where it is written, "" when nowhere. Values that ok refuses are passed over; nil takes all.
func (s settings) get(key string, ok func(string) bool) (value, origin string) {
	variable := "PIP_" + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
	if v := strings.TrimSpace(s.env[variable]); v != "" && (ok == nil || ok(v)) {
		return v, variable
	}
	for _, section := range []string{"install", "global"} {
		for i := len(s.files) - 1; i >= 0; i-- {
			if v := s.files[i].values[section][key]; v != "" && (ok == nil || ok(v)) {
				return v, s.files[i].name
			}
		}
	}
	return "", ""
}

// isTrue reads a switch as pip does.
func isTrue(v string) bool {
	switch strings.ToLower(v) {
	case "1", "y", "yes", "t", "true", "on":
		return true
	}
	return false
}

// readConfig reads one file; nil when it is not there. Files that pip itself would stumble over are an error.
func readConfig(name string) (*configFile, error) {
	b, err := readLimited(name, maxConfigBytes)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNotRegular) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	values, err := parseINI(string(b))
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", name, err)
	}
	return &configFile{name: name, values: values}, nil
}

// parseINI reads what Python's RawConfigParser reads: sections, "key = value" or "key: value", whole-line comments with
// # or ;, and indented lines that go on with the value above. Keys come out as pip writes them: lower case, hyphens.
func parseINI(text string) (map[string]map[string]string, error) {
	out := map[string]map[string]string{}
	var section map[string]string
	last := ""
	for i, raw := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		line := strings.TrimSpace(raw)
		indented := line != "" && (raw[0] == ' ' || raw[0] == '\t')
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
		case indented && last != "":
			section[last] = strings.TrimSpace(section[last] + "\n" + line)
		case line[0] == '[' && strings.Contains(line, "]"):
			name := line[1:strings.IndexByte(line, ']')]
			if section = out[name]; section == nil {
				section = map[string]string{}
				out[name] = section
			}
			last = ""
		case section == nil:
			return nil, fmt.Errorf("line %d: setting before the first section", i+1)
		default:
			at := strings.IndexAny(line, "=:")
			if at < 1 {
				return nil, fmt.Errorf("line %d: neither section nor setting", i+1)
			}
			last = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(line[:at])), "_", "-")
			last = strings.TrimPrefix(last, "--")
			section[last] = strings.TrimSpace(line[at+1:])
		}
	}
	return out, nil
}

// configFiles are the places where pip looks, least important first: all users', this user's (the old place first), the
// virtual environment's, and the file that PIP_CONFIG_FILE names. The null device there turns all of them off.
func (d *discovery) configFiles() []string {
	own := d.env["PIP_CONFIG_FILE"]
	if own == os.DevNull {
		return nil
	}
	files := placesOf(runtime.GOOS, d.env)
	if own != "" {
		files = append(files, own)
	}
	return files
}

// placesOf lists pip's configuration files on an operating system.
func placesOf(goos string, env map[string]string) []string {
	name := "pip.conf"
	if goos == "windows" {
		name = "pip.ini"
	}
	var files []string
	add := func(root string, parts ...string) {
		if root != "" {
			files = append(files, filepath.Join(append([]string{root}, parts...)...))
		}
	}
	home := env["HOME"]
	switch goos {
	case "windows":
		home = env["USERPROFILE"]
		add(orElse(env["PROGRAMDATA"], env["ALLUSERSPROFILE"]), "pip", name)
		add(home, "pip", name)
		add(env["APPDATA"], "pip", name)
	case "darwin":
		add("/Library/Application Support", "pip", name)
		add(home, ".pip", name)
		support := filepath.Join(home, "Library", "Application Support", "pip")
		if info, err := os.Stat(support); home != "" && err == nil && info.IsDir() {
			add(support, name)
		} else {
			add(orElse(env["XDG_CONFIG_HOME"], under(home, ".config")), "pip", name)
		}
	default:
		dirs := filepath.SplitList(orElse(env["XDG_CONFIG_DIRS"], "/etc/xdg"))
		for _, dir := range dirs {
			add(dir, "pip", name)
		}
		add("/etc", name)
		add(home, ".pip", name)
		add(orElse(env["XDG_CONFIG_HOME"], under(home, ".config")), "pip", name)
	}
	add(env["VIRTUAL_ENV"], name)
	return files
}

// under is a path below root, "" when there is no root.
func under(root, name string) string {
	if root == "" {
		return ""
	}
	return filepath.Join(root, name)
}
