package doctor

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"

	"pipwarden/installers"
)

// bundles are the variables that replace a client's certificate authorities, and whose.
var bundles = []struct{ variable, clients string }{
	{"PIP_CERT", "pip"}, {"REQUESTS_CA_BUNDLE", "pip, poetry, pdm, pipenv"}, {"CURL_CA_BUNDLE", "pip, poetry"}, {"SSL_CERT_FILE", "uv, pip, pdm"},
}

// trusts are the variables that each client takes its authorities from, the first that is set; without one it takes the
// system's.
var trusts = []struct {
	client    string
	variables []string
}{
	{installers.Pip, []string{"PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}},
	{installers.UV, []string{"SSL_CERT_FILE"}},
	{installers.PDM, []string{"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"}},
	{installers.Poetry, []string{"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}},
	{installers.Pipenv, []string{"PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"}},
}

// proxyTrust looks whether the clients behind the guard's proxy trust its authority: else every guarded host fails.
func (x *Examiner) proxyTrust() {
	if !x.Through() {
		return
	}
	if x.Authority == nil {
		x.add(Finding{Broken, "authorities", "", "the guard is the proxy, and has no certificate authority yet", `set enabled = true under [egress], and start "pipwarden serve"`})
		return
	}
	for _, c := range trusts {
		if !x.Installed(c.client) {
			continue
		}
		where, file := "the system's authorities", ""
		for _, v := range c.variables {
			if file = x.Computer.Env[v]; file != "" {
				where = v
				break
			}
		}
		if x.trusted(file) {
			x.add(Finding{Level: Fine, Check: "authorities", Where: where, Problem: c.client + " trusts the guard's proxy"})
			continue
		}
		x.add(Finding{Broken, "authorities", where, c.client + " does not trust the guard's proxy", fmt.Sprintf(`export %s=%s; or "pipwarden cert trust"`, c.variables[0], x.Bundle)})
	}
}

// trusted tells whether the proxy's authority is among those of a file; "" is the system's.
func (x *Examiner) trusted(file string) bool {
	if file == "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			return false
		}
		_, err = x.Authority.Verify(x509.VerifyOptions{Roots: pool, CurrentTime: x.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		return err == nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		if bytes.Equal(block.Bytes, x.Authority.Raw) {
			return true
		}
	}
	return false
}

// authorities looks at the certificate authorities that clients are told to use.
func (x *Examiner) authorities() {
	x.proxyTrust()
	for _, b := range bundles {
		if file := x.Computer.Env[b.variable]; file != "" {
			x.bundle(b.variable, file, b.clients)
		}
	}
	list, _ := x.Computer.Sources(installers.Pip) // what cannot be read is told already
	for _, s := range list {
		if s.Kind == installers.Authority && s.Line > 0 {
			x.bundle(s.At(), s.Value, "pip")
		}
	}
}

// bundle checks one file of authorities. A folder is as good to most clients, and is not looked into.
func (x *Examiner) bundle(where, file, who string) {
	if st, err := os.Stat(file); err == nil && st.IsDir() {
		return
	}
	fix := "unset it, or name a file that holds the authorities as PEM"
	b, err := os.ReadFile(file)
	if err != nil {
		problem := fmt.Sprintf("the certificate authorities for %s cannot be read: %v", who, err)
		if notThere(err) {
			problem = fmt.Sprintf("the certificate authorities for %s are not there: %s", who, file)
		}
		x.add(Finding{Broken, "authorities", where, problem, fix})
		return
	}
	valid, total := 0, 0
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		total++
		if c, err := x509.ParseCertificate(block.Bytes); err == nil && x.Now().Before(c.NotAfter) {
			valid++
		}
	}
	switch {
	case total == 0:
		x.add(Finding{Broken, "authorities", where, fmt.Sprintf("%s holds no certificate; %s trust nobody", file, who), fix})
	case valid == 0:
		x.add(Finding{Broken, "authorities", where, fmt.Sprintf("all %d authorities in %s have expired", total, file), "renew the file; check the clock"})
	default:
		x.add(Finding{Level: Fine, Check: "authorities", Where: where, Problem: fmt.Sprintf("%d authorities for %s", valid, who)})
	}
}
