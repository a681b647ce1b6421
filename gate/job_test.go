package gate

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
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
func TestDamagedFileIsFetchedAnew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	w := newWorld(t, build{store: dir})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	r := w.request(f)
	w.mustAdmit(r, f)
	var file string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.Contains(path, f.SHA256[4:20]) {
			file = path
		}
		return err
	})
	if err != nil || file == "" {
		t.Fatalf("stored file not found: %v", err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	// Another scanner reads the file again.
	w.Scanner, w.memo = &scan.Scanner{}, memo{}
	got, err := w.admit(r)
	t.Logf("%+v, %v", got.Action, err)
}
