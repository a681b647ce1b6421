package upstream

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/net/http/httpproxy"
)

const (
	maxBundleBytes = 16 << 20         // 16 MiB of certificates; a system's bundle has 250 kB
	maxBundleFiles = 2000             // in a directory of certificates; a system's has 300
	idleConn       = 90 * time.Second // how long an unused connection is kept; servers close after 60 to 120 s
	keepAlive      = 30 * time.Second
	h2Ping         = 15 * time.Second // a silent HTTP/2 connection is probed, or all its streams would hang with it
	readBuffer     = 32 << 10         // bytes a connection; files come in large pieces
)

// site is one index with connections of its own: an address that one index may reach stays closed to the pages of
// another.
type site struct {
	client    *Client
	index     *Index
	allowed   map[string]bool // host:port pairs of this index; their address may be private
	transport *http.Transport
}

func newSite(c *Client, ix *Index, tlsConfig *tls.Config) *site {
	s := &site{client: c, index: ix, allowed: map[string]bool{hostPort(ix.URL): true}}
	for _, h := range ix.RedirectHosts {
		keys, _ := hostKeys(h) // checked by normalise
		for _, k := range keys {
			s.allowed[k] = true
		}
	}
	o := &c.opts
	s.transport = &http.Transport{
		Proxy:                  c.proxies.forRequest,
		DialContext:            s.dial,
		TLSClientConfig:        tlsConfig.Clone(),
		TLSHandshakeTimeout:    o.TLSTimeout,
		ResponseHeaderTimeout:  o.HeaderTimeout,
		MaxResponseHeaderBytes: o.MaxHeaderBytes,
		MaxIdleConnsPerHost:    o.MaxPerHost,
		IdleConnTimeout:        idleConn,
		ReadBufferSize:         readBuffer,
		DisableCompression:     true, // files keep their bytes; pages are decompressed under a limit
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: h2Ping, PingTimeout: o.ConnectTimeout},
	}
	return s
}

// dial connects to an index, to a host that it lists or to the proxy wherever they are, and to any other host only at
// a public address.
func (s *site) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	o := &s.client.opts
	d := net.Dialer{Timeout: o.ConnectTimeout, KeepAlive: keepAlive, Resolver: o.Resolver}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("dial %q: %w", addr, err)
	}
	key := joinHostPort(host, port)
	if !s.allowed[key] && !s.client.proxies.addrs[key] {
		d.Control = control
	}
	return d.DialContext(ctx, network, addr)
}

// proxies says which requests go through an HTTP proxy.
type proxies struct {
	choose func(*url.URL) (*url.URL, error)
	addrs  map[string]bool // host:port of the proxies themselves
}

func newProxies(fixed *url.URL) *proxies {
	cfg := httpproxy.FromEnvironment()
	if fixed != nil {
		cfg.HTTPProxy, cfg.HTTPSProxy = fixed.String(), fixed.String()
	}
	p := &proxies{choose: cfg.ProxyFunc(), addrs: map[string]bool{}}
	for _, text := range []string{cfg.HTTPProxy, cfg.HTTPSProxy} {
		if u := parseProxy(text); u != nil {
			p.addrs[proxyAddr(u)] = true
		}
	}
	return p
}

// proxyAddr is the address that net/http dials for a proxy.
func proxyAddr(u *url.URL) string {
	if u.Port() == "" && (u.Scheme == "socks5" || u.Scheme == "socks5h") {
		return joinHostPort(u.Hostname(), "1080")
	}
	return hostPort(u)
}

// parseProxy reads a proxy setting as curl, pip and Go do: the scheme may be missing. nil when it is none.
func parseProxy(text string) *url.URL {
	if text == "" {
		return nil
	}
	if u, err := url.Parse(text); err == nil && u.Host != "" && u.Scheme != "" {
		return u
	}
	if u, err := url.Parse("http://" + text); err == nil && u.Host != "" {
		return u
	}
	return nil
}

func (p *proxies) forRequest(r *http.Request) (*url.URL, error) { return p.choose(r.URL) }

// used reports whether a request for u would go through a proxy.
func (p *proxies) used(u *url.URL) bool {
	via, err := p.choose(u)
	return err != nil || via != nil
}

// newTLS makes the one TLS configuration: the system's authorities and the given ones, never less.
func newTLS(opts *Options) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if opts.CABundle != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if err := addBundle(pool, opts.CABundle); err != nil {
			return nil, fmt.Errorf("read CA bundle: %w", err)
		}
		cfg.RootCAs = pool
	}
	if opts.ClientCert != "" {
		cert, err := tls.LoadX509KeyPair(opts.ClientCert, opts.ClientCert)
		if err != nil {
			return nil, fmt.Errorf("read client certificate %q: %w", opts.ClientCert, err)
		}
		cfg.Certificates = []tls.Certificate{cert}
	}
	return cfg, nil
}

// addBundle adds the certificates of a PEM file, or of all files of a directory as OpenSSL lays them out.
func addBundle(pool *x509.CertPool, name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		ok, err := addPEM(pool, name)
		if err == nil && !ok {
			err = fmt.Errorf("%q holds no certificate", name)
		}
		return err
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return err
	}
	if len(entries) > maxBundleFiles {
		return fmt.Errorf("%q holds more than %d files", name, maxBundleFiles)
	}
	found := false
	for _, e := range entries {
		ok, err := addPEM(pool, filepath.Join(name, e.Name()))
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errNotRegular) {
			return err
		}
		found = found || ok
	}
	if !found {
		return fmt.Errorf("%q holds no certificate", name)
	}
	return nil
}

var errNotRegular = errors.New("not a regular file")

func addPEM(pool *x509.CertPool, name string) (bool, error) {
	b, err := readLimited(name, maxBundleBytes)
	if err != nil {
		return false, err
	}
	return pool.AppendCertsFromPEM(b), nil
}

// readLimited reads a regular file of at most limit bytes.
func readLimited(name string, limit int64) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %q: %w", name, errNotRegular)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("read %q: larger than %d bytes", name, limit)
	}
	return b, err
}
