package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
)

// A DigestReader hashes and counts what is read through it, so that one pass
// over a member serves scanning, digests and RECORD.
type DigestReader struct {
	r io.Reader
	h hash.Hash
	n int64
}

// NewDigestReader returns a reader of r that hashes with SHA-256.
func NewDigestReader(r io.Reader) *DigestReader {
	return &DigestReader{r: r, h: sha256.New()}
}

// Read reads from the underlying reader and passes its errors on.
func (d *DigestReader) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	d.h.Write(p[:n])
	d.n += int64(n)
	return n, err
}

// Reset starts anew with r, keeping the memory.
func (d *DigestReader) Reset(r io.Reader) {
	d.r, d.n = r, 0
	d.h.Reset()
}

// Sum returns the digest and the number of the bytes read so far as a FileSum
// for the given path.
func (d *DigestReader) Sum(path string) FileSum {
	return FileSum{Path: path, SHA256: hex.EncodeToString(d.h.Sum(nil)), Size: d.n}
}
