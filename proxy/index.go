package proxy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"

	"pipwarden/pypi"
	"pipwarden/upstream"
)

// A view is how pages are shown.
type view struct {
	prefix   string          // path of the simple API, with a slash at its end
	index    *upstream.Index // whose pages are shown; nil = those of the index that each project comes from
	original bool            // links lead where they lead upstream
}

// ownView is the guard's own index.
var ownView = view{prefix: "/simple/"}

// page gives the listing of a project for a view. An index that is asked by name answers for no project that is another's.
func (s *Server) page(ctx context.Context, v view, name pypi.Name) (*listing, error) {
	if v.index == nil {
		return s.pages.project(ctx, name, false)
	}
	if !slices.Contains(s.Upstream.Route(name), v.index) {
		return nil, fmt.Errorf("project %q on index %s: %w", name, v.index.Name, fs.ErrNotExist)
	}
	return s.pages.fromIndex(ctx, v.index, name, false)
}

// servePage answers <prefix><project>/; rest is the path behind the prefix.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request, v view, rest string) {
	if !allowed(w, r) {
		return
	}
	raw, slash := strings.CutSuffix(rest, "/")
	name, err := pypi.ParseName(raw)
	if err != nil {
		problem{Status: http.StatusNotFound, Title: "No such project", Detail: "that is not a valid project name (PEP 508)"}.write(w, r)
		return
	}
	if string(name) != raw || !slash {
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Location", (&url.URL{Path: v.prefix + string(name) + "/"}).EscapedPath())
		w.WriteHeader(http.StatusMovedPermanently)
		return
	}
	format, ok := pypi.Negotiate(r.Header.Get("Accept"))
	if !ok {
		notAcceptable(w, r)
		return
	}
	l, err := s.page(r.Context(), v, name)
	if err != nil {
		s.pageProblem(r, name, err).write(w, r)
		return
	}
	page, err := s.render(l, format, clientOf(r), v)
	if err != nil {
		s.pageProblem(r, name, err).write(w, r)
		return
	}
	if page.hidden {
		problem{Status: http.StatusNotFound, Title: "No such project",
			Detail: "the name " + string(name) + " is reserved to another index by this guard's policy"}.write(w, r)
		return
	}
	page.serve(w, r)
}

func notAcceptable(w http.ResponseWriter, r *http.Request) {
	problem{Status: http.StatusNotAcceptable, Title: "Not acceptable",
		Detail: "this index speaks text/html and application/vnd.pypi.simple.v1 as html or json"}.write(w, r)
}

// pageProblem says why there is no page. Log and client get different words: the client none of upstream's.
func (s *Server) pageProblem(r *http.Request, name pypi.Name, err error) problem {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return problem{Status: http.StatusNotFound, Title: "No such project", Detail: "no index of this guard has the project " + string(name)}
	case r.Context().Err() != nil:
		return problem{Status: http.StatusGatewayTimeout, Title: "Gone", Detail: "the client left"}
	}
	p := fault(err)
	s.Log.Error("page not available", "project", name, "client", clientID(r), "error", err)
	p.Detail = "page of " + string(name) + ": " + p.Detail
	return p
}

// serveProjects answers /simple/ with the projects that were asked for so far. The whole list of a public index is
// not kept: installers never ask for it.
func (s *Server) serveProjects(w http.ResponseWriter, r *http.Request) {
	if !allowed(w, r) {
		return
	}
	format, ok := pypi.Negotiate(r.Header.Get("Accept"))
	if !ok {
		notAcceptable(w, r)
		return
	}
	names, err := s.Store.Projects()
	if err != nil {
		s.Log.Error("projects not readable", "error", err)
		problem{Status: http.StatusInternalServerError, Title: "Store not readable", Detail: "the guard's store cannot be read, see its log"}.write(w, r)
		return
	}
	list := pypi.ProjectList{Projects: names}
	body := list.AppendHTML(nil)
	if format == pypi.FormatJSON {
		body = list.AppendJSON(nil)
	}
	newRendered(body, format).serve(w, r)
}

// serve answers with the rendered page: strong entity tags, never a max-age (pip 26.2 and newer obey it, and a page
// must not outlive a block).
func (p *rendered) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h["Content-Type"] = p.contentType
	h["Cache-Control"] = headerNoCache
	h["Vary"] = headerPageVary
	zipped := acceptsGzip(r)
	tag := p.plainTag
	if zipped {
		tag = p.zippedTag
	}
	h["Etag"] = tag
	if matchesTag(r.Header.Get("If-None-Match"), p.plainTag[0], p.zippedTag[0]) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	limitWrite(w, int64(p.size))
	if !zipped {
		h["Content-Length"] = []string{itoa(p.size)}
		if r.Method != http.MethodHead {
			unzip(w, p.zipped)
		}
		return
	}
	h["Content-Encoding"] = headerGzip
	h["Content-Length"] = []string{itoa(len(p.zipped))}
	if r.Method != http.MethodHead {
		_, _ = w.Write(p.zipped) // the client has gone: nobody is left to tell
	}
}

// Header values that never change, shared so that a warm page costs few allocations.
var (
	headerNoCache  = []string{"no-cache"}
	headerNoStore  = []string{"no-store"}
	headerGzip     = []string{"gzip"}
	headerPageVary = []string{"Accept, Accept-Encoding, User-Agent"}
)

// unzip writes the plain form, piece by piece: a thousand slow readers of a large page must not cost a thousand pages.
// What we compressed ourselves is whole; an error is the client's leaving.
func unzip(w io.Writer, b []byte) {
	zr, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return
	}
	_, _ = io.Copy(w, zr)
}

// acceptsGzip reads Accept-Encoding (RFC 9110, 12.5.3): gzip or * listed and not with q=0.
func acceptsGzip(r *http.Request) bool {
	star := false
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, params, _ := strings.Cut(part, ";")
		coding = strings.TrimSpace(coding)
		refused := zeroQuality(params)
		switch {
		case strings.EqualFold(coding, "gzip") || strings.EqualFold(coding, "x-gzip"):
			return !refused
		case coding == "*":
			star = !refused
		}
	}
	return star
}

// zeroQuality tells whether parameters say q=0, in any of its spellings.
func zeroQuality(params string) bool {
	for p := range strings.SplitSeq(params, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(strings.TrimSpace(key), "q") {
			return strings.Trim(strings.TrimSpace(value), "0.") == ""
		}
	}
	return false
}

// matchesTag compares If-None-Match weakly (RFC 9110, 13.1.2) with our tags.
func matchesTag(header string, tags ...string) bool {
	if header == "" {
		return false
	}
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
		if part == "*" {
			return true
		}
		for _, t := range tags {
			if part == t {
				return true
			}
		}
	}
	return false
}
