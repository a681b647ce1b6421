package python_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"pipwarden/scan/python"
	"pipwarden/scan/python/internal/normal"
)

var update = flag.Bool("update", false, "write what is there into testdata/*.txtar")

// TestFixtures reads the .py files of testdata/*.txtar and compares errors and
// rendered trees with the .out beside each. Where the archive is of a version
// that may not be on this machine the normal form is compared too.
func TestFixtures(t *testing.T) {
	archives, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(archives) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{}
		for _, f := range archive.Files {
			want[f.Name] = string(f.Data)
		}
		written := &txtar.Archive{Comment: archive.Comment}
		for _, f := range archive.Files {
			name, ok := strings.CutSuffix(f.Name, ".py")
			if !ok {
				continue
			}
			got := fixture(f.Data, string(archive.Comment), strings.Contains(path, "py3"))
			written.Files = append(written.Files, f, txtar.File{Name: name + ".out", Data: []byte(got)})
			if diff := cmp.Diff(want[name+".out"], got); diff != "" && !*update {
				t.Errorf("%s: %s (-want +got):\n%s", path, name, diff)
			}
		}
		if *update {
			if err := os.WriteFile(path, txtar.Format(written), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func fixture(src []byte, comment string, tree bool) string {
	d := python.Py3
	if strings.HasPrefix(comment, "# dialect: 2") {
		d = python.Py2
	}
	f := python.Parse(src, python.Options{Dialect: d})
	var b strings.Builder
	for _, e := range f.Errors {
		fmt.Fprintf(&b, "%v: %s\n", f.Position(e.Pos), e.Message)
	}
	if tree {
		fmt.Fprintf(&b, "%s\n", normal.Form(f, 314, false))
	}
	b.WriteString(f.Render())
	return b.String()
}
