package upstream

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

const (
	hintAddress  = "list the host under redirect_hosts of the index, if it is yours"
	hintRedirect = "list the host under redirect_hosts of the index, if files or pages of it live there"
	hintTLS      = "set ca_bundle under [upstream] to the authority that signed the certificate, if it is yours"
	hintScheme   = "give the index an http address, if it is to be read without TLS"
)

// check holds the rules that a URL itself can break. It runs for every link and every hop; what a name resolves to is
// decided when it is dialled.
func (s *site) check(u *url.URL) error {
	refuse := func(rule Rule, hint string, err error) error {
		return &RefusedError{Rule: rule, URL: display(u), Host: u.Host, Hint: hint, Err: err}
	}
	if u.User != nil {
		return refuse(RuleUserinfo, "", nil)
	}
	if problem := urlProblem(u); problem != "" {
		return refuse(RuleURL, "", fmt.Errorf("the address %s", problem))
	}
	if s.index.URL.Scheme == "https" && u.Scheme != "https" {
		return refuse(RuleDowngrade, hintScheme, nil)
	}
	key := hostPort(u)
	if s.allowed[key] {
		return nil
	}
	if s.client.proxies.addrs[key] || localName(u.Hostname()) {
		return refuse(RuleAddress, hintAddress, nil)
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil {
		if !public(a) {
			return refuse(RuleAddress, hintAddress, nil)
		}
		return nil
	}
	// Nobody dials the name here when a proxy does; a name without a dot is the proxy's own neighbourhood.
	if !strings.Contains(strings.TrimSuffix(u.Hostname(), "."), ".") && s.client.proxies.used(u) {
		return refuse(RuleAddress, hintAddress, nil)
	}
	return nil
}

// localName reports whether a name means this machine by RFC 6761, whatever a resolver says.
func localName(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// redirect returns where an answer at from leads, or why the guard does not go there.
func (s *site) redirect(from *url.URL, location string) (*url.URL, error) {
	to, err := from.Parse(location)
	if err != nil {
		return nil, &ProtocolError{URL: display(from), Problem: "redirect to something that is no address"}
	}
	to.Fragment, to.RawFragment = "", ""
	if from.Scheme == "https" && to.Scheme == "http" {
		return nil, &RefusedError{Rule: RuleDowngrade, URL: display(to), Host: to.Host, Hint: hintScheme}
	}
	if err := s.check(to); err != nil {
		return nil, err
	}
	if sameHost(from, to) || s.allowed[hostPort(to)] {
		return to, nil
	}
	return nil, &RefusedError{Rule: RuleRedirect, URL: display(to), Host: to.Host, Hint: hintRedirect}
}

// sameHost reports whether a redirect stays where it was: the same host and port, or http to https on the default ports.
func sameHost(from, to *url.URL) bool {
	if hostPort(from) == hostPort(to) {
		return true
	}
	return from.Scheme == "http" && to.Scheme == "https" &&
		strings.EqualFold(from.Hostname(), to.Hostname()) &&
		hostPort(from) == joinHostPort(from.Hostname(), "80") && hostPort(to) == joinHostPort(to.Hostname(), "443")
}

// addressError is what the dialer says of an address that it must not connect to.
type addressError struct{ addr netip.AddrPort }

func (e *addressError) Error() string { return fmt.Sprintf("%v is not a public address", e.addr) }

// control is net.Dialer.Control: it sees the address after resolution and right before connect, so there is no moment
// in which a name could change its mind.
func control(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("dial %q: %w", address, err)
	}
	if !public(ap.Addr()) {
		return &addressError{addr: ap}
	}
	return nil
}
