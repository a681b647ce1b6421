package archive_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pipwarden/scan/archive"
)

var errBroken = errors.New("broken reader")

// A failingReader fails after a number of calls.
type failingReader struct {
	b     []byte
	calls int
}

func (f *failingReader) ReadAt(p []byte, off int64) (int, error) {
	if f.calls == 0 {
		return 0, errBroken
	}
	f.calls--
	return bytes.NewReader(f.b).ReadAt(p, off)
}

func ExampleArchive_Members() {
	b := wheel(zipMember{name: "six.py", body: "import sys\n"})
	a, err := archive.Open(bytes.NewReader(b), int64(len(b)), archive.Options{Ext: ".whl"})
	if err != nil {
		panic(err)
	}
	for m, err := range a.Members(context.Background()) {
		if err != nil {
			panic(err)
		}
		content, err := m.Open()
		if err != nil {
			panic(err)
		}
		d := archive.NewDigestReader(content)
		if _, err := io.Copy(io.Discard, d); err != nil {
			panic(err)
		}
		sum := d.Sum(m.Path)
		fmt.Println(sum.Path, sum.Size, sum.SHA256[:8])
	}
	fmt.Println(len(a.Hazards()), "hazards")
	// Output:
	// six.py 11 c5175778
	// six-1.16.0.dist-info/METADATA 48 617b242a
	// six-1.16.0.dist-info/RECORD 0 e3b0c442
	// 0 hazards
}

// TestMembers holds what a member tells.
func TestMembers(t *testing.T) {
	type fields struct {
		Path, Name, Link, Target string
		Size                     int64
		Mode                     uint32
		Kind                     archive.Kind
	}
	for _, tt := range []struct {
		name string
		b    []byte
		want []fields
	}{
		{"zip", zips(zipMember{name: "p/", mode: 0o40755}, zipMember{name: "p/a", body: "abc", mode: 0o100755}), []fields{
			{Path: "p", Name: "p/", Kind: archive.KindDir, Mode: 0o755},
			{Path: "p/a", Name: "p/a", Size: 3, Mode: 0o755},
		}},
		{"tar", tars(
			tarEntry{name: "p/", flag: '5', mode: "0000755\x00"}, tarEntry{name: "p/./a", body: "abc"},
			tarEntry{name: "p/s", flag: '2', link: "a"}, tarEntry{name: "p/h", flag: '1', link: "p/a"}, tarEntry{name: "p/f", flag: '6'},
		), []fields{
			{Path: "p", Name: "p", Kind: archive.KindDir, Mode: 0o755},
			{Path: "p/a", Name: "p/./a", Size: 3, Mode: 0o644},
			{Path: "p/s", Name: "p/s", Link: "a", Target: "p/a", Kind: archive.KindSymlink, Mode: 0o644},
			{Path: "p/h", Name: "p/h", Link: "p/a", Target: "p/a", Kind: archive.KindHardlink, Mode: 0o644},
			{Path: "p/f", Name: "p/f", Kind: archive.KindSpecial, Mode: 0o644},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, err := archive.Open(bytes.NewReader(tt.b), int64(len(tt.b)), archive.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var got []fields
			for m, err := range a.Members(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, fields{m.Path, m.Name, m.Link, m.Target, m.Size, m.Mode, m.Kind})
				if m.Kind == archive.KindFile {
					continue
				}
				if _, err := m.Open(); !errors.Is(err, errors.ErrUnsupported) {
					t.Errorf("open %q: %v, want errors.ErrUnsupported", m.Path, err)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMembersSkipped holds that contents need not be read, or not to the end.
func TestMembersSkipped(t *testing.T) {
	for _, b := range [][]byte{
		zips(zipMember{name: "p/a", body: strings.Repeat("a", 5000), method: 8}, zipMember{name: "p/b", body: "b"}),
		gz(tars(tarEntry{name: "p/a", body: strings.Repeat("a", 5000)}, tarEntry{name: "p/b", body: "b"})),
	} {
		a, err := archive.Open(bytes.NewReader(b), int64(len(b)), archive.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var last string
		for m, err := range a.Members(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			r, err := m.Open()
			if err != nil {
				t.Fatal(err)
			}
			p := make([]byte, 7)
			n, err := r.Read(p)
			if err != nil && !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			last = m.Path + " " + string(p[:n])
			if _, err := m.Open(); err == nil {
				t.Errorf("%q opened twice", m.Path)
			}
		}
		if last != "p/b b" || len(a.Hazards()) > 0 {
			t.Errorf("%s: last member %q, hazards %v", a.Format(), last, a.Hazards())
		}
		for m, err := range a.Members(t.Context()) {
			if m != nil || err == nil {
				t.Errorf("%s: walked twice", a.Format())
			}
		}
	}
}

// TestBrokenReader holds that a failing reader is never the archive's fault,
// wherever it fails.
func TestBrokenReader(t *testing.T) {
	body := noise(300 << 10)
	for name, b := range map[string][]byte{
		"zip":     zips(zipMember{name: "p/a", body: body}, zipMember{name: "p/b", body: body, method: 8}),
		"tar":     tars(tarEntry{name: "p/a", body: body}),
		"tar.gz":  gz(tars(tarEntry{name: "p/a", body: body})),
		"tar.xz":  xzip(t, tars(tarEntry{name: "p/a", body: body}), 1<<16),
		"tar.zst": zstds(t, tars(tarEntry{name: "p/a", body: body})),
		"tar.bz2": bzip(t, bzipTar),
	} {
		finished := false
		for calls := 0; !finished; calls++ {
			err := walkAll(t.Context(), &failingReader{b: b, calls: calls}, int64(len(b)))
			finished = err == nil
			if err != nil && !errors.Is(err, errBroken) {
				t.Errorf("%s after %d calls: %v, want the reader's error", name, calls, err)
			}
		}
		if err := walkAll(t.Context(), bytes.NewReader(b[:len(b)/2]), int64(len(b))); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s, reader shorter than said: %v", name, err)
		}
	}
}

// walkAll reads everything and returns the first error.
func walkAll(ctx context.Context, r io.ReaderAt, size int64) error {
	a, err := archive.Open(r, size, archive.Options{})
	if err != nil {
		return err
	}
	for m, err := range a.Members(ctx) {
		if err != nil {
			return err
		}
		if m.Kind != archive.KindFile {
			continue
		}
		r, err := m.Open()
		if err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// TestCancel holds that a walk ends with its context, also inside a content.
func TestCancel(t *testing.T) {
	for _, b := range [][]byte{
		zips(zipMember{name: "p/a", body: "aaaaa"}, zipMember{name: "p/b"}),
		tars(tarEntry{name: "p/a", body: "aaaaa"}, tarEntry{name: "p/b"}),
	} {
		a, err := archive.Open(bytes.NewReader(b), int64(len(b)), archive.Options{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var last error
		for m, err := range a.Members(ctx) {
			if last = err; err != nil {
				break
			}
			r, err := m.Open()
			if err != nil {
				t.Fatal(err)
			}
			cancel()
			if _, err := io.ReadAll(r); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: reading on gives %v", a.Format(), err)
			}
		}
		if !errors.Is(last, context.Canceled) || len(a.Hazards()) > 0 {
			t.Errorf("%s: walking on gives %v, hazards %v", a.Format(), last, a.Hazards())
		}
	}
}

// TestMemory holds that memory does not grow with the contents: 64 MB pass
// through while the heap grows by less than 8 MB.
func TestMemory(t *testing.T) {
	body := strings.Repeat("\x00", 16<<20)
	members := []zipMember{
		{name: "p/a", body: body, method: 8}, {name: "p/b", body: body, method: 8},
		{name: "p/c", body: body, method: 8}, {name: "p/d", body: body, method: 8},
	}
	b := zips(members...)
	members, body = nil, ""
	a, err := archive.Open(bytes.NewReader(b), int64(len(b)), archive.Options{Limits: archive.Limits{Ratio: 2000}})
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	var before, during runtime.MemStats
	runtime.ReadMemStats(&before)
	for m, err := range a.Members(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		r, err := m.Open()
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, r); err != nil || n != m.Size {
			t.Fatalf("%d bytes, %v", n, err)
		}
		runtime.ReadMemStats(&during)
		if during.HeapAlloc > before.HeapAlloc+8<<20 {
			t.Errorf("%d bytes of heap after %q", during.HeapAlloc-before.HeapAlloc, m.Path)
		}
	}
}

// source returns n bytes that compress about as source code does.
func source(r *rand.Rand, words []string, n int) string {
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "    %s = %s.%s(%s, %q)\n", words[r.IntN(40)], words[r.IntN(len(words))], words[r.IntN(len(words))], words[r.IntN(40)], words[r.IntN(len(words))])
	}
	return b.String()[:n]
}

// BenchmarkWalk reads every byte of a wheel and an sdist of 50 MiB in 5120
// members.
func BenchmarkWalk(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	words := make([]string, 3000)
	for i := range words {
		words[i] = strconv.FormatUint(r.Uint64(), 36)[:3+r.IntN(9)]
	}
	var inZip []zipMember
	var inTar []tarEntry
	for i := range 5120 {
		body := source(r, words, 10<<10)
		inZip = append(inZip, zipMember{name: fmt.Sprintf("p/m%d.py", i), body: body, method: 8})
		inTar = append(inTar, tarEntry{name: fmt.Sprintf("p-1.0/m%d.py", i), body: body})
	}
	hard := noise(50 << 20)
	for _, bb := range []struct {
		name, ext string
		b         []byte
	}{
		{"wheel", ".whl", zips(inZip...)},
		{"wheel of incompressible data", ".whl", zips(zipMember{name: "p/data", body: hard, method: 8})},
		{"sdist", ".tar.gz", gz(tars(inTar...))},
		{"sdist of incompressible data", ".tar.gz", gz(tars(tarEntry{name: "p/data", body: hard}))},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(50 << 20)
			b.ReportAllocs()
			for b.Loop() {
				if err := walkAll(b.Context(), bytes.NewReader(bb.b), int64(len(bb.b))); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
