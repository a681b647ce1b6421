package gate

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"time"

	"pipwarden/cache"
	"pipwarden/policy"
)

// Ticket is an admission under way. Whoever starts one closes it.
type Ticket struct {
	gate  *Gate
	r     Request
	start time.Time

	done   <-chan struct{}
	ruling *ruling           // what is known from the start; the answer when there is no flight
	blob   *cache.Blob       // opened at the start, until Result hands it out
	err    error             // why there is no answer
	flight *flight[*outcome] // the work that is waited for; nil = none

	once sync.Once
}

// Start begins what [Gate.Admit] does and returns at once, for callers that have something to do while they wait.
func (g *Gate) Start(r Request) *Ticket {
	g.once.Do(g.init)
	t := &Ticket{gate: g, r: r, start: g.Now(), done: closed}
	t.ruling, t.err = g.consider(&t.r)
	switch {
	case t.err != nil, t.ruling.decision.Action == policy.Block:
		return t
	case t.ruling.record != nil:
		var err error
		t.blob, err = g.Store.Open(t.ruling.sha256)
		switch {
		case err == nil:
			return t
		case !errors.Is(err, fs.ErrNotExist):
			t.err = &StoreError{Filename: r.Filename.Text, Err: err}
			return t
		}
	}
	t.board(t.ruling.sha256)
	return t
}

// board joins the job of the file.
func (t *Ticket) board(sha256 string) {
	t.flight, _, t.err = t.gate.jobs.join(errand{jobKey(&t.r), t.r.ClientID, t.gate.MaxJobs}, func(ctx context.Context) (*outcome, error) {
		return t.gate.bring(ctx, &t.r, sha256)
	})
	if t.err == nil {
		t.done, t.start = t.flight.done, t.flight.start
	}
}

// Done is closed when Result would answer at once.
func (t *Ticket) Done() <-chan struct{} { return t.done }

// Started is when the work began that is waited for, be it for this ticket or for an earlier one.
func (t *Ticket) Started() time.Time { return t.start }

// Result waits for the end of the work, decides by the policy of that moment and opens the file. It is called once.
// The admission's blob is the caller's to close.
func (t *Ticket) Result() (*Admission, error) {
	<-t.done
	if t.err != nil {
		return nil, t.err
	}
	a, err := t.admit()
	if err != nil {
		return nil, err
	}
	t.gate.tell(&t.r, a, t.start)
	return a, nil
}

// admit makes the admission. This is the only place that gives a blob away.
func (t *Ticket) admit() (*Admission, error) {
	g, cached := t.gate, true
	if t.flight != nil {
		if t.flight.err != nil {
			return nil, t.flight.err
		}
		o := t.flight.value
		cached = !o.fetched
		if o.refused != nil {
			return &Admission{Decision: o.refused.decision}, nil
		}
		var err error
		if t.ruling, err = g.consider(&t.r); err != nil {
			return nil, err
		}
	}
	m := t.ruling
	a := &Admission{Decision: m.decision, Record: m.record, SHA256: m.sha256, Cached: cached}
	if m.decision.Action == policy.Block {
		return a, nil
	}
	if m.record == nil {
		return nil, errUnjudged
	}
	if t.blob == nil {
		var err error
		if t.blob, err = g.Store.Open(m.sha256); err != nil {
			return nil, &StoreError{Filename: t.r.Filename.Text, Err: err}
		}
	}
	if err := g.pin(&t.r, m); err != nil {
		return nil, err
	}
	a.Blob, t.blob = t.blob, nil
	return a, nil
}

// Close gives the ticket back. The work goes on. It does not close the blob that Result gave.
func (t *Ticket) Close() {
	t.once.Do(func() {
		if t.blob != nil {
			_ = t.blob.Close()
		}
		if t.flight != nil {
			t.gate.jobs.leave(t.flight)
		}
	})
}

// closed is the Done of tickets that never had to wait.
var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()
