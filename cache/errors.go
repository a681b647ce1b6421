package cache

import (
	"errors"
	"fmt"
	"io/fs"
)

// LockedError says that another live process holds the folder.
type LockedError struct {
	Dir   string
	Owner OwnerInfo // PID 0 = the owner did not say who it is
}

func (e *LockedError) Error() string {
	who := "another process"
	if e.Owner.PID != 0 {
		who = fmt.Sprintf("process %d", e.Owner.PID)
	}
	if e.Owner.URL != "" {
		who += fmt.Sprintf(" at %q", e.Owner.URL)
	}
	return fmt.Sprintf("store %q is in use by %s\nuse that one, stop it, or choose another folder", e.Dir, who)
}

// FolderError says that the store's folder cannot be used.
type FolderError struct {
	Dir     string
	Problem string // what is wrong and the way out
	Err     error  // nil when the system gave none
}

func (e *FolderError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("store %q: %s", e.Dir, e.Problem)
	}
	return fmt.Sprintf("store %q: %s: %v", e.Dir, e.Problem, e.Err)
}

func (e *FolderError) Unwrap() error { return e.Err }

// MismatchError says that bytes are not those that were announced.
type MismatchError struct {
	Algorithm string // "sha256", ..., or "size"
	Want, Got string // lower-case hex; decimal for "size"
	Resumed   bool   // part of the bytes came from an earlier, broken transfer: a fresh one may succeed
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("%s is %s, announced was %q", e.Algorithm, e.Got, e.Want)
}

// UnknownHashError says that all announced hashes are of algorithms that cannot
// be computed here, so that nothing would be verified.
type UnknownHashError struct{ Algorithms []string }

func (e *UnknownHashError) Error() string {
	return fmt.Sprintf("no announced hash can be verified: %q", e.Algorithms)
}

// TruncatedError says that fewer bytes came than announced. What came is kept.
type TruncatedError struct{ Want, Got int64 }

func (e *TruncatedError) Error() string {
	return fmt.Sprintf("got %d of %d bytes", e.Got, e.Want)
}

// FullError says that the disk or the quota is full, or so nearly that the
// database would be in danger.
type FullError struct {
	Dir string
	Err error
}

func (e *FullError) Error() string {
	return fmt.Sprintf("no room in store %q: %v\nfree some space, or lower the size limit", e.Dir, e.Err)
}

func (e *FullError) Unwrap() error { return e.Err }

// DamagedError says that a stored file turned out to be damaged while it was
// open. It is removed when the last user closes it.
type DamagedError struct{ SHA256 string }

func (e *DamagedError) Error() string { return fmt.Sprintf("stored file %s is damaged", e.SHA256) }

// errClosed is what a closed store answers.
var errClosed = fmt.Errorf("store: %w", fs.ErrClosed)

// notExist says that the store does not have it.
func notExist(what, name string) error {
	return fmt.Errorf("%s %q: %w", what, name, fs.ErrNotExist)
}

// ioError wraps err of the file system, with its own type when the disk is full.
func (s *Store) ioError(what string, err error) error {
	var full *FullError
	if isFull(err) && !errors.As(err, &full) {
		err = &FullError{Dir: s.dir, Err: err}
	}
	return fmt.Errorf("%s: %w", what, err)
}
