package upstream

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/proxy"
)

const (
	hintOutlet = "list it under egress.allow, if it is yours and meant to be reached"
	// maxConnectReply bounds the header of a proxy's answer to CONNECT, in bytes.
	maxConnectReply = 16 << 10 // 16 KiB
)

// An Address is where a connection leads, in its one spelling: a name in lower case without the dot at its end, or an IP
// address without brackets, and a port.
type Address struct{ Host, Port string }

// ParseAddress reads "host:port" or, where port is not "", "host" alone. What two readers could take for two different hosts is
// an error.
func ParseAddress(text, port string) (Address, error) {
	u, err := url.Parse("https://" + text)
	if err != nil || u.Host != text {
		return Address{}, fmt.Errorf("address %q is not host:port", text)
	}
	if u.Port() == "" && port != "" && !strings.HasSuffix(text, ":") {
		u.Host = text + ":" + port
	}
	if problem := urlProblem(u); problem != "" || u.Port() == "" {
		return Address{}, fmt.Errorf("address %q is not host:port", text)
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if a, err := netip.ParseAddr(host); err == nil {
		host = a.Unmap().String()
	}
	return Address{Host: host, Port: u.Port()}, nil
}

// String is host:port.
func (a Address) String() string { return net.JoinHostPort(a.Host, a.Port) }

// An Outlet is the way out for what is not the guard's own: tunnels and requests that clients send through it. It keeps the rules
// of this package for them. Make one with [Client.Outlet]; it is safe for concurrent use.
type Outlet struct {
	client    *Client
	rules     OutletRules
	tls       *tls.Config
	transport *http.Transport
}

// OutletRules say what an [Outlet] may reach beside public addresses. Nil functions allow nothing.
type OutletRules struct {
	// Allowed tells whether an address may be reached even when it is private.
	Allowed func(Address) bool
	// Own tells whether an address is the guard itself, which is never reached this way: a request would come back for ever.
	Own func(netip.AddrPort) bool
}

// Outlet makes a way out with the client's certificates, proxies and limits.
func (c *Client) Outlet(rules OutletRules) (*Outlet, error) {
	cfg, err := newTLS(&c.opts)
	if err != nil {
		return nil, err
	}
	o := &Outlet{client: c, rules: rules, tls: cfg}
	o.transport = &http.Transport{
		Proxy:                  c.proxies.forRequest,
		DialContext:            o.dialAddress,
		TLSClientConfig:        cfg.Clone(),
		TLSHandshakeTimeout:    c.opts.TLSTimeout,
		ResponseHeaderTimeout:  c.opts.HeaderTimeout,
		MaxResponseHeaderBytes: c.opts.MaxHeaderBytes,
		MaxIdleConnsPerHost:    c.opts.MaxPerHost,
		IdleConnTimeout:        idleConn,
		DisableCompression:     true, // what passes keeps its bytes
	}
	return o, nil
}

// Transport is what requests are made with, for those that need one. It knows no more of the rules than what an address resolves
// to: RoundTrip keeps them all.
func (o *Outlet) Transport() *http.Transport { return o.transport }

// RoundTrip makes a request for a client. Its errors are of this package's types.
func (o *Outlet) RoundTrip(r *http.Request) (*http.Response, error) {
	to, err := ParseAddress(r.URL.Host, defaultPort(r.URL.Scheme))
	if err == nil {
		err = o.Check(to)
	}
	if err != nil {
		if r.Body != nil {
			_ = r.Body.Close() // as http.RoundTripper demands
		}
		return nil, err
	}
	res, err := o.transport.RoundTrip(r)
	if err != nil {
		return nil, o.fault(to, o.client.opts.HeaderTimeout, err)
	}
	return res, nil
}

// Close drops the idle connections.
func (o *Outlet) Close() { o.transport.CloseIdleConnections() }

// Check holds the rules that an address itself can break. What a name resolves to is decided when it is dialled.
func (o *Outlet) Check(to Address) error {
	if o.allowed(to) {
		return nil
	}
	refused := &RefusedError{Rule: RuleAddress, URL: to.String(), Host: to.String(), Hint: hintOutlet}
	if o.client.proxies.addrs[to.String()] || localName(to.Host) {
		return refused
	}
	if a, err := netip.ParseAddr(to.Host); err == nil {
		if !public(a) {
			return refused
		}
		return nil
	}
	if !strings.Contains(to.Host, ".") && o.client.proxies.used(tunnelURL(to)) {
		return refused // the proxy's own neighbourhood
	}
	return nil
}

func (o *Outlet) allowed(to Address) bool { return o.rules.Allowed != nil && o.rules.Allowed(to) }

func tunnelURL(to Address) *url.URL { return &url.URL{Scheme: "https", Host: to.String()} }

// Dial connects to an address for a tunnel, through the proxy of upstream where there is one. Its errors are of this package's
// types.
func (o *Outlet) Dial(ctx context.Context, to Address) (net.Conn, error) {
	if err := o.Check(to); err != nil {
		return nil, err
	}
	limit := o.client.opts.ConnectTimeout
	via, err := o.client.proxies.choose(tunnelURL(to))
	if err != nil {
		return nil, fmt.Errorf("proxy for %q: %w", to.String(), err)
	}
	var conn net.Conn
	if via == nil {
		conn, err = o.dialAddress(ctx, "tcp", to.String())
	} else {
		limit += o.client.opts.TLSTimeout + o.client.opts.HeaderTimeout
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		conn, err = o.dialVia(ctx, via, to)
	}
	if err != nil {
		return nil, o.fault(to, limit, err)
	}
	return conn, nil
}

// dialAddress connects to an address, or to the proxy itself.
func (o *Outlet) dialAddress(ctx context.Context, network, addr string) (net.Conn, error) {
	to, err := ParseAddress(addr, "")
	if err != nil {
		return nil, err
	}
	anywhere := o.allowed(to) || o.client.proxies.addrs[to.String()]
	d := net.Dialer{Timeout: o.client.opts.ConnectTimeout, KeepAlive: keepAlive, Resolver: o.client.opts.Resolver}
	d.Control = func(_, address string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("dial %q: %w", address, err)
		}
		if o.rules.Own != nil && o.rules.Own(ap) || !anywhere && !public(ap.Addr()) {
			return &addressError{addr: ap}
		}
		return nil
	}
	return d.DialContext(ctx, network, to.String())
}

// dialVia has a proxy connect to the address.
func (o *Outlet) dialVia(ctx context.Context, via *url.URL, to Address) (net.Conn, error) {
	if via.Scheme == "socks5" || via.Scheme == "socks5h" {
		return o.dialSocks(ctx, via, to)
	}
	if via.Scheme != "http" && via.Scheme != "https" {
		return nil, fmt.Errorf("proxy scheme %q is not known", via.Scheme)
	}
	conn, err := o.dialAddress(ctx, "tcp", proxyAddr(via))
	if err != nil {
		return nil, err
	}
	if via.Scheme == "https" {
		cfg := o.tls.Clone()
		cfg.ServerName = via.Hostname()
		secure := tls.Client(conn, cfg)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		conn = secure
	}
	if err := o.connect(ctx, conn, via, to); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// dialSocks has a SOCKS5 proxy connect to the address.
func (o *Outlet) dialSocks(ctx context.Context, via *url.URL, to Address) (net.Conn, error) {
	var auth *proxy.Auth
	if via.User != nil {
		password, _ := via.User.Password()
		auth = &proxy.Auth{User: via.User.Username(), Password: password}
	}
	d, err := proxy.SOCKS5("tcp", proxyAddr(via), auth, socksDialer{o})
	if err != nil {
		return nil, err
	}
	return d.(proxy.ContextDialer).DialContext(ctx, "tcp", to.String())
}

// socksDialer connects to the SOCKS proxy.
type socksDialer struct{ o *Outlet }

func (d socksDialer) Dial(network, addr string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, addr)
}

func (d socksDialer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return d.o.dialAddress(ctx, network, addr)
}

// connect asks an HTTP proxy for a tunnel. Nothing behind the header of its answer is read: the other end may speak first.
func (o *Outlet) connect(ctx context.Context, conn net.Conn, via *url.URL, to Address) error {
	if end, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(end); err != nil {
			return err
		}
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: to.String()}, Host: to.String(), Header: http.Header{"User-Agent": {o.client.opts.UserAgent}}}
	if via.User != nil {
		// As net/http does for its own tunnels; SetBasicAuth of a request would be for the other end.
		auth := &http.Request{Header: http.Header{}}
		password, _ := via.User.Password()
		auth.SetBasicAuth(via.User.Username(), password)
		req.Header["Proxy-Authorization"] = auth.Header["Authorization"]
	}
	if err := req.Write(conn); err != nil {
		return err
	}
	head, err := readHead(conn)
	if err != nil {
		return err
	}
	res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(head)), req)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return &StatusError{URL: to.String(), Code: res.StatusCode}
	}
	return conn.SetDeadline(time.Time{})
}

// readHead reads up to the empty line that ends a header, byte by byte.
func readHead(r io.Reader) ([]byte, error) {
	var head []byte
	for one := make([]byte, 1); len(head) < maxConnectReply; {
		if _, err := io.ReadFull(r, one); err != nil {
			return nil, err
		}
		if head = append(head, one[0]); bytes.HasSuffix(head, []byte("\r\n\r\n")) || bytes.HasSuffix(head, []byte("\n\n")) {
			return head, nil
		}
	}
	return nil, &TooLargeError{URL: "answer of the proxy", Limit: maxConnectReply}
}

// fault gives an error of dialling its type.
func (o *Outlet) fault(to Address, limit time.Duration, err error) error {
	var private *addressError
	var status *StatusError
	var slow interface{ Timeout() bool }
	switch {
	case errors.As(err, &private):
		return &RefusedError{Rule: RuleAddress, URL: to.String(), Host: to.String(), Hint: hintOutlet, Err: private}
	case errors.As(err, &status):
		return status
	case isTLSFault(err):
		return &RefusedError{Rule: RuleTLS, URL: to.String(), Host: to.String(), Hint: hintTLS, Err: err}
	case errors.As(err, &slow) && slow.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return &TimeoutError{URL: to.String(), Stage: StageConnect, After: limit}
	}
	return &UnreachableError{URL: to.String(), Host: to.String(), Err: err}
}
