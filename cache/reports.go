package cache

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"pipwarden/scan"
)

// ReportKey is everything that determines a report: the bytes, the name they
// are installed under, and the scanner. Bytes that are a clean .tar.gz and a
// malicious .whl at once must not share one.
type ReportKey struct {
	SHA256   string // of the file, lower-case hex
	Filename string
	Scanner  string // fingerprint of the scanner
}

// Record is a stored report. It is shared: nobody changes it.
type Record struct {
	Report    *scan.Report  `json:"report"`
	ScannedAt time.Time     `json:"scanned_at"`
	Elapsed   time.Duration `json:"elapsed"` // of the scan, nanoseconds
}

func (k ReportKey) key() ([]byte, error) {
	id, ok := parseDigest(k.SHA256)
	if !ok {
		return nil, fmt.Errorf("report: %q is not a SHA-256", k.SHA256)
	}
	return append(append([]byte{keyReport}, id[:]...), textKey(keyReport, k.Filename, k.Scanner)[1:]...), nil
}

// matches reports whether r is the report that k asks for.
func (k ReportKey) matches(r *Record) bool {
	return r != nil && r.Report != nil &&
		k == ReportKey{r.Report.SHA256, r.Report.Filename, r.Report.Scanner}
}

// Report returns the report of k; fs.ErrNotExist when there is none. The record
// is shared and must not be changed.
func (s *Store) Report(k ReportKey) (*Record, error) {
	if r, ok := s.reports.get(k); ok {
		return r, nil
	}
	key, err := k.key()
	if err != nil {
		return nil, err
	}
	if !s.mayHave(key) {
		return nil, errUnknown
	}
	b, err := s.getPacked(key)
	if err != nil {
		return nil, fmt.Errorf("report of %q: %w", k.Filename, err)
	}
	r := new(Record)
	if err := json.Unmarshal(b, r); err != nil || !k.matches(r) {
		return nil, fmt.Errorf("report of %q: %w", k.Filename, s.absent(errors.Join(errGarbled, err)))
	}
	s.reports.put(k, r, int64(len(b)))
	return r, nil
}

// PutReport stores r under k. The store keeps r itself for its readers, so the
// caller must not change it afterwards. A report that is of another file, name
// or scanner than k says is refused.
func (s *Store) PutReport(k ReportKey, r *Record) error {
	key, err := k.key()
	if err != nil {
		return err
	}
	if !k.matches(r) {
		return fmt.Errorf("report of %q: it is of another file, name or scanner", k.Filename)
	}
	b, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("report of %q: %w", k.Filename, err)
	}
	s.filter.add(key)
	if err := s.db.put(write{key, s.pack.pack(b), reportLife}); err != nil {
		return fmt.Errorf("report of %q: %w", k.Filename, err)
	}
	s.reports.put(k, r, int64(len(b)))
	return nil
}
