package upstream

import (
	"context"
	"errors"
	"sync"
	"time"
)

// maxHosts bounds the memory of hosts: links may name as many as their author likes.
const maxHosts = 1024

// patience is how long a caller must have waited until its own deadline counts against the host.
const patience = time.Second

// class keeps downloads from starving pages: each has its own slots.
type class uint8

const (
	classPage class = iota
	classFile
	classes
)

// hosts knows for each host how many requests are under way and whether it answers.
type hosts struct {
	slots int
	limit int // failures in a row before a rest; 0 = no rest
	pause time.Duration
	now   func() time.Time

	mu  sync.Mutex
	all map[string]*host
}

// host is one host:port. It rests after hosts.limit failures in a row: requests fail at once until the pause is over,
// then one request may try, and its outcome decides.
type host struct {
	set   *hosts
	slots [classes]chan struct{}

	users int // guarded by hosts.mu

	mu       sync.Mutex
	failures int
	until    time.Time // end of the rest
	probing  bool      // one request is trying
	last     error
}

func newHosts(o *Options) *hosts {
	return &hosts{slots: o.MaxPerHost, limit: max(o.BreakerLimit, 0), pause: o.BreakerPause, now: time.Now, all: map[string]*host{}}
}

// get returns the host of a key, counted as in use until put.
func (s *hosts) get(key string) *host {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.all[key]
	if h == nil {
		if len(s.all) >= maxHosts {
			s.forget()
		}
		h = &host{set: s}
		for i := range h.slots {
			h.slots[i] = make(chan struct{}, s.slots)
		}
		s.all[key] = h
	}
	h.users++
	return h
}

// forget drops the hosts that nobody uses now.
func (s *hosts) forget() {
	for k, h := range s.all {
		if h.users == 0 {
			delete(s.all, k)
		}
	}
}

func (s *hosts) put(h *host) {
	s.mu.Lock()
	h.users--
	s.mu.Unlock()
}

// pass is the permission for one request. The holder calls settle once when the host has shown whether it answers, and
// leave when the request is over.
type pass struct {
	host    *host
	class   class
	probe   bool
	started time.Time
	settled bool // guarded by host.mu
}

// enter waits for a slot of the host. It returns *UnreachableError without URL when the host rests.
func (s *hosts) enter(ctx context.Context, key string, c class) (*pass, error) {
	h := s.get(key)
	// Asked before waiting: the slots of a hanging host are taken by requests that hang.
	if err := h.resting(key); err != nil {
		s.put(h)
		return nil, err
	}
	select {
	case h.slots[c] <- struct{}{}:
	case <-ctx.Done():
		s.put(h)
		return nil, ctx.Err()
	}
	p := &pass{host: h, class: c, started: s.now()}
	if err := h.admit(key, p); err != nil {
		p.leave()
		return nil, err
	}
	return p, nil
}

// resting reports the rest that the host is in, without taking the one try after it.
func (h *host) resting(key string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.rest(key)
}

func (h *host) rest(key string) error {
	if h.set.limit == 0 || h.failures < h.set.limit {
		return nil
	}
	left := h.until.Sub(h.set.now())
	if left <= 0 && !h.probing {
		return nil
	}
	return &UnreachableError{Host: key, Rest: max(left, time.Millisecond), Err: h.last}
}

func (h *host) admit(key string, p *pass) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.rest(key); err != nil {
		return err
	}
	p.probe = h.set.limit > 0 && h.failures >= h.set.limit
	h.probing = h.probing || p.probe
	return nil
}

// settle records the outcome: nil means that the host answers. Only the first call counts.
func (p *pass) settle(failure error) {
	h := p.host
	h.mu.Lock()
	defer h.mu.Unlock()
	if p.settled {
		return
	}
	p.settled = true
	if p.probe {
		h.probing = false
	}
	if failure == nil {
		h.failures, h.last, h.until = 0, nil, time.Time{}
		return
	}
	h.failures++
	var slow *TimeoutError
	if errors.As(failure, &slow) && (slow.Stage == StageConnect || slow.Stage == StageTLS) {
		h.failures = max(h.failures, h.set.limit) // nobody is there: the next would wait as long for as little
	}
	h.last = failure
	h.until = h.set.now().Add(h.set.pause)
}

// abandon ends the request without an outcome: its caller left before the host could show one.
func (p *pass) abandon() {
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	if !p.settled && p.probe {
		p.host.probing = false
	}
	p.settled = true
}

// leave frees the slot.
func (p *pass) leave() {
	p.abandon()
	<-p.host.slots[p.class]
	p.host.set.put(p.host)
}
