package cache

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"

	"pipwarden/pypi"
)

// Event is something that happened, for the audit trail. Texts are cut at 2 kB.
type Event struct {
	ID       uint64        `json:"id"`   // given by the store; grows by one
	Time     time.Time     `json:"time"` // zero = now
	Kind     string        `json:"kind"` // "decided", ...
	Session  string        `json:"session,omitempty"`
	Client   string        `json:"client,omitempty"`
	Index    string        `json:"index,omitempty"`
	Project  pypi.Name     `json:"project,omitempty"`
	Filename string        `json:"filename,omitempty"`
	SHA256   string        `json:"sha256,omitempty"`
	Action   string        `json:"action,omitempty"`
	Code     string        `json:"code,omitempty"`
	Reason   string        `json:"reason,omitempty"`
	Setting  string        `json:"setting,omitempty"`
	Cached   bool          `json:"cached,omitempty"`
	Bytes    int64         `json:"bytes,omitempty"`
	Elapsed  time.Duration `json:"elapsed,omitempty"` // nanoseconds
}

// clip bounds the texts of e, some of which come from packages.
func (e *Event) clip() {
	project := string(e.Project)
	for _, t := range []*string{&e.Kind, &e.Session, &e.Client, &e.Index, &project, &e.Filename,
		&e.SHA256, &e.Action, &e.Code, &e.Reason, &e.Setting} {
		if len(*t) > maxEventText {
			*t = strings.ToValidUTF8((*t)[:maxEventText], "")
		}
	}
	e.Project = pypi.Name(project)
}

// journal is the way of events into the database: a bounded queue and one
// goroutine that writes batches.
type journal struct {
	queue chan queued
	lost  atomic.Uint64 // dropped since the store was opened
	last  atomic.Uint64 // newest id in the database
	first uint64        // oldest id in the database; of the writing goroutine

	mu   sync.Mutex
	subs map[chan Event]bool // nil after Close
}

// queued is an event, or a question whether all before it are written.
type queued struct {
	event   Event
	written chan<- struct{} // not nil: no event
}

func (j *journal) init() {
	j.queue = make(chan queued, eventQueue)
	j.subs = make(map[chan Event]bool)
}

// loadEvents finds the oldest and the newest event.
func (s *Store) loadEvents() error {
	j := &s.events
	err := s.db.each(keyEvent, nil, false, func(it *badger.Item) error {
		j.first = eventID(it)
		return errStop
	})
	if err != nil {
		return err
	}
	v, err := s.db.get(keyLastEvent)
	if err == nil && len(v) == 8 {
		j.last.Store(binary.BigEndian.Uint64(v))
	}
	return ignoreAbsent(err)
}

func eventKey(id uint64) []byte { return binary.BigEndian.AppendUint64([]byte{keyEvent}, id) }

func eventID(it *badger.Item) uint64 {
	if k := it.Key(); len(k) == 9 {
		return binary.BigEndian.Uint64(k[1:])
	}
	return 0
}

// Append queues e for the database and the subscribers. It never waits: when
// the queue is full the event is dropped, counted and the loss logged.
func (s *Store) Append(e Event) {
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	if s.isClosed() {
		s.events.lost.Add(1)
		return
	}
	select {
	case s.events.queue <- queued{event: e}:
	default:
		s.events.lost.Add(1)
	}
}

// Flush waits until all events appended before are in the database.
func (s *Store) Flush(ctx context.Context) error {
	written := make(chan struct{})
	select {
	case s.events.queue <- queued{written: written}:
	case <-s.stop:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-written:
		return nil
	case <-s.stop:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// LastEventID is the newest event's id; 0 when there was none yet.
func (s *Store) LastEventID() uint64 { return s.events.last.Load() }

// Events returns the events after id since, oldest first, at most limit; 0 =
// 1000. Those appended before the call are among them. Ids have no holes but at
// the old end, where events expire: the newest n are those since LastEventID()-n.
func (s *Store) Events(ctx context.Context, since uint64, limit int) ([]Event, error) {
	if err := s.Flush(ctx); err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	if limit <= 0 {
		limit = defaultEvents
	}
	var out []Event
	err := s.db.each(keyEvent, eventKey(since + 1)[1:], true, func(it *badger.Item) error {
		v, err := it.ValueCopy(nil)
		if err != nil {
			return err
		}
		var e Event
		b, err := s.pack.unpack(v)
		if err == nil && json.Unmarshal(b, &e) == nil {
			out = append(out, e)
		}
		if len(out) == limit || ctx.Err() != nil {
			return errStop
		}
		return nil
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	return out, nil
}

// Subscribe returns a channel of all events from now on, with their ids. It is
// closed when ctx or the store ends. A subscriber that does not keep up misses
// events; the ids show it, and Events has them.
func (s *Store) Subscribe(ctx context.Context) <-chan Event {
	j := &s.events
	c := make(chan Event, subscriberQueue)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.subs == nil {
		close(c)
		return c
	}
	j.subs[c] = true
	context.AfterFunc(ctx, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		if j.subs[c] {
			delete(j.subs, c)
			close(c)
		}
	})
	return c
}

// publish hands events to the subscribers without waiting for them.
func (j *journal) publish(events []Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for c := range j.subs {
		for _, e := range events {
			select {
			case c <- e:
			default:
			}
		}
	}
}

func (j *journal) closeSubscribers() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for c := range j.subs {
		close(c)
	}
	j.subs = nil
}

// journalEvents writes queued events until Close, and then what is left.
func (s *Store) journalEvents() {
	defer s.events.closeSubscribers()
	var reported uint64
	for {
		select {
		case q := <-s.events.queue:
			s.writeQueued(q)
		case <-s.stop:
			for len(s.events.queue) > 0 {
				s.writeQueued(<-s.events.queue)
			}
			return
		}
		if lost := s.events.lost.Load(); lost > reported {
			s.log.Error("events were lost", "count", lost-reported)
			reported = lost
		}
	}
}

// writeQueued writes q and what else is waiting, up to one batch.
func (s *Store) writeQueued(q queued) {
	var events []Event
	var asked []chan<- struct{}
	for n := 1; ; n++ {
		if q.written != nil {
			asked = append(asked, q.written)
		} else {
			events = append(events, q.event)
		}
		if n == eventBatch || len(s.events.queue) == 0 {
			break
		}
		q = <-s.events.queue
	}
	s.writeEvents(events)
	for _, c := range asked {
		close(c)
	}
}

func (s *Store) writeEvents(events []Event) {
	if len(events) == 0 {
		return
	}
	last := s.events.last.Load()
	for i := range events {
		events[i].ID = last + uint64(i) + 1
		events[i].clip()
	}
	err := s.db.writeEach(len(events), func(txn *badger.Txn, i int) error {
		e := &events[i]
		if err := txn.SetEntry(write{eventKey(e.ID), s.packEvent(e), eventLife}.entry()); err != nil {
			return err
		}
		return txn.Set(keyLastEvent, binary.BigEndian.AppendUint64(nil, e.ID))
	})
	if err != nil {
		s.events.lost.Add(uint64(len(events)))
		if !errors.Is(err, fs.ErrClosed) {
			s.log.Error("cannot write events", "error", err)
		}
		return
	}
	s.events.last.Store(last + uint64(len(events)))
	s.events.publish(events)
	s.trimEvents(maxEvents)
}

// packEvent returns the stored form of e.
func (s *Store) packEvent(e *Event) []byte {
	b, err := json.Marshal(e)
	if err != nil { // the only thing that can be wrong with an event
		e.Time = time.Now()
		b, _ = json.Marshal(e)
	}
	return s.pack.pack(b)
}

// trimEvents removes the oldest events above the limit, some at a time.
func (s *Store) trimEvents(limit uint64) {
	j := &s.events
	last := j.last.Load()
	if last < j.first+limit+eventBatch {
		return
	}
	first, n := j.first, int(last-limit-j.first+1)
	err := s.db.writeEach(n, func(txn *badger.Txn, i int) error {
		return txn.Delete(eventKey(first + uint64(i)))
	})
	if err != nil {
		s.log.Error("cannot remove old events", "error", err)
		return
	}
	j.first = last - limit + 1
}
