package proxy

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxReasonPhrase bounds the HTTP/1.1 reason phrase, in bytes. Clients take thousands, terminals and logs do not.
const maxReasonPhrase = 290

// refusalWriteTimeout bounds the writing of one refusal, so that a client that does not read holds nothing.
const refusalWriteTimeout = 30 * time.Second

// A problem is an answer other than success. It is carried three ways at once, because no client shows all of them:
// as the reason phrase of the status line (pip, poetry, pipenv, uv over HTTP/1.1), as application/problem+json
// (RFC 9457; uv), and, for blocked files, as a readable path (pdm).
type problem struct {
	Status int    // HTTP status
	Title  string // a few words
	Detail string // one sentence with the way out; also the reason phrase
	// RetryAfter is sent when the fault is known to pass; zero sends none.
	RetryAfter time.Duration
	// Why is the absolute URL of the page that explains a refusal, or "".
	Why string
}

// problemDocument is the body of a problem as RFC 9457 has it.
type problemDocument struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// write sends p. Over HTTP/1.x the status line is written by hand: net/http knows no reason phrases of our own, and
// for most clients the phrase is all that a person gets to see.
func (p problem) write(w http.ResponseWriter, r *http.Request) {
	limitWrite(w, 0)
	body := p.body()
	p.describe(w.Header(), body)
	if r.ProtoMajor == 1 && p.writeHijacked(w, r, body) {
		return
	}
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client has gone: nobody is left to tell
	}
}

// writeTo sends p on a bare connection.
func (p problem) writeTo(w io.Writer, method string) {
	body, h := p.body(), http.Header{}
	p.describe(h, body)
	p.writeRaw(bufio.NewWriter(w), h, method, body)
}

// describe sets the header of an answer with that body.
func (p problem) describe(h http.Header, body []byte) {
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if p.RetryAfter > 0 {
		h.Set("Retry-After", fmt.Sprint(int((p.RetryAfter+time.Second-1)/time.Second)))
	}
	if p.Why != "" {
		h.Set("Link", fmt.Sprintf("<%s>; rel=\"describedby\"", p.Why))
	}
}

func (p problem) body() []byte {
	detail := p.Detail
	if p.Why != "" {
		detail += ", see " + p.Why
	}
	// The strings are ours or escaped by phrase, so encoding cannot fail.
	b, err := json.Marshal(problemDocument{Type: "about:blank", Title: p.Title, Status: p.Status, Detail: phrase(detail, 4*maxReasonPhrase)})
	if err != nil {
		return []byte(`{"type":"about:blank","title":"refused by pipwarden"}`)
	}
	return append(b, '\n')
}

// reasonPhrase is p in one line: what happened, then where it is explained. The address is never cut off.
func (p problem) reasonPhrase() string {
	if p.Why == "" {
		return phrase(p.Detail, maxReasonPhrase)
	}
	tail := ", see " + p.Why
	return phrase(p.Detail, max(maxReasonPhrase-len(tail), 60)) + phrase(tail, 2*maxReasonPhrase)
}

// writeHijacked writes status line, headers and body on the bare connection and closes it; false when the connection
// cannot be taken over and nothing was written.
func (p problem) writeHijacked(w http.ResponseWriter, r *http.Request, body []byte) bool {
	hj, ok := w.(http.Hijacker)
	if !ok {
		return false
	}
	header := w.Header().Clone()
	conn, buf, err := hj.Hijack()
	if err != nil {
		return false
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(refusalWriteTimeout)); err != nil {
		return true // the connection is gone
	}
	p.writeRaw(buf.Writer, header, r.Method, body)
	return true
}

// writeRaw writes the whole response; a broken connection shows at Flush and needs no answer.
func (p problem) writeRaw(w *bufio.Writer, header http.Header, method string, body []byte) {
	fmt.Fprintf(w, "HTTP/1.1 %d %s\r\n", p.Status, p.reasonPhrase())
	header.Set("Connection", "close")
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	_ = header.Write(w)
	_, _ = w.WriteString("\r\n")
	if method != http.MethodHead {
		_, _ = w.Write(body)
	}
	_ = w.Flush()
}

// phrase makes s fit for a status line: printable ASCII (pip on Python 2.7 crashes on anything else), no control
// characters, at most limit bytes.
func phrase(s string, limit int) string {
	var b strings.Builder
	for _, c := range s {
		if b.Len() >= limit {
			return b.String()[:limit-3] + "..."
		}
		switch {
		case c == '\t' || c == '\n' || c == '\r':
			b.WriteByte(' ')
		case c < ' ' || c > '~':
			b.WriteByte('?')
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}
