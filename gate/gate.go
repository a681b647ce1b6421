// Package gate is the only way to a file.
//
// Everything that serves bytes of a distribution asks [Gate.Admit] and serves the blob that the admission carries; no
// other function opens a file for serving. An admission goes through five steps:
//
//  1. the policy screens what is known before a download, so that a refused file costs no transfer;
//  2. the file is fetched unless it is stored: one shared job a file, whose length and every announced hash are
//     checked while it is written;
//  3. its report is read from the store, or the stored bytes are scanned and the report is stored;
//  4. the policy in force at this moment judges the report;
//  5. one event tells the decision to the audit trail, the log and the caller's hook.
//
// What was not decided is blocked: an error, at whichever step, yields no blob. A refusal is a decision and not an
// error; errors say that something is broken.
//
// Reports and hashes are stored, decisions never are: they are kept in memory for as long as nothing that they were
// made of has changed.
package gate

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"pipwarden/cache"
	"pipwarden/policy"
	"pipwarden/pypi"
	"pipwarden/scan"
	"pipwarden/upstream"
)

const (
	// defaultMaxFetches keeps a fast line busy with files of middling size; more would only share it.
	defaultMaxFetches = 16
	// defaultMaxJobs bounds the memory of a storm. Ten uv clients with their 50 requests each fit in.
	defaultMaxJobs = 512
	// defaultFetchLimit is enough for 4 GB, the largest wheels, at 20 Mbit/s.
	defaultFetchLimit = 30 * time.Minute
	// defaultScanLimit is beyond what installers wait for; a file that takes longer was most likely made to.
	defaultScanLimit = 5 * time.Minute
	// retryAfter is what a client that finds the gate busy is told to wait: a few scans.
	retryAfter = 5 * time.Second
)

// Gate decides about files and opens them. Its fields are set before its first use, when the gate fills in those that
// are zero, and not changed after. Store, Upstream, Scanner and Policy are needed. All methods may be called at once.
type Gate struct {
	Store    *cache.Store
	Upstream *upstream.Client
	Scanner  *scan.Scanner

	// Policy gives the policy in force; it is asked for every decision, so that a reload works at once.
	Policy func() *policy.Policy

	Now func() time.Time // nil = time.Now
	Log *slog.Logger     // nil = no log

	MaxFetches int           // downloads at once; 0 = 16
	MaxScans   int           // scans at once; 0 = one a processor
	MaxJobs    int           // files being fetched or scanned, or waiting for it; 0 = 512; a file more is a *BusyError
	FetchLimit time.Duration // longest download of one file, all attempts together; 0 = 30 minutes
	ScanLimit  time.Duration // longest scan of one file; 0 = 5 minutes

	// MaxPrefetch is the size in bytes of the largest file that Prefetch fetches. 0 = 32 MiB; negative = it fetches none.
	MaxPrefetch int64

	// OnDecided, when not nil, is called with every event that the gate appends to the store. It must not block.
	OnDecided func(cache.Event)

	once    sync.Once
	pause   time.Duration       // before a broken transfer is taken up again; 0 = fetchPause
	fetches *semaphore.Weighted // its waiters are served in the order in which they came, like those of the others
	scans   *semaphore.Weighted
	reads   *semaphore.Weighted // metadata from upstream

	jobs     flights[*outcome] // by jobKey
	lookups  flights[[]byte]   // metadata, by jobKey
	ahead    ahead
	held     held
	recent   recent
	pages    pageIndex
	memo     memo
	files    generations
	projects generations
}

// Purpose is what a request wants a file for. Every purpose passes the same gate; they differ in what is told of it.
type Purpose uint8

const (
	Serve    Purpose = iota // a GET: its decision is always told
	Head                    // a HEAD: told when refused
	Range                   // a GET of a part: told once a minute for a client and file
	Metadata                // the file's .metadata: told when refused
	Prefetch                // nobody waits for an answer: never told
)

// String gives the purpose in lower case.
func (p Purpose) String() string {
	if int(p) < len(purposes) {
		return purposes[p]
	}
	return "unknown"
}

var purposes = [...]string{"serve", "head", "range", "metadata", "prefetch"}

// Request asks for one file of one index page.
type Request struct {
	Index *upstream.Index
	// Page lists the file. It is never changed after it was parsed; the same pointer for the same page makes
	// repeated requests quick.
	Page     *pypi.Page
	File     *pypi.File // one of Page.Files; its URL is upstream's
	Filename pypi.Filename
	Client   pypi.Client
	ClientID string // who asks, as the audit trail names them; "" = not known
	Session  string // the run that the request belongs to; "" = none
	Purpose  Purpose
}

// Admission is the gate's answer.
type Admission struct {
	Decision policy.Decision
	// Record is the report that was judged, without its list of file digests, which only the stored report has.
	// Nil when the file was refused without one.
	Record *cache.Record
	// Blob is the file, open and safe from eviction until it is closed, which is the caller's duty. Nil when, and
	// only when, the decision is to block.
	Blob   *cache.Blob
	SHA256 string // of the file's bytes; "" when refused before that was known
	Cached bool   // whether nothing was fetched for this answer
}

// Close closes the blob, if there is one.
func (a *Admission) Close() error {
	if a == nil || a.Blob == nil {
		return nil
	}
	return a.Blob.Close()
}

// Admit decides about the file and opens it unless it is refused. It waits for the download and the scan; when ctx
// ends first it returns the context's error, and the work goes on for whoever asks next.
//
// Errors mean that something is broken, and their types say what: [*BusyError], [*FetchError], [*ScanError],
// [*StoreError], [ErrClosed]. With an error there is no admission.
func (g *Gate) Admit(ctx context.Context, r Request) (*Admission, error) {
	t := g.Start(r)
	defer t.Close()
	select {
	case <-t.Done():
		return t.Result()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Screen says what is known of the file without a download: the policy's word on what the page tells, or on its report
// when one is stored. It is what pages show, it reads nothing but the store, and it tells no event. It promises
// nothing about a later [Gate.Admit], which decides anew.
func (g *Gate) Screen(r Request) policy.Decision {
	g.once.Do(g.init)
	m, err := g.consider(&r)
	if err != nil {
		g.Log.LogAttrs(context.Background(), slog.LevelError, "file screened without the store",
			slog.String("file", r.Filename.Text), slog.String("error", err.Error()))
	}
	return m.decision
}

// Generation is a number that has grown when something that pages of the project show through [Gate.Screen] may have
// changed: a new report, or a file's hash. It grows for other projects' news as well, now and then.
func (g *Gate) Generation(project pypi.Name) uint64 {
	return g.projects.slot(string(project)).Load()
}

// Close stops the gate: what is asked from now on ends in [ErrClosed], and running work is waited for until ctx ends
// and then cancelled. It returns when no goroutine of the gate is left, with the context's error when work was cut.
func (g *Gate) Close(ctx context.Context) error {
	g.once.Do(g.init)
	// Metadata may wait for a job, so it is stopped first.
	return errors.Join(g.lookups.stop(ctx), g.jobs.stop(ctx))
}

// init fills in what the caller left to the gate.
func (g *Gate) init() {
	g.MaxFetches = cmp.Or(g.MaxFetches, defaultMaxFetches)
	g.MaxScans = cmp.Or(g.MaxScans, runtime.GOMAXPROCS(0))
	g.MaxJobs = cmp.Or(g.MaxJobs, defaultMaxJobs)
	g.FetchLimit = cmp.Or(g.FetchLimit, defaultFetchLimit)
	g.ScanLimit = cmp.Or(g.ScanLimit, defaultScanLimit)
	g.MaxPrefetch = cmp.Or(g.MaxPrefetch, defaultMaxPrefetch)
	g.pause = cmp.Or(g.pause, fetchPause)
	g.Log = cmp.Or(g.Log, slog.New(slog.DiscardHandler))
	if g.Now == nil {
		g.Now = time.Now
	}
	g.fetches = semaphore.NewWeighted(int64(g.MaxFetches))
	g.scans = semaphore.NewWeighted(int64(g.MaxScans))
	g.reads = semaphore.NewWeighted(maxReads)
	g.jobs.drop = (*outcome).discard
}
