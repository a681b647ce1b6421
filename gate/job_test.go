package gate

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pipwarden/cache"
	"pipwarden/internal/pypitest"
	"pipwarden/policy"
	"pipwarden/scan"
)

// The report of a scan that took too long is a gap. It holds for a while, and then the file gets another chance.
func TestScanThatTakesTooLong(t *testing.T) {
	w := newWorld(t, build{gate: func(g *Gate) { g.ScanLimit = 20 * time.Millisecond }})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	r := w.request(f)
	scans := 0
	slow := func() {
		scans++
		time.Sleep(40 * time.Millisecond) // the scan looks at the clock between two members
	}
	w.onScan.Store(&slow)
	w.mustBlock(r, policy.CodeGap)
	once := scans
	w.mustBlock(r, policy.CodeGap)
	if scans != once {
		t.Error("scanned again at once")
	}
	a, err := w.Admit(t.Context(), r)
	if err != nil || len(a.Record.Report.Gaps) != 1 || a.Record.Report.Gaps[0].ID != gapTime {
		t.Errorf("admission = %+v, %v; want the gap %q", a, err, gapTime)
	}
	_, err = w.Store.Report(cache.ReportKey{SHA256: f.SHA256, Filename: f.Filename, Scanner: w.Scanner.Fingerprint()})
	if err == nil {
		t.Error("a report that depends on the hour was stored")
	}

	w.at(w.Now().Add(heldFor))
	w.onScan.Store(nil)
	w.ScanLimit = time.Minute
	w.mustAdmit(r, f)
	w.fetched(f.Path, 1)
}

func TestHeldReportsAreBounded(t *testing.T) {
	var h held
	now := time.Unix(0, 0)
	rec := &cache.Record{}
	for i := range 3 * maxHeld {
		h.put(cache.ReportKey{Filename: strings.Repeat("x", i)}, rec, now)
		if len(h.m) > maxHeld {
			t.Fatalf("%d reports are held", len(h.m))
		}
	}
	if got, until := h.get(cache.ReportKey{Filename: strings.Repeat("x", 3*maxHeld-1)}, now); got != rec || !until.Equal(now.Add(heldFor)) {
		t.Errorf("the newest is %v until %v", got, until)
	}
}

// A rule that breaks is an error. Whatever the file did to it, it is not served.
func TestScanThatBreaks(t *testing.T) {
	w := newWorld(t, build{})
	f := w.index.Add(pypitest.Wheel("demo", "1.0", "demo/__init__.py", "PANIC = 1\n"))
	_, err := w.admit(w.request(f))
	e, ok := errors.AsType[*ScanError](err)
	if !ok || e.Filename != f.Filename || !strings.Contains(e.Error(), f.Filename) || errors.Unwrap(e) == nil {
		t.Errorf("error = %v (%T)", err, err)
	}
}

// broken checks that an error is that of a panic, which the log tells with its stack, and that no work is left.
func (w *world) broken(err error) {
	w.t.Helper()
	if _, ok := errors.AsType[*ScanError](err); !ok || !strings.Contains(err.Error(), "panic") {
		w.t.Errorf("error = %v (%T)", err, err)
	}
	if log := w.log.String(); !strings.Contains(log, "file made us panic") || !strings.Contains(log, "goroutine") {
		w.t.Errorf("log = %q", log)
	}
	w.idle()
}

// A panic costs the file that is worked on and not the process. What it held is free again.
func TestWorkThatPanics(t *testing.T) {
	t.Run("fetching", func(t *testing.T) {
		w := newWorld(t, build{gate: func(g *Gate) { g.MaxFetches, g.MaxJobs = 1, 1 }})
		f := w.index.Add(pypitest.Wheel("demo", "1.0"))
		r := w.request(f)
		client := w.Upstream
		w.Upstream = nil
		_, err := w.admit(r)
		w.broken(err)
		w.Upstream = client
		w.mustAdmit(r, f)
	})
	t.Run("reading metadata", func(t *testing.T) {
		w := newWorld(t, build{gate: func(g *Gate) { g.MaxJobs = 1 }})
		d := pypitest.Wheel("demo", "1.0")
		r := w.request(w.index.Add(d))
		client := w.Upstream
		w.Upstream = nil
		_, _, err := w.Metadata(t.Context(), r)
		w.broken(err)
		w.Upstream = client
		w.mustRead(r, d.Metadata())
	})
	t.Run("after the scan", func(t *testing.T) {
		w := newWorld(t, build{})
		var armed atomic.Bool
		w.Policy = func() *policy.Policy {
			if armed.CompareAndSwap(true, false) {
				panic("a policy that breaks")
			}
			return w.policy.Load()
		}
		hook := func() { armed.Store(true) }
		w.onScan.Store(&hook)
		f := w.index.Add(pypitest.Wheel("demo", "1.0"))
		r := w.request(f)
		_, err := w.admit(r)
		w.broken(err)
		if _, err := w.Store.Prune(t.Context(), cache.PruneOptions{MaxBytes: -1}); err != nil || w.Store.Has(f.SHA256) {
			t.Errorf("the file is still held (%v)", err)
		}
		w.mustAdmit(r, f)
	})
}

func TestScansAreBounded(t *testing.T) {
	w := newWorld(t, build{gate: func(g *Gate) { g.MaxScans = 1 }})
	var mu sync.Mutex
	running, most := 0, 0
	hook := func() {
		mu.Lock()
		running++
		most = max(most, running)
		mu.Unlock()
		time.Sleep(time.Millisecond)
		mu.Lock()
		running--
		mu.Unlock()
	}
	w.onScan.Store(&hook)
	var wg sync.WaitGroup
	for _, name := range []string{"one", "two", "three", "four"} {
		f := w.index.Add(pypitest.Wheel(name, "1.0"))
		r := w.request(f)
		wg.Go(func() { w.mustAdmit(r, f) })
	}
	wg.Wait()
	if most != 1 {
		t.Errorf("%d scans at once", most)
	}
}

// One file of two names has two reports: what is clean as one can be malicious as the other.
func TestReportIsForOneName(t *testing.T) {
	w := newWorld(t, build{})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	g := w.index.AddFile("demo", &pypitest.File{Filename: "demo-1.0-1-py3-none-any.whl", Data: f.Data})
	scans := 0
	hook := func() { scans++ }
	w.onScan.Store(&hook)
	w.mustAdmit(w.request(f), f)
	once := scans
	w.mustAdmit(w.request(g), g)
	if scans != 2*once {
		t.Errorf("%d members seen for one name and %d for two", once, scans)
	}
	w.fetched(g.Path, 0)
}

// A file that another index brought is judged by the report that was made then, also where its page was shown before.
func TestReportThatAnotherIndexBrought(t *testing.T) {
	for _, c := range []struct{ name, text, code string }{{"clean", "FINE = 1\n", ""}, {"malicious", "EVIL = 1\n", policy.CodeMalicious}} {
		t.Run(c.name, func(t *testing.T) {
			w, other := besides(t)
			f := w.index.Add(pypitest.Wheel("demo", "1.0", "demo/__init__.py", c.text))
			other.AddFile("demo", &pypitest.File{Filename: f.Filename, Data: f.Data})
			r, again := w.request(f), w.elsewhere(f)
			_ = w.Screen(again)
			for _, r := range []Request{r, again, again} {
				if got, err := w.admit(r); err != nil || got.Code != c.code {
					t.Errorf("admission from %q = %v %q, %v", r.Index.Name, got.Action, got.Code, err)
				}
			}
			if d := w.Screen(again); d.Reason().Code != c.code {
				t.Errorf("page shows %v %v", d.Action, d.Reasons)
			}
		})
	}
}

// Another scanner knows nothing of what this one saw.
func TestReportIsOfOneScanner(t *testing.T) {
	w := newWorld(t, build{})
	f := w.index.Add(pypitest.Wheel("demo", "1.0", "demo/__init__.py", "EVIL = 1\n"))
	r := w.request(f)
	blind := &scan.Scanner{}
	evil := w.Scanner
	w.Scanner = blind
	w.mustAdmit(r, f)
	w.Scanner, w.memo = evil, memo{}
	w.mustBlock(r, policy.CodeMalicious)
	w.fetched(f.Path, 1)
}

// A disk that lost what was written is no reason to refuse a file that upstream still has.
func TestFileThatIsFoundDamagedIsFetchedAnew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	w := newWorld(t, build{store: dir})
	f := w.index.Add(big())
	r := w.request(f)
	scanning, release := w.holdScans()
	tk := w.Start(r)
	defer tk.Close()
	<-scanning
	spoil(t, dir, f)
	if res, err := w.Store.Verify(t.Context(), cache.VerifyOptions{}); err != nil || len(res.Damaged) != 1 {
		t.Fatalf("verify = %+v, %v; want one damaged file", res, err)
	}
	release()
	a, err := tk.Result()
	if err != nil {
		t.Fatal(err)
	}
	if got := w.read(a); !bytes.Equal(got.Body, f.Data) {
		t.Errorf("served %d bytes that are not the file's", len(got.Body))
	}
	w.fetched(f.Path, 2)
}

// spoil changes a byte of a stored file.
func spoil(t *testing.T, dir string, f *pypitest.File) {
	t.Helper()
	found := false
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(b, f.Data) {
			return err
		}
		found = true
		b[len(b)/2] ^= 1
		return os.WriteFile(path, b, 0o600)
	})
	if err != nil || !found {
		t.Fatalf("the stored file was not found: %v", err)
	}
}

// A report that nobody holds any longer when its reader comes is an error, and not a file without a judgement.
func TestReportThatIsGoneBeforeItIsJudged(t *testing.T) {
	w := newWorld(t, build{gate: func(g *Gate) { g.ScanLimit = time.Millisecond }})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	slow := func() { time.Sleep(5 * time.Millisecond) }
	w.onScan.Store(&slow)
	tk := w.Start(w.request(f))
	defer tk.Close()
	<-tk.Done()
	w.at(w.Now().Add(heldFor))
	if a, err := tk.Result(); !errors.Is(err, errUnjudged) || a != nil {
		t.Errorf("result = %+v, %v", a, err)
	}
}

// Closing the gate ends a scan, and what waits for one.
func TestCloseEndsScans(t *testing.T) {
	w := newWorld(t, build{gate: func(g *Gate) { g.MaxScans = 1 }})
	one, two := w.index.Add(pypitest.Wheel("one", "1.0")), w.index.Add(pypitest.Wheel("two", "1.0"))
	rOne, rTwo := w.request(one), w.request(two)
	scanning, release := w.holdScans()
	first := w.Start(rOne)
	defer first.Close()
	<-scanning
	second := w.Start(rTwo)
	defer second.Close()
	eventually(t, func() bool { return w.Store.Has(two.SHA256) })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	closed := make(chan error)
	go func() { closed <- w.Close(ctx) }()
	if _, err := second.Result(); !errors.Is(err, ErrClosed) {
		t.Errorf("error of what waited = %v", err)
	}
	release()
	if _, err := first.Result(); !errors.Is(err, ErrClosed) {
		t.Errorf("error of the scan = %v", err)
	}
	if err := <-closed; !errors.Is(err, context.Canceled) {
		t.Errorf("close = %v", err)
	}
}
