package scan

import "strings"

// A Rule is one thing to look for. It is a value without state: what a scan
// has to remember lives in the closures that Run returns.
type Rule struct {
	// ID names the rule in findings and policies, kebab-case.
	ID string
	// Doc is what `pipwarden rules` prints. Its first line is a summary
	// without a full stop; the rest says why it matters, how genuine packages
	// look, and what the weights mean.
	Doc string
	// Weight is the most that one finding of this rule weighs.
	// Zero = the rule tells facts alone.
	Weight int
	// Stage, Behaviours and Hiding are what a finding says where it does not
	// say it itself.
	Stage      Stage
	Behaviours []Behaviour
	Hiding     []Hiding
	// Run is called once a scan, before the first member.
	Run func(p *Pass) Hooks
}

// Summary is the first line of the rule's documentation.
func (r *Rule) Summary() string {
	s, _, _ := strings.Cut(strings.TrimSpace(r.Doc), "\n")
	return s
}

// Hooks are what a rule does in one scan. A nil hook is not called.
type Hooks struct {
	// Member is called for every member in archive order, those of nested
	// archives after the member that holds them. The member and its content
	// are valid until the hook returns.
	Member func(m *Member)
	// End is called after the last member. It is not called when the scan
	// ends in an error.
	End func()
}
