package python_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"pipwarden/scan/python"
)

// seeds adds the fixtures and hostile inputs to a fuzz target.
func seeds(f *testing.F) {
	paths, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(paths) == 0 {
		f.Fatalf("no fixtures: %v", err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if strings.HasSuffix(file.Name, ".py") {
				f.Add(file.Data)
			}
		}
	}
	for _, h := range hostiles {
		f.Add(h.make(60))
	}
}

// FuzzTokens: tokens and trivia put together are the text.
func FuzzTokens(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, d := range []python.Dialect{python.Py2, python.Py3} {
			file := python.Parse(src, python.Options{Dialect: d})
			var text strings.Builder
			for token := range file.Tokens() {
				if int(token.Start) != text.Len() || token.Stop <= token.Start {
					t.Fatalf("a token from %d to %d after %d bytes", token.Start, token.Stop, text.Len())
				}
				text.WriteString(file.Text[token.Start:token.Stop])
			}
			if text.String() != file.Text {
				t.Fatalf("tokens are not the text:\n%q\n%q", text.String(), file.Text)
			}
			if got := file.Source.Offset(python.Pos(len(file.Text))); got != len(src) && !file.Source.Unknown && len(file.Errors) == 0 {
				t.Fatalf("the text ends at %d of %d bytes", got, len(src))
			}
		}
	})
}

// FuzzParse: any input gives a tree whose spans lie in the text, in any
// dialect, and the tree can be rendered. A tree of Python 3 without errors
// renders to text that reads as the same tree. (Python 2 has what Python 3
// cannot say, as True = 0.)
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, d := range []python.Dialect{python.Auto, python.Py2, python.Py3} {
			file := python.Parse(src, python.Options{Dialect: d})
			checkFile(t, file)
			if len(file.Errors) > 0 || file.Dialect == python.Py2 {
				file.Render()
				continue
			}
			if why := roundTrip(file, false); why != "" {
				t.Fatalf("%s\nof %q", why, src)
			}
		}
	})
}
