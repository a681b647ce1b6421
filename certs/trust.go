package certs

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// A Target is what a store of trust is pointed at.
type Target struct {
	Cert   string // path of the authority's certificate, PEM
	Bundle string // path of the bundle of the system's roots and ours
	Name   string // common name of the authority
	ID     string // SHA-1 of the certificate in hex, by which Windows and macOS name it
}

// TargetOf gives the target of an authority whose copies lie in dir.
func (a *Authority) TargetOf(dir string) Target {
	top := a.top()
	return Target{Cert: CertPath(dir), Bundle: BundlePath(dir), Name: top.Subject.CommonName, ID: thumbprint(top.Raw)}
}

// A Store is one place in which a client, or all of a system's, look for authorities.
type Store struct {
	Name  string // such as "debian" or "pip"
	About string // who reads it, in a few words
	// Trust and Untrust are the exact commands of a person, or settings of the environment, one a line.
	Trust, Untrust []string
	// Here tells whether the store is one of this machine, as far as can be seen.
	Here bool

	trust, untrust [][]string // what Add and Remove run; nil = nothing: a person decides
	root           bool       // they need the superuser
}

// ErrByHand says that a store is changed by a person: its commands say how.
var ErrByHand = errors.New("this store is not changed by pipwarden, run the commands")

// Add has the store trust the authority, where that can be done without harm: a store of certificates, to which one is added.
// Files of settings are never edited. The error is ErrByHand where a person has to.
func (s *Store) Add() error { return s.run(s.trust) }

// Remove takes the authority out of the store again, under the same conditions.
func (s *Store) Remove() error { return s.run(s.untrust) }

func (s *Store) run(commands [][]string) error {
	if commands == nil || !s.Here || s.root && os.Geteuid() != 0 {
		return ErrByHand
	}
	for _, c := range commands {
		out, err := exec.Command(c[0], c[1:]...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("store %s: %s: %w\n%s", s.Name, strings.Join(c, " "), err, strings.TrimSpace(string(out)))
		}
	}
	return nil
}

// Stores lists the stores of this system and of the clients, with what each needs for the target.
func Stores(t Target) []Store { return append(systemStores(t), clientStores(t)...) }

// clientStores are the clients that do not look into the system's store, or not all of their versions. A variable that
// replaces the client's roots gets the bundle, one that adds to them the certificate.
func clientStores(t Target) []Store {
	q := quoteShell
	return []Store{
		settings("pip", "pip, pip-tools and pipenv, all versions", "pip",
			"pip config --user set global.cert "+q(t.Bundle), "pip config --user unset global.cert"),
		settings("uv", "uv; it reads no certificate from its configuration file", "uv", set("SSL_CERT_FILE", t.Bundle), unset("SSL_CERT_FILE")),
		settings("requests", "Python programs with requests: poetry, pdm, twine, pipenv", "",
			set("REQUESTS_CA_BUNDLE", t.Bundle), unset("REQUESTS_CA_BUNDLE")),
		settings("poetry", "poetry; a source's own setting does not reach the host of the files", "poetry",
			set("REQUESTS_CA_BUNDLE", t.Bundle), unset("REQUESTS_CA_BUNDLE")),
		settings("openssl", "Python's ssl, curl with OpenSSL, and all else that OpenSSL reads", "",
			set("SSL_CERT_FILE", t.Bundle), unset("SSL_CERT_FILE")),
		settings("node", "Node.js and npm, beside their own roots", "node", set("NODE_EXTRA_CA_CERTS", t.Cert), unset("NODE_EXTRA_CA_CERTS")),
		settings("git", "git over https", "git",
			"git config --global http.sslCAInfo "+q(t.Bundle), "git config --global --unset http.sslCAInfo"),
		settings("conda", "conda and mamba", "conda", "conda config --set ssl_verify "+q(t.Bundle), "conda config --remove-key ssl_verify"),
	}
}

// settings is a store that a person changes: a line of settings for one client.
func settings(name, about, program, trust, untrust string) Store {
	s := Store{Name: name, About: about, Trust: []string{trust}, Untrust: []string{untrust}}
	if program == "" {
		s.Here = true
		return s
	}
	_, err := exec.LookPath(program)
	s.Here = err == nil
	return s
}

// quoteCommand writes a command as a person would type it.
func quoteCommand(sudo bool, words ...string) string {
	out := make([]string, 0, len(words)+1)
	if sudo {
		out = append(out, "sudo")
	}
	for _, w := range words {
		out = append(out, quoteShell(w))
	}
	return strings.Join(out, " ")
}

// thumbprint is how Windows and macOS name a certificate: no security hangs on it.
func thumbprint(der []byte) string {
	sum := sha1.Sum(der)
	return hex.EncodeToString(sum[:])
}
