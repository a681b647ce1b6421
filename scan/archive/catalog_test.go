package archive_test

import (
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pipwarden/scan/archive"
)

func catalogIDs() (ids []string) {
	for _, info := range archive.Catalog {
		ids = append(ids, info.ID)
	}
	slices.Sort(ids)
	return ids
}

// TestCatalogIsDocumented holds the package comment to the catalog: identifier,
// mark and meaning.
func TestCatalogIsDocumented(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "archive.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	var p comment.Parser
	got := make(map[string]bool)
	for _, block := range p.Parse(f.Doc.Text()).Content {
		list, ok := block.(*comment.List)
		if !ok {
			continue
		}
		for _, item := range list.Items {
			text := ""
			for _, part := range item.Content[0].(*comment.Paragraph).Text {
				text += string(part.(comment.Plain))
			}
			got[strings.Join(strings.Fields(text), " ")] = true
		}
	}
	want := make(map[string]bool)
	for _, info := range archive.Catalog {
		mark := ""
		if info.Unread {
			mark = "*"
		}
		want[info.ID+mark+": "+info.Meaning] = true
		if info.Readers == "" || info.Source == "" {
			t.Errorf("%s: incomplete", info.ID)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("package comment (-catalog +comment):\n%s", diff)
	}
}

// TestCatalogIsComplete holds the identifiers in the code to the catalog.
func TestCatalogIsComplete(t *testing.T) {
	id := regexp.MustCompile(`^(format|compressed|xz|name|duplicate|top|wheel|zip|tar|link|limit)-[a-z0-9-]+$|^duplicate$`)
	used := make(map[string]bool)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "catalog.go" {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil && id.MatchString(s) {
					used[s] = true
				}
			}
			return true
		})
	}
	var got []string
	for s := range used {
		got = append(got, s)
	}
	slices.Sort(got)
	if diff := cmp.Diff(catalogIDs(), got); diff != "" {
		t.Errorf("identifiers (-catalog +code):\n%s", diff)
	}
}

// TestCatalogHasFixtures holds that every hazard is shown by a case.
func TestCatalogHasFixtures(t *testing.T) {
	shown := map[string]bool{
		"wheel-dist-info": true, // TestWheelMetadata
		"limit-links":     true, // TestLinkSteps
	}
	for _, c := range allHazards(t) {
		for _, id := range strings.Fields(c.want) {
			shown[id] = true
		}
	}
	for _, id := range catalogIDs() {
		if !shown[id] {
			t.Errorf("%s: no case speaks", id)
		}
	}
}

func allHazards(t testing.TB) []hazardCase {
	return slices.Concat(zipHazards(t), zipLimits(t), tarHazards(t), compressedHazards(t), tarLimits(t),
		linkHazards(), nameHazards(), collisionHazards())
}
