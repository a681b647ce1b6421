package upstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"pipwarden/pypi"
)

const (
	// acceptPage asks for JSON first and takes the HTML forms, in the words of PEP 691.
	acceptPage = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"

	pageBuffer = 1 << 20 // 1 MiB at most for an announced length: a header alone must not cost memory
	htmlTail   = 1 << 10 // bytes at the end of a document in which its closing tag stands
)

// PageRequest asks for a project's page.
type PageRequest struct {
	Index   *Index
	Project pypi.Name
	// ETag and LastModified are those of the page at hand; "" for none.
	ETag         string
	LastModified string
}

// PageResponse is a whole page, or the word that the page at hand still stands.
type PageResponse struct {
	NotModified  bool   // Body is nil, the page at hand stands
	Body         []byte // decompressed
	ContentType  string
	ETag         string
	LastModified string
	URL          string // where the page was found, after redirects: the base of its relative links
	// Date is the time of the answer by the clock of the other side; zero when it did not say.
	Date time.Time
}

// Page fetches the page of a project. It returns a whole page or an error; a project that the index does not have is
// fs.ErrNotExist. It takes Options.PageTimeout at most, retries included, or as long as ctx allows.
func (c *Client) Page(ctx context.Context, r PageRequest) (*PageResponse, error) {
	s, err := c.site(r.Index)
	if err != nil {
		return nil, err
	}
	// A name that is none would be a path, and the client is not to choose paths of the index.
	if n, err := pypi.ParseName(string(r.Project)); err != nil || n != r.Project {
		return nil, fmt.Errorf("project name %q is not normalised", string(r.Project))
	}
	header := http.Header{
		"Accept":          {acceptPage},
		"Accept-Encoding": {"gzip"},
		"Cache-Control":   {"max-age=0"}, // caches on the way are to ask the index
	}
	if r.ETag != "" {
		header.Set("If-None-Match", r.ETag)
	}
	if r.LastModified != "" {
		header.Set("If-Modified-Since", r.LastModified)
	}
	u := s.index.URL.ResolveReference(&url.URL{Path: string(r.Project) + "/"})
	var page *PageResponse
	err = c.whole(ctx, func(ctx context.Context) (err error) {
		page, err = s.page(ctx, call{url: u, header: header, class: classPage, limit: c.opts.MaxPageBytes})
		return err
	})
	if err != nil {
		return nil, err
	}
	if page.NotModified {
		page.ETag, page.LastModified = orElse(page.ETag, r.ETag), orElse(page.LastModified, r.LastModified)
	}
	return page, nil
}

// whole runs a request for something small, with retries, under the limit for the whole of it.
func (c *Client) whole(ctx context.Context, f func(context.Context) error) error {
	limit := c.opts.PageTimeout
	ctx, cancel := context.WithTimeoutCause(ctx, limit, &TimeoutError{Stage: StageTotal, After: limit})
	defer cancel()
	return c.retry(ctx, func() error { return f(ctx) })
}

func (s *site) page(ctx context.Context, c call) (*PageResponse, error) {
	a, err := s.do(ctx, c)
	if err != nil {
		return nil, err
	}
	defer a.Body.Close()
	p := &PageResponse{
		ContentType:  a.Header.Get("Content-Type"),
		ETag:         a.Header.Get("ETag"),
		LastModified: a.Header.Get("Last-Modified"),
		URL:          a.url.String(),
		Date:         answered(a.Header),
	}
	conditional := c.header.Get("If-None-Match") != "" || c.header.Get("If-Modified-Since") != ""
	switch {
	case a.StatusCode == http.StatusNotModified && conditional:
		a.body.pass.settle(nil)
		p.NotModified = true
		return p, nil
	case a.StatusCode != http.StatusOK:
		return nil, a.status()
	}
	if p.Body, err = a.readAll(c.limit); err != nil {
		return nil, err
	}
	if a.unframed() && isHTML(p.ContentType) && !closedHTML(p.Body) {
		return nil, &TruncatedError{URL: display(a.url), Got: int64(len(p.Body)), Want: -1, Err: errors.New("no length was announced and the document does not end")}
	}
	return p, nil
}

// answered is the time of an answer: when it was made, and how long caches have kept it since.
func answered(h http.Header) time.Time {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	age, err := strconv.ParseUint(h.Get("Age"), 10, 31)
	if err != nil {
		age = 0
	}
	return date.Add(time.Duration(age) * time.Second)
}

// unframed reports whether only the end of the connection says where the body ends, so that a cut looks like an end.
func (a *answer) unframed() bool {
	return a.ProtoMajor == 1 && a.ContentLength < 0 && len(a.TransferEncoding) == 0 && a.encoding() == ""
}

func isHTML(contentType string) bool {
	return strings.Contains(strings.ToLower(contentType), "html")
}

func closedHTML(b []byte) bool {
	tail := bytes.ToLower(b[max(0, len(b)-htmlTail):])
	return bytes.Contains(tail, []byte("</html")) || bytes.Contains(tail, []byte("</body"))
}

// encoding is the content encoding, "" for none.
func (a *answer) encoding() string {
	e := strings.ToLower(strings.TrimSpace(strings.Join(a.Header.Values("Content-Encoding"), ",")))
	if e == "identity" {
		return ""
	}
	return e
}

// readAll reads a small body to its end and decompresses it. The limit holds for the bytes on the wire and for what
// becomes of them.
func (a *answer) readAll(limit int64) ([]byte, error) {
	if a.ContentLength > limit {
		return nil, &TooLargeError{URL: display(a.url), Limit: limit}
	}
	var src io.Reader = a.Body
	switch a.encoding() {
	case "":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(a.Body)
		if err != nil {
			return nil, a.corrupt(err)
		}
		defer z.Close()
		src = z
	default:
		return nil, &ProtocolError{URL: display(a.url), Problem: "answer is in an encoding that was not asked for"}
	}
	var buf bytes.Buffer
	buf.Grow(int(min(max(a.ContentLength, 0), pageBuffer)))
	n, err := buf.ReadFrom(io.LimitReader(src, limit+1))
	switch {
	case err != nil:
		return nil, a.corrupt(err)
	case n > limit:
		return nil, &TooLargeError{URL: display(a.url), Limit: limit}
	}
	return buf.Bytes(), nil
}

// corrupt tells an error of decompression from one of the body below it, which has its type already.
func (a *answer) corrupt(err error) error {
	if below := a.body.err; below != nil && !errors.Is(below, io.EOF) {
		return below
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return &TruncatedError{URL: display(a.url), Got: a.body.got, Want: a.ContentLength, Err: err}
	}
	return &ProtocolError{URL: display(a.url), Problem: "compressed answer is corrupt", Err: err}
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
