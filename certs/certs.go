// Package certs makes the certificates with which the egress proxy answers in place of the hosts that it guards: a local
// certificate authority, leaf certificates, and the bundles and commands by which clients come to trust it.
//
// The authority is bound to the guarded hosts by critical X.509 name constraints (RFC 5280, 4.2.1.10) and to TLS servers by
// its extended key usage, so that its key, if it is stolen, opens nothing else. Other guarded hosts need another authority:
// [Open] makes one and says why.
//
// Everything here is the standard library. Nothing is trusted anywhere until a person says so.
package certs

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// MaxLifetime is how long an authority of ours lasts at most, and by default: a root that outlives the machine helps
	// nobody but a thief.
	MaxLifetime = 10 * 365 * 24 * time.Hour
	// LeafLifetime is how long a leaf certificate lasts. Leaves live in memory alone.
	LeafLifetime = 30 * 24 * time.Hour

	// namePrefix begins the common names of authorities that we make.
	namePrefix = "pipwarden local authority "
	// backdated is how long before now a certificate begins, for clients whose clock is late.
	backdated = time.Hour
	// renewBefore is how long before its end a certificate is made anew.
	renewBefore = 10 * 24 * time.Hour
	// serialBits is the size of serial numbers (RFC 5280 allows up to 159).
	serialBits = 127
)

// Options say which authority is wanted.
type Options struct {
	// Hosts are the guarded hosts: names and IP addresses, without ports; at least one. The order does not matter.
	Hosts []string
	// Lifetime of an authority that is made. 0 and more than MaxLifetime mean MaxLifetime.
	Lifetime time.Duration
	// Dir is the folder of the authority, made with mode 0700. [New] does not use it.
	Dir string
	// CertFile and KeyFile are PEM files of an authority of the user's own, instead of ours; both or none. CertFile may
	// hold the chain up to the root. Nothing of it is copied.
	CertFile, KeyFile string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// An Authority signs leaf certificates for the guarded hosts and for no other. It is safe for concurrent use.
type Authority struct {
	cert  *x509.Certificate
	chain []*x509.Certificate // what stands above cert in the user's own file
	key   crypto.Signer
	hosts []string // normalised, sorted
	now   func() time.Time
	made  string
	own   bool

	mu     sync.Mutex
	leaves map[string]*leaf
}

// New makes an authority that lives in memory alone, for one command: its key is never written.
func New(o Options) (*Authority, error) {
	a, err := prepare(o)
	if err != nil {
		return nil, err
	}
	return a, a.create(o.Lifetime)
}

// prepare checks what all authorities have in common.
func prepare(o Options) (*Authority, error) {
	hosts, err := normaliseHosts(o.Hosts)
	if err != nil {
		return nil, err
	}
	a := &Authority{hosts: hosts, now: o.Now, leaves: map[string]*leaf{}}
	if a.now == nil {
		a.now = time.Now
	}
	return a, nil
}

// create makes key and certificate.
func (a *Authority) create(lifetime time.Duration) error {
	if lifetime <= 0 || lifetime > MaxLifetime {
		lifetime = MaxLifetime
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make the authority's key: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return fmt.Errorf("make the authority's key: %w", err)
	}
	serial, err := newSerial()
	if err != nil {
		return err
	}
	sum := sha256.Sum256(public)
	t := &x509.Certificate{
		SerialNumber: serial,
		// The digits tell several authorities apart in a list of hundreds.
		Subject:               pkix.Name{Organization: []string{"pipwarden"}, CommonName: namePrefix + hex.EncodeToString(sum[:4])},
		SubjectKeyId:          sum[:20],
		NotBefore:             a.now().Add(-backdated),
		NotAfter:              a.now().Add(lifetime),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true, // it signs leaves only
		KeyUsage:              x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	constrain(t, a.hosts)
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return fmt.Errorf("make the authority's certificate: %w", err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return fmt.Errorf("make the authority's certificate: %w", err)
	}
	a.key = key
	return nil
}

func newSerial() (*big.Int, error) {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), serialBits))
	if err != nil {
		return nil, fmt.Errorf("make a serial number: %w", err)
	}
	return n.Add(n, big.NewInt(1)), nil
}

// Hosts are the guarded hosts, normalised and sorted.
func (a *Authority) Hosts() []string { return slices.Clone(a.hosts) }

// Covers tells whether the authority signs for the host, which is a name or an IP address without port.
func (a *Authority) Covers(host string) bool {
	h, err := normaliseHost(host)
	if err != nil {
		return false
	}
	_, found := slices.BinarySearch(a.hosts, h)
	return found
}

// Certificate is the authority's own certificate. It is not to be changed.
func (a *Authority) Certificate() *x509.Certificate { return a.cert }

// Made says why Open made the authority anew, in words for a person: whoever trusted the one before has to be told. It is ""
// when the one at hand was used.
func (a *Authority) Made() string { return a.made }

// Own tells whether the authority is the user's.
func (a *Authority) Own() bool { return a.own }

// Fingerprint is the SHA-256 of the certificate in lower-case hex digits.
func (a *Authority) Fingerprint() string {
	sum := sha256.Sum256(a.cert.Raw)
	return hex.EncodeToString(sum[:])
}

// PEM is the certificate that clients are to trust, as text: ours, or the user's whole file of certificates.
func (a *Authority) PEM() []byte {
	out := encodeCert(a.cert)
	for _, c := range a.chain {
		out = append(out, encodeCert(c)...)
	}
	return out
}

// DER is the certificate that clients are to trust, as bytes: ours, or the topmost of the user's.
func (a *Authority) DER() []byte { return slices.Clone(a.top().Raw) }

// top is the certificate that a store of roots takes.
func (a *Authority) top() *x509.Certificate {
	if len(a.chain) > 0 {
		return a.chain[len(a.chain)-1]
	}
	return a.cert
}

func encodeCert(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// Load gives the authority in a folder as it is, whichever hosts it is bound to, and changes nothing. Where there is none the error
// is fs.ErrNotExist.
func Load(dir string) (*Authority, error) {
	a := &Authority{now: time.Now, leaves: map[string]*leaf{}}
	err := a.load(dir)
	var stale *staleError
	switch {
	case errors.As(err, &stale) && stale.absent:
		return nil, fmt.Errorf("certificate authority in %q: %w", dir, fs.ErrNotExist)
	case err != nil && !errors.As(err, &stale):
		return nil, err
	case a.cert == nil:
		return nil, fmt.Errorf("certificate authority in %q: %w", dir, err)
	}
	a.hosts = boundTo(a.cert)
	return a, nil
}

// Open gives the authority of the options: the user's own; or the one in Dir, if it is whole, lasts and is bound to these very
// hosts; or one that is made and kept there. [Authority.Made] tells which.
func Open(o Options) (*Authority, error) {
	a, err := prepare(o)
	if err != nil {
		return nil, err
	}
	if o.CertFile != "" || o.KeyFile != "" {
		return a, a.bring(o.CertFile, o.KeyFile)
	}
	if o.Dir == "" {
		return nil, errors.New("no folder for the certificate authority")
	}
	err = a.load(o.Dir)
	var stale *staleError
	switch {
	case err == nil:
		return a, a.Publish(o.Dir)
	case !errors.As(err, &stale):
		return nil, err
	}
	if err := a.create(o.Lifetime); err != nil {
		return nil, err
	}
	a.made = stale.why
	if err := a.keep(o.Dir, stale.absent); err != nil {
		return nil, err
	}
	return a, a.Publish(o.Dir)
}

// staleError says why the authority in a folder is not to be used and another is to be made.
type staleError struct {
	why    string
	absent bool // nothing was there
}

func (e *staleError) Error() string { return e.why }

// check tells why the loaded authority cannot serve the wanted hosts; nil when it can.
func (a *Authority) check() error {
	if !a.now().Add(renewBefore).Before(a.cert.NotAfter) {
		return &staleError{why: "the authority ends on " + a.cert.NotAfter.UTC().Format(time.DateOnly)}
	}
	if a.now().Before(a.cert.NotBefore) {
		return &staleError{why: "the authority begins on " + a.cert.NotBefore.UTC().Format(time.DateOnly) + ", later than the clock says it is"}
	}
	want := &x509.Certificate{}
	constrain(want, a.hosts)
	if sameConstraints(want, a.cert) {
		return nil
	}
	return &staleError{why: "the guarded hosts changed: " + difference(boundTo(a.cert), a.hosts)}
}

// difference tells two sorted lists of hosts apart, for a person.
func difference(old, now []string) string {
	var words []string
	for _, h := range now {
		if !slices.Contains(old, h) {
			words = append(words, "+"+h)
		}
	}
	for _, h := range old {
		if !slices.Contains(now, h) {
			words = append(words, "-"+h)
		}
	}
	return cmp.Or(strings.Join(words, " "), "the same, bound in another way")
}
