package proxy

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"pipwarden/cache"
	"pipwarden/internal/pypitest"
	"pipwarden/policy"
)

// holders are those of the tests' tokens.
func holders(secret string) (Identity, bool) {
	id, ok := map[string]Identity{"reader-secret": {Name: "ci-linux"}, "admin-secret": {Name: "root", Admin: true}}[secret]
	return id, ok
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// Nothing but health is told to whoever has no token.
func TestTokenNeeded(t *testing.T) {
	g := start(t, pypitest.Options{}, func(_ *policy.Config, s *Server) { s.Authenticate = holders })
	g.index.Add(pypitest.Wheel("demo", "1.0", nil...))
	for _, path := range []string{"/-/healthz", "/-/readyz"} {
		if a := g.get(path); a.status != http.StatusOK {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	for _, path := range []string{"/", "/simple/", "/simple/demo/", "/files/main/demo/x", "/-/status", "/-/events", "/-/why/x", "/-/files/demo", "//-/healthz", "/-/healthz/../status"} {
		for _, auth := range []string{"", "Basic", "Basic ???", basic("__token__", ""), basic("reader-secret", "x"), "Bearer", "Bearer reader-secre", "Digest reader-secret"} {
			a := g.get(path, "Authorization", auth)
			limited := a.status == http.StatusTooManyRequests && auth != ""
			if !limited && (a.status != http.StatusUnauthorized || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic ")) {
				t.Errorf("%s with %q: %d, %v", path, auth, a.status, a.header)
			}
		}
	}
	for _, auth := range []string{basic("__token__", "reader-secret"), basic("", "reader-secret"), basic("me", "admin-secret"), "Bearer reader-secret", "bearer admin-secret", "Bearer token"} {
		if a := g.get("/simple/demo/", "Authorization", auth); a.status != http.StatusOK {
			t.Errorf("%q: %d %s", auth, a.status, a.phrase)
		}
	}
	for auth, want := range map[string]int{"Bearer reader-secret": 401, "Bearer admin-secret": 200, "Bearer token": 200} {
		if a := g.get("/-/events", "Authorization", auth); a.status != want {
			t.Errorf("events with %q: %d, want %d", auth, a.status, want)
		}
	}
	if a := g.do(http.MethodPost, "/-/sessions", "Authorization", "Bearer admin-secret"); a.status != http.StatusUnauthorized {
		t.Errorf("an administrator opened a listener: %d", a.status)
	}
}

// Wrong tokens of one address are answered shortly after a while, and its right ones go on to count.
func TestFailuresAreLimited(t *testing.T) {
	g := start(t, pypitest.Options{}, func(_ *policy.Config, s *Server) { s.Authenticate = holders })
	got := map[int]int{}
	for range maxFailures + 5 {
		got[g.get("/-/status", "Authorization", "Bearer x").status]++
	}
	if got[401] != maxFailures || got[429] != 5 {
		t.Errorf("got %v", got)
	}
	if a := g.get("/-/status", "Authorization", "Bearer reader-secret"); a.status != http.StatusOK {
		t.Errorf("a valid token: %d", a.status)
	}
	if a := g.get("/-/status"); a.status != http.StatusUnauthorized {
		t.Errorf("no token is no failure, and got %d", a.status)
	}
}

// The name of the token is the client's in events and in rules, for pages, files and metadata.
func TestTokenNamesTheClient(t *testing.T) {
	g := start(t, pypitest.Options{}, func(cfg *policy.Config, s *Server) {
		s.Authenticate = holders
		cfg.Rules = []policy.Rule{{Client: []string{"token:ci-*"}, Project: []string{"demo"}, Action: policy.Block, Reason: "not on runners"}}
	})
	f := g.index.Add(pypitest.Wheel("demo", "1.0", nil...))
	admin, runner := "Bearer admin-secret", "Bearer reader-secret"
	for range 2 { // from upstream, then from memory
		if a := g.get("/simple/demo/", "Authorization", runner); a.status != 200 || !strings.Contains(a.body, "/blocked/") {
			t.Errorf("the runner's page: %d\n%s", a.status, a.body)
		}
		if a := g.get("/simple/demo/", "Authorization", admin); a.status != 200 || strings.Contains(a.body, "/blocked/") {
			t.Errorf("the administrator's page: %d\n%s", a.status, a.body)
		}
		path := "/files/main/demo" + f.Path
		if a := g.get(path, "Authorization", admin); a.status != 200 {
			t.Errorf("the administrator's file: %d %s", a.status, a.phrase)
		}
		if a := g.get(path, "Authorization", runner); a.status != 403 || !strings.Contains(a.phrase, "not on runners") {
			t.Errorf("the runner's file: %d %s", a.status, a.phrase)
		}
	}
	events, err := g.Store.Events(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]cache.Event{}
	for _, e := range events {
		by[e.Client] = e
	}
	if by["ci-linux"].Action != "block" || by["root"].Action != "allow" || len(by) != 2 {
		t.Errorf("got %+v", by)
	}
}

// The proxy asks too, and neither tells nor passes on what it was told.
func TestProxyAsksForToken(t *testing.T) {
	e := startEgress(t, func(e *Egress) { e.Server.Authenticate = holders })
	e.index.Add(pypitest.Wheel("demo", "1.0", nil...))
	page := e.origin + "/simple/demo/"
	if a := e.ask(http.MethodGet, page); !strings.Contains(a.phrase, "token is needed") {
		t.Errorf("through a tunnel: %d %s", a.status, a.phrase)
	}
	if _, res := e.connectTo("other.invalid:443"); res.StatusCode != http.StatusProxyAuthRequired || !strings.HasPrefix(res.Header.Get("Proxy-Authenticate"), "Basic ") {
		t.Errorf("CONNECT: %d, %v", res.StatusCode, res.Header)
	}
	if a := e.ask(http.MethodGet, "http://other.invalid/", "Authorization", "Bearer reader-secret"); a.status != http.StatusProxyAuthRequired {
		t.Errorf("the index's credentials opened the proxy: %d", a.status)
	}
	tr := e.client().Transport.(*http.Transport)
	tr.ProxyConnectHeader = http.Header{"Proxy-Authorization": {basic("__token__", "reader-secret")}}
	if a := e.askWith(&http.Client{Transport: tr}, http.MethodGet, page, nil); a.status != http.StatusOK {
		t.Errorf("with the token: %d %s", a.status, a.phrase)
	}
	if text := e.log.String(); strings.Contains(text, "reader-secret") || strings.Contains(text, "cmVhZGVy") {
		t.Errorf("the log holds a token:\n%s", text)
	}
}
