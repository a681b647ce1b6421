package gate

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrClosed is returned for what is asked of a gate after its Close.
var ErrClosed = errors.New("gate closed")

// errUnjudged is an answer that should never be given: the work on a file is done, and yet there is no report of it.
var errUnjudged = errors.New("no report of a file that was scanned")

// BusyError says that as many files as the gate takes are being fetched or scanned already.
type BusyError struct {
	RetryAfter time.Duration // when to ask again
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("too many files are being fetched and scanned, try again in %s", e.RetryAfter)
}

// FetchError says that a file, or its metadata, could not be had from upstream. Err is one of package upstream's
// faults, or the context's error when the download took longer than the gate's limit.
type FetchError struct {
	Index    string // name of the index
	Filename string
	Err      error
}

func (e *FetchError) Error() string {
	return fmt.Sprintf("fetch %q from index %q: %v", e.Filename, e.Index, e.Err)
}

func (e *FetchError) Unwrap() error { return e.Err }

// fetchFault is the error of asking upstream. When the gate itself ended that, the reason is in the context.
func fetchFault(ctx context.Context, r *Request, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return &FetchError{Index: r.Index.Name, Filename: r.Filename.Text, Err: err}
}

// ScanError says that a stored file could not be read for its scan, or that the work on a file panicked. What a scan
// finds, or cannot read in a file, is never an error.
type ScanError struct {
	Filename string
	Err      error
}

func (e *ScanError) Error() string { return fmt.Sprintf("scan %q: %v", e.Filename, e.Err) }

func (e *ScanError) Unwrap() error { return e.Err }

// StoreError says that the store could not be read or written.
type StoreError struct {
	Filename string
	Err      error
}

func (e *StoreError) Error() string { return fmt.Sprintf("store %q: %v", e.Filename, e.Err) }

func (e *StoreError) Unwrap() error { return e.Err }
