package upstream

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const jsonType = "application/vnd.pypi.simple.v1+json"

func TestPage(t *testing.T) {
	const body = `{"meta":{"api-version":"1.1"},"name":"demo","files":[]}`
	var seen http.Header
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header
		if r.URL.Path != "/simple/demo/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Date", "Tue, 03 Jan 2006 15:04:05 GMT")
		w.Header().Set("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
		if r.Header.Get("If-None-Match") == `"v1"` || r.Header.Get("If-Modified-Since") == "Mon, 02 Jan 2006 15:04:05 GMT" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", jsonType)
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write([]byte(body))
		_ = z.Close()
	})
	c := newClient(t, s.URL+"/simple", func(o *Options) { o.UserAgent = "pipwarden/1.2" })
	page, err := getPage(c, "demo")
	if err != nil {
		t.Fatal(err)
	}
	want := &PageResponse{Body: []byte(body), ContentType: jsonType, ETag: `"v1"`, LastModified: "Mon, 02 Jan 2006 15:04:05 GMT", URL: s.URL + "/simple/demo/", Date: time.Date(2006, 1, 3, 15, 4, 5, 0, time.UTC)}
	if d := cmp.Diff(want, page); d != "" {
		t.Error(d)
	}
	for key, value := range map[string]string{"User-Agent": "pipwarden/1.2", "Accept": acceptPage, "Accept-Encoding": "gzip", "Authorization": ""} {
		if seen.Get(key) != value {
			t.Errorf("%s: %q, want %q", key, seen.Get(key), value)
		}
	}
	for _, r := range []PageRequest{{ETag: `"v1"`}, {LastModified: "Mon, 02 Jan 2006 15:04:05 GMT"}} {
		r.Index, r.Project = c.Indexes()[0], "demo"
		page, err := c.Page(context.Background(), r)
		if err != nil || !page.NotModified || page.Body != nil || page.ETag != `"v1"` {
			t.Errorf("Page(%+v) = %+v, %v; want not modified", r, page, err)
		}
	}
	if _, err := getPage(c, "absent"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent project: %v", err)
	}
}

// TestPageName: a project that was never parsed does not become a path of the index.
func TestPageName(t *testing.T) {
	s := newServer(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("asked for %q", r.URL.Path) })
	c := newClient(t, s.URL+"/simple/")
	for _, name := range []string{"", "..", "../admin", "a/b", "A", "a_b", "a?b", "a%2fb", "//host/"} {
		if _, err := getPage(c, name); err == nil {
			t.Errorf("Page(%q) gave no error", name)
		}
	}
}

// TestNotModifiedKeepsTags: a 304 may leave out what it does not change.
func TestNotModifiedKeepsTags(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) })
	c := newClient(t, s.URL)
	page, err := c.Page(context.Background(), PageRequest{Index: c.Indexes()[0], Project: "demo", ETag: `"v1"`, LastModified: "then"})
	if err != nil || !page.NotModified || page.ETag != `"v1"` || page.LastModified != "then" {
		t.Errorf("Page = %+v, %v", page, err)
	}
}

func TestRetry(t *testing.T) {
	tests := []struct {
		name   string
		faults []int // statuses of the first answers, 0 = connection cut
		header string
		tries  int32
		ok     bool
	}{
		{"cured at once", nil, "", 1, true},
		{"cured", []int{503, 0}, "", 3, true},
		{"bad gateway and timeout", []int{502, 504}, "", 3, true},
		{"not cured", []int{503, 503, 503}, "", 3, false},
		{"500 is not temporary in this sense", []int{500}, "", 1, false},
		{"404 is an answer", []int{404}, "", 1, false},
		{"429 wants less, not more", []int{429}, "", 1, false},
		{"asked to come back later", []int{503}, "60", 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var tries atomic.Int32
			s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				n := int(tries.Add(1))
				if n > len(tt.faults) {
					_, _ = w.Write([]byte("{}"))
					return
				}
				if tt.faults[n-1] == 0 {
					w.Header().Set("Content-Length", "100")
					panic(http.ErrAbortHandler)
				}
				w.Header().Set("Retry-After", tt.header)
				w.WriteHeader(tt.faults[n-1])
			})
			c := newClient(t, s.URL, func(o *Options) { o.Retries = 2 })
			_, err := getPage(c, "demo")
			if (err == nil) != tt.ok || tries.Load() != tt.tries {
				t.Errorf("error %v after %d requests, want %d", err, tries.Load(), tt.tries)
			}
		})
	}
}

// TestRetryFits: a wait that the caller's deadline does not allow is not begun.
func TestRetryFits(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	c := newClient(t, s.URL, func(o *Options) { o.Retries = 5; o.RetryDelay = time.Second; o.PageTimeout = 400 * time.Millisecond })
	_, err := getPage(c, "demo")
	if !isStatus(503, 0)(err) {
		t.Errorf("Page: %T %v", err, err)
	}
}

func TestRetryAfter(t *testing.T) {
	in := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	tests := []struct {
		text     string
		low, top time.Duration
	}{
		{"", 0, 0},
		{" 12 ", 12 * time.Second, 12 * time.Second},
		{"-1", 0, 0},
		{"99999999999999999999", 0, 0},
		{"2000000000", maxRetryAfter, maxRetryAfter},
		{in(time.Hour), 59 * time.Minute, time.Hour},
		{in(-time.Hour), 0, 0},
		{in(1000 * time.Hour), maxRetryAfter, maxRetryAfter},
	}
	for _, tt := range tests {
		got := retryAfter(http.Header{"Retry-After": {tt.text}})
		if got < tt.low || got > tt.top {
			t.Errorf("retryAfter(%q) = %v, want %v to %v", tt.text, got, tt.low, tt.top)
		}
	}
}

// TestHTMLWithoutLength: a document whose end is there is whole, though nobody announced its length.
func TestHTMLWithoutLength(t *testing.T) {
	index := rawAnswer(t, "HTTP/1.0 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body><a href=x>x</a></BODY></HTML>\n")
	page, err := getPage(newClient(t, index), "demo")
	if err != nil || !bytes.HasSuffix(page.Body, []byte("</HTML>\n")) {
		t.Errorf("Page = %+v, %v", page, err)
	}
}

// TestPerHostLimit: no more requests are under way than allowed, and all are answered.
func TestPerHostLimit(t *testing.T) {
	const limit, all = 3, 20
	var now, most atomic.Int32
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		_, _ = w.Write([]byte("{}"))
	})
	c := newClient(t, s.URL, func(o *Options) { o.MaxPerHost = limit })
	errs := make(chan error, all)
	for i := range all {
		go func() {
			_, err := getPage(c, fmt.Sprintf("demo-%d", i))
			errs <- err
		}()
	}
	for range all {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if most.Load() > limit {
		t.Errorf("%d requests at once, want at most %d", most.Load(), limit)
	}
}

// TestSecretsStayInside: no error prints credentials or a signed query.
func TestSecretsStayInside(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	address := strings.Replace(s.URL, "http://", "http://user:hunter2@", 1)
	c := newClient(t, address)
	_, pageErr := getPage(c, "demo")
	_, fileErr := c.File(context.Background(), FileRequest{Index: c.Indexes()[0], URL: s.URL + "/f?signature=hunter2#hunter2"})
	texts := []string{fmt.Sprintf("%v %+v %#v %s", c.Indexes()[0], *c.Indexes()[0], *c.Indexes()[0], c.Indexes()[0].Auth), pageErr.Error(), fileErr.Error()}
	if i := slices.IndexFunc(texts, func(s string) bool { return strings.Contains(s, "hunter2") }); i >= 0 {
		t.Errorf("prints the secret: %s", texts[i])
	}
}

func BenchmarkPage(b *testing.B) {
	var page bytes.Buffer
	z := gzip.NewWriter(&page)
	for i := range 4000 {
		_, _ = fmt.Fprintf(z, `{"filename":"demo-%d.tar.gz","hashes":{"sha256":"%064x"},"url":"https://files.invalid/%d"},`, i, i, i)
	}
	_ = z.Close()
	s := newBenchServer(b, page.Bytes())
	ix, err := ParseIndex("main", s)
	if err != nil {
		b.Fatal(err)
	}
	c, err := New(Options{Indexes: []Index{ix}, Netrc: NoNetrc})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := getPage(c, "demo"); err != nil {
			b.Fatal(err)
		}
	}
}
