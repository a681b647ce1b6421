package rules_test

import (
	"io"
	"testing"

	"pipwarden/pypi"
	"pipwarden/scan"
)

// scanBytes scans a file in memory. A name that is no file's of a project is
// scanned as one of unknown kind. How good the rules are over labelled sets is
// what cmd/measure tells.
func scanBytes(t *testing.T, s *scan.Scanner, name string, content io.ReaderAt, size int64) *scan.Report {
	t.Helper()
	filename, err := pypi.ParseFilename(name, "")
	if err != nil {
		filename = pypi.Filename{Text: name}
	}
	r, err := s.Scan(t.Context(), scan.Input{Filename: filename, Content: content, Size: size})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}
