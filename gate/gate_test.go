package gate

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"pipwarden/cache"
	"pipwarden/internal/pypitest"
	"pipwarden/policy"
)

func TestAdmitFetchesScansAndServesOnce(t *testing.T) {
	w := newWorld(t, build{})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	r := w.request(f)

	if got := w.mustAdmit(r, f); got.Cached {
		t.Error("the first admission says that nothing was fetched")
	}
	if got := w.mustAdmit(r, f); !got.Cached {
		t.Error("the second admission says that the file was fetched")
	}
	w.fetched(f.Path, 1)

	a, err := w.Admit(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if a.SHA256 != f.SHA256 || a.Record == nil || a.Record.Report.SHA256 != f.SHA256 || a.Record.Report.Files != nil {
		t.Errorf("admission = %+v", a)
	}
	rec, err := w.Store.Report(cache.ReportKey{SHA256: f.SHA256, Filename: f.Filename, Scanner: w.Scanner.Fingerprint()})
	if err != nil || len(rec.Report.Files) == 0 {
		t.Errorf("stored report = %v, %v; want one with its files", rec, err)
	}
}

func TestAdmitServesFromTheStoreWithoutUpstream(t *testing.T) {
	w := newWorld(t, build{})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	r := w.request(f)
	w.mustAdmit(r, f)
	w.index.SetOffline(true)
	w.memo = memo{} // what a new process knows
	w.mustAdmit(r, f)
}

func TestScreenedOutIsNotFetched(t *testing.T) {
	w := newWorld(t, build{policy: deny("demo")})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	w.mustBlock(w.request(f), policy.CodeDenied)
	w.fetched(f.Path, 0)
}

func TestRefusedByItsReportNeedsNoFileAfterwards(t *testing.T) {
	w := newWorld(t, build{})
	f := w.index.Add(pypitest.Wheel("demo", "1.0", "demo/__init__.py", "EVIL = 1\n"))
	r := w.request(f)
	w.mustBlock(r, policy.CodeMalicious)
	w.fetched(f.Path, 1)
	w.evict()
	w.mustBlock(r, policy.CodeMalicious)
	w.fetched(f.Path, 1)
}

func TestPolicyOfTheMomentDecides(t *testing.T) {
	w := newWorld(t, build{})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	r := w.request(f)
	w.mustAdmit(r, f)
	w.setPolicy(deny("demo==1.0"))
	w.mustBlock(r, policy.CodeDenied)
	w.setPolicy(nil)
	w.mustAdmit(r, f)
	w.fetched(f.Path, 1)
}

func TestPolicyThatChangesWhileAFileIsScanned(t *testing.T) {
	w := newWorld(t, build{})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	scanning, release := w.holdScans()
	tk := w.Start(w.request(f))
	defer tk.Close()
	<-scanning
	w.setPolicy(deny("demo"))
	release()
	a, err := tk.Result()
	if err != nil {
		t.Fatal(err)
	}
	if got := w.read(a); got.Code != policy.CodeDenied {
		t.Errorf("decision = %v %q, want denied", got.Action, got.Code)
	}
}

func TestCooldownEndsByTheClock(t *testing.T) {
	w := newWorld(t, build{})
	d := pypitest.Wheel("demo", "1.0")
	d.UploadTime = w.Now().Add(-time.Hour)
	f := w.index.Add(d)
	r := w.request(f)
	w.mustBlock(r, policy.CodeCooldown)
	w.mustBlock(r, policy.CodeCooldown)
	w.fetched(f.Path, 0)
	w.at(w.Now().Add(48 * time.Hour))
	w.mustAdmit(r, f)
}

// Mirrors give no upload times: the moment at which a file was first seen stands in. What was there at the first look
// has no age that anybody knows; what comes later has.
func TestCooldownByFirstSeen(t *testing.T) {
	w := newWorld(t, build{index: pypitest.Options{NoTimes: true}, policy: func(c *policy.Config) { c.Cooldown.UnknownAge = policy.Allow }})
	old := w.index.Add(pypitest.Wheel("demo", "1.0"))
	w.mustAdmit(w.request(old), old)
	w.at(w.Now().Add(time.Hour))
	young := w.index.Add(pypitest.Wheel("demo", "1.1"))
	page := w.page("demo", true)
	r := w.on(page, young.Filename)
	w.mustBlock(r, policy.CodeCooldown)
	w.mustAdmit(w.on(page, old.Filename), old)
	w.at(w.Now().Add(49 * time.Hour))
	w.mustAdmit(r, young)
}

// The age of what was there before the guard is not known, and the policy says what that means.
func TestUnknownAge(t *testing.T) {
	w := newWorld(t, build{index: pypitest.Options{NoTimes: true}, policy: func(c *policy.Config) { c.Cooldown.UnknownAge = policy.Block }})
	w.mustBlock(w.request(w.index.Add(pypitest.Wheel("demo", "1.0"))), policy.CodeAgeUnknown)
}

func TestAuditServesAndTells(t *testing.T) {
	w := newWorld(t, build{policy: func(c *policy.Config) {
		c.Mode = policy.Audit
		c.Denylist = []string{"demo"}
	}})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	a, err := w.Admit(t.Context(), w.request(f))
	if err != nil {
		t.Fatal(err)
	}
	if got := w.read(a); got.Action != policy.Allow || got.Code != policy.CodeDenied || a.Decision.Mode != policy.Audit {
		t.Errorf("admission = %v %q in mode %v", got.Action, got.Code, a.Decision.Mode)
	}
}

func TestManyColdCallersCauseOneFetch(t *testing.T) {
	const callers = 32
	w := newWorld(t, build{})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	r := w.request(f)
	_, release := w.holdScans()
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() { w.mustAdmit(r, f) })
	}
	w.attached(r, callers+1)
	release()
	wg.Wait()
	w.fetched(f.Path, 1)
	if n := len(w.told()); n != callers {
		t.Errorf("%d events, want one for each of %d callers", n, callers)
	}
}

func TestWorkOutlivesTheCallerWhoGaveUp(t *testing.T) {
	w := newWorld(t, build{})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	r := w.request(f)
	scanning, release := w.holdScans()

	ctx, hangUp := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		_, err := w.Admit(ctx, r)
		gone <- err
	}()
	<-scanning
	hangUp()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want the context's", err)
	}

	second := w.Start(r)
	defer second.Close()
	if second.Started().IsZero() || second.Started().After(time.Now()) {
		t.Errorf("work started at %v", second.Started())
	}
	release()
	a, err := second.Result()
	if err != nil {
		t.Fatal(err)
	}
	if got := w.read(a); got.Action != policy.Allow {
		t.Errorf("action = %v", got.Action)
	}
	w.fetched(f.Path, 1)
}

func TestTicketKeepsTheFileUntilItIsClosed(t *testing.T) {
	w := newWorld(t, build{})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	r := w.request(f)
	prune := func() int {
		t.Helper()
		res, err := w.Store.Prune(t.Context(), cache.PruneOptions{MaxBytes: -1})
		if err != nil {
			t.Fatal(err)
		}
		return res.Removed
	}

	cold := w.Start(r)
	<-cold.Done()
	if n := prune(); n != 0 {
		t.Fatalf("%d files removed that a ticket waits for", n)
	}
	a, err := cold.Result()
	if err != nil {
		t.Fatal(err)
	}
	cold.Close()
	cold.Close()
	if n := prune(); n != 0 {
		t.Fatalf("%d files removed that are being served", n)
	}
	w.read(a)

	warm := w.Start(r)
	<-warm.Done()
	if n := prune(); n != 0 {
		t.Fatalf("%d files removed that a ticket holds", n)
	}
	warm.Close()
	if n := prune(); n != 1 {
		t.Fatalf("%d files removed, want the one that nobody holds", n)
	}

	// Evicted, it is fetched again; its report is there still.
	if got := w.mustAdmit(r, f); got.Cached {
		t.Error("an evicted file was not fetched")
	}
	w.fetched(f.Path, 2)
}

func TestBusy(t *testing.T) {
	w := newWorld(t, build{gate: func(g *Gate) { g.MaxJobs, g.MaxScans = 2, 1 }})
	one := w.index.Add(pypitest.Wheel("one", "1.0"))
	two := w.index.Add(pypitest.Wheel("two", "1.0"))
	three := w.index.Add(pypitest.Wheel("three", "1.0"))
	scanning, release := w.holdScans()
	var wg sync.WaitGroup
	for _, f := range []*pypitest.File{one, two} {
		r := w.request(f)
		wg.Go(func() { w.mustAdmit(r, f) })
		w.attached(r, 2)
	}
	<-scanning

	_, err := w.admit(w.request(three))
	if e, ok := errors.AsType[*BusyError](err); !ok || e.RetryAfter <= 0 || !strings.Contains(e.Error(), e.RetryAfter.String()) {
		t.Errorf("error = %v, want busy with a time", err)
	}
	if _, _, err := w.Metadata(t.Context(), w.request(three)); err != nil {
		t.Errorf("metadata has to wait for no scan: %v", err)
	}
	release()
	wg.Wait()
	w.idle()
	w.mustAdmit(w.request(three), three)
}

func TestFetchesAreBounded(t *testing.T) {
	w := newWorld(t, build{gate: func(g *Gate) { g.MaxFetches = 1 }})
	first, second := w.index.Add(pypitest.Wheel("first", "1.0")), w.index.Add(pypitest.Wheel("second", "1.0"))
	openFirst, openSecond := make(chan struct{}), make(chan struct{})
	w.index.Fail(first.Path, pypitest.Fault{Wait: openFirst})
	w.index.Fail(second.Path, pypitest.Fault{Wait: openSecond})
	rFirst, rSecond := w.request(first), w.request(second)
	var wg sync.WaitGroup
	wg.Go(func() { w.mustAdmit(rFirst, first) })
	eventually(t, func() bool { return w.index.Count(first.Path) == 1 })
	wg.Go(func() { w.mustAdmit(rSecond, second) })
	w.attached(rSecond, 2)
	close(openFirst)
	eventually(t, func() bool { return w.index.Count(second.Path) == 1 })
	if !w.Store.Has(first.SHA256) {
		t.Error("the second file was asked for before the first was there")
	}
	close(openSecond)
	wg.Wait()
}

func TestClose(t *testing.T) {
	w := newWorld(t, build{})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	r := w.request(f)
	w.index.Fail(f.Path, pypitest.Fault{Hang: true})
	tk := w.Start(r)
	defer tk.Close()
	eventually(t, func() bool { return w.index.Count(f.Path) == 1 })

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("close = %v, want the context's error: work was cut", err)
	}
	if _, err := tk.Result(); !errors.Is(err, ErrClosed) {
		t.Errorf("error of the work that was cut = %v, want closed", err)
	}
	if _, err := w.admit(r); !errors.Is(err, ErrClosed) {
		t.Errorf("error after close = %v, want closed", err)
	}
	if _, _, err := w.Metadata(t.Context(), r); !errors.Is(err, ErrClosed) {
		t.Errorf("error of metadata after close = %v, want closed", err)
	}
	w.Prefetch(r) // does nothing
}

func TestCloseWaitsForWork(t *testing.T) {
	w := newWorld(t, build{})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	scanning, release := w.holdScans()
	tk := w.Start(w.request(f))
	defer tk.Close()
	<-scanning
	done := make(chan error)
	go func() { done <- w.Close(context.Background()) }()
	eventually(t, func() bool {
		w.jobs.mu.Lock()
		defer w.jobs.mu.Unlock()
		return w.jobs.stopped
	})
	release()
	if err := <-done; err != nil {
		t.Error(err)
	}
	a, err := tk.Result()
	if err != nil {
		t.Fatal(err)
	}
	w.read(a)
}

// What waits for a place when the gate is closed ends there.
func TestCloseEndsTheQueues(t *testing.T) {
	for _, place := range []string{"fetch", "scan", "metadata", "ranges"} {
		t.Run(place, func(t *testing.T) {
			w := newWorld(t, build{index: pypitest.Options{NoMetadata: place == "ranges"}})
			f := w.index.Add(pypitest.Wheel("demo", "1.0"))
			r := w.request(f)
			w.once.Do(w.init)
			ask := func() error {
				_, err := w.Admit(t.Context(), r)
				return err
			}
			switch place {
			case "fetch":
				_ = w.fetches.Acquire(t.Context(), int64(w.MaxFetches))
			case "scan":
				_ = w.scans.Acquire(t.Context(), int64(w.MaxScans))
			case "metadata", "ranges":
				_ = w.reads.Acquire(t.Context(), maxReads)
				ask = func() error {
					_, _, err := w.Metadata(t.Context(), r)
					return err
				}
			}
			got := make(chan error)
			go func() { got <- ask() }()
			eventually(t, func() bool {
				w.jobs.mu.Lock()
				defer w.jobs.mu.Unlock()
				w.lookups.mu.Lock()
				defer w.lookups.mu.Unlock()
				return len(w.jobs.running)+len(w.lookups.running) == 1
			})
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_ = w.Close(ctx)
			if err := <-got; !errors.Is(err, ErrClosed) {
				t.Errorf("error = %v, want closed", err)
			}
		})
	}
}

func TestZeroFieldsHaveDefaults(t *testing.T) {
	g := Gate{}
	g.once.Do(g.init)
	if g.MaxFetches < 1 || g.MaxScans < 1 || g.MaxJobs < 1 || g.FetchLimit <= 0 || g.ScanLimit <= 0 || g.MaxPrefetch < 1 || g.Log == nil {
		t.Errorf("gate = %+v", &g)
	}
	if d := time.Since(g.Now()); d < 0 || d > time.Hour {
		t.Errorf("the clock is off by %v", d)
	}
}

func TestPurposes(t *testing.T) {
	for p, want := range map[Purpose]string{Serve: "serve", Head: "head", Range: "range", Metadata: "metadata", Prefetch: "prefetch", 99: "unknown"} {
		if got := p.String(); got != want {
			t.Errorf("Purpose(%d) = %q, want %q", p, got, want)
		}
	}
}
