package proxy

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
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
