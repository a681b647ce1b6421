package upstream

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPageFaults: each fault of an index has its type, for pages and for files, and comes in the time of its limit.
func TestPageFaults(t *testing.T) {
	answer := func(text string) func(net.Conn, <-chan struct{}) {
		return func(c net.Conn, _ <-chan struct{}) { _, _ = io.WriteString(c, text) }
	}
	answerAndHang := func(text string) func(net.Conn, <-chan struct{}) {
		return func(c net.Conn, done <-chan struct{}) {
			_, _ = io.WriteString(c, text)
			<-done
		}
	}
	status := func(code int, header string) func(net.Conn, <-chan struct{}) {
		return answer(fmt.Sprintf("HTTP/1.1 %d X\r\n%sContent-Length: 4\r\nConnection: close\r\n\r\nbody", code, header))
	}
	gz := func(size int) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = io.CopyN(w, zeros{}, int64(size))
		_ = w.Close()
		return b.String()
	}
	encoded := func(body string, length int) func(net.Conn, <-chan struct{}) {
		return answer(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", length, body))
	}
	whole := gz(10_000)
	quick := func(o *Options) { o.HeaderTimeout, o.IdleTimeout = short, short }
	small := func(o *Options) { o.MaxPageBytes = 1000 }
	tests := []struct {
		name   string
		serve  func(net.Conn, <-chan struct{})
		change func(*Options)
		want   func(error) bool
	}{
		{"404", status(404, ""), nil, isStatus(404, 0)},
		{"410", status(410, ""), nil, isStatus(410, 0)},
		{"401", status(401, ""), nil, isStatus(401, 0)},
		{"403", status(403, ""), nil, isStatus(403, 0)},
		{"429 with seconds", status(429, "Retry-After: 7\r\n"), nil, isStatus(429, 7*time.Second)},
		{"429 with nonsense", status(429, "Retry-After: soon\r\n"), nil, isStatus(429, 0)},
		{"503 with a day in the past", status(503, "Retry-After: Mon, 02 Jan 2006 15:04:05 GMT\r\n"), nil, isStatus(503, 0)},
		{"500", status(500, ""), nil, isStatus(500, 0)},
		{"204", answer("HTTP/1.1 204 No Content\r\n\r\n"), nil, isStatus(204, 0)},
		{"206 that nobody asked for", status(206, "Content-Range: bytes 0-3/9\r\n"), nil, isStatus(206, 0)},
		{"304 that nobody asked for", answer("HTTP/1.1 304 Not Modified\r\n\r\n"), nil, isStatus(304, 0)},
		{"redirect to nowhere", status(302, ""), nil, isStatus(302, 0)},
		{"redirect to no address", status(302, "Location: http://[\r\n"), nil, is[*ProtocolError]},

		{"hang before the header", answerAndHang(""), quick, isTimeout(StageHeader)},
		{"hang in the header", answerAndHang("HTTP/1.1 200 OK\r\nContent-"), quick, isTimeout(StageHeader)},
		{"hang in the body", answerAndHang("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody"), quick, isTimeout(StageBody)},
		{"trickle", trickle, func(o *Options) { o.PageTimeout = 3 * short }, isTimeout(StageTotal)},
		{"interim answers without an end", interims, func(o *Options) { o.PageTimeout = 3 * short }, isTimeout(StageTotal)},

		{"closed before the header", answer(""), nil, is[*UnreachableError]},
		{"closed in the header", answer("HTTP/1.1 200 OK\r\n"), nil, is[*UnreachableError]},
		{"closed in a header line", answer("HTTP/1.1 200 OK\r\nContent-"), nil, is[*ProtocolError]},
		{"cut body", answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody"), nil, isTruncated(4, 9)},
		{"cut chunk", answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nbody"), nil, isTruncated(4, -1)},
		{"no last chunk", answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n"), nil, isTruncated(4, -1)},
		{"corrupt chunk", answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnine\r\nbody"), nil, isTruncated(0, -1)},
		{"no length, document without an end", answer("HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html><body>"), nil, isTruncated(12, -1)},

		{"not HTTP", answer("SSH-2.0-OpenSSH_9.9\r\n"), nil, is[*ProtocolError]},
		{"header without an end", hugeHeader, nil, is[*ProtocolError]},
		{"two lengths", answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nbody"), nil, is[*ProtocolError]},

		{"announced too large", answer("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"), small, isTooLarge(1000)},
		{"chunks too large", answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + strings.Repeat("x", 1001) + "\r\n0\r\n\r\n"), small, isTooLarge(1000)},
		{"gzip bomb", encoded(whole, len(whole)), small, isTooLarge(1000)},
		{"gzip bomb of two members", encoded(gz(900)+gz(900), len(gz(900))*2), small, isTooLarge(1000)},
		{"corrupt gzip header", encoded("<html></html>", 13), nil, is[*ProtocolError]},
		{"corrupt gzip checksum", encoded(whole[:len(whole)-8]+"12345678", len(whole)), nil, is[*ProtocolError]},
		{"gzip followed by something", encoded(whole+"more", len(whole)+4), nil, is[error]},
		{"gzip without its end", encoded(whole[:len(whole)-6], len(whole)-6), nil, is[*TruncatedError]},
		{"cut gzip", encoded(whole[:9], len(whole)), nil, isTruncated(9, int64(len(whole)))},
		{"another encoding", answer("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 4\r\n\r\nbody"), nil, is[*ProtocolError]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			change := tt.change
			if change == nil {
				change = func(*Options) {}
			}
			c := newClient(t, rawServer(t, tt.serve), change)
			page, err := getPage(c, "demo")
			if err == nil {
				t.Fatalf("Page gave %+v and no error", page)
			}
			if !tt.want(err) {
				t.Errorf("Page: %T %v", err, err)
			}
			if strings.ContainsAny(err.Error(), "\x00\x1b") {
				t.Errorf("error text %q holds control characters", err)
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// trickle sends a byte whenever the idle limit would strike.
func trickle(c net.Conn, done <-chan struct{}) {
	_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
	drip(c, done, "x")
}

func interims(c net.Conn, done <-chan struct{}) { drip(c, done, "HTTP/1.1 102 Processing\r\n\r\n") }

func drip(c net.Conn, done <-chan struct{}, text string) {
	tick := time.NewTicker(short / 4)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			if _, err := io.WriteString(c, text); err != nil {
				return
			}
		}
	}
}

func hugeHeader(c net.Conn, _ <-chan struct{}) {
	_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n")
	for range 2 * DefaultMaxHeaderBytes / 1024 {
		if _, err := io.WriteString(c, "X-Y: "+strings.Repeat("y", 1024)+"\r\n"); err != nil {
			return
		}
	}
}

func isStatus(code int, after time.Duration) func(error) bool {
	return func(err error) bool {
		var e *StatusError
		missing := code == 404 || code == 410
		return errors.As(err, &e) && e.Code == code && e.RetryAfter == after && errors.Is(err, fs.ErrNotExist) == missing
	}
}

func isTimeout(stage Stage) func(error) bool {
	return func(err error) bool {
		var e *TimeoutError
		return errors.As(err, &e) && e.Stage == stage && e.Timeout() && e.URL != "" && e.After > 0
	}
}

func isTruncated(got, want int64) func(error) bool {
	return func(err error) bool {
		var e *TruncatedError
		return errors.As(err, &e) && e.Got == got && e.Want == want
	}
}

func isTooLarge(limit int64) func(error) bool {
	return func(err error) bool {
		var e *TooLargeError
		return errors.As(err, &e) && e.Limit == limit
	}
}

func isRefused(rule Rule) func(error) bool {
	return func(err error) bool {
		var e *RefusedError
		return errors.As(err, &e) && e.Rule == rule
	}
}

func TestConnectionRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	_, err = getPage(newClient(t, "http://"+l.Addr().String()), "demo")
	var e *UnreachableError
	if !errors.As(err, &e) || e.Host != l.Addr().String() || e.Rest != 0 {
		t.Errorf("Page: %T %v", err, err)
	}
}

// TestTLSHang: a port that takes the connection and says nothing is a timeout of the handshake.
func TestTLSHang(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = getPage(newClient(t, "https://"+l.Addr().String(), func(o *Options) { o.TLSTimeout = short }), "demo")
	if !isTimeout(StageTLS)(err) {
		t.Errorf("Page: %T %v", err, err)
	}
}

// TestCallerLeaves: the end of the caller's context is the caller's, not a fault of the index.
func TestCallerLeaves(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	index := rawServer(t, func(_ net.Conn, done <-chan struct{}) {
		cancel()
		<-done
	})
	c := newClient(t, index)
	_, err := c.Page(ctx, PageRequest{Index: c.Indexes()[0], Project: "demo"})
	if !errors.Is(err, context.Canceled) || is[*TimeoutError](err) {
		t.Errorf("Page: %T %v", err, err)
	}
	if h := c.hosts.get(hostPort(c.Indexes()[0].URL)); h.failures != 0 {
		t.Errorf("the host was blamed %d times", h.failures)
	}
}

// authority signs certificates for tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // PEM
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{cert: cert, key: key, file: filepath.Join(t.TempDir(), "ca.pem")}
	if err := os.WriteFile(a.file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

// sign makes a server's certificate.
func (a *authority) sign(t *testing.T, name string, end time.Time) tls.Certificate {
	t.Helper()
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: end,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if ip := net.ParseIP(name); ip != nil {
		tmpl.IPAddresses = []net.IP{ip}
	} else {
		tmpl.DNSNames = []string{name}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestTLS(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	tomorrow, yesterday := time.Now().Add(24*time.Hour), time.Now().Add(-time.Hour)
	tests := []struct {
		name   string
		config *tls.Config // nil speaks no TLS
		bundle string
		want   func(error) bool // nil is success
	}{
		{"bundle is used", &tls.Config{Certificates: []tls.Certificate{ca.sign(t, "127.0.0.1", tomorrow)}}, ca.file, nil},
		{"bundle is a folder", &tls.Config{Certificates: []tls.Certificate{ca.sign(t, "127.0.0.1", tomorrow)}}, filepath.Dir(ca.file), nil},
		{"unknown authority", &tls.Config{Certificates: []tls.Certificate{ca.sign(t, "127.0.0.1", tomorrow)}}, "", isRefused(RuleTLS)},
		{"other authority", &tls.Config{Certificates: []tls.Certificate{ca.sign(t, "127.0.0.1", tomorrow)}}, other.file, isRefused(RuleTLS)},
		{"expired", &tls.Config{Certificates: []tls.Certificate{ca.sign(t, "127.0.0.1", yesterday)}}, ca.file, isRefused(RuleTLS)},
		{"wrong name", &tls.Config{Certificates: []tls.Certificate{ca.sign(t, "index.invalid", tomorrow)}}, ca.file, isRefused(RuleTLS)},
		{"TLS 1.1", &tls.Config{Certificates: []tls.Certificate{ca.sign(t, "127.0.0.1", tomorrow)}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, ca.file, isRefused(RuleTLS)},
		{"no TLS spoken", nil, ca.file, isRefused(RuleTLS)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, r.Proto)
			}))
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			s.EnableHTTP2 = true
			if s.TLS = tt.config; tt.config == nil {
				s.Start()
			} else {
				s.StartTLS()
			}
			defer s.Close()
			c := newClient(t, "https://"+s.Listener.Addr().String(), func(o *Options) { o.CABundle = tt.bundle; o.Retries = 2 })
			page, err := getPage(c, "demo")
			switch {
			case tt.want == nil && err != nil:
				t.Errorf("Page: %v", err)
			case tt.want == nil && string(page.Body) != "HTTP/2.0":
				t.Errorf("spoke %q, want HTTP/2.0", page.Body)
			case tt.want != nil && !tt.want(err):
				t.Errorf("Page: %T %v", err, err)
			}
		})
	}
}

func TestClientCertificate(t *testing.T) {
	ca := newAuthority(t)
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.TLS.PeerCertificates[0].Subject.CommonName)
	}))
	s.TLS = &tls.Config{
		Certificates: []tls.Certificate{ca.sign(t, "127.0.0.1", time.Now().Add(time.Hour))},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: pool,
	}
	s.StartTLS()
	defer s.Close()
	cert := ca.sign(t, "guard.invalid", time.Now().Add(time.Hour))
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "client.pem")
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	page, err := getPage(newClient(t, s.URL, func(o *Options) { o.CABundle, o.ClientCert = ca.file, file }), "demo")
	if err != nil || string(page.Body) != "guard.invalid" {
		t.Errorf("Page = %+v, %v", page, err)
	}
}

// TestHTTP2Faults: over HTTP/2 the faults have the same types, and one stream's fault leaves the others alone.
func TestHTTP2Faults(t *testing.T) {
	ca := newAuthority(t)
	done := make(chan struct{})
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hang/":
			<-done
		case "/stall/", "/cut/", "/short/":
			if r.URL.Path != "/cut/" {
				w.Header().Set("Content-Length", "100")
			}
			_, _ = io.WriteString(w, "body")
			_ = http.NewResponseController(w).Flush()
			switch r.URL.Path {
			case "/stall/":
				<-done
			case "/cut/":
				panic(http.ErrAbortHandler)
			}
		default:
			_, _ = io.WriteString(w, r.Proto)
		}
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.EnableHTTP2 = true
	s.TLS = &tls.Config{Certificates: []tls.Certificate{ca.sign(t, "127.0.0.1", time.Now().Add(time.Hour))}}
	s.StartTLS()
	defer s.Close()
	defer close(done)
	c := newClient(t, s.URL, func(o *Options) { o.CABundle, o.HeaderTimeout, o.IdleTimeout = ca.file, 5*short, 5*short })
	for name, want := range map[string]func(error) bool{
		"hang": isTimeout(StageHeader), "stall": isTimeout(StageBody), "cut": isTruncated(4, -1), "short": isTruncated(4, 100),
	} {
		if _, err := getPage(c, name); !want(err) {
			t.Errorf("%s: %T %v", name, err, err)
		}
		if page, err := getPage(c, "fine"); err != nil || string(page.Body) != "HTTP/2.0" {
			t.Errorf("after %s: %+v, %v", name, page, err)
		}
	}
}
