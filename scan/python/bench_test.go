//go:build unix

package python_test

import (
	"math"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"pipwarden/scan/python"
	"pipwarden/scan/python/internal/cpython"
)

// largest returns the contents of all files of the newest CPython found.
func largest(tb testing.TB) (i cpython.Interpreter, sources [][]byte, names []string) {
	tb.Helper()
	found := cpython.Find(tb.Context())
	if len(found) == 0 {
		tb.Fatal("no CPython found")
	}
	i = found[len(found)-1]
	files, err := cpython.Sources(i.Library)
	if err != nil {
		tb.Fatal(err)
	}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		sources, names = append(sources, src), append(names, name)
	}
	return i, sources, names
}

// BenchmarkParse reads the standard library of the newest CPython found. MB/s
// are of wall time; MB/cpu-s count the CPU time of all threads, the garbage
// collector's too.
func BenchmarkParse(b *testing.B) {
	i, sources, names := largest(b)
	size := 0
	for _, src := range sources {
		size += len(src)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	fastest := make([]time.Duration, len(sources))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start, rounds := cpuTime(b), 0
	for b.Loop() {
		rounds++
		for n, src := range sources {
			begin := time.Now()
			python.Parse(src, python.Options{Dialect: python.Py3})
			if d := time.Since(begin); fastest[n] == 0 || d < fastest[n] {
				fastest[n] = d
			}
		}
	}
	b.ReportMetric(float64(rounds*size)/(cpuTime(b)-start).Seconds()/1e6, "MB/cpu-s")
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(rounds*size)*1e3, "allocs/kB")
	slowest := 0
	for n, d := range fastest {
		if d > fastest[slowest] {
			slowest = n
		}
	}
	b.Logf("CPython %s: %d files, %d bytes; longest at %v: %s, %d bytes",
		i.Full, len(sources), size, fastest[slowest], strings.TrimPrefix(names[slowest], i.Library), len(sources[slowest]))
}

// BenchmarkHostile makes hostile inputs of 256 kB to 16 MB and reports the
// exponent of the time that they take: 1 is linear. Each size is read several
// times and the fastest counts.
func BenchmarkHostile(b *testing.B) {
	const atLeast = 300 * time.Millisecond
	hostileSizes := []int{1 << 18, 1 << 20, 1 << 22, 1 << 24}
	for _, h := range hostiles {
		b.Run(strings.ReplaceAll(h.name, " ", "-"), func(b *testing.B) {
			for b.Loop() {
				var sizes, times []float64
				for _, size := range hostileSizes {
					src := h.make(size)
					fastest := math.MaxFloat64
					begin := time.Now()
					for round := 0; round < 3 || time.Since(begin) < atLeast; round++ {
						runtime.GC()
						start := cpuTime(b)
						python.Parse(src, python.Options{Dialect: python.Py3})
						fastest = min(fastest, (cpuTime(b) - start).Seconds())
					}
					sizes, times = append(sizes, float64(len(src))), append(times, fastest)
				}
				b.ReportMetric(slope(sizes, times), "exponent")
				b.ReportMetric(sizes[len(sizes)-1]/times[len(times)-1]/1e6, "MB/s")
			}
		})
	}
}

// slope fits a line through the logarithms of two series.
func slope(xs, ys []float64) float64 {
	var sx, sy, sxx, sxy float64
	n := float64(len(xs))
	for i := range xs {
		x, y := math.Log(xs[i]), math.Log(ys[i])
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	return (n*sxy - sx*sy) / (n*sxx - sx*sx)
}

// cpuTime is what all threads of this process have used.
func cpuTime(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
