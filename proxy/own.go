package proxy

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"pipwarden/cache"
	"pipwarden/upstream"
)

const (
	// maxEvents is the most events that one answer lists.
	maxEvents = 1000
	// maxSessions bounds the listeners that sessions hold open.
	maxSessions = 256
	// jsonGrace is what a JSON answer of ours has at most, in bytes, for the time that a slow reader gets.
	jsonGrace = 4 << 20
	// sessionHeaderTimeout is how long a client of a session may take for its request's header.
	sessionHeaderTimeout = 30 * time.Second
	sessionIdleTimeout   = 2 * time.Minute
	sessionHeaderBytes   = 32 << 10
)

// Status is what /-/status tells.
type Status struct {
	Version  string        `json:"version"`
	Policy   string        `json:"policy"`  // revision in force
	Scanner  string        `json:"scanner"` // fingerprint
	Uptime   time.Duration `json:"uptime_ns"`
	Sessions int64         `json:"sessions"`
}

// serveOwn answers what lies under /-/.
func (s *Server) serveOwn(w http.ResponseWriter, r *http.Request, rest string) {
	if id, ok := strings.CutPrefix(rest, "why/"); ok {
		if allowed(w, r) {
			s.serveWhy(w, r, id)
		}
		return
	}
	if name, ok := strings.CutPrefix(rest, "files/"); ok {
		if allowed(w, r) {
			s.serveFileIDs(w, r, name)
		}
		return
	}
	switch rest {
	case "healthz":
		writeText(w, r, "ok\n")
	case "readyz":
		s.serveReady(w, r)
	case "status":
		if allowed(w, r) {
			writeJSON(w, Status{Version: s.Version, Policy: s.Policy().Revision(), Scanner: s.Gate.Scanner.Fingerprint(),
				Uptime: s.Now().Sub(s.started), Sessions: s.sessions.open.Load()})
		}
	case "events":
		if (identityOf(r).Admin || s.authorised(w, r)) && allowed(w, r) {
			s.serveEvents(w, r)
		}
	case "sessions":
		if s.authorised(w, r) {
			s.serveSession(w, r)
		}
	default:
		problem{Status: http.StatusNotFound, Title: "Not found", Detail: "nothing is here"}.write(w, r)
	}
}

// serveReady says whether installs would work: the store answers. Upstream may be down; warm installs go on.
func (s *Server) serveReady(w http.ResponseWriter, r *http.Request) {
	if _, err := s.Store.Events(r.Context(), s.Store.LastEventID(), 1); err != nil {
		s.Log.Error("not ready", "error", err)
		problem{Status: http.StatusServiceUnavailable, Title: "Not ready", Detail: "the guard's store does not answer, see its log"}.write(w, r)
		return
	}
	writeText(w, r, "ready\n")
}

// authorised asks for the guard's token, which only processes of the same user can read.
func (s *Server) authorised(w http.ResponseWriter, r *http.Request) bool {
	if got, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && s.own(got) {
		return true
	}
	w.Header().Set("WWW-Authenticate", "Bearer")
	problem{Status: http.StatusUnauthorized, Title: "Token needed", Detail: "this needs the guard's token"}.write(w, r)
	return false
}

// own tells whether a secret is the guard's token.
func (s *Server) own(secret string) bool {
	return s.Token != "" && subtle.ConstantTimeCompare([]byte(secret), []byte(s.Token)) == 1
}

func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	since, err := strconv.ParseUint("0"+r.URL.Query().Get("since"), 10, 64)
	if err != nil {
		problem{Status: http.StatusBadRequest, Title: "Bad request", Detail: "since is the id of an event"}.write(w, r)
		return
	}
	events, err := s.Store.Events(r.Context(), since, maxEvents)
	if err != nil {
		s.Log.Error("events not readable", "error", err)
		problem{Status: http.StatusInternalServerError, Title: "Store not readable", Detail: "the events cannot be read, see the guard's log"}.write(w, r)
		return
	}
	writeJSON(w, events)
}

// RulesHeader carries, with POST /-/sessions, the rules by which the run wants to be judged. A guard that judges by
// others refuses the session: a run must not be guarded by less than its configuration says.
const RulesHeader = "Pipwarden-Rules"

// Rules is a digest of all that decides here: policy, scanner and indexes.
func (s *Server) Rules() string {
	return RulesOf(s.Policy().Revision(), s.Gate.Scanner.Fingerprint(), s.Upstream.Indexes())
}

// RulesOf is the digest of rules that are not in force yet.
func RulesOf(policy, scanner string, indexes []*upstream.Index) string {
	parts := []string{policy, scanner}
	for _, ix := range indexes {
		parts = append(parts, ix.Name, ix.URL.String())
	}
	return digestOf([]byte(strings.Join(parts, "\x00")))
}

// A sessions counts what is open.
type sessions struct{ open atomic.Int64 }

// SessionLine is one line of the answer to POST /-/sessions: first where the session's own listener is, then its
// events as they happen.
type SessionLine struct {
	Session string       `json:"session,omitempty"`
	URL     string       `json:"url,omitempty"`
	Bundle  string       `json:"bundle,omitempty"` // Server.Bundle and Cert: the session's listener is an egress proxy too
	Cert    string       `json:"cert,omitempty"`
	Event   *cache.Event `json:"event,omitempty"`
}

// serveSession opens a listener on loopback for one run of pipwarden and streams the run's events. Both last for as
// long as the request.
func (s *Server) serveSession(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		problem{Status: http.StatusMethodNotAllowed, Title: "Method not allowed", Detail: "sessions are opened by POST"}.write(w, r)
		return
	}
	if got := r.Header.Get(RulesHeader); got != s.Rules() {
		problem{Status: http.StatusConflict, Title: "Other rules",
			Detail: "this guard judges by another policy, scanner or index than the run asks for"}.write(w, r)
		return
	}
	if s.sessions.open.Add(1) > maxSessions {
		s.sessions.open.Add(-1)
		problem{Status: http.StatusTooManyRequests, Title: "Too many sessions", Detail: "too many runs use this guard at once"}.write(w, r)
		return
	}
	defer s.sessions.open.Add(-1)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.Log.Error("session without listener", "error", err)
		problem{Status: http.StatusInternalServerError, Title: "No listener", Detail: "the guard cannot listen for this session, see its log"}.write(w, r)
		return
	}
	id := rand.Text()[:12]
	events := s.Store.Subscribe(r.Context())
	front := s.Front
	if front == nil {
		front = s
	}
	srv := &http.Server{Handler: front, ReadHeaderTimeout: sessionHeaderTimeout, IdleTimeout: sessionIdleTimeout, MaxHeaderBytes: sessionHeaderBytes,
		BaseContext: func(net.Listener) context.Context { return WithSession(context.WithoutCancel(r.Context()), id) }}
	go func() {
		if err := srv.Serve(ln); err != nil && err != http.ErrServerClosed {
			s.Log.Error("session listener failed", "error", err)
		}
	}()
	defer srv.Close()
	streamSession(w, r, SessionLine{Session: id, URL: "http://" + ln.Addr().String(), Bundle: s.Bundle, Cert: s.Cert}, events)
}

func streamSession(w http.ResponseWriter, r *http.Request, first SessionLine, events <-chan cache.Event) {
	w.Header().Set("Content-Type", "application/jsonl")
	w.Header().Set("Cache-Control", "no-store")
	rc := http.NewResponseController(w)
	_ = rc.SetWriteDeadline(time.Time{}) // the stream lasts as long as the run
	_ = rc.SetReadDeadline(time.Time{})
	enc := json.NewEncoder(w)
	if enc.Encode(first) != nil || rc.Flush() != nil {
		return
	}
	for {
		select {
		case <-r.Context().Done():
			return
		case e, ok := <-events:
			if !ok {
				return
			}
			if e.Session != first.Session {
				continue
			}
			if enc.Encode(SessionLine{Event: &e}) != nil || rc.Flush() != nil {
				return
			}
		}
	}
}

func writeText(w http.ResponseWriter, r *http.Request, text string) {
	if !allowed(w, r) {
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(text))
}

func writeJSON(w http.ResponseWriter, v any) {
	limitWrite(w, jsonGrace)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v) // our own types: an error is the client's leaving
}
