package gate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"pipwarden/cache"
	"pipwarden/policy"
	"pipwarden/scan"
)

const (
	// heldFor is how long the report of a scan that was cut short is used. It is not stored: time is no part of a
	// report's key, and a busy hour must not block a file for good. But it is kept for a while, or every retry of an
	// installer would start the long scan again.
	heldFor = 10 * time.Minute
	// maxHeld bounds the reports kept so. What is over it is scanned anew.
	maxHeld = 64
	// gapTime is the gap of a report whose scan took too long.
	gapTime = scan.GapTime
)

// outcome is what a job did: the file is in the store and its report made, or its bytes are refused.
type outcome struct {
	blob    *cache.Blob // keeps the file in the store until all who wait have opened it; nil when refused
	refused *refusal
	fetched bool
}

// discard ends the hold on the file.
func (o *outcome) discard() {
	if o.blob != nil {
		_ = o.blob.Close()
	}
}

// bring has the file in the store and its report made. The hash is "" when it is not known yet.
func (g *Gate) bring(ctx context.Context, r *Request, sha256 string) (o *outcome, err error) {
	defer g.survive(r, &err)
	o, err = g.work(ctx, r, sha256)
	if _, ok := errors.AsType[*cache.DamagedError](err); ok {
		// The disk did not keep what was written. The store has dropped it; upstream has it still.
		o, err = g.work(ctx, r, sha256)
	}
	if refused, ok := errors.AsType[*refusal](err); ok {
		return &outcome{refused: refused}, nil
	}
	return o, err
}

func (g *Gate) work(ctx context.Context, r *Request, sha256 string) (*outcome, error) {
	blob, fetched, err := g.obtain(ctx, r, sha256)
	if err != nil {
		return nil, err
	}
	o := &outcome{blob: blob, fetched: fetched}
	kept := false
	defer func() {
		if !kept {
			o.discard()
		}
	}()
	if err := g.report(ctx, r, blob); err != nil {
		return nil, err
	}
	kept = true
	return o, nil
}

// survive makes a panic an error. It is deferred by what runs in a flight: what a stranger's file or answer makes of us
// that nobody thought of must cost that file and not the process.
func (g *Gate) survive(r *Request, err *error) {
	p := recover()
	if p == nil {
		return
	}
	g.Log.LogAttrs(context.Background(), slog.LevelError, "file made us panic", slog.String("file", r.Filename.Text),
		slog.String("error", fmt.Sprint(p)), slog.String("stack", string(debug.Stack())))
	*err = &ScanError{Filename: r.Filename.Text, Err: fmt.Errorf("panic: %q", fmt.Sprint(p))}
}

// obtain opens the stored file, or fetches it.
func (g *Gate) obtain(ctx context.Context, r *Request, sha256 string) (blob *cache.Blob, fetched bool, err error) {
	blob, err = g.Store.Open(sha256)
	switch {
	case err == nil:
		return blob, false, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, false, &StoreError{Filename: r.Filename.Text, Err: err}
	}
	if blob, err = g.fetch(ctx, r); err != nil {
		return nil, false, err
	}
	if err := g.remember(r, blob.SHA256()); err != nil {
		_ = blob.Close()
		return nil, false, &StoreError{Filename: r.Filename.Text, Err: err}
	}
	return blob, true, nil
}

// remember keeps the SHA-256 of a file whose page does not tell it.
func (g *Gate) remember(r *Request, sha256 string) error {
	if r.File.Hashes["sha256"] != "" {
		return nil
	}
	if err := g.Store.PutFileHash(r.Index.Key(), fileKey(r), sha256); err != nil {
		return err
	}
	g.changed(r)
	return nil
}

// report has the report of a stored file made, unless there is one.
func (g *Gate) report(ctx context.Context, r *Request, blob *cache.Blob) error {
	key := g.reportKey(r, blob.SHA256())
	rec, _, err := g.known(key)
	if rec != nil {
		g.reported(r, rec.Report) // made for another index's file, maybe, and not known when this one was decided
	}
	if err != nil || rec != nil {
		return err
	}
	if err := g.scans.Acquire(ctx, 1); err != nil {
		return context.Cause(ctx)
	}
	defer g.scans.Release(1)
	limited, cancel := context.WithTimeout(ctx, g.ScanLimit)
	defer cancel()
	rec = &cache.Record{ScannedAt: g.Now()}
	rec.Report, err = g.Scanner.Scan(limited, scan.Input{Filename: r.Filename, SHA256: blob.SHA256(), Content: blob, Size: blob.Size()})
	rec.Elapsed = g.Now().Sub(rec.ScannedAt)
	switch {
	case err == nil:
		if err := g.Store.PutReport(key, rec); err != nil {
			return &StoreError{Filename: r.Filename.Text, Err: err}
		}
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, context.DeadlineExceeded):
		rec.Report = g.cutShort(r, blob)
		g.held.put(key, rec, g.Now())
	default:
		return &ScanError{Filename: r.Filename.Text, Err: err}
	}
	g.reported(r, rec.Report)
	return nil
}

// reported makes void what was decided without the report; of the project's page only if it could show the file
// otherwise now. A resolver that only looks has hundreds of clean files reported, and their pages need not be made anew.
func (g *Gate) reported(r *Request, rep *scan.Report) {
	g.fileGeneration(r).Add(1)
	m, err := g.consider(r)
	if err != nil || m.decision.Action == policy.Block || rep.Level != scan.LevelClean || len(rep.Findings)+len(rep.Gaps) > 0 {
		g.changed(r)
	}
}

// cutShort is the report of a file whose scan took too long: nothing is known of it but that.
func (g *Gate) cutShort(r *Request, blob *cache.Blob) *scan.Report {
	return &scan.Report{
		Schema:   scan.Schema,
		SHA256:   blob.SHA256(),
		Filename: r.Filename.Text,
		Size:     blob.Size(),
		Level:    scan.LevelOf(nil),
		Gaps:     []scan.Gap{{ID: gapTime, Detail: fmt.Sprintf("the scan took longer than %s", g.ScanLimit)}},
		Scanner:  g.Scanner.Fingerprint(),
	}
}

func (g *Gate) reportKey(r *Request, sha256 string) cache.ReportKey {
	return cache.ReportKey{SHA256: sha256, Filename: r.Filename.Text, Scanner: g.Scanner.Fingerprint()}
}

// known gives the report at hand and until when it may be used; nil when there is none.
func (g *Gate) known(key cache.ReportKey) (*cache.Record, time.Time, error) {
	if rec, until := g.held.get(key, g.Now()); rec != nil {
		return rec, until, nil
	}
	rec, err := g.Store.Report(key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, time.Time{}, nil
	case err != nil:
		return nil, time.Time{}, &StoreError{Filename: key.Filename, Err: err}
	}
	return rec, time.Time{}, nil
}

// held keeps reports that are not for the store.
type held struct {
	mu sync.Mutex
	m  map[cache.ReportKey]heldRecord
}

type heldRecord struct {
	record *cache.Record
	until  time.Time
}

func (h *held) get(key cache.ReportKey, now time.Time) (*cache.Record, time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if e, ok := h.m[key]; ok && now.Before(e.until) {
		return e.record, e.until
	}
	return nil, time.Time{}
}

func (h *held) put(key cache.ReportKey, rec *cache.Record, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.m == nil || len(h.m) >= maxHeld {
		h.m = map[cache.ReportKey]heldRecord{}
	}
	h.m[key] = heldRecord{rec, now.Add(heldFor)}
}
