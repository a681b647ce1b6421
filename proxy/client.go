package proxy

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"sync"

	"pipwarden/pypi"
)

// maxAgents bounds the memory of parsed User-Agent headers. A gateway sees dozens of kinds of clients, not thousands.
const maxAgents = 1024

var agents struct {
	sync.RWMutex
	known map[string]pypi.Client
}

// clientOf is what the installer says of itself, and the token that it has.
func clientOf(r *http.Request) pypi.Client {
	c := claimed(r.UserAgent())
	c.Token = identityOf(r).Name
	return c
}

// claimed is what a User-Agent says.
func claimed(ua string) pypi.Client {
	agents.RLock()
	c, ok := agents.known[ua]
	agents.RUnlock()
	if ok {
		return c
	}
	c = pypi.ParseUserAgent(ua)
	agents.Lock()
	defer agents.Unlock()
	if agents.known == nil || len(agents.known) >= maxAgents {
		agents.known = map[string]pypi.Client{}
	}
	agents.known[ua] = c
	return c
}

// clientID is how log and events name the client: by its token, else by its address.
func clientID(r *http.Request) string { return cmp.Or(identityOf(r).Name, clientAddress(r)) }

// clientAddress is the client's address, without the port.
func clientAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

type sessionKey struct{}

// WithSession marks all requests of a listener as one session's (http.Server.BaseContext): pipwarden run tells by it
// which decisions were its own.
func WithSession(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, sessionKey{}, id)
}

func sessionOf(r *http.Request) string {
	id, _ := r.Context().Value(sessionKey{}).(string)
	return id
}
