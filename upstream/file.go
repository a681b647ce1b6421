package upstream

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// FileRequest asks for a file that a page of the index lists.
type FileRequest struct {
	Index  *Index
	URL    string // as on the page, absolute
	Offset int64  // bytes already at hand; 0 asks for the whole file
	// ETag is the entity tag that the bytes at hand came with: the rest comes only when it still holds. Without one the
	// rest is asked for in good faith, and the caller's hash decides.
	ETag     string
	MaxBytes int64 // limit for the whole file; 0 is Options.MaxFileBytes
}

// FileResponse is a file on its way. The caller closes Body.
type FileResponse struct {
	// Body ends with io.EOF only after all announced bytes; else with *TruncatedError, *TimeoutError, *TooLargeError or
	// the error of the context that the request was made with. The bytes are those on the wire: a Content-Encoding that
	// nobody asked for stays, as in pip, and the hash decides.
	Body         io.ReadCloser
	Offset       int64 // position of Body's first byte in the file; 0 when the server sends it from the start
	Size         int64 // of the whole file in bytes, as announced; -1 = not said
	ETag         string
	LastModified string
}

// File fetches a file, or the rest of it. Connection errors before the body are retried; a body that breaks is the
// caller's to resume. ctx holds for the body too, and there is no limit for the whole but that.
func (c *Client) File(ctx context.Context, r FileRequest) (*FileResponse, error) {
	s, u, err := c.link(r)
	if err != nil {
		return nil, err
	}
	if r.Offset < 0 {
		return nil, fmt.Errorf("get %q: negative offset", display(u))
	}
	limit := r.MaxBytes
	if limit == 0 {
		limit = c.opts.MaxFileBytes
	}
	var f *FileResponse
	err = c.retry(ctx, func() (err error) {
		f, err = s.file(ctx, u, r, limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// link parses the address of a request.
func (c *Client) link(r FileRequest) (*site, *url.URL, error) {
	s, err := c.site(r.Index)
	if err != nil {
		return nil, nil, err
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, nil, &RefusedError{Rule: RuleURL, Host: "", URL: "", Err: fmt.Errorf("the link is not a URL")}
	}
	u.Fragment, u.RawFragment = "", ""
	return s, u, nil
}

func (s *site) file(ctx context.Context, u *url.URL, r FileRequest, limit int64) (*FileResponse, error) {
	header := http.Header{"Accept": {"*/*"}, "Accept-Encoding": {"identity"}}
	if r.Offset > 0 {
		header.Set("Range", "bytes="+strconv.FormatInt(r.Offset, 10)+"-")
		if isStrong(r.ETag) {
			header.Set("If-Range", r.ETag)
		}
	}
	a, err := s.do(ctx, call{url: u, header: header, class: classFile, limit: limit})
	if err != nil {
		return nil, err
	}
	f := &FileResponse{Body: a.Body, Size: -1, ETag: a.Header.Get("ETag"), LastModified: a.Header.Get("Last-Modified")}
	switch {
	case a.StatusCode == http.StatusOK:
		f.Size = a.ContentLength
	case a.StatusCode == http.StatusPartialContent && r.Offset > 0:
		if err = a.rest(f, r); err == errChanged {
			a.discard()
			r.Offset, r.ETag = 0, ""
			return s.file(ctx, u, r, limit)
		}
	case a.StatusCode == http.StatusRequestedRangeNotSatisfiable && r.Offset > 0:
		if unsatisfied(a.Header) == r.Offset && sameTag(r.ETag, f.ETag) {
			a.discard()
			f.Body, f.Offset, f.Size = io.NopCloser(bytes.NewReader(nil)), r.Offset, r.Offset
			return f, nil
		}
		a.discard()
		r.Offset, r.ETag = 0, ""
		return s.file(ctx, u, r, limit)
	default:
		return nil, a.status()
	}
	if err == nil && f.Size > limit {
		err = &TooLargeError{URL: display(a.url), Limit: limit}
	}
	if err != nil {
		_ = a.Body.Close()
		return nil, err
	}
	a.body.limit = limit - f.Offset
	return f, nil
}

// changed is the one outcome of a range request that is no fault: the file is another by now.
type changed struct{}

func (changed) Error() string { return "file has changed" }

var errChanged error = changed{}

// rest checks that a partial answer is the rest that was asked for, to its last byte.
func (a *answer) rest(f *FileResponse, r FileRequest) error {
	if !sameTag(r.ETag, f.ETag) {
		return errChanged
	}
	cr, err := parseContentRange(a)
	if err != nil {
		return err
	}
	if cr.first != r.Offset || cr.total >= 0 && cr.last != cr.total-1 {
		return &ProtocolError{URL: display(a.url), Problem: "answer is not the range that was asked for"}
	}
	f.Offset, f.Size = cr.first, cr.total
	return nil
}

// sameTag reports whether the tag at hand allows for what an answer says; a tag that one side lacks says nothing.
func sameTag(have, got string) bool { return have == "" || got == "" || have == got }

// isStrong reports whether an entity tag may stand in If-Range (RFC 9110, 13.1.5).
func isStrong(tag string) bool { return strings.HasPrefix(tag, `"`) }

// contentRange is the Content-Range of a 206 (RFC 9110, 14.4). total is -1 for "*".
type contentRange struct{ first, last, total int64 }

// parseContentRange reads the header and holds it against itself and against the announced length.
func parseContentRange(a *answer) (contentRange, error) {
	bad := func(problem string) (contentRange, error) {
		return contentRange{}, &ProtocolError{URL: display(a.url), Problem: problem}
	}
	values := a.Header.Values("Content-Range")
	if len(values) != 1 {
		return bad("partial answer without one Content-Range")
	}
	span, total, ok1 := strings.Cut(strings.TrimPrefix(values[0], "bytes "), "/")
	first, last, ok2 := strings.Cut(span, "-")
	if !ok1 || !ok2 || !strings.HasPrefix(values[0], "bytes ") {
		return bad("Content-Range is malformed")
	}
	cr := contentRange{total: -1}
	var err1, err2, err3 error
	cr.first, err1 = parseOffset(first)
	cr.last, err2 = parseOffset(last)
	if total != "*" {
		cr.total, err3 = parseOffset(total)
	}
	if err1 != nil || err2 != nil || err3 != nil || cr.first > cr.last || cr.total >= 0 && cr.last >= cr.total {
		return bad("Content-Range is malformed")
	}
	if a.ContentLength >= 0 && a.ContentLength != cr.last-cr.first+1 {
		return bad("Content-Range and Content-Length disagree")
	}
	if a.body.want < 0 {
		a.body.want = cr.last - cr.first + 1 // a chunked answer has announced its length after all
	}
	return cr, nil
}

// parseOffset reads digits: no sign, at most 2^62.
func parseOffset(text string) (int64, error) {
	n, err := strconv.ParseUint(text, 10, 62)
	return int64(n), err
}

// unsatisfied is the length that a 416 names, -1 for none.
func unsatisfied(h http.Header) int64 {
	text, ok := strings.CutPrefix(h.Get("Content-Range"), "bytes */")
	if n, err := parseOffset(text); ok && err == nil {
		return n
	}
	return -1
}

// Metadata fetches the core metadata that lies next to a wheel (PEP 658): the file's URL with ".metadata" appended.
// It is whole or an error; whether it is the right one, its hash on the page says.
func (c *Client) Metadata(ctx context.Context, r FileRequest) ([]byte, error) {
	s, u, err := c.link(r)
	if err != nil {
		return nil, err
	}
	u.Path += ".metadata"
	if u.RawPath != "" {
		u.RawPath += ".metadata"
	}
	limit := c.opts.MaxMetadataBytes
	if r.MaxBytes > 0 {
		limit = min(limit, r.MaxBytes)
	}
	header := http.Header{"Accept": {"*/*"}, "Accept-Encoding": {"gzip"}}
	var b []byte
	err = c.whole(ctx, func(ctx context.Context) error {
		a, err := s.do(ctx, call{url: u, header: header, class: classPage, limit: limit})
		if err != nil {
			return err
		}
		defer a.Body.Close()
		if a.StatusCode != http.StatusOK {
			return a.status()
		}
		b, err = a.readAll(limit)
		return err
	})
	return b, err
}
