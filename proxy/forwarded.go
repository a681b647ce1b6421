package proxy

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Forwarded tells its Handler the address of the client behind reverse proxies, as X-Forwarded-For has it. Only proxies that are listed
// are believed: anybody can send the header. Without any, requests pass as they are.
type Forwarded struct {
	Handler http.Handler   // required
	Proxies []netip.Prefix // networks of the proxies
}

// ServeHTTP hands the request on.
func (f *Forwarded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a, ok := f.client(r); ok {
		told := *r
		told.RemoteAddr = net.JoinHostPort(a.String(), "0")
		r = &told
	}
	f.Handler.ServeHTTP(w, r)
}

// client is the last address of the chain that is none of a proxy's: what stands before it, the client may have written. false when the
// request comes from no proxy, or its proxy does not say from whom.
func (f *Forwarded) client(r *http.Request) (client netip.Addr, ok bool) {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !f.trusted(from.Addr()) {
		return netip.Addr{}, false
	}
	chain := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, text := range slices.Backward(chain) {
		a, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil {
			return client, ok // no address: what is before it is not known
		}
		client, ok = a.Unmap().WithZone(""), true
		if !f.trusted(client) {
			break
		}
	}
	return client, ok
}

func (f *Forwarded) trusted(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(f.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}
