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
	"strings"
	"time"

	"pipwarden/cache"
	"pipwarden/gate"
	"pipwarden/policy"
	"pipwarden/pypi"
)

const (
	// slowestReader is the rate below which a client is taken for gone, in bytes per second.
	slowestReader = 8 << 10 // 8 KiB/s
	// writeGrace is what every answer may take, whatever its size.
	writeGrace = time.Minute
	// recheckAfter is how old a page must be before a file that it does not list makes us ask upstream again.
	recheckAfter = 5 * time.Second
	// idDigits makes an id long enough that nobody can make two files share one, which takes 2^40 tries.
	idDigits    = 20
	metadataExt = ".metadata"
	blockedDir  = "blocked"
)

// filePath is the link of the i-th file, relative to its project's page: so that pages do not depend on the name under
// which the guard is reached.
func filePath(l *content, i int, d policy.Decision) string {
	f := &l.page.Files[i]
	if d.Action == policy.Block {
		return "../../files/" + blockedDir + "/" + slug(d) + "/" + fileID(l, i) + "/" + url.PathEscape(f.Filename)
	}
	return "../../files/" + l.index.Name + "/" + string(l.name) + upstreamPath(f)
}

// upstreamPath is the escaped path of the file at its index, without a query: it begins with a slash. A path that two
// readers could read in two ways is not repeated: the file's name alone stands for it.
func upstreamPath(f *pypi.File) string {
	u, err := url.Parse(f.URL)
	if err != nil {
		return "/" + url.PathEscape(f.Filename)
	}
	if p, ok := cleanPath(u); !ok || p == "/" || p != u.Path {
		return "/" + url.PathEscape(f.Filename)
	}
	return u.EscapedPath()
}

// plainPath is upstreamPath decoded, as it comes back in requests.
func plainPath(f *pypi.File) string {
	p, err := url.PathUnescape(upstreamPath(f))
	if err != nil {
		return "/" + f.Filename
	}
	return p
}

// slug is the reason in a path: pdm shows nothing else to a person.
func slug(d policy.Decision) string {
	if len(d.Reasons) == 0 || d.Reasons[0].Code == "" {
		return "not-decided"
	}
	return d.Reasons[0].Code
}

// fileID names a file of a listing for people and paths: index, project, and twenty hex digits of what the index says
// the file is. Another file under the same name gets another id.
func fileID(l *content, i int) string {
	f := &l.page.Files[i]
	identity := f.Filename + "\x00" + f.Hashes["sha256"]
	if f.Hashes["sha256"] == "" {
		identity += f.URL
	}
	return l.index.Name + "." + string(l.name) + "." + digestOf([]byte(identity))[:idDigits]
}

// A found file is one that the page of its index lists. The page says what it is; the client only names it.
type found struct {
	l        *content
	i        int
	metadata bool // the request is for the .metadata beside it
}

// notListed says that a path names no listed file; it is a fs.ErrNotExist for people.
type notListed struct{ detail string }

func (e *notListed) Error() string        { return e.detail }
func (e *notListed) Is(target error) bool { return target == fs.ErrNotExist }

// serveFilePath answers what lies under /files/.
func (s *Server) serveFilePath(w http.ResponseWriter, r *http.Request, rest string) {
	if !allowed(w, r) {
		return
	}
	f, err := s.find(r.Context(), rest)
	if err != nil {
		var nl *notListed
		if errors.As(err, &nl) {
			problem{Status: http.StatusNotFound, Title: "Not listed", Detail: nl.detail}.write(w, r)
			return
		}
		s.fileProblem(r, "", err).write(w, r)
		return
	}
	if f.metadata {
		s.serveMetadata(w, r, f)
		return
	}
	s.serveFile(w, r, f)
}

// find looks up the file that a path below /files/ names, asking upstream again before it says that there is none.
func (s *Server) find(ctx context.Context, rest string) (found, error) {
	f, err := s.findOnce(ctx, rest, false)
	var nl *notListed
	if errors.As(err, &nl) {
		f, err = s.findOnce(ctx, rest, true)
	}
	return f, err
}

func (s *Server) findOnce(ctx context.Context, rest string, force bool) (found, error) {
	if blocked, ok := strings.CutPrefix(rest, blockedDir+"/"); ok {
		return s.findBlocked(ctx, blocked, force)
	}
	index, tail, _ := strings.Cut(rest, "/")
	project, path, ok := strings.Cut(tail, "/")
	name, err := pypi.ParseName(project)
	if !ok || err != nil || string(name) != project {
		return found{}, &notListed{"files are at /files/<index>/<project>/<path of the file at its index>"}
	}
	l, err := s.listingFor(ctx, index, name, force)
	if err != nil {
		return found{}, err
	}
	path = "/" + path
	plain, meta := strings.CutSuffix(path, metadataExt)
	filename := plain[strings.LastIndexByte(plain, '/')+1:]
	c, err := s.pages.release(l, filename)
	if err != nil {
		return found{}, err
	}
	// Paths arrive decoded, with doubled slashes folded; upstream's is compared in that form too.
	if i, listed := c.files[filename]; listed && plainPath(&c.page.Files[i]) == plain {
		return found{c, i, meta}, nil
	}
	return found{}, &notListed{fmt.Sprintf("the page of %s on index %s does not list this file", name, index)}
}

// findBlocked looks up <why>/<id>/<filename>. The reason in the path is what it was when the page was made; what
// holds is decided anew.
func (s *Server) findBlocked(ctx context.Context, rest string, force bool) (found, error) {
	parts := strings.Split(rest, "/")
	if len(parts) != 3 {
		return found{}, &notListed{"refused files are at /files/blocked/<why>/<id>/<filename>"}
	}
	l, i, err := s.byID(ctx, parts[1], force)
	if err != nil {
		return found{}, err
	}
	switch name := l.page.Files[i].Filename; parts[2] {
	case name:
		return found{l, i, false}, nil
	case name + metadataExt:
		return found{l, i, true}, nil
	}
	return found{}, &notListed{"the id in this path is that of another file"}
}

// byID looks up the file that an id names.
func (s *Server) byID(ctx context.Context, id string, force bool) (*content, int, error) {
	parts := strings.Split(id, ".")
	if len(parts) != 3 {
		return nil, 0, &notListed{"an id is <index>.<project>.<twenty hex digits>"}
	}
	name, err := pypi.ParseName(parts[1])
	if err != nil || string(name) != parts[1] {
		return nil, 0, &notListed{"the id names no valid project"}
	}
	l, err := s.listingFor(ctx, parts[0], name, force)
	if err != nil {
		return nil, 0, err
	}
	c, err := s.pages.content(l)
	if err != nil {
		return nil, 0, err
	}
	for i := range c.page.Files {
		if fileID(c, i) == id {
			return c, i, nil
		}
	}
	return nil, 0, &notListed{fmt.Sprintf("the page of %s no longer lists the file with this id", name)}
}

// listingFor gives the project's page, provided that the index of that name is the one the project comes from.
func (s *Server) listingFor(ctx context.Context, index string, name pypi.Name, force bool) (*listing, error) {
	l, err := s.pages.project(ctx, name, false)
	if err == nil && force && s.Now().Sub(l.checked) >= recheckAfter {
		l, err = s.pages.project(ctx, name, true)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &notListed{"no index of this guard has the project " + string(name)}
	}
	if err != nil {
		return nil, err
	}
	if l.index.Name != index {
		return nil, &notListed{fmt.Sprintf("the project %s comes from the index %s of this guard", name, l.index.Name)}
	}
	return l, nil
}

// serveFile admits and serves a file: whole, in part, or its header only. All of them pass the gate.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, f found) {
	req := s.requestFor(r, f, purposeOf(r))
	t := s.Gate.Start(req)
	defer t.Close()
	sent, err := s.await(w, r, f, t)
	if err != nil {
		return // the client left; the work goes on for the next one
	}
	a, err := t.Result()
	if err != nil {
		if sent > 0 {
			abort()
		}
		s.fileProblem(r, f.l.page.Files[f.i].Filename, err).write(w, r)
		return
	}
	defer a.Close()
	if a.Decision.Action == policy.Block || a.Blob == nil {
		if sent > 0 {
			abort() // uv comes back and gets the refusal
		}
		s.refuse(w, r, f, a.Decision)
		return
	}
	if sent > 0 {
		s.sendRest(w, a.Blob, sent)
		return
	}
	s.send(w, r, req.Client, a)
}

// abort cuts the connection, so that the client cannot take what it has for the whole file.
func abort() { panic(http.ErrAbortHandler) }

func purposeOf(r *http.Request) gate.Purpose {
	switch {
	case r.Method == http.MethodHead:
		return gate.Head
	case r.Header.Get("Range") != "":
		return gate.Range
	}
	return gate.Serve
}

// send serves an admitted file. The content type is ours: pip unpacks by what the server says it is.
func (s *Server) send(w http.ResponseWriter, r *http.Request, c pypi.Client, a *gate.Admission) {
	h := w.Header()
	h["Content-Type"] = headerOctets
	h["Etag"] = []string{`"` + a.SHA256 + `"`}
	h["Cache-Control"] = headerNoCache
	if s.NoStore || c.Tool == "uv" {
		// uv sync --frozen asks for nothing that it may keep, and so would outlive a block.
		h["Cache-Control"] = headerNoStore
	}
	limitWrite(w, a.Blob.Size())
	if b, ok := a.Blob.Bytes(); ok {
		if unconditional(r) {
			h["Accept-Ranges"] = headerBytes
			h["Content-Length"] = []string{itoa(len(b))}
			_, _ = w.Write(b) // one system call; the client has gone when it fails
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
		return
	}
	file, err := a.Blob.File()
	if err != nil {
		s.fileProblem(r, "", &gate.StoreError{Filename: a.SHA256, Err: err}).write(w, r)
		return
	}
	defer file.Close()
	http.ServeContent(w, r, "", time.Time{}, file)
}

var (
	headerOctets = []string{"application/octet-stream"}
	headerBytes  = []string{"bytes"}
)

// unconditional tells whether the request is for the whole file whatever the client has of it.
func unconditional(r *http.Request) bool {
	if r.Method != http.MethodGet {
		return false
	}
	for _, key := range [...]string{"Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"} {
		if len(r.Header[key]) > 0 {
			return false
		}
	}
	return true
}

// limitWrite ends the answer to a client that reads too slowly or not at all.
func limitWrite(w http.ResponseWriter, size int64) {
	limit := writeGrace + time.Duration(size/slowestReader)*time.Second
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(limit)) // without deadlines the server's own limit holds
}

// sendRest serves what follows the bytes that kept the client alive, if the file begins with them.
func (s *Server) sendRest(w http.ResponseWriter, b *cache.Blob, sent int) {
	head := make([]byte, sent)
	if _, err := b.ReadAt(head, 0); err != nil || !bytes.HasPrefix(magicOf(head), head) {
		abort()
	}
	limitWrite(w, b.Size())
	if _, err := io.Copy(w, io.NewSectionReader(b, int64(sent), b.Size()-int64(sent))); err != nil {
		abort()
	}
}

// serveMetadata answers <file>.metadata: of a wheel, and only of one that is not refused. It is also the sign that
// the wheel will be wanted, so its scan starts in advance.
func (s *Server) serveMetadata(w http.ResponseWriter, r *http.Request, f found) {
	if f.l.page.Files[f.i].Parsed.Kind != pypi.KindWheel {
		problem{Status: http.StatusNotFound, Title: "No metadata", Detail: "only wheels have core metadata here"}.write(w, r)
		return
	}
	req := s.requestFor(r, f, gate.Metadata)
	var body []byte
	var d policy.Decision
	var failed error
	done := make(chan struct{})
	go func() {
		defer close(done)
		body, d, failed = s.Gate.Metadata(r.Context(), req)
	}()
	if err := s.keepAlive(w, r, req.Client, done); err != nil {
		return
	}
	if failed != nil {
		s.fileProblem(r, req.File.Filename, failed).write(w, r)
		return
	}
	if d.Action == policy.Block {
		s.refuse(w, r, f, d)
		return
	}
	if r.Method == http.MethodGet {
		s.Gate.Prefetch(req)
	}
	limitWrite(w, int64(len(body)))
	h := w.Header()
	h["Content-Type"] = headerOctets
	h["Cache-Control"] = headerNoCache
	h["Etag"] = []string{`"` + digestOf(body)[:32] + `"`}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func (s *Server) requestFor(r *http.Request, f found, p gate.Purpose) gate.Request {
	req := s.request(f.l, f.i, clientOf(r))
	req.ClientID, req.Session, req.Purpose = clientID(r), sessionOf(r), p
	return req
}
