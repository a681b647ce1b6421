package certs

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// maxHosts bounds the guarded hosts of one authority: an index has two or three.
const maxHosts = 256

// noName is permitted where only addresses are guarded: without any name in the constraints all names would be allowed.
const noName = "pipwarden.invalid"

// normaliseHosts gives the hosts in their one spelling, sorted, each once.
func normaliseHosts(hosts []string) ([]string, error) {
	if len(hosts) == 0 {
		return nil, errors.New("no host to make certificates for")
	}
	if len(hosts) > maxHosts {
		return nil, fmt.Errorf("%d hosts to make certificates for, want at most %d", len(hosts), maxHosts)
	}
	var out []string
	for _, h := range hosts {
		n, err := normaliseHost(h)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// normaliseHost gives a name in lower case without the dot at its end, and an address as netip writes it.
func normaliseHost(host string) (string, error) {
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil && a.Zone() == "" {
		return a.Unmap().String(), nil
	}
	h := strings.ToLower(strings.TrimSuffix(host, "."))
	if h == "" || len(h) > 253 {
		return "", fmt.Errorf("host %q is neither a name nor an address", host)
	}
	for label := range strings.SplitSeq(h, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return "", fmt.Errorf("host %q is neither a name nor an address", host)
		}
	}
	return h, nil
}

// constrain binds an authority to hosts. Each kind of name that a TLS client looks at is bound, since a kind without any
// constraint is free: names to those of the hosts (and, as the standard has it, to what lies below them), addresses to those of
// the hosts, or none at all.
func constrain(t *x509.Certificate, hosts []string) {
	t.PermittedDNSDomainsCritical = true
	for _, h := range hosts {
		a, err := netip.ParseAddr(h)
		if err != nil {
			t.PermittedDNSDomains = append(t.PermittedDNSDomains, h)
			continue
		}
		t.PermittedIPRanges = append(t.PermittedIPRanges, &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(a.BitLen(), a.BitLen())})
	}
	if len(t.PermittedDNSDomains) == 0 {
		t.PermittedDNSDomains = []string{noName}
	}
	if len(t.PermittedIPRanges) == 0 {
		t.ExcludedIPRanges = []*net.IPNet{
			{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)},
			{IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)},
		}
	}
}

// sameConstraints tells whether two certificates are bound alike.
func sameConstraints(a, b *x509.Certificate) bool {
	return a.PermittedDNSDomainsCritical == b.PermittedDNSDomainsCritical &&
		slices.Equal(sorted(a.PermittedDNSDomains), sorted(b.PermittedDNSDomains)) &&
		slices.Equal(ranges(a.PermittedIPRanges), ranges(b.PermittedIPRanges)) &&
		slices.Equal(ranges(a.ExcludedIPRanges), ranges(b.ExcludedIPRanges)) &&
		slices.Equal(sorted(a.ExcludedDNSDomains), sorted(b.ExcludedDNSDomains))
}

// boundTo lists the hosts that a certificate is bound to.
func boundTo(c *x509.Certificate) []string {
	var hosts []string
	for _, d := range c.PermittedDNSDomains {
		if d != noName {
			hosts = append(hosts, d)
		}
	}
	for _, r := range c.PermittedIPRanges {
		hosts = append(hosts, r.IP.String())
	}
	slices.Sort(hosts)
	return hosts
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

func ranges(list []*net.IPNet) []string {
	var out []string
	for _, r := range list {
		out = append(out, r.String())
	}
	slices.Sort(out)
	return out
}
