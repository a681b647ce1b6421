package upstream

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	maxRedirects = 5       // an index redirects once to the normalised name and once to its storage
	discardBytes = 4 << 10 // of a body nobody wants: reading it keeps the connection, more is not worth one
)

// call is a GET to be made.
type call struct {
	url    *url.URL
	header http.Header
	class  class
	limit  int64 // of the body, in bytes
}

// answer is a response whose body keeps the limits. The caller closes Body.
type answer struct {
	*http.Response
	url  *url.URL // after redirects
	body *body
}

// do makes a call and follows its redirects.
func (s *site) do(ctx context.Context, c call) (*answer, error) {
	u := c.url
	if err := s.check(u); err != nil {
		return nil, err
	}
	for hop := 0; ; hop++ {
		a, err := s.hop(ctx, c, u)
		if err != nil {
			return nil, err
		}
		location := a.Header.Get("Location")
		if !isRedirect(a.StatusCode) || location == "" {
			return a, nil
		}
		a.discard()
		to, err := s.redirect(u, location)
		if err != nil {
			return nil, err
		}
		if hop == maxRedirects {
			return nil, &RefusedError{Rule: RuleLoop, URL: display(c.url), Host: c.url.Host,
				Err: fmt.Errorf("more than %d redirects", maxRedirects)}
		}
		u = to
	}
}

func isRedirect(code int) bool {
	switch code {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// hop makes one request.
func (s *site) hop(parent context.Context, c call, u *url.URL) (*answer, error) {
	key := hostPort(u)
	p, err := s.client.hosts.enter(parent, key, c.class)
	if err != nil {
		return nil, entryFault(parent, u, err)
	}
	ctx, cancel := context.WithCancelCause(parent)
	var stage atomic.Value
	stage.Store(StageConnect)
	req := (&http.Request{
		Method: http.MethodGet, URL: u, Host: u.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: c.header.Clone(),
	}).WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		TLSHandshakeStart: func() { stage.Store(StageTLS) },
		GotConn:           func(httptrace.GotConnInfo) { stage.Store(StageHeader) },
	}))
	req.Header.Set("User-Agent", s.client.opts.UserAgent)
	if auth := s.credentials(u); !auth.IsZero() {
		req.SetBasicAuth(auth.user, auth.password)
	}
	res, err := s.transport.RoundTrip(req)
	if err != nil {
		err = s.fault(ctx, u, stage.Load().(Stage), err)
		p.settleFault(parent, err)
		p.leave()
		cancel(err)
		return nil, err
	}
	if c.class == classFile || isRedirect(res.StatusCode) {
		p.settle(nil)
	}
	b := newBody(ctx, cancel, p, res, c.limit, s.client.opts.IdleTimeout, u)
	res.Body = b
	return &answer{Response: res, url: u, body: b}, nil
}

// entryFault gives the error of a host that rests, or of a caller who left while waiting, the URL.
func entryFault(ctx context.Context, u *url.URL, err error) error {
	var rests *UnreachableError
	if errors.As(err, &rests) {
		rests.URL = display(u)
		return rests
	}
	return contextFault(ctx, u)
}

// settleFault tells the host's record about a request that got no answer.
func (p *pass) settleFault(caller context.Context, err error) {
	var timeout *TimeoutError
	var unreachable *UnreachableError
	switch {
	case errors.As(err, &timeout), errors.As(err, &unreachable):
		p.settle(err)
	case caller.Err() == nil:
		p.settle(nil) // it answered, if only nonsense
	case errors.Is(caller.Err(), context.DeadlineExceeded) && p.host.set.now().Sub(p.started) >= patience:
		p.settle(err)
	default:
		p.abandon()
	}
}

// contextFault is the error of a context that ended: the client's own limit, or the caller's leave.
func contextFault(ctx context.Context, u *url.URL) error {
	var timeout *TimeoutError
	if errors.As(context.Cause(ctx), &timeout) {
		t := *timeout
		t.URL = display(u)
		return &t
	}
	return fmt.Errorf("get %q: %w", display(u), ctx.Err())
}

// fault gives an error of the transport its type.
func (s *site) fault(ctx context.Context, u *url.URL, stage Stage, err error) error {
	if ctx.Err() != nil {
		return contextFault(ctx, u)
	}
	var private *addressError
	if errors.As(err, &private) {
		return &RefusedError{Rule: RuleAddress, URL: display(u), Host: u.Host, Hint: hintAddress, Err: private}
	}
	if isTLSFault(err) {
		return &RefusedError{Rule: RuleTLS, URL: display(u), Host: u.Host, Hint: hintTLS, Err: err}
	}
	var slow interface{ Timeout() bool }
	if errors.As(err, &slow) && slow.Timeout() {
		return &TimeoutError{URL: display(u), Stage: stage, After: s.client.stageLimit(stage)}
	}
	if isConnectionFault(err) {
		return &UnreachableError{URL: display(u), Host: hostPort(u), Err: err}
	}
	return &ProtocolError{URL: display(u), Problem: "answer is not HTTP as it should be", Err: err}
}

func (c *Client) stageLimit(s Stage) time.Duration {
	switch s {
	case StageConnect:
		return c.opts.ConnectTimeout
	case StageTLS:
		return c.opts.TLSTimeout
	}
	return c.opts.HeaderTimeout
}

func isTLSFault(err error) bool {
	var (
		verify *tls.CertificateVerificationError
		record tls.RecordHeaderError
		alert  tls.AlertError
		name   x509.HostnameError
		signer x509.UnknownAuthorityError
		op     *net.OpError
	)
	if errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error") {
		return true // an alert of the peer or to it: crypto/tls has no other type for them
	}
	return errors.As(err, &verify) || errors.As(err, &record) || errors.As(err, &alert) ||
		errors.As(err, &name) || errors.As(err, &signer) || errors.Is(err, http.ErrSchemeMismatch)
}

func isConnectionFault(err error) bool {
	var network net.Error
	var number syscall.Errno
	return errors.As(err, &network) || errors.As(err, &number) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// discard ends an answer whose body nobody reads.
func (a *answer) discard() {
	_, _ = io.CopyN(io.Discard, a.Body, discardBytes)
	_ = a.Body.Close()
}

// status turns an answer into the fault that its status means, and ends it.
func (a *answer) status() error {
	a.body.pass.settle(nil)
	a.discard()
	return &StatusError{URL: display(a.url), Code: a.StatusCode, RetryAfter: retryAfter(a.Header)}
}
