package gate

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pipwarden/cache"
	"pipwarden/internal/pypitest"
	"pipwarden/policy"
	"pipwarden/pypi"
	"pipwarden/scan"
	"pipwarden/upstream"
)

// A world is a gate between a real store and a real index, which can be told to misbehave.
type world struct {
	*Gate
	t     testing.TB
	index *pypitest.Index
	up    *upstream.Index
	log   *syncBuffer

	clock  atomic.Pointer[time.Time]
	policy atomic.Pointer[policy.Policy]
	onScan atomic.Pointer[func()] // called by the scanner for each member

	mu     sync.Mutex
	events []cache.Event
	pages  map[string]*pypi.Page
}

// weigh is how a test's file says what the scanner should find in it.
var weigh = &scan.Rule{
	ID: "test-evil", Doc: "text that says so", Weight: 100,
	Run: func(p *scan.Pass) scan.Hooks {
		return scan.Hooks{Member: func(m *scan.Member) {
			if bytes.Contains(m.Content, []byte("EVIL")) {
				p.Report(scan.Finding{Path: []string{m.Path()}, Message: "says so", Weight: 100})
			}
			if bytes.Contains(m.Content, []byte("PANIC")) {
				panic("a rule that breaks")
			}
		}}
	},
}

// build is what a test's world differs in from the usual one.
type build struct {
	index    pypitest.Options
	policy   func(*policy.Config)
	gate     func(*Gate)
	upstream func(*upstream.Options)
	store    string // folder; "" = a new one
}

func newWorld(tb testing.TB, b build) *world {
	tb.Helper()
	w := &world{t: tb, index: pypitest.NewIndex(tb, b.index), log: &syncBuffer{}, pages: map[string]*pypi.Page{}}
	w.at(time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC))
	w.setPolicy(b.policy)

	if b.store == "" {
		b.store = filepath.Join(tb.TempDir(), "store")
	}
	store, err := cache.Open(tb.Context(), cache.Options{Dir: b.store})
	if err != nil {
		tb.Fatal(err)
	}
	u, err := url.Parse(w.index.URL)
	if err != nil {
		tb.Fatal(err)
	}
	o := upstream.Options{
		Indexes: []upstream.Index{{Name: "main", URL: u}},
		Netrc:   upstream.NoNetrc, Retries: -1, BreakerLimit: -1,
		IdleTimeout: 5 * time.Second,
	}
	if b.upstream != nil {
		b.upstream(&o)
	}
	client, err := upstream.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	w.up = client.Indexes()[0]
	hook := &scan.Rule{ID: "test-hook", Doc: "lets a test take part in the scan", Run: func(*scan.Pass) scan.Hooks {
		return scan.Hooks{Member: func(*scan.Member) {
			if f := w.onScan.Load(); f != nil {
				(*f)()
			}
		}}
	}}
	w.Gate = &Gate{
		Store:    store,
		Upstream: client,
		Scanner:  &scan.Scanner{Rules: []*scan.Rule{weigh, hook}},
		Policy:   w.policy.Load,
		Now:      func() time.Time { return *w.clock.Load() },
		Log:      slog.New(slog.NewTextHandler(w.log, nil)),
		OnDecided: func(e cache.Event) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.events = append(w.events, e)
		},
		pause: time.Millisecond,
	}
	if b.gate != nil {
		b.gate(w.Gate)
	}
	tb.Cleanup(func() {
		if err := w.Gate.Close(context.Background()); err != nil {
			tb.Errorf("close gate: %v", err)
		}
		client.Close()
		if err := store.Close(); err != nil {
			tb.Errorf("close store: %v", err)
		}
	})
	return w
}

func (w *world) at(t time.Time) { w.clock.Store(&t) }

func (w *world) setPolicy(edit func(*policy.Config)) {
	w.t.Helper()
	c := policy.Default()
	if edit != nil {
		edit(&c)
	}
	p, err := policy.Compile(c)
	if err != nil {
		w.t.Fatal(err)
	}
	w.policy.Store(p)
}

// deny is a policy that refuses what the text names.
func deny(text string) func(*policy.Config) {
	return func(c *policy.Config) { c.Denylist = []string{text} }
}

// holdScans makes every scan wait until release is called. scanning has one value for each scan that waits.
func (w *world) holdScans() (scanning <-chan struct{}, release func()) {
	begun, gone := make(chan struct{}, 100), make(chan struct{})
	hold := func() {
		select {
		case <-gone:
		default:
			begun <- struct{}{}
			<-gone
		}
	}
	w.onScan.Store(&hold)
	once := sync.OnceFunc(func() { close(gone) })
	w.t.Cleanup(once)
	return begun, once
}

// page is the project's page as the index has it when it is first asked for; fresh asks anew.
func (w *world) page(project string, fresh bool) *pypi.Page {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if p := w.pages[project]; p != nil && !fresh {
		return p
	}
	resp, err := w.Upstream.Page(w.t.Context(), upstream.PageRequest{Index: w.up, Project: pypi.Name(project)})
	if err != nil {
		w.t.Fatal(err)
	}
	u, err := url.Parse(resp.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	p, err := pypi.ParsePage(pypi.PageSource{Body: resp.Body, ContentType: resp.ContentType, URL: u, Name: pypi.Name(project)})
	if err != nil {
		w.t.Fatal(err)
	}
	w.pages[project] = p
	return p
}

// request asks for a file as its page lists it.
func (w *world) request(f *pypitest.File) Request {
	w.t.Helper()
	fn, err := pypi.ParseFilename(f.Filename, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return w.on(w.page(string(fn.Project), false), f.Filename)
}

// on asks for a file of a page.
func (w *world) on(p *pypi.Page, filename string) Request {
	w.t.Helper()
	for i := range p.Files {
		if p.Files[i].Filename == filename {
			return Request{Index: w.up, Page: p, File: &p.Files[i], Filename: p.Files[i].Parsed, ClientID: "192.0.2.1", Session: "s1"}
		}
	}
	w.t.Fatalf("page of %s lists no %s", p.Name, filename)
	return Request{}
}

// answer is an admission in words.
type answer struct {
	Action policy.Action
	Code   string // of the first reason
	Body   []byte // nil = no blob
	Cached bool
}

// admit admits and reads the blob.
func (w *world) admit(r Request) (answer, error) {
	w.t.Helper()
	a, err := w.Admit(w.t.Context(), r)
	if err != nil {
		if a != nil {
			w.t.Errorf("admission beside the error %v", err)
		}
		return answer{}, err
	}
	return w.read(a), nil
}

func (w *world) read(a *Admission) answer {
	w.t.Helper()
	got := answer{Action: a.Decision.Action, Code: a.Decision.Reason().Code, Cached: a.Cached}
	if (a.Blob == nil) != (a.Decision.Action == policy.Block) {
		w.t.Errorf("action %v with blob %v", a.Decision.Action, a.Blob)
	}
	if a.Blob != nil {
		b, err := io.ReadAll(a.Blob.Reader())
		if err != nil {
			w.t.Error(err)
		}
		got.Body = b
	}
	if err := a.Close(); err != nil {
		w.t.Error(err)
	}
	return got
}

// mustAdmit admits a file that is allowed and checks its bytes.
func (w *world) mustAdmit(r Request, f *pypitest.File) answer {
	w.t.Helper()
	got, err := w.admit(r)
	if err != nil {
		w.t.Fatal(err)
	}
	if got.Action != policy.Allow || !bytes.Equal(got.Body, f.Data) {
		w.t.Fatalf("admission = %v %q with %d bytes, want allow with %d", got.Action, got.Code, len(got.Body), len(f.Data))
	}
	return got
}

// mustBlock admits a file that is refused for the reason of that code.
func (w *world) mustBlock(r Request, code string) {
	w.t.Helper()
	got, err := w.admit(r)
	if err != nil {
		w.t.Fatal(err)
	}
	if got.Action != policy.Block || got.Code != code {
		w.t.Fatalf("admission = %v %q, want block %q", got.Action, got.Code, code)
	}
}

// fetched checks how often a path was asked of upstream.
func (w *world) fetched(path string, want int) {
	w.t.Helper()
	if n := w.index.Count(path); n != want {
		w.t.Errorf("%d requests for %s, want %d", n, path, want)
	}
}

// told gives the events so far and forgets them.
func (w *world) told() []cache.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := w.events
	w.events = nil
	return e
}

// attached waits until so many hold the job of the request, the job itself among them.
func (w *world) attached(r Request, holds int) {
	w.t.Helper()
	eventually(w.t, func() bool {
		w.jobs.mu.Lock()
		defer w.jobs.mu.Unlock()
		fl := w.jobs.running[jobKey(&r)]
		return fl != nil && fl.holds == holds
	})
}

// idle waits until no job runs.
func (w *world) idle() {
	w.t.Helper()
	eventually(w.t, func() bool {
		w.jobs.mu.Lock()
		defer w.jobs.mu.Unlock()
		return len(w.jobs.running) == 0
	})
}

// evict removes all stored files, when the work that held them has let them go.
func (w *world) evict() {
	w.t.Helper()
	w.jobs.wg.Wait()
	if _, err := w.Store.Prune(w.t.Context(), cache.PruneOptions{MaxBytes: -1}); err != nil {
		w.t.Fatal(err)
	}
}

// eventually waits for something that another goroutine does.
func eventually(tb testing.TB, ok func() bool) {
	tb.Helper()
	for range 5000 {
		if ok() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	tb.Fatal("it did not come to that")
}

// syncBuffer is a log that may be written and read at once.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
