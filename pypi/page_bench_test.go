package pypi

import (
	"fmt"
	"net/url"
	"testing"
	"time"
)

// benchFiles is about what the pages of the largest projects list.
const benchFiles = 3000

// bigPage makes a page like that of a project with many wheels.
func bigPage() *Page {
	p := &Page{Name: "big-project", APIVersion: "1.4"}
	start := time.Date(2015, 1, 1, 0, 0, 0, 123456000, time.UTC)
	for i := range benchFiles {
		version := fmt.Sprintf("%d.%d.%d", i/200, i/10%20, i%10)
		name := fmt.Sprintf("big_project-%s-cp3%d-cp3%d-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", version, i%7+6, i%7+6)
		if i%10 == 0 {
			name = fmt.Sprintf("big_project-%s.tar.gz", version)
			p.Versions = append(p.Versions, version)
		}
		sum := fmt.Sprintf("%064x", (i+1)*7919)
		p.Files = append(p.Files, File{
			Filename:       name,
			URL:            fmt.Sprintf("https://files.example.invalid/packages/%s/%s/%s/%s", sum[60:62], sum[62:], sum[:60], name),
			Hashes:         Hashes{"sha256": sum},
			Size:           int64(10000 + i),
			UploadTime:     start.Add(time.Duration(i) * time.Hour),
			RequiresPython: ">=3.8",
			Metadata:       CoreMetadata{Offered: true, Hashes: Hashes{"sha256": sum}},
		})
	}
	return p
}

func BenchmarkParsePageJSON(b *testing.B) {
	benchmarkParse(b, bigPage().AppendJSON(nil), FormatJSON)
}

func BenchmarkParsePageHTML(b *testing.B) {
	benchmarkParse(b, bigPage().AppendHTML(nil), FormatHTML)
}

func benchmarkParse(b *testing.B, body []byte, format Format) {
	src := PageSource{
		Body: body, ContentType: format.ContentType(), Name: "big-project",
		URL: &url.URL{Scheme: "https", Host: "index.example.invalid", Path: "/simple/big-project/"},
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		p, err := ParsePage(src)
		if err != nil || len(p.Files) != benchFiles {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) { benchmarkRender(b, (*Page).AppendJSON) }
func BenchmarkAppendHTML(b *testing.B) { benchmarkRender(b, (*Page).AppendHTML) }

func benchmarkRender(b *testing.B, render func(*Page, []byte) []byte) {
	p := bigPage()
	out := render(p, nil)
	b.SetBytes(int64(len(out)))
	b.ReportAllocs()
	for b.Loop() {
		out = render(p, out[:0])
	}
}
