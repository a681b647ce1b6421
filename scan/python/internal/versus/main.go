//go:build unix

// Command versus compares the speed of scan/python with that of CPython's
// ast.parse: both read the same files in the same run, on one core, and the
// measure is bytes per second of CPU time (garbage collection included).
//
//	go run ./scan/python/internal/versus [-version 3.13] [-rounds 3]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"pipwarden/scan/python"
	"pipwarden/scan/python/internal/cpython"
)

// timer reads the files named on its standard input and prints the seconds
// of CPU that ast.parse took for those that it accepts, and their bytes.
const timer = `
import ast, gc, sys, time, warnings
warnings.simplefilter('ignore')
clock = getattr(time, 'process_time', time.clock if sys.version_info < (3,) else None)
total = size = 0
for line in sys.stdin:
    with open(line.rstrip('\n'), 'rb') as f:
        source = f.read()
    start = clock()
    try:
        tree = ast.parse(source)
    except Exception:
        continue
    total += clock() - start
    size += len(source)
    tree = None
print('%.6f %d' % (total, size))
`

func main() {
	version := flag.String("version", "", "of CPython, for example 3.11; the newest found if empty")
	rounds := flag.Int("rounds", 3, "how often scan/python reads the files; the fastest counts")
	flag.Parse()
	if err := run(*version, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "versus:", err)
		os.Exit(1)
	}
}

func run(version string, rounds int) error {
	ctx := context.Background()
	found := cpython.Find(ctx)
	for n := len(found) - 1; n >= 0; n-- {
		if version == "" || found[n].Version == version {
			return compare(ctx, found[n], rounds)
		}
	}
	return fmt.Errorf("no CPython %s found", version)
}

func compare(ctx context.Context, i cpython.Interpreter, rounds int) error {
	files, err := cpython.Sources(i.Library)
	if err != nil {
		return err
	}
	theirs, err := theirSpeed(ctx, i, files)
	if err != nil {
		return err
	}
	ours, err := ourSpeed(i, files, rounds)
	if err != nil {
		return err
	}
	fmt.Printf("CPython %s ast.parse %7.1f MB per CPU second\n", i.Full, theirs)
	fmt.Printf("scan/python        %9.1f MB per CPU second\n", ours)
	fmt.Printf("ratio              %9.1f\n", ours/theirs)
	return nil
}

func theirSpeed(ctx context.Context, i cpython.Interpreter, files []string) (float64, error) {
	cmd := exec.CommandContext(ctx, i.Path, "-c", timer)
	cmd.Stdin = strings.NewReader(strings.Join(files, "\n") + "\n")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, err
	}
	seconds, size, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	s, err := strconv.ParseFloat(seconds, 64)
	if err != nil {
		return 0, err
	}
	b, err := strconv.ParseFloat(size, 64)
	if err != nil {
		return 0, err
	}
	return b / s / 1e6, nil
}

func ourSpeed(i cpython.Interpreter, files []string, rounds int) (float64, error) {
	runtime.GOMAXPROCS(1)
	var sources [][]byte
	size := 0
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			return 0, err
		}
		sources, size = append(sources, src), size+len(src)
	}
	dialect := python.Py3
	if i.Number() < 300 {
		dialect = python.Py2
	}
	best := 0.0
	for range rounds {
		debug.FreeOSMemory()
		start, err := cpuTime()
		if err != nil {
			return 0, err
		}
		for _, src := range sources {
			python.Parse(src, python.Options{Dialect: dialect})
		}
		end, err := cpuTime()
		if err != nil {
			return 0, err
		}
		best = max(best, float64(size)/(end-start).Seconds()/1e6)
	}
	return best, nil
}

// cpuTime is what all threads of this process have used.
func cpuTime() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
