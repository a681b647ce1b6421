// Command measure says how good the scanner is: it scans artifacts that are
// labelled as malicious or genuine and prints recall, false positives with their
// intervals, where and when findings lie, and what a scan costs.
//
//	go run ./cmd/measure --malicious SET.tar --genuine FOLDER
//
// Malicious members of a tar are read in memory and never written to disk. Files,
// findings and families are shown of the tune split alone; of the held split
// there are totals and nothing else. docs/scanner.md has the figures and explains
// the columns.
//
// The exit code is 0 whatever the figures are, 1 when something could not be
// measured, 2 when the command line is wrong.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"pipwarden/internal/labelled"
)

// options are the command line.
type options struct {
	malicious, maliciousLabels string
	genuine, genuineLabels     string
	split                      labelled.Split
	perFamily, misses, flags   bool
	rules, json                bool
	jobs, process, most        int
	limit                      time.Duration
	against                    []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	o, err := parseOptions(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(0)
	case err != nil:
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(2)
	}
	err = run(ctx, o, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

func parseOptions(args []string, stderr io.Writer) (*options, error) {
	o := &options{split: labelled.Tune}
	f := flag.NewFlagSet("measure", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.malicious, "malicious", "", "tar or folder of malicious files, FAMILY/FILE")
	f.StringVar(&o.maliciousLabels, "malicious-labels", "", "their labels (default: malicious.tsv beside the tar)")
	f.StringVar(&o.genuine, "genuine", "", "folder of genuine files")
	f.StringVar(&o.genuineLabels, "genuine-labels", "", "list of those that count (default: all of the folder)")
	f.Func("split", "tune, held or all (default tune)", func(s string) (err error) {
		o.split, err = labelled.ParseSplit(s)
		return err
	})
	f.BoolVar(&o.perFamily, "per-family", false, "print every family of the tune split")
	f.BoolVar(&o.misses, "misses", false, "print malicious files of the tune split that are not malicious enough")
	f.BoolVar(&o.flags, "flags", false, "print genuine files of the tune split that are flagged or have gaps")
	f.BoolVar(&o.rules, "rules", false, "print what each rule finds in both sets")
	f.BoolVar(&o.json, "json", false, "print one JSON object")
	f.IntVar(&o.jobs, "jobs", max(1, runtime.GOMAXPROCS(0)/2), "files scanned at once")
	f.IntVar(&o.most, "most", 0, "take at most this many files of a family or project (default: all)")
	f.IntVar(&o.process, "process", 0, "scan this many genuine files, and the largest five, by a process each, for its time and memory")
	f.DurationVar(&o.limit, "limit", time.Minute, "time for one file")
	f.Func("against", "other scanners to run over the same files: guarddog, hexora, or both with a comma", func(s string) error {
		o.against = strings.Split(s, ",")
		return checkOthers(o.against)
	})
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	return o, o.check(f.NArg())
}

func (o *options) check(rest int) error {
	switch {
	case rest > 0:
		return errors.New("arguments without a flag are not understood")
	case o.malicious == "" && o.genuine == "":
		return errors.New("name a set with --malicious or --genuine")
	case o.jobs < 1:
		return errors.New("--jobs must be 1 or more")
	}
	if o.malicious != "" && o.maliciousLabels == "" {
		beside := filepath.Join(filepath.Dir(o.malicious), "malicious.tsv")
		if _, err := os.Stat(beside); err == nil {
			o.maliciousLabels = beside
		}
	}
	return nil
}

func run(ctx context.Context, o *options, out io.Writer) error {
	samples, done, err := load(o)
	if err != nil {
		return err
	}
	defer done()
	m := &measurement{options: o}
	if m.results, err = scanAll(ctx, samples, o); err != nil {
		return err
	}
	if o.process > 0 {
		if m.processes, err = runProcesses(ctx, samples, o.process); err != nil {
			return err
		}
	}
	for _, name := range o.against {
		other, err := runOther(ctx, name, samples, o)
		if err != nil {
			return err
		}
		m.others = append(m.others, other)
	}
	if o.json {
		return m.writeJSON(out)
	}
	return m.writeText(out)
}

// load reads the sets, keeps the asked split, and returns what closes them.
func load(o *options) ([]*labelled.Sample, func(), error) {
	var samples []*labelled.Sample
	done := func() {}
	if o.malicious != "" {
		s, err := labelled.Malicious(o.malicious, o.maliciousLabels)
		if err != nil {
			return nil, nil, err
		}
		s.Keep(o.split)
		s.Limit(o.most)
		samples = append(samples, s.Samples...)
		done = func() { s.Close() }
	}
	if o.genuine != "" {
		s, err := labelled.Genuine(o.genuine, o.genuineLabels)
		if err != nil {
			done()
			return nil, nil, err
		}
		s.Keep(o.split)
		s.Limit(o.most)
		samples = append(samples, s.Samples...)
	}
	return samples, done, nil
}
