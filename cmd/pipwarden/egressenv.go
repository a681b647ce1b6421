package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pipwarden/certs"
	"pipwarden/proxy"
)

// A runEgress is an egress proxy for one command. Its authority lives in memory: the key is never written, and nothing but the
// command trusts it.
type runEgress struct {
	handler *proxy.Egress
	child   egressChild
	folder  string // of the bundle
}

// openRunEgress makes an egress proxy for one command, which reaches it at ln.
func (gd *guard) openRunEgress(ctx context.Context, ln net.Listener) (*runEgress, error) {
	known, err := gd.knownHosts(ctx, gd.upstream)
	if err != nil {
		return nil, err
	}
	names := guardNames(gd.upstream, gd.cfg.Egress.Guard, known)
	a, err := certs.New(certs.Options{Hosts: names})
	if err != nil {
		return nil, usage(err)
	}
	folder, err := os.MkdirTemp("", "pipwarden-run-")
	if err != nil {
		return nil, fmt.Errorf("folder of the bundle: %w", err)
	}
	r := &runEgress{folder: folder}
	url := "http://" + ln.Addr().String()
	r.child = egressChild{Proxy: url, Bundle: certs.BundlePath(folder), Cert: certs.CertPath(folder), Guarded: a.Hosts()}
	b := certs.Bundle{Extra: gd.extraRoots()}
	if err = a.Publish(folder); err == nil {
		_, err = b.Write(r.child.Bundle, a)
	}
	if err == nil {
		all := &authorities{bundle: r.child.Bundle, extra: gd.extraRoots(), all: []*certs.Authority{a}}
		r.handler, err = gd.openEgress(all, known, url, ln.Addr())
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return r, nil
}

// Handler is what the command's listener serves.
func (r *runEgress) Handler() http.Handler { return r.handler }

// Close ends the proxy and removes the bundle.
func (r *runEgress) Close() error { return errors.Join(r.handler.Close(), os.RemoveAll(r.folder)) }

// An egressChild is what a command needs to know to go through an egress proxy.
type egressChild struct {
	Proxy   string   // URL of the proxy
	Bundle  string   // path of the system's roots and the proxy's authority
	Cert    string   // path of the authority alone
	Guarded []string // hosts that must not be reached past the proxy; nil = not known, then nothing is but loopback
	// CacheDir is the folder for the clients' own caches; "" leaves them where they are.
	CacheDir string
}

// Variables of an environment that lead through the proxy, by the clients that read them. No client reads all of them: pip has
// PIP_PROXY and PIP_CERT, which outrank its files; uv reads SSL_CERT_FILE alone, poetry REQUESTS_CA_BUNDLE alone; curl takes
// http_proxy in lower case only.
var (
	proxyVariables  = []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "PIP_PROXY"}
	bundleVariables = []string{"PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO", "AWS_CA_BUNDLE"}
)

// egressDropped are variables that would lead past the proxy, or keep its certificates from being read.
var egressDropped = []string{"SSL_CERT_DIR", "UV_INSECURE_HOST", "PIP_TRUSTED_HOST", "UV_OFFLINE", "PIP_NO_INDEX", "PIP_FIND_LINKS", "UV_FIND_LINKS", "GIT_SSL_NO_VERIFY", "GIT_PROXY_COMMAND"}

// settings are the variables of the command.
func (c egressChild) settings(env []string) map[string]string {
	set := map[string]string{"NODE_EXTRA_CA_CERTS": c.Cert}
	for _, v := range proxyVariables {
		set[v] = c.Proxy
	}
	for _, v := range bundleVariables {
		set[v] = c.Bundle
	}
	set["NO_PROXY"] = c.noProxy(env)
	set["no_proxy"] = set["NO_PROXY"]
	if c.CacheDir != "" {
		for key, name := range map[string]string{"PIP_CACHE_DIR": "pip", "UV_CACHE_DIR": "uv", "PDM_CACHE_DIR": "pdm",
			"PIPENV_CACHE_DIR": "pipenv", "POETRY_CACHE_DIR": "poetry"} {
			set[key] = filepath.Join(c.CacheDir, name)
		}
	}
	return set
}

// noProxy is what the command reaches directly: loopback, where its own servers are, and what the user's NO_PROXY names; but nothing
// that covers a guarded host.
func (c egressChild) noProxy(env []string) string {
	var out []string
	theirs := ""
	for _, kv := range env {
		if key, value, _ := strings.Cut(kv, "="); value != "" && (key == "NO_PROXY" || key == "no_proxy") {
			theirs = value
		}
	}
	entries := []string{"localhost", "127.0.0.1", "::1"}
	if c.Guarded != nil {
		entries = append(entries, strings.Split(theirs, ",")...)
	}
	for _, entry := range entries {
		entry = strings.TrimSpace(entry)
		if entry != "" && !slices.Contains(out, entry) && !slices.ContainsFunc(c.Guarded, func(h string) bool { return exempts(entry, h) }) {
			out = append(out, entry)
		}
	}
	return strings.Join(out, ",")
}

// exempts tells whether an entry of NO_PROXY could keep a host from the proxy, by the widest reading of any client: a name stands
// for what ends in it, and what is no plain name or address for everything.
func exempts(entry, host string) bool {
	name := strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(entry, "*"), "."))
	if h, _, err := net.SplitHostPort(name); err == nil {
		name = h
	}
	if name == "" || strings.ContainsAny(name, "*/") {
		return true
	}
	return host == name || strings.HasSuffix(host, name) || (name == "localhost" || name == "127.0.0.1" || name == "::1") && loopback(host)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// apply gives env with the settings, and what was dropped from it, for a person to know.
func (c egressChild) apply(env []string) (out, notes []string) {
	set := c.settings(env)
	for _, kv := range env {
		key, value, _ := strings.Cut(kv, "=")
		if _, ours := set[key]; ours {
			continue
		}
		if slices.Contains(egressDropped, key) {
			if value != "" && key != "SSL_CERT_DIR" { // that one is in the bundle's way, and leads nowhere
				notes = append(notes, key)
			}
			continue
		}
		out = append(out, kv)
	}
	for _, key := range slices.Sorted(maps.Keys(set)) {
		out = append(out, key+"="+set[key])
	}
	return out, notes
}
