package upstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
)

const (
	tailBytes     = 32 << 10 // of the first request: most wheels' directory, and often their METADATA before it
	smallFile     = 64 << 10 // an answer with a whole file of this size is taken as it is
	readAhead     = 16 << 10 // at least this much a request: a member's header, name and content in one
	maxRangeBytes = 32 << 20 // all in all; the largest public wheels have 10 MiB of directory
	maxRangeCalls = 64       // a member list that jumps about more is built to
)

// RangeReader reads parts of a file that stays upstream, and keeps what it has read. It is safe for concurrent use;
// reads run one after the other. It needs no Close.
type RangeReader struct {
	ctx    context.Context // io.ReaderAt has none; that of Ranges holds for all reads
	site   *site
	url    *url.URL // after redirects
	etag   string
	date   string // Last-Modified
	size   int64
	mu     sync.Mutex
	parts  []part // by offset, not overlapping
	loaded int64
	calls  int
	err    error // once the file has changed nothing more is read
}

type part struct {
	off  int64
	data []byte
}

func (p part) end() int64 { return p.off + int64(len(p.data)) }

// Ranges opens a file for reading parts of it, with one request for its end. It returns an errors.ErrUnsupported when
// the server takes no ranges or does not say how long the file is. ctx holds for all reads.
func (c *Client) Ranges(ctx context.Context, r FileRequest) (*RangeReader, error) {
	s, u, err := c.link(r)
	if err != nil {
		return nil, err
	}
	rr := &RangeReader{ctx: ctx, site: s, url: u, size: -1}
	if err := rr.open(); err != nil {
		return nil, err
	}
	return rr, nil
}

// Size is the length of the file in bytes.
func (r *RangeReader) Size() int64 { return r.size }

// open asks for the tail. Servers that know ranges but no suffix answer with the whole file, whose length then makes an
// explicit range.
func (r *RangeReader) open() error {
	spec := "bytes=-" + strconv.Itoa(tailBytes)
	for range 2 {
		again, err := r.first(spec)
		if err != nil || !again {
			return err
		}
		spec = fmt.Sprintf("bytes=%d-%d", r.size-tailBytes, r.size-1)
	}
	return r.unsupported()
}

func (r *RangeReader) unsupported() error {
	return fmt.Errorf("ranges of %q: %w", display(r.url), errors.ErrUnsupported)
}

// first makes a request for the tail, and reports whether a second one may do better.
func (r *RangeReader) first(spec string) (again bool, err error) {
	err = r.get(spec, func(a *answer) error {
		switch a.StatusCode {
		case http.StatusPartialContent:
			cr, err := parseContentRange(a)
			if err != nil {
				return err
			}
			if cr.total < 0 {
				return r.unsupported()
			}
			if cr.last != cr.total-1 || cr.first != max(0, cr.total-tailBytes) {
				return &ProtocolError{URL: display(a.url), Problem: "answer is not the range that was asked for"}
			}
			r.size = cr.total
			return r.load(a, cr)
		case http.StatusOK:
			if again = a.Header.Get("Accept-Ranges") == "bytes" && a.ContentLength > smallFile; again {
				r.size = a.ContentLength
				return nil
			}
			if a.ContentLength < 1 || a.ContentLength > smallFile || a.encoding() != "" {
				return r.unsupported()
			}
			r.size = a.ContentLength
			return r.load(a, contentRange{first: 0, last: r.size - 1, total: r.size})
		case http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusRequestedRangeNotSatisfiable, http.StatusNotImplemented:
			return r.unsupported()
		}
		return a.status()
	})
	return again, err
}

// get makes one range request and hands its answer to use.
func (r *RangeReader) get(spec string, use func(*answer) error) error {
	c := r.site.client
	header := http.Header{"Accept": {"*/*"}, "Accept-Encoding": {"identity"}, "Range": {spec}}
	return c.whole(r.ctx, func(ctx context.Context) error {
		if r.calls++; r.calls > maxRangeCalls {
			return &TooLargeError{URL: display(r.url), Limit: maxRangeBytes}
		}
		a, err := r.site.do(ctx, call{url: r.url, header: header, class: classPage, limit: maxRangeBytes})
		if err != nil {
			return err
		}
		defer a.Body.Close()
		if err := r.identify(a); err != nil {
			return err
		}
		return use(a)
	})
}

// identify holds each answer against the first: parts of two files would make a third that nobody has published.
func (r *RangeReader) identify(a *answer) error {
	if a.StatusCode != http.StatusPartialContent && a.StatusCode != http.StatusOK {
		return nil
	}
	etag, date := a.Header.Get("ETag"), a.Header.Get("Last-Modified")
	if len(r.parts) == 0 {
		r.url, r.etag, r.date = a.url, etag, date
		return nil
	}
	if etag != r.etag || date != r.date {
		return &ProtocolError{URL: display(a.url), Problem: "file changed between two reads"}
	}
	return nil
}

// load reads the bytes of an answer into the kept parts.
func (r *RangeReader) load(a *answer, cr contentRange) error {
	n := cr.last - cr.first + 1
	if r.loaded+n > maxRangeBytes {
		return &TooLargeError{URL: display(a.url), Limit: maxRangeBytes}
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(a.Body, data); err != nil {
		if a.body.err != nil && a.body.err != io.EOF {
			return a.body.err
		}
		return &TruncatedError{URL: display(a.url), Got: a.body.got, Want: n, Err: err}
	}
	if _, err := io.CopyN(io.Discard, a.Body, 1); err != io.EOF {
		return &ProtocolError{URL: display(a.url), Problem: "answer is longer than its range"}
	}
	r.loaded += n
	i, _ := slices.BinarySearchFunc(r.parts, cr.first, func(p part, off int64) int { return cmp.Compare(p.off, off) })
	r.parts = slices.Insert(r.parts, i, part{off: cr.first, data: data})
	return nil
}

// ReadAt reads from offset off of the file (io.ReaderAt). What is not at hand is fetched, with the bytes after it up to
// the next part at hand.
func (r *RangeReader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("upstream: read at a negative offset")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for n < len(p) && off+int64(n) < r.size {
		pos := off + int64(n)
		if have := r.at(pos); have != nil {
			n += copy(p[n:], have)
			continue
		}
		if err := r.fetch(pos, min(off+int64(len(p)), r.size)); err != nil {
			return n, err
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// at returns the bytes at hand from pos on, nil for none.
func (r *RangeReader) at(pos int64) []byte {
	for _, p := range r.parts {
		if p.off <= pos && pos < p.end() {
			return p.data[pos-p.off:]
		}
	}
	return nil
}

// fetch gets the bytes from pos to end, or to where the next part at hand begins.
func (r *RangeReader) fetch(pos, end int64) error {
	if r.err != nil {
		return r.err
	}
	end = min(max(end, pos+readAhead), r.size)
	for _, p := range r.parts {
		if p.off > pos {
			end = min(end, p.off)
		}
	}
	if r.loaded+end-pos > maxRangeBytes {
		return &TooLargeError{URL: display(r.url), Limit: maxRangeBytes}
	}
	r.err = r.get(fmt.Sprintf("bytes=%d-%d", pos, end-1), func(a *answer) error {
		if a.StatusCode == http.StatusOK {
			return r.unsupported()
		}
		if a.StatusCode != http.StatusPartialContent {
			return a.status()
		}
		cr, err := parseContentRange(a)
		if err != nil {
			return err
		}
		if cr.first != pos || cr.last != end-1 || cr.total != r.size {
			return &ProtocolError{URL: display(a.url), Problem: "answer is not the range that was asked for"}
		}
		return r.load(a, cr)
	})
	return r.err
}
