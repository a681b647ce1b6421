package proxy

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"pipwarden/gate"
	"pipwarden/pypi"
)

// How clients are kept alive while a first download or scan takes long, with nothing of the file sent:
//
//   - pip, poetry, pdm and all else that reads with a timeout between bytes: an interim 100 Continue from time to time.
//     102 and 103 would be taken for the final answer, and CPython gives up after a hundred.
//   - uv does not count interim answers. Its four attempts of 30 s each attach to the same work; beyond them it gets a
//     header and then, one at a time, the bytes with which every file of that kind begins, which tell nothing. When the
//     file turns out to be refused the connection is cut, and uv comes back for the refusal.
const (
	continueEvery = 10 * time.Second
	maxContinues  = 90
	uvPatience    = 100 * time.Second
	dribbleEvery  = 20 * time.Second
)

// pace is how often a waiting client hears from us. Tests wait less.
type pace struct{ continues, patience, dribble time.Duration }

var usualPace = pace{continues: continueEvery, patience: uvPatience, dribble: dribbleEvery}

// The bytes with which wheels and zipped sdists, and gzipped sdists, begin (APPNOTE 4.3.7; RFC 1952).
var (
	zipMagic  = []byte("PK\x03\x04")
	gzipMagic = []byte("\x1f\x8b\x08")
)

// magicOf gives the well-known beginning that head begins with, or nil.
func magicOf(head []byte) []byte {
	for _, m := range [][]byte{zipMagic, gzipMagic} {
		if len(head) > 0 && head[0] == m[0] {
			return m
		}
	}
	return nil
}

// await waits for the ticket, keeping the client alive. sent is the number of bytes of a body that has been begun; an
// error means that the client has left.
func (s *Server) await(w http.ResponseWriter, r *http.Request, f found, t *gate.Ticket) (sent int, err error) {
	select {
	case <-t.Done():
		return 0, nil
	default:
	}
	file := &f.l.page.Files[f.i]
	if clientOf(r).Tool != "uv" || file.Size <= int64(len(zipMagic)) || r.Method != http.MethodGet || r.Header.Get("Range") != "" {
		return 0, s.keepAlive(w, r, clientOf(r), t.Done())
	}
	patience := time.NewTimer(time.Until(t.Started().Add(s.pace.patience)))
	defer patience.Stop()
	select {
	case <-t.Done():
		return 0, nil
	case <-r.Context().Done():
		return 0, context.Cause(r.Context())
	case <-patience.C:
		return s.dribble(w, r, f, t)
	}
}

// keepAlive waits for done with interim answers.
func (s *Server) keepAlive(w http.ResponseWriter, r *http.Request, c pypi.Client, done <-chan struct{}) error {
	select {
	case <-done: // the usual case, without a timer
		return nil
	default:
	}
	tick := time.NewTicker(s.pace.continues)
	defer tick.Stop()
	for left := maxContinues; ; {
		select {
		case <-done:
			return nil
		case <-r.Context().Done():
			return context.Cause(r.Context())
		case <-tick.C:
			if left > 0 && c.Tool != "uv" && r.ProtoMajor == 1 && r.ProtoAtLeast(1, 1) {
				limitWrite(w, 0)
				w.WriteHeader(http.StatusContinue)
				left--
			}
		}
	}
}

// dribble begins a body for uv with the bytes that every file of its kind begins with.
func (s *Server) dribble(w http.ResponseWriter, r *http.Request, f found, t *gate.Ticket) (sent int, err error) {
	file := &f.l.page.Files[f.i]
	magic := zipMagic
	if strings.HasSuffix(file.Filename, "gz") {
		magic = gzipMagic
	}
	h := w.Header()
	h["Content-Type"] = headerOctets
	h["Cache-Control"] = headerNoStore
	h.Set("Content-Length", fmt.Sprint(file.Size))
	w.WriteHeader(http.StatusOK)
	tick := time.NewTicker(s.pace.dribble)
	defer tick.Stop()
	for {
		if sent == len(magic) {
			tick.Stop() // nothing is left that tells nothing
		} else {
			limitWrite(w, 0)
			if _, err := w.Write(magic[sent : sent+1]); err != nil {
				return sent, err
			}
			sent++
			if err := http.NewResponseController(w).Flush(); err != nil {
				return sent, err
			}
		}
		select {
		case <-t.Done():
			return sent, nil
		case <-r.Context().Done():
			return sent, context.Cause(r.Context())
		case <-tick.C:
		}
	}
}
