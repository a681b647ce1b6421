package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// subjectName is for people. It is no host name: OpenSSL holds a common name that looks like one against the constraints of
// names, and would refuse that of an address.
const subjectName = "pipwarden, for a guarded host"

// A leaf is a certificate of one host, in memory.
type leaf struct {
	cert  *tls.Certificate
	until time.Time // when it is made anew
}

// Leaf gives the certificate for one guarded host, a name or an IP address without port. It is made at the first call, kept in
// memory, and made anew ten days before its end. A host that is not guarded is an error.
func (a *Authority) Leaf(host string) (*tls.Certificate, error) {
	h, err := normaliseHost(host)
	if err != nil {
		return nil, err
	}
	if _, found := slices.BinarySearch(a.hosts, h); !found {
		return nil, fmt.Errorf("host %q is not guarded by this authority", h)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	if l := a.leaves[h]; l != nil && now.Before(l.until) {
		return l.cert, nil
	}
	cert, err := a.sign(h, now)
	if err != nil {
		return nil, err
	}
	a.leaves[h] = &leaf{cert: cert, until: cert.Leaf.NotAfter.Add(-renewBefore)}
	return cert, nil
}

// sign makes a certificate of exactly one host.
func (a *Authority) sign(host string, now time.Time) (*tls.Certificate, error) {
	if !now.Before(a.cert.NotAfter) {
		return nil, fmt.Errorf("the certificate authority ended on %s, start pipwarden anew", a.cert.NotAfter.UTC().Format(time.DateOnly))
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the key for %q: %w", host, err)
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{Organization: []string{"pipwarden"}, CommonName: subjectName},
		NotBefore:             later(now.Add(-backdated), a.cert.NotBefore),
		NotAfter:              earlier(now.Add(LeafLifetime), a.cert.NotAfter),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		t.IPAddresses = append(t.IPAddresses, ip.AsSlice())
	} else {
		t.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("sign for %q: %w", host, err)
	}
	cert := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	if cert.Leaf, err = x509.ParseCertificate(der); err != nil {
		return nil, fmt.Errorf("sign for %q: %w", host, err)
	}
	for _, c := range append([]*x509.Certificate{a.cert}, a.chain...) {
		if !selfSigned(c) { // a root on the wire helps nobody: the client has it or does not trust it
			cert.Certificate = append(cert.Certificate, c.Raw)
		}
	}
	return cert, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
