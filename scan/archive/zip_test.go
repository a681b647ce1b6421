package archive_test

import (
	"strings"
	"testing"

	"pipwarden/scan/archive"
)

var (
	good   = zipMember{name: "p/__init__.py", body: "good"}
	bad    = zipMember{name: "p/__init__.py", body: "bad!"}
	goods  = zips(good)
	plain  = zipMember{name: "a.py", body: "import os\n"}
	plains = zips(plain)
)

func put16(off int, v uint16) func([]byte) { return func(b []byte) { le.PutUint16(b[off:], v) } }
func put32(off int, v uint32) func([]byte) { return func(b []byte) { le.PutUint32(b[off:], v) } }

// TestZipHazards has the shapes of a zip that readers take differently.
func TestZipHazards(t *testing.T) {
	for _, c := range zipHazards(t) {
		t.Run(c.name, c.check)
	}
}

func zipHazards(t testing.TB) []hazardCase {
	stored := descriptor(plain.body)
	described := func(after string) []byte {
		m := plain
		m.flags, m.after = 1<<3, after
		m.local = func(b []byte) { clear(b[14:26]) }
		return zips(m, good)
	}
	return []hazardCase{
		{name: "no end record", bad: append([]byte("PK\x03\x04"), make([]byte, 100)...), want: "zip-directory", twin: goods},
		{name: "wrong count", bad: zipSpec{members: []zipMember{good}, editEnd: func(b []byte) { b[8], b[10] = 2, 2 }}.bytes(),
			want: "zip-directory", twin: goods},
		{name: "directory that ends inside a record", bad: zipSpec{members: []zipMember{{name: "a", central: put16(28, 9)}}}.bytes(), want: "zip-directory", twin: goods},
		{name: "comment", bad: zipSpec{members: []zipMember{good}, comment: "hello"}.bytes(), want: "zip-comment",
			files: map[string]string{"p/__init__.py": "good"}, twin: goods},
		{name: "zip inside the comment", bad: zipSpec{members: []zipMember{good}, comment: string(zips(bad))}.bytes(),
			want: "zip-concatenated", files: map[string]string{"p/__init__.py": "bad!"}, twin: goods},
		{name: "two zips concatenated", bad: cat(goods, zips(bad)), want: "zip-concatenated",
			files: map[string]string{"p/__init__.py": "bad!"}, twin: goods},
		{name: "trailing bytes", bad: cat(goods, []byte("x")), want: "zip-trailing-bytes", twin: goods},
		{name: "comment and trailing bytes", bad: zipSpec{members: []zipMember{good}, comment: "hello", after: "x"}.bytes(),
			want: "zip-comment zip-trailing-bytes", twin: goods},
		{name: "prefix", ext: ".whl", bad: zipSpec{before: "#!/bin/sh\n", members: []zipMember{good}}.bytes(), want: "zip-prefix",
			files: map[string]string{"p/__init__.py": "good"}, twin: goods},
		{name: "bytes before the first member", ext: ".whl", bad: zipSpec{first: "#!/bin/sh\n", members: []zipMember{good}}.bytes(), want: "zip-hidden-bytes", twin: goods},
		{name: "bytes between members", bad: zips(plain, zipMember{name: "b.py", hole: "hidden"}), want: "zip-hidden-bytes", twin: zips(plain, zipMember{name: "b.py"})},
		{name: "bytes before the directory", bad: zips(zipMember{name: "b.py", after: strings.Repeat("hidden", 10)}), want: "zip-hidden-bytes", twin: plains},
		{name: "bytes after deflate", bad: zips(zipMember{name: "a.py", body: "aa", method: 8, packed: append(deflate("aa"), "hidden"...)}),
			want: "zip-hidden-bytes", twin: zips(zipMember{name: "a.py", body: "aa", method: 8})},
		{name: "two members on one header", bad: zips(plain, zipMember{name: "a.py", body: plain.body, at: 1}), want: "zip-overlap duplicate", twin: plains},
		{name: "member into the next", bad: zips(zipMember{name: "a.py", body: strings.Repeat("a", 20), packed: []byte("a"), central: put32(20, 20), local: put32(18, 20)}, good),
			want: "zip-overlap zip-crc", twin: zips(zipMember{name: "a.py", body: "a"}, good)},
		{name: "several disks", bad: zipSpec{members: []zipMember{good}, editEnd: put16(4, 1)}.bytes(), want: "zip-multi-disk", twin: goods},
		{name: "member on another disk", bad: zips(zipMember{name: "a", central: put16(34, 1)}), want: "zip-multi-disk", twin: zips(zipMember{name: "a"})},
		{name: "zip64 contradicts", bad: zipSpec{members: []zipMember{good, plain}, zip64: true, editEnd: func(b []byte) { b[8], b[10] = 1, 1 }}.bytes(),
			want: "zip-zip64", twin: zipSpec{members: []zipMember{good, plain}, zip64: true}.bytes()},
		{name: "zip64 locator elsewhere", bad: zipSpec{members: []zipMember{good}, zip64: true, edit64: func(_, l []byte) { l[8]++ }}.bytes(),
			want: "zip-zip64", twin: zipSpec{members: []zipMember{good}, zip64: true, editEnd: put32(16, 1<<32-1)}.bytes()},
		{name: "zip64 sizes missing", bad: zips(zipMember{name: "a", central: put32(24, 1<<32-1)}), want: "zip-zip64", twin: zips(zipMember{name: "a"})},
		{name: "zip64 sizes not needed", bad: zips(zipMember{name: "a", extra: extraField(1, "\x01\x00\x00\x00\x00\x00\x00\x00")}), want: "zip-zip64",
			twin: zips(zipMember{name: "a", body: "a", extra: extraField(1, "\x01\x00\x00\x00\x00\x00\x00\x00"), central: put32(24, 1<<32-1), local: put32(22, 1<<32-1)})},
		{name: "local name differs", bad: zips(zipMember{name: "a.py", local: func(b []byte) { b[30] = 'b' }}), want: "zip-local-header", twin: zips(zipMember{name: "a.py"})},
		{name: "local method differs", bad: zips(zipMember{name: "a.py", local: put16(8, 8)}), want: "zip-local-header", twin: zips(zipMember{name: "a.py"})},
		{name: "local flags differ", bad: zips(zipMember{name: "a.py", local: put16(6, 1<<11)}), want: "zip-local-header", twin: zips(zipMember{name: "a.py", local: put16(6, 2), method: 8})},
		{name: "local CRC differs", bad: zips(zipMember{name: "a.py", body: "a", local: put32(14, 7)}), want: "zip-local-header", twin: plains},
		{name: "local size differs", bad: zips(zipMember{name: "a.py", body: "a", local: put32(22, 7)}), want: "zip-local-header", twin: plains},
		{name: "local packed size differs", bad: zips(zipMember{name: "a.py", body: "a", local: put32(18, 7)}), want: "zip-local-header", twin: plains},
		{name: "no local header", bad: zips(zipMember{name: "a.py", local: func(b []byte) { b[0] = 'Q' }}), want: "zip-local-header", twin: plains},
		{name: "descriptor contradicts", bad: described(strings.ToUpper(stored[:8]) + "1234" + stored[12:]), want: "zip-descriptor", twin: described(stored)},
		{name: "descriptor missing", bad: described(""), want: "zip-descriptor", twin: described(stored[4:])},
		{name: "malformed extra", bad: zips(zipMember{name: "a", extra: "\x01\x00\x09\x00"}), want: "zip-extra zip-local-header", twin: zips(zipMember{name: "a", extra: extraField(0x5455, "time")})},
		{name: "name of code page 437", bad: zips(zipMember{name: "\x82.py"}), want: "zip-name-encoding", files: map[string]string{"é.py": ""}, twin: zips(zipMember{name: "é.py", flags: 1 << 11})},
		{name: "Unicode path with another name", bad: zips(zipMember{name: "a.txt", extra: unicodePath("a.txt", "setup.py")}), want: "zip-unicode-path",
			twin: zips(zipMember{name: "a.txt", extra: unicodePath("a.txt", "a.txt")})},
		{name: "bzip2", bad: zips(zipMember{name: "a.py", body: "import os\n", method: 12, packed: bzip(t, bzipFile)}), want: "zip-method", files: map[string]string{"a.py": "import os\n"}, twin: plains},
		{name: "LZMA", bad: zips(zipMember{name: "a.py", body: "import os\n", method: 14, packed: zipLZMAd(t, "import os\n")}), want: "zip-method", files: map[string]string{"a.py": "import os\n"}, twin: plains},
		{name: "zstd", bad: zips(zipMember{name: "a.py", body: "import os\n", method: 93, packed: zstds(t, []byte("import os\n"))}), want: "zip-method", files: map[string]string{"a.py": "import os\n"}, twin: plains},
		{name: "unknown method", bad: zips(zipMember{name: "a.py", body: "import os\n", method: 97, packed: []byte("x")}), want: "zip-method zip-method-unread", twin: plains},
		{name: "unknown flags", bad: zips(zipMember{name: "a.py", flags: 1 << 4}), want: "zip-flags", twin: plains},
		{name: "encrypted", bad: zips(zipMember{name: "a.py", body: "a", flags: 1}), want: "zip-encrypted", twin: plains},
		{name: "symbolic link", bad: zips(zipMember{name: "setup.py", body: "readme.txt", mode: 0o120777}), want: "zip-symlink", files: map[string]string{"setup.py": "readme.txt"},
			twin: zips(zipMember{name: "setup.py", body: "readme.txt", mode: 0o100777})},
		{name: "device", bad: zips(zipMember{name: "a", mode: 0o060644}), want: "zip-special", twin: zips(zipMember{name: "a", mode: 0o644})},
		{name: "folder with content", bad: zips(zipMember{name: "a/", body: "import os"}), want: "zip-folder-content", twin: zips(zipMember{name: "a/", method: 8, body: ""})},
		{name: "longer than declared", bad: zips(zipMember{name: "a", body: "ab", method: 8, central: put32(24, 1), local: put32(22, 1)}), want: "zip-size", twin: plains},
		{name: "shorter than declared", bad: zips(zipMember{name: "a", body: "ab", method: 8, central: put32(24, 3), local: put32(22, 3)}), want: "zip-size", twin: plains},
		{name: "wrong CRC", bad: zips(zipMember{name: "a", body: "ab", central: put32(16, 3), local: put32(14, 3)}), want: "zip-crc", twin: plains},
		{name: "no deflate", bad: zips(zipMember{name: "a", body: "ab", method: 8, packed: []byte("\xff\xff")}), want: "zip-damaged", twin: plains},
		{name: "NUL in a name", bad: zips(zipMember{name: "p/__init__.py\x00.txt", body: "x"}), want: "name-nul", files: map[string]string{"p/__init__.py": "x"}, twin: plains},
	}
}

// TestZipLimits has archives that ask for more than is given.
func TestZipLimits(t *testing.T) {
	for _, c := range zipLimits(t) {
		t.Run(c.name, c.check)
	}
}

func zipLimits(t testing.TB) []hazardCase {
	zeros := zipMember{name: "a", body: strings.Repeat("\x00", 100_000), method: 8}
	return []hazardCase{
		{name: "members", limits: archive.Limits{Members: 1}, bad: zips(plain, good), want: "limit-members", files: map[string]string{"a.py": plain.body}, twin: plains},
		{name: "directory", limits: archive.Limits{Directory: 60}, bad: zips(plain, good), want: "limit-directory", twin: plains},
		{name: "name", limits: archive.Limits{Name: 5}, bad: zips(good), want: "limit-name", files: map[string]string{"p/__i": "good"}, twin: plains},
		{name: "member", limits: archive.Limits{Member: 10}, bad: zips(zeros), want: "limit-member", twin: plains},
		{name: "total", limits: archive.Limits{Total: 99_999}, bad: zips(zeros), want: "limit-total", twin: plains},
		{name: "ratio", limits: archive.Limits{RatioFloor: 1000}, bad: zips(zeros), want: "limit-ratio", twin: plains},
		{name: "window", limits: archive.Limits{Window: 4096}, bad: zips(zipMember{name: "a.py", body: "import os\n", method: 14, packed: zipLZMAd(t, "import os\n")}),
			want: "zip-method limit-window", twin: plains},
		{name: "hazards", limits: archive.Limits{Hazards: 1}, bad: zips(zipMember{name: "./a"}, zipMember{name: "./b"}, zipMember{name: "/c"}), want: "name-dot limit-hazards name-absolute", twin: plains},
	}
}
