package cache

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"pipwarden/pypi"
	"pipwarden/scan"
)

// OwnerInfo says which process holds a store and how to reach it.
type OwnerInfo struct {
	PID   int    `json:"pid"`
	URL   string `json:"url,omitempty"`
	Token string `json:"token,omitempty"`
}

// SetOwner writes o for other processes to read.
func (s *Store) SetOwner(o OwnerInfo) error { return errors.ErrUnsupported }

// ReadOwner reads who holds the store at dir; fs.ErrNotExist when nobody does.
func ReadOwner(dir string) (OwnerInfo, error) { return OwnerInfo{}, errors.ErrUnsupported }

// LockedError says that another process holds the folder.
type LockedError struct {
	Dir   string
	Owner OwnerInfo
}

func (e *LockedError) Error() string { return "store is in use" }

// MismatchError says that bytes are not those that were announced.
type MismatchError struct {
	Algorithm string // "sha256", ..., or "size"
	Want, Got string // lower-case hex, or decimal for "size"
	Resumed   bool   // part of the bytes came from an earlier, broken transfer
}

func (e *MismatchError) Error() string { return "bytes do not match" }

// TruncatedError says that fewer bytes came than announced.
type TruncatedError struct{ Want, Got int64 }

func (e *TruncatedError) Error() string { return "truncated" }

// FullError says that the disk or the quota is full.
type FullError struct {
	Dir string
	Err error
}

func (e *FullError) Error() string { return "disk full" }
func (e *FullError) Unwrap() error { return e.Err }

// Blob is a whole, verified file of the store.
type Blob struct{}

func (b *Blob) ReadAt(p []byte, off int64) (int, error) { return 0, errors.ErrUnsupported }
func (b *Blob) Size() int64                             { return 0 }
func (b *Blob) SHA256() string                          { return "" }
func (b *Blob) Bytes() ([]byte, bool)                   { return nil, false }
func (b *Blob) File() (*os.File, error)                 { return nil, errors.ErrUnsupported }
func (b *Blob) Reader() *io.SectionReader               { return io.NewSectionReader(b, 0, b.Size()) }
func (b *Blob) Close() error                            { return nil }

// Open opens the file with that SHA-256; fs.ErrNotExist when the store has none.
func (s *Store) Open(sha256 string) (*Blob, error) { return nil, errors.ErrUnsupported }

// CreateOptions says what is about to be written.
type CreateOptions struct {
	Key  string      // resume key; "" = nothing is kept of a broken transfer
	Want pypi.Hashes // all that can be computed are verified
	Size int64       // bytes; 0 = not known
}

// Writer takes one file into the store.
type Writer struct{}

func (s *Store) Create(ctx context.Context, o CreateOptions) (*Writer, error) {
	return nil, errors.ErrUnsupported
}
func (w *Writer) Write(p []byte) (int, error) { return 0, errors.ErrUnsupported }
func (w *Writer) Offset() int64               { return 0 }
func (w *Writer) Validator() string           { return "" }
func (w *Writer) SetValidator(v string) error { return nil }
func (w *Writer) Restart() error              { return errors.ErrUnsupported }
func (w *Writer) Commit(ctx context.Context) (string, *Blob, error) {
	return "", nil, errors.ErrUnsupported
}
func (w *Writer) Keep() error  { return nil }
func (w *Writer) Abort() error { return nil }

// ReportKey is everything that determines a report.
type ReportKey struct{ SHA256, Filename, Scanner string }

// Record is a stored report.
type Record struct {
	Report    *scan.Report  `json:"report"`
	ScannedAt time.Time     `json:"scanned_at"`
	Elapsed   time.Duration `json:"elapsed"`
}

func (s *Store) Report(k ReportKey) (*Record, error)    { return nil, errors.ErrUnsupported }
func (s *Store) PutReport(k ReportKey, r *Record) error { return errors.ErrUnsupported }

// PageEntry is one index page as upstream sent it.
type PageEntry struct {
	Index            string
	Project          pypi.Name
	URL              string
	ContentType      string
	ETag             string
	LastModified     string
	Body             []byte
	Fetched, Checked time.Time
}

func (s *Store) Page(index string, n pypi.Name) (*PageEntry, error) {
	return nil, errors.ErrUnsupported
}
func (s *Store) PutPage(p *PageEntry) error { return errors.ErrUnsupported }
func (s *Store) TouchPage(index string, n pypi.Name, checked time.Time) error {
	return errors.ErrUnsupported
}
func (s *Store) Metadata(key string) ([]byte, error)         { return nil, errors.ErrUnsupported }
func (s *Store) PutMetadata(key string, b []byte) error      { return errors.ErrUnsupported }
func (s *Store) FileHash(index, url string) (string, error)  { return "", errors.ErrUnsupported }
func (s *Store) PutFileHash(index, url, sha256 string) error { return errors.ErrUnsupported }

// Sighting is one file of an index page for FirstSeenAll.
type Sighting struct{ Filename, SHA256 string }

func (s *Store) FirstSeen(index, filename, sha256 string, now time.Time) (time.Time, error) {
	return time.Time{}, errors.ErrUnsupported
}

// FirstSeenAll is FirstSeen for a whole page, in one transaction; the times are in the order of files.
func (s *Store) FirstSeenAll(index string, files []Sighting, now time.Time) ([]time.Time, error) {
	return nil, errors.ErrUnsupported
}

// Event is something that happened, for the audit trail.
type Event struct {
	ID       uint64        `json:"id"` // given by the store, grows by one
	Time     time.Time     `json:"time"`
	Kind     string        `json:"kind"`
	Session  string        `json:"session,omitempty"`
	Client   string        `json:"client,omitempty"`
	Index    string        `json:"index,omitempty"`
	Project  pypi.Name     `json:"project,omitempty"`
	Filename string        `json:"filename,omitempty"`
	SHA256   string        `json:"sha256,omitempty"`
	Action   string        `json:"action,omitempty"`
	Code     string        `json:"code,omitempty"`
	Reason   string        `json:"reason,omitempty"`
	Setting  string        `json:"setting,omitempty"`
	Cached   bool          `json:"cached,omitempty"`
	Bytes    int64         `json:"bytes,omitempty"`
	Elapsed  time.Duration `json:"elapsed,omitempty"`
}

func (s *Store) Append(e Event) {}
func (s *Store) Events(ctx context.Context, since uint64, limit int) ([]Event, error) {
	return nil, errors.ErrUnsupported
}
func (s *Store) Subscribe(ctx context.Context) <-chan Event { return nil }
func (s *Store) LastEventID() uint64                        { return 0 }

// Stats are the store's sizes.
type Stats struct {
	Dir                                    string
	Blobs, Pinned, Partials                int
	BlobBytes, MaxBytes                    int64
	PartialBytes, DatabaseBytes            int64
	Reports, Pages, Metadata, Seen, Events int
	LostEvents                             uint64
}

// VerifyOptions bounds a verification.
type VerifyOptions struct {
	BytesPerSecond int64                                    // 0 = DefaultVerifyRate
	Progress       func(sha256 string, size int64, ok bool) // nil = none
}

// VerifyResult says what a verification found.
type VerifyResult struct {
	Checked int
	Bytes   int64
	Damaged []string // SHA-256 of files that were removed
	Missing []string // recorded, but not there
	Adopted int      // whole files without a record, recorded now
	Strays  int      // files that are none of the store's, removed
}

// PruneOptions says what to remove.
type PruneOptions struct {
	MaxBytes  int64         // remove the least recently used down to this; 0 = the store's limit; negative = all
	OlderThan time.Duration // and what was not used for this long; 0 = any age stays
}

// PruneResult says what was removed.
type PruneResult struct {
	Removed int
	Bytes   int64
	Pinned  int // would have been removed, but is being served
}

func (s *Store) Stats(ctx context.Context) (Stats, error) { return Stats{}, errors.ErrUnsupported }
func (s *Store) Verify(ctx context.Context, o VerifyOptions) (VerifyResult, error) {
	return VerifyResult{}, errors.ErrUnsupported
}
func (s *Store) Prune(ctx context.Context, o PruneOptions) (PruneResult, error) {
	return PruneResult{}, errors.ErrUnsupported
}
