package archive_test

import (
	"bytes"
	"compress/bzip2"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"

	"pipwarden/scan/archive"
)

// A reading is what a walk delivered.
type reading struct {
	ids     []string // sorted, each once
	hazards []archive.Hazard
	files   map[string]string // content by path, the last one wins
	order   []string          // paths of all members
	links   map[string]string // target by path
	err     error             // that ended the walk
}

// read walks an archive and reads everything.
func read(t testing.TB, b []byte, opts archive.Options) reading {
	t.Helper()
	got := reading{files: make(map[string]string), links: make(map[string]string)}
	a, err := archive.Open(bytes.NewReader(b), int64(len(b)), opts)
	var bad *archive.FormatError
	if errors.As(err, &bad) {
		got.ids, got.hazards, got.err = []string{bad.Hazard.ID}, []archive.Hazard{bad.Hazard}, err
		return got
	}
	if err != nil {
		t.Fatal(err)
	}
	for m, err := range a.Members(t.Context()) {
		if err != nil && !errors.As(err, &bad) {
			t.Fatal(err)
		}
		if m == nil {
			got.err = err
			break
		}
		got.order = append(got.order, m.Path)
		if m.Link != "" {
			got.links[m.Path] = m.Target
		}
		if err != nil || m.Kind != archive.KindFile {
			continue
		}
		body, err := content(m)
		if err == nil {
			got.files[m.Path] = string(body)
		} else if !errors.As(err, &bad) {
			t.Fatal(err)
		}
	}
	got.hazards = a.Hazards()
	got.ids = idsOf(got.hazards)
	return got
}

// idsOf returns the identifiers in the order of discovery, each once.
func idsOf(hazards []archive.Hazard) (ids []string) {
	seen := make(map[string]bool)
	for _, h := range hazards {
		if !seen[h.ID] {
			ids = append(ids, h.ID)
		}
		seen[h.ID] = true
	}
	return ids
}

func walk(t *testing.T, b []byte, ext string) reading {
	t.Helper()
	return read(t, b, archive.Options{Ext: ext})
}

// A hazardCase is a shape that must speak, and a near twin that must not.
type hazardCase struct {
	name   string
	ext    string
	limits archive.Limits
	bad    []byte
	want   string // the identifiers, in the order of discovery
	files  map[string]string
	twin   []byte
}

// check runs a case.
func (c hazardCase) check(t *testing.T) {
	t.Helper()
	opts := archive.Options{Ext: c.ext, Limits: c.limits}
	got := read(t, c.bad, opts)
	if diff := cmp.Diff(strings.Fields(c.want), got.ids); diff != "" {
		t.Errorf("hazards (-want +got):\n%s%+v", diff, got.hazards)
	}
	for path, want := range c.files {
		if diff := cmp.Diff(want, got.files[path]); diff != "" {
			t.Errorf("content of %q (-want +got):\n%s", path, diff)
		}
	}
	if twin := read(t, c.twin, opts); len(twin.ids) > 0 {
		t.Errorf("the twin is objected to: %+v", twin.hazards)
	}
}

func bzip(t testing.TB, hexText string) []byte {
	t.Helper()
	b, err := hex.DecodeString(hexText)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(bzip2.NewReader(bytes.NewReader(b))); err != nil {
		t.Fatal(err)
	}
	return b
}

func xzip(t testing.TB, b []byte, dict int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := xz.WriterConfig{DictCap: dict}.NewWriter(&out)
	if err == nil {
		_, err = w.Write(b)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zstds(t testing.TB, b []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(b, nil)
}

// zipLZMA packs as a zip's method 14.
func zipLZMAd(t testing.TB, body string) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := lzma.WriterConfig{SizeInHeader: true, Size: int64(len(body))}.NewWriter(&out)
	if err == nil {
		_, err = w.Write([]byte(body))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	b := out.Bytes()
	return append(append([]byte{9, 20, 5, 0}, b[:5]...), b[13:]...)
}

func cat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
