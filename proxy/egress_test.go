package proxy

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"pipwarden/cache"
	"pipwarden/certs"
	"pipwarden/gate"
	"pipwarden/internal/pypitest"
	"pipwarden/policy"
	"pipwarden/scan"
	"pipwarden/scan/rules"
	"pipwarden/upstream"
)

// A names is a DNS server: each name has addresses, given out in turn.
type names struct {
	mu     sync.Mutex
	a      map[string][]string
	served map[string]int
}

func (n *names) set(name string, addrs ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.a[name] = addrs
}

// next gives the address of this turn; the last one stays.
func (n *names) next(name string) (netip.Addr, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := n.a[name]
	if len(list) == 0 {
		return netip.Addr{}, false
	}
	i := min(n.served[name], len(list)-1)
	n.served[name]++
	return netip.MustParseAddr(list[i]), true
}

// resolver asks the server.
func (n *names) resolver(t testing.TB) *net.Resolver {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			size, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			if reply := n.reply(buf[:size]); reply != nil {
				_, _ = pc.WriteTo(reply, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

func (n *names) reply(query []byte) []byte {
	var m dnsmessage.Message
	if m.Unpack(query) != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	m.Response, m.Authoritative, m.Answers, m.Additionals = true, true, nil, nil
	if q.Type == dnsmessage.TypeA {
		if a, ok := n.next(strings.TrimSuffix(q.Name.String(), ".")); ok {
			m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
				Body: &dnsmessage.AResource{A: a.As4()}}}
		}
	}
	out, err := m.Pack()
	if err != nil {
		return nil
	}
	return out
}

// A testEgress is an egress proxy before a fake index at https://index.invalid:port/.
type testEgress struct {
	*testGuard
	egress  *Egress
	dns     *names
	origin  string // of the index, scheme and host with port
	address string // of the proxy
	roots   *x509.CertPool
	log     *syncBuffer
	real    *certs.Authority // that of the upstream servers
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// startEgress makes it; configure may change the proxy.
func startEgress(t testing.TB, configure func(*Egress)) *testEgress {
	t.Helper()
	return startEgressOf(t, "index.invalid", configure)
}

// startEgressOf makes it before an index that shows the certificate of shown.
func startEgressOf(t testing.TB, shown string, configure func(*Egress)) *testEgress {
	t.Helper()
	e := &testEgress{testGuard: &testGuard{t: t, index: pypitest.NewIndex(t, pypitest.Options{})}, log: &syncBuffer{},
		dns: &names{a: map[string][]string{"index.invalid": {"127.0.0.1"}}, served: map[string]int{}}}
	e.now.Store(pypitest.Epoch.AddDate(1, 0, 0).UnixNano())
	var err error
	if e.real, err = certs.New(certs.Options{Hosts: []string{"index.invalid", "other.invalid", "wrong.invalid"}}); err != nil {
		t.Fatal(err)
	}
	e.origin = "https://index.invalid:" + e.secure(e.index, shown)
	bundle := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(bundle, e.real.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(e.origin + "/simple/")
	if err != nil {
		t.Fatal(err)
	}
	e.wire(upstream.Options{Indexes: []upstream.Index{{Name: "main", URL: u}}, Netrc: upstream.NoNetrc, Retries: -1, CABundle: bundle,
		Resolver: e.dns.resolver(t), ConnectTimeout: 2 * time.Second, HeaderTimeout: 2 * time.Second, IdleTimeout: 2 * time.Second, BreakerLimit: -1})
	authority, err := certs.New(certs.Options{Hosts: []string{"index.invalid"}})
	if err != nil {
		t.Fatal(err)
	}
	e.roots = x509.NewCertPool()
	e.roots.AddCert(authority.Certificate())
	e.egress = &Egress{Server: e.Server, Certificate: authority.Leaf, Covers: authority.Covers, HeaderTimeout: 2 * time.Second, Base: "http://guard.invalid"}
	srv := httptest.NewUnstartedServer(e.egress)
	listening, ok := srv.Listener.Addr().(*net.TCPAddr)
	if !ok {
		t.Fatal(srv.Listener.Addr())
	}
	e.address = listening.String()
	e.egress.Own = func(ap netip.AddrPort) bool {
		return int(ap.Port()) == listening.Port && ap.Addr().Unmap().IsLoopback()
	}
	if configure != nil {
		configure(e.egress)
	}
	if err := e.egress.Start(); err != nil {
		t.Fatal(err)
	}
	srv.Config.ReadHeaderTimeout, srv.Config.MaxHeaderBytes = 2*time.Second, 32<<10
	srv.Start()
	e.url = srv.URL
	t.Cleanup(func() {
		if err := e.egress.Close(); err != nil {
			t.Errorf("close the proxy: %v", err)
		}
		srv.Close()
	})
	return e
}

// secure serves h over TLS on loopback as host, and gives the port.
func (e *testEgress) secure(h http.Handler, host string) (port string) {
	e.t.Helper()
	leaf, err := e.real.Leaf(host)
	if err != nil {
		e.t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{*leaf}, MinVersion: tls.VersionTLS12}
	srv.StartTLS()
	e.t.Cleanup(srv.Close)
	_, port, err = net.SplitHostPort(srv.Listener.Addr().String())
	if err != nil {
		e.t.Fatal(err)
	}
	return port
}

// wire makes the guard behind the proxy.
func (e *testEgress) wire(o upstream.Options) {
	t := e.t
	t.Helper()
	client, err := upstream.New(o)
	if err != nil {
		t.Fatal(err)
	}
	store, err := cache.Open(context.Background(), cache.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Unix(0, e.now.Load()).UTC() }
	gt := &gate.Gate{Store: store, Upstream: client, Scanner: &scan.Scanner{Rules: rules.All}, Policy: e.policy.Load, Now: now}
	e.Server = &Server{Gate: gt, Store: store, Upstream: client, Policy: e.policy.Load, Now: now, Freshness: time.Minute, Token: "token",
		Log: slog.New(slog.NewTextHandler(e.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	e.setPolicy(policy.Default())
	t.Cleanup(func() {
		e.index.Heal()
		e.Wait()
		client.Close()
		if err := gt.Close(context.Background()); err != nil {
			t.Errorf("close the gate: %v", err)
		}
		if err := store.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
}

// add puts a dist into the index, listed at https://index.invalid.
func (e *testEgress) add(d *pypitest.Dist) *pypitest.File {
	f := e.index.Add(d)
	e.index.Update(func() { f.URL = e.origin + f.Path })
	return f
}

// client goes through the proxy and trusts its authority.
func (e *testEgress) client() *http.Client {
	proxy := &url.URL{Scheme: "http", Host: e.address}
	tr := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: e.roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true, DisableCompression: true}
	e.t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// ask sends one request through the proxy.
func (e *testEgress) ask(method, address string, header ...string) answer {
	e.t.Helper()
	return e.askWith(e.client(), method, address, nil, header...)
}

func (e *testEgress) askWith(c *http.Client, method, address string, body io.Reader, header ...string) answer {
	e.t.Helper()
	req, err := http.NewRequestWithContext(e.t.Context(), method, address, body)
	if err != nil {
		e.t.Fatal(err)
	}
	req.Header.Set("User-Agent", pipAgent)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := c.Do(req)
	if err != nil {
		return answer{phrase: err.Error()}
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		e.t.Fatalf("%s: %v", address, err)
	}
	_, phrase, _ := strings.Cut(res.Status, " ")
	return answer{res.StatusCode, phrase, res.Header, string(b)}
}

func TestEgressPageKeepsAddresses(t *testing.T) {
	e := startEgress(t, nil)
	f := e.add(pypitest.Wheel("Demo_Pkg", "1.0"))
	e.add(pypitest.Sdist("Demo_Pkg", "1.0"))
	for _, accept := range []string{jsonType, "text/html"} {
		a := e.ask(http.MethodGet, e.origin+"/simple/demo-pkg/", "Accept", accept)
		if a.status != http.StatusOK || !strings.Contains(a.body, f.URL) || !strings.Contains(a.body, f.SHA256) {
			t.Errorf("%s: %d, without the file's address\n%s", accept, a.status, a.body)
		}
		if strings.Contains(a.body, "blocked") || strings.Contains(a.body, "../") {
			t.Errorf("%s: the guard's own paths are in the page\n%s", accept, a.body)
		}
		if again := e.ask(http.MethodGet, e.origin+"/simple/demo-pkg/", "Accept", accept, "If-None-Match", a.header.Get("ETag")); again.status != http.StatusNotModified {
			t.Errorf("%s again: %d", accept, again.status)
		}
	}
	if a := e.ask(http.MethodGet, e.origin+"/simple/Demo_Pkg", "Accept", jsonType); a.status != http.StatusMovedPermanently || a.header.Get("Location") != "/simple/demo-pkg/" {
		t.Errorf("a name as written: %d to %q", a.status, a.header.Get("Location"))
	}
	if a := e.ask(http.MethodGet, e.origin+"/simple/none/"); a.status != http.StatusNotFound {
		t.Errorf("a project that is not there: %d", a.status)
	}
	// The guard's own index shows the same listing at its own paths, from the same memory.
	own := e.get("/simple/demo-pkg/", "Accept", jsonType)
	if own.status != http.StatusOK || !strings.Contains(own.body, "../../files/") {
		t.Errorf("the index beside: %d\n%s", own.status, own.body)
	}
	if n := e.index.Count(e.index.PagePath("demo-pkg")); n != 1 {
		t.Errorf("five fresh requests cost upstream %d", n)
	}
}

// TestEgressLockedFiles: files by their address, with no page asked for by the client before.
func TestEgressLockedFiles(t *testing.T) {
	e := startEgress(t, nil)
	w, s := e.add(pypitest.Wheel("demo", "1.0")), e.add(pypitest.Sdist("a-b", "1.0"))
	odd := e.index.AddFile("a-b", &pypitest.File{Filename: "a-b-2.0-1.tar.gz", Data: s.Data})
	e.index.Update(func() { odd.URL = e.origin + odd.Path })
	bad := e.add(pypitest.Wheel("bad", "1.0", "bad.pth", "import base64; exec(base64.b64decode('cGFzcw=='))\n"))
	for _, c := range []struct {
		name, method, address string
		header                []string
		status                int
		says                  string // in the reason phrase
		body                  string
	}{
		{name: "wheel", address: w.URL, status: http.StatusOK, body: string(w.Data)},
		{name: "wheel's header", method: http.MethodHead, address: w.URL, status: http.StatusOK},
		{name: "part", address: w.URL, header: []string{"Range", "bytes=1-3"}, status: http.StatusPartialContent, body: string(w.Data[1:4])},
		{name: "metadata", address: w.URL + ".metadata", status: http.StatusOK, body: string(w.Metadata)},
		{name: "sdist of a name with a dash", address: s.URL, status: http.StatusOK, body: string(s.Data)},
		{name: "name that can be split in two ways", address: odd.URL, status: http.StatusOK, body: string(s.Data)},
		{name: "malicious", address: bad.URL, status: http.StatusForbidden, says: "Blocked by pipwarden: bad 1.0"},
		{name: "malicious, part", address: bad.URL, header: []string{"Range", "bytes=0-0"}, status: http.StatusForbidden, says: "Blocked by pipwarden: bad 1.0"},
		{name: "malicious, metadata", address: bad.URL + ".metadata", status: http.StatusForbidden, says: "Blocked by pipwarden: bad 1.0"},
		{name: "another address", address: e.origin + "/elsewhere/" + w.Filename, status: http.StatusForbidden, says: "no index page lists"},
		{name: "another version", address: strings.ReplaceAll(w.URL, "1.0", "1.1"), status: http.StatusForbidden, says: "no index page lists"},
		{name: "another query", address: w.URL + "?x=1", status: http.StatusForbidden, says: "no index page lists"},
		{name: "unknown project", address: e.origin + "/files/none-1.0.tar.gz", status: http.StatusForbidden, says: "no index page lists"},
		{name: "something else", address: e.origin + "/account/", status: http.StatusForbidden, says: "this address is none of them"},
		{name: "two readings", address: e.origin + "/files/..%2f" + w.Filename, status: http.StatusBadRequest},
	} {
		if c.method == "" {
			c.method = http.MethodGet
		}
		a := e.ask(c.method, c.address, c.header...)
		if a.status != c.status || !strings.Contains(a.phrase, c.says) || c.body != "" && a.body != c.body {
			t.Errorf("%s: %d %s, %d bytes; want %d and %q", c.name, a.status, a.phrase, len(a.body), c.status, c.says)
		}
	}
	if why := e.ask(http.MethodGet, bad.URL).header.Get("Link"); !strings.HasPrefix(why, "<http://guard.invalid/-/why/main.bad.") {
		t.Errorf("the refusal is explained at %q", why)
	}
}

// TestEgressShowsPdmWhy: pdm shows an address and nothing else.
func TestEgressShowsPdmWhy(t *testing.T) {
	e := startEgress(t, nil)
	bad := e.add(pypitest.Wheel("bad", "1.0", "bad.pth", "import base64; exec(base64.b64decode('cGFzcw=='))\n"))
	const agent = "pdm/2.29.3 (CPython/3.11.7; Linux)"
	for _, suffix := range []string{"", ".metadata"} {
		a := e.ask(http.MethodGet, bad.URL+suffix, "User-Agent", agent)
		to := a.header.Get("Location")
		if a.status != http.StatusFound || !strings.HasPrefix(to, "/-/pipwarden/blocked/malicious/main.bad.") {
			t.Fatalf("%d to %q", a.status, to)
		}
		if a := e.ask(http.MethodGet, e.origin+to, "User-Agent", agent); a.status != http.StatusForbidden || !strings.Contains(a.phrase, "bad 1.0") {
			t.Errorf("there: %d %s", a.status, a.phrase)
		}
	}
	if a := e.ask(http.MethodGet, e.origin+"/-/pipwarden/blocked/x/main.bad.00000000000000000000/bad.whl"); a.status != http.StatusNotFound {
		t.Errorf("an id that is none: %d", a.status)
	}
}

// TestEgressRelease: the JSON beside the simple API says of files what the page says.
func TestEgressRelease(t *testing.T) {
	e := startEgress(t, nil)
	w := e.add(pypitest.Wheel("demo", "1.0"))
	young := pypitest.Wheel("demo", "2.0")
	young.UploadTime = time.Unix(0, e.now.Load()).Add(-time.Hour)
	y := e.add(young)
	doc := func(f *pypitest.File) string {
		return `{"info":{"name":"demo","version":"1.0","yanked":false,"extra":"<kept>"},"last_serial":7,"urls":[` +
			`{"filename":"` + f.Filename + `","url":"https://elsewhere.invalid/x","digests":{"sha256":"00"},"yanked":false,"size":1},` +
			`{"filename":"demo-9.9.tar.gz","url":"https://elsewhere.invalid/y","digests":{"sha256":"11"}}]}`
	}
	e.index.Fail("/pypi/demo/1.0/json", pypitest.Fault{Body: doc(w), ContentType: "application/json"})
	e.index.Fail("/pypi/demo/2.0/json", pypitest.Fault{Body: doc(y), ContentType: "application/json"})
	type release struct {
		Info struct {
			Yanked bool   `json:"yanked"`
			Why    string `json:"yanked_reason"`
			Extra  string `json:"extra"`
		} `json:"info"`
		Serial int `json:"last_serial"`
		URLs   []struct {
			Filename, URL string
			Digests       map[string]string
			Yanked        bool
		} `json:"urls"`
	}
	for version, f := range map[string]*pypitest.File{"1.0": w, "2.0": y} {
		a := e.ask(http.MethodGet, e.origin+"/pypi/demo/"+version+"/json")
		var r release
		if err := json.Unmarshal([]byte(a.body), &r); err != nil || a.status != http.StatusOK {
			t.Fatalf("%s: %d, %v\n%s", version, a.status, err, a.body)
		}
		if len(r.URLs) != 1 || r.URLs[0].URL != f.URL || r.URLs[0].Digests["sha256"] != f.SHA256 || r.Serial != 7 || r.Info.Extra != "<kept>" {
			t.Errorf("%s: %s", version, a.body)
		}
		if waits := version == "2.0"; r.Info.Yanked != waits || r.URLs[0].Yanked != waits || waits && !strings.Contains(r.Info.Why, "waits") {
			t.Errorf("%s: yanked %t, %q", version, r.Info.Yanked, r.Info.Why)
		}
	}
	for _, path := range []string{"/pypi/none/1.0/json", "/pypi/demo/3.0/json"} {
		if a := e.ask(http.MethodGet, e.origin+path); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

// TestEgressUploads: by the configuration, and what they carry is told nobody.
func TestEgressUploads(t *testing.T) {
	for _, pass := range []bool{false, true} {
		e := startEgress(t, func(e *Egress) { e.Uploads = pass })
		a := e.askWith(e.client(), http.MethodPost, e.origin+"/legacy/", strings.NewReader("form"), "Authorization", "Basic c2VjcmV0OnNlY3JldA==", "Proxy-Authorization", "Basic aGlkZGVu")
		got := e.index.Requests()
		switch {
		case pass && (a.status != http.StatusNotFound || len(got) != 1 || got[0].Method != http.MethodPost || got[0].Header.Get("Authorization") == ""):
			t.Errorf("handed on: %d, upstream got %v", a.status, got)
		case pass && got[0].Header.Get("Proxy-Authorization") != "":
			t.Error("the proxy's credentials went upstream")
		case !pass && (a.status != http.StatusForbidden || len(got) != 0 || !strings.Contains(a.phrase, "egress.uploads")):
			t.Errorf("refused: %d %s, upstream got %v", a.status, a.phrase, got)
		}
		for _, secret := range []string{"c2VjcmV0", "secret", "aGlkZGVu", "hidden"} {
			if strings.Contains(e.log.String(), secret) {
				t.Errorf("the log holds %q:\n%s", secret, e.log)
			}
		}
	}
}

// TestEgressLearns: a host on which a page lists files is guarded from then on, and told once.
func TestEgressLearns(t *testing.T) {
	var mu sync.Mutex
	var told []string
	e := startEgress(t, func(e *Egress) {
		e.OnLearned = func(_, host string) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, host)
		}
	})
	f := e.index.Add(pypitest.Wheel("demo", "1.0"))
	e.index.Update(func() { f.URL = "https://new.invalid" + f.Path })
	at := upstream.Address{Host: "new.invalid", Port: "443"}
	if e.egress.guards.find(at) != placeOther {
		t.Fatal("guarded before it was seen")
	}
	for range 2 {
		if a := e.ask(http.MethodGet, e.origin+"/simple/demo/"); a.status != http.StatusOK {
			t.Fatalf("page: %d", a.status)
		}
		e.advance(time.Hour)
	}
	if e.egress.guards.find(at) != placeGuarded || e.egress.guards.find(upstream.Address{Host: "new.invalid", Port: "8443"}) != placeOdd {
		t.Error("not guarded after it was seen")
	}
	mu.Lock()
	defer mu.Unlock()
	if !slices.Equal(told, []string{"new.invalid"}) {
		t.Errorf("told of %q", told)
	}
	// It has no certificate here, and is not connected untouched either.
	if a := e.ask(http.MethodGet, f.URL); !strings.Contains(a.phrase, "Forbidden") && !strings.Contains(a.phrase, "no certificate yet") {
		t.Errorf("%d %s", a.status, a.phrase)
	}
}

// TestFileHosts asks an index where its files lie.
func TestFileHosts(t *testing.T) {
	e := startEgress(t, nil)
	ix := e.Upstream.Indexes()[0]
	if hosts, err := FileHosts(t.Context(), e.Upstream, ix); err == nil {
		t.Errorf("an index without any such project: %q", hosts)
	}
	f := e.index.Add(pypitest.Wheel("setuptools", "1.0"))
	e.index.Update(func() { f.URL = "https://files.invalid:8443" + f.Path })
	if hosts, err := FileHosts(t.Context(), e.Upstream, ix); err != nil || !slices.Equal(hosts, []string{"files.invalid:8443"}) {
		t.Errorf("got %q, %v", hosts, err)
	}
	private := *ix
	private.Reserved = []string{"corp-*"}
	e.index.Forget()
	if hosts, err := FileHosts(t.Context(), e.Upstream, &private); err != nil || hosts != nil || e.index.Count("") != 0 {
		t.Errorf("an index of reserved names: %q, %v, asked %d times", hosts, err, e.index.Count(""))
	}
}

// connectTo opens a tunnel by hand. The answer is that to the CONNECT.
func (e *testEgress) connectTo(target string) (net.Conn, *http.Response) {
	e.t.Helper()
	conn, err := net.Dial("tcp", e.address)
	if err != nil {
		e.t.Fatal(err)
	}
	e.t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		e.t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "CONNECT "+target+" HTTP/1.1\r\nHost: "+target+"\r\n\r\n"); err != nil {
		e.t.Fatal(err)
	}
	var head []byte // and not a byte more: the other end may speak first
	for one := make([]byte, 1); !bytes.HasSuffix(head, []byte("\r\n\r\n")); head = append(head, one...) {
		if _, err := io.ReadFull(conn, one); err != nil {
			e.t.Fatalf("CONNECT %s: %v after %q", target, err, head)
		}
	}
	res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(head)), &http.Request{Method: http.MethodConnect})
	if err != nil {
		e.t.Fatalf("CONNECT %s: %v", target, err)
	}
	return conn, res
}
