package archive

import (
	"bytes"
	"strings"
)

const tarBlock = 512 // bytes; everything in a tar starts on a block

// Type flags (POSIX.1-2008 pax, GNU tar).
const (
	tarRegular    = '0'
	tarRegularOld = 0
	tarHardlink   = '1'
	tarSymlink    = '2'
	tarChar       = '3'
	tarBlockDev   = '4'
	tarDir        = '5'
	tarFIFO       = '6'
	tarContiguous = '7'
	tarPax        = 'x'
	tarPaxGlobal  = 'g'
	tarPaxSolaris = 'X'
	tarGNUName    = 'L'
	tarGNULink    = 'K'
	tarGNUSparse  = 'S'
)

// A tarHeader is one raw header, its fields as Python's tarfile takes them.
type tarHeader struct {
	name     string // prefix joined
	link     string
	size     int64
	mode     int64
	flag     byte
	extended bool // old GNU sparse: further header blocks follow
}

// hasData reports whether blocks of content follow: Python skips them for
// regular files and for all types that it does not know.
func (h *tarHeader) hasData() bool {
	switch h.flag {
	case tarHardlink, tarSymlink, tarChar, tarBlockDev, tarDir, tarFIFO:
		return false
	}
	return true
}

// A tarProblem is an objection to a raw header, before its name is known.
type tarProblem struct{ id, detail string }

const (
	ustarMagic = "ustar\x0000"
	gnuMagic   = "ustar  \x00"
	v7Magic    = "\x00\x00\x00\x00\x00\x00\x00\x00"
)

// A tarFields reads the fields of a raw header and collects what other readers
// take differently.
type tarFields struct {
	b        []byte
	problems []tarProblem
	refused  bool // Python cannot read the header
}

func (f *tarFields) object(id, detail string) {
	f.problems = append(f.problems, tarProblem{id, detail})
}

// text reads a field up to its NUL.
func (f *tarFields) text(field string, from, to int) string {
	s, rest, _ := bytes.Cut(f.b[from:to], []byte{0})
	if len(bytes.Trim(rest, "\x00")) > 0 {
		f.object("tar-name-nul", detailf("text after the NUL of the %s: %q", field, bytes.TrimRight(f.b[from:to], "\x00")))
	}
	return string(s)
}

func (f *tarFields) number(field string, from, to int) int64 {
	n, strict, valid := tarNumber(f.b[from:to])
	if !strict {
		f.object("tar-number", detailf("the %s %q is not plain octal", field, f.b[from:to]))
	}
	f.refused = f.refused || !valid
	return n
}

// parseTarHeader reads a block whose checksum holds. The problems are shapes
// that other readers take differently; ok is false where Python refuses.
func parseTarHeader(b []byte) (h tarHeader, problems []tarProblem, ok bool) {
	f := &tarFields{b: b}
	h = tarHeader{flag: b[156], name: f.text("name", 0, 100), link: f.text("link", 157, 257)}
	h.mode, h.size = f.number("mode", 100, 108), f.number("size", 124, 136)
	// The others do not decide what is written, but Python refuses a header
	// whose numbers it cannot read, and stops.
	f.number("uid", 108, 116)
	f.number("gid", 116, 124)
	f.number("mtime", 136, 148)
	f.number("major", 329, 337)
	f.number("minor", 337, 345)
	if h.size < 0 {
		f.object("tar-number", "a negative size")
		f.refused = true
	}
	if h.flag == tarRegularOld && strings.HasSuffix(h.name, "/") {
		h.flag = tarDir
	}
	if h.flag == tarDir {
		h.name = strings.TrimRight(h.name, "/")
	}
	if h.flag == tarGNUSparse {
		h.extended = b[482] != 0
	}
	f.magic()
	if prefix := f.prefix(h.flag); prefix != "" {
		h.name = prefix + "/" + h.name
	}
	return h, f.problems, !f.refused
}

// magic objects to headers that are of one format to Go and another to Python,
// which does not look at the magic.
func (f *tarFields) magic() {
	switch magic := string(f.b[257:265]); magic {
	case ustarMagic:
		if len(bytes.Trim(f.b[500:512], "\x00")) > 0 {
			f.object("tar-header", "bytes behind the fields of a ustar header")
		}
	case gnuMagic, v7Magic:
	default:
		f.object("tar-header", detailf("an unknown magic %q", magic))
	}
}

// prefix returns what Python puts before the name: the prefix of all but GNU's
// own types, whatever the magic.
func (f *tarFields) prefix(flag byte) string {
	switch flag {
	case tarGNUName, tarGNULink, tarGNUSparse:
		return ""
	}
	prefix := f.text("prefix", 345, 500)
	if prefix != "" && string(f.b[257:265]) != ustarMagic {
		f.object("tar-prefix", detailf("Python puts %q before the name, others do not", prefix))
	}
	return prefix
}

// tarNumber reads a numeric field. It is strict when every reader agrees: octal
// digits between optional blanks and a terminator, or a base-256 number. It is
// valid when Python reads it too.
func tarNumber(b []byte) (n int64, strict, valid bool) {
	if b[0] == 0x80 || b[0] == 0xff {
		return base256(b)
	}
	s, rest, _ := bytes.Cut(b, []byte{0})
	clean := len(bytes.Trim(rest, "\x00 ")) == 0
	digits := bytes.Trim(s, " ")
	for _, c := range digits {
		if c < '0' || c > '7' || n >= 1<<59 {
			return 0, false, false
		}
		n = n<<3 | int64(c-'0')
	}
	return n, clean, true
}

// base256 reads GNU's binary numbers: two's complement, the sign in the first
// byte.
func base256(b []byte) (n int64, strict, valid bool) {
	if b[0] == 0xff {
		n = -1
	}
	for _, c := range b[1:] {
		if n >= 1<<54 || n < -1<<54 {
			return 0, false, false
		}
		n = n<<8 | int64(c)
	}
	return n, true, true
}

// tarChecksumHolds compares the stored sum with both sums in use: of unsigned
// bytes, and of signed ones as some old writers had it.
func tarChecksumHolds(b []byte) bool {
	want, _, valid := tarNumber(b[148:156])
	if !valid {
		return false
	}
	var unsigned, signed int64
	for i, c := range b {
		if i >= 148 && i < 156 {
			c = ' '
		}
		unsigned += int64(c)
		signed += int64(int8(c))
	}
	return want == unsigned || want == signed
}

func isZeroBlock(b []byte) bool {
	return len(bytes.TrimLeft(b, "\x00")) == 0
}
