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
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"pipwarden/pypi"
)

// Client fetches from the indexes. Make one with [New]; it is safe for concurrent use.
type Client struct {
	opts      Options
	indexes   []*Index
	transport *http.Transport
	allowed   map[string]bool // host:port pairs that may have a private address
	proxies   *proxies
	netrc     *netrc
	hosts     *hosts
	log       *slog.Logger
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

// PageRequest asks for a project's page.
type PageRequest struct {
	Index   *Index
	Project pypi.Name
	// ETag and LastModified are those of the page at hand; "" for none.
	ETag         string
	LastModified string
}

// PageResponse is a whole page, or the word that the page at hand still stands.
type PageResponse struct {
	NotModified  bool   // Body is nil, the page at hand stands
	Body         []byte // decompressed
	ContentType  string
	ETag         string
	LastModified string
	URL          string // where the page was found, after redirects: the base of its relative links
}

// FileRequest asks for a file that a page of the index lists.
type FileRequest struct {
	Index  *Index
	URL    string // as on the page, absolute
	Offset int64  // bytes already at hand; 0 asks for the whole file
	// ETag is the entity tag that the bytes at hand came with. Without one an Offset is asked for unconditionally,
	// and the caller's hash must decide.
	ETag     string
	MaxBytes int64 // 0 is Options.MaxFileBytes
}

// Indexes returns the indexes in the order in which they are asked, as they were configured and checked.
func (c *Client) Indexes() []*Index { return c.indexes }

// Close drops the idle connections. Requests under way go on.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

var _ = context.Background

// Route returns the indexes to ask for a project, in order: the first index that reserves the name and that one
// alone, else every index that reserves nothing. It is empty when no index may be asked for the name.
func (c *Client) Route(n pypi.Name) []*Index { return c.indexes }
