package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pipwarden/certs"
	"pipwarden/internal/pypitest"
)

// A network is the world outside, as one HTTP proxy shows it: hosts under .invalid, over TLS with an authority of its own, and
// plainly.
type network struct {
	proxy string // URL
	ca    string // PEM file

	mu    sync.Mutex
	hosts map[string]http.Handler
	asked []string // "CONNECT host:port" and "METHOD http://host/path" as the proxy got them
}

// Listener hands the network's TLS server the tunnels.
type tunnelListener struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *tunnelListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}
func (l *tunnelListener) Close() error   { return nil }
func (l *tunnelListener) Addr() net.Addr { return &net.TCPAddr{} }

// outsideHosts are all hosts of the network.
var outsideHosts = []string{"index.invalid", "files.invalid", "extra.invalid", "elsewhere.invalid", "moved.invalid"}

func newNetwork(t *testing.T, more ...string) *network {
	t.Helper()
	a, err := certs.New(certs.Options{Hosts: append(more, outsideHosts...)})
	if err != nil {
		t.Fatal(err)
	}
	n := &network{hosts: map[string]http.Handler{}, ca: filepath.Join(t.TempDir(), "network.pem")}
	write(t, n.ca, string(a.PEM()))
	l := &tunnelListener{make(chan net.Conn), make(chan struct{})}
	quiet := log.New(io.Discard, "", 0)
	secure := &http.Server{Handler: http.HandlerFunc(n.answer), ReadHeaderTimeout: time.Minute, ErrorLog: quiet, TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12,
		GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) { return a.Leaf(h.ServerName) }}}
	go func() { _ = secure.ServeTLS(l, "", "") }()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	front := &http.Server{ReadHeaderTimeout: time.Minute, ErrorLog: quiet, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.note(r)
		if r.Method != http.MethodConnect {
			n.answer(w, r)
			return
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		select {
		case l.conns <- conn:
		case <-l.done:
			_ = conn.Close()
		}
	})}
	go func() { _ = front.Serve(ln) }()
	t.Cleanup(func() {
		close(l.done)
		_ = front.Close()
		_ = secure.Close()
	})
	n.proxy = "http://" + ln.Addr().String()
	return n
}

func (n *network) note(r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = append(n.asked, r.Method+" "+r.URL.Host+r.URL.Path)
}

// reached tells whether the proxy was asked for something that begins so.
func (n *network) reached(prefix string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.ContainsFunc(n.asked, func(s string) bool { return strings.HasPrefix(s, prefix) })
}

func (n *network) answer(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	n.mu.Lock()
	h := n.hosts[host]
	n.mu.Unlock()
	if h == nil {
		http.Error(w, "no such host", http.StatusBadGateway)
		return
	}
	h.ServeHTTP(w, r)
}

func (n *network) handle(host string, h http.Handler) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hosts[host] = h
}

// index puts a fake index on the network, with its files on a host of their own.
func (n *network) index(x *pypitest.Index, scheme string) {
	files := scheme + "://files.invalid"
	origin := strings.TrimSuffix(x.URL, "/simple/")
	n.handle("files.invalid", x)
	n.handle("index.invalid", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/simple/") {
			x.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		x.ServeHTTP(rec, r)
		body := strings.ReplaceAll(rec.Body.String(), origin, files)
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		w.Header().Del("Content-Length")
		w.WriteHeader(rec.Code)
		_, _ = io.WriteString(w, body)
	}))
}

// config is that of a guard of the network's index, as a proxy.
func (n *network) config(scheme, more string) string {
	const upstream = "[upstream]\n"
	line := fmt.Sprintf("index_url = %q\nproxy = %q\nca_bundle = %q\n", scheme+"://index.invalid/simple/", n.proxy, n.ca)
	before, after, ok := strings.Cut(more, upstream)
	if !ok {
		before, after = more, ""
	}
	if !strings.Contains(more, "[egress]") {
		after += "[egress]\nenabled = true\n"
	}
	return before + upstream + line + after
}

// through gives a client's command the environment of a command behind the proxy.
func through(cmd *exec.Cmd, s *served) {
	c := egressChild{Proxy: s.url, Bundle: s.ca("bundle.pem"), Cert: s.ca("ca.pem"), Guarded: []string{"index.invalid", "files.invalid"}}
	cmd.Env, _ = c.apply(cmd.Env)
}

// ca is a file of the authority of a served guard.
func (s *served) ca(name string) string {
	for _, kv := range s.cmd.Env {
		if home, ok := strings.CutPrefix(kv, "HOME="); ok && home != os.Getenv("HOME") {
			return filepath.Join(home, ".local", "share", "pipwarden", "ca", name)
		}
	}
	return ""
}

// TestEgressInstalls: clients that know nothing of the guard but the proxy's address install what is clean, over TLS and plainly,
// and their files passed the gate.
func TestEgressInstalls(t *testing.T) {
	for _, scheme := range []string{"https", "http"} {
		t.Run(scheme, func(t *testing.T) {
			n, x := newNetwork(t), pypitest.NewIndex(t, pypitest.Options{})
			x.Add(wheel("demo/__init__.py", "answer = 42\n"))
			n.index(x, scheme)
			s := serve(t, t.TempDir(), n.config(scheme, ""))
			for _, c := range clients(t) {
				cmd, target := c.install(t, scheme+"://index.invalid", pin)
				if scheme == "http" {
					cmd.Args = append(cmd.Args, insecure(c)...)
				}
				through(cmd, s)
				stdout, stderr, code := run(t, cmd)
				if _, err := os.Stat(target + "/demo/__init__.py"); code != 0 || err != nil {
					t.Errorf("%s: exit %d, %v\n%s%s\n%s", c.name, code, err, stdout, stderr, s.text())
				}
			}
			if n.reached("CONNECT elsewhere") || x.Count("") == 0 {
				t.Errorf("the index was asked %d times, the network %q", x.Count(""), n.asked)
			}
			if got := strings.Count(s.text(), "msg=\"file decided\""); got == 0 {
				t.Errorf("nothing passed the gate:\n%s", s.text())
			}
		})
	}
}

// insecure is what a client needs to use an index over http that is not on loopback.
func insecure(c client) []string {
	if c.uv {
		return []string{"--allow-insecure-host", "index.invalid"}
	}
	return []string{"--trusted-host", "index.invalid", "--trusted-host", "files.invalid"}
}
