// Package upstream talks to the package indexes: it finds out which they are, fetches their pages and files,
// and turns everything that can go wrong on the way into a fault with a type.
//
// It is the only package that opens connections to other machines, and it keeps these rules for each hop of
// each request:
//
//   - Verification of certificates is never turned off, whatever pip is told to trust.
//   - Only http and https, never from https to http, never a user name in a link.
//   - A connection to an address that is not public is refused, decided on the address that is dialled
//     (so that a name cannot resolve to one address for the check and to another for the connection), unless
//     it goes to the host and port of a configured index or to a host that the index lists. Behind an HTTP
//     proxy the proxy resolves the names; there the check sees literals and names only.
//   - A redirect stays on its host unless the index lists the other one.
//   - Credentials go to the scheme, host and port that they were given for.
//   - Every wait and every size has a limit, and a body is whole or an error.
package upstream

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"time"

	"pipwarden/pypi"
)

// Client fetches from the indexes. Make one with [New]; it is safe for concurrent use.
type Client struct {
	opts    Options
	sites   []*site
	proxies *proxies
	netrc   *netrc
	hosts   *hosts
}

// Options configures a [Client]. The zero value of each field but Indexes means the default named there.
type Options struct {
	Indexes  []Index       // in the order in which they are asked; at least one
	Log      *slog.Logger  // nil discards
	Resolver *net.Resolver // nil is the system's

	// UserAgent is sent with each request. "" is [DefaultUserAgent].
	UserAgent string
	// CABundle is a PEM file of authorities trusted in addition to the system's. "" adds none.
	CABundle string
	// ClientCert is a PEM file with a certificate and its key, shown to servers that ask. "" shows none.
	ClientCert string
	// Proxy is the HTTP proxy for all requests. nil takes HTTP_PROXY, HTTPS_PROXY and NO_PROXY from the environment.
	Proxy *url.URL
	// Netrc is the netrc file. "" is what NETRC names, else ~/.netrc or ~/_netrc; [NoNetrc] reads none.
	Netrc string

	ConnectTimeout time.Duration // for name and TCP connection; 0 is DefaultConnectTimeout
	TLSTimeout     time.Duration // for the TLS handshake; 0 is DefaultTLSTimeout
	HeaderTimeout  time.Duration // from the request to the answer's header; 0 is DefaultHeaderTimeout
	IdleTimeout    time.Duration // between two reads of a body; 0 is DefaultIdleTimeout
	PageTimeout    time.Duration // for a whole page or metadata file, with retries; 0 is DefaultPageTimeout

	MaxPageBytes     int64 // of a page, decompressed; 0 is DefaultMaxPageBytes
	MaxMetadataBytes int64 // of a metadata file; 0 is DefaultMaxMetadataBytes
	MaxFileBytes     int64 // of a file; 0 is DefaultMaxFileBytes
	MaxHeaderBytes   int64 // of an answer's header; 0 is DefaultMaxHeaderBytes

	Retries      int           // further attempts after a connection error or 502, 503, 504; 0 is DefaultRetries, negative is none
	RetryDelay   time.Duration // before the first retry, doubled for each further; 0 is DefaultRetryDelay
	MaxPerHost   int           // requests in flight to one host, pages and files counted apart; 0 is DefaultMaxPerHost
	BreakerLimit int           // consecutive failures after which a host rests; 0 is DefaultBreakerLimit, negative is never
	BreakerPause time.Duration // how long it rests; 0 is DefaultBreakerPause
}

// NoNetrc as Options.Netrc reads no netrc file.
const NoNetrc = "-"

// New checks the options and makes a client. It reads the certificates and netrc, and opens no connection.
func New(opts Options) (*Client, error) {
	opts = opts.withDefaults()
	if len(opts.Indexes) == 0 {
		return nil, errors.New("no package index is configured")
	}
	tlsConfig, err := newTLS(&opts)
	if err != nil {
		return nil, err
	}
	c := &Client{opts: opts, proxies: newProxies(opts.Proxy), hosts: newHosts(&opts)}
	if c.netrc, err = loadNetrc(opts.Netrc, opts.Log); err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, ix := range opts.Indexes {
		if err := ix.normalise(); err != nil {
			return nil, err
		}
		if names[ix.Name] {
			return nil, fmt.Errorf("index name %q is used twice", ix.Name)
		}
		names[ix.Name] = true
		c.sites = append(c.sites, newSite(c, &ix, tlsConfig))
	}
	return c, nil
}

// Indexes returns the indexes in the order in which they are asked, as they were configured and checked. They are
// not to be changed.
func (c *Client) Indexes() []*Index {
	var list []*Index
	for _, s := range c.sites {
		list = append(list, s.index)
	}
	return list
}

// Index returns the index of that name, nil when there is none.
func (c *Client) Index(name string) *Index {
	for _, s := range c.sites {
		if s.index.Name == name {
			return s.index
		}
	}
	return nil
}

// site finds the connections of an index. Indexes are told by name: the credentials and rules are those that the client
// was made with, whatever the caller holds.
func (c *Client) site(ix *Index) (*site, error) {
	if ix == nil {
		return nil, errors.New("no index given")
	}
	for _, s := range c.sites {
		if s.index.Name == ix.Name {
			return s, nil
		}
	}
	return nil, fmt.Errorf("index %q is not configured", ix.Name)
}

// Route returns the indexes to ask for a project, in order: the first index that reserves the name, and that one
// alone; else every index that reserves nothing. It is empty when no index may be asked for the name.
//
// An index with reservations is asked for nothing else: it is a private one, and what people look up is nobody's
// business there; nor does a copy of a public project on it come before the original.
func (c *Client) Route(n pypi.Name) []*Index {
	var open []*Index
	for _, s := range c.sites {
		if s.index.reserves(n) {
			return []*Index{s.index}
		}
		if len(s.index.Reserved) == 0 {
			open = append(open, s.index)
		}
	}
	return open
}

// Close drops the idle connections. Requests under way go on.
func (c *Client) Close() {
	for _, s := range c.sites {
		s.transport.CloseIdleConnections()
	}
}
