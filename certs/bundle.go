package certs

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A Bundle is a file of certificates for settings that replace a client's trust store (PIP_CERT, SSL_CERT_FILE,
// REQUESTS_CA_BUNDLE ...): the system's roots, further files of the user's, and our authority.
type Bundle struct {
	// Extra are PEM files whose certificates the client trusted so far. A file that is not there is passed over.
	Extra []string

	own   map[string]bool // raw certificates of the authorities
	text  bytes.Buffer
	seen  map[[sha256.Size]byte]bool
	roots int
}

// Write writes the bundle with the authorities' certificates to path. It appears complete or not at all, with mode 0644. roots
// is the number of certificates that are not ours: with 0 a client that uses the bundle can reach guarded hosts alone.
func (b *Bundle) Write(path string, authorities ...*Authority) (roots int, err error) {
	b.text.Reset()
	b.seen, b.roots = map[[sha256.Size]byte]bool{}, 0
	b.own = map[string]bool{}
	for _, a := range authorities {
		b.own[string(a.cert.Raw)] = true
		b.addPEM(a.PEM())
	}
	b.roots = 0
	for _, file := range b.Extra {
		b.addFile(file)
	}
	b.addSystem()
	w := atomicFile{path: path, mode: 0o644}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return 0, fmt.Errorf("bundle of certificates: %w", err)
	}
	if err := w.write(b.text.Bytes()); err != nil {
		return 0, fmt.Errorf("bundle of certificates: %w", err)
	}
	return b.roots, nil
}

// addFile adds a file's certificates, if it can be read.
func (b *Bundle) addFile(path string) bool {
	text, err := readPEM(path)
	if err != nil {
		return false
	}
	before := b.roots
	b.addPEM(text)
	return b.roots > before
}

// addPEM adds each certificate of a text that is not there yet. What is none, or cannot be parsed, stays out: some clients
// refuse a whole bundle for one bad block.
func (b *Bundle) addPEM(text []byte) {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return
		}
		if strings.HasSuffix(block.Type, "CERTIFICATE") {
			b.addDER(block.Bytes)
		}
	}
}

func (b *Bundle) addDER(der []byte) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return
	}
	sum := sha256.Sum256(c.Raw)
	if b.seen[sum] || ours(c) && !b.own[string(c.Raw)] {
		return // an authority that was replaced is trusted no longer, though an older bundle holds it
	}
	b.seen[sum] = true
	b.roots++
	b.text.Write(encodeCert(c))
}

// ours tells whether a certificate is of an authority that this package made.
func ours(c *x509.Certificate) bool {
	return strings.HasPrefix(c.Subject.CommonName, namePrefix) && c.PermittedDNSDomainsCritical && selfSigned(c)
}
