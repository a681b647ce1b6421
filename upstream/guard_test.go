package upstream

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

func TestPublic(t *testing.T) {
	tests := []struct {
		addr string
		want bool
	}{
		{"8.8.8.8", true}, {"203.0.113.80", true}, {"2606:4700::1111", true}, {"172.32.0.1", true}, {"100.128.0.1", true},
		{"0.0.0.0", false}, {"0.1.2.3", false}, {"127.0.0.1", false}, {"127.255.0.1", false}, {"10.1.2.3", false},
		{"172.16.0.1", false}, {"172.31.255.255", false}, {"192.168.1.1", false}, {"100.64.0.1", false}, {"100.127.255.255", false},
		{"169.254.169.254", false}, {"192.0.0.192", false}, {"224.0.0.1", false}, {"239.1.1.1", false}, {"255.255.255.255", false}, {"240.0.0.1", false},
		{"::", false}, {"::1", false}, {"fe80::1", false}, {"fe80::1%eth0", false}, {"fc00::1", false}, {"fd12::1", false}, {"ff02::1", false}, {"fec0::1", false},
		{"::ffff:127.0.0.1", false}, {"::ffff:8.8.8.8", true},
		{"64:ff9b::7f00:1", false}, {"64:ff9b::808:808", true}, {"64:ff9b:1::1", false},
		{"2002:7f00:1::1", false}, {"2002:808:808::1", true}, {"2001::1", false}, {"100::1", false},
	}
	for _, tt := range tests {
		if got := public(netip.MustParseAddr(tt.addr)); got != tt.want {
			t.Errorf("public(%s) = %v", tt.addr, got)
		}
	}
	if public(netip.Addr{}) {
		t.Error("the zero address is public")
	}
}

// TestLinks: what a page may link to, decided before anything is dialled.
func TestLinks(t *testing.T) {
	tests := []struct {
		link string
		want Rule // "" = may be asked
	}{
		{"https://index.invalid/f", ""},
		{"https://files.invalid/f?x#y", ""},
		{"https://files.invalid:8443/f", ""},
		{"https://8.8.8.8/f", ""},
		{"https://intranet/f", ""}, // a name: decided when it is dialled
		{"http://index.invalid/f", RuleDowngrade},
		{"http://files.invalid/f", RuleDowngrade},
		{"ftp://files.invalid/f", RuleURL},
		{"file:///etc/passwd", RuleURL},
		{"javascript:alert(1)", RuleURL},
		{"https:files.invalid/f", RuleURL},
		{"//files.invalid/f", RuleURL},
		{"/f", RuleURL},
		{"", RuleURL},
		{"https:///f", RuleURL},
		{"https://files.invalid:0/f", RuleURL},
		{"https://files.invalid:/f", RuleURL},
		{"https://files.invalid:99999/f", RuleURL},
		{"https://files..invalid/f", RuleURL},
		{"https://\u2460.invalid/f", RuleURL},
		{"https://%31%32%37.1/f", RuleURL},
		{"https://2130706433/f", RuleURL},
		{"https://0x7f.1/f", RuleURL},
		{"https://0177.0.0.1/f", RuleURL},
		{"https://[fe80::1%25eth0]/f", RuleURL},
		{"https://user@files.invalid/f", RuleUserinfo},
		{"https://index.invalid@files.invalid/f", RuleUserinfo},
		{"https://127.0.0.1/f", RuleAddress},
		{"https://127.0.0.1:8443/f", RuleAddress},
		{"https://[::1]/f", RuleAddress},
		{"https://[::ffff:10.0.0.1]/f", RuleAddress},
		{"https://169.254.169.254/latest/meta-data/", RuleAddress},
		{"https://LOCALHOST./f", RuleAddress},
		{"https://a.localhost/f", RuleAddress},
		{"https://10.0.0.7/f", ""}, // listed
		{"https://10.0.0.7:8443/f", RuleAddress},
		{"https://10.0.0.8:8443/f", ""}, // listed with its port
		{"https://10.0.0.8/f", RuleAddress},
	}
	c := newClient(t, "https://index.invalid/simple/", func(o *Options) {
		o.Indexes[0].RedirectHosts = []string{"10.0.0.7", "10.0.0.8:8443"}
	})
	for _, tt := range tests {
		s, u, err := c.link(FileRequest{Index: c.Indexes()[0], URL: tt.link})
		if err == nil {
			err = s.check(u)
		}
		if tt.want == "" && err != nil || tt.want != "" && !isRefused(tt.want)(err) {
			t.Errorf("%q: %v, want %q", tt.link, err, tt.want)
		}
	}
	if _, _, err := c.link(FileRequest{Index: c.Indexes()[0], URL: "https://\x7f/"}); !isRefused(RuleURL)(err) {
		t.Errorf("a link that is no URL: %v", err)
	}
}

func TestRedirect(t *testing.T) {
	c := newClient(t, "https://index.invalid/simple/", func(o *Options) {
		o.Indexes[0].RedirectHosts = []string{"store.invalid", "10.0.0.8:8443"}
	})
	plain := newClient(t, "http://index.invalid/simple/")
	tests := []struct {
		client         *Client
		from, location string
		want           string
		refused        Rule
	}{
		{c, "https://index.invalid/simple/A/", "../a/", "https://index.invalid/simple/a/", ""},
		{c, "https://index.invalid/simple/A/", "/simple/a/#x", "https://index.invalid/simple/a/", ""},
		{c, "https://index.invalid/a/", "https://INDEX.invalid:443/b/", "https://INDEX.invalid:443/b/", ""},
		{c, "https://files.invalid/f", "https://files.invalid/g?s=1", "https://files.invalid/g?s=1", ""},
		{c, "https://files.invalid/f", "https://index.invalid/g", "https://index.invalid/g", ""},
		{c, "https://index.invalid/a/", "https://store.invalid/b", "https://store.invalid/b", ""},
		{c, "https://index.invalid/a/", "https://10.0.0.8:8443/b", "https://10.0.0.8:8443/b", ""},
		{c, "https://index.invalid/a/", "https://other.invalid/b", "", RuleRedirect},
		{c, "https://index.invalid/a/", "//other.invalid/b", "", RuleRedirect},
		{c, "https://index.invalid/a/", "https://index.invalid:8443/b", "", RuleRedirect},
		{c, "https://index.invalid/a/", "https://store.invalid:8443/b", "", RuleRedirect},
		{c, "https://index.invalid/a/", "http://index.invalid/b", "", RuleDowngrade},
		{c, "https://index.invalid/a/", "http://127.0.0.1/b", "", RuleDowngrade},
		{c, "https://index.invalid/a/", "https://127.0.0.1/b", "", RuleAddress},
		{c, "https://index.invalid/a/", "https://user:pass@index.invalid/b", "", RuleUserinfo},
		{c, "https://index.invalid/a/", "file:///etc/passwd", "", RuleURL},
		{plain, "http://index.invalid/a/", "https://index.invalid/a/", "https://index.invalid/a/", ""},
		{plain, "http://index.invalid/a/", "https://index.invalid:8443/a/", "", RuleRedirect},
		{plain, "https://files.invalid/a/", "http://files.invalid/a/", "", RuleDowngrade},
	}
	for _, tt := range tests {
		from, err := url.Parse(tt.from)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tt.client.sites[0].redirect(from, tt.location)
		switch {
		case tt.refused != "" && !isRefused(tt.refused)(err):
			t.Errorf("%q -> %q: %v, %v; want %q", tt.from, tt.location, got, err, tt.refused)
		case tt.refused == "" && (err != nil || got.String() != tt.want):
			t.Errorf("%q -> %q: %v, %v; want %q", tt.from, tt.location, got, err, tt.want)
		}
	}
}

// TestRedirects goes through real servers: what is refused is not asked.
func TestRedirects(t *testing.T) {
	var reached atomic.Int32
	victim := newServer(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/simple/victim/":
			http.Redirect(w, r, victim.URL+"/", http.StatusFound)
		case "/simple/loop/":
			http.Redirect(w, r, "/simple/loop/", http.StatusFound)
		case "/simple/moved/":
			http.Redirect(w, r, "/new/place/", http.StatusPermanentRedirect)
		case "/new/place/":
			_, _ = io.WriteString(w, "{}")
		}
	})
	c := newClient(t, s.URL+"/simple/")
	if _, err := getPage(c, "victim"); !isRefused(RuleAddress)(err) || !strings.Contains(err.Error(), "redirect_hosts") {
		t.Errorf("redirect to another port of loopback: %v", err)
	}
	if _, err := getPage(c, "loop"); !isRefused(RuleLoop)(err) {
		t.Errorf("loop: %v", err)
	}
	if page, err := getPage(c, "moved"); err != nil || page.URL != s.URL+"/new/place/" {
		t.Errorf("moved: %+v, %v", page, err)
	}
	if _, err := c.File(context.Background(), FileRequest{Index: c.Indexes()[0], URL: victim.URL + "/f"}); !isRefused(RuleAddress)(err) {
		t.Errorf("link to another port of loopback: %v", err)
	}
	if reached.Load() != 0 {
		t.Error("the other server was asked")
	}
	u, err := url.Parse(victim.URL)
	if err != nil {
		t.Fatal(err)
	}
	listed := newClient(t, s.URL+"/simple/", func(o *Options) { o.Indexes[0].RedirectHosts = []string{u.Host} })
	if _, err := getPage(listed, "victim"); err != nil || reached.Load() != 1 {
		t.Errorf("redirect to a listed host: %v", err)
	}
}

// fakeDNS answers each A question with an address; nothing else has any.
func fakeDNS(t *testing.T, answer func(name string) [4]byte) *net.Resolver {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.Additionals = true, nil
			if q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: answer(q.Name.String())},
				}}
			}
			if out, err := m.Pack(); err == nil {
				_, _ = pc.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

// TestRebinding: a name that resolves to loopback is refused at the dial, whatever it resolved to before; the same
// address under the name of the index is served.
func TestRebinding(t *testing.T) {
	var reached atomic.Int32
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		_, _ = io.WriteString(w, "{}")
	})
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	resolver := fakeDNS(t, func(string) [4]byte { return [4]byte{127, 0, 0, 1} })
	c := newClient(t, "http://index.invalid:"+port+"/simple/", func(o *Options) { o.Resolver, o.Retries = resolver, 2 })
	if _, err := getPage(c, "demo"); err != nil || reached.Load() != 1 {
		t.Fatalf("the index itself: %v", err)
	}
	_, err = c.File(context.Background(), FileRequest{Index: c.Indexes()[0], URL: "http://files.invalid:" + port + "/f"})
	var private *addressError
	if !isRefused(RuleAddress)(err) || !errors.As(err, &private) {
		t.Errorf("File: %T %v", err, err)
	}
	if reached.Load() != 1 {
		t.Error("the connection was made")
	}
}

// TestResolverHang: a name that nobody answers for is a timeout of the connection.
func TestResolverHang(t *testing.T) {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	c := newClient(t, "http://index.invalid/simple/", func(o *Options) {
		o.ConnectTimeout = short
		o.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "udp", pc.LocalAddr().String())
		}}
	})
	if _, err := getPage(c, "demo"); !isTimeout(StageConnect)(err) {
		t.Errorf("Page: %T %v", err, err)
	}
	if _, err := getPage(c, "demo"); !is[*UnreachableError](err) {
		t.Errorf("the second page is to fail at once: %T %v", err, err)
	}
}

// TestNoSuchHost: a name that does not resolve is unreachable.
func TestNoSuchHost(t *testing.T) {
	c := newClient(t, "http://index.invalid/simple/", func(o *Options) {
		o.Resolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "udp", Err: errors.New("no network")}
		}}
	})
	if _, err := getPage(c, "demo"); !is[*UnreachableError](err) {
		t.Errorf("Page: %T %v", err, err)
	}
}

// TestIndexesApart: the private address of one index is closed to the pages of another.
func TestIndexesApart(t *testing.T) {
	var reached atomic.Int32
	private := newServer(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	_, port, err := net.SplitHostPort(private.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, "http://open.invalid/simple/", func(o *Options) {
		o.Resolver = fakeDNS(t, func(string) [4]byte { return [4]byte{127, 0, 0, 1} })
		ix, err := ParseIndex("private", "http://private.invalid:"+port+"/simple/")
		if err != nil {
			t.Fatal(err)
		}
		o.Indexes = append(o.Indexes, ix)
	})
	if _, err := c.Page(context.Background(), PageRequest{Index: c.Index("private"), Project: "demo"}); err != nil || reached.Load() != 1 {
		t.Fatalf("private index: %v", err)
	}
	_, err = c.File(context.Background(), FileRequest{Index: c.Index("main"), URL: "http://private.invalid:" + port + "/f"})
	if !isRefused(RuleAddress)(err) || reached.Load() != 1 {
		t.Errorf("File: %T %v", err, err)
	}
}

// TestProxy: with an HTTP proxy all but loopback goes there, its own address is nobody's link, and names of its
// neighbourhood are refused.
func TestProxy(t *testing.T) {
	var asked atomic.Value
	proxy := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.URL.String())
		_, _ = io.WriteString(w, "{}")
	})
	u, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		change func(*Options)
	}{
		{"configured", func(o *Options) { o.Proxy = u }},
		{"environment", func(*Options) { t.Setenv("HTTP_PROXY", proxy.URL) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient(t, "http://index.invalid/simple/", tt.change)
			if _, err := getPage(c, "demo"); err != nil || asked.Load() != "http://index.invalid/simple/demo/" {
				t.Errorf("asked for %v: %v", asked.Load(), err)
			}
			for link, want := range map[string]Rule{
				proxy.URL + "/f":         RuleAddress,
				"http://intranet/f":      RuleAddress,
				"http://192.168.0.1/f":   RuleAddress,
				"http://169.254.1.1/f":   RuleAddress,
				"http://0x7f.0.0.0x1/f":  RuleURL,
				"http://files.invalid/f": "",
			} {
				f, err := c.File(context.Background(), FileRequest{Index: c.Indexes()[0], URL: link})
				if err == nil {
					_ = f.Body.Close()
				}
				if want == "" && err != nil || want != "" && !isRefused(want)(err) {
					t.Errorf("%q: %v, want %q", link, err, want)
				}
			}
		})
	}
}

// TestProxyAddress: the proxy may have a private address, and a link to it would use that.
func TestProxyAddress(t *testing.T) {
	c := newClient(t, "http://index.invalid/simple/", func(o *Options) { o.Proxy = &url.URL{Scheme: "http", Host: "proxy.invalid:3128"} })
	u := &url.URL{Scheme: "http", Host: "Proxy.invalid:3128", Path: "/f"}
	if err := c.sites[0].check(u); !isRefused(RuleAddress)(err) {
		t.Errorf("check: %v", err)
	}
}

func TestCredentials(t *testing.T) {
	seen := make(chan string, 1)
	h := func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if r.URL.Path == "/simple/moved/" {
			http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
			return
		}
		seen <- user + ":" + password
	}
	index, other := httptest.NewServer(http.HandlerFunc(h)), httptest.NewServer(http.HandlerFunc(h))
	defer index.Close()
	defer other.Close()
	o, err := url.Parse(other.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, strings.Replace(index.URL, "//", "//user:secret@", 1), func(opts *Options) {
		opts.Indexes[0].RedirectHosts = []string{o.Host}
	})
	for link, want := range map[string]string{
		index.URL + "/f":                             "user:secret",
		other.URL + "/f":                             ":",
		index.URL + "/simple/moved/?to=/g":           "user:secret",
		index.URL + "/simple/moved/?to=" + other.URL: ":",
	} {
		f, err := c.File(context.Background(), FileRequest{Index: c.Indexes()[0], URL: link})
		if err != nil {
			t.Fatal(err)
		}
		_ = f.Body.Close()
		if got := <-seen; got != want {
			t.Errorf("%q: sent %q, want %q", link, got, want)
		}
	}
}
