package doctor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"maps"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pipwarden/installers"
)

// now is the time of all tests.
var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// examiner looks at a home with these files, by their paths below it, and environment.
func examiner(t *testing.T, env, files map[string]string) *Examiner {
	t.Helper()
	home := t.TempDir()
	for name, text := range files {
		path := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	guard, err := url.Parse("http://127.0.0.1:8791/simple/")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"HOME": home, "XDG_CONFIG_DIRS": filepath.Join(home, "etc"), "PIP_CONFIG_FILE": filepath.Join(home, "pip.conf")}
	maps.Copy(all, env)
	for k, v := range all {
		all[k] = strings.ReplaceAll(v, "{home}", home)
	}
	c := &installers.Computer{OS: "linux", Env: all, Folder: filepath.Join(home, "project")}
	return &Examiner{Computer: c, Guard: guard, Installed: func(p string) bool { return p == "pip" }, Now: func() time.Time { return now }}
}

// guarded is a pip.conf that asks the guard.
const guarded = "[global]\nindex-url = http://localhost:8791/simple/\n"

const uvLock = "[[package]]\nname = \"demo\"\nsdist = { url = \"https://files.invalid/demo-1.0.tar.gz\" }\n"

// TestFindings holds one finding each against the place that it names and the words that a person reads.
func TestFindings(t *testing.T) {
	for name, c := range map[string]struct {
		env, files map[string]string
		level      Level
		where      string // a part of it
		problem    string
	}{
		"nothing set":      {nil, nil, Bypass, "pip", "built-in index"},
		"set":              {nil, map[string]string{"pip.conf": guarded}, Fine, "pip.conf, line 2", "pip asks the guard"},
		"variable":         {map[string]string{"PIP_INDEX_URL": "https://u:secret@corp.invalid/simple/"}, map[string]string{"pip.conf": guarded}, Bypass, "PIP_INDEX_URL", "***@corp.invalid"},
		"install section":  {nil, map[string]string{"pip.conf": guarded + "[install]\nindex-url = https://corp.invalid/simple/\n"}, Bypass, "line 4", "corp.invalid"},
		"extra":            {nil, map[string]string{"pip.conf": guarded + "extra-index-url =\n  https://a.invalid/simple\n  https://b.invalid/simple\n"}, Bypass, "line 3", "https://b.invalid/simple too"},
		"extra variable":   {map[string]string{"PIP_EXTRA_INDEX_URL": "https://a.invalid/"}, nil, Bypass, "PIP_EXTRA_INDEX_URL", "a.invalid"},
		"find-links":       {map[string]string{"PIP_FIND_LINKS": "/wheels"}, nil, Bypass, "PIP_FIND_LINKS", "/wheels"},
		"no index":         {map[string]string{"PIP_NO_INDEX": "1"}, nil, Broken, "PIP_NO_INDEX", "no index is asked"},
		"trusted":          {nil, map[string]string{"pip.conf": guarded + "trusted-host = 127.0.0.1:8791\n"}, Notice, "line 3", "the guard, and keeps"},
		"broken file":      {nil, map[string]string{"pip.conf": "[global]\nx\n"}, Broken, "pip.conf", "line 2"},
		"uv":               {nil, map[string]string{".config/uv/uv.toml": "[[index]]\nurl = \"https://a.invalid\"\n\n[[index]]\nurl = \"http://127.0.0.1:8791/simple/\"\ndefault = true\n"}, Bypass, "uv.toml, line 1", "a.invalid"},
		"uv guarded":       {map[string]string{"UV_INDEX_URL": "https://old.invalid", "UV_DEFAULT_INDEX": "guard=http://127.0.0.1:8791/simple"}, nil, Fine, "UV_DEFAULT_INDEX", "uv asks the guard"},
		"uv project":       {nil, map[string]string{"project/pyproject.toml": "[tool.uv]\nextra-index-url = [\"https://a.invalid\"]\n"}, Bypass, "pyproject.toml, line 2", "a.invalid"},
		"pdm":              {nil, map[string]string{".config/pdm/config.toml": "[pypi]\nurl = \"https://a.invalid\"\n"}, Bypass, "config.toml, line 2", "pdm asks https://a.invalid"},
		"poetry":           {nil, map[string]string{"project/pyproject.toml": "[[tool.poetry.source]]\nname = \"x\"\nurl = \"http://127.0.0.1:8791/simple/\"\n[[tool.poetry.source]]\nurl = \"https://b.invalid\"\npriority = \"supplemental\"\n"}, Bypass, "line 4", "b.invalid"},
		"pipenv":           {map[string]string{"PIPENV_PYPI_MIRROR": "http://127.0.0.1:8791/simple/"}, map[string]string{"project/Pipfile": "[[source]]\nurl = \"https://a.invalid\"\n"}, Fine, "PIPENV_PYPI_MIRROR", "pipenv asks the guard"},
		"direct":           {nil, map[string]string{"project/pyproject.toml": "[project]\ndependencies = [\"demo @ git+https://code.invalid/demo\"]\n"}, Bypass, "pyproject.toml, line 2", "demo is fetched from git+https"},
		"uv source":        {nil, map[string]string{"project/pyproject.toml": "[tool.uv.sources]\ndemo = { git = \"https://code.invalid/demo\" }\n"}, Bypass, "line 2", "code.invalid"},
		"requirements":     {nil, map[string]string{"project/requirements.txt": "x"}, Bypass, "", "told by the reader of requirements.txt"},
		"lock":             {nil, map[string]string{"project/uv.lock": uvLock}, Bypass, "uv.lock, line 3", "files.invalid"},
		"lock of guard":    {nil, map[string]string{"project/uv.lock": strings.ReplaceAll(uvLock, "https://files.invalid", "http://127.0.0.1:8791")}, Fine, "uv.lock", "no file on another host"},
		"broken lock":      {nil, map[string]string{"project/uv.lock": "[["}, Notice, "uv.lock", "not what its name says"},
		"authority gone":   {map[string]string{"SSL_CERT_FILE": "{home}/gone.pem"}, nil, Broken, "SSL_CERT_FILE", "are not there"},
		"authority empty":  {map[string]string{"PIP_CERT": "{home}/ca.pem"}, map[string]string{"ca.pem": "nothing"}, Broken, "PIP_CERT", "no certificate"},
		"authority in ini": {nil, map[string]string{"pip.conf": guarded + "cert = /gone.pem\n"}, Broken, "line 3", "are not there"},
		"proxy":            {map[string]string{"http_proxy": "http://u:secret@proxy.invalid:3128"}, nil, Broken, "", "proxy.invalid:3128"},
		"cache":            {nil, map[string]string{".cache/pip/http-v2/a/b.body": "PK\x03\x04...."}, Notice, ".cache/pip", "1 files that the guard has never judged"},
		"built wheels":     {nil, map[string]string{".cache/pip/wheels/a/demo-1.0-py3-none-any.whl": "x"}, Notice, ".cache/pip", "1 wheels that it built"},
		"unpacked":         {nil, map[string]string{".cache/uv/archive-v0/abc/demo/x.py": "x", ".cache/uv/archive-v0/abc/y.py": "y"}, Notice, ".cache/uv", "1 in a form"},
	} {
		t.Run(name, func(t *testing.T) {
			x := examiner(t, c.env, c.files)
			x.Requirements = func(file string) []string { return []string{"told by the reader of " + filepath.Base(file)} }
			var all []string
			for _, f := range x.Examine(t.Context()) {
				all = append(all, f.Level.String()+" "+f.Where+": "+f.Problem)
				if f.Level == c.level && strings.Contains(f.Where, c.where) && strings.Contains(f.Problem, c.problem) {
					if f.Fix == "" && f.Level < Notice {
						t.Errorf("no fix for %+v", f)
					}
					return
				}
			}
			t.Errorf("want %s at %q: %q among\n%s", c.level, c.where, c.problem, strings.Join(all, "\n"))
		})
	}
}

// TestSecrets holds that no password of an address is told.
func TestSecrets(t *testing.T) {
	const u = "https://me:secret@corp.invalid/simple/"
	x := examiner(t, map[string]string{"PIP_INDEX_URL": u, "UV_INDEX": "x=" + u, "http_proxy": "http://me:secret@proxy.invalid", "PIP_FIND_LINKS": u},
		map[string]string{"pip.conf": "[global]\nextra-index-url = " + u + "\n", ".config/pdm/config.toml": "[pypi]\nurl = \"" + u + "\"\n"})
	for _, f := range x.Examine(t.Context()) {
		if strings.Contains(f.Where+f.Problem+f.Fix, "secret") {
			t.Errorf("%+v", f)
		}
	}
}

// TestThroughProxy holds that indexes, requirements and lock files of any host are in order behind the guard as a proxy,
// and that caches are not.
func TestThroughProxy(t *testing.T) {
	x := examiner(t, map[string]string{"HTTPS_PROXY": "http://127.0.0.1:8791", "PIP_EXTRA_INDEX_URL": "https://a.invalid"},
		map[string]string{"project/uv.lock": uvLock, ".cache/pip/wheels/a/x.whl": "x"})
	ca := authority(t)
	bundle := filepath.Join(t.TempDir(), "bundle.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	x.Authority, x.Bundle, x.Computer.Env["PIP_CERT"] = ca, bundle, bundle
	for _, f := range x.Examine(t.Context()) {
		if f.Level < Notice && f.Check != "cache" || f.Check == "cache" && f.Level != Bypass {
			t.Errorf("%+v", f)
		}
	}
	broken := func(says string) {
		t.Helper()
		list := x.Examine(t.Context())
		if !slices.ContainsFunc(list, func(f Finding) bool { return f.Level == Broken && strings.Contains(f.Problem, says) }) {
			t.Errorf("not found: %s in %+v", says, list)
		}
	}
	delete(x.Computer.Env, "PIP_CERT")
	broken("pip does not trust")
	x.Authority = nil
	broken("has no certificate authority")
}

// authority is one that no system trusts.
func authority(t *testing.T) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCaches holds cached files against what the guard has said of them.
func TestCaches(t *testing.T) {
	const good, bad, origin = "PK\x03\x04good", "PK\x03\x04bad", "sdist"
	sum := func(text string) string {
		b := sha256.Sum256([]byte(text))
		return hex.EncodeToString(b[:])
	}
	x := examiner(t, nil, map[string]string{
		".cache/pip/http-v2/1.body": good, ".cache/pip/http-v2/2.body": bad, ".cache/pip/http-v2/3": "x",
		".cache/pip/wheels/a/origin.json": `{"url": "https://x.invalid", "archive_info": {"hash": "sha256=` + sum(origin) + `"}}`,
		".cache/pypoetry/artifacts/1.whl": good,
	})
	x.Known = func(s string) Verdict {
		return map[string]Verdict{sum(good): Passed, sum(bad): Refused, sum(origin): Refused}[s]
	}
	want := map[string]Level{"2.body": Bypass, "origin.json": Bypass, "pypoetry": Fine}
	for _, f := range x.Examine(t.Context()) {
		if f.Check != "cache" {
			continue
		}
		name := filepath.Base(f.Where)
		if level, ok := want[name]; ok && level == f.Level {
			delete(want, name)
		}
	}
	if len(want) > 0 {
		t.Errorf("not found: %v in %+v", want, x.findings)
	}
}

// TestReach holds what is told of guard, upstream and clock.
func TestReach(t *testing.T) {
	down := errors.New("down")
	for _, c := range []struct {
		guard, upstream error
		skew            time.Duration
		built           time.Time
		level           Level
		check, problem  string
	}{
		{nil, nil, 0, time.Time{}, Fine, "guard", "serves"},
		{down, nil, 0, time.Time{}, Broken, "guard", "down"},
		{nil, down, 0, time.Time{}, Broken, "upstream", "down"},
		{nil, nil, time.Minute, time.Time{}, Fine, "clock", "agrees"},
		{nil, nil, time.Hour, time.Time{}, Broken, "clock", "1h0m0s behind"},
		{nil, nil, -time.Hour, time.Time{}, Broken, "clock", "1h0m0s ahead"},
		{nil, nil, 0, now.Add(time.Hour), Broken, "clock", "built later"},
	} {
		x := examiner(t, nil, nil)
		x.Built = c.built
		x.AskGuard = func(context.Context) error { return c.guard }
		x.AskUpstream = func(context.Context) (time.Time, error) { return now.Add(c.skew), c.upstream }
		found := false
		for _, f := range x.Examine(t.Context()) {
			found = found || f.Level == c.level && f.Check == c.check && strings.Contains(f.Problem, c.problem)
		}
		if !found {
			t.Errorf("%+v: not among %+v", c, x.findings)
		}
	}
}

// TestExempt holds which exceptions cover the guard.
func TestExempt(t *testing.T) {
	for list, want := range map[string]bool{"": false, "*": true, "a, 127.0.0.1": true, "127.0.0.0/8": true, "localhost": false, "10.0.0.0/8": false} {
		if exempt(list, "127.0.0.1") != want {
			t.Errorf("%q: %v", list, !want)
		}
	}
}
