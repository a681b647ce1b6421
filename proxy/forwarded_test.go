package proxy

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// Only what listed proxies say of their clients is believed.
func TestForwarded(t *testing.T) {
	for _, c := range []struct {
		from string
		told []string
		want string
	}{
		{"10.0.0.1:5", []string{"192.0.2.7"}, "192.0.2.7"},
		{"10.0.0.1:5", []string{"203.0.113.1, 192.0.2.7, 10.0.0.2"}, "192.0.2.7"},
		{"10.0.0.1:5", []string{"203.0.113.1", "192.0.2.7"}, "192.0.2.7"},
		{"10.0.0.1:5", []string{"nonsense, 10.0.0.9"}, "10.0.0.9"},
		{"10.0.0.1:5", []string{"192.0.2.7, nonsense"}, "10.0.0.1"},
		{"10.0.0.1:5", nil, "10.0.0.1"},
		{"[::ffff:10.0.0.1]:5", []string{"2001:db8::1"}, "2001:db8::1"},
		{"192.0.2.9:5", []string{"192.0.2.7"}, "192.0.2.9"},
		{"[::1]:5", []string{"192.0.2.7"}, "::1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.from
		r.Header["X-Forwarded-For"] = c.told
		got := ""
		f := Forwarded{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
			Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = clientAddress(r) })}
		f.ServeHTTP(httptest.NewRecorder(), r)
		if got != c.want {
			t.Errorf("%s with %q: %s, want %s", c.from, c.told, got, c.want)
		}
	}
}
