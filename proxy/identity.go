package proxy

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// An Identity is who a client is, as its secret proves. The zero value is nobody in particular.
type Identity struct {
	Name  string // for log, events and the policy
	Admin bool   // may read the events of all clients
}

type identityKey struct{} // of an Identity in a request's context

// identityOf is who sent the request.
func identityOf(r *http.Request) Identity {
	id, _ := r.Context().Value(identityKey{}).(Identity)
	return id
}

// A realm is a place that asks for a secret: the index (RFC 9110, 11.6) or the proxy (11.7).
type realm struct {
	credentials string // header of the request
	challenge   string // header of the answer
	status      int
	title       string
	hint        string
}

var (
	indexRealm = realm{"Authorization", "WWW-Authenticate", http.StatusUnauthorized, "Token needed",
		"give it as password in the index's address, in netrc or by keyring, with the user __token__"}
	proxyRealm = realm{"Proxy-Authorization", "Proxy-Authenticate", http.StatusProxyAuthRequired, "Token needed",
		"give it as password in the proxy's address, with the user __token__"}
)

// admit finds out who sent a request and puts it into the request's context. Whoever has no valid secret is answered here, and false
// returned. A request that was admitted by one realm is not asked by the other.
func (s *Server) admit(w http.ResponseWriter, r *http.Request, at realm) (*http.Request, bool) {
	if s.Authenticate == nil || sessionOf(r) != "" || r.Context().Value(identityKey{}) != nil || at == indexRealm && isHealth(r.URL.Path) {
		return r, true
	}
	secret, given := secretOf(r.Header.Get(at.credentials))
	id, ok := Identity{Admin: true}, s.own(secret)
	if !ok && secret != "" {
		id, ok = s.Authenticate(secret)
	}
	if ok {
		if at == proxyRealm {
			r.Header.Del(at.credentials) // it is ours, and nobody's behind us
		}
		return r.WithContext(context.WithValue(r.Context(), identityKey{}, id)), true
	}
	p := problem{Status: at.status, Title: at.title, Detail: "pipwarden: a token is needed: " + at.hint}
	if given {
		p.Detail = "pipwarden: the token is not valid, or has expired: " + at.hint
		if !s.failures.count(clientAddress(r), s.Now()) {
			p = problem{Status: http.StatusTooManyRequests, Title: "Too many attempts", Detail: "pipwarden: too many tokens from this address were not valid"}
			p.write(w, r)
			return nil, false
		}
		s.Log.Warn("token refused", "client", clientAddress(r))
	}
	w.Header().Set(at.challenge, `Basic realm="pipwarden", charset="UTF-8"`)
	p.write(w, r)
	return nil, false
}

// isHealth tells whether a path is for supervisors, which have no token, and tells nothing else.
func isHealth(path string) bool { return path == "/-/healthz" || path == "/-/readyz" }

// secretOf reads credentials: the password of Basic (RFC 7617), whoever the user is, or a Bearer token (RFC 6750). given tells
// whether there were any.
func secretOf(header string) (secret string, given bool) {
	scheme, rest, _ := strings.Cut(header, " ")
	rest = strings.TrimSpace(rest)
	switch {
	case header == "":
		return "", false
	case strings.EqualFold(scheme, "Bearer"):
		return rest, true
	case strings.EqualFold(scheme, "Basic"):
		b, err := base64.StdEncoding.DecodeString(rest)
		_, password, ok := strings.Cut(string(b), ":")
		if err != nil || !ok {
			return "", true
		}
		return password, true
	}
	return "", true
}

const (
	// maxFailures is how many wrong secrets an address may send a minute. A valid one is taken all the same, so that one runner with
	// an old token does not shut out the others behind its address; what cannot be guessed need not be locked.
	maxFailures = 20
	// maxFailing bounds the memory of addresses.
	maxFailing = 1 << 14
)

// failures counts wrong secrets by address.
type failures struct {
	mu    sync.Mutex
	since time.Time
	by    map[string]int
}

// count notes a wrong secret; false when there were too many of late.
func (f *failures) count(address string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.by == nil || now.Sub(f.since).Abs() >= time.Minute || len(f.by) >= maxFailing {
		f.by, f.since = map[string]int{}, now
	}
	address = network(address)
	f.by[address]++
	return f.by[address] <= maxFailures
}

// network is what one client has of addresses: the address, or for IPv6 its network of 64 bits.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Unmap().Is4() {
		return address
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}
