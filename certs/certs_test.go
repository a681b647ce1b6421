package certs

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

var guarded = []string{"Index.invalid.", "files.invalid", "127.0.0.1"}

func open(t *testing.T, o Options) *Authority {
	t.Helper()
	if o.Hosts == nil {
		o.Hosts = guarded
	}
	a, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestAuthority holds what the certificate promises.
func TestAuthority(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ca")
	a := open(t, Options{Dir: dir})
	if want := []string{"127.0.0.1", "files.invalid", "index.invalid"}; !slices.Equal(a.Hosts(), want) {
		t.Errorf("hosts are %q, want %q", a.Hosts(), want)
	}
	c := a.Certificate()
	if !c.IsCA || !c.MaxPathLenZero || !c.PermittedDNSDomainsCritical || c.KeyUsage != x509.KeyUsageCertSign {
		t.Errorf("CA %t, path length zero %t, critical %t, usage %d", c.IsCA, c.MaxPathLenZero, c.PermittedDNSDomainsCritical, c.KeyUsage)
	}
	if !slices.Equal(boundTo(c), a.Hosts()) {
		t.Errorf("bound to %q", boundTo(c))
	}
	if life := time.Until(c.NotAfter); life > MaxLifetime || life < MaxLifetime-time.Hour {
		t.Errorf("lasts %s", life)
	}
	if a.Made() == "" || a.Own() {
		t.Errorf("made %q, own %t", a.Made(), a.Own())
	}
	if runtime.GOOS == "windows" {
		return
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, authorityFile): 0o600, CertPath(dir): 0o644} {
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want mode %o", path, st, err, want)
		}
	}
}

// TestReopened: what is there is used as long as it fits, and the reason is told when it does not.
func TestReopened(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ca")
	a := open(t, Options{Dir: dir})
	for _, step := range []struct {
		name, made string
		o          Options
		spoil      func()
	}{
		{name: "the same", o: Options{}},
		{name: "in another order", o: Options{Hosts: []string{"127.0.0.1", "files.invalid", "index.invalid"}}},
		{name: "one more", made: "the guarded hosts changed: +more.invalid", o: Options{Hosts: append(slices.Clone(guarded), "more.invalid")}},
		{name: "one less", made: "the guarded hosts changed: -more.invalid", o: Options{}},
		{name: "at its end", made: "the authority ends on", o: Options{Now: func() time.Time { return time.Now().Add(MaxLifetime - 24*time.Hour) }}},
		{name: "clock set back", made: "the authority begins on", o: Options{}},
		{name: "broken", made: "is not whole", spoil: func() {
			if err := os.WriteFile(filepath.Join(dir, authorityFile), []byte("-----BEGIN PRIVATE KEY-----\nAA"), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "after it", o: Options{}},
	} {
		if step.spoil != nil {
			step.spoil()
		}
		step.o.Dir = dir
		b := open(t, step.o)
		if !strings.Contains(b.Made(), step.made) || step.made == "" && b.Made() != "" {
			t.Errorf("%s: made %q, want %q", step.name, b.Made(), step.made)
		}
		if same := b.Fingerprint() == a.Fingerprint(); same != (step.made == "") {
			t.Errorf("%s: the same authority: %t", step.name, same)
		}
		a = b
		published, err := os.ReadFile(CertPath(dir))
		if err != nil || !bytes.Equal(published, a.PEM()) {
			t.Errorf("%s: %s is not the authority's certificate (%v)", step.name, CertPath(dir), err)
		}
	}
}

// TestLoad: what is there is given as it is, and nothing is made.
func TestLoad(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ca")
	if a, err := Load(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("where nothing is: %v, %v", a, err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something was made: %v", err)
	}
	a := open(t, Options{Dir: dir})
	b, err := Load(dir)
	if err != nil || b.Fingerprint() != a.Fingerprint() || !slices.Equal(a.Hosts(), b.Hosts()) || b.Made() != "" {
		t.Errorf("got %v, %v", b, err)
	}
	if err := os.WriteFile(filepath.Join(dir, authorityFile), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("broken: %v", err)
	}
}

// TestReadableKey: a key that others can read is refused and not used.
func TestReadableKey(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("windows keeps no modes")
	}
	dir := filepath.Join(t.TempDir(), "ca")
	open(t, Options{Dir: dir})
	if err := os.Chmod(filepath.Join(dir, authorityFile), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: dir, Hosts: guarded}); err == nil || !strings.Contains(err.Error(), "read by others") {
		t.Errorf("got %v", err)
	}
}

// TestOpenAtOnce: many that begin at once have one authority.
func TestOpenAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ca")
	prints := make(chan string)
	for range 8 {
		go func() {
			a, err := Open(Options{Dir: dir, Hosts: guarded})
			if err != nil {
				prints <- err.Error()
				return
			}
			prints <- a.Fingerprint()
		}()
	}
	first := <-prints
	for range 7 {
		if p := <-prints; p != first {
			t.Errorf("%s and %s", first, p)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, ".new-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left %q (%v)", left, err)
	}
}

func TestWrongHosts(t *testing.T) {
	for _, hosts := range [][]string{nil, {""}, {"a b"}, {"*.invalid"}, {"a..b"}, {"x:443"}, {"über.invalid"}, {strings.Repeat("a", 64)}} {
		if a, err := New(Options{Hosts: hosts}); err == nil {
			t.Errorf("%q: an authority of %q", hosts, a.Hosts())
		}
	}
}

// TestLeaves: a leaf is kept, renewed in time, of one host, and never of another.
func TestLeaves(t *testing.T) {
	now := time.Now()
	a, err := New(Options{Hosts: guarded, Lifetime: 50 * 24 * time.Hour, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	leaf := func(host string) *tls.Certificate {
		t.Helper()
		c, err := a.Leaf(host)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := leaf("INDEX.invalid")
	if c := first.Leaf; !slices.Equal(c.DNSNames, []string{"index.invalid"}) || len(c.IPAddresses) != 0 || c.NotAfter.Sub(now) > LeafLifetime {
		t.Errorf("names %q, addresses %v, until %s", c.DNSNames, c.IPAddresses, c.NotAfter)
	}
	if c := leaf("127.0.0.1").Leaf; len(c.DNSNames) != 0 || len(c.IPAddresses) != 1 {
		t.Errorf("names %q, addresses %v", c.DNSNames, c.IPAddresses)
	}
	now = now.Add(19 * 24 * time.Hour)
	if leaf("index.invalid.") != first {
		t.Error("the leaf was not kept")
	}
	now = now.Add(2 * 24 * time.Hour)
	second := leaf("index.invalid")
	if second == first {
		t.Error("the leaf was not renewed")
	}
	now = now.Add(21 * 24 * time.Hour)
	if third := leaf("index.invalid").Leaf; third.NotAfter.After(a.Certificate().NotAfter) {
		t.Error("the leaf outlives its authority")
	}
	now = now.Add(10 * 24 * time.Hour)
	if _, err := a.Leaf("index.invalid"); err == nil {
		t.Error("a leaf of an authority that has ended")
	}
	for _, host := range []string{"other.invalid", "a.index.invalid", "invalid", "127.0.0.2", ""} {
		if _, err := a.Leaf(host); err == nil || a.Covers(host) {
			t.Errorf("a leaf for %q (%v)", host, err)
		}
	}
}

// TestOwnAuthority brings an authority in files.
func TestOwnAuthority(t *testing.T) {
	dir := t.TempDir()
	theirs := open(t, Options{Dir: filepath.Join(dir, "theirs"), Hosts: []string{"index.invalid"}})
	both := filepath.Join(dir, "theirs", authorityFile)
	a, err := Open(Options{Hosts: []string{"index.invalid"}, CertFile: both, KeyFile: both})
	if err != nil {
		t.Fatal(err)
	}
	if !a.Own() || a.Fingerprint() != theirs.Fingerprint() || a.Made() != "" {
		t.Errorf("own %t, made %q", a.Own(), a.Made())
	}
	if _, err := a.Leaf("index.invalid"); err != nil {
		t.Error(err)
	}
	other := open(t, Options{Dir: filepath.Join(dir, "other")})
	for name, o := range map[string]Options{
		"not bound to the host": {Hosts: []string{"files.invalid"}, CertFile: both, KeyFile: both},
		"key of another":        {Hosts: []string{"index.invalid"}, CertFile: both, KeyFile: filepath.Join(dir, "other", authorityFile)},
		"no key":                {Hosts: []string{"index.invalid"}, CertFile: both},
		"no such file":          {Hosts: []string{"index.invalid"}, CertFile: filepath.Join(dir, "none"), KeyFile: both},
		"no key in it":          {Hosts: []string{"index.invalid"}, CertFile: both, KeyFile: CertPath(filepath.Join(dir, "theirs"))},
	} {
		if _, err := Open(o); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if a.Fingerprint() == other.Fingerprint() {
		t.Error("two authorities share a fingerprint")
	}
}

// TestBundle: what a client trusted so far stays, ours comes to it, nothing comes twice, and what we replaced goes.
func TestBundle(t *testing.T) {
	dir := t.TempDir()
	old, a := open(t, Options{Dir: filepath.Join(dir, "old")}), open(t, Options{Dir: filepath.Join(dir, "a")})
	corporate := open(t, Options{Dir: filepath.Join(dir, "b"), Hosts: []string{"corp.invalid"}})
	corporate.cert = foreign(t, corporate)
	extra := filepath.Join(dir, "extra.pem")
	if err := os.WriteFile(extra, slices.Concat(old.PEM(), corporate.PEM(), []byte("no certificate\n"), a.PEM()), 0o600); err != nil {
		t.Fatal(err)
	}
	b := Bundle{Extra: []string{extra, extra, filepath.Join(dir, "none")}}
	path := filepath.Join(dir, "new", "bundle.pem")
	n, err := b.Write(path, a)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	certs, _, err := parsePEM(text)
	if err != nil || len(certs) != n+1 {
		t.Errorf("%d certificates and ours, of %d (%v)", n, len(certs), err)
	}
	for want, count := range map[*Authority]int{a: 1, corporate: 1, old: 0} {
		if got := bytes.Count(text, want.PEM()); got != count {
			t.Errorf("%s is there %d times, want %d", want.Certificate().Subject, got, count)
		}
	}
	if again, err := b.Write(path, a); err != nil || again != n {
		t.Errorf("again: %d certificates, %v; want %d", again, err, n)
	}
}

// foreign is a root that is not ours.
func foreign(t *testing.T, a *Authority) *x509.Certificate {
	t.Helper()
	root := *a.cert
	root.RawSubject, root.Subject.CommonName = nil, "corporate root"
	der, err := x509.CreateCertificate(rand.Reader, &root, &root, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestStores: every store says what to type, names the right file, and nothing is run that a person did not ask for.
func TestStores(t *testing.T) {
	a := open(t, Options{Dir: filepath.Join(t.TempDir(), "c a")})
	target := a.TargetOf(filepath.Join("some where", "ca"))
	seen := map[string]bool{}
	for _, s := range Stores(target) {
		if s.Name == "" || s.About == "" || len(s.Trust) == 0 || len(s.Untrust) == 0 || seen[s.Name] {
			t.Errorf("store %q, %q: trust %q, untrust %q", s.Name, s.About, s.Trust, s.Untrust)
		}
		seen[s.Name] = true
		all := strings.Join(s.Trust, "\n")
		if !strings.Contains(all, "'"+target.Cert+"'") && !strings.Contains(all, "'"+target.Bundle+"'") && runtime.GOOS != "windows" {
			t.Errorf("%s does not name the quoted file: %s", s.Name, all)
		}
	}
	for _, name := range []string{"pip", "uv", "poetry", "requests", "node", "git", "conda"} {
		if !seen[name] {
			t.Errorf("no store %s", name)
		}
	}
	s := Store{Name: "none", Here: true}
	if err := s.Add(); err != ErrByHand {
		t.Errorf("got %v", err)
	}
}
