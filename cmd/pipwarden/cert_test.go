package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pipwarden/internal/pypitest"
)

// TestCert goes through the subcommands as a person would.
func TestCert(t *testing.T) {
	x := pypitest.NewIndex(t, pypitest.Options{})
	f := x.Add(pypitest.Wheel("pip", "1.0"))
	x.Update(func() { f.URL = "http://files.invalid" + f.Path })
	dir := filepath.Join(t.TempDir(), "ca")
	config := filepath.Join(t.TempDir(), "config.toml")
	write(t, config, "[upstream]\nindex_url = \""+x.URL+"\"\n[egress]\nca_dir = \""+filepath.ToSlash(dir)+"\"\n")
	cert := func(args ...string) (string, string, int) {
		t.Helper()
		return run(t, program(t, append([]string{"--config", config, "cert"}, args...)...))
	}
	stdout, stderr, code := cert("init")
	if code != exitOK || !strings.Contains(stdout, "127.0.0.1, files.invalid") || !strings.Contains(stderr, "made a new certificate authority") {
		t.Fatalf("init: exit %d\n%s%s", code, stdout, stderr)
	}
	if _, stderr, code := cert("init"); code != exitOK || !strings.Contains(stderr, "up to date") {
		t.Errorf("init again: exit %d\n%s", code, stderr)
	}
	x.Close() // all else works without the index
	stdout, stderr, code = run(t, program(t, "--json", "--config", config, "cert", "show"))
	var shown certStatus
	if err := json.Unmarshal([]byte(stdout), &shown); err != nil || code != exitOK {
		t.Fatalf("show: exit %d, %v\n%s%s", code, err, stdout, stderr)
	}
	if !slices.Equal(shown.Hosts, []string{"127.0.0.1", "files.invalid"}) || shown.Own || len(shown.Fingerprint) != 64 || shown.Cert != filepath.Join(dir, "ca.pem") {
		t.Errorf("show: %+v", shown)
	}
	text, _, _ := cert("export")
	block, _ := pem.Decode([]byte(text))
	der, _, _ := cert("export", "--der")
	if block == nil || string(block.Bytes) != der || text != read(t, shown.Cert) {
		t.Errorf("export: PEM, DER and file differ")
	}
	if c, err := x509.ParseCertificate([]byte(der)); err != nil || c.Subject.CommonName != shown.Name {
		t.Errorf("export --der: %v", err)
	}
	out := filepath.Join(t.TempDir(), "bundle.pem")
	if _, stderr, code := cert("export", "--bundle", "-o", out); code != exitOK || !strings.Contains(read(t, out), text) {
		t.Errorf("export --bundle: exit %d\n%s", code, stderr)
	}
	if _, _, code := cert("export", "--bundle", "--der"); code != exitUsage {
		t.Errorf("export --bundle --der: exit %d", code)
	}
	for _, verb := range []string{"trust", "untrust"} {
		if stdout, stderr, code := cert(verb); code != exitOK || !strings.Contains(stdout, "# requests:") {
			t.Errorf("%s: exit %d\n%s%s", verb, code, stdout, stderr)
		}
		if stdout, stderr, code := cert(verb, "uv"); code != exitRefused || !strings.Contains(stdout, "SSL_CERT_FILE") {
			t.Errorf("%s uv: exit %d\n%s%s", verb, code, stdout, stderr)
		}
		if _, stderr, code := cert(verb, "nowhere"); code != exitUsage || !strings.Contains(stderr, "there are: ") {
			t.Errorf("%s nowhere: exit %d\n%s", verb, code, stderr)
		}
	}
}

// TestEgressRemembersHosts: a host that pages began to list files on gets a certificate at once, and the next guard's authority is
// made for it, with a word on why.
func TestEgressRemembersHosts(t *testing.T) {
	n, x := newNetwork(t), pypitest.NewIndex(t, pypitest.Options{})
	x.Add(wheel())
	n.index(x, "https")
	dir := filepath.ToSlash(filepath.Join(t.TempDir(), "ca"))
	config := n.config("https", "[egress]\nenabled = true\nca_dir = \""+dir+"\"\n")
	c := newest(clients(t))[0]
	for _, made := range []string{"made a new certificate authority for index.invalid: there was none",
		"made a new certificate authority for files.invalid, index.invalid: the guarded hosts changed: +files.invalid"} {
		s := serve(t, t.TempDir(), config)
		cmd, target := c.install(t, "https://index.invalid", pin)
		child := egressChild{Proxy: s.url, Bundle: dir + "/bundle.pem", Cert: dir + "/ca.pem", Guarded: []string{"index.invalid", "files.invalid"}}
		cmd.Env, _ = child.apply(cmd.Env)
		if stdout, stderr, code := run(t, cmd); code != 0 {
			t.Errorf("%s: exit %d\n%s%s\n%s", c.name, code, stdout, stderr, s.text())
		}
		if _, err := os.Stat(filepath.Join(target, "demo-1.0.dist-info")); err != nil {
			t.Error(err)
		}
		if !strings.Contains(s.text(), made) {
			t.Errorf("the guard does not say %q:\n%s", made, s.text())
		}
	}
}

func TestNoProxy(t *testing.T) {
	for _, c := range []struct {
		theirs  string
		guarded []string
		want    string
	}{
		{"", []string{"index.invalid"}, "localhost,127.0.0.1,::1"},
		{"corp.invalid, .lan,10.0.0.5:80", []string{"index.invalid"}, "localhost,127.0.0.1,::1,corp.invalid,.lan,10.0.0.5:80"},
		{"*", []string{"index.invalid"}, "localhost,127.0.0.1,::1"},
		{"index.invalid,.invalid,invalid,dex.invalid,*.invalid,10.0.0.0/8", []string{"index.invalid"}, "localhost,127.0.0.1,::1"},
		{"INDEX.invalid:443", []string{"index.invalid"}, "localhost,127.0.0.1,::1"},
		{"corp.invalid", []string{"127.0.0.1"}, "corp.invalid"},
		{"corp.invalid", nil, "localhost,127.0.0.1,::1"},
	} {
		got := egressChild{Guarded: c.guarded}.noProxy([]string{"NO_PROXY=" + c.theirs})
		if got != c.want {
			t.Errorf("%q, guarded %q: %q, want %q", c.theirs, c.guarded, got, c.want)
		}
	}
}

// TestEgressEnvironment: no variable is left that leads past the proxy.
func TestEgressEnvironment(t *testing.T) {
	c := egressChild{Proxy: "http://127.0.0.1:1", Bundle: "/b", Cert: "/c", Guarded: []string{"index.invalid"}, CacheDir: "/cache"}
	env, notes := c.apply([]string{"PATH=/bin", "https_proxy=http://other.invalid", "PIP_CERT=/old", "SSL_CERT_DIR=/certs", "UV_INSECURE_HOST=", "PIP_TRUSTED_HOST=index.invalid", "PIP_INDEX_URL=https://index.invalid/simple/"})
	for _, want := range []string{"PATH=/bin", "https_proxy=http://127.0.0.1:1", "HTTPS_PROXY=http://127.0.0.1:1", "PIP_PROXY=http://127.0.0.1:1", "PIP_CERT=/b",
		"REQUESTS_CA_BUNDLE=/b", "SSL_CERT_FILE=/b", "NODE_EXTRA_CA_CERTS=/c", "PIP_INDEX_URL=https://index.invalid/simple/", "POETRY_CACHE_DIR=" + filepath.Join("/cache", "poetry")} {
		if !slices.Contains(env, want) {
			t.Errorf("no %s in %q", want, env)
		}
	}
	for _, kv := range env {
		if strings.Contains(kv, "other.invalid") || strings.HasPrefix(kv, "SSL_CERT_DIR=") || strings.Contains(kv, "/old") {
			t.Errorf("%s is left", kv)
		}
	}
	if !slices.Equal(notes, []string{"PIP_TRUSTED_HOST"}) {
		t.Errorf("told of %q", notes)
	}
}
