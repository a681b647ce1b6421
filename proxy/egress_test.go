package proxy

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pipwarden/internal/pypitest"
	"pipwarden/upstream"
)

func TestEgressPageKeepsAddresses(t *testing.T) {
	e := startEgress(t, nil)
	f := e.add(pypitest.Wheel("Demo_Pkg", "1.0"))
	e.add(pypitest.Sdist("Demo_Pkg", "1.0"))
	for _, accept := range []string{jsonType, "text/html"} {
		a := e.ask(http.MethodGet, e.origin+"/simple/demo-pkg/", "Accept", accept)
		if a.status != http.StatusOK || !strings.Contains(a.body, f.URL) || !strings.Contains(a.body, f.SHA256) {
			t.Errorf("%s: %d, without the file's address\n%s", accept, a.status, a.body)
		}
		if strings.Contains(a.body, "blocked") || strings.Contains(a.body, "../") {
			t.Errorf("%s: the guard's own paths are in the page\n%s", accept, a.body)
		}
		if again := e.ask(http.MethodGet, e.origin+"/simple/demo-pkg/", "Accept", accept, "If-None-Match", a.header.Get("ETag")); again.status != http.StatusNotModified {
			t.Errorf("%s again: %d", accept, again.status)
		}
	}
	if a := e.ask(http.MethodGet, e.origin+"/simple/Demo_Pkg", "Accept", jsonType); a.status != http.StatusMovedPermanently || a.header.Get("Location") != "/simple/demo-pkg/" {
		t.Errorf("a name as written: %d to %q", a.status, a.header.Get("Location"))
	}
	if a := e.ask(http.MethodGet, e.origin+"/simple/none/"); a.status != http.StatusNotFound {
		t.Errorf("a project that is not there: %d", a.status)
	}
	// The guard's own index shows the same listing at its own paths, from the same memory.
	own := e.get("/simple/demo-pkg/", "Accept", jsonType)
	if own.status != http.StatusOK || !strings.Contains(own.body, "../../files/") {
		t.Errorf("the index beside: %d\n%s", own.status, own.body)
	}
	if n := e.index.Count(e.index.PagePath("demo-pkg")); n != 1 {
		t.Errorf("five fresh requests cost upstream %d", n)
	}
}

// TestEgressLockedFiles: files by their address, with no page asked for by the client before.
func TestEgressLockedFiles(t *testing.T) {
	e := startEgress(t, nil)
	w, s := e.add(pypitest.Wheel("demo", "1.0")), e.add(pypitest.Sdist("a-b", "1.0"))
	odd := e.index.AddFile("a-b", &pypitest.File{Filename: "a-b-2.0-1.tar.gz", Data: s.Data})
	e.index.Update(func() { odd.URL = e.origin + odd.Path })
	bad := e.add(pypitest.Wheel("bad", "1.0", "bad.pth", "import base64; exec(base64.b64decode('cGFzcw=='))\n"))
	for _, c := range []struct {
		name, method, address string
		header                []string
		status                int
		says                  string // in the reason phrase
		body                  string
	}{
		{name: "wheel", address: w.URL, status: http.StatusOK, body: string(w.Data)},
		{name: "wheel's header", method: http.MethodHead, address: w.URL, status: http.StatusOK},
		{name: "part", address: w.URL, header: []string{"Range", "bytes=1-3"}, status: http.StatusPartialContent, body: string(w.Data[1:4])},
		{name: "metadata", address: w.URL + ".metadata", status: http.StatusOK, body: string(w.Metadata)},
		{name: "sdist of a name with a dash", address: s.URL, status: http.StatusOK, body: string(s.Data)},
		{name: "name that can be split in two ways", address: odd.URL, status: http.StatusOK, body: string(s.Data)},
		{name: "malicious", address: bad.URL, status: http.StatusForbidden, says: "Blocked by pipwarden: bad 1.0"},
		{name: "malicious, part", address: bad.URL, header: []string{"Range", "bytes=0-0"}, status: http.StatusForbidden, says: "Blocked by pipwarden: bad 1.0"},
		{name: "malicious, metadata", address: bad.URL + ".metadata", status: http.StatusForbidden, says: "Blocked by pipwarden: bad 1.0"},
		{name: "another address", address: e.origin + "/elsewhere/" + w.Filename, status: http.StatusForbidden, says: "no index page lists"},
		{name: "another version", address: strings.ReplaceAll(w.URL, "1.0", "1.1"), status: http.StatusForbidden, says: "no index page lists"},
		{name: "another query", address: w.URL + "?x=1", status: http.StatusForbidden, says: "no index page lists"},
		{name: "unknown project", address: e.origin + "/files/none-1.0.tar.gz", status: http.StatusForbidden, says: "no index page lists"},
		{name: "something else", address: e.origin + "/account/", status: http.StatusForbidden, says: "this address is none of them"},
		{name: "two readings", address: e.origin + "/files/..%2f" + w.Filename, status: http.StatusBadRequest},
	} {
		if c.method == "" {
			c.method = http.MethodGet
		}
		a := e.ask(c.method, c.address, c.header...)
		if a.status != c.status || !strings.Contains(a.phrase, c.says) || c.body != "" && a.body != c.body {
			t.Errorf("%s: %d %s, %d bytes; want %d and %q", c.name, a.status, a.phrase, len(a.body), c.status, c.says)
		}
	}
	if why := e.ask(http.MethodGet, bad.URL).header.Get("Link"); !strings.HasPrefix(why, "<http://guard.invalid/-/why/main.bad.") {
		t.Errorf("the refusal is explained at %q", why)
	}
}

// TestEgressShowsPdmWhy: pdm shows an address and nothing else.
func TestEgressShowsPdmWhy(t *testing.T) {
	e := startEgress(t, nil)
	bad := e.add(pypitest.Wheel("bad", "1.0", "bad.pth", "import base64; exec(base64.b64decode('cGFzcw=='))\n"))
	const agent = "pdm/2.29.3 (CPython/3.11.7; Linux)"
	for _, suffix := range []string{"", ".metadata"} {
		a := e.ask(http.MethodGet, bad.URL+suffix, "User-Agent", agent)
		to := a.header.Get("Location")
		if a.status != http.StatusFound || !strings.HasPrefix(to, "/-/pipwarden/blocked/malicious/main.bad.") {
			t.Fatalf("%d to %q", a.status, to)
		}
		if a := e.ask(http.MethodGet, e.origin+to, "User-Agent", agent); a.status != http.StatusForbidden || !strings.Contains(a.phrase, "bad 1.0") {
			t.Errorf("there: %d %s", a.status, a.phrase)
		}
	}
	if a := e.ask(http.MethodGet, e.origin+"/-/pipwarden/blocked/x/main.bad.00000000000000000000/bad.whl"); a.status != http.StatusNotFound {
		t.Errorf("an id that is none: %d", a.status)
	}
}

// TestEgressRelease: the JSON beside the simple API says of files what the page says.
func TestEgressRelease(t *testing.T) {
	e := startEgress(t, nil)
	w := e.add(pypitest.Wheel("demo", "1.0"))
	young := pypitest.Wheel("demo", "2.0")
	young.UploadTime = time.Unix(0, e.now.Load()).Add(-time.Hour)
	y := e.add(young)
	doc := func(f *pypitest.File) string {
		return `{"info":{"name":"demo","version":"1.0","yanked":false,"extra":"<kept>"},"last_serial":7,"urls":[` +
			`{"filename":"` + f.Filename + `","url":"https://elsewhere.invalid/x","digests":{"sha256":"00"},"yanked":false,"size":1},` +
			`{"filename":"demo-9.9.tar.gz","url":"https://elsewhere.invalid/y","digests":{"sha256":"11"}}]}`
	}
	e.index.Fail("/pypi/demo/1.0/json", pypitest.Fault{Body: doc(w), ContentType: "application/json"})
	e.index.Fail("/pypi/demo/2.0/json", pypitest.Fault{Body: doc(y), ContentType: "application/json"})
	type release struct {
		Info struct {
			Yanked bool   `json:"yanked"`
			Why    string `json:"yanked_reason"`
			Extra  string `json:"extra"`
		} `json:"info"`
		Serial int `json:"last_serial"`
		URLs   []struct {
			Filename, URL string
			Digests       map[string]string
			Yanked        bool
		} `json:"urls"`
	}
	for version, f := range map[string]*pypitest.File{"1.0": w, "2.0": y} {
		a := e.ask(http.MethodGet, e.origin+"/pypi/demo/"+version+"/json")
		var r release
		if err := json.Unmarshal([]byte(a.body), &r); err != nil || a.status != http.StatusOK {
			t.Fatalf("%s: %d, %v\n%s", version, a.status, err, a.body)
		}
		if len(r.URLs) != 1 || r.URLs[0].URL != f.URL || r.URLs[0].Digests["sha256"] != f.SHA256 || r.Serial != 7 || r.Info.Extra != "<kept>" {
			t.Errorf("%s: %s", version, a.body)
		}
		if waits := version == "2.0"; r.Info.Yanked != waits || r.URLs[0].Yanked != waits || waits && !strings.Contains(r.Info.Why, "waits") {
			t.Errorf("%s: yanked %t, %q", version, r.Info.Yanked, r.Info.Why)
		}
	}
	for _, path := range []string{"/pypi/none/1.0/json", "/pypi/demo/3.0/json"} {
		if a := e.ask(http.MethodGet, e.origin+path); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

// TestEgressUploads: by the configuration, and what they carry is told nobody.
func TestEgressUploads(t *testing.T) {
	for _, pass := range []bool{false, true} {
		e := startEgress(t, func(e *Egress) { e.Uploads = pass })
		a := e.askWith(e.client(), http.MethodPost, e.origin+"/legacy/", strings.NewReader("form"), "Authorization", "Basic c2VjcmV0OnNlY3JldA==", "Proxy-Authorization", "Basic aGlkZGVu")
		got := e.index.Requests()
		switch {
		case pass && (a.status != http.StatusNotFound || len(got) != 1 || got[0].Method != http.MethodPost || got[0].Header.Get("Authorization") == ""):
			t.Errorf("handed on: %d, upstream got %v", a.status, got)
		case pass && got[0].Header.Get("Proxy-Authorization") != "":
			t.Error("the proxy's credentials went upstream")
		case !pass && (a.status != http.StatusForbidden || len(got) != 0 || !strings.Contains(a.phrase, "egress.uploads")):
			t.Errorf("refused: %d %s, upstream got %v", a.status, a.phrase, got)
		}
		for _, secret := range []string{"c2VjcmV0", "secret", "aGlkZGVu", "hidden"} {
			if strings.Contains(e.log.String(), secret) {
				t.Errorf("the log holds %q:\n%s", secret, e.log)
			}
		}
	}
}

// TestEgressLearns: a host on which a page lists files is guarded from then on, and told once.
func TestEgressLearns(t *testing.T) {
	var mu sync.Mutex
	var told []string
	e := startEgress(t, func(e *Egress) {
		e.OnLearned = func(_, host string) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, host)
		}
	})
	f := e.index.Add(pypitest.Wheel("demo", "1.0"))
	e.index.Update(func() { f.URL = "https://new.invalid" + f.Path })
	at := upstream.Address{Host: "new.invalid", Port: "443"}
	if e.egress.guards.find(at) != placeOther {
		t.Fatal("guarded before it was seen")
	}
	for range 2 {
		if a := e.ask(http.MethodGet, e.origin+"/simple/demo/"); a.status != http.StatusOK {
			t.Fatalf("page: %d", a.status)
		}
		e.advance(time.Hour)
	}
	if e.egress.guards.find(at) != placeGuarded || e.egress.guards.find(upstream.Address{Host: "new.invalid", Port: "8443"}) != placeOdd {
		t.Error("not guarded after it was seen")
	}
	mu.Lock()
	defer mu.Unlock()
	if !slices.Equal(told, []string{"new.invalid"}) {
		t.Errorf("told of %q", told)
	}
	// It has no certificate here, and is not connected untouched either.
	if a := e.ask(http.MethodGet, f.URL); !strings.Contains(a.phrase, "Forbidden") && !strings.Contains(a.phrase, "no certificate yet") {
		t.Errorf("%d %s", a.status, a.phrase)
	}
}

// TestFileHosts asks an index where its files lie.
func TestFileHosts(t *testing.T) {
	e := startEgress(t, nil)
	ix := e.Upstream.Indexes()[0]
	if hosts, err := FileHosts(t.Context(), e.Upstream, ix); err == nil {
		t.Errorf("an index without any such project: %q", hosts)
	}
	f := e.index.Add(pypitest.Wheel("setuptools", "1.0"))
	e.index.Update(func() { f.URL = "https://files.invalid:8443" + f.Path })
	if hosts, err := FileHosts(t.Context(), e.Upstream, ix); err != nil || !slices.Equal(hosts, []string{"files.invalid:8443"}) {
		t.Errorf("got %q, %v", hosts, err)
	}
	private := *ix
	private.Reserved = []string{"corp-*"}
	e.index.Forget()
	if hosts, err := FileHosts(t.Context(), e.Upstream, &private); err != nil || hosts != nil || e.index.Count("") != 0 {
		t.Errorf("an index of reserved names: %q, %v, asked %d times", hosts, err, e.index.Count(""))
	}
}
