package pypitest

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"time"
)

// A Fault is one way in which an index fails. Fields combine where that makes
// sense: the answer is made whole first and spoiled then.
type Fault struct {
	// Times is the number of requests that meet the fault; 0 = all until Heal.
	Times int
	// After lets this number of requests pass first.
	After int

	// Status answers with this status and Body instead of the content.
	Status      int
	RetryAfter  string // the header of that name
	Body        string // with Status, or 200 when Status is 0
	ContentType string // of Body; "" = text/html

	// Hang never answers: the request waits until the client leaves or the
	// test ends. HangAfter sends that many bytes of the body before it.
	Hang      bool
	HangAfter int64
	// Wait answers when the channel is closed or the client has left.
	Wait <-chan struct{}
	// Pace sends Chunk bytes (1 when 0), waits so long, and goes on.
	Pace  time.Duration
	Chunk int

	// Truncate cuts the connection after so many bytes of the body, under the
	// Content-Length of the whole; negative = at once, before any header, which
	// makes net/http's client ask again when it had used the connection before.
	Truncate int64
	// Drop ends the body so many bytes early under a Content-Length that agrees,
	// so that only the hash or the size on the page can tell.
	Drop int64
	// Corrupt flips a bit in the middle of the body.
	Corrupt bool
	// Pad puts so many spaces after the body: an oversized page.
	Pad int64
	// Redirect sends the client elsewhere with status 302 (or Status).
	Redirect string
	// IgnoreRange answers a range request with the whole content.
	IgnoreRange bool
}

// HTMLError is the page of a broken frontend that answers 200.
var HTMLError = Fault{Body: "<html><head><title>Down for maintenance</title></head><body><h1>We will be back</h1></body></html>"}

type fault struct {
	Fault
	pattern string
	met     int
}

// Fail makes requests for a path fail. The path is a pattern of [path.Match], in
// which "*" does not match "/"; the latest fault that matches is taken. An
// exact path matches too when it holds characters of patterns.
func (x *Index) Fail(pattern string, f Fault) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.faults = append(x.faults, &fault{Fault: f, pattern: pattern})
}

// Heal takes all faults away.
func (x *Index) Heal() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.faults = nil
}

// due returns the fault that this request meets, or nil.
func (x *Index) due(p string) *Fault {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := len(x.faults) - 1; i >= 0; i-- {
		f := x.faults[i]
		if ok, _ := path.Match(f.pattern, p); !ok && f.pattern != p {
			continue
		}
		f.met++
		if f.met <= f.After || f.Times > 0 && f.met > f.After+f.Times {
			continue
		}
		return &f.Fault
	}
	return nil
}

func (x *Index) misbehave(w http.ResponseWriter, r *http.Request, f *Fault) {
	if f.Truncate < 0 {
		panic(http.ErrAbortHandler)
	}
	if f.Wait != nil && !x.wait(r, f.Wait) || f.Hang && f.HangAfter == 0 && !x.wait(r, nil) {
		panic(http.ErrAbortHandler)
	}
	if f.IgnoreRange {
		r.Header.Del("Range")
	}
	whole := httptest.NewRecorder()
	x.intended(whole, r, f)
	body := spoil(whole.Body.Bytes(), f)
	for k, v := range whole.Header() {
		w.Header()[k] = v
	}
	if whole.Code != http.StatusNotModified && r.Method != http.MethodHead {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(whole.Code)
	if r.Method != http.MethodHead {
		x.send(w, r, f, body)
	}
}

// intended is the answer before it is spoiled.
func (x *Index) intended(w http.ResponseWriter, r *http.Request, f *Fault) {
	switch {
	case f.Redirect != "":
		status := f.Status
		if status == 0 {
			status = http.StatusFound
		}
		http.Redirect(w, r, f.Redirect, status)
	case f.Status != 0 || f.Body != "":
		contentType := f.ContentType
		if contentType == "" {
			contentType = htmlType
		}
		w.Header().Set("Content-Type", contentType)
		if f.RetryAfter != "" {
			w.Header().Set("Retry-After", f.RetryAfter)
		}
		w.WriteHeader(max(f.Status, http.StatusOK))
		_, _ = w.Write([]byte(f.Body)) // a ResponseRecorder does not fail
	default:
		x.answer(w, r)
	}
}

func spoil(body []byte, f *Fault) []byte {
	body = bytes.Clone(body)
	if f.Corrupt && len(body) > 0 {
		body[len(body)/2] ^= 0x20
	}
	if f.Drop > 0 {
		body = body[:max(0, int64(len(body))-f.Drop)]
	}
	return append(body, bytes.Repeat([]byte(" "), int(f.Pad))...)
}

// send writes the body at the fault's pace and to the fault's end.
func (x *Index) send(w http.ResponseWriter, r *http.Request, f *Fault, body []byte) {
	end, cut := int64(len(body)), false
	if f.Truncate > 0 && f.Truncate < end {
		end, cut = f.Truncate, true
	}
	hang := f.Hang && f.HangAfter < end
	if hang {
		end = f.HangAfter
	}
	if !x.paced(w, r, f, body[:end]) {
		panic(http.ErrAbortHandler)
	}
	w.(http.Flusher).Flush()
	if hang {
		x.wait(r, nil)
		cut = true
	}
	if cut {
		panic(http.ErrAbortHandler)
	}
}

// paced writes b, and says whether it could.
func (x *Index) paced(w http.ResponseWriter, r *http.Request, f *Fault, b []byte) bool {
	if f.Pace == 0 {
		_, err := w.Write(b)
		return err == nil
	}
	for len(b) > 0 {
		n := min(max(f.Chunk, 1), len(b))
		if _, err := w.Write(b[:n]); err != nil {
			return false
		}
		w.(http.Flusher).Flush()
		b = b[n:]
		timer := time.NewTimer(f.Pace)
		select {
		case <-timer.C:
		case <-r.Context().Done():
			timer.Stop()
			return false
		case <-x.done:
			timer.Stop()
			return false
		}
	}
	return true
}

// wait blocks until c is closed, and says so; false when the client has left or
// the test has ended. A nil c is never closed.
func (x *Index) wait(r *http.Request, c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	case <-r.Context().Done():
	case <-x.done:
	}
	return false
}
