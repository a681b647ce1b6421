package main

import (
	"strings"
	"testing"

	"pipwarden/config"
)

// Other machines are served over TLS and with authentication, or because somebody said otherwise.
func TestListeningRules(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"default", "", ""},
		{"localhost", `server.listen = "localhost:1"`, ""},
		{"loopback", `server.listen = "[::1]:1"`, ""},
		{"any address", `server.listen = ":1"`, "--insecure-http"},
		{"a name", `server.listen = "guard.invalid:1"`, "server.tls_cert"},
		{"plain and anonymous", "server.listen = \"0.0.0.0:1\"\nserver.insecure_http = true\nserver.anonymous = true", ""},
		{"nobody asked", "server.listen = \"0.0.0.0:1\"\nserver.insecure_http = true", "server.anonymous"},
		{"TLS and anonymous", "server.listen = \"0.0.0.0:1\"\nserver.tls_cert = \"a\"\nserver.tls_key = \"b\"\nserver.anonymous = true", ""},
		{"TLS, nobody asked", "server.listen = \"0.0.0.0:1\"\nserver.tls_cert = \"a\"\nserver.tls_key = \"b\"", "server.anonymous"},
		{"proxy elsewhere", "egress.enabled = true\negress.listen = \"0.0.0.0:1\"", "0.0.0.0:1"},
		{"behind a proxy", `server.trusted_proxies = ["127.0.0.1"]`, "server.anonymous"},
		{"behind a proxy, anonymous", "server.trusted_proxies = [\"10.0.0.0/8\"]\nserver.anonymous = true", ""},
		{"proxy off", "egress.listen = \"0.0.0.0:1\"", ""},
	} {
		cfg, err := new(config.Loader).Parse("config.toml", c.text)
		if err != nil {
			t.Fatal(err)
		}
		err = listeningRules(cfg, false)
		if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
		if err := listeningRules(cfg, true); err != nil && c.want == "server.anonymous" {
			t.Errorf("%s, with tokens: %v", c.name, err)
		}
	}
}
