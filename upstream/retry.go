package upstream

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxRetryWait  = 3 * time.Second // an index that asks for more gets no second try now; its page goes stale instead
	maxRetryAfter = 24 * time.Hour  // what a Retry-After may say; more is taken for this
)

// retry calls f again while its fault is one that a second try may cure: the guard only reads, so every request may
// be repeated.
func (c *Client) retry(ctx context.Context, f func() error) error {
	for try := 0; ; try++ {
		err := f()
		if err == nil || try >= c.opts.Retries || !curable(err) {
			return err
		}
		wait := c.opts.RetryDelay << min(try, 16)
		wait = wait/2 + rand.N(wait) // half to one and a half: clients that failed together do not come back together
		var status *StatusError
		if errors.As(err, &status) {
			wait = max(wait, status.RetryAfter)
		}
		if wait > maxRetryWait || !sleep(ctx, wait) {
			return err
		}
	}
}

// curable excludes timeouts: who waited for one header long enough does not wait for another.
func curable(err error) bool {
	var status *StatusError
	if errors.As(err, &status) {
		switch status.Code {
		case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return true
		}
		return false
	}
	var unreachable *UnreachableError
	if errors.As(err, &unreachable) {
		return unreachable.Rest == 0
	}
	var cut *TruncatedError
	return errors.As(err, &cut)
}

// sleep waits, and reports false when the context ends first or would.
func sleep(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// retryAfter reads Retry-After (RFC 9110, 10.2.3): seconds or a date. 0 when there is none.
func retryAfter(h http.Header) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0
	}
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return min(time.Duration(n)*time.Second, maxRetryAfter)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(time.Until(at), 0), maxRetryAfter)
}
