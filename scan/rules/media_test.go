package rules

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"pipwarden/internal/pypitest"
	"pipwarden/scan"
)

// FuzzMedia holds over any bytes that the readers of pictures, programs and
// encoded texts end, and that what they say of places lies in the bytes.
func FuzzMedia(f *testing.F) {
	for _, rule := range []string{"appended-data", "native-code"} {
		files, err := filepath.Glob(filepath.Join("testdata", rule, "*.txtar"))
		if err != nil || len(files) == 0 {
			f.Fatalf("no fixtures of %s: %v", rule, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			d, err := pypitest.Parse(text)
			if err != nil {
				f.Fatal(err)
			}
			for _, m := range d.Members {
				f.Add(m.Data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		size := int64(len(b))
		if m := mediumOf(b, size); m.end < 0 || m.kind == "" && m.end != 0 || m.kind == "PNG" && m.end > size {
			t.Errorf("a %q that ends at %d of %d", m.kind, m.end, size)
		}
		payloadOf(b)
		for _, run := range base64Runs(b, maxEncodedRuns) {
			if bytes.ContainsAny(b[run[0]:run[1]], "\"'`=") {
				t.Errorf("a run over %q", b[run[0]:run[1]])
			}
		}
		for _, format := range []scan.Format{scan.FormatELF, scan.FormatPE, scan.FormatMachO} {
			readNative(&scan.Member{Layers: []string{"demo"}, Content: b, Whole: true, Size: size, Format: format}, true)
		}
	})
}
