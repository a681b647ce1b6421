package policy

import (
	"fmt"
	"time"
)

// A Note is something about a valid policy that a person should know.
type Note struct {
	Key    string
	Origin Origin
	Text   string // printable ASCII
}

// String gives the note as one line.
func (n Note) String() string { return fmt.Sprintf("%s (%s): %s", n.Key, n.Origin, n.Text) }

// soon is how long before its end a rule is announced as expiring.
const soon = 14 * day

// Notes looks for what is valid and probably not meant: rules that have
// expired, exceptions that say no reason or never end, rules that none reach.
func (p *Policy) Notes(now time.Time) []Note {
	if p == nil || !p.ready {
		return nil
	}
	var out []Note
	closed := ""
	for i := range p.rules {
		u := &p.rules[i]
		add := func(format string, args ...any) {
			out = append(out, Note{Key: u.label, Origin: u.origin, Text: plain(fmt.Sprintf(format, args...))})
		}
		switch {
		case u.list:
			continue
		case closed != "":
			add("is never reached: %s matches every file", closed)
			continue
		case u.expires.IsZero() && u.action != Block && u.reason == "":
			add("lets through without a reason; say why, and until when (expires)")
		case u.expires.IsZero():
		case !now.Before(u.expires):
			add("expired on %s and no longer matches", Expiry(u.expires))
		case u.expires.Sub(now) < soon:
			add("expires on %s", Expiry(u.expires))
		}
		if u.everything() {
			closed = u.label
		}
	}
	if p.c.Mode != Enforce {
		out = append(out, Note{Key: "policy.mode", Origin: p.c.Origins["policy.mode"],
			Text: "is " + p.c.Mode.String() + ": nothing is refused but what cannot be scanned"})
	}
	return out
}

// everything reports whether the rule matches every file and ends the walk.
func (u *rule) everything() bool {
	return u.waives == nil && u.expires.IsZero() && u.names == nil && len(u.project.patterns) == 1 && u.project.patterns[0] == "*" &&
		len(u.project.words) == 0 && u.version.IsZero() && len(u.kinds) == 0 && u.index.empty() && u.client.empty() &&
		len(u.sha256) == 0 && u.older == 0 && u.younger == 0 && len(u.levels) == 0 && u.evidence.empty() && u.gap.empty()
}
