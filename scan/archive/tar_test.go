package archive_test

import (
	"strings"
	"testing"

	"pipwarden/scan/archive"
)

// TestTarHazards has the shapes of a tar that readers take differently.
func TestTarHazards(t *testing.T) {
	for _, c := range tarHazards(t) {
		t.Run(c.name, c.check)
	}
}

func tarHazards(t testing.TB) []hazardCase {
	setup := tarEntry{name: "p/setup.py", body: "import os\n"}
	readme := tarEntry{name: "p/readme.txt", body: "import os\n"}
	goods := tars(setup)
	inner := string(tarEntry{name: "p/setup.py", body: "evil"}.bytes())
	edited := func(f func(b []byte)) []byte { e := setup; e.edit = f; return tars(e) }
	at := func(off int, s string) func([]byte) { return func(b []byte) { copy(b[off:], s) } }
	return []hazardCase{
		{name: "zip at the tail", ext: ".tar.gz", bad: cat(gz(goods), zips(bad)), want: "tar-zip-tail compressed-trailing-bytes",
			files: map[string]string{"p/setup.py": "import os\n"}, twin: gz(tars(setup, tarEntry{name: "p/a.zip", body: string(zips(bad))}))},
		{name: "zip at the tail of a plain tar", ext: ".tar", bad: tars(setup, tarEntry{name: "p/a.zip", body: string(zips(bad))}), want: "tar-zip-tail", twin: goods},
		{name: "global path", bad: tars(pax('g', "path", "p/setup.py"), readme), want: "tar-global-pax",
			files: map[string]string{"p/setup.py": "import os\n"}, twin: tars(pax('g', "comment", "0123abc"), readme)},
		{name: "global size", bad: tars(pax('g', "size", "3"), readme), want: "tar-global-pax", twin: tars(pax('g', "mtime", "3"), readme)},
		{name: "sparse name", bad: tars(pax('x', "GNU.sparse.major", "1", "GNU.sparse.minor", "0", "GNU.sparse.name", "p/setup.py"), readme),
			want: "tar-sparse", files: map[string]string{"p/setup.py": "import os\n"}, twin: tars(pax('x', "mtime", "1.5"), readme)},
		{name: "old sparse", bad: tars(tarEntry{name: "p/a", flag: 'S', magic: "ustar  \x00", body: "a"}), want: "tar-sparse", twin: goods},
		{name: "old sparse with further headers", bad: tars(tarEntry{name: "p/a", flag: 'S', magic: "ustar  \x00", size: "00000000001\x00",
			body: strings.Repeat("\x00", 512) + "a", edit: func(b []byte) { b[482] = 1 }}, setup), want: "tar-sparse", files: map[string]string{"p/a": "a", "p/setup.py": "import os\n"}, twin: goods},
		{name: "contiguous", bad: tars(tarEntry{name: "p/setup.py", flag: '7', body: "a"}), want: "tar-contiguous", files: map[string]string{"p/setup.py": "a"}, twin: goods},
		{name: "vendor type", bad: tars(tarEntry{name: "p/setup.py", flag: 'V', body: "a"}), want: "tar-vendor-type", files: map[string]string{"p/setup.py": "a"}, twin: goods},
		{name: "Solaris extension", bad: tars(pax('X', "path", "p/setup.py"), readme), want: "tar-vendor-type", files: map[string]string{"p/setup.py": "import os\n"}, twin: goods},
		{name: "FIFO", bad: tars(tarEntry{name: "p/a", flag: '6'}), want: "tar-special", twin: goods},
		{name: "device", bad: tars(tarEntry{name: "p/a", flag: '3'}), want: "tar-special", twin: goods},
		{name: "file that ends in a slash", bad: tars(tarEntry{name: "p/a/", body: "a"}), want: "tar-folder-type", twin: tars(tarEntry{name: "p/a/", flag: '5'})},
		{name: "old folder", bad: tars(tarEntry{name: "p/a/", body: "", edit: func(b []byte) { b[156] = 0 }}, tarEntry{name: "p/a", body: "x"}), want: "duplicate-file-folder",
			twin: tars(tarEntry{name: "p/a/", edit: func(b []byte) { b[156] = 0 }}, tarEntry{name: "p/a/b"})},
		{name: "negative size", bad: tars(tarEntry{name: "p/a", size: "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe"}), want: "tar-number tar-checksum", twin: goods},
		{name: "size beyond 64 bits", bad: tars(tarEntry{name: "p/a", size: "\x80\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"}), want: "tar-number tar-checksum", twin: goods},
		{name: "decimal size", bad: tars(tarEntry{name: "p/a", size: "00000000009\x00"}), want: "tar-number tar-checksum", twin: goods},
		{name: "digits after the NUL", bad: tars(tarEntry{name: "p/a", size: "\x0000000000001"}), want: "tar-number", twin: goods},
		{name: "base-256 size", bad: tars(tarEntry{name: "p/a", size: "\x81\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01", body: "a"}), want: "tar-number tar-checksum",
			twin: tars(tarEntry{name: "p/a", size: "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01", body: "a"}, setup)},
		{name: "bad checksum", bad: tars(readme, tarEntry{name: "p/setup.py", badSum: true}), want: "tar-checksum", files: map[string]string{"p/readme.txt": "import os\n"}, twin: goods},
		{name: "name with NUL", bad: edited(at(10, "\x00.txt")), want: "tar-name-nul", files: map[string]string{"p/setup.py": "import os\n"}, twin: goods},
		{name: "long name with NUL", bad: tars(tarEntry{name: "././@LongLink", flag: 'L', body: "p/setup.py\x00.txt\x00"}, readme), want: "tar-name-nul",
			files: map[string]string{"p/setup.py": "import os\n"}, twin: tars(tarEntry{name: "././@LongLink", flag: 'L', body: "p/setup.py\x00"}, readme)},
		{name: "prefix without POSIX", bad: tars(tarEntry{name: "setup.py", prefix: "p", magic: "ustar  \x00"}), want: "tar-prefix", files: map[string]string{"p/setup.py": ""},
			twin: tars(tarEntry{name: "setup.py", prefix: "p"})},
		{name: "unknown magic", bad: tars(tarEntry{name: "p/a", magic: "ustar\x00zz"}), want: "tar-header", twin: tars(tarEntry{name: "p/a", magic: "\x00\x00\x00\x00\x00\x00\x00\x00"})},
		{name: "star", bad: edited(at(508, "tar\x00")), want: "tar-header", twin: goods},
		{name: "malformed PAX record", bad: tars(tarEntry{name: "pax", flag: 'x', body: "99 path=p/setup.py\n"}, readme), want: "tar-pax-syntax", twin: goods},
		{name: "PAX path twice", bad: tars(pax('x', "path", "p/a", "path", "p/setup.py"), readme), want: "tar-pax-syntax",
			files: map[string]string{"p/setup.py": "import os\n"}, twin: tars(pax('x', "path", "p/setup.py", "atime", "1"), readme)},
		{name: "PAX path with NUL", bad: tars(pax('x', "path", "p/a\x00b"), readme), want: "tar-pax-syntax name-control", twin: goods},
		{name: "PAX records in the padding", bad: tars(tarEntry{name: "pax", flag: 'x', size: "00000000013\x00", body: "11 mtime=1\n" + paxRecords("path", "p/setup.py")}, readme),
			want: "tar-pax-syntax", twin: tars(pax('x', "mtime", "1"), readme)},
		{name: "PAX character set", bad: tars(pax('x', "hdrcharset", "BINARY"), readme), want: "tar-pax-charset", twin: tars(pax('x', "hdrcharset", "ISO-IR 10646 2000 UTF-8"), readme)},
		{name: "PAX size under the header's", bad: tars(pax('x', "size", "0"), tarEntry{name: "p/a", body: inner}), want: "tar-pax-size", files: map[string]string{"p/a": "", "p/setup.py": "evil"}, twin: tars(pax('x', "size", "1"), tarEntry{name: "p/a", body: "a"})},
		{name: "PAX size over the header's", bad: tars(pax('x', "size", "1024"), tarEntry{name: "p/a", size: "00000000000\x00", body: inner}), want: "tar-pax-size",
			files: map[string]string{"p/a": inner}, twin: goods},
		{name: "PAX size that is no number", bad: tars(pax('x', "size", "-1"), tarEntry{name: "p/a"}), want: "tar-number", twin: goods},
		{name: "PAX over GNU name", bad: tars(pax('x', "path", "p/setup.py"), tarEntry{name: "l", flag: 'L', body: "p/readme\x00"}, readme), want: "tar-extension-order",
			files: map[string]string{"p/setup.py": "import os\n"}, twin: goods},
		{name: "GNU over PAX name", bad: tars(tarEntry{name: "l", flag: 'L', body: "p/setup.py\x00"}, pax('x', "path", "p/readme"), readme), want: "tar-extension-order",
			files: map[string]string{"p/setup.py": "import os\n"}, twin: tars(tarEntry{name: "l", flag: 'L', body: "p/a\x00"}, tarEntry{name: "l", flag: 'K', body: "p/setup.py\x00"}, tarEntry{name: "x", flag: '1', link: "y"}, setup)},
		{name: "two PAX headers", bad: tars(pax('x', "path", "p/setup.py"), pax('x', "path", "p/readme"), readme), want: "tar-extension-order",
			files: map[string]string{"p/setup.py": "import os\n"}, twin: goods},
		{name: "global header inside", bad: tars(pax('x', "path", "p/setup.py"), pax('g', "comment", "c"), readme), want: "tar-extension-order", twin: tars(pax('g', "comment", "c"), pax('x', "path", "p/setup.py"), readme)},
		{name: "folder with a size", bad: tars(tarEntry{name: "p/a/", flag: '5', size: "00000001000\x00"}, setup), want: "tar-link-size", files: map[string]string{"p/setup.py": "import os\n"}, twin: goods},
		{name: "data after one zero block", bad: cat(setup.bytes(), make([]byte, 512), tars(readme)), want: "tar-trailing-data", twin: cat(goods, make([]byte, 512*17))},
		{name: "data after the end", bad: cat(goods, []byte("x"), make([]byte, 511)), want: "tar-trailing-data", twin: goods},
		{name: "crooked length", bad: cat(goods, make([]byte, 100)), want: "tar-trailing-data", twin: goods},
		{name: "one zero block", bad: goods[:len(goods)-512], want: "tar-missing-end", twin: goods},
		{name: "no zero block", bad: goods[:len(goods)-1024], want: "tar-missing-end", twin: goods},
		{name: "ends inside a member", bad: setup.bytes()[:515], want: "tar-truncated", twin: goods},
		{name: "ends inside a header", bad: cat(setup.bytes(), readme.bytes()[:100]), want: "tar-truncated", twin: goods},
		{name: "ends after an extension", bad: tars(pax('x', "path", "a")), want: "tar-truncated", twin: goods},
		{name: "duplicate names", bad: tars(setup, readme, tarEntry{name: "p/setup.py", body: "evil"}), want: "duplicate", files: map[string]string{"p/setup.py": "evil"}, twin: tars(setup, readme)},
		{name: "missing top folder", ext: ".tar", bad: tars(setup, tarEntry{name: "setup.py"}), want: "top-folder", twin: tars(setup, tarEntry{name: "p/p/setup.py"})},
		{name: "missing top folder in a zip", ext: ".zip", bad: zips(good, plain), want: "top-folder", twin: zips(good)},
	}
}

// TestCompressed has the ways in which a stream around a tar can be two.
func TestCompressed(t *testing.T) {
	for _, c := range compressedHazards(t) {
		t.Run(c.name, c.check)
	}
}

func compressedHazards(t testing.TB) []hazardCase {
	p, q := tars(tarEntry{name: "p/a.py", body: "a"}), tarEntry{name: "p/b.py", body: "b"}
	half := len(p) - 1024
	bz := bzip(t, bzipTar)
	xzs := xzip(t, p, 1<<16)
	bcj := append([]byte(nil), xzs...)
	bcj[14] = 0x04 // the x86 filter's number
	return []hazardCase{
		{name: "unknown", bad: []byte("hello, world"), want: "format-unknown", twin: p},
		{name: "empty", bad: nil, want: "format-unknown", twin: p},
		{name: "zip announced as tar.gz", ext: ".tar.gz", bad: goods, want: "format-mismatch", files: map[string]string{"p/__init__.py": "good"}, twin: gz(p)},
		{name: "tar.gz announced as wheel", ext: ".whl", bad: gz(p), want: "format-mismatch", files: map[string]string{"p/a.py": "a"}, twin: goods},
		{name: "xz announced as tar.gz", ext: ".tar.gz", bad: xzs, want: "format-mismatch", files: map[string]string{"p/a.py": "a"}, twin: gz(p)},
		{name: "gzip in front of a wheel", ext: ".whl", bad: cat(gz(p), goods), want: "zip-prefix", files: map[string]string{"p/__init__.py": "good"}, twin: goods},
		{name: "two gzip members", ext: ".tgz", bad: cat(gz(p[:half]), gz(tars(q))), want: "compressed-members", files: map[string]string{"p/a.py": "a", "p/b.py": "b"}, twin: gz(p)},
		{name: "zeros after gzip", ext: ".tar.gz", bad: cat(gz(p), make([]byte, 3)), want: "compressed-trailing-bytes", twin: gz(p)},
		{name: "garbage after gzip", ext: ".tar.gz", bad: cat(gz(p), []byte("x")), want: "compressed-trailing-bytes", files: map[string]string{"p/a.py": "a"}, twin: gz(p)},
		{name: "gzip cut", ext: ".tar.gz", bad: gz(p)[:40], want: "compressed-damaged", twin: gz(p)},
		{name: "gzip with a wrong CRC", ext: ".tar.gz", bad: append(gz(p)[:len(gz(p))-8], 1, 2, 3, 4, 5, 6, 7, 8), want: "compressed-trailing-bytes", twin: gz(p)},
		{name: "gzip of no tar", ext: ".tar.gz", bad: gz([]byte(strings.Repeat("hello", 200))), want: "tar-checksum", twin: gz(p)},
		{name: "two bzip2 streams", ext: ".tar.bz2", bad: cat(bz, bz), want: "compressed-members tar-trailing-data", files: map[string]string{"p/a.py": "import os\n"}, twin: bz},
		{name: "garbage after bzip2", ext: ".tar.bz2", bad: cat(bz, []byte("xx")), want: "compressed-trailing-bytes", twin: bz},
		{name: "bzip2 cut", ext: ".tar.bz2", bad: bz[:60], want: "compressed-damaged", twin: bz},
		{name: "two xz streams", ext: ".tar.xz", bad: cat(xzip(t, p[:half], 1<<16), xzip(t, tars(q), 1<<16)), want: "compressed-members", files: map[string]string{"p/a.py": "a", "p/b.py": "b"}, twin: xzs},
		{name: "padding after xz", ext: ".tar.xz", bad: cat(xzs, make([]byte, 4)), want: "compressed-trailing-bytes", twin: xzs},
		{name: "garbage after xz", ext: ".tar.xz", bad: cat(xzs, []byte("x")), want: "compressed-trailing-bytes", twin: xzs},
		{name: "xz cut", ext: ".tar.xz", bad: xzs[:30], want: "compressed-damaged", twin: xzs},
		{name: "xz with a filter", ext: ".tar.xz", bad: bcj, want: "xz-filter", twin: xzs},
		{name: "zstd", ext: ".tar.gz", bad: zstds(t, p), want: "format-mismatch", files: map[string]string{"p/a.py": "a"}, twin: gz(p)},
		{name: "zstd cut", ext: ".tar.zst", bad: zstds(t, p)[:30], want: "compressed-damaged", twin: zstds(t, p)},
	}
}

// TestTarLimits has archives that ask for more than is given.
func TestTarLimits(t *testing.T) {
	for _, c := range tarLimits(t) {
		t.Run(c.name, c.check)
	}
}

func tarLimits(t testing.TB) []hazardCase {
	zeros := gz(tars(tarEntry{name: "p/a", body: strings.Repeat("\x00", 100_000)}))
	small := gz(tars(tarEntry{name: "p/a"}))
	deep := strings.Repeat("a/", 30) + "a"
	return []hazardCase{
		{name: "members", limits: archive.Limits{Members: 1}, bad: tars(tarEntry{name: "p/a"}, tarEntry{name: "p/b"}), want: "limit-members", twin: small},
		{name: "implied folders", limits: archive.Limits{Members: 5}, bad: tars(tarEntry{name: deep}), want: "limit-members", twin: small},
		{name: "names", limits: archive.Limits{Directory: 5}, bad: tars(tarEntry{name: "p/a"}, tarEntry{name: "p/b"}), want: "limit-directory", twin: small},
		{name: "header", limits: archive.Limits{Header: 10}, bad: tars(pax('x', "path", "p/setup.py"), tarEntry{name: "p/a"}), want: "limit-header", twin: small},
		{name: "member", limits: archive.Limits{Member: 10}, bad: zeros, want: "limit-member", twin: small},
		{name: "total", limits: archive.Limits{Total: 50_000}, bad: zeros, want: "limit-total", twin: small},
		{name: "ratio", limits: archive.Limits{RatioFloor: 1000, Ratio: 100}, bad: zeros, want: "limit-ratio", twin: small},
		{name: "window", limits: archive.Limits{Window: 1 << 16}, bad: xzip(t, tars(tarEntry{name: "p/a"}), 1<<20), want: "limit-window", twin: xzip(t, tars(tarEntry{name: "p/a"}), 1<<16)},
		{name: "extension headers", bad: tars(func() (all []tarEntry) {
			for range 17 {
				all = append(all, pax('g', "comment", "c"))
			}
			return append(all, tarEntry{name: "a"})
		}()...), want: "tar-extension-order", twin: small},
	}
}
