package main

import (
	"crypto/tls"
	"fmt"
	"slices"
	"sync"

	"pipwarden/certs"
)

// authorities are those by which a running proxy answers: the first for the hosts that were known at the start, and one more, in
// memory alone, for each host that pages began to list files on since. Each of them stays bound to its own hosts, and whoever trusts
// the first goes on to.
type authorities struct {
	bundle string   // path; written anew with each further authority
	extra  []string // of the bundle

	mu  sync.RWMutex
	all []*certs.Authority
}

// covering is the authority for a host, nil when there is none.
func (s *authorities) covering(host string) *certs.Authority {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if i := slices.IndexFunc(s.all, func(a *certs.Authority) bool { return a.Covers(host) }); i >= 0 {
		return s.all[i]
	}
	return nil
}

// Covers tells whether there is a certificate for a host.
func (s *authorities) Covers(host string) bool { return s.covering(host) != nil }

// Leaf gives the certificate for a host.
func (s *authorities) Leaf(host string) (*tls.Certificate, error) {
	a := s.covering(host)
	if a == nil {
		return nil, fmt.Errorf("no authority for host %q", host)
	}
	return a.Leaf(host)
}

// add makes an authority for one more host, and writes the bundle with it: clients that read the bundle from now on trust it.
func (s *authorities) add(host string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := certs.New(certs.Options{Hosts: []string{host}})
	if err != nil {
		return err
	}
	all := append(slices.Clone(s.all), a)
	b := certs.Bundle{Extra: s.extra}
	if _, err := b.Write(s.bundle, all...); err != nil {
		return err
	}
	s.all = all
	return nil
}
