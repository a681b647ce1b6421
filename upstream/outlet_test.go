package upstream

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestParseAddress(t *testing.T) {
	for text, want := range map[string]string{
		"index.invalid:443":       "index.invalid:443",
		"INDEX.invalid.:443":      "index.invalid:443",
		"[::1]:80":                "[::1]:80",
		"[0:0::1]:80":             "[::1]:80",
		"[::ffff:127.0.0.1]:80":   "127.0.0.1:80",
		"10.0.0.1:8080":           "10.0.0.1:8080",
		"index.invalid":           "",
		"index.invalid:":          "",
		"index.invalid:0":         "",
		"index.invalid:65536":     "",
		"index.invalid:+443":      "",
		"index.invalid:https":     "",
		"u@index.invalid:443":     "",
		"index.invalid:443/":      "",
		"index.invalid:443?x":     "",
		"index.invalid:443#x":     "",
		"index.invalid:443 ":      "",
		"127.1:80":                "",
		"0x7f.1:80":               "",
		"2130706433:80":           "",
		"[fe80::1%25lo]:80":       "",
		"index..invalid:80":       "",
		"%69ndex.invalid:80":      "",
		"index.invalid\r\nX: y:1": "",
		"::1:80":                  "",
		":80":                     "",
		"":                        "",
	} {
		a, err := ParseAddress(text, "")
		if want == "" && err == nil || want != "" && (err != nil || a.String() != want) {
			t.Errorf("%q is %q (%v), want %q", text, a, err, want)
		}
	}
	if a, err := ParseAddress("index.invalid", "443"); err != nil || a.String() != "index.invalid:443" {
		t.Errorf("with a port by default: %q, %v", a, err)
	}
	if a, err := ParseAddress("[::1]", "443"); err != nil || a.String() != "[::1]:443" {
		t.Errorf("address with a port by default: %q, %v", a, err)
	}
	if a, err := ParseAddress("index.invalid:", "443"); err == nil {
		t.Errorf("a colon and no port: %q", a)
	}
}

// FuzzParseAddress: what is taken has one spelling, which is taken as itself.
func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"a.b:1", "[::1]:2", "127.0.0.1:3", "A.:4", "[::ffff:1.2.3.4]:5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAddress(s, "")
		if err != nil {
			return
		}
		if b, err := ParseAddress(a.String(), ""); err != nil || b != a {
			t.Errorf("%q is %q, which is %q (%v)", s, a, b, err)
		}
		if a.Host != strings.ToLower(a.Host) || strings.HasSuffix(a.Host, ".") {
			t.Errorf("%q is %q", s, a)
		}
	})
}

// A chain is an HTTP proxy that connects everything to one server, which speaks first.
type chain struct {
	url *url.URL

	mu    sync.Mutex
	asked []string
	auth  []string
	reply string
}

func newChain(t *testing.T, reply string) *chain {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &chain{url: &url.URL{Scheme: "http", Host: ln.Addr().String()}, reply: reply}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go c.serve(conn)
		}
	}()
	return c
}

func (c *chain) serve(conn net.Conn) {
	defer conn.Close()
	r, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	c.mu.Lock()
	c.asked = append(c.asked, r.Method+" "+r.Host)
	c.auth = append(c.auth, r.Header.Get("Proxy-Authorization"))
	c.mu.Unlock()
	_, _ = io.WriteString(conn, c.reply)
	_, _ = io.Copy(io.Discard, conn)
}

func newOutlet(t *testing.T, rules OutletRules, change func(*Options)) *Outlet {
	t.Helper()
	c := newClient(t, "http://index.invalid/simple/", change)
	o, err := c.Outlet(rules)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.Close)
	return o
}

// TestOutletThroughProxy: tunnels go through upstream's proxy, with its password, and what the other end says first is not lost.
func TestOutletThroughProxy(t *testing.T) {
	c := newChain(t, "HTTP/1.1 200 OK\r\nX: y\r\n\r\nfirst")
	via := *c.url
	via.User = url.UserPassword("user", "secret")
	o := newOutlet(t, OutletRules{}, func(o *Options) { o.Proxy = &via })
	conn, err := o.Dial(t.Context(), Address{"far.invalid", "443"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	b := make([]byte, 5)
	if _, err := io.ReadFull(conn, b); err != nil || string(b) != "first" {
		t.Errorf("%q, %v", b, err)
	}
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte("user:secret"))
	if !slices.Equal(c.asked, []string{"CONNECT far.invalid:443"}) || c.auth[0] != want {
		t.Errorf("asked %q with %q", c.asked, c.auth)
	}
	for _, to := range []Address{{"127.0.0.1", "80"}, {"10.1.2.3", "80"}, {"localhost", "80"}, {"plainname", "80"}, {c.url.Hostname(), c.url.Port()}} {
		var refused *RefusedError
		if conn, err := o.Dial(t.Context(), to); !errors.As(err, &refused) || refused.Rule != RuleAddress {
			t.Errorf("%s: %v, %v", to, conn, err)
		}
	}
	if len(c.asked) != 1 {
		t.Errorf("the proxy was asked %q", c.asked)
	}
}

// TestOutletProxyRefuses: what a proxy says instead of connecting is an error, and nothing of it is used.
func TestOutletProxyRefuses(t *testing.T) {
	for name, reply := range map[string]string{
		"refusal":    "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
		"no answer":  "",
		"no HTTP":    "SSH-2.0-x\r\n\r\n",
		"bomb":       "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2*maxConnectReply) + "\r\n\r\n",
		"no content": "HTTP/1.1 204 No Content\r\n\r\n",
	} {
		c := newChain(t, reply)
		o := newOutlet(t, OutletRules{}, func(o *Options) {
			o.Proxy, o.ConnectTimeout, o.TLSTimeout, o.HeaderTimeout = c.url, 100*time.Millisecond, 100*time.Millisecond, 100*time.Millisecond
		})
		conn, err := o.Dial(t.Context(), Address{"far.invalid", "443"})
		if err == nil {
			t.Errorf("%s: %v", name, conn.RemoteAddr())
		}
		var status *StatusError
		if strings.Contains(reply, "407") && (!errors.As(err, &status) || status.Code != http.StatusProxyAuthRequired) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOutletDecidesWhenDialling: on the address that a name has at that moment, also where addresses of ours are meant.
func TestOutletDecidesWhenDialling(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	own, err := netip.ParseAddrPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	resolver := fakeDNS(t, func(string) [4]byte { return [4]byte{127, 0, 0, 1} })
	to := Address{"far.invalid", ln.Addr().String()[strings.LastIndexByte(ln.Addr().String(), ':')+1:]}
	for _, c := range []struct {
		name  string
		rules OutletRules
		ok    bool
	}{
		{"private", OutletRules{}, false},
		{"allowed", OutletRules{Allowed: func(a Address) bool { return a == to }}, true},
		{"another allowed", OutletRules{Allowed: func(a Address) bool { return a.Host != to.Host }}, false},
		{"allowed and own", OutletRules{Allowed: func(Address) bool { return true }, Own: func(a netip.AddrPort) bool { return a == own }}, false},
	} {
		o := newOutlet(t, c.rules, func(o *Options) { o.Resolver = resolver })
		conn, err := o.Dial(t.Context(), to)
		var refused *RefusedError
		if c.ok != (err == nil) || !c.ok && !errors.As(err, &refused) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil {
			_ = conn.Close()
		}
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+to.String()+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.ok {
			continue // nobody answers there
		}
		if res, err := o.RoundTrip(req); !errors.As(err, &refused) {
			t.Errorf("%s, a request: %v, %v", c.name, res, err)
		}
	}
}
