// Package doctor looks for what goes past a guard, or keeps clients from it: settings, variables, files of a project,
// caches that were filled before, certificates, the clock. It changes nothing.
//
// What is found is told with the fix. The package reads files; whom to ask over the network, and what is known of a
// file by its hash, are handed in as functions.
package doctor

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"net/url"
	"slices"
	"time"

	"pipwarden/installers"
)

// A Level says how bad a finding is.
type Level uint8

// The levels, the worst first.
const (
	Bypass Level = iota // files come to this machine past the guard
	Broken              // installs fail
	Notice              // good to know
	Fine                // looked at, and in order
)

// levels are the words for the levels.
var levels = []string{"bypass", "broken", "notice", "fine"}

// String is the word for the level.
func (l Level) String() string { return levels[l] }

// MarshalText is String.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText takes what String gives, and nothing else.
func (l *Level) UnmarshalText(text []byte) error {
	i := slices.Index(levels, string(text))
	if i < 0 {
		return fmt.Errorf("level %q is not known", text)
	}
	*l = Level(i)
	return nil
}

// A Finding is one thing that was looked at.
type Finding struct {
	Level Level  `json:"level"`
	Check string `json:"check"` // constant word for what was looked at
	// Where is the file, variable or address. It can hold characters of somebody else's choice; no password.
	Where   string `json:"where,omitempty"`
	Problem string `json:"problem"` // or what is in order; no password
	Fix     string `json:"fix,omitempty"`
}

// A Verdict is what the guard has said of a file.
type Verdict uint8

// The verdicts. Unknown is the zero value: nobody has looked.
const (
	Unknown Verdict = iota
	Passed          // served, with or without a warning
	Refused         // blocked, or on the denylist
)

// An Examiner says what to examine. The functions may be nil: then what they would tell is not looked at.
type Examiner struct {
	Computer *installers.Computer
	// Guard is the address of the guard's simple API; it ends in "/simple/".
	Guard *url.URL
	// Proxy is host:port of the guard's proxy, where that is not the guard's own; "" = it is.
	Proxy string
	// Authority is the certificate by which the guard's proxy stands in for hosts, and Bundle the file of the system's
	// authorities and it; nil and "" when there is none.
	Authority *x509.Certificate
	Bundle    string
	// Installed tells whether a program is on this machine.
	Installed func(program string) bool
	// Known gives what the guard has said of a file, by its SHA-256 in lower-case hex.
	Known func(sha256 string) Verdict
	// AskGuard asks the guard whether it serves.
	AskGuard func(ctx context.Context) error
	// AskUpstream asks the guard's upstream for a page. date is the time of the answer by its clock, zero when it does not
	// say.
	AskUpstream func(ctx context.Context) (date time.Time, err error)
	// Requirements gives what a file of requirements takes from elsewhere, in words.
	Requirements func(file string) []string
	// Now is the time by this machine's clock.
	Now func() time.Time
	// Built is when this program was built; zero = not known.
	Built time.Time

	findings []Finding
}

// Examine looks at everything, and gives the findings, the worst first.
func (x *Examiner) Examine(ctx context.Context) []Finding {
	x.findings = nil
	x.reach(ctx)
	for _, client := range []string{installers.Pip, installers.UV, installers.PDM, installers.Poetry, installers.Pipenv} {
		x.client(client)
	}
	x.requirements()
	x.locks()
	x.authorities()
	x.caches(ctx)
	slices.SortStableFunc(x.findings, func(a, b Finding) int { return cmp.Compare(a.Level, b.Level) })
	return x.findings
}

func (x *Examiner) add(f Finding) {
	f.Where, f.Problem, f.Fix = installers.Masked(f.Where), installers.Masked(f.Problem), installers.Masked(f.Fix)
	if !slices.Contains(x.findings, f) {
		x.findings = append(x.findings, f)
	}
}

// Through tells whether all that clients fetch goes through the guard whatever index they ask: the environment names it
// as their proxy.
func (x *Examiner) Through() bool {
	for _, key := range []string{"HTTPS_PROXY", "https_proxy"} {
		u, err := url.Parse(x.Computer.Env[key])
		if err == nil && u.Host != "" && (u.Host == x.Guard.Host || u.Host == x.Proxy) {
			return true
		}
	}
	return false
}
