package proxy

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/elazarl/goproxy"

	"pipwarden/upstream"
)

// Defaults of an [Egress].
const (
	// DefaultMaxTunnels bounds the connections through the proxy: each takes two file descriptors and about 20 kB.
	DefaultMaxTunnels = 4096
	// DefaultTunnelIdle is longer than what websockets and the idle connections of clients keep to.
	DefaultTunnelIdle = 10 * time.Minute
	// DefaultTunnelHeader is for a client to begin to speak in its tunnel.
	DefaultTunnelHeader = 10 * time.Second
)

// An Egress is the proxy that clients reach by HTTPS_PROXY and HTTP_PROXY (RFC 9110, 9.3.6). It stands in for the hosts that it
// guards, those of the indexes and those on which their pages list files: there, pages, metadata and files come from the same
// [Server] and through the same gate as in the index, with the addresses in pages kept as they are, so that lock files stay what
// they would be without a guard and locked addresses are judged. A file that no page lists is refused. All other hosts it
// connects untouched, or refuses.
//
// What is not proxied (a path alone) goes to the Server. Its fields are read at the first request and must not change
// afterwards. Call [Egress.Start] first and [Egress.Close] at the end.
type Egress struct {
	// Server answers for the guarded hosts; required.
	Server *Server
	// Certificate gives the certificate for a guarded host, a name or IP address without port; Covers tells whether it would.
	// Both are required: this package makes no certificates.
	Certificate func(host string) (*tls.Certificate, error)
	Covers      func(host string) bool
	// Guard are guarded hosts beside those of the indexes and of Known, without ports.
	Guard []string
	// Known are hosts on which pages of an index were seen to list files, by [upstream.Index.Key].
	Known map[string][]string
	// OnLearned, when not nil, is told of each further such host. It must not block.
	OnLearned func(indexKey, host string)
	// Refuse refuses hosts that are not guarded, instead of connecting them.
	Refuse bool
	// Allow are hosts ("host" for the ports 443 and 80, or "host:port") that are connected whatever Refuse says, and even when
	// their address is private.
	Allow []string
	// Uploads hands uploads to guarded hosts on, instead of refusing them.
	Uploads bool
	// Own tells whether an address is one that this guard listens on; nil means none is. It is never tunnelled to.
	Own func(netip.AddrPort) bool
	// Base is the address of the guard's own pages for links in refusals, such as "http://127.0.0.1:8791"; "" leaves links out.
	Base string
	// MaxTunnels bounds the connections through the proxy; zero means DefaultMaxTunnels.
	MaxTunnels int
	// IdleTimeout ends a tunnel without a byte; zero means DefaultTunnelIdle.
	IdleTimeout time.Duration
	// HeaderTimeout is for a client to begin to speak in a tunnel, and for each header there; zero means DefaultTunnelHeader.
	HeaderTimeout time.Duration

	guards  guards
	allow   map[upstream.Address]bool
	outlet  *upstream.Outlet
	proxy   *goproxy.ProxyHttpServer
	inner   *http.Server // answers inside intercepted tunnels
	arrived *arrivals
	log     *slog.Logger

	mu     sync.Mutex
	open   map[*passage]struct{}
	closed bool
}

// Start checks the fields and begins to answer. It opens no connection.
func (e *Egress) Start() error {
	e.Server.init()
	e.log = e.Server.Log
	e.MaxTunnels = cmp.Or(e.MaxTunnels, DefaultMaxTunnels)
	e.IdleTimeout = cmp.Or(e.IdleTimeout, DefaultTunnelIdle)
	e.HeaderTimeout = cmp.Or(e.HeaderTimeout, DefaultTunnelHeader)
	e.open = map[*passage]struct{}{}
	if err := e.guardAll(); err != nil {
		return err
	}
	var err error
	if e.allow, err = parseAllow(e.Allow); err != nil {
		return err
	}
	if e.outlet, err = e.Server.Upstream.Outlet(upstream.OutletRules{Allowed: e.reachable, Own: e.Own}); err != nil {
		return err
	}
	e.proxy = e.newProxy()
	e.arrived = newArrivals()
	e.inner = &http.Server{
		Handler:           http.HandlerFunc(e.serveInner),
		ReadHeaderTimeout: e.HeaderTimeout,
		IdleTimeout:       sessionIdleTimeout,
		MaxHeaderBytes:    sessionHeaderBytes,
		ErrorLog:          slog.NewLogLogger(e.log.Handler(), slog.LevelDebug),
		ConnContext:       withPassage,
	}
	e.Server.learn = e.learn
	go func() {
		if err := e.inner.Serve(e.arrived); !errors.Is(err, http.ErrServerClosed) {
			e.log.Error("intercepting listener failed", "error", err)
		}
	}()
	return nil
}

// parseAllow reads the list of what may be reached.
func parseAllow(list []string) (map[upstream.Address]bool, error) {
	allow := map[upstream.Address]bool{}
	for _, text := range list {
		for _, port := range [...]string{"443", "80"} {
			a, err := upstream.ParseAddress(text, port)
			if err != nil {
				return nil, err
			}
			allow[a] = true
		}
	}
	return allow, nil
}

// reachable tells whether an address may be connected even when it is private: those of the configuration, and the guarded
// ones, which only uploads go to.
func (e *Egress) reachable(a upstream.Address) bool { return e.allow[a] || e.guards.index(a) }

// newProxy sets up goproxy for what it is used for: telling CONNECT from other requests, tunnels, and requests to hosts that are
// not guarded. Its defaults do not hold: not its transport, which takes proxies from the environment and has no limits; not its
// certificate authority, whose key is public; not its action for a CONNECT that nothing was decided about, which is to connect.
// Guarded hosts are not intercepted by it, since it knows no interim answers, no reason phrases and no limits.
func (e *Egress) newProxy() *goproxy.ProxyHttpServer {
	p := goproxy.NewProxyHttpServer()
	p.Logger = log.New(io.Discard, "", 0) // its lines hold what strangers wrote; ours tell the same
	p.Tr = e.outlet.Transport()
	p.ConnectDial = nil // it would be a proxy of the environment
	p.ConnectDialWithReq = e.dialTunnel
	p.ConnectionErrHandler = func(w io.Writer, ctx *goproxy.ProxyCtx, err error) { e.writeFault(w, ctx.Req, err) }
	p.KeepAcceptEncoding = true
	p.NonproxyHandler = e.Server
	p.OnRequest().DoFunc(func(r *http.Request, ctx *goproxy.ProxyCtx) (*http.Request, *http.Response) {
		ctx.RoundTripper = goproxy.RoundTripperFunc(e.passOn)
		return r, nil
	})
	p.OnRequest().HandleConnectFunc(func(_ string, ctx *goproxy.ProxyCtx) (*goproxy.ConnectAction, string) {
		d, ok := ctx.Req.Context().Value(connectKey{}).(connect)
		switch {
		case !ok:
			return &goproxy.ConnectAction{Action: goproxy.ConnectReject}, ""
		case d.intercept:
			return &goproxy.ConnectAction{Action: goproxy.ConnectHijack, Hijack: e.intercept}, d.to.String()
		}
		return &goproxy.ConnectAction{Action: goproxy.ConnectAccept}, d.to.String()
	})
	return p
}

// passOn sends a request to a host that is not guarded. A failure is answered in our words, which goproxy would not do.
func (e *Egress) passOn(r *http.Request, _ *goproxy.ProxyCtx) (*http.Response, error) {
	res, err := e.outlet.RoundTrip(r)
	out, ok := r.Context().Value(steadyKey{}).(*steady)
	if err == nil || !ok {
		return res, err
	}
	p := e.outsideFault(r, err)
	out.problem = &p
	return &http.Response{StatusCode: p.Status, Header: http.Header{}, Body: http.NoBody}, nil
}

// A connect is what was decided about a CONNECT.
type connect struct {
	to        upstream.Address
	intercept bool
}

type (
	connectKey struct{} // of a connect in a request's context
	steadyKey  struct{} // of a *steady in a request's context
	baseKey    struct{} // of the guard's address in a request's context, as text
	blockedKey struct{} // of the path in a guarded host under which refused files say why, as text
)

// Close ends all tunnels, and the requests in those that are intercepted. No more are taken.
func (e *Egress) Close() error {
	e.mu.Lock()
	e.closed = true
	var all []*passage
	for p := range e.open {
		all = append(all, p)
	}
	e.mu.Unlock()
	for _, p := range all {
		_ = p.Close() // the other end finds it closed
	}
	err := e.inner.Close()
	e.outlet.Close()
	return err
}

// ServeHTTP answers proxy requests itself and hands all others to the Server.
func (e *Egress) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect && !r.URL.IsAbs() && r.URL.Host == "" {
		e.Server.ServeHTTP(w, r)
		return
	}
	r, ok := e.Server.admit(w, r, proxyRealm)
	switch {
	case !ok:
	case r.Method == http.MethodConnect:
		e.serveConnect(w, r)
	default:
		e.serveAbsolute(w, r)
	}
}

// serveConnect decides about a tunnel. Nothing is connected before that.
func (e *Egress) serveConnect(w http.ResponseWriter, r *http.Request) {
	limitWrite(w, 0)
	to, err := upstream.ParseAddress(r.URL.Host, "")
	if err != nil || r.ProtoMajor != 1 || r.URL.Path != "" || len(r.TransferEncoding) > 0 || r.ContentLength > 0 {
		badProxyRequest("CONNECT takes host:port and nothing else").write(w, r)
		return
	}
	d := connect{to: to}
	switch place := e.guards.find(to); {
	case e.own(to):
		badProxyRequest("the guard does not connect to itself; leave its address out of the proxy (NO_PROXY)").write(w, r)
		return
	case place == placeGuarded:
		d.intercept = true
		if to.Port != "80" && !e.Covers(to.Host) {
			e.uncovered(r, to).write(w, r)
			return
		}
	default:
		if p := e.outside(r, to, place); p != nil {
			p.write(w, r)
			return
		}
	}
	e.proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), connectKey{}, d)))
}

// serveAbsolute answers a request for an absolute http URL.
func (e *Egress) serveAbsolute(w http.ResponseWriter, r *http.Request) {
	limitWrite(w, 0)
	to, err := upstream.ParseAddress(r.URL.Host, "80")
	if err != nil || r.URL.Scheme != "http" || r.URL.User != nil {
		badProxyRequest("a proxy takes http addresses of a host and, for all else, CONNECT").write(w, r)
		return
	}
	switch place := e.guards.find(to); {
	case e.own(to):
		own := r.Clone(r.Context())
		own.URL = &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
		e.Server.ServeHTTP(w, own)
		return
	case place == placeGuarded:
		e.serveGuarded(w, r, origin{"http", to})
		return
	default:
		if p := e.outside(r, to, place); p != nil {
			p.write(w, r)
			return
		}
	}
	leave, ok := e.enter(nil)
	if !ok {
		e.crowded().write(w, r)
		return
	}
	defer leave()
	out := newSteady(w, r, e.IdleTimeout)
	e.proxy.ServeHTTP(out, steadyBody(w, r.WithContext(context.WithValue(r.Context(), steadyKey{}, out)), e.IdleTimeout))
}

// outside gives the refusal of a host that is not guarded; nil when it is to be connected.
func (e *Egress) outside(r *http.Request, to upstream.Address, at place) *problem {
	if e.allow[to] {
		return nil
	}
	var detail string
	switch {
	case at == placeOdd:
		detail = "host " + to.Host + " is guarded, and port " + to.Port + " is none of its index"
	case e.Refuse:
		detail = "host " + to.String() + " is not guarded, and egress.other refuses such hosts; list it under egress.allow if it is needed"
	default:
		return nil
	}
	e.log.Warn("connection refused", "host", to.String(), "client", clientID(r), "rule", "egress.other")
	return &problem{Status: http.StatusForbidden, Title: "Blocked by pipwarden", Detail: "Blocked by pipwarden: " + detail}
}

// uncovered refuses a host that pages began to list files on after the certificate authority was made: to connect it untouched
// would let those files past the gate.
func (e *Egress) uncovered(r *http.Request, to upstream.Address) problem {
	e.log.Warn("connection refused, the certificate authority is not for this host", "host", to.String(), "client", clientID(r))
	return problem{Status: http.StatusForbidden, Title: "Blocked by pipwarden", Detail: "Blocked by pipwarden: an index lists files on host " +
		to.Host + ", for which the guard has no certificate yet; start it anew, and trust its new authority"}
}

func badProxyRequest(detail string) problem {
	return problem{Status: http.StatusBadRequest, Title: "Bad proxy request", Detail: "pipwarden: " + detail}
}

func (e *Egress) crowded() problem {
	return problem{Status: http.StatusServiceUnavailable, Title: "Busy", Detail: "pipwarden: too many tunnels are open", RetryAfter: time.Minute}
}

// own tells whether an address is literally one that the guard listens on. Names are decided when they are dialled.
func (e *Egress) own(to upstream.Address) bool {
	host := to.Host
	if host == "localhost" {
		host = "127.0.0.1"
	}
	ap, err := netip.ParseAddrPort(net.JoinHostPort(host, to.Port))
	return err == nil && e.Own != nil && e.Own(ap)
}

// outsideFault says why a host could not be reached. Log and client get different words.
func (e *Egress) outsideFault(r *http.Request, err error) problem {
	e.log.Warn("host not reached", "host", r.URL.Host, "client", clientID(r), "error", err)
	p := fault(err)
	words := strings.NewReplacer("the guard does not follow upstream there", "the guard does not go there", "upstream ", "it ")
	p.Title, p.Detail = "Not reached", "pipwarden: host "+phrase(r.URL.Host, 100)+": "+words.Replace(p.Detail)
	return p
}

// writeFault answers a CONNECT that could not be connected.
func (e *Egress) writeFault(w io.Writer, r *http.Request, err error) {
	p := e.outsideFault(r, err)
	if errors.Is(err, errCrowded) {
		p = e.crowded()
	}
	if c, ok := w.(net.Conn); ok {
		_ = c.SetDeadline(time.Now().Add(refusalWriteTimeout))
	}
	p.writeTo(w, r.Method)
}
