// Package proxy is the index that installers talk to: the simple repository API (PEP 503, 691, 700, 714, 592, 658, 708,
// 740, 792) and the files behind it, over HTTP.
//
// It decides nothing. Pages show what the gate says of each file, and a file is served only when [gate.Gate] has
// admitted it; everything else in this package is about saying so in the way that each client understands:
//
//	GET /simple/                                       the projects asked for so far
//	GET /simple/<project>/                             one project's page, HTML or JSON
//	GET /files/<index>/<project>/<upstream path>       a file; the path upstream uses is kept behind our prefix, so
//	                                                   that addresses in lock files can be mapped back
//	GET /files/blocked/<why>/<id>/<filename>           where a page lists a refused file; the path says why, because
//	                                                   some clients show nothing else, and because a file that moves
//	                                                   here leaves every client's cache behind
//	GET <any of these>.metadata                        a wheel's core metadata (PEP 658)
//	GET /-/why/<id>                                    why a file is refused, as HTML, text or JSON
//	GET /-/files/<project>                             the ids of a project's files, as JSON
//	GET /-/healthz, /-/readyz, /-/status               for supervisors and people
//	GET /-/events, POST /-/sessions                    with the token of the guard, for pipwarden itself; events also
//	                                                   for tokens of administrators
//
// Nothing of a file is sent before its decision: with the last eight bytes held back, pip up to 25.0 builds and
// installs a source distribution all the same. What keeps a client alive meanwhile is in wait.go.
package proxy

import (
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"pipwarden/cache"
	"pipwarden/gate"
	"pipwarden/policy"
	"pipwarden/upstream"
)

// A Server answers installers. Its fields are read at the first request and must not change afterwards.
type Server struct {
	// Gate decides, Store keeps, Upstream fetches; all are required.
	Gate     *gate.Gate
	Store    *cache.Store
	Upstream *upstream.Client
	// Policy gives the policy in force; required.
	Policy func() *policy.Policy
	// Log takes what the operator should know; nil discards it.
	Log *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Freshness is how long a page is used without asking upstream again; zero asks at every request.
	Freshness time.Duration
	// StaleWait is how long a client waits for upstream when an older copy of the page is there; zero means
	// [DefaultStaleWait].
	StaleWait time.Duration
	// MaxStale is the age past which a page is not served when upstream is down; zero sets no bound.
	MaxStale time.Duration
	// NoStore tells every client to keep no file (strict mode). uv is always told so.
	NoStore bool
	// Token is what /-/events and /-/sessions ask for; empty refuses them to everybody. It opens all else too.
	Token string
	// Authenticate tells whose a secret is; false = nobody's. Without a secret only health is told then, and nothing is proxied.
	// nil lets everybody in who comes by the server's own listener. The listeners of sessions never ask.
	Authenticate func(secret string) (Identity, bool)
	// Hosts are the names under which the server may be addressed (the Host header, without port), against DNS
	// rebinding; empty accepts any name.
	Hosts []string
	// Version of the program, for /-/status.
	Version string
	// Front is what the listeners of sessions serve; nil means the server itself. It is for an [Egress] before it.
	Front http.Handler
	// Bundle and Cert are paths of the certificates by which clients trust Front: the system's roots and its authority, and
	// that authority alone. Runs that join the guard are told; "" when Front is no proxy.
	Bundle, Cert string

	once       sync.Once
	background sync.WaitGroup // work that goes on after an answer
	pages      *pages
	renders    *renders
	sessions   sessions
	started    time.Time
	pace       pace
	failures   failures
	learn      func(*content) // called with each page that is read; nil when nobody learns from it
}

func (s *Server) init() {
	s.once.Do(func() {
		if s.Log == nil {
			s.Log = slog.New(slog.DiscardHandler)
		}
		if s.Now == nil {
			s.Now = time.Now
		}
		if s.StaleWait == 0 {
			s.StaleWait = DefaultStaleWait
		}
		if s.pace == (pace{}) {
			s.pace = usualPace
		}
		s.started = s.Now()
		s.pages = newPages(s)
		s.renders = newRenders()
	})
}

// Wait waits for what goes on after the last answer. Call it before the store is closed, when no more requests come.
func (s *Server) Wait() { s.background.Wait() }

// ServeHTTP routes. Paths are cleaned first: pipenv asks for /simple//demo/.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.init()
	if !s.addressed(r) {
		problem{Status: http.StatusMisdirectedRequest, Title: "Wrong host",
			Detail: "this guard does not answer under that host name; add it to server.hosts"}.write(w, r)
		return
	}
	r, ok := s.admit(w, r, indexRealm)
	if !ok {
		return
	}
	if r.ContentLength != 0 {
		// Nothing here takes a body, and waiting for one that does not come would hold the connection for ever.
		w.Header().Set("Connection", "close")
		problem{Status: http.StatusRequestEntityTooLarge, Title: "No body", Detail: "no request to this index has a body"}.write(w, r)
		return
	}
	limitWrite(w, 0)
	p, ok := cleanPath(r.URL)
	if !ok {
		problem{Status: http.StatusBadRequest, Title: "Bad path", Detail: "the path does not mean the same to every reader"}.write(w, r)
		return
	}
	switch {
	case p == "/" || p == "/simple":
		http.Redirect(w, r, "/simple/", http.StatusFound)
	case p == "/simple/":
		s.serveProjects(w, r)
	case strings.HasPrefix(p, "/simple/"):
		s.servePage(w, r, ownView, strings.TrimPrefix(p, "/simple/"))
	case strings.HasPrefix(p, "/files/"):
		s.serveFilePath(w, r, strings.TrimPrefix(p, "/files/"))
	case strings.HasPrefix(p, "/-/"):
		s.serveOwn(w, r, strings.TrimPrefix(p, "/-/"))
	default:
		problem{Status: http.StatusNotFound, Title: "Not found", Detail: "nothing is here; the index is at /simple/"}.write(w, r)
	}
}

// cleanPath is the decoded path with doubled slashes folded; false when it has dot segments, encoded slashes,
// backslashes or control characters, which two readers could take for two different files.
func cleanPath(u *url.URL) (string, bool) {
	p := u.Path
	raw := strings.ToLower(u.EscapedPath())
	if strings.Contains(raw, "%2f") || strings.Contains(raw, "%5c") || strings.Contains(raw, "%00") {
		return "", false
	}
	for _, c := range p {
		if c < ' ' || c == 0x7f || c == '\\' {
			return "", false
		}
	}
	for strings.Contains(p, "//") {
		p = strings.ReplaceAll(p, "//", "/")
	}
	clean := path.Clean("/" + p)
	if strings.HasSuffix(p, "/") && clean != "/" {
		clean += "/"
	}
	return clean, clean == p
}

// addressed tells whether the request names this server. A page in a browser can make any name resolve to loopback;
// it cannot choose the Host header.
func (s *Server) addressed(r *http.Request) bool {
	if len(s.Hosts) == 0 {
		return true
	}
	host := (&url.URL{Host: r.Host}).Hostname()
	for _, h := range s.Hosts {
		if strings.EqualFold(host, h) {
			return true
		}
	}
	return false
}

// allowed answers 405 and false unless the request only reads.
func allowed(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	problem{Status: http.StatusMethodNotAllowed, Title: "Method not allowed", Detail: "this index is read-only: GET and HEAD"}.write(w, r)
	return false
}

// base is the address under which the client reaches us, for links in refusals.
func base(r *http.Request) string {
	if b, ok := r.Context().Value(baseKey{}).(string); ok {
		return b
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	for _, c := range r.Host {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune(".-:[]_", c)) {
			return ""
		}
	}
	return scheme + "://" + r.Host
}
