package certs

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
)

// bring takes an authority of the user's own. It is held against what it is needed for: a leaf of each guarded host has to
// pass its own constraints.
func (a *Authority) bring(certPath, keyPath string) error {
	if certPath == "" || keyPath == "" {
		return errors.New("an authority of your own needs both its certificate and its key")
	}
	b, err := readPEM(certPath)
	if err != nil {
		return fmt.Errorf("authority's certificate: %w", err)
	}
	certs, _, err := parsePEM(b)
	if err == nil && len(certs) == 0 {
		err = errors.New("it holds no certificate")
	}
	if err != nil {
		return fmt.Errorf("authority's certificate %q: %w", certPath, err)
	}
	if b, err = readPEM(keyPath); err != nil {
		return fmt.Errorf("authority's key: %w", err)
	}
	_, key, err := parsePEM(b)
	if err == nil && key == nil {
		err = errors.New("it holds no key")
	}
	if err != nil {
		return fmt.Errorf("authority's key %q: %w", keyPath, err)
	}
	// The order of the file is the user's; the authority is the certificate of the key.
	i := slices.IndexFunc(certs, func(c *x509.Certificate) bool { return matches(c, key) })
	if i < 0 {
		return fmt.Errorf("authority's key %q does not belong to a certificate of %q", keyPath, certPath)
	}
	a.cert, a.key, a.own = certs[i], key, true
	a.chain = slices.Delete(certs, i, i+1)
	return a.fit(certPath)
}

// fit checks that clients which trust the user's file take our leaves.
func (a *Authority) fit(certPath string) error {
	if !a.cert.IsCA || a.cert.KeyUsage != 0 && a.cert.KeyUsage&x509.KeyUsageCertSign == 0 {
		return fmt.Errorf("authority's certificate %q must not sign certificates", certPath)
	}
	roots, above := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(a.top())
	for _, c := range append([]*x509.Certificate{a.cert}, a.chain...) {
		above.AddCert(c)
		if selfSigned(c) {
			roots.AddCert(c)
		}
	}
	for _, h := range a.hosts {
		l, err := a.sign(h, a.now())
		if err != nil {
			return err
		}
		if _, err := l.Leaf.Verify(x509.VerifyOptions{DNSName: h, Roots: roots, Intermediates: above, CurrentTime: a.now()}); err != nil {
			return fmt.Errorf("authority's certificate %q cannot stand for %q: %w", certPath, h, err)
		}
	}
	return nil
}
