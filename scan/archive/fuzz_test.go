package archive_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"pipwarden/scan/archive"
)

// fuzzLimits keep one execution small.
var fuzzLimits = archive.Limits{Members: 1000, Member: 1 << 20, Total: 4 << 20, Directory: 1 << 20, Header: 1 << 16, Window: 1 << 20}

// A piece is one member as any reader lists it.
type piece struct {
	name, link, body string
	folder           bool
}

// pieces walks an archive and holds what is always so: the content of a member
// is delivered or objected to, and every objection stands in the catalog. It
// reports whether there was none.
func pieces(t *testing.T, b []byte, ext string) ([]piece, archive.Format, bool) {
	a, err := archive.Open(bytes.NewReader(b), int64(len(b)), archive.Options{Ext: ext, Limits: fuzzLimits})
	if err != nil {
		wantFormatError(t, nil, err)
		return nil, archive.FormatUnknown, false
	}
	var out []piece
	total := int64(0)
	for m, err := range a.Members(t.Context()) {
		if err != nil {
			wantFormatError(t, a, err)
			continue
		}
		if p := "/" + m.Path + "/"; strings.Contains(p, "/../") || strings.Contains(p, "//") {
			t.Fatalf("path %q", m.Path)
		}
		p := piece{name: m.Name, link: m.Link, folder: m.Kind == archive.KindDir}
		if m.Kind == archive.KindFile {
			body, err := content(m)
			total += int64(len(body))
			if err != nil {
				wantFormatError(t, a, err)
			} else if int64(len(body)) != m.Size {
				t.Fatalf("member %q: %d bytes without an error, declared %d", m.Name, len(body), m.Size)
			}
			p.body = string(body)
		}
		out = append(out, p)
	}
	if total > fuzzLimits.Total {
		t.Fatalf("%d bytes delivered", total)
	}
	ids := catalogIDs()
	for _, h := range a.Hazards() {
		if _, ok := slices.BinarySearch(ids, h.ID); !ok {
			t.Fatalf("hazard %q is not in the catalog", h.ID)
		}
	}
	return out, a.Format(), len(a.Hazards()) == 0
}

func content(m *archive.Member) ([]byte, error) {
	r, err := m.Open()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// wantFormatError holds that nothing but the archive is to blame, and that the
// blame is on record.
func wantFormatError(t *testing.T, a *archive.Archive, err error) {
	t.Helper()
	var bad *archive.FormatError
	if !errors.As(err, &bad) {
		t.Fatalf("error %v of a reader that never fails", err)
	}
	if a != nil && !slices.ContainsFunc(a.Hazards(), func(h archive.Hazard) bool { return h.ID == bad.Hazard.ID && h.Unread }) {
		t.Fatalf("error %v is no hazard", err)
	}
}

// FuzzZip holds that what is accepted, archive/zip reads to the same names and
// bytes.
func FuzzZip(f *testing.F) {
	for _, c := range allHazards(f) {
		f.Add(c.bad)
		f.Add(c.twin)
	}
	f.Fuzz(func(t *testing.T, b []byte) { zipAgrees(t, b) })
}

// FuzzZipMember does the same where checksums and copies of fields hold, which
// no mutation of bytes finds.
func FuzzZipMember(f *testing.F) {
	f.Add("p/a.py", "import os\n", uint16(8), uint16(0), uint32(0o100644), "", "")
	f.Add("p/", "", uint16(0), uint16(1<<11), uint32(0o40755), extraField(0x5455, "time"), "")
	f.Add("p/a.txt", "a", uint16(0), uint16(1<<3), uint32(0), unicodePath("p/a.txt", "setup.py"), descriptor("a"))
	f.Add("p\x00a", "a", uint16(0), uint16(0), uint32(0o120777), extraField(1, "12345678"), "x")
	f.Fuzz(func(t *testing.T, name, body string, method, flags uint16, mode uint32, extra, after string) {
		if len(name) > 1000 || len(extra) > 1000 || len(body) > 1<<16 {
			return
		}
		zipAgrees(t, zips(zipMember{name: name, body: body, method: method, flags: flags, mode: mode & 0xffff, extra: extra, after: after}, plain))
	})
}

func zipAgrees(t *testing.T, b []byte) {
	got, _, accepted := pieces(t, b, ".whl")
	if !accepted {
		return
	}
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatalf("accepted, but archive/zip says: %v", err)
	}
	var want []piece
	for _, file := range r.File {
		p := piece{name: file.Name, folder: strings.HasSuffix(file.Name, "/")}
		if !p.folder {
			p.body = zipBody(t, file)
		}
		want = append(want, p)
	}
	if !slices.Equal(want, got) {
		t.Fatalf("archive/zip reads %+v, we read %+v", want, got)
	}
}

func zipBody(t *testing.T, file *zip.File) string {
	r, err := file.Open()
	if err != nil {
		t.Fatalf("accepted, but archive/zip says of %q: %v", file.Name, err)
	}
	defer r.Close()
	body, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("accepted, but archive/zip says of %q: %v", file.Name, err)
	}
	return string(body)
}

// FuzzTar holds that what is accepted, archive/tar reads to the same names,
// links and bytes.
func FuzzTar(f *testing.F) {
	for _, c := range allHazards(f) {
		f.Add(c.bad)
		f.Add(c.twin)
	}
	f.Fuzz(func(t *testing.T, b []byte) { tarAgrees(t, b) })
}

// FuzzTarEntry does the same where checksums hold, which no mutation of bytes
// finds.
func FuzzTarEntry(f *testing.F) {
	octal := fmt.Sprintf("%011o\x00", 1)
	f.Add("p/a.py", "", "", byte('0'), octal, "ustar\x0000", "a", byte('x'), paxRecords("path", "p/b.py"), "")
	f.Add("p/a", "p/b", "q", byte('2'), "00000000000\x00", "ustar  \x00", "", byte('L'), "p/long\x00", "tail")
	f.Add("p/", "", "", byte(0), "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "", "", byte('g'), paxRecords("comment", "c", "size", "3"), "")
	f.Add("p/a", "p/b", "", byte('1'), "", "ustar\x0000", "", byte('K'), "p/c\x00", "\x00")
	f.Fuzz(func(t *testing.T, name, link, prefix string, flag byte, size, magic, body string, extFlag byte, ext, rest string) {
		if len(body) > 1<<16 || len(ext) > 1<<16 {
			return
		}
		entry := tarEntry{name: name, link: cutTo(link, 100), prefix: cutTo(prefix, 155), size: cutTo(size, 12), magic: cutTo(magic, 8), body: body}
		entry.edit = func(b []byte) { b[156] = flag; clear(b[len(b)-12:]); copy(b[500:], rest) }
		tarAgrees(t, tars(tarEntry{name: "x", flag: extFlag, body: ext}, entry, tarEntry{name: "p/last", body: "last"}))
		tarAgrees(t, tars(entry, tarEntry{name: "p/last", body: "last"}))
	})
}

func cutTo(s string, n int) string { return s[:min(n, len(s))] }

func tarAgrees(t *testing.T, b []byte) {
	got, format, accepted := pieces(t, b, "")
	if !accepted {
		return
	}
	var r io.Reader = bytes.NewReader(b)
	switch format {
	case archive.FormatTar:
	case archive.FormatTarGzip:
		z, err := gzip.NewReader(r)
		if err != nil {
			t.Fatalf("accepted, but compress/gzip says: %v", err)
		}
		r = z
	default:
		return
	}
	if want := tarPieces(t, r); !slices.Equal(want, got) {
		t.Fatalf("archive/tar reads %+v, we read %+v", want, got)
	}
}

func tarPieces(t *testing.T, r io.Reader) (want []piece) {
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return want
		}
		if err != nil {
			t.Fatalf("accepted, but archive/tar says: %v", err)
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		p := piece{name: h.Name, folder: h.Typeflag == tar.TypeDir}
		switch h.Typeflag {
		case tar.TypeDir:
			p.name = strings.TrimRight(h.Name, "/")
		case tar.TypeLink, tar.TypeSymlink:
			p.link = h.Linkname
		case tar.TypeReg:
			body, err := io.ReadAll(tr)
			if err != nil {
				t.Fatalf("accepted, but archive/tar says of %q: %v", h.Name, err)
			}
			p.body = string(body)
		default:
			t.Fatalf("accepted, but %q is of type %q", h.Name, h.Typeflag)
		}
		want = append(want, p)
	}
}
