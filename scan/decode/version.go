package decode

import (
	"encoding/binary"
	"fmt"
)

// A Version is one of CPython, by its first two numbers. The zero Version is not
// known.
type Version struct{ Major, Minor int }

// String returns "3.12", "?" for the zero Version.
func (v Version) String() string {
	if v == (Version{}) {
		return "?"
	}
	return fmt.Sprintf("%d.%d", v.Major, v.Minor)
}

// least says that v is the version or a later one.
func (v Version) least(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

// magics are the ranges of the numbers at the head of .pyc files, releases before
// the final one included (importlib/_bootstrap_external.py, pycore_magic_number.h).
// The two bytes after the number are \r\n.
var magics = []struct {
	first, last uint16
	version     Version
}{
	{62041, 62061, Version{2, 4}}, {62071, 62131, Version{2, 5}}, {62151, 62161, Version{2, 6}}, {62171, 62218, Version{2, 7}},
	{3000, 3131, Version{3, 0}}, {3141, 3151, Version{3, 1}}, {3160, 3180, Version{3, 2}}, {3190, 3230, Version{3, 3}},
	{3250, 3310, Version{3, 4}}, {3320, 3351, Version{3, 5}}, {3360, 3379, Version{3, 6}}, {3390, 3399, Version{3, 7}},
	{3400, 3419, Version{3, 8}}, {3420, 3429, Version{3, 9}}, {3430, 3449, Version{3, 10}}, {3450, 3499, Version{3, 11}},
	{3500, 3549, Version{3, 12}}, {3550, 3599, Version{3, 13}}, {3600, 3649, Version{3, 14}}, {3650, 3699, Version{3, 15}},
}

// Magic tells the version of Python that wrote a .pyc from its first four bytes,
// the zero Version when they are no such magic number.
func Magic(head []byte) Version {
	if len(head) < 4 || head[2] != '\r' || head[3] != '\n' {
		return Version{}
	}
	n := binary.LittleEndian.Uint16(head)
	for _, m := range magics {
		if n >= m.first && n <= m.last {
			return m.version
		}
	}
	return Version{}
}

// isMarshalledCode tells a code object by its first bytes: its type, and counts
// that are small numbers in every version's layout.
func isMarshalledCode(b []byte) bool {
	if len(b) < 32 || b[0]&^flagRef != 'c' {
		return false
	}
	for i := 1; i < 13; i += 4 {
		if binary.LittleEndian.Uint32(b[i:]) > 0xffff {
			return false
		}
	}
	return true
}

// flagRef marks a marshalled value that later ones refer to.
const flagRef = 0x80

// ParseVersion reads "3.12" or "3.12.1", the zero Version for anything else.
func ParseVersion(s string) (v Version) {
	if n, err := fmt.Sscanf(s, "%d.%d", &v.Major, &v.Minor); n != 2 || err != nil || v.Major < 1 || v.Minor < 0 {
		return Version{}
	}
	return v
}
