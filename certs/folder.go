package certs

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// The files of an authority's folder. authorityFile is the authority; the others are copies for clients, written again at
// each start.
const (
	authorityFile = "authority.key" // key and certificate in one file, so that they cannot be of two authorities
	certFile      = "ca.pem"        // the certificate
	bundleFile    = "bundle.pem"    // the system's roots and ours, for settings that replace the system's roots
)

// maxPEM bounds what is read of one file of certificates, in bytes; a system's bundle has 250 kB.
const maxPEM = 16 << 20 // 16 MiB

// CertPath is where the certificate of an authority in dir lies.
func CertPath(dir string) string { return filepath.Join(dir, certFile) }

// BundlePath is where the bundle of an authority in dir lies.
func BundlePath(dir string) string { return filepath.Join(dir, bundleFile) }

// load reads the authority of a folder. The error is a *staleError when another is to be made.
func (a *Authority) load(dir string) error {
	path := filepath.Join(dir, authorityFile)
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &staleError{why: "there was none", absent: true}
	}
	if err != nil {
		return fmt.Errorf("authority's key: %w", err)
	}
	if runtime.GOOS != "windows" && st.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("authority's key %q can be read by others: whoever has it can stand in for the guarded hosts\n"+
			"remove it and start pipwarden anew, or \"chmod 600\" it if nobody else uses this machine", path)
	}
	b, err := readPEM(path)
	if err != nil {
		return fmt.Errorf("authority's key: %w", err)
	}
	certs, key, err := parsePEM(b)
	if err != nil || len(certs) != 1 || key == nil || !matches(certs[0], key) {
		return &staleError{why: "the file " + authorityFile + " is not whole"}
	}
	a.cert, a.key = certs[0], key
	return a.check()
}

// keep writes the authority. Where none was, another process may be first: then its authority is taken.
func (a *Authority) keep(dir string, first bool) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("folder of the certificate authority: %w", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return fmt.Errorf("folder of the certificate authority: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return fmt.Errorf("authority's key: %w", err)
	}
	b := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), encodeCert(a.cert)...)
	w := atomicFile{path: filepath.Join(dir, authorityFile), mode: 0o600, fresh: first}
	err = w.write(b)
	if errors.Is(err, fs.ErrExist) {
		a.made = ""
		return a.load(dir)
	}
	if err != nil {
		return fmt.Errorf("authority's key: %w", err)
	}
	return nil
}

// Publish writes the certificate to [CertPath] of dir, where commands and settings find it. [Open] does so for an authority
// of ours.
func (a *Authority) Publish(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("folder of the certificate authority: %w", err)
	}
	w := atomicFile{path: CertPath(dir), mode: 0o644}
	if err := w.write(a.PEM()); err != nil {
		return fmt.Errorf("authority's certificate: %w", err)
	}
	return nil
}

// An atomicFile appears complete or not at all.
type atomicFile struct {
	path  string
	mode  os.FileMode
	fresh bool // the file must not be there yet; else the error is fs.ErrExist
}

func (w atomicFile) write(b []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(w.path), ".new-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // when it was renamed, nothing is there
	_, err = f.Write(b)
	if err == nil {
		err = f.Chmod(w.mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if w.fresh {
		err = os.Link(f.Name(), w.path)
		if err == nil || errors.Is(err, fs.ErrExist) {
			return err
		}
		// A file system without links; then the last of two that begin at once wins.
	}
	return os.Rename(f.Name(), w.path)
}

// readPEM reads a regular file of bounded size.
func readPEM(path string) ([]byte, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("read %q: not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	b, err := io.ReadAll(io.LimitReader(f, maxPEM+1))
	if err == nil && len(b) > maxPEM {
		err = fmt.Errorf("read %q: larger than %d bytes", path, maxPEM)
	}
	return b, err
}

// parsePEM gives the certificates of a text in their order, and its last key; what is neither is passed over.
func parsePEM(b []byte) (certs []*x509.Certificate, key crypto.Signer, err error) {
	for rest := b; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return certs, key, nil
		}
		switch block.Type {
		case "CERTIFICATE", "X509 CERTIFICATE":
			c, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, nil, fmt.Errorf("certificate: %w", err)
			}
			certs = append(certs, c)
		case "PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY":
			if key, err = parseKey(block); err != nil {
				return nil, nil, err
			}
		case "ENCRYPTED PRIVATE KEY":
			return nil, nil, errors.New("the key is encrypted, want one without a passphrase")
		}
	}
}

func parseKey(block *pem.Block) (crypto.Signer, error) {
	if ec, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return ec, nil
	}
	if rsa, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return rsa, nil
	}
	other, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	key, ok := other.(crypto.Signer)
	if !ok {
		return nil, errors.New("the key cannot sign")
	}
	return key, nil
}

// matches tells whether a certificate is of a key.
func matches(c *x509.Certificate, key crypto.Signer) bool {
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(c.PublicKey)
}

// selfSigned tells whether a certificate is a root.
func selfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawIssuer, c.RawSubject) && c.CheckSignatureFrom(c) == nil
}
