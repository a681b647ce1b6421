package scan

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"hash"
	"io/fs"
	"strings"

	"pipwarden/scan/archive"
)

//go:embed *.go
var sources embed.FS

// Fingerprint identifies what this scanner does: a hash over the sources of this
// package and scan/archive, over [Scanner.Sources], the rules in their order and
// the limits. It changes by itself when one of them does, and is the same on
// every platform. Tests do not count, and neither do line endings.
func (s *Scanner) Fingerprint() string {
	s.once.Do(func() {
		h := sha256.New()
		for i, fsys := range append([]fs.FS{sources, archive.Sources}, s.Sources...) {
			fmt.Fprintf(h, "sources %d\n", i)
			if err := hashSources(h, fsys); err != nil {
				panic("scan: sources of the scanner: " + err.Error()) // embedded files always read
			}
		}
		for _, r := range s.Rules {
			fmt.Fprintf(h, "rule %q %d\n", r.ID, r.Weight)
		}
		fmt.Fprintf(h, "limits %+v\n", s.Limits)
		s.fingerprint = hex.EncodeToString(h.Sum(nil))[:fingerprintLen]
	})
	return s.fingerprint
}

// fingerprintLen is the length in hex digits: 96 bits, and short enough for a key.
const fingerprintLen = 24

func hashSources(h hash.Hash, fsys fs.FS) error {
	return fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := fs.ReadFile(fsys, path)
		if err != nil {
			return err
		}
		b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
		fmt.Fprintf(h, "file %q %d\n", path, len(b))
		h.Write(b)
		return nil
	})
}
