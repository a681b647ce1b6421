package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"pipwarden/policy"
	"pipwarden/scan"
)

// Exit codes of "scan", which are its own: a program that looks for malware tells what it found from what it could not do.
const (
	exitUnscanned = 1 // something could not be scanned, or something is broken
	exitFound     = 3 // a file reaches --fail-on
)

// maxScans is how many files are scanned at once, on as many cores: more would share the same disk and line.
const maxScans = 2

const scanHelp = `Scan wheels, sdists and eggs and print what they hold. Nothing is unpacked, imported or run.

FILE is scanned whatever it is called; of a FOLDER, all files below it that have an extension of a distribution. What does not lie
on this machine is asked of the index: all files of the release, fetched as the guard fetches, hashes checked, and kept in
the store. NAME alone, or NAME with a range, takes the newest release that the guard would let an open range take.

Exit code 0 when all is clean, 3 when a file reaches --fail-on, else 1 when something could not be scanned (an unreadable file, or a
gap that the policy blocks), 2 when the command line is wrong.

With --json each file is one line: file, sha256, level (clean, suspicious, malicious), score, findings (rule, path, line, behaviour,
stage, message, code, and more), gaps (path, reason, and more), millis (of the scan), or file and error. path is one text, the
layers of nested or decoded content joined by " > "; layers and behaviours list them where there is more than one.`

const scanExamples = `  pipwarden scan dist/demo-1.0.tar.gz
  pipwarden scan --json wheels/ > reports.jsonl
  pipwarden scan requests==2.32.3
  pipwarden scan -r requirements.txt --fail-on malicious`

func newScanCmd(g *globals) *cobra.Command {
	c := &scanCommand{globals: g, failOn: scan.LevelSuspicious}
	cmd := &cobra.Command{
		Use:     "scan FILE | FOLDER | NAME==VERSION...",
		Short:   "Scan wheels and sdists, of this machine or of the index, and print what they hold",
		Long:    scanHelp,
		Example: scanExamples,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args)+len(c.requirements) == 0 {
				return usage(withHint(errors.New("nothing to scan is named"), "see \"pipwarden scan --help\""))
			}
			return scanFault(c.run(cmd.Context(), args))
		},
	}
	f := cmd.Flags()
	f.StringArrayVarP(&c.requirements, "requirement", "r", nil, "scan what this requirements file names; can be repeated")
	f.BoolVar(&c.sarif, "sarif", false, "print one SARIF 2.1.0 document")
	f.BoolVar(&c.members, "members", false, "with --json: list every member with its digest")
	f.Func("fail-on", "level from which the exit code is 3: suspicious, malicious or never (default suspicious)", c.setFailOn)
	f.Lookup("fail-on").DefValue = ""
	return cmd
}

// neverFail is the level that no report reaches.
const neverFail = scan.LevelMalicious + 1

// A scanCommand is one run of "scan".
type scanCommand struct {
	*globals
	requirements []string // files
	sarif        bool
	members      bool       // list them in JSON
	failOn       scan.Level // exitFound from here on

	scanner  *scan.Scanner
	releases *releaseScanner // nil until a release is named
	progress *scanProgress
	tally    scanTally
	reports  []*scan.Report // for SARIF
}

func (c *scanCommand) setFailOn(text string) error {
	switch text {
	case "suspicious":
		c.failOn = scan.LevelSuspicious
	case "malicious":
		c.failOn = scan.LevelMalicious
	case "never":
		c.failOn = neverFail
	default:
		return errors.New("want suspicious, malicious or never")
	}
	return nil
}

// run scans what is named. The first interrupt ends it, a second one kills.
func (c *scanCommand) run(ctx context.Context, args []string) (err error) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	c.quiet()
	wishes, err := readWishes(args, c.requirements)
	if err != nil {
		return err
	}
	c.scanner = newScanner(c.cfg.Scan)
	c.progress = newScanProgress(c.stderr)
	defer func() { err = errors.Join(err, c.releases.close(ctx)) }()
	targets, err := c.targets(ctx, wishes)
	if err == nil {
		err = c.scanAll(ctx, targets)
	}
	c.progress.clear()
	if ctx.Err() != nil {
		return errors.New("interrupted: not everything was scanned")
	}
	if err != nil {
		return err
	}
	return c.conclude()
}

// targets finds the files that are meant.
func (c *scanCommand) targets(ctx context.Context, wishes []scanWish) ([]scanTarget, error) {
	var all []scanTarget
	for _, w := range wishes {
		var found []scanTarget
		var err error
		switch {
		case w.requirement == nil:
			found, err = c.onDisk(ctx, w.text)
		default:
			c.progress.show("looking up " + w.text)
			found, err = c.release(ctx, &w)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, ctx.Err()
}

// release finds the files of a release. An error is one that all further releases would meet.
func (c *scanCommand) release(ctx context.Context, w *scanWish) ([]scanTarget, error) {
	if c.releases == nil {
		var err error
		if c.releases, err = c.openReleases(ctx); err != nil {
			return nil, err
		}
	}
	found, note, err := c.releases.find(ctx, w)
	if err != nil {
		return []scanTarget{{name: w.text, err: err}}, ctx.Err()
	}
	if note != "" {
		c.say("%s: %s", w.text, note)
	}
	return found, nil
}

// say tells a person something beside the results.
func (c *scanCommand) say(format string, args ...any) {
	c.progress.clear()
	fmt.Fprintf(c.stderr, "pipwarden: %s\n", visible(fmt.Sprintf(format, args...)))
}

// scanAll scans the targets, some at once, and prints the results in their order.
func (c *scanCommand) scanAll(ctx context.Context, targets []scanTarget) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	waiting := make(chan chan *scanResult, c.parallel()-1) // with the one that is waited for: as many as run at once
	go func() {
		defer close(waiting)
		for i := range targets {
			done := make(chan *scanResult, 1)
			select {
			case waiting <- done:
			case <-ctx.Done():
				return
			}
			go func() { done <- c.scanOne(ctx, &targets[i]) }()
		}
	}()
	for n := 1; ; n++ {
		done, more := <-waiting
		if !more {
			return ctx.Err()
		}
		c.progress.show(fmt.Sprintf("scanning %d of %d: %s", n, len(targets), targets[n-1].name))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case r := <-done:
			c.progress.clear()
			if err := c.print(r); err != nil {
				return err
			}
		}
	}
}

// parallel is how many files are scanned at once.
func (g *globals) parallel() int {
	n := min(maxScans, runtime.GOMAXPROCS(0))
	if g.cfg.Scan.Parallel > 0 {
		n = min(n, g.cfg.Scan.Parallel)
	}
	return n
}

// A scanTally counts results.
type scanTally struct {
	levels  [scan.LevelMalicious + 1]int
	gaps    int // with gaps that the policy blocks
	failed  int // not scanned
	passed  int // in folders, not distributions by their names
	reached bool
}

// count adds a result.
func (c *scanCommand) count(r *scanResult) {
	if r.err != nil {
		c.tally.failed++
		return
	}
	c.tally.levels[r.report.Level]++
	c.tally.reached = c.tally.reached || r.report.Level >= c.failOn
	if blockingGap(&c.cfg.Policy, r.report) {
		c.tally.gaps++
	}
}

// blockingGap reports whether the policy's tables refuse a gap of the report. What its rules waive they waive for an
// installation.
func blockingGap(p *policy.Config, r *scan.Report) bool {
	for i := range r.Gaps {
		table := p.Gaps
		if r.Gaps[i].Hazard {
			table = p.Hazards
		}
		action, ok := table[r.Gaps[i].ID]
		if !ok {
			action = table[policy.DefaultKey]
		}
		if action == policy.Block {
			return true
		}
	}
	return false
}

// conclude ends the output and gives the exit code.
func (c *scanCommand) conclude() error {
	if c.sarif {
		if err := writeSARIF(c.stdout, c.reports); err != nil {
			return err
		}
	}
	t := &c.tally
	code := exitOK
	switch {
	case t.reached:
		code = exitFound
	case t.gaps+t.failed > 0:
		code = exitUnscanned
	}
	total := t.levels[scan.LevelClean] + t.levels[scan.LevelSuspicious] + t.levels[scan.LevelMalicious]
	if code != exitOK || total != 1 || t.passed > 0 {
		c.say("%s", t)
	}
	if code == exitOK {
		return nil
	}
	return &exitError{Code: code}
}

// String is the tally as one line.
func (t *scanTally) String() string {
	text := fmt.Sprintf("%d clean, %d suspicious, %d malicious",
		t.levels[scan.LevelClean], t.levels[scan.LevelSuspicious], t.levels[scan.LevelMalicious])
	for _, more := range []struct {
		n    int
		what string
	}{{t.gaps, "with blocking gaps"}, {t.failed, "not scanned"}, {t.passed, "other files passed over"}} {
		if more.n > 0 {
			text += fmt.Sprintf(", %d %s", more.n, more.what)
		}
	}
	return text
}

// scanFault gives an error that says no exit code that of something broken.
func scanFault(err error) error {
	var exit *exitError
	if err == nil || errors.As(err, &exit) {
		return err
	}
	return &exitError{exitUnscanned, err}
}

// hasAny reports whether the text ends, whatever its case, in one of the endings.
func hasAny(text string, endings []string) bool {
	text = strings.ToLower(text)
	for _, e := range endings {
		if strings.HasSuffix(text, e) {
			return true
		}
	}
	return false
}
