package archive

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// A Format is how an archive's bytes are packed. The zero value is unknown.
type Format uint8

// The formats that Open tells apart by content.
const (
	FormatUnknown Format = iota
	FormatZip
	FormatTar
	FormatTarGzip
	FormatTarBzip2
	FormatTarXz
	FormatTarZstd
)

// String returns a short lower-case name such as "zip" or "tar.gz".
func (f Format) String() string {
	names := [...]string{"unknown", "zip", "tar", "tar.gz", "tar.bz2", "tar.xz", "tar.zst"}
	if int(f) < len(names) {
		return names[f]
	}
	return names[0]
}

// extFormats is what installers expect behind an extension: the binary and
// source distribution specifications and pip's own list of archive extensions.
var extFormats = map[string]Format{
	".whl": FormatZip, ".zip": FormatZip, ".egg": FormatZip,
	".tar": FormatTar, ".tar.gz": FormatTarGzip, ".tgz": FormatTarGzip,
	".tar.bz2": FormatTarBzip2, ".tbz": FormatTarBzip2, ".tbz2": FormatTarBzip2,
	".tar.xz": FormatTarXz, ".txz": FormatTarXz, ".tar.zst": FormatTarZstd,
}

func isSdistExt(ext string) bool {
	format, ok := extFormats[strings.ToLower(ext)]
	return ok && (format != FormatZip || strings.EqualFold(ext, ".zip"))
}

var magics = []struct {
	format Format
	magic  string
}{
	{FormatTarGzip, "\x1f\x8b"},
	{FormatTarBzip2, "BZh"},
	{FormatTarXz, "\xfd7zXZ\x00"},
	{FormatTarZstd, "\x28\xb5\x2f\xfd"},
	{FormatZip, zipLocalMagic},
	{FormatZip, zipEndMagic},
}

// sniff finds the format by content. What is announced decides only where the
// content is two things at once: an installer opens a .whl as a zip whatever
// its first bytes are, and every tar as a tar since pip 26.
func (a *Archive) sniff(ext string) error {
	want := extFormats[strings.ToLower(ext)]
	head := make([]byte, min(tarBlock, a.src.size))
	if _, err := a.src.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	zip, err := looksLikeZip(a.src)
	if err != nil {
		return err
	}
	a.format = sniffHead(head)
	switch {
	case zip && (want == FormatZip || a.format == FormatUnknown):
		a.format = FormatZip
	case zip && a.format != FormatZip:
		a.add("tar-zip-tail", "", "an end-of-central-directory record lies at the end of a "+a.format.String())
	}
	if a.format == FormatUnknown {
		return a.fail("format-unknown", "", detailf("first bytes %q", head[:min(8, len(head))]))
	}
	if want != FormatUnknown && want != a.format {
		a.add("format-mismatch", "", detailf("announced as %s, the content is %s", ext, a.format))
	}
	return nil
}

func sniffHead(head []byte) Format {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return m.format
		}
	}
	// A tar of nothing but its end is what Python makes of an empty folder list.
	if len(head) == tarBlock && (isZeroBlock(head) || tarChecksumHolds(head)) {
		return FormatTar
	}
	return FormatUnknown
}

// looksLikeZip answers as zipfile.is_zipfile of Python up to 3.13 does, which
// pip 25.3 and older ask before anything else: a signature anywhere in the last
// 64 KiB is enough.
func looksLikeZip(src *source) (bool, error) {
	tail, err := src.tail(zipTail)
	if err != nil {
		return false, err
	}
	return findZipEnd(tail) >= 0, nil
}
