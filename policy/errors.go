package policy

import (
	"fmt"
	"strings"
)

// A ConfigError is one thing that is wrong with a [Config].
type ConfigError struct {
	Key     string // such as "policy.cooldown.exempt" or "rule[2].kind"
	Origin  Origin // where it was set
	Problem string // what is wrong and what would be right; printable ASCII
}

// Error names the key, the place and the problem.
func (e *ConfigError) Error() string { return fmt.Sprintf("%s (%s): %s", e.Key, e.Origin, e.Problem) }

// Errors are all problems that [Compile] found, in the order of the file's keys.
type Errors []*ConfigError

// Error gives one problem a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes errors.As find each.
func (e Errors) Unwrap() []error {
	out := make([]error, len(e))
	for i, one := range e {
		out[i] = one
	}
	return out
}
