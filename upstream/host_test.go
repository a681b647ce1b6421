package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const testPause = 5 * time.Second

func testHosts() *hosts {
	return newHosts(&Options{MaxPerHost: 2, BreakerLimit: 3, BreakerPause: testPause})
}

// fail has n requests to a host fail.
func fail(t *testing.T, s *hosts, key string, n int, err error) {
	t.Helper()
	for range n {
		p, enterErr := s.enter(context.Background(), key, classPage)
		if enterErr != nil {
			t.Fatal(enterErr)
		}
		p.settle(err)
		p.leave()
	}
}

func rests(s *hosts, key string) bool {
	p, err := s.enter(context.Background(), key, classPage)
	if err == nil {
		p.leave()
		return false
	}
	var e *UnreachableError
	return errors.As(err, &e) && e.Rest > 0 && e.Rest <= testPause
}

// TestBreaker: a host that fails three times in a row rests; then one request decides.
func TestBreaker(t *testing.T) {
	refused := &UnreachableError{Host: "a:1", Err: errors.New("refused")}
	synctest.Test(t, func(t *testing.T) {
		s := testHosts()
		fail(t, s, "a:1", 2, refused)
		fail(t, s, "a:1", 1, nil)
		fail(t, s, "a:1", 2, refused)
		if rests(s, "a:1") {
			t.Error("rests, though it answered in between")
		}
		fail(t, s, "a:1", 1, refused)
		if !rests(s, "a:1") || rests(s, "b:1") {
			t.Error("only the host that failed three times is to rest")
		}
		time.Sleep(testPause)
		probe, err := s.enter(context.Background(), "a:1", classPage)
		if err != nil {
			t.Fatalf("nobody may try after the pause: %v", err)
		}
		if !rests(s, "a:1") {
			t.Error("a second request goes along with the one that tries")
		}
		probe.settle(refused)
		probe.leave()
		if !rests(s, "a:1") {
			t.Error("the failed try does not lengthen the rest")
		}
		time.Sleep(testPause)
		probe, err = s.enter(context.Background(), "a:1", classFile)
		if err != nil {
			t.Fatal(err)
		}
		probe.leave() // its caller left: no outcome, the next may try
		probe, err = s.enter(context.Background(), "a:1", classPage)
		if err != nil {
			t.Fatalf("an abandoned try blocks the host: %v", err)
		}
		probe.settle(nil)
		probe.leave()
		fail(t, s, "a:1", 2, refused)
		if rests(s, "a:1") {
			t.Error("the failures from before the answer still count")
		}
	})
}

// TestBreakerNobodyThere: one connection that nobody took is enough, since each further one would wait as long.
func TestBreakerNobodyThere(t *testing.T) {
	s := testHosts()
	fail(t, s, "a:1", 1, &TimeoutError{Stage: StageHeader})
	if rests(s, "a:1") {
		t.Error("one slow answer is enough for a rest")
	}
	fail(t, s, "b:1", 1, &TimeoutError{Stage: StageConnect})
	if !rests(s, "b:1") {
		t.Error("no rest after a connection that timed out")
	}
}

func TestBreakerOff(t *testing.T) {
	s := newHosts(&Options{MaxPerHost: 1, BreakerLimit: -1})
	fail(t, s, "a:1", 10, &TimeoutError{Stage: StageConnect})
	if rests(s, "a:1") {
		t.Error("rests")
	}
}

// TestSlots: pages wait for pages and files for files, and who leaves while waiting leaves nothing behind.
func TestSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testHosts()
		var passes []*pass
		for range 2 {
			p, err := s.enter(context.Background(), "a:1", classPage)
			if err != nil {
				t.Fatal(err)
			}
			passes = append(passes, p)
		}
		file, err := s.enter(context.Background(), "a:1", classFile)
		if err != nil {
			t.Fatalf("a file waits for pages: %v", err)
		}
		file.leave()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if _, err := s.enter(ctx, "a:1", classPage); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("third page: %v", err)
		}
		for _, p := range passes {
			p.leave()
		}
		if h := s.all["a:1"]; h.users != 0 || len(h.slots[classPage]) != 0 {
			t.Errorf("%d users and %d slots are left", h.users, len(h.slots[classPage]))
		}
	})
}

// TestSlotsBreak: who waited for a slot while the host went to rest does not ask it any more.
func TestSlotsBreak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testHosts()
		a, errA := s.enter(context.Background(), "a:1", classPage)
		b, errB := s.enter(context.Background(), "a:1", classPage)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		got := make(chan error)
		go func() {
			p, err := s.enter(context.Background(), "a:1", classPage)
			if err == nil {
				p.leave()
			}
			got <- err
		}()
		synctest.Wait()
		a.settle(&TimeoutError{Stage: StageConnect})
		a.leave()
		if err := <-got; !is[*UnreachableError](err) {
			t.Errorf("the waiting request got %v", err)
		}
		b.leave()
	})
}

// TestRestBeforeSlot: who asks a resting host whose slots are all taken hears so at once.
func TestRestBeforeSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testHosts()
		var passes []*pass
		for range 2 {
			p, err := s.enter(context.Background(), "a:1", classPage)
			if err != nil {
				t.Fatal(err)
			}
			passes = append(passes, p)
		}
		passes[0].settle(&TimeoutError{Stage: StageConnect})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if _, err := s.enter(ctx, "a:1", classPage); !is[*UnreachableError](err) {
			t.Errorf("enter: %v", err)
		}
		for _, p := range passes {
			p.leave()
		}
	})
}

// TestHostsBounded: links to ever new hosts do not grow the memory.
func TestHostsBounded(t *testing.T) {
	s := testHosts()
	held, err := s.enter(context.Background(), "held:1", classPage)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 * maxHosts {
		p, err := s.enter(context.Background(), fmt.Sprintf("host-%d:1", i), classFile)
		if err != nil {
			t.Fatal(err)
		}
		p.leave()
	}
	if len(s.all) > maxHosts || s.all["held:1"] == nil {
		t.Errorf("%d hosts are kept, the one in use: %v", len(s.all), s.all["held:1"] != nil)
	}
	held.leave()
}

// TestHangingIndexFailsFast: after three hanging requests the index is not asked for a while, and its pages fail at once.
func TestHangingIndexFailsFast(t *testing.T) {
	var asked atomic.Int32
	index := rawServer(t, func(_ net.Conn, done <-chan struct{}) {
		asked.Add(1)
		<-done
	})
	c := newClient(t, index, func(o *Options) { o.HeaderTimeout, o.BreakerPause = short, time.Hour })
	for range DefaultBreakerLimit {
		if _, err := getPage(c, "demo"); !isTimeout(StageHeader)(err) {
			t.Fatalf("Page: %T %v", err, err)
		}
	}
	_, err := getPage(c, "demo")
	var e *UnreachableError
	if !errors.As(err, &e) || e.Rest == 0 || e.URL == "" || !isTimeout(StageHeader)(e.Err) || asked.Load() != DefaultBreakerLimit {
		t.Errorf("Page: %T %v after %d requests", err, err, asked.Load())
	}
}

// TestImpatientCaller: a caller whose own deadline is shorter than the limits counts, when it has waited for a while.
func TestImpatientCaller(t *testing.T) {
	p := func(waited time.Duration, caller error, err error) int {
		now := time.Now()
		s := testHosts()
		s.now = func() time.Time { return now }
		pass, enterErr := s.enter(context.Background(), "a:1", classPage)
		if enterErr != nil {
			t.Fatal(enterErr)
		}
		now = now.Add(waited)
		ctx := context.Context(endedContext{err: caller})
		pass.settleFault(ctx, err)
		pass.leave()
		return s.all["a:1"].failures
	}
	tests := []struct {
		name        string
		waited      time.Duration
		caller, err error
		want        int
	}{
		{"long wait", 2 * patience, context.DeadlineExceeded, context.DeadlineExceeded, 1},
		{"short wait", patience / 2, context.DeadlineExceeded, context.DeadlineExceeded, 0},
		{"caller hung up", 2 * patience, context.Canceled, context.Canceled, 0},
		{"answered nonsense", 2 * patience, nil, &ProtocolError{}, 0},
		{"limit of its own", 0, context.DeadlineExceeded, &TimeoutError{}, 1},
	}
	for _, tt := range tests {
		if got := p(tt.waited, tt.caller, tt.err); got != tt.want {
			t.Errorf("%s: %d failures, want %d", tt.name, got, tt.want)
		}
	}
}

// endedContext is a context in a given state.
type endedContext struct {
	context.Context
	err error
}

func (c endedContext) Err() error { return c.err }

// TestFileAnswersCount: a file that is answered clears the host's record before its body is read.
func TestFileAnswersCount(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "file") })
	c := newClient(t, s.URL)
	key := hostPort(c.Indexes()[0].URL)
	fail(t, c.hosts, key, 2, &UnreachableError{})
	f, err := c.File(context.Background(), FileRequest{Index: c.Indexes()[0], URL: s.URL + "/f"})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Body.Close()
	if n := c.hosts.all[key].failures; n != 0 {
		t.Errorf("%d failures still count", n)
	}
}
