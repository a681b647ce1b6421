package pypitest

import (
	"bytes"
	"net/http"
	"strings"
	"time"
)

// ServeHTTP answers pages, files and metadata files, unless a fault is due.
func (x *Index) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rec := &recorder{ResponseWriter: w, index: x, at: x.note(r)}
	x.mu.Lock()
	offline := x.offline
	x.mu.Unlock()
	if offline {
		panic(http.ErrAbortHandler)
	}
	if !x.allowed(r) {
		rec.Header().Set("WWW-Authenticate", `Basic realm="index"`)
		http.Error(rec, "authentication is needed", http.StatusUnauthorized)
		return
	}
	if f := x.due(r.URL.Path); f != nil {
		x.misbehave(rec, r, f)
		return
	}
	x.answer(rec, r)
}

func (x *Index) allowed(r *http.Request) bool {
	if x.opts.User == "" && x.opts.Password == "" {
		return true
	}
	user, password, ok := r.BasicAuth()
	return ok && user == x.opts.User && password == x.opts.Password
}

// note adds the request to the list and returns its place.
func (x *Index) note(r *http.Request) int {
	x.requestsMu.Lock()
	defer x.requestsMu.Unlock()
	x.requests = append(x.requests, Request{Method: r.Method, Path: r.URL.Path, Host: r.Host, Header: r.Header.Clone()})
	return len(x.requests) - 1
}

// recorder notes the status of an answer.
type recorder struct {
	http.ResponseWriter
	index *Index
	at    int
	done  bool
}

func (w *recorder) WriteHeader(status int) {
	if !w.done {
		w.done = true
		w.index.requestsMu.Lock()
		if w.at < len(w.index.requests) {
			w.index.requests[w.at].Status = status
		}
		w.index.requestsMu.Unlock()
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if !w.done {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(b)
}

func (w *recorder) Flush() { w.ResponseWriter.(http.Flusher).Flush() }

// answer serves what is at the path, as a faultless index does.
func (x *Index) answer(w http.ResponseWriter, r *http.Request) {
	body, contentType, ok := x.content(w, r)
	if !ok {
		return
	}
	if x.opts.NoRanges {
		r.Header.Del("Range")
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	var modified time.Time
	if !x.opts.NoETags {
		h.Set("ETag", `"`+hexSum(body)[:32]+`"`)
		if strings.HasPrefix(r.URL.Path, "/files/") {
			modified = Epoch
		}
	}
	if x.opts.NoRanges {
		w = &noRanges{w}
	}
	http.ServeContent(w, r, "", modified, bytes.NewReader(body))
}

// noRanges takes back the offer of ranges that ServeContent makes.
type noRanges struct{ http.ResponseWriter }

func (w *noRanges) WriteHeader(status int) {
	w.Header().Del("Accept-Ranges")
	w.ResponseWriter.WriteHeader(status)
}

// content finds body and type for a path. When ok is false the answer is written.
func (x *Index) content(w http.ResponseWriter, r *http.Request) (body []byte, contentType string, ok bool) {
	p := r.URL.Path
	if name, found := strings.CutPrefix(p, "/simple/"); found {
		return x.pageContent(w, r, name)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if f := x.byPath[p]; f != nil {
		return f.Data, "application/octet-stream", true
	}
	if stem, found := strings.CutSuffix(p, ".metadata"); found {
		if f := x.byPath[stem]; f != nil && f.Metadata != nil {
			return f.Metadata, "application/octet-stream", true
		}
	}
	http.NotFound(w, r)
	return nil, "", false
}

func (x *Index) pageContent(w http.ResponseWriter, r *http.Request, name string) ([]byte, string, bool) {
	json := x.wantsJSON(r.Header.Get("Accept"))
	w.Header().Set("Vary", "Accept")
	if name == "" {
		body, contentType := x.rootPage(json)
		return body, contentType, true
	}
	plain := strings.TrimSuffix(name, "/")
	if plain != Normalize(plain) || plain == name {
		http.Redirect(w, r, x.PagePath(plain), http.StatusMovedPermanently)
		return nil, "", false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	project := x.projects[plain]
	if project == nil {
		http.NotFound(w, r)
		return nil, "", false
	}
	if project.Body != nil {
		return project.Body, project.ContentType, true
	}
	if json {
		return x.jsonPage(project), jsonType, true
	}
	return x.htmlPage(project), htmlType, true
}

// wantsJSON is content negotiation in the small: JSON where the client names it.
func (x *Index) wantsJSON(accept string) bool {
	switch {
	case x.opts.HTMLOnly:
		return false
	case x.opts.JSONOnly:
		return true
	}
	return strings.Contains(accept, jsonType)
}
