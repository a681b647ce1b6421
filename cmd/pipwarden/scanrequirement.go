package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pipwarden/pypi"
)

// idleOptions are options of a requirements file that change nothing of what is scanned: all files of a release are, and their
// hashes are those of the index.
var idleOptions = []string{"--require-hashes", "--no-binary", "--only-binary", "--prefer-binary", "--use-feature", "--trusted-host"}

// read adds what a requirements file names, and those that it includes.
func (l *wishList) read(path string) error {
	if !l.first("-r " + filepath.Clean(path)) {
		return nil
	}
	if len(l.seen) > maxWishes {
		return usage(fmt.Errorf("more than %d requirements", maxWishes))
	}
	text, err := readRequirements(path)
	if err != nil {
		return fmt.Errorf("requirements file %q: %w", path, bareError(err))
	}
	for n, line := range logicalLines(text) {
		if line == "" {
			continue
		}
		if err := l.line(path, line); err != nil {
			return lineError(path, n+1, err)
		}
	}
	return nil
}

// maxWishes bounds what is scanned in one run, in releases and paths: requirements files include each other.
const maxWishes = 100_000

// lineError says where a mistake is, once, at the innermost file.
func lineError(path string, line int, err error) error {
	var exit *exitError
	if errors.As(err, &exit) {
		return err
	}
	return usage(fmt.Errorf("%s:%d: %w", visible(path), line, err))
}

func readRequirements(path string) (string, error) {
	st, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !st.Mode().IsRegular() {
		return "", errNotRegular
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxRequirements+1))
	if err == nil && len(b) > maxRequirements {
		err = fmt.Errorf("longer than %d bytes", maxRequirements)
	}
	return strings.TrimPrefix(string(b), "\ufeff"), err
}

// logicalLines are the lines of a requirements file without comments; a line that ends in a backslash goes on in the
// next, and stands at its first.
func logicalLines(text string) []string {
	var lines []string
	from := -1 // line that goes on
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		more, goesOn := strings.CutSuffix(line, `\`)
		lines = append(lines, "")
		at := len(lines) - 1
		if from >= 0 {
			at = from
		}
		lines[at] += more
		from = -1
		if goesOn {
			from = at
		}
	}
	for i, line := range lines {
		lines[i] = strings.TrimSpace(withoutComment(line))
	}
	return lines
}

// withoutComment cuts a comment, which begins with "#" at the start or behind a blank.
func withoutComment(line string) string {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			return line[:i]
		}
	}
	return line
}

// line adds what one line names.
func (l *wishList) line(path, line string) error {
	if strings.HasPrefix(line, "-") {
		return l.option(path, line)
	}
	// Options of a single requirement, such as hashes, stand behind it.
	text, _, _ := strings.Cut(line, " --")
	text = strings.TrimSpace(text)
	r, err := pypi.ParseRequirement(text)
	switch {
	case err != nil:
		return err
	case r.URL != "":
		return withHint(fmt.Errorf("%q: addresses are not fetched", text), "take the line out, or scan the file itself")
	}
	l.add(scanWish{text: text, requirement: &r})
	return nil
}

// option follows "-r", passes over what changes nothing, and refuses the rest: indexes are those of the configuration.
func (l *wishList) option(path, line string) error {
	name, value, _ := strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
	if long, given, ok := strings.Cut(name, "="); ok && strings.HasPrefix(name, "--") {
		name, value = long, given
	}
	if strings.HasPrefix(name, "-r") && len(name) > len("-r") {
		name, value = "-r", name[len("-r"):]
	}
	switch value = strings.TrimSpace(value); {
	case name == "-r" || name == "--requirement":
		if value == "" {
			return fmt.Errorf("%s names no file", name)
		}
		if !filepath.IsAbs(value) {
			value = filepath.Join(filepath.Dir(path), value)
		}
		return l.read(value)
	case slices.Contains(idleOptions, name):
		return nil
	}
	return withHint(fmt.Errorf("option %q is not followed", name),
		"the index is the configuration's or that of --index-url; versions are those of the lines; take the line out")
}
