package proxy

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func decodeLine(t *testing.T, b []byte) SessionLine {
	t.Helper()
	var l SessionLine
	if err := json.Unmarshal(b, &l); err != nil {
		t.Fatalf("%q: %v", b, err)
	}
	return l
}

func TestPhrase(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                 "plain",
		"a\r\nInjected: header": "a  Injected: header",
		"caf\u00e9 \x1b[31m":    "caf? ?[31m",
	} {
		if got := phrase(in, 100); got != want {
			t.Errorf("phrase(%q) = %q, want %q", in, got, want)
		}
	}
	if got := phrase(strings.Repeat("x", 500), 50); len(got) != 50 || !strings.HasSuffix(got, "...") {
		t.Errorf("a long phrase: %q", got)
	}
}

func TestReasonPhraseKeepsTheAddress(t *testing.T) {
	p := problem{Detail: strings.Repeat("because ", 100), Why: "http://127.0.0.1:8000/-/why/main.demo.0123456789"}
	got := p.reasonPhrase()
	if len(got) > maxReasonPhrase || !strings.HasSuffix(got, ", see "+p.Why) {
		t.Errorf("%d bytes: %q", len(got), got)
	}
}

func TestAcceptsGzip(t *testing.T) {
	for header, want := range map[string]bool{
		"": false, "gzip": true, "gzip, deflate": true, "GZIP;q=0.5": true, "gzip;q=0": false, "gzip; q=0.000": false,
		"*": true, "*;q=0": false, "identity": false, "br, gzip;q=0, *": false,
	} {
		r := &http.Request{Header: http.Header{"Accept-Encoding": {header}}}
		if got := acceptsGzip(r); got != want {
			t.Errorf("Accept-Encoding %q: %v", header, got)
		}
	}
}

func TestLRUForgetsTheOldest(t *testing.T) {
	c := newLRU[int](10)
	c.put("a", 1, 4)
	c.put("b", 2, 4)
	c.get("a")
	c.put("c", 3, 4)
	if _, ok := c.get("b"); ok {
		t.Error("b was used longest ago and is still there")
	}
	if v, ok := c.get("a"); !ok || v != 1 {
		t.Error("a was used last and is gone")
	}
	c.put("large", 4, 100)
	if v, ok := c.get("large"); !ok || v != 4 || c.order.Len() != 1 {
		t.Error("a value above the bound is not kept alone")
	}
}

func TestLRUDropsWhatIsIdle(t *testing.T) {
	c := newLRU[int](100)
	c.put("a", 1, 4)
	c.put("b", 2, 4)
	if n := c.dropIdle(); n != 0 {
		t.Errorf("%d bytes dropped that were put just now", n)
	}
	c.get("a")
	if n := c.dropIdle(); n != 4 {
		t.Errorf("%d bytes dropped, want those of b", n)
	}
	if _, ok := c.get("a"); !ok {
		t.Error("a is in use and gone")
	}
}
