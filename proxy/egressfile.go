package proxy

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path"
	"slices"
	"strings"

	"pipwarden/pypi"
	"pipwarden/upstream"
)

// maxCandidates bounds the projects that a file name could be of: "a-b-1.0-2.tar.gz" is of a, a-b or a-b-1.0.
const maxCandidates = 8

// blockedPrefix begins the paths, in guarded hosts, to which clients are sent for a refusal's reason.
const blockedPrefix = "/-/pipwarden/blocked/"

// serveGuarded answers a request to a guarded host: a page, a release's JSON, a file or its metadata. Nothing else is fetched
// there for a client, since nobody could say what it is.
func (e *Egress) serveGuarded(w http.ResponseWriter, r *http.Request, o origin) {
	ctx := context.WithValue(r.Context(), baseKey{}, e.Base)
	r = r.WithContext(context.WithValue(ctx, blockedKey{}, blockedPrefix))
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		e.serveUpload(w, r, o)
		return
	}
	if r.ContentLength != 0 {
		w.Header().Set("Connection", "close")
		problem{Status: http.StatusRequestEntityTooLarge, Title: "No body", Detail: "no request to this index has a body"}.write(w, r)
		return
	}
	p, ok := cleanPath(r.URL)
	if !ok {
		problem{Status: http.StatusBadRequest, Title: "Bad path", Detail: "the path does not mean the same to every reader"}.write(w, r)
		return
	}
	if ix, rest, ok := e.indexAt(o, p); ok {
		if rest == "" {
			e.Server.serveProjects(w, r)
			return
		}
		e.Server.servePage(w, r, view{prefix: ix.URL.Path, index: ix, original: true}, rest)
		return
	}
	if rest, ok := strings.CutPrefix(p, blockedPrefix); ok {
		e.Server.serveFilePath(w, r, blockedDir+"/"+rest)
		return
	}
	if ix, name, version, ok := e.releaseAt(o, p); ok {
		e.serveRelease(w, r, release{ix, name, version, p})
		return
	}
	e.serveLocked(w, r, o, p)
}

// indexAt gives the index whose simple API a path lies in, the innermost of several, and what is behind its root.
func (e *Egress) indexAt(o origin, p string) (found *upstream.Index, rest string, ok bool) {
	for _, ix := range e.Server.Upstream.Indexes() {
		if !o.of(ix.URL) || found != nil && len(found.URL.Path) >= len(ix.URL.Path) {
			continue
		}
		if r, below := strings.CutPrefix(p, ix.URL.Path); below && strings.Count(strings.TrimSuffix(r, "/"), "/") == 0 && !isFile(r) {
			found, rest, ok = ix, r, true
		}
	}
	return found, rest, ok
}

// isFile tells a file's name from a project's page: files may lie right below the root of an index.
func isFile(rest string) bool {
	if strings.HasSuffix(rest, "/") {
		return false
	}
	return len(candidates(strings.TrimSuffix(rest, metadataExt))) > 0
}

// serveLocked answers for a file by its address upstream: what lock files hold, and direct links.
func (e *Egress) serveLocked(w http.ResponseWriter, r *http.Request, o origin, p string) {
	s := e.Server
	f, err := e.findLocked(r.Context(), o, r.URL, p)
	var nl *notListed
	switch {
	case errors.As(err, &nl):
		s.Log.Warn("address refused, no page lists it", "host", o.at.String(), "path", p, "client", clientID(r))
		problem{Status: http.StatusForbidden, Title: "Blocked by pipwarden", Detail: "Blocked by pipwarden: " + nl.detail}.write(w, r)
	case err != nil:
		s.fileProblem(r, path.Base(p), err).write(w, r)
	case f.metadata:
		s.serveMetadata(w, r, f)
	default:
		s.serveFile(w, r, f)
	}
}

// findLocked finds the file that an index lists at an address. The project is read from the file's name; what the file is, its
// page says.
func (e *Egress) findLocked(ctx context.Context, o origin, u *url.URL, p string) (found, error) {
	plain, meta := strings.CutSuffix(p, metadataExt)
	filename := path.Base(plain)
	names := candidates(filename)
	if len(names) == 0 {
		return found{}, &notListed{"this host is guarded: index pages and the files that they list pass, and this address is none of them"}
	}
	want := address{origin: o, path: plain, query: u.RawQuery}
	for _, force := range [...]bool{false, true} {
		for _, name := range names {
			f, err := e.listedAt(ctx, want, name, filename, force)
			if err != nil || f.l != nil {
				f.metadata = meta
				return f, err
			}
		}
	}
	return found{}, &notListed{"no index page lists " + phrase(filename, 100) + " at this address"}
}

// An address is that of a file at its index.
type address struct {
	origin
	path, query string // the path decoded, with doubled slashes folded
}

// is tells whether a link of a page leads to the address.
func (a address) is(link string) bool {
	u, err := url.Parse(link)
	if err != nil || !a.of(u) || u.RawQuery != a.query {
		return false
	}
	p, ok := cleanPath(u)
	return ok && p == a.path
}

// listedAt looks for the file on the pages of one project. A zero found says that no page has it.
func (e *Egress) listedAt(ctx context.Context, want address, name pypi.Name, filename string, force bool) (found, error) {
	s := e.Server
	for _, ix := range s.Upstream.Route(name) {
		l, err := s.pages.fromIndex(ctx, ix, name, false)
		if err == nil && force && s.Now().Sub(l.checked) >= recheckAfter {
			l, err = s.pages.fromIndex(ctx, ix, name, true)
		}
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return found{}, err
		}
		c, err := s.pages.release(l, filename)
		if err != nil {
			return found{}, err
		}
		if i, ok := c.files[filename]; ok && want.is(c.page.Files[i].URL) {
			return found{l: c, i: i}, nil
		}
	}
	return found{}, nil
}

// candidates are the projects that a file name could be of, the shortest first; none when it is no distribution's.
func candidates(filename string) []pypi.Name {
	if f, err := pypi.ParseFilename(filename, ""); err == nil {
		return []pypi.Name{f.Project}
	}
	var names []pypi.Name
	for i := range len(filename) {
		if filename[i] != '-' || len(names) == maxCandidates {
			continue
		}
		name, err := pypi.ParseName(filename[:i])
		if err != nil || slices.Contains(names, name) {
			continue
		}
		if f, err := pypi.ParseFilename(filename, name); err == nil && f.Kind != pypi.KindUnknown {
			names = append(names, name)
		}
	}
	return names
}

// serveUpload hands a request that changes something on, or refuses it. What it carries, credentials among it, is neither read
// nor logged.
func (e *Egress) serveUpload(w http.ResponseWriter, r *http.Request, o origin) {
	if !e.Uploads || r.Method == http.MethodTrace {
		e.log.Warn("upload refused", "host", o.at.String(), "client", clientID(r), "rule", "egress.uploads")
		w.Header().Set("Connection", "close") // the body is not read
		problem{Status: http.StatusForbidden, Title: "Blocked by pipwarden",
			Detail: "Blocked by pipwarden: uploads and other changes at a guarded host are refused, see egress.uploads"}.write(w, r)
		return
	}
	e.log.Info("upload handed on", "host", o.at.String(), "client", clientID(r))
	pass := httputil.ReverseProxy{
		Transport: e.outlet,
		ErrorLog:  e.inner.ErrorLog,
		Rewrite: func(pr *httputil.ProxyRequest) {
			pr.Out.URL.Scheme, pr.Out.URL.Host, pr.Out.Host = o.scheme, o.at.String(), r.Host
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) { e.outsideFault(r, err).write(w, r) },
	}
	pass.ServeHTTP(newSteady(w, r, e.IdleTimeout), steadyBody(w, r, e.IdleTimeout))
}
