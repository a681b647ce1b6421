package archive_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"testing"
)

// A zipSpec is a zip as its bytes are laid out, so that each can be wrong.
type zipSpec struct {
	before  string // in front of everything; offsets do not count it
	first   string // in front of the first member; offsets count it
	members []zipMember
	comment string
	after   string // behind the end record
	zip64   bool   // with zip64 end records
	edit64  func(rec, locator []byte)
	editEnd func(b []byte)
}

// A zipMember is one member; local and central edit the headers, fixed part,
// name and extra field together.
type zipMember struct {
	name, body     string
	method, flags  uint16
	mode           uint32
	extra          string // in both headers
	packed         []byte // instead of the body, packed by the method
	central, local func(b []byte)
	after          string // behind the content
	hole           string // in front of the local header
	at             int    // offset of another local header plus one, which is used instead
}

var le = binary.LittleEndian

func deflate(body string) []byte {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.DefaultCompression)
	if err != nil {
		panic(err)
	}
	if _, err := w.Write([]byte(body)); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// bytes lays the zip out.
func (z zipSpec) bytes() []byte {
	var out, dir bytes.Buffer
	out.WriteString(z.first)
	for _, m := range z.members {
		m.write(&out, &dir)
	}
	start := out.Len()
	out.Write(dir.Bytes())
	if z.zip64 {
		rec, locator := make([]byte, 56), make([]byte, 20)
		copy(rec, "PK\x06\x06")
		le.PutUint64(rec[4:], 44)
		le.PutUint64(rec[24:], uint64(len(z.members)))
		le.PutUint64(rec[32:], uint64(len(z.members)))
		le.PutUint64(rec[40:], uint64(dir.Len()))
		le.PutUint64(rec[48:], uint64(start))
		copy(locator, "PK\x06\x07")
		le.PutUint64(locator[8:], uint64(out.Len()))
		le.PutUint32(locator[16:], 1)
		if z.edit64 != nil {
			z.edit64(rec, locator)
		}
		out.Write(rec)
		out.Write(locator)
	}
	end := make([]byte, 22)
	copy(end, "PK\x05\x06")
	le.PutUint16(end[8:], uint16(len(z.members)))
	le.PutUint16(end[10:], uint16(len(z.members)))
	le.PutUint32(end[12:], uint32(dir.Len()))
	le.PutUint32(end[16:], uint32(start))
	le.PutUint16(end[20:], uint16(len(z.comment)))
	if z.editEnd != nil {
		z.editEnd(end)
	}
	out.Write(end)
	return []byte(z.before + out.String() + z.comment + z.after)
}

func (m zipMember) write(out, dir *bytes.Buffer) {
	packed := m.packed
	if packed == nil {
		packed = []byte(m.body)
		if m.method == 8 {
			packed = deflate(m.body)
		}
	}
	out.WriteString(m.hole)
	offset := out.Len()
	if m.at > 0 {
		offset = m.at - 1
	}
	local := make([]byte, 30, 30+len(m.name)+len(m.extra))
	copy(local, "PK\x03\x04\x14\x00")
	m.common(local[6:], packed)
	local = append(append(local, m.name...), m.extra...)
	if m.local != nil {
		m.local(local)
	}
	if m.at == 0 {
		out.Write(local)
		out.Write(packed)
		out.WriteString(m.after)
	}
	central := make([]byte, 46, 46+len(m.name)+len(m.extra))
	copy(central, "PK\x01\x02\x14\x03\x14\x00")
	m.common(central[8:], packed)
	le.PutUint32(central[38:], m.mode<<16)
	le.PutUint32(central[42:], uint32(offset))
	central = append(append(central, m.name...), m.extra...)
	if m.central != nil {
		m.central(central)
	}
	dir.Write(central)
}

// common writes the fields that both headers have, from the flags on.
func (m zipMember) common(b, packed []byte) {
	le.PutUint16(b, m.flags)
	le.PutUint16(b[2:], m.method)
	le.PutUint16(b[6:], 0x21) // the first of January 1980
	le.PutUint32(b[8:], crc32.ChecksumIEEE([]byte(m.body)))
	le.PutUint32(b[12:], uint32(len(packed)))
	le.PutUint32(b[16:], uint32(len(m.body)))
	le.PutUint16(b[20:], uint16(len(m.name)))
	le.PutUint16(b[22:], uint16(len(m.extra)))
}

// descriptor is a data descriptor with signature for a stored body.
func descriptor(body string) string {
	b := []byte("PK\x07\x08")
	b = le.AppendUint32(b, crc32.ChecksumIEEE([]byte(body)))
	b = le.AppendUint32(b, uint32(len(body)))
	return string(le.AppendUint32(b, uint32(len(body))))
}

// extraField is one extra field.
func extraField(id uint16, data string) string {
	b := le.AppendUint16(nil, id)
	return string(le.AppendUint16(b, uint16(len(data)))) + data
}

// unicodePath is a Unicode path field for a member of the given name.
func unicodePath(name, path string) string {
	return extraField(0x7075, "\x01"+string(le.AppendUint32(nil, crc32.ChecksumIEEE([]byte(name))))+path)
}

// zips lays out members.
func zips(members ...zipMember) []byte { return zipSpec{members: members}.bytes() }

// A tarEntry is one raw tar header with its content.
type tarEntry struct {
	name, body, link, prefix string
	flag                     byte   // 0 means '0'
	size                     string // instead of the body's length, as the field's bytes
	mode                     string
	magic                    string // "" is POSIX ustar
	edit                     func(b []byte)
	badSum                   bool
	bare                     bool // no padding after the body
}

func (e tarEntry) bytes() []byte {
	b := make([]byte, 512)
	copy(b[:100], e.name)
	field := func(off int, s, otherwise string) {
		if s == "" {
			s = otherwise
		}
		copy(b[off:], s)
	}
	field(100, e.mode, "0000644\x00")
	copy(b[108:], "0000000\x000000000\x00")
	field(124, e.size, fmt.Sprintf("%011o\x00", len(e.body)))
	copy(b[136:], "00000000000\x00")
	b[156] = e.flag
	if e.flag == 0 {
		b[156] = '0'
	}
	copy(b[157:], e.link)
	field(257, e.magic, "ustar\x0000")
	copy(b[345:500], e.prefix)
	if e.edit != nil {
		e.edit(b)
	}
	copy(b[148:], "        ")
	sum := 0
	for _, c := range b {
		sum += int(c)
	}
	if e.badSum {
		sum++
	}
	copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
	b = append(b, e.body...)
	if !e.bare {
		b = append(b, make([]byte, (512-len(e.body)%512)%512)...)
	}
	return b
}

// paxRecords writes records in pairs of key and value.
func paxRecords(pairs ...string) string {
	var out string
	for i := 0; i < len(pairs); i += 2 {
		record := fmt.Sprintf(" %s=%s\n", pairs[i], pairs[i+1])
		n := len(record) + 1
		for len(fmt.Sprint(n))+len(record) != n {
			n++
		}
		out += fmt.Sprint(n) + record
	}
	return out
}

// pax is an extension header with records.
func pax(flag byte, pairs ...string) tarEntry {
	return tarEntry{name: "pax", flag: flag, body: paxRecords(pairs...)}
}

var tarEnd = make([]byte, 1024)

// tars lays out entries and the end.
func tars(entries ...tarEntry) []byte {
	var out []byte
	for _, e := range entries {
		out = append(out, e.bytes()...)
	}
	return append(out, tarEnd...)
}

// gz packs as one gzip member.
func gz(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// TestBuild holds the builders to what they are for: an archive without a
// single objection when nothing is made wrong.
func TestBuild(t *testing.T) {
	for _, tt := range []struct {
		name, ext string
		b         []byte
	}{
		{"zip", ".whl", zips(zipMember{name: "a.py", body: "a"}, zipMember{name: "p/", mode: 0o40755}, zipMember{name: "p/b.py", body: "bb", method: 8})},
		{"zip64", ".whl", zipSpec{zip64: true, members: []zipMember{{name: "a.py", body: "a"}}}.bytes()},
		{"tar", ".tar", tars(tarEntry{name: "p/", flag: '5'}, tarEntry{name: "p/a.py", body: "a"}, pax('x', "path", "p/é"), tarEntry{name: "p/e"})},
		{"tar.gz", ".tar.gz", gz(tars(tarEntry{name: "p/a.py", body: "a"}))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := walk(t, tt.b, tt.ext); len(got.ids) > 0 {
				t.Errorf("objections: %v", got.hazards)
			}
		})
	}
}
