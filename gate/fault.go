package gate

import (
	"errors"
	"fmt"
	"time"
)

// ErrClosed is returned for what is asked of a gate after its Close.
var ErrClosed = errors.New("gate closed")

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

// ScanError says that a stored file could not be read for its scan. What a scan finds, or cannot read in a file, is
// never an error.
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
