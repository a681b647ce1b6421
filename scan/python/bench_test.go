package python_test

import (
	"os"
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

// BenchmarkParse reads the standard library of the newest CPython found.
func BenchmarkParse(b *testing.B) {
	i, sources, names := largest(b)
	size := 0
	for _, src := range sources {
		size += len(src)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	slowest, slowestName := 0.0, ""
	for b.Loop() {
		for n, src := range sources {
			start := time.Now()
			f := python.Parse(src, python.Options{Dialect: python.Py3})
			if len(src) > 10000 {
				if perByte := float64(time.Since(start)) / float64(len(src)); perByte > slowest {
					slowest, slowestName = perByte, names[n]
				}
			}
			_ = f
		}
	}
	b.ReportMetric(slowest, "ns/B-slowest")
	b.Logf("CPython %s: %d files, %d bytes; slowest %s", i.Full, len(sources), size, slowestName)
}
