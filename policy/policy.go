// Package policy decides.
package policy

import (
	"time"

	"pipwarden/scan"
)

// A Policy is a compiled configuration. It is immutable and safe for
// concurrent use. The zero value and nil block everything.
type Policy struct {
	revision string
}

// Compile checks c and makes a policy of it. The error is Errors.
func Compile(c Config) (*Policy, error) { return &Policy{}, nil }

// Revision is a hash of the effective policy: it changes when the policy does,
// and not when only comments or the order of keys do.
func (p *Policy) Revision() string { return p.revision }

// Screen decides by what is known before download. A Block is final: no report
// could change it. Anything else means that the file may be fetched and judged,
// never that it may be served.
func (p *Policy) Screen(s *Subject, now time.Time) Decision { return Decision{} }

// Judge decides with the report. It includes all that Screen checks. A nil
// report is a Block.
func (p *Policy) Judge(s *Subject, r *scan.Report, now time.Time) Decision { return Decision{} }

// ExplainScreen is Screen with a Trace.
func (p *Policy) ExplainScreen(s *Subject, now time.Time) Decision { return Decision{} }

// ExplainJudge is Judge with a Trace.
func (p *Policy) ExplainJudge(s *Subject, r *scan.Report, now time.Time) Decision {
	return Decision{}
}

// ClientMatters reports whether the decision about s could be another one for
// another client. It may say true where it could not, never the reverse.
func (p *Policy) ClientMatters(s *Subject) bool { return true }
