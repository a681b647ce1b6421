package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"pipwarden/internal/labelled"
)

// An other is what another scanner says of the same samples.
type other struct {
	name, version string
	start         time.Duration // CPU before the first file, where it is not in each
	verdicts      []verdict     // as the samples
}

// A verdict is of one sample.
type verdict struct {
	sample  *labelled.Sample
	flagged bool
	failed  bool // it had no verdict: an error, or no end within the limit
	cpu     time.Duration
}

// A contender is another scanner at its own threshold.
type contender struct {
	name      string
	threshold string // for the reader
	// open starts what verdicts are asked of, one at a time.
	open func(ctx context.Context, venv string) (judge, error)
}

// A judge is asked for verdicts, by one goroutine.
type judge interface {
	// judge sets the verdict's flagged, failed and cpu. An error is ours, not
	// the scanner's.
	judge(ctx context.Context, v *verdict, content []byte) error
	// start is the CPU time before the first file.
	start() time.Duration
	// close ends it.
	close()
}

var contenders = []contender{
	{"guarddog", "score >= 5", openGuardDog},
	{"hexora", "score >= 0.5", openHexora},
}

func contenderOf(name string) (contender, bool) {
	i := slices.IndexFunc(contenders, func(c contender) bool { return c.name == name })
	if i < 0 {
		return contender{}, false
	}
	return contenders[i], true
}

func checkOthers(names []string) error {
	for _, n := range names {
		if _, ok := contenderOf(n); !ok {
			return fmt.Errorf("unknown scanner %q: want guarddog or hexora", n)
		}
	}
	return nil
}

// runOther lets another scanner judge the samples, o.jobs at once.
func runOther(ctx context.Context, name string, samples []*labelled.Sample, o *options) (*other, error) {
	c, _ := contenderOf(name)
	venv, version, err := installed(ctx, name)
	if err != nil {
		return nil, err
	}
	out := &other{name: name, version: version, verdicts: make([]verdict, len(samples))}
	progress := newProgress(name, len(samples))
	defer progress.end()
	g, ctx := errgroup.WithContext(ctx)
	next := make(chan int)
	g.Go(func() error {
		defer close(next)
		for i := range samples {
			select {
			case next <- i:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	starts := make([]time.Duration, o.jobs)
	for n := range o.jobs {
		g.Go(func() error {
			j := &restarting{contender: c, venv: venv, limit: o.limit}
			defer j.close()
			for i := range next {
				out.verdicts[i].sample = samples[i]
				if err := j.judge(ctx, &out.verdicts[i]); err != nil {
					return fmt.Errorf("%s: %s: %w", name, samples[i].Path, err)
				}
				progress.step()
			}
			starts[n] = j.startCPU
			return nil
		})
	}
	err = g.Wait()
	out.start = slices.Max(starts)
	return out, err
}

// restarting is a judge that is started again when it did not end in time.
type restarting struct {
	contender contender
	venv      string
	limit     time.Duration
	now       judge // nil = to be started
	startCPU  time.Duration
}

func (r *restarting) judge(ctx context.Context, v *verdict) (err error) {
	content, err := whole(v.sample)
	if err != nil {
		return err
	}
	if r.now == nil {
		if r.now, err = r.contender.open(ctx, r.venv); err != nil {
			return err
		}
		r.startCPU = r.now.start()
	}
	limited, cancel := context.WithTimeout(ctx, r.limit)
	defer cancel()
	err = r.now.judge(limited, v, content)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case limited.Err() != nil:
		v.failed, v.cpu = true, r.limit
		r.close()
		return nil
	case err != nil:
		v.failed = true // it fell over this file; the next one meets a new process
		r.close()
	}
	return nil
}

func (r *restarting) close() {
	if r.now != nil {
		r.now.close()
		r.now = nil
	}
}

// whole reads a sample into memory.
func whole(s *labelled.Sample) ([]byte, error) {
	c, err := s.Open()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	b := make([]byte, s.Size)
	if _, err := c.ReadAt(b, 0); err != nil && int64(len(b)) != s.Size {
		return nil, err
	}
	return b, nil
}

// installed makes a virtual environment in the user's cache folder once, with
// the scanner from the index that pip uses, and returns it with the version.
func installed(ctx context.Context, name string) (venv, version string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", "", err
	}
	venv = filepath.Join(cache, "pipwarden-measure", name)
	python := program(venv, "python")
	if _, err := os.Stat(python); err != nil {
		if out, err := exec.CommandContext(ctx, "python3", "-m", "venv", venv).CombinedOutput(); err != nil {
			return "", "", fmt.Errorf("make a virtual environment: %w\n%s", err, out)
		}
	}
	ask := func() ([]byte, error) {
		return exec.CommandContext(ctx, python, "-c", "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))", name).Output()
	}
	out, err := ask()
	if err != nil {
		if text, err := exec.CommandContext(ctx, python, "-m", "pip", "install", "--quiet", name).CombinedOutput(); err != nil {
			return "", "", fmt.Errorf("install %s: %w\n%s", name, err, text)
		}
		out, err = ask()
	}
	return venv, strings.TrimSpace(string(out)), err
}

// program is the path of a program of a virtual environment.
func program(venv, name string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(venv, "Scripts", name+".exe")
	}
	return filepath.Join(venv, "bin", name)
}

// ours is this scanner's result in the form of the others, at one level.
func (m *measurement) ours(i int) *other {
	o := &other{name: "pipwarden, " + levels[i].name, version: "-"}
	for _, r := range m.results {
		o.verdicts = append(o.verdicts, verdict{r.sample, r.level() >= levels[i].at, r.failed != "", r.cpu})
	}
	return o
}

func (m *measurement) writeOthers(p *printer) {
	if len(m.others) == 0 {
		return
	}
	p.section("side by side over the same files: recall where there is a payload, false positives, CPU milliseconds a file")
	p.row("scanner\tversion\trecall by file\tby family\tgenuine files\tsdists\twheels\tmedian\tp99\tsum\tstart\tfailed")
	for _, l := range m.sideBySide() {
		p.row("%s\t%s\t%v\t%.1f%%\t%v\t%v\t%v\t%.1f\t%.1f\t%.1f s\t%d\t%d", l.Name, l.Version, l.Recall, 100*l.Families,
			l.Genuine, l.Sdists, l.Wheels, l.Median, l.P99, l.Sum, l.Start, l.Failed)
	}
}

// sideBySide is one scanner's line of the comparison.
type sideBySide struct {
	Name     string  `json:"name"` // with the threshold
	Version  string  `json:"version"`
	Recall   share   `json:"recall"`   // files with a payload
	Families float64 `json:"families"` // mean share of a family's files, 0 to 1
	Genuine  share   `json:"genuine"`
	Sdists   share   `json:"sdists"`
	Wheels   share   `json:"wheels"`
	Median   float64 `json:"median"` // milliseconds of CPU
	P99      float64 `json:"p99"`    // milliseconds
	Sum      float64 `json:"sum"`    // seconds
	Start    int64   `json:"start"`  // milliseconds before the first file, where they are not in each
	Failed   int     `json:"failed"`
}

func (m *measurement) sideBySide() []sideBySide {
	if len(m.others) == 0 {
		return nil
	}
	var out []sideBySide
	for _, o := range append([]*other{m.ours(0), m.ours(1)}, m.others...) {
		out = append(out, o.line())
	}
	return out
}

func (o *other) line() sideBySide {
	l := sideBySide{Name: o.name, Version: o.version, Start: o.start.Milliseconds()}
	if c, ok := contenderOf(o.name); ok {
		l.Name += ", " + c.threshold
	}
	families := map[string]*share{}
	var times []time.Duration
	for _, v := range o.verdicts {
		times = append(times, v.cpu)
		if v.failed {
			l.Failed++
		}
		switch s := v.sample; {
		case s.Payload():
			l.Recall.add(v.flagged)
			if families[s.Group] == nil {
				families[s.Group] = &share{}
			}
			families[s.Group].add(v.flagged)
		case !s.Malicious:
			l.Genuine.add(v.flagged)
			if strings.HasSuffix(s.Name, ".whl") {
				l.Wheels.add(v.flagged)
			} else {
				l.Sdists.add(v.flagged)
			}
		}
	}
	for _, s := range families {
		l.Families += s.rate() / float64(len(families))
	}
	l.Median, l.P99, l.Sum = spread(times)
	return l
}
