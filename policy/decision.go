package policy

import (
	"fmt"
	"time"
)

// A Reason is one thing that a decision rests on.
type Reason struct {
	// Code names the kind of reason, one of the Code constants: kebab-case, [a-z0-9-].
	Code string
	// Text tells a person what was found and what to do. Printable ASCII, at
	// most [MaxText] bytes, foreign text quoted: fit for a status line.
	Text string
	// Setting is the key that made it one, such as "policy.source_installs" or
	// `rule[2] "name"`.
	Setting string
	// Line is the setting's line in the policy file; 0 = not in the file.
	Line int
}

// A Decision is what the policy says of one file. The zero value is a Block.
type Decision struct {
	Action Action
	// Reasons are never empty unless nothing spoke against the file. The first
	// is the deciding one.
	Reasons []Reason
	// Older is true for a Block for which an older release will do: all files
	// of the release should be yanked on the page.
	Older bool
	// Hidden is true for a Block of a name that is reserved to another index:
	// the project should be absent from the index that was asked.
	Hidden bool
	// Until is the instant from which the decision may be another one, all else
	// being equal; zero = never under this policy.
	Until time.Time
	// Waiver names the rule or list that let through what would have been
	// refused; "" = none did.
	Waiver string
	// Mode is the mode that softened the decision; Enforce = none did.
	Mode Mode
	// Pending is true when Screen could not tell because a rule needs the
	// report: the file has to be fetched and judged.
	Pending bool
	// Trace is the way to the decision; nil unless asked for with Explain.
	Trace []Step
}

// Reason returns the deciding reason, or the zero Reason.
func (d Decision) Reason() Reason {
	if len(d.Reasons) == 0 {
		return Reason{}
	}
	return d.Reasons[0]
}

// decided is the setting of the last step of a trace, which is the decision.
const decided = "decision"

// A Step is one setting or rule that was considered.
type Step struct {
	Setting string // key, `rule[0] "name"`, or "decision" for the last step
	Origin  Origin // where the setting was made
	Outcome string // one or two words: "silent", "block", "no match", "expired", ...
	Text    string // what was compared with what; printable ASCII
}

// String returns the step as one line.
func (s Step) String() string {
	if s.Setting == decided {
		return fmt.Sprintf("%s: %s: %s", s.Setting, s.Outcome, s.Text)
	}
	return fmt.Sprintf("%s (%s): %s: %s", s.Setting, s.Origin, s.Outcome, s.Text)
}

// An Origin says where a setting was made. The zero value is the default.
type Origin struct {
	Source string // file, environment variable or flag; "" = default
	Line   int    // in the file; 0 = not a file
}

// String returns "default", "line 12" or the source.
func (o Origin) String() string {
	switch {
	case o.Line > 0:
		return fmt.Sprintf("line %d", o.Line)
	case o.Source == "":
		return "default"
	}
	return o.Source
}
