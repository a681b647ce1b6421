package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pipwarden/internal/pypitest"
)

const (
	// crashRounds is how often the guard is killed; PIPWARDEN_CRASH_ROUNDS asks for another number.
	crashRounds = 8
	// crashStore is less than all files take, so that every round fetches and evicts.
	crashStore = "12MiB"
	// crashReaders fetch at the same time.
	crashReaders = 8
	// patience is the deadline for what has no reason to take long. It decides nothing but that a test ends.
	patience = 2 * time.Minute
)

// noise is text that no archive makes smaller, the same for the same seed.
func noise(seed uint64, size int) string {
	b := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}).Read(b) // never fails
	return string(b)
}

func sha256Of(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// TestKilled kills the guard at random moments under load: whatever it serves afterwards from the same folder is whole
// and right, with upstream there and with upstream gone.
func TestKilled(t *testing.T) {
	w := newCrashWorld(t)
	rounds := crashRounds
	if testing.Short() {
		rounds = 2
	}
	if n, err := strconv.Atoi(os.Getenv("PIPWARDEN_CRASH_ROUNDS")); err == nil {
		rounds = n
	}
	for round := range rounds {
		s := w.start(t)
		w.wantAll(t, s)
		served := w.load(t, s, time.Duration(50+rand.IntN(750))*time.Millisecond)
		if round%4 == 3 {
			w.verify(t)
		}
		w.x.SetOffline(true)
		s = w.start(t)
		offline := w.checkServed(t, s)
		end(t, s, syscall.SIGKILL)
		w.x.SetOffline(false)
		w.kept += offline
		t.Logf("round %d of %d: %d answers under load, %d files served with upstream gone", round+1, rounds, served, offline)
		if t.Failed() {
			t.FailNow()
		}
	}
	if w.kept == 0 {
		t.Error("no file was ever served with upstream gone: the store keeps nothing over a crash")
	}
	s := w.start(t)
	w.wantAll(t, s)
	end(t, s, syscall.SIGTERM)
	w.verify(t)
}

// A crashWorld is an index and the folder of a guard that is killed again and again.
type crashWorld struct {
	x     *pypitest.Index
	dir   string
	files []crashFile
	kept  int
	// client opens a connection a request: those of a killed guard are of no use.
	client *http.Client
}

type crashFile struct {
	project string
	*pypitest.File
}

func newCrashWorld(t *testing.T) *crashWorld {
	w := &crashWorld{x: pypitest.NewIndex(t, pypitest.Options{}), dir: t.TempDir()}
	w.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	seed := uint64(0)
	for p := range 8 {
		project := fmt.Sprintf("demo%d", p)
		for v := range 5 {
			seed++
			size := 20_000 << (seed % 7) // to 1.28 MB
			if seed%13 == 0 {
				size = 2_000_000
			}
			d := pypitest.Wheel(project, fmt.Sprintf("1.%d", v), project+"/__init__.py", "", project+"/data.bin", noise(seed, size))
			w.files = append(w.files, crashFile{project, w.x.Add(d)})
		}
	}
	return w
}

func (w *crashWorld) start(t *testing.T) *served {
	t.Helper()
	config := fmt.Sprintf("[upstream]\nretries = 0\nfreshness = \"100ms\"\n[cache]\nmax_size = %q\n", crashStore)
	return serve(t, w.dir, withIndex(config, w.x.URL))
}

// get gives the body of a whole answer with status 200, and false for anything else.
func (w *crashWorld) get(ctx context.Context, url string) ([]byte, int, bool) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, 0, false
	}
	req.Header.Set("Accept", "application/vnd.pypi.simple.v1+json")
	res, err := w.client.Do(req)
	if err != nil {
		return nil, 0, false
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return body, res.StatusCode, err == nil && res.StatusCode == http.StatusOK
}

func (f crashFile) url(s *served) string { return s.url + "/files/default/" + f.project + f.Path }

// fetch gets one thing of a file and tells whether it was served. What is served has to be right.
func (w *crashWorld) fetch(t *testing.T, s *served, f crashFile, what int) bool {
	switch what {
	case 0:
		body, _, ok := w.get(t.Context(), s.url+"/simple/"+f.project+"/")
		if ok && !bytes.Contains(body, []byte(f.SHA256)) {
			t.Errorf("page of %s without the hash of %s:\n%.2000s", f.project, f.Filename, body)
		}
		return ok
	case 1:
		body, _, ok := w.get(t.Context(), f.url(s)+".metadata")
		if ok && !bytes.Equal(body, f.Metadata) {
			t.Errorf("metadata of %s:\n%q\nwant:\n%q", f.Filename, body, f.Metadata)
		}
		return ok
	}
	body, _, ok := w.get(t.Context(), f.url(s))
	if ok && sha256Of(body) != f.SHA256 {
		t.Errorf("%s: %d bytes with sha256 %s; want %d bytes with %s", f.Filename, len(body), sha256Of(body), len(f.Data), f.SHA256)
	}
	return ok
}

// load has readers fetch at random until the guard is killed after so long, and counts the whole answers.
func (w *crashWorld) load(t *testing.T, s *served, life time.Duration) int64 {
	t.Helper()
	var served atomic.Int64
	var readers sync.WaitGroup
	killed := make(chan struct{})
	for range crashReaders {
		readers.Go(func() {
			for {
				select {
				case <-killed:
					return
				default:
				}
				if w.fetch(t, s, w.files[rand.IntN(len(w.files))], rand.IntN(5)) {
					served.Add(1)
				}
			}
		})
	}
	<-time.After(life) // the moment is the experiment, and not a wait for something
	end(t, s, syscall.SIGKILL)
	close(killed)
	readers.Wait()
	return served.Load()
}

// wantAll fetches every page, metadata and file: with upstream there, all are served.
func (w *crashWorld) wantAll(t *testing.T, s *served) {
	t.Helper()
	for _, f := range w.files {
		for what := range 3 {
			if !w.fetch(t, s, f, what) {
				t.Fatalf("%s (%d) is not served, with upstream there; the guard's log:\n%s", f.Filename, what, s.text())
			}
		}
	}
}

// checkServed asks for every file and counts those that are served; a file that was lost is said to be out of reach.
func (w *crashWorld) checkServed(t *testing.T, s *served) int {
	t.Helper()
	n := 0
	for _, f := range w.files {
		if w.fetch(t, s, f, 2) {
			n++
			continue
		}
		if _, status, _ := w.get(t.Context(), f.url(s)); status != http.StatusGatewayTimeout {
			t.Errorf("%s with upstream gone: status %d; want 504", f.Filename, status)
		}
	}
	return n
}

// verify runs "cache verify": the first may remove what is damaged, and after it nothing is.
func (w *crashWorld) verify(t *testing.T) {
	t.Helper()
	stdout, stderr, code := run(t, program(t, "cache", "verify", "--cache-dir", w.dir))
	if code != exitOK && code != exitRefused {
		t.Fatalf("cache verify: exit %d\n%s%s", code, stdout, stderr)
	}
	if stdout, stderr, code = run(t, program(t, "cache", "verify", "--cache-dir", w.dir)); code != exitOK {
		t.Fatalf("cache verify after one that removed what was damaged: exit %d\n%s%s", code, stdout, stderr)
	}
}

// end sends a signal and waits until the guard is gone; it gives the exit code.
func end(t *testing.T, s *served, sig syscall.Signal) int {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		t.Fatalf("signal %v: %v", sig, err)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = s.cmd.Wait() // the exit code says it
	}()
	select {
	case <-gone:
	case <-time.After(patience):
		_ = s.cmd.Process.Kill()
		<-gone
		t.Fatalf("the guard did not end by %v within %v; its log:\n%s", sig, patience, s.text())
	}
	return s.cmd.ProcessState.ExitCode()
}
