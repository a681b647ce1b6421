package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"pipwarden/internal/labelled"
)

// A process is what one run of the whole program took for one file.
type process struct {
	sample *labelled.Sample
	cpu    time.Duration
	memory int64 // bytes
}

// largest is how many of the largest files are always among those of runProcesses.
const largest = 5

// runProcesses builds the program and lets it scan about n genuine files, evenly
// chosen, and the largest, by a process each on one processor.
func runProcesses(ctx context.Context, samples []*labelled.Sample, n int) ([]process, error) {
	dir, err := os.MkdirTemp("", "measure-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "pipwarden.exe")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "pipwarden/cmd/pipwarden").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the program: %w\n%s", err, out)
	}
	chosen := choose(samples, n)
	progress := newProgress("processes", len(chosen))
	defer progress.end()
	var out []process
	for _, s := range chosen {
		p, err := runProcess(ctx, program, dir, s)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
		progress.step()
	}
	return out, nil
}

func choose(samples []*labelled.Sample, n int) []*labelled.Sample {
	files := slices.DeleteFunc(slices.Clone(samples), func(s *labelled.Sample) bool { return s.Malicious })
	var out []*labelled.Sample
	for i := range n {
		if len(files) > 0 {
			out = append(out, files[i*len(files)/n])
		}
	}
	slices.SortStableFunc(files, func(a, b *labelled.Sample) int { return cmp.Compare(b.Size, a.Size) })
	out = append(out, files[:min(largest, len(files))]...)
	seen := map[*labelled.Sample]bool{}
	return slices.DeleteFunc(out, func(s *labelled.Sample) bool {
		again := seen[s]
		seen[s] = true
		return again
	})
}

func runProcess(ctx context.Context, program, dir string, s *labelled.Sample) (process, error) {
	cmd := exec.CommandContext(ctx, program, "scan", "--json", s.Path)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "XDG_CONFIG_HOME="+dir)
	cmd.Stderr = os.Stderr
	err := cmd.Run()
	// Any verdict will do here; a process that did not end by itself will not.
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || !exit.Exited()) {
		return process{}, fmt.Errorf("scan %s: %w", s.Path, err)
	}
	state := cmd.ProcessState
	return process{s, state.UserTime() + state.SystemTime(), childMemory(state)}, nil
}
