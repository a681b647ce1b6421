package labelled_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pipwarden/internal/labelled"
)

// writeTar writes a set whose members are path and content by turns.
func writeTar(t *testing.T, members ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for pair := range slices.Chunk(members, 2) {
		if err := w.WriteHeader(&tar.Header{Name: pair[0], Mode: 0o644, Size: int64(len(pair[1]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, pair[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return write(t, "set.tar", b.String())
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func content(t *testing.T, s *labelled.Sample) string {
	t.Helper()
	c, err := s.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	b, err := io.ReadAll(io.NewSectionReader(c, 0, s.Size))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestMaliciousTar(t *testing.T) {
	long := strings.Repeat("long", 60) // its header takes more than one block
	set := writeTar(t, "F1/demo-1.0.tar.gz", "one", "F2/"+long+"-2.0.zip", "second")
	sum := sha256.Sum256([]byte("one"))
	labels := write(t, "labels.tsv", "sha256\tfamily\tpath\tsize\tadded\tnote\n"+
		hex.EncodeToString(sum[:])+"\tX9\tdemo/1.0/demo-1.0.tar.gz\t3\t2024-01-01\tcls=weak;loc=setup_top+init_top;type=tgz\n")
	s, err := labelled.Malicious(set, labels)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	one, two := s.Samples[0], s.Samples[1]
	if one.Group != "X9" || one.Class != "weak" || one.Project != "demo" || !slices.Equal(one.Places, []string{"setup_top", "init_top"}) {
		t.Errorf("labels: %+v", one)
	}
	if one.Payload() || !two.Payload() {
		t.Error("a class without a payload has one, or a file without a class has none")
	}
	if two.Group != "F2" || content(t, one) != "one" || content(t, two) != "second" {
		t.Errorf("contents %q %q of %q", content(t, one), content(t, two), two.Group)
	}
}

func TestGenuine(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"Demo_Pkg-1.0-py3-none-any.whl", "other-2.0.zip", "README.md"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := labelled.Genuine(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Samples) != 2 || s.Samples[0].Group != "demo-pkg" || s.Samples[1].Group != "other" || s.Samples[0].Malicious {
		t.Errorf("samples: %+v %+v", s.Samples[0], s.Samples[1])
	}
	s, err = labelled.Genuine(dir, write(t, "list.tsv", "project\tversion\tkind\tfile\nfrom-list\t2.0\tsdist\tother-2.0.zip\n"))
	if err != nil || len(s.Samples) != 1 || s.Samples[0].Group != "from-list" {
		t.Errorf("with a list: %v %v", s, err)
	}
}

// TestBadSets holds that a set that is not what it is taken for is an error:
// measuring nothing must not look like success.
func TestBadSets(t *testing.T) {
	if _, err := labelled.Genuine(t.TempDir(), ""); err == nil {
		t.Error("an empty folder is a set")
	}
	if _, err := labelled.Malicious(write(t, "x.tar", "not a tar at all"), ""); err == nil {
		t.Error("a broken tar is a set")
	}
	set := writeTar(t, "F/x-1.zip", "x")
	if _, err := labelled.Malicious(set, write(t, "l.tsv", "head\nshort\tline\n")); err == nil {
		t.Error("a label of two columns is read")
	}
	if _, err := labelled.Malicious(set, filepath.Join(t.TempDir(), "none.tsv")); err == nil {
		t.Error("labels that are not there are read")
	}
}

func TestSplit(t *testing.T) {
	held := 0
	for i := range 1000 {
		if labelled.SplitOf(strings.Repeat("x", i)) == labelled.Held {
			held++
		}
	}
	if held < 250 || held > 350 {
		t.Errorf("%d of 1000 groups are held", held)
	}
	set := writeTar(t, "M0001/a-1.zip", "x", "M0001/b-1.zip", "y", "M0002/c-1.zip", "z")
	for _, part := range []labelled.Split{labelled.Held, labelled.Tune, labelled.All} {
		s, err := labelled.Malicious(set, "")
		if err != nil {
			t.Fatal(err)
		}
		s.Keep(part)
		for _, x := range s.Samples {
			if part != labelled.All && x.Split() != part {
				t.Errorf("%s is in %s", x.Path, part)
			}
		}
		if back, err := labelled.ParseSplit(part.String()); err != nil || back != part {
			t.Errorf("%s reads as %v, %v", part, back, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	s, err := labelled.Malicious(set, "")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Limit(1); len(s.Samples) != 2 {
		t.Errorf("%d samples with one a group", len(s.Samples))
	}
}
