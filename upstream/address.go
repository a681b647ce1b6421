package upstream

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// notPublic are the ranges that no index of the public network lives in: a link or a redirect that leads there would
// make the guard ask its own machine, its cloud's metadata service or the intranet in the name of whoever wrote the
// page. From the IANA special-purpose registries (RFC 6890). The ranges for documentation and benchmarks are not
// among them: nothing answers there but simulated networks and gateways that map names to them.
var notPublic = prefixes(
	"0.0.0.0/8",      // this network; reaches loopback on Linux
	"10.0.0.0/8",     // RFC 1918
	"100.64.0.0/10",  // RFC 6598, carrier-grade NAT
	"127.0.0.0/8",    // loopback
	"169.254.0.0/16", // link-local, cloud metadata
	"172.16.0.0/12",  // RFC 1918
	"192.0.0.0/24",   // RFC 6890, protocol assignments
	"192.168.0.0/16", // RFC 1918
	"224.0.0.0/4",    // multicast
	"240.0.0.0/4",    // reserved, broadcast
	"::/128",         // unspecified
	"::1/128",        // loopback
	"64:ff9b:1::/48", // RFC 8215, local NAT64
	"100::/64",       // RFC 6666, discard
	"fc00::/7",       // RFC 4193, unique local
	"fe80::/10",      // link-local
	"fec0::/10",      // RFC 3879, site-local
	"ff00::/8",       // multicast
)

// Ranges whose addresses carry an IPv4 address that a gateway on the way unpacks.
var (
	nat64   = netip.MustParsePrefix("64:ff9b::/96")
	sixToIV = netip.MustParsePrefix("2002::/16")
	teredo  = netip.MustParsePrefix("2001::/32")
)

func prefixes(texts ...string) []netip.Prefix {
	var ps []netip.Prefix
	for _, t := range texts {
		ps = append(ps, netip.MustParsePrefix(t))
	}
	return ps
}

// public reports whether an address may be dialled for a host that is not configured.
func public(a netip.Addr) bool {
	if !a.IsValid() {
		return false
	}
	a = a.Unmap().WithZone("")
	b := a.As16()
	switch {
	case teredo.Contains(a):
		return false
	case nat64.Contains(a):
		return public(netip.AddrFrom4([4]byte(b[12:16])))
	case sixToIV.Contains(a):
		return public(netip.AddrFrom4([4]byte(b[2:6])))
	}
	for _, p := range notPublic {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// urlProblem says in our words why a URL cannot be asked at all; "" when it can.
func urlProblem(u *url.URL) string {
	host := u.Hostname()
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return "is not http or https"
	case u.Opaque != "" || host == "":
		return "has no host"
	case u.User != nil:
		return "has a user name"
	case !validHost(host):
		return "has a host that is neither a name nor an address"
	}
	if p := u.Port(); p != "" || strings.HasSuffix(u.Host, ":") {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return "has an invalid port"
		}
	}
	return ""
}

// validHost accepts addresses in their canonical form and ASCII names. Names whose last label is a number ("127.1",
// "0x7f000001") are what inet_aton takes for addresses: one side's name, the other side's loopback.
func validHost(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Zone() == ""
	}
	host = strings.TrimSuffix(host, ".")
	if host == "" || len(host) > 253 {
		return false
	}
	labels := strings.Split(host, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 {
			return false
		}
		for _, r := range []byte(l) {
			if !isNameByte(r) {
				return false
			}
		}
	}
	last := strings.ToLower(labels[len(labels)-1])
	return strings.Trim(last, "0123456789") != "" && !strings.HasPrefix(last, "0x")
}

func isNameByte(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '-' || b == '_'
}

// hostPort is the one spelling of where a URL leads: lower case, no trailing dot, port always.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = defaultPort(u.Scheme)
	}
	return joinHostPort(u.Hostname(), port)
}

func joinHostPort(host, port string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + port
}

func defaultPort(scheme string) string {
	if scheme == "https" {
		return "443"
	}
	return "80"
}

// sameOrigin reports whether two URLs share scheme, host and port.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && hostPort(a) == hostPort(b)
}

// hostKeys turns "host" or "host:port" into the host:port pairs that it means.
func hostKeys(entry string) ([]string, error) {
	u, err := url.Parse("https://" + entry)
	if err != nil || u.Host != entry {
		return nil, errors.New("is not host or host:port")
	}
	if problem := urlProblem(u); problem != "" {
		return nil, errors.New(problem)
	}
	if u.Port() != "" {
		return []string{hostPort(u)}, nil
	}
	return []string{joinHostPort(u.Hostname(), "443"), joinHostPort(u.Hostname(), "80")}, nil
}

// display is a URL for errors and logs: no user, no query (signed links carry their secret there), no fragment.
func display(u *url.URL) string {
	d := *u
	d.User, d.RawQuery, d.ForceQuery, d.Fragment, d.RawFragment = nil, "", false, "", ""
	return d.String()
}
