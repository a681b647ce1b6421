package proxy

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"pipwarden/internal/pypitest"
)

// fetch asks once over a connection that stays.
func fetch(b *testing.B, url string, header http.Header) {
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
	if err != nil {
		b.Fatal(err)
	}
	req.Header = header
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
		b.Fatal(res.Status, err)
	}
}

// BenchmarkPage serves a warm page of 3,000 files, compressed; BenchmarkPageCold makes it anew each time.
func BenchmarkPage(b *testing.B) {
	g := largeProject(b)
	header := http.Header{"Accept": {jsonType}, "Accept-Encoding": {"gzip"}, "User-Agent": {pipAgent}}
	fetch(b, g.url+"/simple/demo/", header)
	for b.Loop() {
		fetch(b, g.url+"/simple/demo/", header)
	}
}

func BenchmarkPageCold(b *testing.B) {
	g := largeProject(b)
	header := http.Header{"Accept": {jsonType}, "Accept-Encoding": {"gzip"}, "User-Agent": {pipAgent}}
	fetch(b, g.url+"/simple/demo/", header)
	for b.Loop() {
		g.Server.renders = newRenders()
		fetch(b, g.url+"/simple/demo/", header)
	}
}

// BenchmarkFile serves a small warm file, with its decision, event and all.
func BenchmarkFile(b *testing.B) {
	g := start(b, pypitest.Options{}, nil)
	f := g.index.Add(pypitest.Wheel("demo", "1.0"))
	url := g.url + g.link("demo", f.Filename)
	header := http.Header{"User-Agent": {pipAgent}}
	fetch(b, url, header)
	b.SetBytes(f.Size)
	for b.Loop() {
		fetch(b, url, header)
	}
}

func largeProject(b *testing.B) *testGuard {
	g := start(b, pypitest.Options{}, nil)
	for i := range 3000 {
		g.index.AddFile("demo", &pypitest.File{Filename: fmt.Sprintf("demo-1.%d-py3-none-any.whl", i), Data: fmt.Appendf(nil, "%d", i)})
	}
	return g
}
