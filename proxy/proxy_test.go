package proxy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pipwarden/cache"
	"pipwarden/gate"
	"pipwarden/internal/pypitest"
	"pipwarden/policy"
	"pipwarden/scan"
	"pipwarden/scan/rules"
	"pipwarden/upstream"
)

const (
	pipAgent = `pip/26.3 {"cpu":"x86_64","distro":{"libc":{"lib":"glibc","version":"2.36"},"name":"Debian GNU/Linux","version":"12"},"implementation":{"name":"CPython","version":"3.11.7"},"installer":{"name":"pip","version":"26.3"},"python":"3.11.7","system":{"name":"Linux","release":"6.1"}}`
	uvAgent  = `uv/0.13.9 {"installer":{"name":"uv","version":"0.13.9"},"python":"3.11.7","implementation":{"name":"CPython","version":"3.11.7"},"distro":{"name":"Debian GNU/Linux","version":"12","libc":{"lib":"glibc","version":"2.36"}},"system":{"name":"Linux","release":"6.1"},"cpu":"x86_64"}`
	jsonType = "application/vnd.pypi.simple.v1+json"
)

// A testGuard is a whole guard before a fake index.
type testGuard struct {
	*Server
	t      testing.TB
	index  *pypitest.Index
	url    string
	policy atomic.Pointer[policy.Policy]
	now    atomic.Int64 // clock, in Unix nanoseconds
}

// start makes a guard; configure may change the policy's configuration and the server.
func start(t testing.TB, opts pypitest.Options, configure func(*policy.Config, *Server)) *testGuard {
	t.Helper()
	g := &testGuard{t: t, index: pypitest.NewIndex(t, opts)}
	g.now.Store(pypitest.Epoch.AddDate(1, 0, 0).UnixNano())
	u, err := url.Parse(g.index.URL)
	if err != nil {
		t.Fatal(err)
	}
	var files []string // hosts beside the index's own
	if opts.FilesHost {
		f, err := url.Parse(g.index.Add(pypitest.Wheel("probe", "1.0")).URL)
		if err != nil {
			t.Fatal(err)
		}
		files = []string{f.Host}
	}
	return g.guard([]upstream.Index{{Name: "main", URL: u, RedirectHosts: files}}, configure)
}

// guard wires the guard before its indexes and serves it.
func (g *testGuard) guard(indexes []upstream.Index, configure func(*policy.Config, *Server)) *testGuard {
	t := g.t
	t.Helper()
	client, err := upstream.New(upstream.Options{Indexes: indexes, Netrc: upstream.NoNetrc, Retries: -1,
		HeaderTimeout: 2 * time.Second, IdleTimeout: 2 * time.Second, BreakerLimit: -1})
	if err != nil {
		t.Fatal(err)
	}
	store, err := cache.Open(t.Context(), cache.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Unix(0, g.now.Load()).UTC() }
	gt := &gate.Gate{Store: store, Upstream: client, Scanner: &scan.Scanner{Rules: rules.All}, Policy: g.policy.Load, Now: now}
	g.Server = &Server{Gate: gt, Store: store, Upstream: client, Policy: g.policy.Load, Now: now, Freshness: time.Minute, Token: "token"}
	cfg := policy.Default()
	if configure != nil {
		configure(&cfg, g.Server)
	}
	g.setPolicy(cfg)
	srv := httptest.NewServer(g.Server)
	g.url = srv.URL
	t.Cleanup(func() {
		g.index.Heal()
		srv.Close()
		g.Wait()
		client.Close()
		if err := gt.Close(context.Background()); err != nil {
			t.Errorf("close the gate: %v", err)
		}
		if err := store.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return g
}

func (g *testGuard) setPolicy(cfg policy.Config) {
	g.t.Helper()
	p, err := policy.Compile(cfg)
	if err != nil {
		g.t.Fatal(err)
	}
	g.policy.Store(p)
}

func (g *testGuard) advance(d time.Duration) { g.now.Add(int64(d)) }

// An answer is a response read to its end, with the reason phrase that net/http hides from servers.
type answer struct {
	status int
	phrase string
	header http.Header
	body   string
}

// get sends one request with the headers given as key, value, ...
func (g *testGuard) get(path string, header ...string) answer {
	g.t.Helper()
	return g.do(http.MethodGet, path, header...)
}

func (g *testGuard) do(method, path string, header ...string) answer {
	g.t.Helper()
	req, err := http.NewRequestWithContext(g.t.Context(), method, g.url+path, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	req.Header.Set("User-Agent", pipAgent)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		g.t.Fatalf("%s: %v", path, err)
	}
	_, phrase, _ := strings.Cut(res.Status, " ")
	return answer{res.StatusCode, phrase, res.Header, string(body)}
}

// link gives the absolute path of a file as the project's page links it.
func (g *testGuard) link(project, filename string) string {
	g.t.Helper()
	page := g.get("/simple/"+project+"/", "Accept", "text/html")
	for line := range strings.Lines(page.body) {
		_, rest, ok := strings.Cut(line, `href="`)
		if href, _, _ := strings.Cut(rest, `"`); ok && strings.Contains(line, ">"+filename+"<") {
			u, err := url.Parse(href)
			if err != nil {
				g.t.Fatal(err)
			}
			return (&url.URL{Path: "/simple/" + project + "/"}).ResolveReference(u).EscapedPath()
		}
	}
	g.t.Fatalf("the page does not list %s:\n%s", filename, page.body)
	return ""
}

func TestPageForms(t *testing.T) {
	g := start(t, pypitest.Options{}, nil)
	f := g.index.Add(pypitest.Wheel("Demo_Pkg", "1.0", nil...))
	html := g.get("/simple/demo-pkg/", "Accept", "text/html")
	json := g.get("/simple/demo-pkg/", "Accept", jsonType)
	for _, a := range []answer{html, json} {
		if a.status != http.StatusOK || !strings.Contains(a.body, f.SHA256) || !strings.Contains(a.body, "../../files/main/demo-pkg/") {
			t.Errorf("page without hash or relative link: %d\n%s", a.status, a.body)
		}
		if a.header.Get("Cache-Control") != "no-cache" || !strings.HasPrefix(a.header.Get("ETag"), `"`) {
			t.Errorf("a page that a client could keep: %v", a.header)
		}
		if !strings.Contains(a.header.Get("Vary"), "Accept") {
			t.Errorf("Vary: %q", a.header.Get("Vary"))
		}
	}
	if ct := json.header.Get("Content-Type"); ct != jsonType {
		t.Errorf("JSON page as %q", ct)
	}
	if html.header.Get("ETag") == json.header.Get("ETag") {
		t.Error("two forms share an entity tag")
	}
	if n := g.index.Count(g.index.PagePath("demo-pkg")); n != 1 {
		t.Errorf("two fresh requests cost upstream %d", n)
	}
}

func TestPageConditions(t *testing.T) {
	g := start(t, pypitest.Options{}, nil)
	g.index.Add(pypitest.Wheel("demo", "1.0"))
	plain := g.get("/simple/demo/", "Accept-Encoding", "identity")
	zipped := g.get("/simple/demo/", "Accept-Encoding", "gzip")
	if plain.header.Get("Content-Encoding") != "" || zipped.header.Get("Content-Encoding") != "gzip" {
		t.Errorf("encodings %q and %q", plain.header.Get("Content-Encoding"), zipped.header.Get("Content-Encoding"))
	}
	if plain.header.Get("ETag") == zipped.header.Get("ETag") {
		t.Error("two encodings share a strong entity tag")
	}
	for _, tag := range []string{plain.header.Get("ETag"), zipped.header.Get("ETag"), `"x", W/` + plain.header.Get("ETag"), "*"} {
		if a := g.get("/simple/demo/", "If-None-Match", tag); a.status != http.StatusNotModified || a.body != "" {
			t.Errorf("If-None-Match %s: %d", tag, a.status)
		}
	}
	if a := g.get("/simple/demo/", "If-None-Match", `"x"`); a.status != http.StatusOK {
		t.Errorf("another tag: %d", a.status)
	}
	head := g.do(http.MethodHead, "/simple/demo/", "Accept-Encoding", "identity")
	if head.status != http.StatusOK || head.body != "" || head.header.Get("Content-Length") != fmt.Sprint(len(plain.body)) {
		t.Errorf("HEAD: %d, length %s of %d", head.status, head.header.Get("Content-Length"), len(plain.body))
	}
}

func TestPagePaths(t *testing.T) {
	g := start(t, pypitest.Options{}, nil)
	g.index.Add(pypitest.Wheel("demo-pkg", "1.0"))
	for _, c := range []struct {
		path     string
		status   int
		location string
	}{
		{"/simple/demo-pkg", 301, "/simple/demo-pkg/"},
		{"/simple/Demo.Pkg/", 301, "/simple/demo-pkg/"},
		{"/simple//demo-pkg/", 200, ""},
		{"/simple/-bad-/", 404, ""},
		{"/simple/a%2fb/", 400, ""},
		{"/simple/../etc/", 400, ""},
		{"/simple/demo%00/", 400, ""},
		{"/simple/absent/", 404, ""},
		{"/nothing", 404, ""},
	} {
		a := g.get(c.path)
		if a.status != c.status || a.header.Get("Location") != c.location {
			t.Errorf("%s: %d %s to %q, want %d to %q", c.path, a.status, a.phrase, a.header.Get("Location"), c.status, c.location)
		}
	}
	if a := g.get("/simple/demo-pkg/", "Accept", "image/png"); a.status != http.StatusNotAcceptable {
		t.Errorf("image/png: %d", a.status)
	}
	if a := g.do(http.MethodPost, "/simple/demo-pkg/"); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") == "" {
		t.Errorf("POST: %d", a.status)
	}
	if a := g.get("/simple/", "Accept", jsonType); a.status != http.StatusOK || !strings.Contains(a.body, `"demo-pkg"`) {
		t.Errorf("project list: %d %s", a.status, a.body)
	}
}

func TestFileWholeAndInPart(t *testing.T) {
	g := start(t, pypitest.Options{FilesHost: true}, nil)
	f := g.index.Add(pypitest.Wheel("demo", "1.0"))
	path := g.link("demo", f.Filename)
	if !strings.HasSuffix(path, f.Path) {
		t.Errorf("link %s does not keep upstream's path %s", path, f.Path)
	}
	whole := g.get(path)
	if whole.status != 200 || whole.body != string(f.Data) {
		t.Fatalf("file: %d %s, %d bytes", whole.status, whole.phrase, len(whole.body))
	}
	if ct := whole.header.Get("Content-Type"); ct != "application/octet-stream" {
		t.Errorf("content type %q", ct)
	}
	if tag := whole.header.Get("ETag"); tag != `"`+f.SHA256+`"` {
		t.Errorf("entity tag %s", tag)
	}
	if cc := whole.header.Get("Cache-Control"); cc != "no-cache" {
		t.Errorf("cache control %q", cc)
	}
	if cc := g.get(path, "User-Agent", uvAgent).header.Get("Cache-Control"); cc != "no-store" {
		t.Errorf("cache control for uv %q", cc)
	}
	part := g.get(path, "Range", "bytes=10-19")
	if part.status != http.StatusPartialContent || part.body != string(f.Data[10:20]) {
		t.Errorf("range: %d %q", part.status, part.body)
	}
	if a := g.get(path, "Range", "bytes=99999999-"); a.status != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("range past the end: %d", a.status)
	}
	head := g.do(http.MethodHead, path)
	if head.status != 200 || head.header.Get("Content-Length") != fmt.Sprint(len(f.Data)) {
		t.Errorf("HEAD: %d %v", head.status, head.header)
	}
	if a := g.get(path, "If-None-Match", `"`+f.SHA256+`"`); a.status != http.StatusNotModified {
		t.Errorf("conditional: %d", a.status)
	}
	if a := g.get(strings.Replace(path, "/files/", "//files//", 1)); a.status != 200 {
		t.Errorf("doubled slashes: %d", a.status)
	}
	if n := g.index.Count(f.Path); n != 1 {
		t.Errorf("%d downloads of one file", n)
	}
}

func TestFileNotListed(t *testing.T) {
	g := start(t, pypitest.Options{}, nil)
	f := g.index.Add(pypitest.Wheel("demo", "1.0"))
	other := g.index.Add(pypitest.Wheel("other", "1.0"))
	good := g.link("demo", f.Filename)
	for what, path := range map[string]string{
		"another project's file":  strings.Replace(good, f.Path, other.Path, 1),
		"forged directory":        strings.Replace(good, "/files/main/demo/files/", "/files/main/demo/elsewhere/", 1),
		"forged host in the path": "/files/main/demo/http://host.invalid" + f.Path,
		"unknown index":           strings.Replace(good, "/files/main/", "/files/second/", 1),
		"unknown project":         "/files/main/absent" + f.Path,
		"name not normalised":     strings.Replace(good, "/demo/", "/Demo/", 1),
		"no path":                 "/files/main/demo",
		"no such id":              "/files/blocked/x/main.demo.01234567890123456789/" + f.Filename,
		"short blocked path":      "/files/blocked/x",
		"metadata of nothing":     strings.Replace(good, ".whl", ".metadata", 1),
	} {
		if a := g.get(path); a.status != http.StatusNotFound || !strings.Contains(a.header.Get("Content-Type"), "problem+json") {
			t.Errorf("%s (%s): %d %s", what, path, a.status, a.phrase)
		}
	}
	if a := g.get(strings.Replace(good, f.Filename, "../"+f.Filename, 1)); a.status != http.StatusBadRequest {
		t.Errorf("dot segments: %d", a.status)
	}
}

func TestRefusalReachesEveryClient(t *testing.T) {
	g := start(t, pypitest.Options{}, func(c *policy.Config, _ *Server) { c.Denylist = []string{"demo==1.0"} })
	f := g.index.Add(pypitest.Wheel("demo", "1.0"))
	path := g.link("demo", f.Filename)
	if !strings.HasPrefix(path, "/files/blocked/denied/main.demo.") || !strings.HasSuffix(path, "/"+f.Filename) {
		t.Errorf("a refused file is listed at %s", path)
	}
	original := "/files/main/demo" + f.Path
	for _, p := range []string{path, path + ".metadata", original, original + ".metadata"} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			a := g.do(method, p)
			if a.status != http.StatusForbidden || !strings.HasPrefix(a.phrase, "Blocked by pipwarden: demo 1.0: ") || !strings.Contains(a.phrase, g.url+"/-/why/main.demo.") {
				t.Errorf("%s %s: %d %q", method, p, a.status, a.phrase)
			}
			if len(a.phrase) >= 300 {
				t.Errorf("reason phrase of %d bytes", len(a.phrase))
			}
			if method == http.MethodGet && !strings.Contains(a.body, `"title":"Blocked by pipwarden"`) {
				t.Errorf("problem document: %s", a.body)
			}
		}
	}
	if a := g.get(path, "Range", "bytes=0-9"); a.status != http.StatusForbidden {
		t.Errorf("a part of a refused file: %d", a.status)
	}
	if n := g.index.Count(f.Path); n != 0 {
		t.Errorf("a refused file was fetched %d times", n)
	}
}

func TestDecisionThatTurnsMovesTheFile(t *testing.T) {
	g := start(t, pypitest.Options{}, nil)
	f := g.index.Add(pypitest.Wheel("demo", "1.0"))
	before := g.link("demo", f.Filename)
	if a := g.get(before); a.status != 200 {
		t.Fatalf("file: %d %s", a.status, a.phrase)
	}
	cfg := policy.Default()
	cfg.Denylist = []string{"demo"}
	g.setPolicy(cfg)
	after := g.link("demo", f.Filename)
	if before == after {
		t.Error("the link stays, so client caches keyed by it outlive the block")
	}
	for _, p := range []string{before, after} {
		if a := g.get(p, "If-None-Match", `"`+f.SHA256+`"`); a.status != http.StatusForbidden {
			t.Errorf("%s: %d", p, a.status)
		}
	}
	g.setPolicy(policy.Default())
	for _, p := range []string{before, after} {
		if a := g.get(p); a.status != 200 {
			t.Errorf("after the block was lifted %s: %d %s", p, a.status, a.phrase)
		}
	}
}

func TestCooldownYanksTheWholeRelease(t *testing.T) {
	g := start(t, pypitest.Options{}, nil)
	young := pypitest.Wheel("demo", "2.0")
	young.UploadTime = time.Unix(0, g.now.Load()).Add(-time.Hour)
	old := pypitest.Sdist("demo", "2.0")
	g.index.Add(pypitest.Wheel("demo", "1.0"))
	g.index.Add(young)
	g.index.Add(old)
	page := g.get("/simple/demo/", "Accept", "text/html").body
	if n := strings.Count(page, "data-yanked"); n != 2 {
		t.Errorf("%d files are yanked, want the two of the young release:\n%s", n, page)
	}
	if n := strings.Count(page, "/files/blocked/cooldown/"); n != 1 {
		t.Errorf("%d files are refused for their age:\n%s", n, page)
	}
	g.advance(48 * time.Hour)
	if page := g.get("/simple/demo/", "Accept", "text/html").body; strings.Contains(page, "data-yanked") {
		t.Errorf("still yanked when it is old enough:\n%s", page)
	}
}

func TestMetadataForEveryWheel(t *testing.T) {
	for name, opts := range map[string]pypitest.Options{
		"offered":          {},
		"not offered":      {NoMetadata: true},
		"without ranges":   {NoMetadata: true, NoRanges: true},
		"an old HTML only": {NoMetadata: true, HTMLOnly: true},
	} {
		t.Run(name, func(t *testing.T) {
			g := start(t, opts, func(c *policy.Config, _ *Server) { c.Cooldown.Period = 0 }) // old mirrors tell no times
			d := pypitest.Wheel("demo", "1.0")
			f := g.index.Add(d)
			page := g.get("/simple/demo/", "Accept", "text/html").body
			if !strings.Contains(page, "data-core-metadata=") {
				t.Errorf("metadata is not promised:\n%s", page)
			}
			a := g.get(g.link("demo", f.Filename) + ".metadata")
			if a.status != 200 || a.body != string(d.Metadata()) {
				t.Errorf("metadata: %d %s\n%s", a.status, a.phrase, a.body)
			}
		})
	}
}

func TestPagesOutliveUpstream(t *testing.T) {
	g := start(t, pypitest.Options{}, func(_ *policy.Config, s *Server) { s.StaleWait = 100 * time.Millisecond })
	f := g.index.Add(pypitest.Wheel("demo", "1.0"))
	want := g.get("/simple/demo/").body
	path := g.link("demo", f.Filename)
	g.get(path)
	for name, fault := range map[string]pypitest.Fault{
		"500":         {Status: 500},
		"429":         {Status: 429, RetryAfter: "5"},
		"hang":        {Hang: true},
		"truncated":   {Truncate: 20},
		"error page":  pypitest.HTMLError,
		"elsewhere":   {Redirect: "http://host.invalid/simple/demo/"},
		"to loopback": {Redirect: "http://127.0.0.1:1/simple/demo/"},
	} {
		g.index.Heal()
		g.index.Fail(g.index.PagePath("demo"), fault)
		g.advance(time.Hour)
		if a := g.get("/simple/demo/"); a.status != 200 || a.body != want {
			t.Errorf("%s: page %d %s", name, a.status, a.phrase)
		}
		if a := g.get(path); a.status != 200 || a.body != string(f.Data) {
			t.Errorf("%s: file %d %s", name, a.status, a.phrase)
		}
	}
	g.index.Heal()
	g.index.SetOffline(true)
	g.advance(time.Hour)
	if a := g.get("/simple/demo/"); a.status != 200 || a.body != want {
		t.Errorf("offline: page %d %s", a.status, a.phrase)
	}
}

func TestPageFaultsWithoutACopy(t *testing.T) {
	g := start(t, pypitest.Options{}, nil)
	g.index.Add(pypitest.Wheel("demo", "1.0"))
	for name, fault := range map[string]pypitest.Fault{
		"500":        {Status: 500},
		"hang":       {Hang: true},
		"truncated":  {Truncate: 20},
		"error page": pypitest.HTMLError,
	} {
		g.index.Heal()
		g.index.Fail(g.index.PagePath("demo"), fault)
		if a := g.get("/simple/demo/"); a.status != http.StatusGatewayTimeout || !strings.HasPrefix(a.phrase, "page of demo: upstream ") {
			t.Errorf("%s: %d %q", name, a.status, a.phrase)
		}
	}
	g.index.Heal()
	if a := g.get("/simple/demo/"); a.status != 200 {
		t.Errorf("healed: %d %s", a.status, a.phrase)
	}
}

func TestRemovedProjectIsGone(t *testing.T) {
	g := start(t, pypitest.Options{}, nil)
	f := g.index.Add(pypitest.Wheel("demo", "1.0"))
	path := g.link("demo", f.Filename)
	g.get(path)
	g.index.Fail(g.index.PagePath("demo"), pypitest.Fault{Status: 404})
	g.advance(time.Hour)
	for _, p := range []string{"/simple/demo/", path} {
		if a := g.get(p); a.status != http.StatusNotFound {
			t.Errorf("%s: %d, although upstream removed the project", p, a.status)
		}
	}
}

func TestFileFaultsSayWhoseTheyAre(t *testing.T) {
	for name, c := range map[string]struct {
		fault  pypitest.Fault
		status int
		says   string
	}{
		"corrupt bytes": {pypitest.Fault{Corrupt: true}, 403, "announces sha256"},
		"short body":    {pypitest.Fault{Drop: 8}, 0, ""},
		"status 500":    {pypitest.Fault{Status: 500}, 504, "status 500"},
		"status 404":    {pypitest.Fault{Status: 404}, 404, "does not have it"},
		"cut":           {pypitest.Fault{Truncate: 10}, 504, "broke off"},
		"redirect":      {pypitest.Fault{Redirect: "http://host.invalid/x"}, 403, "redirect-host"},
		"to loopback":   {pypitest.Fault{Redirect: "http://127.0.0.1:1/x"}, 403, "private-address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := start(t, pypitest.Options{}, nil)
			f := g.index.Add(pypitest.Wheel("demo", "1.0"))
			path := g.link("demo", f.Filename)
			g.index.Fail(f.Path, c.fault)
			a := g.get(path)
			if a.status == 200 || c.status != 0 && a.status != c.status || !strings.Contains(a.phrase, c.says) {
				t.Errorf("%d %q", a.status, a.phrase)
			}
			g.index.Heal()
			if a := g.get(path); a.status != 200 || a.body != string(f.Data) {
				t.Errorf("after the fault: %d %s", a.status, a.phrase)
			}
		})
	}
}

func TestWaitingClientsHearFromUs(t *testing.T) {
	g := start(t, pypitest.Options{}, func(_ *policy.Config, s *Server) {
		s.pace = pace{continues: 20 * time.Millisecond, patience: time.Hour, dribble: time.Hour}
	})
	f := g.index.Add(pypitest.Wheel("demo", "1.0"))
	path := g.link("demo", f.Filename)
	release := make(chan struct{})
	g.index.Fail(f.Path, pypitest.Fault{Wait: release})
	conn, err := net.Dial("tcp", strings.TrimPrefix(g.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: guard\r\nUser-Agent: %s\r\n\r\n", path, pipAgent)
	lines := bufio.NewReader(conn)
	for range 3 {
		if line, err := lines.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
			t.Fatalf("%q, %v", line, err)
		}
		if line, _ := lines.ReadString('\n'); line != "\r\n" {
			t.Fatalf("after an interim answer: %q", line)
		}
	}
	close(release)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(line, "HTTP/1.1 200") {
			return
		}
	}
}

func TestUVIsKeptWaitingWithBytesThatTellNothing(t *testing.T) {
	for name, block := range map[string]bool{"admitted": false, "refused": true} {
		t.Run(name, func(t *testing.T) {
			g := start(t, pypitest.Options{}, func(_ *policy.Config, s *Server) {
				s.pace = pace{continues: time.Hour, patience: 10 * time.Millisecond, dribble: 10 * time.Millisecond}
			})
			f := g.index.Add(pypitest.Wheel("demo", "1.0"))
			path := g.link("demo", f.Filename)
			release := make(chan struct{})
			g.index.Fail(f.Path, pypitest.Fault{Wait: release})
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("User-Agent", uvAgent)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			head := make([]byte, 4)
			if _, err := io.ReadFull(res.Body, head); err != nil || string(head) != "PK\x03\x04" {
				t.Fatalf("%q, %v", head, err)
			}
			if block {
				cfg := policy.Default()
				cfg.Denylist = []string{"demo"}
				g.setPolicy(cfg)
			}
			close(release)
			rest, err := io.ReadAll(res.Body)
			if block {
				if err == nil || len(rest) > 0 {
					t.Errorf("%d bytes of a refused file, %v", len(rest), err)
				}
				if a := g.get(path, "User-Agent", uvAgent); a.status != http.StatusForbidden {
					t.Errorf("the next attempt: %d", a.status)
				}
				return
			}
			if err != nil || string(head)+string(rest) != string(f.Data) {
				t.Errorf("%d of %d bytes, %v", 4+len(rest), len(f.Data), err)
			}
		})
	}
}

func TestWhyPage(t *testing.T) {
	g := start(t, pypitest.Options{}, func(c *policy.Config, _ *Server) { c.Denylist = []string{"demo==1.0"} })
	f := g.index.Add(pypitest.Wheel("demo", "1.0"))
	_, why, _ := strings.Cut(g.get(g.link("demo", f.Filename)).phrase, ", see "+g.url)
	for accept, want := range map[string][]string{
		"text/html":        {"text/html", "<h1 class=\"block\">", "[[rule]]", "denylist"},
		"application/json": {"application/json", `"action": "block"`, `"code": "denied"`},
		"*/*":              {"text/plain", "BLOCK: " + f.Filename, "the way to the decision"},
	} {
		a := g.get(why, "Accept", accept)
		if a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), want[0]) {
			t.Errorf("%s: %d as %s", accept, a.status, a.header.Get("Content-Type"))
		}
		for _, w := range want[1:] {
			if !strings.Contains(a.body, w) {
				t.Errorf("%s without %q:\n%s", accept, w, a.body)
			}
		}
	}
	if a := g.get("/-/why/main.demo.00000000000000000000"); a.status != http.StatusNotFound {
		t.Errorf("unknown id: %d", a.status)
	}
	if a := g.get("/-/why/nonsense"); a.status != http.StatusNotFound {
		t.Errorf("nonsense: %d", a.status)
	}
}

func TestOwnPages(t *testing.T) {
	g := start(t, pypitest.Options{}, func(_ *policy.Config, s *Server) { s.Hosts = []string{"127.0.0.1"} })
	for path, want := range map[string]int{"/-/healthz": 200, "/-/readyz": 200, "/-/status": 200, "/-/events": 401, "/-/sessions": 401, "/-/x": 404} {
		if a := g.get(path); a.status != want {
			t.Errorf("%s: %d, want %d", path, a.status, want)
		}
	}
	if a := g.get("/-/events", "Authorization", "Bearer token"); a.status != 200 {
		t.Errorf("events with the token: %d", a.status)
	}
	if a := g.get("/-/events", "Authorization", "Bearer other"); a.status != 401 {
		t.Errorf("events with another token: %d", a.status)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.url+"/-/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "rebound.invalid"
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("another host name: %d", res.StatusCode)
	}
}

func TestSessionTellsItsOwnEvents(t *testing.T) {
	g := start(t, pypitest.Options{}, nil)
	f := g.index.Add(pypitest.Wheel("demo", "1.0"))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.url+"/-/sessions", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer token")
	other, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	other.Body.Close()
	if other.StatusCode != http.StatusConflict {
		t.Errorf("a session by other rules: %d", other.StatusCode)
	}
	req.Header.Set(RulesHeader, g.Rules())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	if !lines.Scan() {
		t.Fatal("no first line")
	}
	first := decodeLine(t, lines.Bytes())
	g.get(g.link("demo", f.Filename)) // not of the session
	g.url = first.URL
	g.get(g.link("demo", f.Filename))
	if !lines.Scan() {
		t.Fatal("no event")
	}
	if e := decodeLine(t, lines.Bytes()).Event; e == nil || e.Session != first.Session || e.Filename != f.Filename || e.Action != "allow" {
		t.Errorf("event %+v", e)
	}
}

func TestRequestsWithABodyAreNotWaitedFor(t *testing.T) {
	g := start(t, pypitest.Options{}, nil)
	conn, err := net.Dial("tcp", strings.TrimPrefix(g.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /-/healthz HTTP/1.1\r\nHost: guard\r\nContent-Length: 5000\r\n\r\n")
	answer, err := io.ReadAll(conn) // to the end: the connection is closed although the body never came
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 413 ") {
		t.Errorf("%q, %v", answer, err)
	}
}

func TestLinkWithEscapedSlashStaysReachable(t *testing.T) {
	g := start(t, pypitest.Options{}, nil)
	f := g.index.Add(pypitest.Wheel("demo", "1.0"))
	g.index.Update(func() { f.URL = strings.Replace(f.URL, "/files/", "/files/x%2fy/../", 1) })
	page := g.get("/simple/demo/", "Accept", "text/html")
	if page.status == 200 && strings.Contains(page.body, "%2f") {
		t.Errorf("a path that means two things is repeated:\n%s", page.body)
	}
}

func TestYankedReasonIsPrintable(t *testing.T) {
	g := start(t, pypitest.Options{}, nil)
	d, why := pypitest.Wheel("demo", "1.0"), "bad \x1b[2J \u202e end"
	d.Yanked = &why
	g.index.Add(d)
	for _, accept := range []string{jsonType, "text/html"} {
		page := g.get("/simple/demo/", "Accept", accept).body
		if !strings.Contains(page, "bad ?[2J ? end") {
			t.Errorf("%s: the reason is not there, or not printable:\n%s", accept, page)
		}
	}
}

// Two clients that differ only in their tool can be told apart by a rule, so they must not share a page.
func TestToolsDoNotShareDecisions(t *testing.T) {
	g := start(t, pypitest.Options{}, func(c *policy.Config, _ *Server) {
		c.Rules = []policy.Rule{{Name: "no pip", Action: policy.Block, Reason: "test", Client: []string{"pip"}}}
	})
	f := g.index.Add(pypitest.Wheel("demo", "1.0"))
	path := "/files/main/demo" + f.Path
	for range 2 {
		if a := g.get(path, "User-Agent", uvAgent); a.status != 200 {
			t.Errorf("uv: %d %s", a.status, a.phrase)
		}
		if a := g.get(path); a.status != http.StatusForbidden {
			t.Errorf("pip: %d", a.status)
		}
		if page := g.get("/simple/demo/", "User-Agent", uvAgent).body; strings.Contains(page, "/blocked/") {
			t.Errorf("uv sees pip's page:\n%s", page)
		}
		if page := g.get("/simple/demo/").body; !strings.Contains(page, "/blocked/") {
			t.Errorf("pip sees uv's page:\n%s", page)
		}
	}
}

// A name reserved to the private index is asked there and nowhere else (dependency confusion: torchtriton, 2022); an
// index that fails is never passed over.
func TestReservedNamesAndOrder(t *testing.T) {
	private, public := pypitest.NewIndex(t, pypitest.Options{}), pypitest.NewIndex(t, pypitest.Options{})
	var indexes []upstream.Index
	for _, x := range []struct {
		name     string
		index    *pypitest.Index
		reserved []string
	}{{"private", private, []string{"corp-*"}}, {"first", pypitest.NewIndex(t, pypitest.Options{}), nil}, {"public", public, nil}} {
		u, err := url.Parse(x.index.URL)
		if err != nil {
			t.Fatal(err)
		}
		indexes = append(indexes, upstream.Index{Name: x.name, URL: u, Reserved: x.reserved})
	}
	g := &testGuard{t: t, index: public}
	g.now.Store(pypitest.Epoch.AddDate(1, 0, 0).UnixNano())
	g.guard(indexes, func(c *policy.Config, _ *Server) {
		c.Reserved = []policy.Reservation{{Index: "private", Projects: []string{"corp-*"}}}
	})
	ours := private.Add(pypitest.Wheel("corp-tool", "1.0"))
	theirs := public.Add(pypitest.Wheel("corp-tool", "99.0"))
	public.Add(pypitest.Wheel("corp-other", "99.0"))
	open := public.Add(pypitest.Wheel("demo", "1.0"))

	if page := g.get("/simple/corp-tool/").body; !strings.Contains(page, ours.Filename) || strings.Contains(page, theirs.Filename) {
		t.Errorf("the private project's page:\n%s", page)
	}
	if a := g.get("/simple/corp-other/"); a.status != http.StatusNotFound {
		t.Errorf("a reserved name that the private index lacks: %d", a.status)
	}
	for _, path := range []string{"/files/public/corp-tool" + theirs.Path, "/files/private/corp-tool" + theirs.Path} {
		if a := g.get(path); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	if n := public.Count(public.PagePath("corp-tool")) + public.Count(public.PagePath("corp-other")) + public.Count(theirs.Path); n != 0 {
		t.Errorf("the public index was asked %d times for reserved names", n)
	}
	if a := g.get(g.link("demo", open.Filename)); a.status != 200 {
		t.Errorf("a public project: %d %s", a.status, a.phrase)
	}
	if n := private.Count(private.PagePath("demo")); n != 0 {
		t.Errorf("the private index was asked %d times for a public name", n)
	}
	private.SetOffline(true)
	g.advance(365 * 24 * time.Hour)
	if a := g.get("/simple/corp-third/"); a.status != http.StatusGatewayTimeout {
		t.Errorf("a reserved name while the private index is down: %d", a.status)
	}
}
