package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// An Error is one thing that is wrong with a configuration.
type Error struct {
	File    string // path, name of an environment variable, or flag
	Line    int    // 1-based; 0 = not a file, or not known
	Key     string // such as "upstream.index_url" or "rule[2].kind"; "" = the file as a whole
	Nearest string // the known key that was probably meant; "" = none is near
	Problem string // what is wrong and what would be right; printable ASCII
}

// Error gives place, key, problem and the nearest key in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	if e.Key != "" {
		fmt.Fprintf(&b, ": %s", e.Key)
	}
	fmt.Fprintf(&b, ": %s", e.Problem)
	if e.Nearest != "" {
		fmt.Fprintf(&b, "; did you mean %s?", e.Nearest)
	}
	return strings.TrimPrefix(b.String(), ": ")
}

// Errors are all problems of a configuration; never empty. errors.As finds the
// first [Error].
type Errors []*Error

// Error gives each problem a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives all of them.
func (e Errors) Unwrap() []error {
	out := make([]error, len(e))
	for i, one := range e {
		out[i] = one
	}
	return out
}

// sort puts the problems of each place in the order of its lines.
func (e Errors) sort() {
	first := make(map[string]int)
	for i, one := range e {
		if _, ok := first[one.File]; !ok {
			first[one.File] = i
		}
	}
	slices.SortStableFunc(e, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(first[a.File], first[b.File]), cmp.Compare(a.Line, b.Line))
	})
}
