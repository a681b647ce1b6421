package cache

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
)

// pageText is like a large index page: it compresses as one does.
func pageText(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, `{"filename":"example-1.%d.0-cp312-cp312-manylinux_2_17_x86_64.whl","hashes":{"sha256":"%016x%016x%016x%016x"},"size":%d},`,
			i, r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64(), r.IntN(1e8))
	}
	return b.Bytes()[:n]
}

func BenchmarkOpen(b *testing.B) {
	for _, size := range []int{50_000, 2 << 20} {
		s := newStore(b)
		id := s.add(b, noise(1, size))
		b.Run(fmt.Sprintf("pin/%d", size), func(b *testing.B) {
			for b.Loop() {
				blob, err := s.Store.Open(id)
				if err != nil {
					b.Fatal(err)
				}
				blob.Close()
			}
		})
		b.Run(fmt.Sprintf("file/%d", size), func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				blob, _ := s.Store.Open(id)
				f, err := blob.File()
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, f)
				blob.Close()
			}
		})
		b.Run(fmt.Sprintf("read/%d", size), func(b *testing.B) {
			b.SetBytes(int64(size))
			b.RunParallel(func(pb *testing.PB) {
				buf := make([]byte, size)
				for pb.Next() {
					blob, _ := s.Store.Open(id)
					if body, ok := blob.Bytes(); ok {
						copy(buf, body)
					} else if _, err := blob.ReadAt(buf, 0); err != nil {
						b.Error(err)
					}
					blob.Close()
				}
			})
		})
	}
}

func BenchmarkReport(b *testing.B) {
	s := newStore(b)
	k, r := testReport(1)
	if err := s.PutReport(k, r); err != nil {
		b.Fatal(err)
	}
	b.Run("memory", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Report(k); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("database", func(b *testing.B) {
		for b.Loop() {
			s.reports.clear()
			if _, err := s.Report(k); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("put", func(b *testing.B) {
		for b.Loop() {
			if err := s.PutReport(k, r); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkPage(b *testing.B) {
	s := newStore(b)
	p := testPage("example", pageText(3<<20))
	b.Run("put", func(b *testing.B) {
		b.SetBytes(int64(len(p.Body)))
		for b.Loop() {
			if err := s.PutPage(p); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("get", func(b *testing.B) {
		b.SetBytes(int64(len(p.Body)))
		for b.Loop() {
			if _, err := s.Page("main", "example"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("touch", func(b *testing.B) {
		for b.Loop() {
			if err := s.TouchPage("main", "example", time.Now()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkFirstSeenPage(b *testing.B) {
	s := newStore(b)
	files := make([]Sighting, 3000)
	for i := range files {
		files[i] = Sighting{fmt.Sprintf("example-1.%d.tar.gz", i), sum([]byte(fmt.Sprint(i)))}
	}
	for name, before := range map[string]func(){"memory": func() {}, "database": s.seen.clear} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				before()
				if _, err := s.FirstSeenAll("main", files, time.Now()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCommit(b *testing.B) {
	for _, size := range []int{50_000, 5 << 20} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := newStore(b)
			body := noise(1, size)
			b.SetBytes(int64(size))
			for i := 0; b.Loop(); i++ {
				body[i%8], body[8+i/8%8] = byte(i), byte(i>>8)
				s.add(b, body)
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	s := newStore(b)
	for b.Loop() {
		s.Append(Event{Kind: "decided", Project: "example", Reason: "a reason as it is written for people"})
	}
}

// BenchmarkMemory tells what of this process is in RAM with an empty store, and with one after 10,000 mixed
// operations. Run it alone: what other benchmarks left counts too.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		s := newStore(b)
		b.ReportMetric(residentMB(b), "MB-empty")
		s.mixed(b)
		b.ReportMetric(residentMB(b), "MB-used")
	}
}

// mixed does 10,000 operations of all kinds.
func (o opened) mixed(t testing.TB) {
	t.Helper()
	page := pageText(1 << 20)
	files := make([]Sighting, 1000)
	for i := range files {
		files[i] = Sighting{fmt.Sprintf("example-1.%d.tar.gz", i), ""}
	}
	for i := range uint64(10_000) {
		var err error
		switch i % 10 {
		case 0:
			o.add(t, noise(i, 50_000))
		case 1, 2:
			k, r := testReport(i)
			err = o.PutReport(k, r)
		case 3:
			if i%100 == 3 {
				err = o.PutPage(testPage(fmt.Sprint("example", i%30), page))
			}
		case 4:
			if _, e := o.Page("main", "example3"); i > 100 && e != nil && i%100 == 4 {
				err = e
			}
		case 5:
			_, err = o.FirstSeenAll(fmt.Sprint("index", i%5), files, time.Now())
		default:
			o.wantFile(t, noise(i/10*10, 50_000))
		}
		if err != nil {
			t.Fatal(err)
		}
		o.Append(Event{Kind: "decided", Project: "example"})
	}
}

// residentMB is the memory of this process that is in RAM, its own or mapped.
func residentMB(b *testing.B) float64 {
	b.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("only Linux tells its memory so")
	}
	kb := 0
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			fmt.Sscan(v, &kb)
		}
	}
	return float64(kb) / 1024
}
