package policy

import "fmt"

// An Action is what a policy does with a file. Not decided is blocked.
type Action uint8

const (
	Block Action = iota // refused, with the reasons
	Warn                // served, and a person is told
	Allow               // served
)

var actionNames = [...]string{Block: "block", Warn: "warn", Allow: "allow"}

// String returns "block", "warn" or "allow"; "block" for values that have no name.
func (a Action) String() string {
	if int(a) < len(actionNames) {
		return actionNames[a]
	}
	return actionNames[Block]
}

// MarshalText implements [encoding.TextMarshaler].
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText takes the names that String returns and nothing else.
func (a *Action) UnmarshalText(b []byte) error {
	for i, name := range actionNames {
		if string(b) == name {
			*a = Action(i)
			return nil
		}
	}
	return fmt.Errorf("unknown action %q: want block, warn or allow", b)
}

// A Mode says how much of the policy is put into effect.
type Mode uint8

const (
	Enforce  Mode = iota // what is refused is refused
	WarnOnly             // what would be refused is served with a warning
	Audit                // everything is served; the decisions are recorded
)

var modeNames = [...]string{Enforce: "enforce", WarnOnly: "warn", Audit: "audit"}

// String returns "enforce", "warn" or "audit"; "enforce" for values that have no name.
func (m Mode) String() string {
	if int(m) < len(modeNames) {
		return modeNames[m]
	}
	return modeNames[Enforce]
}

// MarshalText implements [encoding.TextMarshaler].
func (m Mode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText takes the names that String returns and nothing else.
func (m *Mode) UnmarshalText(b []byte) error {
	for i, name := range modeNames {
		if string(b) == name {
			*m = Mode(i)
			return nil
		}
	}
	return fmt.Errorf("unknown mode %q: want enforce, warn or audit", b)
}
