package cache

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"pipwarden/pypi"
)

// crashBody is the file that the load stores as number i: its bytes are known
// to the process that looks afterwards.
func crashBody(i uint64) []byte { return noise(i, 1000+int(i%40)*5000) }

const crashFiles = 400 // different files, so that they are stored, evicted and stored again

// TestCrash kills a process under load at random moments, again and again on one
// folder, and looks each time that all that is there is whole and right.
// PIPWARDEN_CRASH_ROUNDS says how often.
func TestCrash(t *testing.T) {
	if dir := os.Getenv("PIPWARDEN_CRASH_STORE"); dir != "" {
		crashLoad(t, openStore(t, dir, func(o *Options) { o.MaxBytes = 20 << 20 }))
		return
	}
	rounds := 20
	if testing.Short() || raceEnabled {
		rounds = 3
	}
	if n, err := strconv.Atoi(os.Getenv("PIPWARDEN_CRASH_ROUNDS")); err == nil {
		rounds = n
	}
	dir := filepath.Join(t.TempDir(), "store")
	var sum crashSeen
	for round := range rounds {
		killUnderLoad(t, dir)
		s := openStore(t, dir)
		s.checkAll(t, &sum)
		if s.log.has("damaged") {
			t.Errorf("round %d: %s", round, s.log.buf.String())
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if t.Failed() {
			t.Fatalf("round %d of %d", round+1, rounds)
		}
	}
	t.Logf("%d kills; then whole and right: %d files, %d reports, %d pages, %d events", rounds, sum.files, sum.reports, sum.pages, sum.events)
	if sum.files == 0 || sum.reports == 0 || sum.pages == 0 {
		t.Error("the load stored nothing")
	}
}

// killUnderLoad starts the load in a process of its own and kills it.
func killUnderLoad(t *testing.T, dir string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrash$")
	cmd.Env = append(os.Environ(), "PIPWARDEN_CRASH_STORE="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// One round in eight ends while the store is being opened.
	if rand.IntN(8) > 0 {
		lines := bufio.NewScanner(out)
		for lines.Scan() && lines.Text() != "under load" {
			t.Log(lines.Text())
		}
	}
	time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond) // the random moment
	cmd.Process.Kill()
	cmd.Wait()
}

// crashLoad does all that writes, until it is killed.
func crashLoad(t *testing.T, s opened) {
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for n := uint64(0); ; n++ {
				i := rand.Uint64N(crashFiles)
				if err := crashStore(t, s, i); err != nil {
					t.Error(err)
					return
				}
				k, r := testReport(i)
				errs := []error{s.PutReport(k, r)}
				if n%8 == 0 {
					errs = append(errs, s.PutPage(testPage(fmt.Sprint("example", i%20), noise(i, int(i)*2000))),
						s.TouchPage("main", pypi.Name(fmt.Sprint("example", i%20)), time.Now()))
				}
				s.Append(Event{Kind: "stored", SHA256: k.SHA256})
				if n == 20 {
					fmt.Println("under load")
				}
				if err := errors.Join(errs...); err != nil && !errors.Is(err, fs.ErrNotExist) {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// crashStore stores one file, sometimes in two goes and sometimes never whole.
func crashStore(t *testing.T, s opened, i uint64) error {
	body := crashBody(i)
	w, err := s.Create(t.Context(), CreateOptions{Key: fmt.Sprint("file", i), Want: pypi.Hashes{"sha256": sum(body)}, Size: int64(len(body))})
	if err != nil {
		return err
	}
	rest := body[w.Offset():]
	if i%5 == 0 {
		if _, err := w.Write(rest[:len(rest)/2]); err != nil {
			return err
		}
		if rand.IntN(2) == 0 {
			return w.Keep()
		}
		rest = rest[len(rest)/2:]
	}
	if _, err := w.Write(rest); err != nil {
		return err
	}
	_, b, err := w.Commit(t.Context())
	if err == nil {
		err = b.Close()
	}
	return err
}

type crashSeen struct{ files, reports, pages, events int }

// checkAll fails the test unless all that the store has is whole and right.
func (o opened) checkAll(t *testing.T, seen *crashSeen) {
	t.Helper()
	for i := range uint64(crashFiles) {
		body := crashBody(i)
		if b, err := o.Open(sum(body)); err == nil {
			b.Close()
			o.wantFile(t, body)
			seen.files++
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
	r, err := o.Verify(t.Context(), VerifyOptions{BytesPerSecond: -1})
	if err != nil || len(r.Damaged) > 0 || len(r.Strays) > 0 || r.Database != nil {
		t.Errorf("Verify = %+v, %v", r, err)
	}
	o.checkValues(t, seen)
	events, err := o.Events(t.Context(), 0, maxEvents)
	if err != nil {
		t.Error(err)
	}
	for i, e := range events {
		if e.ID != uint64(i+1) || len(e.SHA256) != 64 {
			t.Errorf("event %d is %+v", i+1, e)
			break
		}
	}
	seen.events = len(events)
}

func (o opened) checkValues(t *testing.T, seen *crashSeen) {
	t.Helper()
	for i := range uint64(crashFiles) {
		k, want := testReport(i)
		got, err := o.Report(k)
		if err == nil {
			a, _ := json.Marshal(want)
			b, _ := json.Marshal(got)
			if string(a) != string(b) {
				t.Errorf("report %d is %s", i, b)
			}
			seen.reports++
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
	for n := range 20 {
		p, err := o.Page("main", pypi.Name(fmt.Sprint("example", n)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil || p.ETag != `"`+sum(p.Body)[:8]+`"` {
			t.Errorf("page %d: %v", n, err)
		}
		seen.pages++
	}
	reports := 0
	err := o.db.each(keyReport, nil, false, func(*badger.Item) error { reports++; return nil })
	if err != nil || reports > crashFiles {
		t.Errorf("%d reports, %v", reports, err)
	}
}
