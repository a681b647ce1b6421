// Package lockfile finds the addresses of files and indexes in the lock files of package installers, and maps them
// between the guard and its upstream: uv.lock, pdm.lock, poetry.lock, pylock.toml (PEP 751), Pipfile.lock, and files of
// requirements. All other bytes of a file stay as they are.
//
// The package does no I/O. An address is never made up: it comes from the page of the project, which is asked for
// through [Pages].
package lockfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"

	"pipwarden/pypi"
)

// A File is a lock file in which the addresses have been found.
type File struct {
	Name      string // its path, for messages
	Text      string
	Addresses []Address // in the order of the text
}

// An Address is one http or https address in a lock file.
type Address struct {
	From, To int      // bytes of the text
	Line     int      // from 1
	URL      *url.URL // as written, with fragment
	// Project is whose entry the address stands in; "" = it stands in no project's.
	Project pypi.Name
	// Filename is the distribution that the address ends in; "" = it is the address of something else.
	Filename string
	SHA256   string // that the line names beside it, lower-case hex; "" = none
}

// addressPattern finds addresses. None of the formats escapes anything inside of one.
var (
	addressPattern = regexp.MustCompile(`(?i)\bhttps?://[^\s"'<>\\,;(){}\[\]` + "`" + `]+`)
	hashPattern    = regexp.MustCompile(`(?i)sha256["']?\s*[:=]\s*["']?([0-9a-f]{64})\b`)
	tomlName       = regexp.MustCompile(`^name\s*=\s*["']([^"']+)["']`)
	tableHeader    = regexp.MustCompile(`^\[`)
	requirement    = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*([=<>!~@;(]|$)`)
	pipfileName    = regexp.MustCompile(`^ {8}"([^"]+)": \{`)
	extensions     = []string{".whl", ".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz", ".tar", ".egg"}
)

// Known tells whether a file of this name is a lock file, or a file of requirements.
func Known(name string) bool { return kindOf(name) != "" }

// kindOf is the language of a file, by its name: "toml", "json", "requirements", or "" for none that is known.
func kindOf(name string) string {
	base := strings.ToLower(path.Base(strings.ReplaceAll(name, `\`, "/")))
	switch {
	case base == "uv.lock", base == "pdm.lock", base == "poetry.lock", base == "pylock.toml",
		strings.HasPrefix(base, "pylock.") && strings.HasSuffix(base, ".toml"):
		return "toml"
	case base == "pipfile.lock":
		return "json"
	case strings.HasSuffix(base, ".txt"), strings.HasSuffix(base, ".in"):
		return "requirements"
	}
	return ""
}

// Parse finds the addresses of a lock file, whose form the name tells. A text that is not what the name says is an
// error.
func Parse(name, text string) (*File, error) {
	kind := kindOf(name)
	var err error
	switch kind {
	case "toml":
		_, err = toml.Decode(text, new(map[string]any))
	case "json":
		if !json.Valid([]byte(text)) {
			err = errors.New("not valid JSON")
		}
	case "":
		return nil, errors.New("not a lock file by its name: known are uv.lock, pdm.lock, poetry.lock, pylock.toml, Pipfile.lock and requirements (.txt, .in)")
	}
	if err != nil {
		return nil, fmt.Errorf("not what its name says: %w", err)
	}
	f := &File{Name: name, Text: text}
	at, project := 0, pypi.Name("")
	for n, line := range bytes.SplitAfter([]byte(text), []byte("\n")) {
		project = projectAt(kind, string(line), project)
		f.line(string(line), at, n+1, project)
		at += len(line)
	}
	return f, nil
}

// projectAt is whose entry a line stands in, by the entry of the line before.
func projectAt(kind, line string, before pypi.Name) pypi.Name {
	var m []string
	switch kind {
	case "toml":
		if tableHeader.MatchString(line) && (strings.HasPrefix(line, "[[package]]") || strings.HasPrefix(line, "[[packages]]")) {
			return "" // until its name comes
		}
		m = tomlName.FindStringSubmatch(line)
	case "json":
		m = pipfileName.FindStringSubmatch(line)
	default:
		if trimmed := strings.TrimSpace(line); trimmed != "" && line[0] != ' ' && line[0] != '\t' {
			before = ""
		}
		m = requirement.FindStringSubmatch(line)
	}
	if m == nil {
		return before
	}
	name, err := pypi.ParseName(m[1])
	if err != nil {
		return ""
	}
	return name
}

// line finds the addresses of one line, which begins at a byte of the text.
func (f *File) line(line string, at, number int, project pypi.Name) {
	found := addressPattern.FindAllStringIndex(line, -1)
	if found == nil {
		return
	}
	sum := ""
	if m := hashPattern.FindStringSubmatch(line); m != nil && len(found) == 1 {
		sum = strings.ToLower(m[1])
	}
	for _, span := range found {
		u, err := url.Parse(line[span[0]:span[1]])
		if err != nil || u.Host == "" {
			continue
		}
		f.Addresses = append(f.Addresses, Address{From: at + span[0], To: at + span[1], Line: number, URL: u, Project: project,
			Filename: filenameOf(u), SHA256: sum})
	}
}

// filenameOf is the distribution that an address ends in.
func filenameOf(u *url.URL) string {
	base := path.Base(u.Path)
	for _, ext := range extensions {
		if strings.HasSuffix(strings.ToLower(base), ext) && len(base) > len(ext) {
			return base
		}
	}
	return ""
}
