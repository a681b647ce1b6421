package archive

import (
	"bytes"
	"encoding/binary"
)

const (
	zipLocalMagic   = "PK\x03\x04"
	zipCentralMagic = "PK\x01\x02"
	zipEndMagic     = "PK\x05\x06"
	zipEnd64Magic   = "PK\x06\x06"
	zipLocatorMagic = "PK\x06\x07"
	zipDataMagic    = "PK\x07\x08"

	zipLocalSize   = 30
	zipCentralSize = 46
	zipEndSize     = 22
	zipEnd64Size   = 56
	zipLocatorSize = 20

	// zipTail is how far from the end Python looks for the end record: the
	// longest comment and the record.
	zipTail = 1<<16 + zipEndSize

	sentinel16 = 1<<16 - 1 // "see the zip64 record"
	sentinel32 = 1<<32 - 1
)

// A zipEnd is where the central directory lies, as Python's zipfile computes
// it: it ends where the end records begin, whatever its offset says.
type zipEnd struct {
	start   int64 // of the central directory
	size    int64 // of the central directory, bytes
	base    int64 // what to add to every offset: bytes before the archive
	entries uint64
}

// findZipEnd returns the index in the archive's last bytes of the end record
// that Python takes, or -1: the last 22 bytes if they are a record without
// comment, otherwise the last signature there is.
func findZipEnd(tail []byte) int {
	if i := len(tail) - zipEndSize; i >= 0 &&
		bytes.HasPrefix(tail[i:], []byte(zipEndMagic)) && tail[len(tail)-1] == 0 && tail[len(tail)-2] == 0 {
		return i
	}
	i := bytes.LastIndex(tail, []byte(zipEndMagic))
	if i < 0 || len(tail)-i < zipEndSize {
		return -1
	}
	return i
}

// readZipEnd finds and checks the end records.
func (a *Archive) readZipEnd() (zipEnd, error) {
	tail, err := a.src.tail(zipTail)
	if err != nil {
		return zipEnd{}, err
	}
	i := findZipEnd(tail)
	if i < 0 {
		return zipEnd{}, a.fail("zip-directory", "", "no end-of-central-directory record in the last 64 KiB")
	}
	le, rec := binary.LittleEndian, tail[i:]
	comment := int(le.Uint16(rec[20:]))
	if after := len(rec) - zipEndSize; comment > 0 {
		a.add("zip-comment", "", detailf("a comment of %d bytes", comment))
		if after != comment {
			a.add("zip-trailing-bytes", "", detailf("%d bytes after the end record, %d of comment", after, comment))
		}
	} else if after > 0 {
		a.add("zip-trailing-bytes", "", detailf("%d bytes after the end record", after))
	}
	if le.Uint16(rec[4:]) != 0 || le.Uint16(rec[6:]) != 0 || le.Uint16(rec[8:]) != le.Uint16(rec[10:]) {
		a.add("zip-multi-disk", "", "the end record speaks of several disks")
	}
	end := zipEnd{size: int64(le.Uint32(rec[12:])), entries: uint64(le.Uint16(rec[10:]))}
	offset := int64(le.Uint32(rec[16:]))
	at := a.src.size - int64(len(tail)) + int64(i)
	if at, offset, err = a.readZip64(&end, at, offset); err != nil {
		return zipEnd{}, err
	}
	end.start = at - end.size
	end.base = end.start - offset
	if end.size < 0 || offset < 0 || end.start < 0 || end.base < 0 {
		return zipEnd{}, a.fail("zip-directory", "", "the central directory does not lie inside the file")
	}
	return end, nil
}

// readZip64 reads the zip64 end record in front of the end record at the given
// place. It must lie right before its locator (Python assumes it there, others
// follow the locator's offset) and must not contradict the end record.
func (a *Archive) readZip64(end *zipEnd, at, offset int64) (int64, int64, error) {
	if at < zipLocatorSize+zipEnd64Size {
		return at, offset, a.wantNoSentinels(end, offset)
	}
	b := make([]byte, zipEnd64Size+zipLocatorSize)
	if _, err := a.src.ReadAt(b, at-int64(len(b))); err != nil {
		return 0, 0, err
	}
	le, rec, locator := binary.LittleEndian, b[:zipEnd64Size], b[zipEnd64Size:]
	if !bytes.HasPrefix(locator, []byte(zipLocatorMagic)) {
		return at, offset, a.wantNoSentinels(end, offset)
	}
	if !bytes.HasPrefix(rec, []byte(zipEnd64Magic)) {
		a.add("zip-zip64", "", "a zip64 locator without its record right before it")
		return at, offset, nil
	}
	if le.Uint32(locator[4:]) != 0 || le.Uint32(locator[16:]) > 1 || le.Uint32(rec[16:]) != 0 || le.Uint32(rec[20:]) != 0 {
		a.add("zip-multi-disk", "", "the zip64 end record speaks of several disks")
	}
	size, start, entries := le.Uint64(rec[40:]), le.Uint64(rec[48:]), le.Uint64(rec[32:])
	switch {
	case le.Uint64(rec[4:]) != zipEnd64Size-12:
		a.add("zip-zip64", "", "the zip64 end record has an unusual length")
	case le.Uint64(locator[8:]) != uint64(at)-uint64(len(b)):
		a.add("zip-zip64", "", "the zip64 locator points elsewhere than to the record before it")
	case le.Uint64(rec[24:]) != entries:
		a.add("zip-multi-disk", "", "the zip64 end record counts members on other disks")
	case differs64(uint64(end.size), size, sentinel32), differs64(uint64(offset), start, sentinel32),
		differs64(end.entries, entries, sentinel16):
		a.add("zip-zip64", "", "the end record and the zip64 end record disagree")
	}
	end.size, end.entries = int64(size), entries
	return at - int64(len(b)), int64(start), nil
}

// wantNoSentinels objects to an end record that refers to a zip64 record which
// is not there. 65,535 members are possible without one.
func (a *Archive) wantNoSentinels(end *zipEnd, offset int64) error {
	if end.size == sentinel32 || offset == sentinel32 {
		return a.fail("zip-zip64", "", "the end record refers to a zip64 record that is not there")
	}
	return nil
}

func differs64(short, long, sentinel uint64) bool {
	return short != sentinel && short != long
}
