package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"pipwarden/certs"
	"pipwarden/config"
	"pipwarden/proxy"
	"pipwarden/upstream"
)

// openEgress puts the egress proxy before the guard's index. Listeners of the guard are its own addresses, and never tunnelled to;
// base is the address of the guard's own pages.
func (gd *guard) openEgress(a *authorities, known map[string][]string, base string, listeners ...net.Addr) (*proxy.Egress, error) {
	c := gd.cfg.Egress
	e := &proxy.Egress{Server: gd.server, Certificate: a.Leaf, Covers: a.Covers, Guard: c.Guard, Known: known,
		Refuse: c.Other == config.OtherRefuse, Allow: c.Allow, Uploads: c.Uploads == config.UploadsPass, Own: ownAddress(listeners), Base: base,
		MaxTunnels: c.MaxTunnels, IdleTimeout: time.Duration(c.IdleTimeout), HeaderTimeout: time.Duration(gd.cfg.Server.HeaderTimeout)}
	if len(c.Guard) == 0 {
		e.OnLearned = func(key, host string) { gd.coverHost(a, key, host) }
	}
	if err := e.Start(); err != nil {
		return nil, usage(err)
	}
	gd.server.Front = e
	return e, nil
}

// coverHost makes a certificate possible for a host that pages began to list files on, and remembers it for the next start.
func (gd *guard) coverHost(a *authorities, key, host string) {
	gd.rememberHost(key, host)
	name := (&url.URL{Host: host}).Hostname()
	if a.Covers(name) {
		return
	}
	if err := a.add(name); err != nil {
		gd.log.Error("no certificate for a host of files", "host", host, "error", err)
		return
	}
	gd.log.Warn("host is guarded from now on: clients that read the bundle trust its certificate; for others start the guard anew, and trust its new authority",
		"host", host, "bundle", a.bundle)
}

// ownAddress tells whether an address is one that a listener of ours answers at.
func ownAddress(listeners []net.Addr) func(netip.AddrPort) bool {
	return func(ap netip.AddrPort) bool {
		for _, l := range listeners {
			if t, ok := l.(*net.TCPAddr); ok && t.Port == int(ap.Port()) && ofThisMachine(ap.Addr().Unmap()) {
				return true
			}
		}
		return false
	}
}

// ofThisMachine tells whether an address is of one of this machine's interfaces. It is asked for our own ports alone.
func ofThisMachine(a netip.Addr) bool {
	if a.IsLoopback() || a.IsUnspecified() {
		return true
	}
	addrs, err := net.InterfaceAddrs()
	return err != nil || slices.ContainsFunc(addrs, func(i net.Addr) bool {
		n, ok := i.(*net.IPNet)
		return ok && n.IP.Equal(a.AsSlice())
	})
}

// An egressService is the proxy of "pipwarden serve", or nothing.
type egressService struct {
	notice string // how clients come by it, for a person
	stop   func()
}

// serveEgress begins to serve the proxy as the configuration says: at the index's listener, whose server it changes, or at one of
// its own.
func (gd *guard) serveEgress(ctx context.Context, srv *http.Server, ln net.Listener, failed chan<- error) (egressService, error) {
	none := egressService{stop: func() {}}
	if !gd.cfg.Egress.Enabled {
		return none, nil
	}
	known, err := gd.knownHosts(ctx, gd.upstream)
	if err != nil {
		return none, err
	}
	a, err := gd.openAuthority(guardNames(gd.upstream, gd.cfg.Egress.Guard, known))
	if err != nil {
		return none, err
	}
	dir, err := gd.caDir()
	if err != nil {
		return none, err
	}
	gd.server.Bundle, gd.server.Cert = certs.BundlePath(dir), certs.CertPath(dir)
	listeners := []net.Addr{ln.Addr()}
	second, err := gd.secondListener()
	if err != nil {
		return none, err
	}
	if second != nil {
		listeners = append(listeners, second.Addr())
	}
	all := &authorities{bundle: gd.server.Bundle, extra: gd.extraRoots(), all: []*certs.Authority{a}}
	e, err := gd.openEgress(all, known, gd.url(ln.Addr()), listeners...)
	if err != nil {
		return none, err
	}
	s := egressService{notice: gd.egressNotice(listeners[len(listeners)-1]), stop: func() {
		if err := e.Close(); err != nil {
			gd.log.Warn("egress proxy not closed cleanly", "error", err)
		}
	}}
	if second == nil {
		srv.Handler = e
		return s, nil
	}
	own := gd.httpServer()
	own.Handler = &proxy.Forwarded{Handler: e, Proxies: trustedProxies(gd.cfg)}
	stop := s.stop
	s.stop = func() { _ = own.Close(); stop() } // what it answers ends with the tunnels
	go func() { failed <- gd.listen(own, limitConns(own, second, gd.cfg.Server.MaxConnections)) }()
	return s, nil
}

// secondListener is that of the proxy alone, nil when it shares the index's.
func (gd *guard) secondListener() (net.Listener, error) {
	addr := gd.cfg.Egress.Listen
	if addr == "" {
		return nil, nil
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, withHint(fmt.Errorf("listen on %s: %w", addr, err), "choose another address with egress.listen")
	}
	return ln, nil
}

// egressNotice says how clients come by the proxy.
func (gd *guard) egressNotice(addr net.Addr) string {
	warning := ""
	if t, ok := addr.(*net.TCPAddr); ok && !t.IP.IsLoopback() && gd.server.Authenticate == nil && gd.cfg.Egress.Other == config.OtherTunnel {
		warning = "  whoever reaches this address can use it as a proxy to anywhere: egress.other = \"refuse\" bounds that\n"
	}
	return warning + fmt.Sprintf("  as proxy: export HTTPS_PROXY=%s HTTP_PROXY=%[1]s\n  and trust %s (PIP_CERT, REQUESTS_CA_BUNDLE, SSL_CERT_FILE; \"pipwarden cert trust\" says how)\n",
		gd.url(addr), gd.server.Bundle)
}

// guardNames are the hosts that the certificate authority is bound to, without ports.
func guardNames(up *upstream.Client, guard []string, known map[string][]string) []string {
	var hosts []string
	for _, ix := range up.Indexes() {
		hosts = append(hosts, ix.URL.Hostname())
		for _, h := range slices.Concat(ix.RedirectHosts, known[ix.Key()]) {
			hosts = append(hosts, (&url.URL{Host: h}).Hostname())
		}
	}
	return append(hosts, guard...)
}

// guardedHosts are the hosts that a guard of this configuration would guard, without ports.
func (g *globals) guardedHosts(ctx context.Context, up *upstream.Client) ([]string, error) {
	known, err := g.knownHosts(ctx, up)
	if err != nil {
		return nil, err
	}
	return guardNames(up, g.cfg.Egress.Guard, known), nil
}

// knownHosts are those on which pages list files, by key of the index: what was seen before, and what an index says now of which
// nothing was seen. They are not looked for when the configuration names the guarded hosts.
func (g *globals) knownHosts(ctx context.Context, up *upstream.Client) (map[string][]string, error) {
	if len(g.cfg.Egress.Guard) > 0 {
		return nil, nil
	}
	known, err := g.readHosts()
	if err != nil {
		return nil, err
	}
	for _, ix := range up.Indexes() {
		if len(known[ix.Key()]) > 0 {
			continue
		}
		hosts, err := proxy.FileHosts(ctx, up, ix)
		if err != nil {
			g.log.Warn("hosts of an index's files not known yet", "index", ix.Name, "error", err)
		}
		for _, h := range hosts {
			known[ix.Key()] = append(known[ix.Key()], h)
			g.rememberHost(ix.Key(), h)
		}
	}
	return known, nil
}

// hostsFile keeps, beside the authority, the hosts on which pages were seen to list files: a line has the index's key and a host.
const (
	hostsFile = "hosts"
	maxHosts  = 1 << 20 // bytes
)

var hostsMu sync.Mutex

// readHosts reads the hosts file.
func (g *globals) readHosts() (map[string][]string, error) {
	known := map[string][]string{}
	dir, err := g.caDir()
	if err != nil {
		return nil, err
	}
	st, err := os.Stat(filepath.Join(dir, hostsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return known, nil
	}
	if err == nil && st.Size() > maxHosts {
		err = errors.New("larger than it can be")
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(filepath.Join(dir, hostsFile))
	}
	if err != nil {
		return nil, fmt.Errorf("hosts of the indexes: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		key, host, ok := strings.Cut(strings.TrimSpace(line), " ")
		if _, err := upstream.ParseAddress(host, "443"); ok && err == nil && !slices.Contains(known[key], host) {
			known[key] = append(known[key], host)
		}
	}
	return known, nil
}

// rememberHost adds a host to the hosts file. What cannot be written is found out again at the next start.
func (g *globals) rememberHost(key, host string) {
	hostsMu.Lock()
	defer hostsMu.Unlock()
	known, err := g.readHosts()
	if err == nil && !slices.Contains(known[key], host) {
		known[key] = append(known[key], host)
		err = g.writeHosts(known)
	}
	if err != nil {
		g.log.Warn("host not remembered", "host", host, "error", err)
	}
}

func (g *globals) writeHosts(known map[string][]string) error {
	dir, err := g.caDir()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(known)) {
		for _, h := range known[key] {
			fmt.Fprintf(&text, "%s %s\n", key, h)
		}
	}
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // when it was renamed, nothing is there
	_, err = f.WriteString(text.String())
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(dir, hostsFile))
}
