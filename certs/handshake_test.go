package certs

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// answering is a TLS server on loopback that shows the certificate of one host.
func answering(t *testing.T, cert *tls.Certificate) (port string) {
	t.Helper()
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{*cert}, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "hello\n")
	})}
	go func() { _ = srv.Serve(ln) }()
	t.Cleanup(func() { _ = srv.Close() })
	_, port, err = net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// A verifier makes a TLS connection to host, which is at that port of loopback, trusting the certificates of a file alone.
// refused says that the connection was made and the certificate was not taken.
type verifier struct {
	name string
	try  func(t *testing.T, host, port, roots string) (refused bool, said string)
}

var verifiers = []verifier{
	{"go", func(t *testing.T, host, port, roots string) (bool, string) {
		pool := x509.NewCertPool()
		text, err := os.ReadFile(roots)
		if err != nil || !pool.AppendCertsFromPEM(text) {
			t.Fatal(err)
		}
		conn, err := (&tls.Dialer{Config: &tls.Config{RootCAs: pool, ServerName: host}}).DialContext(t.Context(), "tcp", "127.0.0.1:"+port)
		if err != nil {
			return true, err.Error()
		}
		_ = conn.Close()
		return false, ""
	}},
	{"python3", func(t *testing.T, host, port, roots string) (bool, string) {
		const script = `
import socket, ssl, sys
host, port, roots = sys.argv[1:]
context = ssl.create_default_context(cafile=roots)
if hasattr(ssl, "VERIFY_X509_STRICT"): context.verify_flags |= ssl.VERIFY_X509_STRICT
try:
    context.wrap_socket(socket.create_connection(("127.0.0.1", int(port))), server_hostname=host).close()
except ssl.SSLCertVerificationError as e:
    sys.exit("refused: %s" % e)
`
		return program(t, "python3", "-c", script, host, port, roots)
	}},
	{"curl", func(t *testing.T, host, port, roots string) (bool, string) {
		return program(t, "curl", "--silent", "--show-error", "--noproxy", "*", "--cacert", roots, "--capath", "/var/empty",
			"--connect-to", "::127.0.0.1:"+port, "https://"+bracketed(host)+"/")
	}},
	{"openssl", func(t *testing.T, host, port, roots string) (bool, string) {
		check := "-verify_hostname"
		if net.ParseIP(host) != nil {
			check = "-verify_ip"
		}
		return program(t, "openssl", "s_client", "-connect", "127.0.0.1:"+port, "-servername", "x.invalid", "-CAfile", roots, "-no-CApath",
			check, host, "-verify_return_error", "-x509_strict")
	}},
}

func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// program runs a verifier of the machine. Its exit code is the answer.
func program(t *testing.T, name string, args ...string) (bool, string) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not on this machine", name)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), "SSL_CERT_FILE=", "SSL_CERT_DIR=", "CURL_CA_BUNDLE=")
	cmd.Stdin = strings.NewReader("")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return err != nil, out.String()
}

// TestHandshake: who trusts the authority takes its leaves, and no leaf of a host that the authority is not bound to, even if
// its key signs one; whoever does not trust it takes none.
func TestHandshake(t *testing.T) {
	dir := t.TempDir()
	a := open(t, Options{Dir: filepath.Join(dir, "ca"), Hosts: []string{"index.invalid", "127.0.0.1"}})
	named := open(t, Options{Dir: filepath.Join(dir, "named"), Hosts: []string{"index.invalid"}})
	addressed := open(t, Options{Dir: filepath.Join(dir, "addressed"), Hosts: []string{"127.0.0.1"}})
	stranger := open(t, Options{Dir: filepath.Join(dir, "stranger"), Hosts: []string{"index.invalid"}})
	for _, c := range []struct {
		name    string
		signer  *Authority
		trusted string // folder of the authority that the client trusts
		host    string
		refused bool
	}{
		{"guarded name", a, "ca", "index.invalid", false},
		{"guarded address", a, "ca", "127.0.0.1", false},
		{"address alone", addressed, "addressed", "127.0.0.1", false},
		{"other name", a, "ca", "other.invalid", true},
		{"name above", a, "ca", "invalid", true},
		{"name that ends alike", a, "ca", "xindex.invalid", true},
		{"other address", a, "ca", "127.0.0.2", true},
		{"address of the other family", a, "ca", "::1", true},
		{"address where only names are guarded", named, "named", "127.0.0.1", true},
		{"the other family there", named, "named", "::1", true},
		{"name where only addresses are guarded", addressed, "addressed", "index.invalid", true},
		{"authority that is not trusted", stranger, "ca", "index.invalid", true},
	} {
		cert, err := c.signer.sign(c.host, time.Now()) // what a stolen key can do
		if err != nil {
			t.Fatal(err)
		}
		port := answering(t, cert)
		for _, v := range verifiers {
			t.Run(c.name+"/"+v.name, func(t *testing.T) {
				if refused, said := v.try(t, c.host, port, CertPath(filepath.Join(dir, c.trusted))); refused != c.refused {
					t.Errorf("refused: %t, want %t\n%s", refused, c.refused, said)
				}
			})
		}
	}
}
