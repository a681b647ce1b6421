package vocabulary

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// A HostMatch is a host or URL in a text.
type HostMatch struct {
	// Text is the host or URL as it stands, at most 300 bytes.
	Text string
	// Host is the host in lower case, without port; [Hole] stands for unknown parts.
	Host string
	// Class is what the host is for: "webhook", "paste", "tunnel" and what the
	// tables have; "raw-address", "private-address", "documentation-address" or
	// "loopback" for a bare address; "plain" if nothing is known.
	Class string
	// URL says that a scheme stands before it. Without one only hosts of a
	// class are matches.
	URL bool
	// Path is what follows host and port in a URL.
	Path string
}

// hostClasses are the classes of the tables, in no order.
var hostClasses = []string{
	"webhook",        // takes a message or file without an account: chat webhooks, push services
	"bot-api",        // a messenger's interface for bots
	"chat",           // a messenger's other addresses
	"chat-cdn",       // files attached to a messenger's messages
	"out-of-band",    // shows its owner the requests and DNS questions that reach it
	"tunnel",         // leads to somebody's own machine
	"paste",          // texts without an account
	"file-drop",      // files without an account
	"file-share",     // files of an account
	"image-host",     // pictures
	"code-host",      // raw files and releases of repositories
	"code-api",       // interfaces of code hosts
	"url-shortener",  // leads elsewhere, often with a log
	"dynamic-dns",    // names that anybody gets for any address
	"address-lookup", // says from what address and country one comes
	"paas",           // programs and pages of anybody's
	"onion",          // hidden services and gateways to them
	"mining-pool",
	"metadata", // a cloud instance's or cluster's own interface, which hands out credentials
	"blockchain",
	"form", // forms and tables that anybody may fill in
	"mail",
	"hook-bridge", // passes a request on to other services
	"dns-over-https",
	"resolver",      // addresses of public DNS resolvers
	"network-check", // asked only to learn whether there is a network
	"reserved",      // names of RFC 2606
	"loopback",
	"telemetry", // services for a program's own reports
	"object-storage",
}

// hosts finds hosts by their names: a pattern is a domain, which takes its
// subdomains along, "=" before it if not, "*." if them alone; a path may
// follow, "*" in it stands for one segment.
type hosts struct {
	byName map[string][]hostEntry
	last   map[string]bool // the last parts of the names, to pass over other words at once
}

type hostEntry struct {
	class  string
	path   string
	exact  bool // the name alone, without subdomains
	nested bool // subdomains alone
}

func (h *hosts) clone() hosts {
	c := hosts{byName: maps.Clone(h.byName), last: maps.Clone(h.last)}
	for k, list := range c.byName {
		c.byName[k] = slices.Clip(list)
	}
	return c
}

func (h *hosts) add(pattern, class string, first bool) error {
	if !slices.Contains(hostClasses, class) {
		return fmt.Errorf("unknown class %q", class)
	}
	e := hostEntry{class: class}
	name, path, ok := strings.Cut(pattern, "/")
	if ok {
		e.path = "/" + path
	}
	name, e.exact = strings.CutPrefix(name, "=")
	name, e.nested = strings.CutPrefix(name, "*.")
	if name == "" || name != strings.ToLower(name) || strings.Contains(name, "*") {
		return fmt.Errorf("pattern %q", pattern)
	}
	for _, have := range h.byName[name] {
		if !first && have.path == e.path && have.exact == e.exact && have.nested == e.nested {
			return fmt.Errorf("%q stands twice", pattern)
		}
	}
	at := len(h.byName[name])
	// The longer path is the closer one, so it stands first.
	for at > 0 && (first || len(h.byName[name][at-1].path) < len(e.path)) {
		at--
	}
	h.byName[name] = slices.Insert(h.byName[name], at, e)
	h.last[name[strings.LastIndexByte(name, '.')+1:]] = true
	return nil
}

// class returns the class of a host and path, "" if there is none.
func (h *hosts) class(host, path string) string {
	if !h.last[host[strings.LastIndexByte(host, '.')+1:]] {
		return ""
	}
	for name, sub := host, false; ; sub = true {
		for _, e := range h.byName[name] {
			if sub && e.exact || !sub && e.nested || !pathFits(path, e.path) {
				continue
			}
			return e.class
		}
		i := strings.IndexByte(name, '.')
		if i < 0 {
			return ""
		}
		name = name[i+1:]
	}
}

// pathFits says that path begins with the pattern; a "*" of it is one segment.
func pathFits(path, pattern string) bool {
	for pattern != "" {
		head, rest, star := strings.Cut(pattern, "*")
		if len(path) < len(head) || !strings.EqualFold(path[:len(head)], head) {
			return false
		}
		path, pattern = path[len(head):], rest
		if !star {
			return true
		}
		if i := strings.IndexByte(path, '/'); i >= 0 {
			path = path[i:]
		} else {
			path = ""
		}
	}
	return true
}

// maxMatchText cuts the text of a match, in bytes.
const maxMatchText = 300

// maxMatches limits the matches of one text.
const maxMatches = 1000

// Hosts returns the hosts and URLs of a text in their order, each text once,
// the first 1000.
// A host without a scheme counts only if a table knows it, a bare address only if it
// is the whole text or a port follows.
func (v *Vocabulary) Hosts(text string) (list []HostMatch) {
	dot, scheme := 0, 0
	for i := 0; len(list) < maxMatches; {
		dot, scheme = next(text, ".", dot, i), next(text, "://", scheme, i)
		j := min(dot, scheme)
		if j == len(text) {
			break
		}
		m, end, ok := v.hostAt(text, j)
		if ok && !slices.ContainsFunc(list, func(o HostMatch) bool { return o.Text == m.Text }) {
			list = append(list, m)
		}
		i = max(end, j+1)
	}
	return list
}

// next returns the place of sign from i on, len(text) if there is none; have
// is what it returned before.
func next(text, sign string, have, i int) int {
	if have > i || have == len(text) {
		return have
	}
	if i >= len(text) {
		return len(text)
	}
	if n := strings.Index(text[i:], sign); n >= 0 {
		return i + n
	}
	return len(text)
}

// hostByte says which bytes a host may hold; those of [Hole] are taken for
// letters by its callers.
func hostByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_' || c == 0xEF || c == 0xBF || c == 0xBC
}

// hostAt reads the URL whose "://" is at j, or the host whose first dot is.
func (v *Vocabulary) hostAt(text string, j int) (m HostMatch, end int, ok bool) {
	if text[j] == ':' {
		return v.urlAt(text, j)
	}
	start := j
	for start > 0 && hostByte(text[start-1]) && j-start < maxHost {
		start--
	}
	end = j
	for end < len(text) && hostByte(text[end]) && end-start < maxHost {
		end++
	}
	if start > 0 && text[start-1] == '@' && !strings.Contains(text[max(0, start-maxHost):start], "://") {
		return m, end, false // a mail address
	}
	m.Host = strings.ToLower(strings.Trim(text[start:end], ".-"))
	port := portEnd(text, end)
	m.Path = text[port:pathEnd(text, port)]
	// An address amid a text is more likely a version.
	alone := port > end || start == 0 && end == len(text)
	if m.Class = v.bareClass(m.Host, m.Path, alone); m.Class == "" {
		return m, end, false
	}
	end = port + len(m.Path)
	m.Text = cut(strings.TrimRight(text[start:end], "."))
	return m, end, true
}

// bareClass returns the class of a host without a scheme, "" if it has none;
// address says whether it may be one.
func (v *Vocabulary) bareClass(host, path string, address bool) string {
	a, err := netip.ParseAddr(host)
	if err != nil {
		return v.hosts.class(host, path)
	}
	if !address {
		return ""
	}
	return v.addressClass(a)
}

// maxScheme limits the name of a scheme, in bytes: "stratum+ssl" has eleven.
const maxScheme = 16

// maxHost limits the name of a host, in bytes: DNS has 253, a Hole three.
const maxHost = 300

// urlAt reads the URL whose "://" is at j.
func (v *Vocabulary) urlAt(text string, j int) (m HostMatch, end int, ok bool) {
	start := j
	for start > 0 && j-start < maxScheme && (hostByte(text[start-1]) || text[start-1] == '+') {
		start--
	}
	at := j + len("://")
	end = at
	for end < len(text) && end-at < maxHost && (hostByte(text[end]) || strings.IndexByte(":@[]%!~", text[end]) >= 0) {
		end++
	}
	authority := text[at:end]
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	m.URL = true
	m.Host = hostName(authority)
	m.Path = text[end:pathEnd(text, end)]
	end += len(m.Path)
	m.Text = cut(text[start:end])
	if strings.Trim(m.Host, string(Hole)+".") == "" {
		return m, end, false
	}
	if strings.HasPrefix(text[start:], "stratum") {
		m.Class = "mining-pool"
	} else if a, isAddress := address(m.Host); isAddress {
		m.Class = v.addressClass(a)
	} else if m.Class = v.hosts.class(m.Host, m.Path); m.Class == "" {
		m.Class = "plain"
	}
	return m, end, true
}

// hostName takes port and brackets off an authority.
func hostName(authority string) string {
	if rest, ok := strings.CutPrefix(authority, "["); ok {
		name, _, _ := strings.Cut(rest, "]")
		return strings.ToLower(name)
	}
	name, _, _ := strings.Cut(authority, ":")
	return strings.ToLower(strings.Trim(name, ".[]%!~"))
}

// portEnd returns where a port after a host ends; at if there is none.
func portEnd(text string, at int) int {
	i := at + 1
	for i < len(text) && i <= at+5 && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	if at < len(text) && text[at] == ':' && i > at+1 {
		return i
	}
	return at
}

// pathEnd returns where the path of a URL ends.
func pathEnd(text string, at int) int {
	if at >= len(text) || strings.IndexByte("/?#", text[at]) < 0 {
		return at
	}
	for at < len(text) && text[at] > ' ' && strings.IndexByte("\"'<>`|\\^{})", text[at]) < 0 {
		at++
	}
	return at
}

func cut(text string) string {
	if len(text) <= maxMatchText {
		return text
	}
	return strings.ToValidUTF8(text[:maxMatchText], "")
}

// address reads an address as a URL may hold one: as decimal or
// hexadecimal number too, with which addresses are hidden.
func address(host string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(host); err == nil {
		return a, true
	}
	parts := strings.Split(host, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var sum uint64
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 0, 32)
		if err != nil {
			return netip.Addr{}, false
		}
		bits := 8
		if i == len(parts)-1 {
			bits = 8 * (5 - len(parts))
		}
		if n>>bits != 0 {
			return netip.Addr{}, false
		}
		sum = sum<<bits | n
	}
	return netip.AddrFrom4([4]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}), true
}

// addressClass returns the class of an address: that of the tables, else
// "raw-address" for one of the internet, or what its range is for.
func (v *Vocabulary) addressClass(a netip.Addr) string {
	a = a.Unmap()
	if c := v.hosts.class(a.String(), ""); c != "" {
		return c
	}
	switch {
	case a.IsLoopback() || a.IsUnspecified():
		return "loopback"
	case contains(documentation, a):
		return "documentation-address"
	case a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsMulticast() || contains(special, a):
		return "private-address"
	}
	return "raw-address"
}

func contains(list []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) })
}

// documentation are the ranges of RFC 5737, RFC 3849 and RFC 9637, RFC 2544's
// for benchmarks, and the address that examples use.
var documentation = []netip.Prefix{
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("3fff::/20"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("1.2.3.4/32"),
}

// special are RFC 6598's shared range, "this network" and the reserved end of
// the address space (RFC 6890).
var special = []netip.Prefix{
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("240.0.0.0/4"),
}
