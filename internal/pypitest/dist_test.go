package pypitest_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pipwarden/internal/pypitest"
)

// unzip returns path to content.
func unzip(t *testing.T, b []byte) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range r.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(rc)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(data)
	}
	return out
}

func TestParseWheel(t *testing.T) {
	d, rest, err := pypitest.ParseWithRest([]byte(`file demo-1.0-py3-none-any.whl
requires six>=1
requires-python >=3.8
unrecorded demo/extra.py
badhash demo/odd.py
ghost demo/gone.py
native demo/lib.so elf
want some-rule demo/odd.py "text"
-- demo/__init__.py --
answer = 42
-- demo/extra.py --
-- demo/odd.py --
-- {data}/scripts/demo --
#!python
`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`want some-rule demo/odd.py "text"`}, rest); diff != "" {
		t.Errorf("lines that are no directives (-want +got):\n%s", diff)
	}
	files := unzip(t, d.MustBytes(t))
	want := map[string]string{
		"demo/__init__.py":            "answer = 42\n",
		"demo/extra.py":               "",
		"demo/odd.py":                 "",
		"demo/lib.so":                 string(pypitest.Native("elf")),
		"demo-1.0.data/scripts/demo":  "#!python\n",
		"demo-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nSummary: A fixture\nRequires-Python: >=3.8\nRequires-Dist: six>=1\n\nInert.\n",
		"demo-1.0.dist-info/WHEEL":    "Wheel-Version: 1.0\nGenerator: pypitest (1)\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
		"demo-1.0.dist-info/RECORD":   files["demo-1.0.dist-info/RECORD"],
	}
	if diff := cmp.Diff(want, files); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	record := files["demo-1.0.dist-info/RECORD"]
	for _, line := range []string{
		"demo/gone.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n",
		"demo-1.0.dist-info/RECORD,,\n",
		"demo/__init__.py,sha256=",
	} {
		if !strings.Contains(record, line) {
			t.Errorf("RECORD lacks %q:\n%s", line, record)
		}
	}
	if strings.Contains(record, "demo/extra.py") {
		t.Errorf("RECORD lists the file that it should not:\n%s", record)
	}
	if strings.Contains(record, "demo/odd.py,sha256=47DEQpj8HBSa") {
		t.Errorf("RECORD has the true hash where it should not:\n%s", record)
	}
}

func TestSdist(t *testing.T) {
	b := pypitest.Sdist("My.Demo", "2.0", "setup.py", "print()\n", "src/x.py", "").MustBytes(t)
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
	}
	want := []string{"my_demo-2.0/", "my_demo-2.0/setup.py", "my_demo-2.0/src/", "my_demo-2.0/src/x.py", "my_demo-2.0/PKG-INFO"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
}

func TestBytesAreStable(t *testing.T) {
	for _, d := range []*pypitest.Dist{pypitest.Wheel("demo", "1"), pypitest.Sdist("demo", "1")} {
		if !bytes.Equal(d.MustBytes(t), d.MustBytes(t)) {
			t.Errorf("%s: two builds differ", d.Filename)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"-- a --\n",
		"file x.whl\nexec nowhere\n",
		"file x.whl\nhex a\n-- a --\nzz\n",
		"file x.whl\nsymlink a\n",
		"file x.whl\nnative a java\n",
		"file x.whl\nupload yesterday\n",
	} {
		if d, err := pypitest.Parse([]byte(text)); err == nil {
			t.Errorf("Parse(%q) = %+v, want an error", text, d)
		}
	}
}
