package scan_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"pipwarden/scan"
)

func TestFingerprint(t *testing.T) {
	of := func(s *scan.Scanner) string { return s.Fingerprint() }
	rule := word("bad", 40)
	source := func(name, text string) []fs.FS {
		return []fs.FS{fstest.MapFS{name: &fstest.MapFile{Data: []byte(text)}}}
	}
	plain := of(&scan.Scanner{})
	if plain != of(&scan.Scanner{}) || len(plain) != 24 {
		t.Errorf("two equal scanners: %q", plain)
	}
	a := of(&scan.Scanner{Sources: source("a.go", "a\nb\n")})
	same := map[string]string{
		"line endings": of(&scan.Scanner{Sources: source("a.go", "a\r\nb\r\n")}),
	}
	other := map[string]string{
		"nothing":  plain,
		"text":     of(&scan.Scanner{Sources: source("a.go", "a\nc\n")}),
		"name":     of(&scan.Scanner{Sources: source("b.go", "a\nb\n")}),
		"rule":     of(&scan.Scanner{Sources: source("a.go", "a\nb\n"), Rules: []*scan.Rule{rule}}),
		"test":     of(&scan.Scanner{Sources: source("a_test.go", "a\nb\n")}),
		"the rest": of(&scan.Scanner{Sources: append(source("a.go", "a\nb\n"), source("b.go", "")...)}),
	}
	for name, f := range same {
		if f != a {
			t.Errorf("%s change the fingerprint", name)
		}
	}
	for name, f := range other {
		if f == a {
			t.Errorf("the fingerprint does not tell: %s", name)
		}
	}
	if of(&scan.Scanner{Sources: source("a_test.go", "a")}) != of(&scan.Scanner{Sources: source("a_test.go", "b")}) {
		t.Error("tests change the fingerprint")
	}
}

// TestRenderings holds the three forms against files that document them; a
// hostile artifact, so that escaping shows.
func TestRenderings(t *testing.T) {
	r := &scan.Report{
		Schema: scan.Schema, SHA256: strings.Repeat("ab", 32), Filename: "demo-1.0-py3-none-any.whl", Size: 1234,
		Level: scan.LevelMalicious, Score: 100,
		Behaviours: []scan.BehaviourAt{{Behaviour: scan.CodeExecution, Stage: scan.StageStart}},
		Hiding:     []scan.Hiding{scan.Obfuscation},
		Findings: []scan.Finding{
			{Rule: "word-bad", Path: []string{"a\x1b[31m b.zip", "../x:y.py"}, Line: 3, Code: "exec(\u202ex)\nsecond \U0001d41e", Message: "it \x07 rings", Weight: 100,
				Stage: scan.StageStart, Behaviours: []scan.Behaviour{scan.CodeExecution}, Hiding: []scan.Hiding{scan.Obfuscation}},
			{Rule: "other", Message: "a fact"},
		},
		Gaps: []scan.Gap{
			{ID: "limit-content", Path: []string{"demo/long.py"}, Detail: "too long"},
			{ID: "zip-trailing-bytes", Hazard: true, Detail: "22 bytes after the end"},
		},
		Capabilities: []string{"native-code"}, Hosts: []string{"files.invalid"},
		Files:   []scan.FileDigest{{Path: "demo/long.py", SHA256: strings.Repeat("cd", 32), Size: 9_000_000}},
		Scanner: "0123456789abcdef01234567",
	}
	rule := word("bad", 100)
	rule.Doc = "holds a word\n\nOf no use but here."
	var text, sarif bytes.Buffer
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if err := scan.WriteSARIF(&sarif, []*scan.Rule{rule}, r); err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{"report.txt": text.String(), "report.json": mustJSON(t, r), "report.sarif": sarif.String()} {
		golden(t, filepath.Join("testdata", name), got)
	}
	for _, b := range [][]byte{text.Bytes(), sarif.Bytes(), []byte(mustJSON(t, r))} {
		if i := bytes.IndexFunc(b, func(r rune) bool { return r > 0x7e || r < 0x20 && r != '\n' }); i >= 0 {
			t.Errorf("a rendering lets %q through", b[i:min(len(b), i+4)])
		}
	}
}

// golden compares with a file, and writes it when UPDATE_GOLDEN is set.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// TestEmptyListsAreLists holds that programs need not tell null from nothing.
func TestEmptyListsAreLists(t *testing.T) {
	b, err := scan.Report{}.MarshalJSON()
	if err != nil || !strings.Contains(string(b), `"findings":[]`) || !strings.Contains(string(b), `"gaps":[]`) {
		t.Errorf("an empty report: %s, %v", b, err)
	}
}
