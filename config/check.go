package config

import (
	"errors"
	"maps"
	"net"
	"net/netip"
	"path"
	"regexp"
	"strconv"
	"strings"

	"pipwarden/policy"
)

// clone returns a copy whose values can be replaced without changing c. Slices
// are replaced whole, never written into.
func (c *Config) clone() *Config {
	next := *c
	next.origins = maps.Clone(c.origins)
	if next.origins == nil {
		next.origins = make(map[string]policy.Origin)
	}
	return &next
}

// checker collects what is wrong with values that have the right type.
type checker struct {
	c        *Config
	problems Errors
}

// fail notes a problem at the place where the key was set.
func (k *checker) fail(key, problem string) {
	o := k.c.origins[key]
	k.problems = append(k.problems, &Error{File: o.Source, Line: o.Line, Key: key, Problem: problem})
}

// check looks at ranges, at what belongs together, and compiles the policy.
func (c *Config) check() Errors {
	k := &checker{c: c}
	k.server()
	k.egress()
	k.numbers()
	k.positive()
	k.indexes()
	k.policy()
	return k.problems
}

func (k *checker) server() {
	s := &k.c.Server
	k.address("server.listen", s.Listen)
	for _, h := range s.Hosts {
		if net.ParseIP(h) == nil && !isHost(h) {
			k.fail("server.hosts", "got "+quote(h)+", want names or addresses without port")
		}
	}
	for _, p := range s.TrustedProxies {
		_, err := netip.ParsePrefix(p)
		if _, addrErr := netip.ParseAddr(p); err != nil && addrErr != nil {
			k.fail("server.trusted_proxies", "got "+quote(p)+", want addresses or networks, such as 10.0.0.1 or 10.0.0.0/8")
		}
	}
	if (s.TLSCert == "") != (s.TLSKey == "") {
		k.fail("server.tls_cert", "want both tls_cert and tls_key, or none")
	}
}

// address holds what is listened on to host:port.
func (k *checker) address(key, listen string) {
	host, port, err := net.SplitHostPort(listen)
	switch {
	case err != nil || !isPort(port):
		k.fail(key, "got "+quote(listen)+", want host:port, such as 127.0.0.1:8791 or [::1]:8791")
	case host != "" && net.ParseIP(host) == nil && !isHost(host):
		k.fail(key, "got the host "+quote(host)+", want an address or a name")
	}
}

func isPort(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 0 && n <= 65535
}

var hostPattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?$`)

func isHost(s string) bool { return hostPattern.MatchString(s) }

// numbers holds the plain numbers to their ranges.
func (k *checker) numbers() {
	c := k.c
	for _, n := range []struct {
		key      string
		val      int
		min, max int
	}{
		{"server.max_connections", c.Server.MaxConnections, 1, 1 << 20},
		{"egress.max_tunnels", c.Egress.MaxTunnels, 1, 1 << 20},
		{"upstream.retries", c.Upstream.Retries, 0, 10},
		{"upstream.parallel", c.Upstream.Parallel, 1, 1024},
		{"upstream.max_per_host", c.Upstream.MaxPerHost, 1, 1024},
		{"scan.parallel", c.Scan.Parallel, 0, 1024},
		{"scan.queue", c.Scan.Queue, 1, 1 << 20},
		{"scan.max_members", c.Scan.MaxMembers, 1, 1 << 24},
		{"scan.max_ratio", c.Scan.MaxRatio, 2, 1 << 20},
	} {
		if n.val < n.min || n.val > n.max {
			k.fail(n.key, "got "+strconv.Itoa(n.val)+", want "+strconv.Itoa(n.min)+" to "+strconv.Itoa(n.max))
		}
	}
}

// positive refuses the zero where it would mean no limit, or no time at all.
func (k *checker) positive() {
	c := k.c
	for _, n := range []struct {
		key string
		val int64
	}{
		{"server.header_timeout", int64(c.Server.HeaderTimeout)},
		{"server.idle_timeout", int64(c.Server.IdleTimeout)},
		{"server.shutdown_timeout", int64(c.Server.ShutdownTimeout)},
		{"egress.idle_timeout", int64(c.Egress.IdleTimeout)},
		{"upstream.stale_wait", int64(c.Upstream.StaleWait)},
		{"upstream.connect_timeout", int64(c.Upstream.ConnectTimeout)},
		{"upstream.header_timeout", int64(c.Upstream.HeaderTimeout)},
		{"upstream.idle_timeout", int64(c.Upstream.IdleTimeout)},
		{"upstream.page_timeout", int64(c.Upstream.PageTimeout)},
		{"upstream.file_timeout", int64(c.Upstream.FileTimeout)},
		{"upstream.max_page_size", int64(c.Upstream.MaxPageSize)},
		{"upstream.max_metadata_size", int64(c.Upstream.MaxMetadataSize)},
		{"upstream.max_file_size", int64(c.Upstream.MaxFileSize)},
		{"cache.max_size", int64(c.Cache.MaxSize)},
		{"scan.time", int64(c.Scan.Time)},
		{"scan.max_member_size", int64(c.Scan.MaxMemberSize)},
		{"scan.max_total_size", int64(c.Scan.MaxTotalSize)},
	} {
		if n.val <= 0 {
			k.fail(n.key, "want more than 0: nothing here is without limit")
		}
	}
}

var indexName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$`)

// maxIndexes bounds the indexes: each may be asked for every name.
const maxIndexes = 100

func (k *checker) indexes() {
	u := &k.c.Upstream
	if u.IndexURL != "" && len(u.Index) > 0 {
		k.fail("upstream.index_url", "want index_url or [[upstream.index]] tables, not both: nothing would say which comes first")
	}
	if len(u.Index) > 0 && len(u.RedirectHosts) > 0 {
		k.fail("upstream.redirect_hosts", "is for index_url; write it into the [[upstream.index]] tables that need it")
	}
	if len(u.Index) > maxIndexes {
		k.fail("upstream.index", "want at most "+strconv.Itoa(maxIndexes)+" indexes")
	}
	k.hosts("upstream.redirect_hosts", u.RedirectHosts)
	names := make(map[string]bool)
	for i, x := range u.Index {
		at := joinIndex("upstream.index", i)
		switch {
		case !indexName.MatchString(x.Name):
			k.fail(at+".name", "got "+quote(x.Name)+", want 1 to 64 of a-z, 0-9 and -, such as \"corp\"")
		case names[x.Name]:
			k.fail(at+".name", quote(x.Name)+" is the name of another index")
		}
		names[x.Name] = true
		if x.URL == "" {
			k.fail(at+".url", errURL.Error())
		}
		for _, glob := range x.Reserved {
			if _, err := path.Match(glob, ""); err != nil || glob == "" {
				k.fail(at+".reserved", "got "+quote(glob)+", want a project name or a pattern such as \"corp-*\"")
			} else if normal := policy.NormalGlob(glob); normal != glob {
				k.fail(at+".reserved", "got "+quote(glob)+", want the normalised form "+quote(normal))
			}
		}
		k.hosts(at+".redirect_hosts", x.RedirectHosts)
	}
}

func (k *checker) hosts(key string, list []string) {
	for _, h := range list {
		name, port, err := net.SplitHostPort(h)
		if err != nil {
			name, port = h, "0"
		}
		if !isPort(port) || net.ParseIP(name) == nil && !isHost(name) {
			k.fail(key, "got "+quote(h)+", want a host or host:port without scheme, such as \"files.invalid\"")
		}
	}
}

// policy compiles the policy, whose own problems become ours.
func (k *checker) policy() {
	_, err := k.c.Compile()
	var bad policy.Errors
	if !errors.As(err, &bad) {
		return
	}
	for _, p := range bad {
		o := p.Origin
		if o == (policy.Origin{}) { // the table, where the key itself was not set
			o = k.c.origins[p.Key[:max(0, strings.LastIndexByte(p.Key, '.'))]]
		}
		k.problems = append(k.problems, &Error{File: o.Source, Line: o.Line, Key: p.Key, Problem: p.Problem})
	}
}
