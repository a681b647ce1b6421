package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	// maxRequirements bounds what is read of one requirements file, in bytes.
	maxRequirements = 16 << 20 // 16 MiB
	// maxRequirementFiles bounds the files that include each other.
	maxRequirementFiles = 100
	// shortestAbbreviation is the shortest form of a long option that pip takes for it, in letters: pip's parser takes any
	// that is not ambiguous.
	shortestAbbreviation = 3
)

// sourceOptions are the options of pip and uv that name other sources of files, or turn the guard's settings off. pip
// takes abbreviations of them.
var sourceOptions = []string{
	"index-url", "pypi-url", "extra-index-url", "find-links", "no-index", "proxy", "isolated",
	"index", "default-index", "config-file", "torch-backend",
}

// fileOptions name files of requirements, which can hold such options themselves.
var fileOptions = []string{"requirement", "requirements", "constraint", "constraints", "build-constraint", "build-constraints", "override", "overrides"}

// fileVariables are the environment's way of naming such files.
var fileVariables = []string{"PIP_REQUIREMENT", "PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT", "UV_CONSTRAINT", "UV_OVERRIDE", "UV_BUILD_CONSTRAINT"}

// direct finds what is fetched from an address or a repository instead of an index: "git+https://...", "name@file:...".
var direct = regexp.MustCompile(`(?i)(^|[@\s=])\s*((git|hg|svn|bzr)\+)?([a-z][a-z0-9+.-]*://|file:)`)

// address finds the addresses in an argument or a line.
var address = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*://[^\s;"']+`)

// bypassing tells what in a client's command line and environment would go past the guard, in words for a person; nil
// when nothing would.
func bypassing(args, env []string) []string { return bypassingVia(args, env, nil) }

// bypassingVia is bypassing for a command whose way to some addresses is guarded all the same: through tells which; nil
// means none.
func bypassingVia(args, env []string, through func(address string) bool) []string {
	c := bypassChecker{seen: map[string]bool{}, through: through}
	if isClient(args) {
		c.arguments(args)
	}
	for _, kv := range env {
		key, value, _ := strings.Cut(kv, "=")
		for _, name := range fileVariables {
			if key != name {
				continue
			}
			for path := range strings.FieldsSeq(value) {
				c.file(path)
			}
		}
	}
	return c.found
}

type bypassChecker struct {
	found []string
	seen  map[string]bool // files that were read

	through func(address string) bool // guarded all the same; nil = nothing is
}

// guarded tells whether all addresses in a text are on a guarded way.
func (c *bypassChecker) guarded(text string) bool {
	found := address.FindAllString(text, -1)
	return c.through != nil && len(found) > 0 && !slices.ContainsFunc(found, func(a string) bool { return !c.through(a) })
}

func (c *bypassChecker) note(format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf(format, args...))
}

// clientName is what the programs are called that install, and the modules that "python -m" runs.
var clientName = regexp.MustCompile(`(?i)^(pip[0-9.]*|pip-compile|pip-sync|pip_tools|piptools|pipx|uv|uvx|pdm|pipenv|poetry|hatch)(\.exe)?$`)

// isClient tells a client's command line, whose arguments we understand, from that of any other program.
func isClient(args []string) bool {
	if clientName.MatchString(filepath.Base(args[0])) {
		return true
	}
	for i, a := range args[:len(args)-1] {
		if a == "-m" && clientName.MatchString(args[i+1]) {
			return true
		}
	}
	return false
}

// arguments checks a client's command line.
func (c *bypassChecker) arguments(args []string) {
	for i := 1; i < len(args); i++ {
		a, next := args[i], ""
		if i+1 < len(args) {
			next = args[i+1]
		}
		switch {
		case strings.HasPrefix(a, "--"):
			c.long(a[2:], next)
		case strings.HasPrefix(a, "-") && len(a) > 1:
			c.short(a, next)
		case direct.MatchString(a) && !c.guarded(a):
			c.note("%q is fetched directly, past the guard", a)
		}
	}
}

func (c *bypassChecker) long(option, next string) {
	name, value, given := strings.Cut(option, "=")
	if matches(name, sourceOptions) {
		if !given {
			value = next
		}
		if c.guarded(value) && !strings.HasPrefix("proxy", strings.ToLower(name)) {
			return
		}
		c.note("--%s on the command line goes past the guard", name)
		return
	}
	if matches(name, fileOptions) {
		if !given {
			value = next
		}
		c.file(value)
		return
	}
	if given && direct.MatchString(value) && !c.guarded(value) {
		c.note("%q is fetched directly, past the guard", value)
	}
}

// short checks "-i", "-f", "-e", "-r" and "-c", with their value glued or apart, and behind other letters ("-Ui").
func (c *bypassChecker) short(a, next string) {
	letters := strings.TrimLeft(a[1:], "qvUIh")
	if letters == "" {
		return
	}
	value := letters[1:]
	if value == "" {
		value = next
	}
	switch letters[0] {
	case 'i', 'f', 'e':
		// "-f" and "-i" of other programs are common: only what could be a source counts.
		if !c.guarded(value) && (direct.MatchString(value) || letters[0] == 'f' && isDir(value) || letters[0] == 'i' && strings.Contains(value, "/")) {
			c.note("-%c %q on the command line goes past the guard", letters[0], value)
		}
	case 'r', 'c':
		if isFile(value) {
			c.file(value)
		}
	}
}

// file checks a file of requirements and those that it includes.
func (c *bypassChecker) file(path string) {
	if c.seen[path] || path == "" {
		return
	}
	if len(c.seen) >= maxRequirementFiles {
		c.note("more than %d requirements files", maxRequirementFiles)
		return
	}
	c.seen[path] = true
	if direct.MatchString(path) && !c.guarded(path) {
		c.note("%q is fetched directly, past the guard", path)
		return
	}
	f, err := os.Open(path)
	if err != nil {
		return // the client will say so
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, maxRequirements))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		c.line(path, n, lines.Text())
	}
	if err := lines.Err(); err != nil {
		c.note("%s cannot be read: %v", path, err)
	}
}

func (c *bypassChecker) line(path string, n int, text string) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "#") {
		return
	}
	if before, _, ok := strings.Cut(text, " #"); ok {
		text = before
	}
	inner := bypassChecker{seen: c.seen, through: c.through}
	if strings.HasPrefix(text, "-") {
		// "-r other.txt" is relative to the file that says so.
		fields := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' })
		for i, f := range fields {
			if i > 0 && !filepath.IsAbs(f) && isFile(filepath.Join(filepath.Dir(path), f)) {
				fields[i] = filepath.Join(filepath.Dir(path), f)
			}
		}
		inner.arguments(append([]string{"pip"}, fields...))
	} else if direct.MatchString(text) && !c.guarded(text) {
		inner.note("%q is fetched directly", text)
	}
	for _, found := range inner.found {
		c.note("%s, line %d: %s", path, n, found)
	}
}

// matches tells whether a long option is one of the list, whole or shortened.
func matches(name string, list []string) bool {
	name = strings.ToLower(name)
	for _, option := range list {
		if name == option || len(name) >= shortestAbbreviation && strings.HasPrefix(option, name) {
			return true
		}
	}
	return false
}

func isFile(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular()
}

func isDir(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}
