package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/term"

	"pipwarden/internal/labelled"
	"pipwarden/scan"
	"pipwarden/scan/rules"
)

// A result is what the scanner says of one sample.
type result struct {
	sample *labelled.Sample
	report *scan.Report // without its file list; nil = failed
	failed string       // why there is no report: the time limit, or a panic in a rule
	cpu    time.Duration
	wall   time.Duration
}

// level is the report's; a file without a report has none.
func (r *result) level() scan.Level {
	if r.report == nil {
		return scan.LevelUnknown
	}
	return r.report.Level
}

// scanAll scans the samples in their order, o.jobs at once. An error is broken
// input or output; what a rule does wrong is a failed result.
func scanAll(ctx context.Context, samples []*labelled.Sample, o *options) ([]*result, error) {
	s := rules.NewScanner()
	out := make([]*result, len(samples))
	progress := newProgress("scan", len(samples))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(o.jobs)
	for i, sample := range samples {
		g.Go(func() (err error) {
			defer progress.step()
			out[i], err = scanOne(ctx, s, sample, o)
			return err
		})
	}
	err := g.Wait()
	progress.end()
	return out, err
}

// scanOne scans one sample on a thread of its own, so that its CPU time is known.
func scanOne(ctx context.Context, s *scan.Scanner, sample *labelled.Sample, o *options) (*result, error) {
	c, err := sample.Open()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	limited, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// Alone in the process, the collector's work for this file counts as well.
	clock := threadCPU
	if o.jobs == 1 {
		clock = processCPU
	}
	begin, cpu := time.Now(), clock()
	report, err := s.Scan(limited, scan.Input{Filename: sample.Filename(), Content: c, Size: sample.Size})
	r := &result{sample: sample, report: report, cpu: clock() - cpu, wall: time.Since(begin)}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		r.report, r.failed = nil, err.Error()
		if errors.Is(err, context.DeadlineExceeded) {
			r.failed = fmt.Sprintf("not done within %v", o.limit)
		}
		return r, nil
	}
	report.Files = nil
	return r, nil
}

// progress is a counter on a terminal's standard error; elsewhere it is silent.
type progress struct {
	what  string
	total int
	done  atomic.Int64
	on    bool
	mu    sync.Mutex
}

func newProgress(what string, total int) *progress {
	return &progress{what: what, total: total, on: term.IsTerminal(int(os.Stderr.Fd()))}
}

func (p *progress) step() {
	n := p.done.Add(1)
	if !p.on {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(os.Stderr, "\r%s: %d of %d", p.what, n, p.total)
}

func (p *progress) end() {
	if p.on {
		fmt.Fprintln(os.Stderr)
	}
}
