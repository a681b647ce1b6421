package archive

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
)

// walkZip yields the members in the order of the central directory, each after
// its local header was held against it.
func (a *Archive) walkZip(ctx context.Context, yield func(*Member, error) bool) {
	u := &unzipper{a: a, r: &window{src: a.src}}
	for i := range a.zip.entries {
		e := &a.zip.entries[i]
		if err := ctx.Err(); err != nil {
			yield(nil, err)
			return
		}
		m := e.member()
		if err := a.name(m, e.name); err != nil {
			yield(nil, err) // the name table is full
			return
		}
		data, err := u.checkLocal(e)
		if err == nil {
			err = a.refusal(e)
		}
		if a.src.err != nil {
			yield(nil, a.src.err)
			return
		}
		if err == nil && m.Kind == KindFile {
			m.open = func() (io.Reader, error) { return u.open(ctx, e, data) }
		}
		if !yield(m, err) {
			return
		}
	}
	a.finishNames()
}

func (e *zipEntry) member() *Member {
	m := &Member{Name: e.raw, Size: e.size, Mode: e.mode & modePerm}
	if strings.HasSuffix(e.name, "/") {
		m.Kind = KindDir
	}
	return m
}

// refusal is the reason why a member's content will not be read at all.
func (a *Archive) refusal(e *zipEntry) error {
	switch {
	case e.flags&(zipFlagEncrypted|zipFlagStrong|zipFlagMasked) != 0:
		return a.fail("zip-encrypted", e.raw, "the content is encrypted")
	case e.flags&zipFlagPatch != 0:
		return a.fail("zip-flags", e.raw, "the content is a patch")
	case e.size > a.limits.Member:
		return a.fail("limit-member", e.raw, detailf("a content of %d bytes", e.size))
	}
	return nil
}

// checkLocal holds the local header of a member against the central one and
// returns where its content begins. Everything from the header to the next one
// must be accounted for.
func (u *unzipper) checkLocal(e *zipEntry) (int64, error) {
	a := u.a
	next := a.zip.end.start
	if i, _ := slices.BinarySearch(a.zip.offsets, e.offset+1); i < len(a.zip.offsets) {
		next = a.zip.offsets[i]
	}
	if i, _ := slices.BinarySearch(a.zip.offsets, e.offset); i+1 < len(a.zip.offsets) && a.zip.offsets[i+1] == e.offset {
		a.add("zip-overlap", e.raw, "two members share one local header")
	}
	var fixed [zipLocalSize]byte
	if _, err := u.r.ReadAt(fixed[:], e.offset); err != nil {
		return 0, a.blame(err, "zip-local-header", e.raw)
	}
	le := binary.LittleEndian
	if string(fixed[:4]) != zipLocalMagic {
		return 0, a.fail("zip-local-header", e.raw, "no local header where the directory says")
	}
	nameLen, extraLen := int(le.Uint16(fixed[26:])), int(le.Uint16(fixed[28:]))
	rest := make([]byte, nameLen+extraLen)
	if _, err := u.r.ReadAt(rest, e.offset+zipLocalSize); err != nil {
		return 0, a.blame(err, "zip-local-header", e.raw)
	}
	if problem := compareLocal(e, fixed[:], rest[:nameLen], rest[nameLen:]); problem != "" {
		a.add("zip-local-header", e.raw, problem)
	}
	data := e.offset + zipLocalSize + int64(len(rest))
	if data > next || e.packed > next-data {
		a.add("zip-overlap", e.raw, "the member reaches into the next one or the directory")
		return data, nil
	}
	return data, u.checkGap(e, data+e.packed, next)
}

// compareLocal names the first field that decides and differs.
func compareLocal(e *zipEntry, fixed, name, extra []byte) string {
	le := binary.LittleEndian
	local := zipEntry{packed: int64(le.Uint32(fixed[18:])), size: int64(le.Uint32(fixed[22:]))}
	crc, flags := le.Uint32(fixed[14:]), le.Uint16(fixed[6:])
	well := eachExtra(extra, func(id uint16, data []byte) {
		if id == zipExtra64 && (local.size == sentinel32 || local.packed == sentinel32) {
			local.takeZip64(data)
		}
	})
	later := flags&zipFlagDescriptor != 0
	same := func(got, want int64) bool { return got == want || later && got == 0 }
	switch {
	case string(name) != e.raw:
		return detailf("the local name is %q", name)
	case flags&zipFlagsDeciding != e.flags&zipFlagsDeciding:
		return detailf("the local flags are %#04x, not %#04x", flags, e.flags)
	case le.Uint16(fixed[8:]) != e.method:
		return detailf("the local method is %d, not %d", le.Uint16(fixed[8:]), e.method)
	case !same(int64(crc), int64(e.crc)):
		return detailf("the local CRC is %08x, not %08x", crc, e.crc)
	case !same(local.packed, e.packed):
		return detailf("the local packed size is %d, not %d", local.packed, e.packed)
	case !same(local.size, e.size):
		return detailf("the local size is %d, not %d", local.size, e.size)
	case !well:
		return "the local extra fields are malformed"
	}
	return ""
}

// checkGap accounts for the bytes between a member's content and the next local
// header: a data descriptor that agrees, or nothing.
func (u *unzipper) checkGap(e *zipEntry, from, next int64) error {
	a, gap := u.a, next-from
	if a.zip.cut {
		return nil
	}
	if e.flags&zipFlagDescriptor == 0 || gap == 0 || gap > 24 {
		if gap > 0 {
			a.add("zip-hidden-bytes", e.raw, detailf("%d bytes between the member and the next one", gap))
		}
		if gap == 0 && e.flags&zipFlagDescriptor != 0 && !strings.HasSuffix(e.name, "/") {
			a.add("zip-descriptor", e.raw, "the announced data descriptor is missing")
		}
		return nil
	}
	b := make([]byte, gap)
	if _, err := u.r.ReadAt(b, from); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if !descriptorAgrees(b, e) {
		a.add("zip-descriptor", e.raw, "the data descriptor contradicts the directory")
	}
	return nil
}

// descriptorAgrees knows the four forms: with and without signature, sizes of
// 32 and 64 bits.
func descriptorAgrees(b []byte, e *zipEntry) bool {
	le := binary.LittleEndian
	if len(b) == 16 || len(b) == 24 {
		if !bytes.HasPrefix(b, []byte(zipDataMagic)) {
			return false
		}
		b = b[4:]
	}
	switch len(b) {
	case 12:
		return le.Uint32(b) == e.crc && int64(le.Uint32(b[4:])) == e.packed && int64(le.Uint32(b[8:])) == e.size
	case 20:
		return le.Uint32(b) == e.crc && int64(le.Uint64(b[4:])) == e.packed && int64(le.Uint64(b[12:])) == e.size
	}
	return false
}
