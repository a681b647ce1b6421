package archive

import (
	"crypto/sha256"
	"hash"
	"io"
)

// A RecordEntry is one line of a wheel's RECORD file (PEP 376, PEP 427).
type RecordEntry struct {
	Path      string
	Algorithm string // lower case, such as "sha256"; empty when the line has no hash
	Digest    string // lower-case hexadecimal
	Size      int64  // bytes; -1 when the line has no size
	Line      int    // 1-based
}

// A DigestReader hashes what is read through it.
type DigestReader struct {
	r io.Reader
	h hash.Hash
	n int64
}

// NewDigestReader returns a reader of r that hashes with SHA-256.
func NewDigestReader(r io.Reader) *DigestReader {
	return &DigestReader{r: r, h: sha256.New()}
}
