package archive

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// General purpose flags of a zip member (APPNOTE 4.4.4).
const (
	zipFlagEncrypted  = 1 << 0
	zipFlagDescriptor = 1 << 3
	zipFlagPatch      = 1 << 5
	zipFlagStrong     = 1 << 6
	zipFlagUTF8       = 1 << 11
	zipFlagMasked     = 1 << 13

	// zipFlagsDeciding must be the same in both headers. The compression
	// level's bits 1 and 2 inform only.
	zipFlagsDeciding = ^uint16(1<<1 | 1<<2)
	zipFlagsKnown    = zipFlagEncrypted | 1<<1 | 1<<2 | zipFlagDescriptor | zipFlagUTF8
)

// Compression methods (APPNOTE 4.4.5).
const (
	zipStored  = 0
	zipDeflate = 8
	zipBzip2   = 12
	zipLZMA    = 14
	zipZstd    = 93
)

const (
	zipExtra64      = 0x0001
	zipExtraUnicode = 0x7075
)

// A zipDirectory is the central directory in memory: about 120 bytes and the
// name a member, bounded by Limits.Members and Limits.Directory.
type zipDirectory struct {
	end     zipEnd
	entries []zipEntry
	offsets []int64 // of all local headers, sorted
	cut     bool    // a limit ended the reading: offsets are missing
}

// A zipEntry is what the central directory says of a member.
type zipEntry struct {
	raw    string // the name's bytes
	name   string // as Python decodes it
	method uint16
	flags  uint16
	crc    uint32
	mode   uint32 // Unix mode, from the external attributes
	packed int64
	size   int64
	offset int64 // of the local header, from the start of the file
}

// openZip reads the end records and the central directory.
func (a *Archive) openZip() error {
	end, err := a.readZipEnd()
	if err != nil {
		return err
	}
	a.zip = &zipDirectory{end: end}
	if err := a.readZipPrefix(end.base); err != nil {
		return err
	}
	if err := a.readDirectory(); err != nil {
		return err
	}
	d := a.zip
	for _, e := range d.entries {
		d.offsets = append(d.offsets, e.offset)
	}
	slices.Sort(d.offsets)
	first := end.start
	if len(d.offsets) > 0 {
		first = d.offsets[0]
	}
	if first > end.base {
		a.add("zip-hidden-bytes", "", detailf("%d bytes before the first member", first-end.base))
	}
	return nil
}

// readZipPrefix objects to bytes before the archive: a launcher, or another
// archive that readers who trust offsets see instead.
func (a *Archive) readZipPrefix(base int64) error {
	if base == 0 {
		return nil
	}
	head := make([]byte, 4)
	if _, err := a.src.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if s := string(head); s == zipLocalMagic || s == zipEndMagic {
		a.add("zip-concatenated", "", detailf("the first %d bytes are another zip", base))
		return nil
	}
	a.add("zip-prefix", "", detailf("%d bytes before the archive", base))
	return nil
}

// readDirectory walks the central directory from its first byte to its last.
func (a *Archive) readDirectory() error {
	end := a.zip.end
	if end.size > a.limits.Directory {
		return a.fail("limit-directory", "", detailf("a central directory of %d bytes", end.size))
	}
	r := a.src.stream(end.start, end.size)
	count := uint64(0)
	for left := end.size; left > 0; count++ {
		if int(count) == a.limits.Members {
			_ = a.fail("limit-members", "", detailf("more than %d members", a.limits.Members))
			a.zip.cut = true
			return nil
		}
		n, err := a.readCentral(r, left)
		if err != nil {
			return err
		}
		left -= n
	}
	if count != end.entries {
		a.add("zip-directory", "", detailf("%d members counted, %d declared", count, end.entries))
	}
	return nil
}

// readCentral reads one record of at most left bytes and returns its length.
func (a *Archive) readCentral(r io.Reader, left int64) (int64, error) {
	var fixed [zipCentralSize]byte
	if left < zipCentralSize {
		return 0, a.fail("zip-directory", "", "the central directory ends inside a record")
	}
	if _, err := io.ReadFull(r, fixed[:]); err != nil {
		return 0, a.blame(err, "zip-directory", "")
	}
	le := binary.LittleEndian
	nameLen, extraLen, commentLen := int(le.Uint16(fixed[28:])), int(le.Uint16(fixed[30:])), int(le.Uint16(fixed[32:]))
	total := int64(zipCentralSize + nameLen + extraLen + commentLen)
	if string(fixed[:4]) != zipCentralMagic || total > left {
		return 0, a.fail("zip-directory", "", "a record of the central directory is malformed")
	}
	rest := make([]byte, nameLen+extraLen+commentLen)
	if _, err := io.ReadFull(r, rest); err != nil {
		return 0, a.blame(err, "zip-directory", "")
	}
	e := zipEntry{
		raw:    string(rest[:nameLen]),
		flags:  le.Uint16(fixed[8:]),
		method: le.Uint16(fixed[10:]),
		crc:    le.Uint32(fixed[16:]),
		packed: int64(le.Uint32(fixed[20:])),
		size:   int64(le.Uint32(fixed[24:])),
		offset: int64(le.Uint32(fixed[42:])),
		mode:   le.Uint32(fixed[38:]) >> 16,
	}
	if le.Uint16(fixed[34:]) != 0 {
		a.add("zip-multi-disk", e.raw, "the member starts on another disk")
	}
	a.nameEntry(&e)
	if err := a.readExtra(&e, rest[nameLen:nameLen+extraLen]); err != nil {
		return 0, err
	}
	e.offset += a.zip.end.base
	if e.packed < 0 || e.size < 0 || e.offset < 0 {
		return 0, a.fail("zip-directory", e.raw, "a size or offset beyond 2^63")
	}
	a.checkEntry(&e)
	a.zip.entries = append(a.zip.entries, e)
	return total, nil
}

// nameEntry decodes the name as Python does: UTF-8 by flag or code page 437,
// up to the first NUL.
func (a *Archive) nameEntry(e *zipEntry) {
	e.name = e.raw
	ascii := !strings.ContainsFunc(e.raw, func(r rune) bool { return r >= utf8.RuneSelf })
	if e.flags&zipFlagUTF8 == 0 && !ascii {
		a.add("zip-name-encoding", e.raw, "a name beyond ASCII without the UTF-8 flag: code page 437 to Python, UTF-8 to others")
		e.name, _ = charmap.CodePage437.NewDecoder().String(e.raw)
	}
	e.name, _, _ = strings.Cut(e.name, "\x00")
}

// readExtra reads the extra fields that decide: zip64 sizes and the Unicode
// path, by which Python 3.13 renames and older ones do not.
func (a *Archive) readExtra(e *zipEntry, extra []byte) error {
	seen64 := false
	need64 := e.size == sentinel32 || e.packed == sentinel32 || e.offset == sentinel32
	ok := eachExtra(extra, func(id uint16, data []byte) {
		switch id {
		case zipExtra64:
			if seen64 || !e.takeZip64(data) {
				a.add("zip-zip64", e.raw, "the zip64 sizes are not those that the header lacks")
			}
			seen64 = true
		case zipExtraUnicode:
			if !unicodePathAgrees(data, e) {
				a.add("zip-unicode-path", e.raw, detailf("another name in the Unicode path field: %q", data))
			}
		}
	})
	if !ok {
		a.add("zip-extra", e.raw, "malformed extra fields")
	}
	if need64 && !seen64 {
		return a.fail("zip-zip64", e.raw, "the zip64 sizes are missing")
	}
	return nil
}

// eachExtra calls f for each extra field and reports whether they are well
// formed to the last byte.
func eachExtra(extra []byte, f func(id uint16, data []byte)) bool {
	for len(extra) > 0 {
		if len(extra) < 4 {
			return false
		}
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if n > len(extra)-4 {
			return false
		}
		f(id, extra[4:4+n])
		extra = extra[4+n:]
	}
	return true
}

// takeZip64 fills in the fields whose 32-bit form is the sentinel, in their
// fixed order, and reports whether the data is exactly that.
func (e *zipEntry) takeZip64(data []byte) bool {
	for _, field := range []*int64{&e.size, &e.packed, &e.offset} {
		if *field != sentinel32 {
			continue
		}
		if len(data) < 8 {
			return false
		}
		*field = int64(binary.LittleEndian.Uint64(data))
		data = data[8:]
	}
	return len(data) == 0
}

func unicodePathAgrees(data []byte, e *zipEntry) bool {
	if len(data) < 5 || data[0] != 1 {
		return false
	}
	// A checksum of another name means that the field is stale and to be
	// ignored (APPNOTE 4.6.9); not everybody checks.
	same := string(data[5:]) == e.name
	return same && binary.LittleEndian.Uint32(data[1:]) == crc32.ChecksumIEEE([]byte(e.raw))
}

// checkEntry objects to what a member's own record shows.
func (a *Archive) checkEntry(e *zipEntry) {
	if strings.IndexByte(e.raw, 0) >= 0 {
		a.add("name-nul", e.raw, "the name ends at the NUL for Python")
	}
	if unknown := e.flags &^ zipFlagsKnown; unknown != 0 {
		a.add("zip-flags", e.raw, detailf("general purpose flags %#04x", unknown))
	}
	folder := strings.HasSuffix(e.name, "/")
	if folder && e.size != 0 {
		a.add("zip-folder-content", e.raw, detailf("a folder with %d bytes of content", e.size))
	}
	switch e.mode & modeType {
	case 0, modeRegular, modeDir:
		// Some writers mark files of folders with the folder's type; pip goes
		// by the slash.
		if e.mode&modeType == modeDir && !folder {
			a.add("zip-special", e.raw, "a file with a folder's mode")
		}
	case modeSymlink:
		a.add("zip-symlink", e.raw, "a symbolic link; a regular file holding the target's name for pip")
	default:
		a.add("zip-special", e.raw, detailf("the mode %#o of neither file nor folder", e.mode))
	}
	if e.method != zipStored && e.method != zipDeflate {
		a.add("zip-method", e.raw, detailf("compression method %d", e.method))
	}
}

// Unix file types in a mode (stat.h).
const (
	modeType    = 0o170000
	modeRegular = 0o100000
	modeDir     = 0o040000
	modeSymlink = 0o120000
	modePerm    = 0o7777
)
