package archive_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pipwarden/scan/archive"
)

// corpusFile opens a file of the labelled sets, which are no part of the
// repository: PIPWARDEN_CORPUS names their folder.
func corpusFile(t *testing.T, name string) *os.File {
	t.Helper()
	folder := os.Getenv("PIPWARDEN_CORPUS")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	f, err := os.Open(filepath.Join(folder, name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the corpus is not here (PIPWARDEN_CORPUS): %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// ext returns the extension that installers go by.
func ext(name string) string {
	for _, e := range []string{".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst"} {
		if strings.HasSuffix(name, e) {
			return e
		}
	}
	return filepath.Ext(name)
}

// A tally counts what a walk over many archives found.
type tally struct {
	formats  map[string]int
	hazards  map[string][]string
	members  int
	bytes    int64
	unopened int
}

// walk reads every member of an archive to its end.
func (c *tally) walk(t *testing.T, name string, r io.ReaderAt, size int64) {
	t.Helper()
	if c.formats == nil {
		c.formats, c.hazards = make(map[string]int), make(map[string][]string)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	a, err := archive.Open(r, size, archive.Options{Ext: ext(name)})
	var bad *archive.FormatError
	if errors.As(err, &bad) {
		c.unopened++
		c.hazards[bad.Hazard.ID] = append(c.hazards[bad.Hazard.ID], name+": "+bad.Hazard.Detail)
		return
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	c.formats[a.Format().String()]++
	for m, err := range a.Members(ctx) {
		if err != nil && !errors.As(err, &bad) {
			t.Fatalf("%s: %v", name, err)
		}
		if err != nil || m.Kind != archive.KindFile {
			continue
		}
		c.members++
		content, err := m.Open()
		if err != nil {
			t.Fatalf("%s: %q: %v", name, m.Name, err)
		}
		n, err := io.Copy(io.Discard, content)
		if err != nil && !errors.As(err, &bad) {
			t.Fatalf("%s: %q: %v", name, m.Name, err)
		}
		c.bytes += n
	}
	for _, h := range a.Hazards() {
		c.hazards[h.ID] = append(c.hazards[h.ID], fmt.Sprintf("%s: %q: %s", name, h.Member, h.Detail))
	}
}

func (c *tally) log(t *testing.T, examples int) {
	t.Logf("formats %v, %d not opened, %d members, %d bytes", c.formats, c.unopened, c.members, c.bytes)
	for _, id := range slices.Sorted(maps.Keys(c.hazards)) {
		all := c.hazards[id]
		t.Logf("%-28s %5d  %s", id, len(all), strings.Join(all[:min(examples, len(all))], "\n      "))
	}
}

// TestMalicious walks the malicious set where it lies: no panic, no hang, every
// member read or objected to.
func TestMalicious(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 45 MB of archives")
	}
	var c tally
	for r := tar.NewReader(corpusFile(t, "malicious-dev.tar")); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		c.walk(t, h.Name, bytes.NewReader(b), int64(len(b)))
	}
	c.log(t, 3)
	if c.members == 0 {
		t.Error("no member was read")
	}
}

// genuineHazards are the objections that genuine releases deserve: none of those
// measured so far has any.
var genuineHazards = map[string]bool{}

// TestGenuine walks genuine releases in the folder that PIPWARDEN_GENUINE
// names: whoever objects to one cries wolf.
func TestGenuine(t *testing.T) {
	folder := os.Getenv("PIPWARDEN_GENUINE")
	if folder == "" {
		t.Skip("PIPWARDEN_GENUINE names no folder of genuine releases")
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var c tally
	for _, file := range files {
		f, err := os.Open(filepath.Join(folder, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		c.walk(t, file.Name(), f, info.Size())
		if strings.HasSuffix(file.Name(), ".whl") {
			if b, err := archive.WheelMetadata(f, info.Size()); err != nil || !bytes.Contains(b, []byte("\nName: ")) {
				t.Errorf("%s: metadata: %v", file.Name(), err)
			}
		}
		f.Close()
	}
	c.log(t, 5)
	for id, found := range c.hazards {
		if !genuineHazards[id] {
			t.Errorf("%s on genuine files: %q", id, found)
		}
	}
}
