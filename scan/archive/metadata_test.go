package archive_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"testing"

	"pipwarden/scan/archive"
)

// A countingReader counts requests and bytes, as a server of ranges would.
type countingReader struct {
	r     io.ReaderAt
	calls int
	bytes int
}

func (c *countingReader) ReadAt(p []byte, off int64) (int, error) {
	c.calls++
	c.bytes += len(p)
	return c.r.ReadAt(p, off)
}

const metadata = "Metadata-Version: 2.1\nName: six\nVersion: 1.16.0\n"

func wheel(members ...zipMember) []byte {
	return zips(append(members,
		zipMember{name: "six-1.16.0.dist-info/METADATA", body: metadata, method: 8},
		zipMember{name: "six-1.16.0.dist-info/RECORD"})...)
}

// noise does not compress.
func noise(n int) string {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{})
	_, _ = r.Read(b)
	return string(b)
}

// TestWheelMetadata holds how few requests the metadata of a wheel takes.
func TestWheelMetadata(t *testing.T) {
	many := make([]zipMember, 3000)
	for i := range many {
		many[i] = zipMember{name: fmt.Sprintf("six/a_long_folder_name/module_%d.py", i)}
	}
	first := zips(zipMember{name: "six-1.16.0.dist-info/METADATA", body: metadata, method: 8}, zipMember{name: "six/data", body: noise(1 << 20)})
	for _, tt := range []struct {
		name  string
		b     []byte
		calls int
	}{
		{"small", wheel(plain), 1},
		{"large, metadata last", wheel(zipMember{name: "six/data", body: noise(1 << 20)}), 1},
		{"large, metadata first", first, 2},
		{"large directory", wheel(many...), 2},
		{"large directory, metadata far away", zips(append([]zipMember{{name: "six-1.16.0.dist-info/METADATA", body: metadata}, {name: "six/data", body: noise(1 << 20)}}, many...)...), 3},
		{"zip64", zipSpec{zip64: true, members: []zipMember{{name: "six-1.16.0.dist-info/METADATA", body: metadata}}}.bytes(), 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &countingReader{r: bytes.NewReader(tt.b)}
			got, err := archive.WheelMetadata(r, int64(len(tt.b)))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != metadata {
				t.Errorf("metadata %q", got)
			}
			if r.calls != tt.calls {
				t.Errorf("%d calls of ReadAt for %d bytes, want %d", r.calls, r.bytes, tt.calls)
			}
		})
	}
}

// TestWheelMetadataRefused has wheels whose metadata is not what it seems.
func TestWheelMetadataRefused(t *testing.T) {
	flawed := zipMember{name: "six-1.16.0.dist-info/METADATA", body: "ab", central: put32(16, 3), local: put32(14, 3)}
	for _, tt := range []struct {
		name, want string
		b          []byte
	}{
		{"two .dist-info folders", "wheel-dist-info", wheel(zipMember{name: "five-1.0.dist-info/RECORD"})},
		{"metadata twice", "duplicate", wheel(zipMember{name: "six-1.16.0.dist-info/METADATA", body: "Name: five\n"})},
		{"two zips", "zip-concatenated", cat(wheel(), wheel())},
		{"wrong CRC", "zip-crc", zips(flawed)},
		{"another local name", "zip-local-header", zips(zipMember{name: "six-1.16.0.dist-info/METADATA", local: func(b []byte) { b[30] = 'b' }})},
		{"no local header", "zip-local-header", zips(zipMember{name: "six-1.16.0.dist-info/METADATA", local: func(b []byte) { b[0] = 'b' }})},
		{"another method", "zip-method", zips(zipMember{name: "six-1.16.0.dist-info/METADATA", body: "import os\n", method: 12, packed: bzip(t, bzipFile)})},
		{"encrypted", "zip-encrypted", zips(zipMember{name: "six-1.16.0.dist-info/METADATA", flags: 1<<0 | 1<<6})},
		{"too large", "limit-member", zips(zipMember{name: "six-1.16.0.dist-info/METADATA", body: string(make([]byte, 5<<20)), method: 8})},
		{"no zip", "zip-directory", []byte("hello")},
		{"a directory cut short", "zip-directory", zipSpec{members: []zipMember{good}, editEnd: put32(12, 5)}.bytes()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := archive.WheelMetadata(bytes.NewReader(tt.b), int64(len(tt.b)))
			var bad *archive.FormatError
			if !errors.As(err, &bad) {
				t.Fatalf("error %v, want %s", err, tt.want)
			}
			if bad.Hazard.ID != tt.want {
				t.Errorf("hazard %+v, want %s", bad.Hazard, tt.want)
			}
		})
	}
	if _, err := archive.WheelMetadata(bytes.NewReader(goods), int64(len(goods))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no metadata: %v, want fs.ErrNotExist", err)
	}
}

// TestWheelMetadataBrokenReader holds that a failing network is no bad wheel.
func TestWheelMetadataBrokenReader(t *testing.T) {
	b := zips(zipMember{name: "six-1.16.0.dist-info/METADATA", body: metadata}, zipMember{name: "six/data", body: noise(1 << 20)})
	for calls := range 2 {
		_, err := archive.WheelMetadata(&failingReader{b: b, calls: calls}, int64(len(b)))
		if !errors.Is(err, errBroken) {
			t.Errorf("after %d calls: %v, want the reader's error", calls, err)
		}
	}
	short := bytes.NewReader(b[:100])
	if _, err := archive.WheelMetadata(short, int64(len(b))); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("reader shorter than said: %v", err)
	}
}

// FuzzWheelMetadata holds that whatever is returned is what a walk delivers.
func FuzzWheelMetadata(f *testing.F) {
	f.Add(wheel())
	f.Add(wheel(zipMember{name: "five-1.0.dist-info/RECORD"}))
	f.Add(cat(wheel(), wheel()))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := archive.WheelMetadata(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			var bad *archive.FormatError
			if !errors.As(err, &bad) && !errors.Is(err, fs.ErrNotExist) {
				t.Fatalf("error %v of a reader that never fails", err)
			}
			return
		}
		all, _, _ := pieces(t, b, ".whl")
		for _, p := range all {
			if p.body == string(got) {
				return
			}
		}
		t.Fatalf("metadata %q is no member", got)
	})
}
