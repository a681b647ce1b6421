package gate

import (
	"fmt"
	"io"
	"log/slog"
	"testing"

	"pipwarden/internal/pypitest"
	"pipwarden/pypi"
)

// BenchmarkAdmitWarm is what the gate adds to a file that it has: the decision, the event, the log line, the open blob.
func BenchmarkAdmitWarm(b *testing.B) {
	w := newWorld(b, build{gate: func(g *Gate) {
		g.Log = slog.New(slog.NewJSONHandler(io.Discard, nil))
		g.OnDecided = nil
	}})
	f := w.index.Add(pypitest.Wheel("demo", "1.0"))
	r := w.request(f)
	r.Client = python
	w.mustAdmit(r, f)
	b.ReportAllocs()
	for b.Loop() {
		a, err := w.Admit(b.Context(), r)
		if err != nil {
			b.Fatal(err)
		}
		if err := a.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkScreenPage is a page of 3,000 files, again and then for the first time.
func BenchmarkScreenPage(b *testing.B) {
	w := newWorld(b, build{})
	p := &pypi.Page{Name: "demo"}
	for i := range 3000 {
		fn, err := pypi.ParseFilename(fmt.Sprintf("demo-1.%d-py3-none-any.whl", i), "demo")
		if err != nil {
			b.Fatal(err)
		}
		p.Files = append(p.Files, pypi.File{Filename: fn.Text, Parsed: fn, URL: "http://files.invalid/" + fn.Text,
			Hashes: pypi.Hashes{"sha256": fmt.Sprintf("%064x", i)}, UploadTime: pypitest.Epoch})
	}
	screen := func() {
		for i := range p.Files {
			w.Screen(Request{Index: w.up, Page: p, File: &p.Files[i], Filename: p.Files[i].Parsed, Client: python})
		}
	}
	b.Run("again", func(b *testing.B) {
		screen()
		b.ReportAllocs()
		for b.Loop() {
			screen()
		}
	})
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w.memo = memo{}
			screen()
		}
	})
}
