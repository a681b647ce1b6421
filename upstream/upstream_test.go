package upstream

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pipwarden/pypi"
)

// TestMain takes from the tests what would make them depend on the machine: proxies and netrc.
func TestMain(m *testing.M) {
	for _, key := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "ALL_PROXY", "all_proxy", "NETRC", "REQUEST_METHOD"} {
		_ = os.Unsetenv(key)
	}
	os.Exit(m.Run())
}

// short is a limit that a test waits for; long is one that it must not reach.
const (
	short = 60 * time.Millisecond
	long  = 20 * time.Second
)

// newClient makes a client for one index with limits that fail fast and no retries.
func newClient(t *testing.T, rawURL string, change ...func(*Options)) *Client {
	t.Helper()
	ix, err := ParseIndex("main", rawURL)
	if err != nil {
		t.Fatal(err)
	}
	opts := Options{
		Indexes: []Index{ix}, Netrc: NoNetrc, Retries: -1, RetryDelay: time.Millisecond,
		ConnectTimeout: long, TLSTimeout: long, HeaderTimeout: long, IdleTimeout: long, PageTimeout: long,
	}
	for _, f := range change {
		f(&opts)
	}
	c, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// newServer runs a handler; its URL is that of the index.
func newServer(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// rawServer answers each connection's first request with what f writes, and ends the connection when f returns. The
// channel is closed at the end of the test: what hangs waits for it.
func rawServer(t *testing.T, f func(c net.Conn, done <-chan struct{})) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				r := bufio.NewReader(c)
				for {
					line, err := r.ReadString('\n')
					if err != nil {
						return
					}
					if line == "\r\n" {
						break
					}
				}
				f(c, done)
			})
		}
	})
	t.Cleanup(func() {
		close(done)
		_ = l.Close()
		all.Wait()
	})
	return "http://" + l.Addr().String() + "/simple/"
}

func getPage(c *Client, name string) (*PageResponse, error) {
	return c.Page(context.Background(), PageRequest{Index: c.Indexes()[0], Project: pypi.Name(name)})
}

func is[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}

func TestRoute(t *testing.T) {
	index := func(name string, reserved ...string) Index {
		ix, err := ParseIndex(name, "https://"+name+".invalid/simple")
		if err != nil {
			t.Fatal(err)
		}
		ix.Reserved = reserved
		return ix
	}
	tests := []struct {
		name    string
		indexes []Index
		project string
		want    []string
	}{
		{"one index", []Index{index("a")}, "demo", []string{"a"}},
		{"in order", []Index{index("b"), index("a")}, "demo", []string{"b", "a"}},
		{"reserved name is asked there only", []Index{index("a"), index("b", "acme-*")}, "acme-tool", []string{"b"}},
		{"reserving index is asked for nothing else", []Index{index("b", "acme-*"), index("a")}, "demo", []string{"a"}},
		{"first reservation counts", []Index{index("b", "acme-*"), index("c", "acme-tool")}, "acme-tool", []string{"b"}},
		{"glob holds for the whole name", []Index{index("a"), index("b", "acme")}, "acme-tool", []string{"a"}},
		{"nobody may be asked", []Index{index("b", "acme-*")}, "demo", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := New(Options{Indexes: tt.indexes, Netrc: NoNetrc})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, ix := range c.Route(pypi.Name(tt.project)) {
				got = append(got, ix.Name)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	u := func(s string) *url.URL {
		p, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := Index{Name: "a", URL: u("https://a.invalid/simple/")}
	tests := map[string]Options{
		"no index":                {},
		"index without address":   {Indexes: []Index{{Name: "a"}}},
		"index name":              {Indexes: []Index{{Name: "../a", URL: good.URL}}},
		"two of a name":           {Indexes: []Index{good, good}},
		"scheme":                  {Indexes: []Index{{Name: "a", URL: u("file:///simple/")}}},
		"query":                   {Indexes: []Index{{Name: "a", URL: u("https://a.invalid/?x=1")}}},
		"number as a host":        {Indexes: []Index{{Name: "a", URL: u("http://127.1/simple/")}}},
		"reservation never holds": {Indexes: []Index{{Name: "a", URL: good.URL, Reserved: []string{"Acme_*"}}}},
		"reservation is no glob":  {Indexes: []Index{{Name: "a", URL: good.URL, Reserved: []string{"acme-["}}}},
		"redirect host":           {Indexes: []Index{{Name: "a", URL: good.URL, RedirectHosts: []string{"b.invalid/path"}}}},
		"bundle is missing":       {Indexes: []Index{good}, CABundle: filepath.Join(dir, "none.pem")},
		"bundle is empty":         {Indexes: []Index{good}, CABundle: empty},
		"bundle folder is empty":  {Indexes: []Index{good}, CABundle: t.TempDir()},
		"client certificate":      {Indexes: []Index{good}, ClientCert: empty},
		"netrc is missing":        {Indexes: []Index{good}, Netrc: filepath.Join(dir, "none")},
	}
	for name, opts := range tests {
		t.Run(name, func(t *testing.T) {
			if opts.Netrc == "" {
				opts.Netrc = NoNetrc
			}
			if c, err := New(opts); err == nil {
				t.Errorf("New gave %v and no error", c)
			}
		})
	}
}

func TestParseIndex(t *testing.T) {
	tests := []struct{ in, want, auth string }{
		{"https://index.invalid/simple", "https://index.invalid/simple/", "none"},
		{"https://index.invalid", "https://index.invalid/", "none"},
		{" https://index.invalid:8443/a/simple/ ", "https://index.invalid:8443/a/simple/", "none"},
		{"https://user:se%40cret@index.invalid/simple/", "https://index.invalid/simple/", "redacted"},
		{"http://[::1]:3141/root", "http://[::1]:3141/root/", "none"},
	}
	for _, tt := range tests {
		ix, err := ParseIndex("main", tt.in)
		if err != nil {
			t.Errorf("ParseIndex(%q): %v", tt.in, err)
			continue
		}
		if ix.URL.String() != tt.want || ix.Auth.String() != tt.auth {
			t.Errorf("ParseIndex(%q) = %q, %v; want %q, %s", tt.in, ix.URL, ix.Auth, tt.want, tt.auth)
		}
	}
	ix, err := ParseIndex("main", "https://user:se%40cret@index.invalid/simple/")
	if err != nil || ix.Auth != NewCredentials("user", "se@cret") {
		t.Errorf("credentials are not those of the address (%v)", err)
	}
	_, err = ParseIndex("main", "https://user:se%ZZcret@index.invalid/")
	if err == nil || strings.Contains(err.Error(), "cret") {
		t.Errorf("error of a broken address: %v; want one without the password", err)
	}
}

// TestUnknownIndex: credentials and rules are those that the client was made with, whatever Index a caller makes up.
func TestUnknownIndex(t *testing.T) {
	c := newClient(t, "https://index.invalid/simple/")
	for _, ix := range []*Index{nil, {Name: "other"}} {
		if _, err := c.Page(context.Background(), PageRequest{Index: ix, Project: "demo"}); err == nil {
			t.Errorf("Page of index %v gave no error", ix)
		}
		if _, err := c.File(context.Background(), FileRequest{Index: ix, URL: "https://index.invalid/f"}); err == nil {
			t.Errorf("File of index %v gave no error", ix)
		}
	}
	if c.Index("main") != c.Indexes()[0] || c.Index("other") != nil {
		t.Error("Index does not find by name")
	}
}

// TestNoGoroutineLeft: whatever happened to a request, nothing of it stays behind.
func TestNoGoroutineLeft(t *testing.T) {
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/hang/"):
			<-release
		case strings.HasSuffix(r.URL.Path, "/cut/"):
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("short"))
			panic(http.ErrAbortHandler)
		case strings.HasSuffix(r.URL.Path, "/stall"):
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("short"))
			_ = http.NewResponseController(w).Flush()
			<-release
		default:
			_, _ = w.Write([]byte("<html></html>"))
		}
	}))
	c := newClient(t, s.URL+"/simple/", func(o *Options) { o.HeaderTimeout, o.IdleTimeout = short, short; o.BreakerLimit = -1 })
	for _, name := range []string{"hang", "cut", "fine"} {
		_, _ = getPage(c, name)
	}
	f, err := c.File(context.Background(), FileRequest{Index: c.Indexes()[0], URL: s.URL + "/stall"})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = new(bytes.Buffer).ReadFrom(f.Body)
	_ = f.Body.Close()
	_ = f.Body.Close() // twice is allowed, and gives the slot back once
	f, err = c.File(context.Background(), FileRequest{Index: c.Indexes()[0], URL: s.URL + "/stall"})
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Body.Close() // nobody read it
	close(release)
	c.Close()
	s.Close()
	for end := time.Now().Add(long); ; {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if !bytes.Contains(stacks, []byte("net/http.(*persistConn)")) && !bytes.Contains(stacks, []byte("upstream.(*")) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("still running:\n%s", stacks)
		}
		runtime.Gosched()
	}
}

// rawAnswer serves the same bytes to each connection.
func rawAnswer(t *testing.T, text string) string {
	t.Helper()
	return rawServer(t, func(c net.Conn, _ <-chan struct{}) { _, _ = c.Write([]byte(text)) })
}

func newBenchServer(b *testing.B, gzipped []byte) string {
	b.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(gzipped)
	}))
	b.Cleanup(s.Close)
	return s.URL
}
