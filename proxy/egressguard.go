package proxy

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"

	"pipwarden/pypi"
	"pipwarden/upstream"
)

// maxLearned bounds the hosts that pages may add. An index has two or three; beyond the bound pages list files on hosts that the
// guard will not know, and those are told.
const maxLearned = 64

// A place is where an address lies.
type place uint8

const (
	placeOther   place = iota // not guarded
	placeGuarded              // guarded: answered here
	placeOdd                  // a guarded name at a port of which nothing is known
)

// guards knows the guarded addresses.
type guards struct {
	mu      sync.RWMutex
	known   map[upstream.Address]bool
	names   map[string]bool            // guarded names, whatever the port
	indexes map[upstream.Address]bool  // addresses of the indexes themselves
	learned map[string]map[string]bool // hosts by key of the index, those known from before among them
}

// guardAll gathers what is guarded from the start.
func (e *Egress) guardAll() error {
	g := &e.guards
	g.known, g.names = map[upstream.Address]bool{}, map[string]bool{}
	g.indexes, g.learned = map[upstream.Address]bool{}, map[string]map[string]bool{}
	for _, ix := range e.Server.Upstream.Indexes() {
		a, err := upstream.ParseAddress(ix.URL.Host, defaultPort(ix.URL.Scheme))
		if err != nil {
			return fmt.Errorf("index %s: %w", ix.Name, err)
		}
		g.add(a)
		g.indexes[a] = true
		g.learned[ix.Key()] = map[string]bool{ix.URL.Host: true}
		for _, h := range slices.Concat(ix.RedirectHosts, e.Known[ix.Key()]) {
			if err := g.addHost(h); err != nil {
				return fmt.Errorf("index %s: %w", ix.Name, err)
			}
			g.learned[ix.Key()][h] = true
		}
	}
	for _, h := range e.Guard {
		if strings.Contains(h, ":") && !strings.HasPrefix(h, "[") {
			h = "[" + h + "]" // an IPv6 address
		}
		if err := g.addHost(h); err != nil {
			return err
		}
	}
	return nil
}

// add guards an address, and for a name the usual ports as well: what a host serves on one it serves on the other.
func (g *guards) add(a upstream.Address) {
	g.known[a] = true
	if exact(a.Host) {
		return
	}
	g.names[a.Host] = true
	g.known[upstream.Address{Host: a.Host, Port: "443"}] = true
	g.known[upstream.Address{Host: a.Host, Port: "80"}] = true
}

// addHost guards "host" or "host:port".
func (g *guards) addHost(text string) error {
	for _, port := range [...]string{"443", "80"} {
		a, err := upstream.ParseAddress(text, port)
		if err != nil {
			return err
		}
		g.add(a)
	}
	return nil
}

// exact tells whether a host shares its ports among services that have nothing to do with each other: an address, or this
// machine.
func exact(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

func defaultPort(scheme string) string {
	if scheme == "https" {
		return "443"
	}
	return "80"
}

// find tells where an address lies.
func (g *guards) find(a upstream.Address) place {
	g.mu.RLock()
	defer g.mu.RUnlock()
	switch {
	case g.known[a]:
		return placeGuarded
	case g.names[a.Host]:
		return placeOdd
	}
	return placeOther
}

// named tells whether a name is guarded, at whatever port.
func (g *guards) named(host string) bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.names[strings.ToLower(strings.TrimSuffix(host, "."))]
}

// index tells whether an address is that of an index.
func (g *guards) index(a upstream.Address) bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.indexes[a]
}

// learn guards the hosts on which a page lists files, from now on.
func (e *Egress) learn(c *content) {
	key := c.index.Key()
	for _, h := range fileHosts(c.page) {
		e.learnHost(key, h)
	}
}

func (e *Egress) learnHost(key, host string) {
	g := &e.guards
	g.mu.Lock()
	seen := g.learned[key]
	if seen[host] || seen == nil {
		g.mu.Unlock()
		return
	}
	crowded := len(seen) >= maxLearned
	if !crowded {
		seen[host] = true
		crowded = g.addHost(host) != nil
	}
	g.mu.Unlock()
	if crowded {
		e.log.Error("pages list files on more hosts than are guarded", "index", key, "host", host)
		return
	}
	if e.OnLearned != nil {
		e.OnLearned(key, host)
	}
}

// fileHosts lists the hosts, with their ports where the links have them, on which a page lists files.
func fileHosts(page *pypi.Page) []string {
	var hosts []string
	last := ""
	for i := range page.Files {
		// Pages have thousands of files on one host: parse each beginning once.
		scheme, rest, _ := strings.Cut(page.Files[i].URL, "://")
		host, _, _ := strings.Cut(rest, "/")
		if host == last {
			continue
		}
		last = host
		u, err := url.Parse(scheme + "://" + host)
		if err == nil && u.User == nil && u.Host != "" && !slices.Contains(hosts, u.Host) {
			hosts = append(hosts, u.Host)
		}
	}
	return hosts
}

// probes are projects that an index has if it has any, in the order in which they are asked for: installers themselves.
var probes = []pypi.Name{"pip", "setuptools", "wheel"}

// FileHosts asks an index for the page of a project that most indexes have, and gives the hosts on which it lists files, with
// their ports where the links have them. It gives none where no such project is known, or where the index holds reserved names
// alone and so is asked for nothing else.
func FileHosts(ctx context.Context, c *upstream.Client, ix *upstream.Index) ([]string, error) {
	if len(ix.Reserved) > 0 {
		return nil, nil
	}
	var failed error
	for _, name := range probes {
		res, err := c.Page(ctx, upstream.PageRequest{Index: ix, Project: name})
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		u, err := url.Parse(res.URL)
		if err != nil {
			return nil, fmt.Errorf("address of the page of %q: %w", name, err)
		}
		page, err := pypi.ParsePage(pypi.PageSource{Body: res.Body, ContentType: res.ContentType, URL: u, Name: name})
		if err != nil {
			return nil, err
		}
		if hosts := fileHosts(page); len(hosts) > 0 {
			return hosts, nil
		}
	}
	return nil, failed
}
