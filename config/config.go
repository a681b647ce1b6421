// Package config reads the configuration of pipwarden: one TOML file, the
// environment and flags, in this order of precedence, over defaults.
//
// A file is read strictly and as a whole. A key that is not known, a value of
// the wrong type or out of its range, and a policy that does not compile are
// errors with file, line, key and what would be right; all of them are reported
// at once, and there is no configuration beside an error. Whoever reloads keeps
// the old one.
//
// Every value knows where it was set ([Config.Origin]). Environment variables
// are named after keys: PIPWARDEN_UPSTREAM_INDEX_URL sets upstream.index_url.
// Lists are separated by commas there. The [[rule]] and [[upstream.index]]
// tables can be written in the file only.
package config

import (
	"pipwarden/policy"
)

// Config is the whole configuration. [Default] gives the values that hold where
// nothing is said; the zero value is of no use.
type Config struct {
	Server   Server        `toml:"server"`
	Upstream Upstream      `toml:"upstream"`
	Cache    Cache         `toml:"cache"`
	Scan     Scan          `toml:"scan"`
	Egress   Egress        `toml:"egress"`
	Log      Log           `toml:"log"`
	Policy   policy.Config `toml:"policy"`
	Rules    []policy.Rule `toml:"rule"`

	file    string
	known   policy.Known
	origins map[string]policy.Origin
}

// Server is what installers talk to.
type Server struct {
	// Listen is the address, host:port. Port 0 takes a free one.
	Listen string `toml:"listen"`
	// Hosts are the names that clients may use for the guard, against DNS
	// rebinding. Empty: names of the loopback for a loopback address, any name
	// for another.
	Hosts []string `toml:"hosts"`
	// TLSCert and TLSKey are PEM files; both or none.
	TLSCert string `toml:"tls_cert"`
	TLSKey  string `toml:"tls_key"`
	// InsecureHTTP lets the guard listen beyond loopback without TLS.
	InsecureHTTP bool `toml:"insecure_http"`
	// Anonymous lets everybody in who reaches a guard that listens beyond loopback.
	Anonymous bool `toml:"anonymous"`
	// TokenDir is the folder of tokens; "" = pipwarden/tokens in the user's data folder.
	TokenDir string `toml:"token_dir"`
	// TrustedProxies are addresses and networks ("10.0.0.0/8") whose X-Forwarded-For is believed.
	TrustedProxies []string `toml:"trusted_proxies"`
	// MaxConnections bounds the open connections.
	MaxConnections int `toml:"max_connections"`
	// HeaderTimeout is for a request's header to arrive.
	HeaderTimeout Duration `toml:"header_timeout"`
	// IdleTimeout is for a connection without a request.
	IdleTimeout Duration `toml:"idle_timeout"`
	// ShutdownTimeout is for running answers at the end of the program.
	ShutdownTimeout Duration `toml:"shutdown_timeout"`
	// StrictNoStore tells clients to keep no file, so that every install asks
	// again and a later block reaches all.
	StrictNoStore bool `toml:"strict_no_store"`
}

// Upstream is where files come from.
type Upstream struct {
	// IndexURL is the index, as pip's --index-url. Empty and without Index: the
	// one that pip on this machine would use.
	IndexURL URL `toml:"index_url"`
	// RedirectHosts are further hosts that the index of IndexURL, or the one
	// that pip names, may send to.
	RedirectHosts []string `toml:"redirect_hosts"`
	// Index are several indexes in the order in which they are asked, instead of
	// IndexURL.
	Index []Index `toml:"index"`

	Freshness Duration `toml:"freshness"`  // a page is used so long without asking upstream
	StaleWait Duration `toml:"stale_wait"` // wait for upstream while an older page is there
	MaxStale  Duration `toml:"max_stale"`  // age past which an older page is not used; 0 = any age

	CABundle   string `toml:"ca_bundle"`   // PEM file, trusted beside the system's; "" = none
	ClientCert string `toml:"client_cert"` // PEM file with certificate and key; "" = none
	Proxy      URL    `toml:"proxy"`       // "" = HTTP_PROXY, HTTPS_PROXY, NO_PROXY
	Netrc      string `toml:"netrc"`       // "" = NETRC or ~/.netrc; "-" = none

	ConnectTimeout Duration `toml:"connect_timeout"`
	HeaderTimeout  Duration `toml:"header_timeout"`
	IdleTimeout    Duration `toml:"idle_timeout"` // between two pieces of a body
	PageTimeout    Duration `toml:"page_timeout"` // a whole page
	FileTimeout    Duration `toml:"file_timeout"` // a whole file, with its retries

	Retries    int `toml:"retries"`      // further attempts; 0 = none
	Parallel   int `toml:"parallel"`     // files downloaded at once
	MaxPerHost int `toml:"max_per_host"` // requests to one host at once

	MaxPageSize     Size `toml:"max_page_size"`
	MaxMetadataSize Size `toml:"max_metadata_size"`
	MaxFileSize     Size `toml:"max_file_size"`
}

// An Index is one package index.
type Index struct {
	// Name is how log and policy call it: 1 to 64 of a-z, 0-9 and "-".
	Name string `toml:"name,required"`
	URL  URL    `toml:"url,required"`
	// Reserved are globs of project names that live here and nowhere else; such
	// an index is asked for nothing else.
	Reserved []string `toml:"reserved"`
	// RedirectHosts are further hosts that the index may send to.
	RedirectHosts []string `toml:"redirect_hosts"`
}

// Cache is the store of files and reports.
type Cache struct {
	Dir     string `toml:"dir"`      // "" = pipwarden in the user's cache folder
	MaxSize Size   `toml:"max_size"` // of the files together
}

// Scan bounds the scanner.
type Scan struct {
	Parallel      int      `toml:"parallel"`        // scans at once; 0 = one a processor
	Queue         int      `toml:"queue"`           // files downloaded, scanned or waiting for it
	Time          Duration `toml:"time"`            // longest scan of one file
	Prefetch      Size     `toml:"prefetch"`        // largest file fetched ahead; 0 = none
	MaxMembers    int      `toml:"max_members"`     // of one archive
	MaxMemberSize Size     `toml:"max_member_size"` // unpacked
	MaxTotalSize  Size     `toml:"max_total_size"`  // unpacked, all members
	MaxRatio      int      `toml:"max_ratio"`       // unpacked to packed
}

// Log is what goes to standard error.
type Log struct {
	Level  LogLevel  `toml:"level"`
	Format LogFormat `toml:"format"`
}

// Compile makes the policy. What Load returned compiles.
func (c *Config) Compile() (*policy.Policy, error) { return policy.Compile(c.PolicyConfig()) }

// PolicyConfig gives the [policy] table with the [[rule]] tables, the reserved
// names of the indexes, and the places where settings were made.
func (c *Config) PolicyConfig() policy.Config {
	p := c.Policy
	p.Rules, p.Known, p.Origins = c.Rules, c.known, c.origins
	p.Reserved = nil
	for _, x := range c.Upstream.Index {
		if len(x.Reserved) > 0 {
			p.Reserved = append(p.Reserved, policy.Reservation{Index: x.Name, Projects: x.Reserved})
		}
	}
	return p
}

// File is the file that was read; "" = none was there.
func (c *Config) File() string { return c.file }

// Origin says where the value of a key was set. The zero Origin is the default.
func (c *Config) Origin(key string) policy.Origin { return c.origins[key] }
