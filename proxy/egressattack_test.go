package proxy

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/elazarl/goproxy"

	"pipwarden/internal/pypitest"
	"pipwarden/upstream"
)

// sink counts the connections to a port of loopback that nothing should reach.
func sink(t *testing.T) (port string, reached func() int) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	conns := make(chan struct{}, 1000)
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			conns <- struct{}{}
			_ = c.Close()
		}
	}()
	_, port, err = net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port, func() int { return len(conns) }
}

// TestEgressReachesNothingPrivate: by name, by address, in every spelling, by CONNECT and plainly, and by names that change.
func TestEgressReachesNothingPrivate(t *testing.T) {
	port, reached := sink(t)
	e := startEgress(t, nil)
	e.dns.set("private.invalid", "127.0.0.1")
	e.dns.set("metadata.invalid", "169.254.169.254")
	e.dns.set("rebinds.invalid", "127.0.0.1", "127.0.0.1", "127.0.0.1")
	_, proxyPort, _ := net.SplitHostPort(e.address)
	for _, target := range []string{
		"127.0.0.1:" + port, "localhost:" + port, "LOCALHOST.:" + port, "a.localhost:" + port, "[::1]:" + port, "[::ffff:127.0.0.1]:" + port,
		"0.0.0.0:" + port, "[::]:" + port, "127.1:" + port, "2130706433:" + port, "0x7f000001:" + port, "127.0.0.1.:" + port, "0177.0.0.1:" + port,
		"private.invalid:" + port, "rebinds.invalid:" + port, "metadata.invalid:80", "169.254.169.254:80", "[fe80::1%25lo]:80", "10.0.0.1:80",
		"192.168.0.1:443", "172.16.0.1:443", "100.64.0.1:443", "[fc00::1]:443", "[64:ff9b::7f00:1]:" + port, "[2002:7f00:1::]:" + port,
		"127.0.0.1:" + proxyPort, "localhost:" + proxyPort, "user@127.0.0.1:" + port, "127.0.0.1:" + port + "/x", "127.0.0.1:0", "127.0.0.1:", ":" + port, "127.0.0.1",
	} {
		if _, res := e.connectTo(target); res.StatusCode == http.StatusOK {
			t.Errorf("CONNECT %s: %s", target, res.Status)
		}
		if a := e.raw("GET http://" + target + "/ HTTP/1.1\r\nHost: " + target + "\r\nConnection: close\r\n\r\n"); strings.HasPrefix(a, "HTTP/1.1 200") && !strings.Contains(target, proxyPort) {
			t.Errorf("GET http://%s/: %s", target, a)
		}
	}
	if n := reached(); n != 0 {
		t.Errorf("%d connections reached what is private", n)
	}
}

// raw sends bytes to the proxy and gives all that comes back until it closes.
func (e *testEgress) raw(request string) string {
	e.t.Helper()
	conn, err := net.Dial("tcp", e.address)
	if err != nil {
		e.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		e.t.Fatal(err)
	}
	_, _ = io.WriteString(conn, request) // it may be refused before it was read
	b, _ := io.ReadAll(conn)
	return string(b)
}

// TestEgressNames: CONNECT, TLS name and Host have to agree on a guarded host.
func TestEgressNames(t *testing.T) {
	e := startEgress(t, nil)
	f := e.add(pypitest.Wheel("demo", "1.0"))
	target := strings.TrimPrefix(e.origin, "https://")
	for _, c := range []struct {
		name, sni, request string
		want               string // beginning of the answer; "" = no handshake
	}{
		{"agree", "index.invalid", "GET " + strings.TrimPrefix(f.URL, e.origin) + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n", "HTTP/1.1 200"},
		{"no TLS name", "", "GET /simple/demo/ HTTP/1.1\r\nHost: " + target + "\r\n\r\n", "HTTP/1.1 200"},
		{"absolute", "index.invalid", "GET " + e.origin + "/simple/demo/ HTTP/1.1\r\nHost: " + target + "\r\n\r\n", "HTTP/1.1 200"},
		{"other TLS name", "other.invalid", "", ""},
		{"other Host", "index.invalid", "GET /simple/demo/ HTTP/1.1\r\nHost: other.invalid\r\n\r\n", "HTTP/1.1 421"},
		{"other port in Host", "index.invalid", "GET /simple/demo/ HTTP/1.1\r\nHost: index.invalid\r\n\r\n", "HTTP/1.1 421"},
		{"other absolute", "index.invalid", "GET https://other.invalid/x HTTP/1.1\r\nHost: " + target + "\r\n\r\n", "HTTP/1.1 421"},
		{"other scheme", "index.invalid", "GET http://" + target + "/simple/demo/ HTTP/1.1\r\nHost: " + target + "\r\n\r\n", "HTTP/1.1 421"},
		{"CONNECT inside", "index.invalid", "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n", "HTTP/1.1 421"},
		{"two Hosts", "index.invalid", "GET /simple/demo/ HTTP/1.1\r\nHost: " + target + "\r\nHost: other.invalid\r\n\r\n", "HTTP/1.1 400"},
		{"length and chunks", "index.invalid", "GET /simple/demo/ HTTP/1.1\r\nHost: " + target + "\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 4"},
		{"two lengths", "index.invalid", "GET /simple/demo/ HTTP/1.1\r\nHost: " + target + "\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 400"},
		{"body", "index.invalid", "GET /simple/demo/ HTTP/1.1\r\nHost: " + target + "\r\nContent-Length: 5\r\n\r\nGET /", "HTTP/1.1 413"},
		{"space before colon", "index.invalid", "GET /simple/demo/ HTTP/1.1\r\nHost : " + target + "\r\n\r\n", "HTTP/1.1 400"},
		{"folded line", "index.invalid", "GET /simple/demo/ HTTP/1.1\r\nHost: " + target + "\r\n x: y\r\n\r\n", "HTTP/1.1 4"},
		{"header bomb", "index.invalid", "GET /simple/demo/ HTTP/1.1\r\nHost: " + target + "\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", "HTTP/1.1 431"},
	} {
		conn, res := e.connectTo(target)
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", c.name, res.Status)
		}
		secure := tls.Client(conn, &tls.Config{ServerName: c.sni, InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}}) // what is shown is checked elsewhere
		err := secure.HandshakeContext(t.Context())
		if c.want == "" {
			if err == nil {
				t.Errorf("%s: there was a handshake", c.name)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if p := secure.ConnectionState().NegotiatedProtocol; p != "http/1.1" {
			t.Errorf("%s: speaks %q", c.name, p)
		}
		_, _ = io.WriteString(secure, c.request) // it may be refused before it was read
		line, _ := bufio.NewReader(secure).ReadString('\n')
		if !strings.HasPrefix(line, c.want) {
			t.Errorf("%s: %q, want %q", c.name, line, c.want)
		}
	}
	for _, r := range e.index.Requests() {
		if r.Host != target || !strings.HasPrefix(r.Path, "/simple/") && r.Path != f.Path {
			t.Errorf("upstream was asked %s %s of %s", r.Method, r.Path, r.Host)
		}
	}
}

// TestEgressShapes: what is no proper CONNECT opens nothing.
func TestEgressShapes(t *testing.T) {
	port, reached := sink(t)
	e := startEgress(t, func(e *Egress) { e.Allow = []string{"allowed.invalid:" + port} })
	e.dns.set("allowed.invalid", "127.0.0.1")
	target := "allowed.invalid:" + port
	for name, request := range map[string]string{
		"length":       "CONNECT " + target + " HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde",
		"chunks":       "CONNECT " + target + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"URL":          "CONNECT http://" + target + "/ HTTP/1.1\r\nHost: x\r\n\r\n",
		"path":         "CONNECT /x HTTP/1.1\r\nHost: " + target + "\r\n\r\n",
		"no port":      "CONNECT allowed.invalid HTTP/1.1\r\nHost: " + target + "\r\n\r\n",
		"https URL":    "GET https://" + target + "/ HTTP/1.1\r\nHost: " + target + "\r\n\r\n",
		"ftp URL":      "GET ftp://" + target + "/ HTTP/1.1\r\nHost: " + target + "\r\n\r\n",
		"user in URL":  "GET http://u:p@" + target + "/ HTTP/1.1\r\nHost: " + target + "\r\n\r\n",
		"header bomb":  "CONNECT " + target + " HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n",
		"two Hosts":    "CONNECT " + target + " HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
		"slow CONNECT": "CONNECT " + target + " HTTP/1.1\r\n",
	} {
		if a := e.raw(request); strings.HasPrefix(a, "HTTP/1.1 2") || strings.HasPrefix(a, "HTTP/1.0 2") {
			t.Errorf("%s: %.100q", name, a)
		}
	}
	if n := reached(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

// TestEgressOther: hosts that are not guarded, in both ways, with the exceptions of the list.
func TestEgressOther(t *testing.T) {
	for _, c := range []struct {
		refuse bool
		host   string
		status int // of the CONNECT
	}{
		{false, "allowed.invalid", http.StatusOK},
		{false, "private.invalid", http.StatusForbidden},
		{true, "allowed.invalid", http.StatusOK},
		{true, "private.invalid", http.StatusForbidden},
	} {
		echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "%s %s %s", r.Method, r.Host, r.Header.Get("Proxy-Authorization"))
		}))
		_, port, err := net.SplitHostPort(echo.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		e := startEgress(t, func(e *Egress) { e.Refuse, e.Allow = c.refuse, []string{"allowed.invalid:" + port} })
		e.dns.set("allowed.invalid", "127.0.0.1")
		e.dns.set("private.invalid", "127.0.0.1")
		conn, res := e.connectTo(c.host + ":" + port)
		if res.StatusCode != c.status {
			t.Errorf("refuse %t, CONNECT %s: %s", c.refuse, c.host, res.Status)
		}
		if c.status == http.StatusOK {
			_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: inner.invalid\r\nConnection: close\r\n\r\n")
			if b, err := io.ReadAll(conn); err != nil || !strings.HasSuffix(string(b), "GET inner.invalid ") {
				t.Errorf("through the tunnel: %v, %q", err, b)
			}
		}
		plain := e.ask(http.MethodGet, "http://"+c.host+":"+port+"/", "Proxy-Authorization", "Basic c2VjcmV0")
		if plain.status != c.status || c.status == http.StatusOK && plain.body != "GET "+c.host+":"+port+" " {
			t.Errorf("refuse %t, plainly to %s: %d %s, %q", c.refuse, c.host, plain.status, plain.phrase, plain.body)
		}
		if c.refuse && c.status != http.StatusOK && !strings.Contains(plain.phrase, c.host) {
			t.Errorf("the refusal does not name the host: %s", plain.phrase)
		}
		echo.Close()
	}
}

// TestEgressFronting: a tunnel does not carry TLS for a guarded host, nor, where only listed hosts are connected, for any but its
// own.
func TestEgressFronting(t *testing.T) {
	for _, c := range []struct {
		refuse bool
		sni    string
		cut    bool
	}{{false, "allowed.invalid", false}, {false, "else.invalid", false}, {false, "INDEX.invalid", true}, {true, "allowed.invalid", false}, {true, "else.invalid", true}, {true, "index.invalid", true}} {
		var port string
		asked := make(chan string, 10)
		e := startEgress(t, func(e *Egress) { e.Refuse, e.Allow = c.refuse, []string{"allowed.invalid"} })
		leaf, err := e.real.Leaf("wrong.invalid")
		if err != nil {
			t.Fatal(err)
		}
		ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
			asked <- h.ServerName
			return leaf, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				conn, err := ln.Accept()
				if err != nil {
					return
				}
				_, _ = io.WriteString(conn, "hello")
				_ = conn.Close()
			}
		}()
		_, port, _ = net.SplitHostPort(ln.Addr().String())
		e.egress.allow[upstream.Address{Host: "allowed.invalid", Port: port}] = true
		e.dns.set("allowed.invalid", "127.0.0.1")
		conn, res := e.connectTo("allowed.invalid:" + port)
		if res.StatusCode != http.StatusOK {
			t.Fatalf("CONNECT: %s", res.Status)
		}
		secure := tls.Client(conn, &tls.Config{ServerName: c.sni, InsecureSkipVerify: true}) // the name is the test
		b, err := io.ReadAll(secure)
		if cut := string(b) != "hello"; cut != c.cut || c.cut && len(asked) != 0 {
			t.Errorf("refuse %t, name %s: %q, %v; the other end was asked %d times", c.refuse, c.sni, b, err, len(asked))
		}
		_ = ln.Close()
	}
}

// TestEgressLimits: tunnels are counted, silent ones end, and a thousand idle ones cost little.
func TestEgressLimits(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(conn, conn); _ = conn.Close() }()
		}
	}()
	target := ln.Addr().String()
	const most = 1000
	e := startEgress(t, func(e *Egress) { e.Allow, e.MaxTunnels, e.IdleTimeout = []string{target}, most, time.Second })
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var conns []net.Conn
	for range most {
		conn, res := e.connectTo(target)
		if res.StatusCode == http.StatusServiceUnavailable && len(conns) > most/2 {
			break // the first have ended, or are about to
		}
		if res.StatusCode != http.StatusOK {
			t.Fatalf("tunnel %d: %s", len(conns), res.Status)
		}
		conns = append(conns, conn)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapInuse+after.StackInuse) - int64(before.HeapInuse+before.StackInuse); grown > 100<<20 {
		t.Errorf("%d tunnels took %d MiB", len(conns), grown>>20)
	}
	for i, conn := range conns {
		if _, err := io.ReadAll(conn); err != nil {
			t.Fatalf("tunnel %d was not closed: %v", i, err)
		}
	}
	// Slow clients of a guarded host hold a place no longer than a header may take.
	conn, res := e.connectTo(strings.TrimPrefix(e.origin, "https://"))
	if res.StatusCode != http.StatusOK {
		t.Fatalf("after all: %s", res.Status)
	}
	if b, err := io.ReadAll(conn); err != nil || len(b) != 0 {
		t.Errorf("a client that says nothing got %q, %v", b, err)
	}
	waitFor(t, func() bool {
		e.egress.mu.Lock()
		defer e.egress.mu.Unlock()
		return len(e.egress.open) == 0
	})
}

// waitFor waits until what must come about has.
func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not come about")
		}
	}
}

// TestEgressTunnel: bytes pass in both directions, as they are, and a direction ends alone.
func TestEgressTunnel(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	const size = 9<<20 + 1 // more than two chunks
	heard := make(chan int64, 1)
	go func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "first") // the server speaks first
		n, _ := io.Copy(io.Discard, conn)
		heard <- n
		_, _ = conn.Write(make([]byte, size))
	}()
	e := startEgress(t, func(e *Egress) { e.Allow = []string{ln.Addr().String()} })
	conn, res := e.connectTo(ln.Addr().String())
	if res.StatusCode != http.StatusOK {
		t.Fatal(res.Status)
	}
	greeting := make([]byte, 5)
	if _, err := io.ReadFull(conn, greeting); err != nil || string(greeting) != "first" {
		t.Fatalf("%q, %v", greeting, err)
	}
	if _, err := conn.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if n := <-heard; n != size {
		t.Errorf("%d bytes went, want %d", n, size)
	}
	if n, err := io.Copy(io.Discard, conn); err != nil || n != size {
		t.Errorf("%d bytes came, want %d (%v)", n, size, err)
	}
}

// TestGoproxyDefaults holds each default of goproxy that would be unsafe here against what is set instead.
func TestGoproxyDefaults(t *testing.T) {
	port, reached := sink(t)
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:"+port) // goproxy reads it by itself when it is made
	p := goproxy.NewProxyHttpServer()
	if p.ConnectDial == nil {
		t.Error("goproxy no longer takes a proxy from the environment by itself: this test shows nothing")
	}
	t.Setenv("HTTPS_PROXY", "")
	e := startEgress(t, nil)
	t.Run("nothing decided is refused", func(t *testing.T) {
		srv := httptest.NewServer(e.egress.proxy)
		defer srv.Close()
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "CONNECT 127.0.0.1:%s HTTP/1.1\r\nHost: x\r\n\r\n", port)
		if b, err := io.ReadAll(conn); err != nil || len(b) != 0 || reached() != 0 {
			t.Errorf("got %q, %v; %d connections", b, err, reached())
		}
	})
	t.Run("no proxy of its own", func(t *testing.T) {
		if e.egress.proxy.ConnectDial != nil || e.egress.proxy.ConnectDialWithReq == nil || e.egress.proxy.Tr != e.egress.outlet.Transport() {
			t.Error("tunnels or requests do not go through the outlet")
		}
	})
	t.Run("upstream is verified", func(t *testing.T) {
		if cfg := e.egress.proxy.Tr.TLSClientConfig; cfg == nil || cfg.InsecureSkipVerify || cfg.MinVersion < tls.VersionTLS12 {
			t.Errorf("configuration %+v", cfg)
		}
		self := httptest.NewUnstartedServer(http.NotFoundHandler())
		self.Config.ErrorLog = log.New(io.Discard, "", 0)
		self.StartTLS()
		defer self.Close()
		e.egress.allow[mustAddress(t, self.Listener.Addr().String())] = true
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, self.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		var unknown x509.UnknownAuthorityError
		if res, err := e.egress.proxy.Tr.RoundTrip(req); !errors.As(err, &unknown) {
			t.Errorf("a certificate of nobody: %v, %v", res, err)
		}
	})
}

// TestNotGoproxysAuthority: its key is public, so what it signs says nothing.
func TestNotGoproxysAuthority(t *testing.T) {
	e := startEgress(t, nil)
	conn, _ := e.connectTo(strings.TrimPrefix(e.origin, "https://"))
	secure := tls.Client(conn, &tls.Config{ServerName: "index.invalid", InsecureSkipVerify: true}) // the chain is looked at here
	if err := secure.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	builtin, err := x509.ParseCertificate(goproxy.GoproxyCa.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	leaf := secure.ConnectionState().PeerCertificates[0]
	if leaf.CheckSignatureFrom(builtin) == nil || leaf.Issuer.String() == builtin.Subject.String() {
		t.Error("the leaf is signed with goproxy's public key")
	}
	if _, err := leaf.Verify(x509.VerifyOptions{DNSName: "index.invalid", Roots: e.roots}); err != nil {
		t.Error(err)
	}
}

func mustAddress(t *testing.T, text string) upstream.Address {
	t.Helper()
	a, err := upstream.ParseAddress(text, "")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestEgressUpstreamCertificates: an index whose certificate is not right is refused, and the client is told.
func TestEgressUpstreamCertificates(t *testing.T) {
	e := startEgressOf(t, "wrong.invalid", nil)
	a := e.ask(http.MethodGet, e.origin+"/simple/demo/")
	if a.status != http.StatusForbidden || !strings.Contains(a.phrase, "(tls, host") {
		t.Errorf("%d %s", a.status, a.phrase)
	}
	if e.index.Count("") != 0 {
		t.Error("the server was asked all the same")
	}
}
