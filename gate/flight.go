package gate

import (
	"context"
	"sync"
	"time"
)

// flights runs a piece of work once for all who ask for it at the same time. The work has a context of its own, so
// that it outlives everybody who gives up waiting; only stop ends it early. The zero value is ready.
type flights[V any] struct {
	drop func(V) // called once for a value that nobody holds any longer; nil = values need no end

	mu      sync.Mutex
	running map[string]*flight[V]
	started map[string]int // how many of them each client started
	stopped bool
	wg      sync.WaitGroup
}

// flight is one piece of work and its outcome.
type flight[V any] struct {
	start  time.Time
	done   chan struct{} // closed when value and err are set
	cancel context.CancelCauseFunc
	value  V
	err    error
	holds  int // the work itself and all who joined; guarded by flights.mu
}

// maxStarted is how many pieces of work run at once that one client started: half of what the gate takes by default, so
// that no client shuts out the others, and room for five uv clients behind one address with their 50 requests each.
const maxStarted = 256

// errand names a piece of work and who asks for it.
type errand struct {
	key    string
	client string // "" = not known, and not counted
	limit  int    // of pieces of work at once
}

// join attaches to the work of that key, or starts it and says so. Work over the limits is refused with a [BusyError].
// Whoever joins leaves.
func (f *flights[V]) join(e errand, work func(context.Context) (V, error)) (fl *flight[V], started bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stopped {
		return nil, false, ErrClosed
	}
	if fl := f.running[e.key]; fl != nil {
		fl.holds++
		return fl, false, nil
	}
	if len(f.running) >= e.limit || f.started[e.client] >= maxStarted {
		return nil, false, &BusyError{RetryAfter: retryAfter}
	}
	if f.running == nil {
		f.running, f.started = map[string]*flight[V]{}, map[string]int{}
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	fl = &flight[V]{start: time.Now(), done: make(chan struct{}), cancel: cancel, holds: 2}
	f.running[e.key] = fl
	f.count(e.client, 1)
	f.wg.Go(func() {
		value, err := work(ctx)
		cancel(nil)
		f.mu.Lock()
		fl.value, fl.err = value, err
		delete(f.running, e.key)
		f.count(e.client, -1)
		f.mu.Unlock()
		close(fl.done)
		f.leave(fl)
	})
	return fl, true, nil
}

// count notes that a client has more or less work under way. f.mu is held.
func (f *flights[V]) count(client string, n int) {
	if client == "" {
		return
	}
	if f.started[client] += n; f.started[client] == 0 {
		delete(f.started, client)
	}
}

// leave gives up one hold. The last one drops the value.
func (f *flights[V]) leave(fl *flight[V]) {
	f.mu.Lock()
	fl.holds--
	last := fl.holds == 0
	f.mu.Unlock()
	if last && fl.err == nil && f.drop != nil {
		f.drop(fl.value)
	}
}

// stop takes no more work and waits for what runs; when ctx ends first it cancels that, waits for it all the same and
// returns the context's error.
func (f *flights[V]) stop(ctx context.Context) error {
	f.mu.Lock()
	f.stopped = true
	f.mu.Unlock()
	idle := make(chan struct{})
	go func() {
		f.wg.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
	}
	f.mu.Lock()
	for _, fl := range f.running {
		fl.cancel(ErrClosed)
	}
	f.mu.Unlock()
	<-idle
	return ctx.Err()
}
