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

// join attaches to the work of that key, or starts it and says so. Work over the limit is refused with a [BusyError].
// Whoever joins leaves.
func (f *flights[V]) join(key string, limit int, work func(context.Context) (V, error)) (fl *flight[V], started bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stopped {
		return nil, false, ErrClosed
	}
	if fl := f.running[key]; fl != nil {
		fl.holds++
		return fl, false, nil
	}
	if len(f.running) >= limit {
		return nil, false, &BusyError{RetryAfter: retryAfter}
	}
	if f.running == nil {
		f.running = map[string]*flight[V]{}
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	fl = &flight[V]{start: time.Now(), done: make(chan struct{}), cancel: cancel, holds: 2}
	f.running[key] = fl
	f.wg.Go(func() {
		value, err := work(ctx)
		cancel(nil)
		f.mu.Lock()
		fl.value, fl.err = value, err
		delete(f.running, key)
		f.mu.Unlock()
		close(fl.done)
		f.leave(fl)
	})
	return fl, true, nil
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
