package upstream

import (
	"context"
	"errors"
	"io"
)

// FileResponse is a file on its way. The caller closes Body.
type FileResponse struct {
	// Body ends with io.EOF only after all announced bytes; else with *TruncatedError, *TimeoutError, *TooLargeError or
	// the error of the context that the request was made with.
	Body         io.ReadCloser
	Offset       int64 // position of Body's first byte in the file; 0 when the server sends it from the start
	Size         int64 // of the whole file in bytes, as announced; -1 = not said
	ETag         string
	LastModified string
}

// RangeReader reads parts of a file that stays upstream. It is safe for concurrent use.
type RangeReader struct {
	size int64
}

// Size is the length of the file in bytes.
func (r *RangeReader) Size() int64 { return r.size }

// ReadAt reads from offset off of the file (io.ReaderAt).
func (r *RangeReader) ReadAt(p []byte, off int64) (int, error) { return 0, errors.ErrUnsupported }

// File fetches a file.
func (c *Client) File(ctx context.Context, r FileRequest) (*FileResponse, error) {
	return nil, errors.ErrUnsupported
}

// Metadata fetches the core metadata that lies next to a wheel (PEP 658): the URL with ".metadata" appended.
func (c *Client) Metadata(ctx context.Context, r FileRequest) ([]byte, error) {
	return nil, errors.ErrUnsupported
}

// Ranges opens a file for reading parts of it. It returns errors.ErrUnsupported when the server takes no ranges.
func (c *Client) Ranges(ctx context.Context, r FileRequest) (*RangeReader, error) {
	return nil, errors.ErrUnsupported
}

// Page fetches the page of a project.
func (c *Client) Page(ctx context.Context, r PageRequest) (*PageResponse, error) {
	return nil, errors.ErrUnsupported
}

// New checks the options and makes a client. It opens no connection.
func New(opts Options) (*Client, error) { return &Client{opts: opts}, nil }

// ParseIndex makes an index of a URL as people write it: a user is moved to Auth, a slash is added to the path.
func ParseIndex(name, rawURL string) (Index, error) { return Index{}, nil }

type proxies struct{}
type netrc struct{}
type hosts struct{}
