package python_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"pipwarden/scan/python"
	"pipwarden/scan/python/internal/cpython"
	"pipwarden/scan/python/internal/normal"
)

// TestRenderRoundTrip renders the tree of each file of each CPython and reads
// it again. In Python 3 that gives the same tree; what is rendered from Python
// 2 is Python 3, and renders to itself.
func TestRenderRoundTrip(t *testing.T) {
	for _, i := range cpython.Find(t.Context()) {
		t.Run(i.Version, func(t *testing.T) {
			t.Parallel()
			files, err := i.Files()
			if err != nil {
				t.Fatal(err)
			}
			if testing.Short() || raceEnabled {
				files = every(files, sampleStep)
			}
			for _, path := range files {
				src, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				f := python.Parse(src, python.Options{Dialect: dialect(i)})
				if len(f.Errors) > 0 {
					continue
				}
				if why := roundTrip(f, i.Number() < 300); why != "" {
					t.Errorf("%s: %s", path, why)
				}
			}
		})
	}
}

// roundTrip reports how the rendered text of a file fails to mean the same.
func roundTrip(f *python.File, py2 bool) string {
	text := f.Render()
	again := python.Parse([]byte(text), python.Options{Dialect: python.Py3, Decoded: true})
	if len(again.Errors) > 0 {
		e := again.Errors[0]
		line := again.Position(e.Pos).Line
		return "rendered text has an error: " + e.Message + ": " + strings.Split(text, "\n")[line-1]
	}
	if py2 {
		if third := again.Render(); third != text {
			return "rendering is not stable:\n" + parting([]byte(text), []byte(third))
		}
		return ""
	}
	want, got := normal.Form(f, 313, false), normal.Form(again, 313, false)
	if !bytes.Equal(want, got) {
		return "not the same tree:\n" + parting(want, got)
	}
	return ""
}
