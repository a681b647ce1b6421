package cache

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func (o opened) wantEvents(t *testing.T, since uint64, limit int, kinds ...string) {
	t.Helper()
	events, err := o.Events(t.Context(), since, limit)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, e := range events {
		got = append(got, e.Kind)
		if i > 0 && e.ID != events[i-1].ID+1 {
			t.Errorf("event %d follows %d", e.ID, events[i-1].ID)
		}
	}
	if diff := cmp.Diff(kinds, got); diff != "" {
		t.Errorf("events since %d (-want +got):\n%s", since, diff)
	}
}

func TestEvents(t *testing.T) {
	s := newStore(t)
	s.wantEvents(t, 0, 0)
	ctx, cancel := context.WithCancel(t.Context())
	live := s.Subscribe(ctx)
	for _, kind := range []string{"a", "b", "c"} {
		s.Append(Event{Kind: kind})
	}
	s.wantEvents(t, 0, 0, "a", "b", "c")
	s.wantEvents(t, 1, 1, "b")
	s.wantEvents(t, 3, 0)
	for i, want := range []string{"a", "b", "c"} {
		if e := <-live; e.Kind != want || e.ID != uint64(i+1) || e.Time.IsZero() {
			t.Errorf("live event %+v; want %s with id %d and a time", e, want, i+1)
		}
	}
	cancel()
	if _, open := <-live; open {
		t.Error("subscription outlives its context")
	}
	s = s.reopen(t)
	s.Append(Event{Kind: "d", Reason: strings.Repeat("é", maxEventText)})
	s.wantEvents(t, 2, 0, "c", "d")
	if id := s.LastEventID(); id != 4 {
		t.Errorf("newest id is %d after a restart; want 4", id)
	}
	events, err := s.Events(t.Context(), 3, 0)
	if err != nil || len(events[0].Reason) > maxEventText || len(events[0].Reason) < maxEventText-2 {
		t.Errorf("long text: %d bytes, %v", len(events[0].Reason), err)
	}
}

// Events that were appended before Close are written.
func TestEventsAreWrittenByClose(t *testing.T) {
	s := newStore(t)
	const n = 3 * eventBatch
	for range n {
		s.Append(Event{Kind: "x"})
	}
	s = s.reopen(t)
	if got := s.LastEventID(); got != n {
		t.Errorf("%d of %d events are there after Close", got, n)
	}
}

func TestFullQueueLosesAndCounts(t *testing.T) {
	s := newStore(t)
	s.db.mu.Lock() // the database stands still
	const n = eventQueue + 3*eventBatch
	for range n {
		s.Append(Event{Kind: "x"})
	}
	s.db.mu.Unlock()
	st, err := s.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if st.LostEvents == 0 || st.Events+int(st.LostEvents) != n {
		t.Errorf("%d events stored, %d lost; want %d together and some lost", st.Events, st.LostEvents, n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if !s.log.has("events were lost") {
		t.Error("the log does not say that events were lost")
	}
}

func TestOldEventsGo(t *testing.T) {
	s := newStore(t)
	const limit, n = 10, 4 * eventBatch
	for range n {
		s.Append(Event{Kind: "x", Time: time.Date(99999, 1, 1, 0, 0, 0, 0, time.UTC)})
	}
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, s.dir)
	s.trimEvents(limit)
	events, err := s.Events(t.Context(), 0, n)
	if err != nil || len(events) != limit || events[limit-1].ID != n {
		t.Errorf("%d events are left, %v; want the newest %d", len(events), err, limit)
	}
}
