package upstream

import (
	"fmt"
	"io/fs"
	"net/http"
	"time"
)

// StatusError is an answer with a status that is none of success, redirect and not modified. One with status 404
// or 410 is fs.ErrNotExist.
type StatusError struct {
	URL        string // without secrets
	Code       int
	RetryAfter time.Duration // what the server asked for; 0 = nothing
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%q answered %d %s", e.URL, e.Code, http.StatusText(e.Code))
}

// Is makes 404 and 410 fs.ErrNotExist.
func (e *StatusError) Is(target error) bool {
	return target == fs.ErrNotExist && (e.Code == http.StatusNotFound || e.Code == http.StatusGone)
}

// Temporary reports whether the same request may succeed later: 408, 425, 429 and 5xx.
func (e *StatusError) Temporary() bool {
	switch e.Code {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return e.Code >= 500
}

// Stage is the part of an exchange that took too long.
type Stage string

// The stages of a request.
const (
	StageConnect Stage = "connect" // name and TCP
	StageTLS     Stage = "tls"
	StageHeader  Stage = "header"
	StageBody    Stage = "body"  // no byte for Options.IdleTimeout
	StageTotal   Stage = "total" // Options.PageTimeout
)

// TimeoutError says that upstream took longer than the limit of a stage. When the caller's own context ended, the
// error wraps the context's instead.
type TimeoutError struct {
	URL   string
	Stage Stage
	After time.Duration // the limit
}

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("%q: no answer within %v (%s)", e.URL, e.After, e.Stage)
}

// Timeout makes it a timeout as package net understands it.
func (e *TimeoutError) Timeout() bool { return true }

// Rule names why a request was refused.
type Rule string

// The rules of a [RefusedError].
const (
	RuleURL       Rule = "url"             // not an absolute URL, or not http or https
	RuleUserinfo  Rule = "userinfo"        // a user name in a link
	RuleAddress   Rule = "private-address" // an address that is not public and not configured
	RuleRedirect  Rule = "redirect-host"   // a redirect to another host that is not listed
	RuleDowngrade Rule = "downgrade"       // from https to http
	RuleLoop      Rule = "too-many-redirects"
	RuleTLS       Rule = "tls" // certificate not trusted, or no TLS spoken
)

// RefusedError says that the guard itself would not make or finish a request.
type RefusedError struct {
	Rule Rule
	URL  string // without secrets; foreign text, print it quoted
	Host string // host[:port] that the rule is about
	Hint string // the way out, one sentence in our words
	Err  error  // what was seen, nil when the rule says all
}

func (e *RefusedError) Error() string {
	s := fmt.Sprintf("refused %q (%s, host %q)", e.URL, e.Rule, e.Host)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	if e.Hint != "" {
		s += "\n" + e.Hint
	}
	return s
}

func (e *RefusedError) Unwrap() error { return e.Err }

// TruncatedError says that a body ended before its announced or framed end.
type TruncatedError struct {
	URL       string
	Got, Want int64 // bytes; Want -1 = length not announced
	Err       error // what the connection said, may be nil
}

func (e *TruncatedError) Error() string {
	if e.Want < 0 {
		return fmt.Sprintf("%q: body cut after %d bytes", e.URL, e.Got)
	}
	return fmt.Sprintf("%q: body cut after %d of %d bytes", e.URL, e.Got, e.Want)
}

func (e *TruncatedError) Unwrap() error { return e.Err }

// TooLargeError says that a body or header is larger than its limit.
type TooLargeError struct {
	URL   string
	Limit int64 // bytes
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%q: larger than %d bytes", e.URL, e.Limit)
}

// ProtocolError says that an answer breaks HTTP or its own encoding: a corrupt gzip stream, a range that was not
// asked for, a header that is none.
type ProtocolError struct {
	URL     string
	Problem string // our words
	Err     error  // may be nil
}

func (e *ProtocolError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%q: %s: %v", e.URL, e.Problem, e.Err)
	}
	return fmt.Sprintf("%q: %s", e.URL, e.Problem)
}

func (e *ProtocolError) Unwrap() error { return e.Err }

// UnreachableError says that there is no connection to a host: no such name, refused, reset. With Rest above zero
// the host failed so often in a row that it was not even asked.
type UnreachableError struct {
	URL  string
	Host string
	Rest time.Duration // until the host is asked again; 0 = it was asked
	Err  error         // the failure, or the last one
}

func (e *UnreachableError) Error() string {
	if e.Rest > 0 {
		return fmt.Sprintf("%q: host %q rests for %v: %v", e.URL, e.Host, e.Rest.Round(time.Millisecond), e.Err)
	}
	return fmt.Sprintf("%q: %v", e.URL, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// NoUpstreamError says that no index is configured and pip names none. Its text has one line for each thing tried, and
// one with both ways out.
type NoUpstreamError struct {
	Tried []string // what was asked, and what it said
}

func (e *NoUpstreamError) Error() string {
	s := "no package index is known"
	for _, t := range e.Tried {
		s += "\n  " + t
	}
	return s + "\nset index_url under [upstream] in the configuration, or put a Python with pip on PATH (PIPWARDEN_PYTHON names one)"
}
