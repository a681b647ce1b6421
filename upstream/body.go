package upstream

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// body is a response body that ends with io.EOF only when it is whole, that does not wait for ever for the next
// byte, and that gives its slot back when it is closed.
type body struct {
	rc     io.ReadCloser
	ctx    context.Context // of the one request; it has no other way to learn why its connection went
	cancel context.CancelCauseFunc
	pass   *pass
	url    *url.URL
	idle   time.Duration
	timer  *time.Timer
	got    int64
	want   int64 // -1 = not announced
	limit  int64
	err    error
	once   sync.Once
}

func newBody(ctx context.Context, cancel context.CancelCauseFunc, p *pass, res *http.Response, limit int64, idle time.Duration, u *url.URL) *body {
	b := &body{
		rc: res.Body, ctx: ctx, cancel: cancel, pass: p, url: u,
		idle: idle, want: res.ContentLength, limit: limit,
	}
	b.timer = time.AfterFunc(idle, func() { cancel(&TimeoutError{Stage: StageBody, After: idle}) })
	b.timer.Stop()
	return b
}

// Read keeps the clock only while it waits for upstream: a slow reader is no fault of the index.
func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	b.timer.Reset(b.idle)
	n, err := b.rc.Read(p)
	b.timer.Stop()
	b.got += int64(n)
	switch {
	case b.got > b.limit:
		b.err = &TooLargeError{URL: display(b.url), Limit: b.limit}
		return 0, b.err
	case b.want >= 0 && b.got > b.want:
		b.err = &ProtocolError{URL: display(b.url), Problem: "body is longer than announced"}
		return 0, b.err
	}
	if err != nil {
		b.err = b.end(err)
	}
	return n, b.err
}

// end gives the error of a read its type.
func (b *body) end(err error) error {
	switch {
	case errors.Is(err, io.EOF) && (b.want < 0 || b.got == b.want):
		b.pass.settle(nil)
		return io.EOF
	case b.ctx.Err() != nil:
		err = contextFault(b.ctx, b.url)
		b.pass.settleFault(b.ctx, err)
		return err
	default:
		b.pass.settle(nil) // it answers, and nobody has to wait for that
		return &TruncatedError{URL: display(b.url), Got: b.got, Want: b.want, Err: err}
	}
}

// Close frees the connection and the slot. It may be called twice.
func (b *body) Close() error {
	b.once.Do(func() {
		b.timer.Stop()
		_ = b.rc.Close()
		b.cancel(nil)
		b.pass.leave()
	})
	return nil
}
