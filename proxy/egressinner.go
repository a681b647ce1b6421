package proxy

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/elazarl/goproxy"

	"pipwarden/upstream"
)

// arrivals is a listener of connections that are there already.
type arrivals struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newArrivals() *arrivals { return &arrivals{conns: make(chan net.Conn), done: make(chan struct{})} }

// Accept waits for the next connection.
func (a *arrivals) Accept() (net.Conn, error) {
	select {
	case c := <-a.conns:
		return c, nil
	case <-a.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (a *arrivals) Close() error {
	a.once.Do(func() { close(a.done) })
	return nil
}

// Addr is nowhere.
func (a *arrivals) Addr() net.Addr { return &net.TCPAddr{} }

// intercept answers a CONNECT to a guarded host in that host's place, over TLS or plainly, as the client begins to speak.
func (e *Egress) intercept(r *http.Request, conn net.Conn, _ *goproxy.ProxyCtx) {
	d, ok := r.Context().Value(connectKey{}).(connect)
	p := &passage{Conn: conn, request: r, to: d.to}
	leave, free := e.enter(p)
	if !ok || !free {
		_ = conn.SetDeadline(time.Now().Add(refusalWriteTimeout))
		e.crowded().writeTo(conn, r.Method)
		_ = conn.Close()
		return
	}
	ended := func(err error) {
		e.log.Debug("tunnel to a guarded host not begun", "host", d.to.String(), "client", clientID(r), "error", err)
		leave()
		_ = conn.Close()
	}
	if err := conn.SetDeadline(time.Now().Add(e.HeaderTimeout)); err != nil {
		ended(err)
		return
	}
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		ended(err)
		return
	}
	p.first = make([]byte, 1)
	if _, err := io.ReadFull(conn, p.first); err != nil {
		ended(err)
		return
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		ended(err)
		return
	}
	var c net.Conn = p
	if p.first[0] == recordHandshake {
		c = tls.Server(p, e.tlsConfig(d.to))
	}
	select {
	case e.arrived.conns <- c:
	case <-e.arrived.done:
		ended(net.ErrClosed)
	}
}

// tlsConfig is for one tunnel. Only HTTP/1.1 is offered: HTTP/2 has no reason phrase, and for most clients that is all a person
// sees. A client that asks for another name than it had the tunnel opened to gets no certificate.
func (e *Egress) tlsConfig(to upstream.Address) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
		// Small first records are for browsers that paint while they read.
		DynamicRecordSizingDisabled: true,
		GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if a, err := upstream.ParseAddress(h.ServerName, to.Port); h.ServerName != "" && (err != nil || a != to) {
				return nil, errFronted
			}
			return e.Certificate(to.Host)
		},
	}
}

type passageKey struct{}

// withPassage gives the requests of a connection the passage that it came by.
func withPassage(ctx context.Context, c net.Conn) context.Context {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	p, ok := c.(*passage)
	if !ok {
		return ctx
	}
	if id := sessionOf(p.request); id != "" {
		ctx = WithSession(ctx, id)
	}
	if id := identityOf(p.request); id != (Identity{}) {
		ctx = context.WithValue(ctx, identityKey{}, id)
	}
	return context.WithValue(ctx, passageKey{}, p)
}

// An origin is scheme, host and port of a guarded host.
type origin struct {
	scheme string
	at     upstream.Address
}

// of tells whether a URL is of the origin.
func (o origin) of(u *url.URL) bool {
	a, err := upstream.ParseAddress(u.Host, defaultPort(u.Scheme))
	return err == nil && u.Scheme == o.scheme && a == o.at
}

// serveInner answers a request inside an intercepted tunnel. It has to be for the host that the tunnel was opened to.
func (e *Egress) serveInner(w http.ResponseWriter, r *http.Request) {
	limitWrite(w, 0)
	p, ok := r.Context().Value(passageKey{}).(*passage)
	if !ok {
		problem{Status: http.StatusMisdirectedRequest, Title: "Wrong host", Detail: "pipwarden: this request came by no tunnel"}.write(w, r)
		return
	}
	o := origin{"http", p.to}
	if r.TLS != nil {
		o.scheme = "https"
	}
	host := url.URL{Scheme: o.scheme, Host: r.Host}
	if r.Method == http.MethodConnect || !o.of(&host) || r.URL.IsAbs() && !o.of(r.URL) {
		problem{Status: http.StatusMisdirectedRequest, Title: "Wrong host",
			Detail: "pipwarden: the request is for another host than its tunnel"}.write(w, r)
		return
	}
	e.serveGuarded(w, r, o)
}

// A steady gives each write of an answer to a client its own time, for answers whose length nobody knows.
type steady struct {
	http.ResponseWriter
	request *http.Request
	control *http.ResponseController
	limit   time.Duration
	problem *problem // the answer, instead of what is written
}

func newSteady(w http.ResponseWriter, r *http.Request, limit time.Duration) *steady {
	return &steady{ResponseWriter: w, request: r, control: http.NewResponseController(w), limit: limit}
}

// WriteHeader begins the answer, or gives the problem that was found instead.
func (s *steady) WriteHeader(status int) {
	if s.problem == nil {
		s.ResponseWriter.WriteHeader(status)
		return
	}
	clear(s.Header())
	s.problem.write(s.ResponseWriter, s.request)
}

// Write writes within the limit.
func (s *steady) Write(b []byte) (int, error) {
	if s.problem != nil {
		return len(b), nil
	}
	_ = s.control.SetWriteDeadline(time.Now().Add(s.limit)) // without deadlines the server's own limit holds
	return s.ResponseWriter.Write(b)
}

// Flush sends what was written.
func (s *steady) Flush() { _ = s.control.Flush() }

// Hijack gives the connection away, for websockets.
func (s *steady) Hijack() (net.Conn, *bufio.ReadWriter, error) { return s.control.Hijack() }

// Unwrap is for http.ResponseController.
func (s *steady) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// steadyBody gives each read of a request's body its own time.
func steadyBody(w http.ResponseWriter, r *http.Request, limit time.Duration) *http.Request {
	if r.Body == nil || r.Body == http.NoBody {
		return r
	}
	out := r.WithContext(r.Context())
	out.Body = &steadyReader{r.Body, http.NewResponseController(w), limit}
	return out
}

type steadyReader struct {
	io.ReadCloser
	control *http.ResponseController
	limit   time.Duration
}

func (s *steadyReader) Read(b []byte) (int, error) {
	if err := s.control.SetReadDeadline(time.Now().Add(s.limit)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return s.ReadCloser.Read(b)
}
