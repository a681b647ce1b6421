package proxy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"pipwarden/pypi"
	"pipwarden/upstream"
)

// maxRelease bounds the JSON of one release, in bytes; those of projects with every release in them reach 20 MiB.
const maxRelease = 64 << 20 // 64 MiB

// A release is a request for /pypi/<project>/[<version>/]json, the JSON beside the simple API, which poetry reads for what a
// release needs and which files it has.
type release struct {
	index   *upstream.Index
	name    pypi.Name
	version string // as asked for; "" = the newest
	path    string
}

// releaseAt reads such a path.
func (e *Egress) releaseAt(o origin, p string) (ix *upstream.Index, name pypi.Name, version string, ok bool) {
	parts := strings.Split(strings.TrimSuffix(p, "/"), "/")
	if len(parts) < 4 || len(parts) > 5 || parts[1] != "pypi" || parts[len(parts)-1] != "json" {
		return nil, "", "", false
	}
	name, err := pypi.ParseName(parts[2])
	if err != nil {
		return nil, "", "", false
	}
	if len(parts) == 5 {
		version = parts[3]
	}
	for _, ix := range e.Server.Upstream.Indexes() {
		if o.of(ix.URL) {
			return ix, name, version, true
		}
	}
	return nil, "", "", false
}

// serveRelease answers with what the index says of a release, less the files that its page does not list, and with the page's
// hashes and the guard's word on what is passed over.
func (e *Egress) serveRelease(w http.ResponseWriter, r *http.Request, q release) {
	s := e.Server
	l, err := s.page(r.Context(), view{index: q.index}, q.name)
	if err != nil {
		s.pageProblem(r, q.name, err).write(w, r)
		return
	}
	c, err := s.pages.content(l)
	if err != nil {
		s.pageProblem(r, q.name, err).write(w, r)
		return
	}
	page, _, hidden := s.judged(c, clientOf(r), view{index: q.index, original: true})
	if hidden {
		s.pageProblem(r, q.name, fs.ErrNotExist).write(w, r)
		return
	}
	body, err := e.fetchRelease(r, q)
	if errors.Is(err, fs.ErrNotExist) {
		problem{Status: http.StatusNotFound, Title: "No such release",
			Detail: "index " + q.index.Name + " has no JSON of " + string(q.name) + " " + phrase(q.version, 100)}.write(w, r)
		return
	}
	if err == nil {
		body, err = filterRelease(body, page)
	}
	if err != nil {
		s.pageProblem(r, q.name, err).write(w, r)
		return
	}
	h := w.Header()
	h["Content-Type"] = []string{"application/json"}
	h["Cache-Control"] = headerNoCache
	h["Etag"] = []string{`"` + digestOf(body)[:32] + `"`}
	if matchesTag(r.Header.Get("If-None-Match"), h["Etag"][0]) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	limitWrite(w, int64(len(body)))
	h["Content-Length"] = []string{itoa(len(body))}
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client has gone: nobody is left to tell
	}
}

// fetchRelease reads the JSON from the index.
func (e *Egress) fetchRelease(r *http.Request, q release) ([]byte, error) {
	u := *q.index.URL
	u.Path, u.RawPath = "/pypi/"+string(q.name)+"/json", ""
	if q.version != "" {
		u.Path = "/pypi/" + string(q.name) + "/" + q.version + "/json"
	}
	u = url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	res, err := e.Server.Upstream.File(r.Context(), upstream.FileRequest{Index: q.index, URL: u.String(), MaxBytes: maxRelease})
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(res.Body) // bounded by MaxBytes
}

// filterRelease holds a release's JSON against the judged page of its project.
func filterRelease(body []byte, page *pypi.Page) ([]byte, error) {
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(body, &doc); err != nil {
		return nil, &pypi.PageError{Project: page.Name, Reason: "its JSON cannot be read", Err: err}
	}
	// "releases" holds the same lists by version; old clients read it.
	var releases map[string][]map[string]json.RawMessage
	var urls []map[string]json.RawMessage
	if err := errors.Join(unmarshal(doc, "urls", &urls), unmarshal(doc, "releases", &releases)); err != nil {
		return nil, &pypi.PageError{Project: page.Name, Reason: "its JSON is none of a release", Err: err}
	}
	byName := make(map[string]*pypi.File, len(page.Files))
	for i := range page.Files {
		byName[page.Files[i].Filename] = &page.Files[i]
	}
	withdrawn, why := true, ""
	urls = keepListed(urls, byName)
	for _, f := range urls {
		withdrawn = withdrawn && string(f["yanked"]) == "true"
		_ = json.Unmarshal(f["yanked_reason"], &why) // null leaves it
	}
	if len(urls) > 0 && withdrawn {
		if err := withdraw(doc, why); err != nil {
			return nil, &pypi.PageError{Project: page.Name, Reason: "its JSON has no info", Err: err}
		}
	}
	for version := range releases {
		releases[version] = keepListed(releases[version], byName)
	}
	if _, ok := doc["urls"]; ok {
		doc["urls"] = marshal(urls)
	}
	if _, ok := doc["releases"]; ok {
		doc["releases"] = marshal(releases)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(doc); err != nil {
		return nil, fmt.Errorf("render the release: %w", err)
	}
	return out.Bytes(), nil
}

func unmarshal(doc map[string]json.RawMessage, key string, to any) error {
	if raw, ok := doc[key]; ok {
		return json.Unmarshal(raw, to)
	}
	return nil
}

func marshal(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("proxy: render what was parsed: " + err.Error())
	}
	return b
}

// withdraw marks the release itself as yanked.
func withdraw(doc map[string]json.RawMessage, why string) error {
	var info map[string]json.RawMessage
	if err := json.Unmarshal(doc["info"], &info); err != nil || info == nil {
		return errors.Join(err, fs.ErrNotExist)
	}
	info["yanked"], info["yanked_reason"] = marshal(true), marshal(why)
	doc["info"] = marshal(info)
	return nil
}

// keepListed keeps the files that the page lists, with the page's address, hashes and yanking.
func keepListed(files []map[string]json.RawMessage, page map[string]*pypi.File) []map[string]json.RawMessage {
	kept := []map[string]json.RawMessage{}
	for _, f := range files {
		var name string
		if f == nil || json.Unmarshal(f["filename"], &name) != nil {
			continue
		}
		listed, ok := page[name]
		if !ok {
			continue
		}
		f["url"], f["digests"] = marshal(listed.URL), marshal(listed.Hashes)
		f["yanked"], f["yanked_reason"] = marshal(listed.Yanked), json.RawMessage("null")
		if listed.Yanked {
			f["yanked_reason"] = marshal(listed.YankedReason)
		}
		delete(f, "md5_digest")
		kept = append(kept, f)
	}
	return kept
}
