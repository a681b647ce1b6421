package main

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"pipwarden/config"
)

// onLoopback tells whether an address, host:port, is reached from this machine alone. A name other than localhost is not
// trusted to be: the resolver decides where it leads.
func onLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	ip := net.ParseIP(host)
	return err == nil && (strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback())
}

// beyondLoopback is the first address of the configuration that other machines reach, "" when there is none.
func beyondLoopback(c *config.Config) string {
	if !onLoopback(c.Server.Listen) {
		return c.Server.Listen
	}
	if e := c.Egress; e.Enabled && e.Listen != "" && !onLoopback(e.Listen) {
		return e.Listen
	}
	return ""
}

// tokensNeeded tells whether clients have to say who they are.
func tokensNeeded(c *config.Config) bool {
	return (beyondLoopback(c) != "" || len(c.Server.TrustedProxies) > 0) && !c.Server.Anonymous
}

// trustedProxies are the networks of the configuration.
func trustedProxies(c *config.Config) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range c.Server.TrustedProxies {
		p, err := netip.ParsePrefix(text)
		if a, addrErr := netip.ParseAddr(text); err != nil && addrErr == nil {
			p = netip.PrefixFrom(a, a.BitLen())
		}
		all = append(all, p) // one that is neither was refused with the configuration, and holds nothing
	}
	return all
}

// listeningRules refuses to serve other machines by accident: without TLS whoever is on the way decides what is installed, and
// without tokens whoever reaches the address uses the guard and its passwords for the indexes. tokens tells whether there are valid ones.
func listeningRules(c *config.Config, tokens bool) error {
	addr := beyondLoopback(c)
	if addr != "" && c.Server.TLSCert == "" && !c.Server.InsecureHTTP {
		return withHint(fmt.Errorf("listen on %s: other machines reach this address, and there is no TLS", addr),
			"set server.tls_cert and server.tls_key, or accept plain HTTP with --insecure-http (server.insecure_http = true)")
	}
	if tokensNeeded(c) && !tokens {
		return withHint(fmt.Errorf("listen on %s: other machines reach this address, and there is no token", cmp.Or(addr, c.Server.Listen)),
			"make a token with \"pipwarden token create NAME\", or let everybody in with server.anonymous = true")
	}
	return nil
}
