package rules_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pipwarden/internal/pypitest"
	"pipwarden/pypi"
	"pipwarden/scan"
	"pipwarden/scan/rules"
)

// scanFile scans a wheel of one member and returns the heaviest finding of a
// rule.
func scanFile(t *testing.T, rule, path, text string) *scan.Finding {
	t.Helper()
	d := pypitest.Wheel("demo", "1.0", "demo/__init__.py", "", path, text)
	b := d.MustBytes(t)
	return scanBytes(t, rules.NewScanner(), d.Filename, bytes.NewReader(b), int64(len(b))).Finding(rule)
}

// TestPthEvasions are lines that site executes, written so that a reader of
// lines misses them.
func TestPthEvasions(t *testing.T) {
	payload := "import os; os.system('x'); import base64"
	for name, text := range map[string]string{
		"carriage return":  "# a path\r" + payload,
		"byte order mark":  "\xef\xbb\xbf" + payload,
		"form feed":        "# a path\f" + payload,
		"next line":        "# a path\u0085" + payload,
		"line separator":   "# a path\u2028" + payload,
		"tab":              "import\tos; os.system('x'); import base64",
		"after many lines": strings.Repeat("# a path\n", 10_000) + payload,
		"exec of a text":   `import sys; exec("import os; os.system('x'); import base64")`,
		"nested exec":      `import sys; exec("exec('import os; os.system(1); import base64')")`,
		"padding":          "import os" + strings.Repeat(" ", 5000) + "; os.system('x'); import base64",
		"comment quotes":   `import sys; exec("# '''\nimport os; os.system(1); import base64\n# '''")`,
		"quoted quotes":    `import os; a = "'"; os.system(1); import base64; b = "'"`,
		"f-string":         `import os; f'{os.system(1)}'; import base64`,
		"import of a text": `import os; __import__('subprocess').run(1); __import__("base64")`,
		"split names":      `import os; __import__('o' + 's'); __import__('base64')`,
		"latin-1 bytes":    "import os; os.system('\xe9'); import base64",
	} {
		if f := scanFile(t, "pth-code", "demo.pth", text); f == nil || f.Weight != 100 {
			t.Errorf("%s: finding %+v, want weight 100", name, f)
		}
	}
	if f := scanFile(t, "pth-code", "demo.pth", strings.Repeat("demo\n", scan.MaxContent)); f == nil || f.Weight != 60 {
		t.Errorf("megabytes: finding %+v, want weight 60", f)
	}
}

// deciding are the rules that may make a report malicious by themselves: chains
// of behaviour, code at the interpreter's start, and code in what should be data.
var deciding = []string{
	"clipboard-swap", "command", "decoded-code", "dropper", "early-network", "exfiltration", "fetched-code", "memory-code", "obfuscated-source", "own-program",
	"odd-channel", "persistence", "pickle-code", "pth-code", "pyc-mismatch", "remote-control", "script-file", "watch-evasion",
}

// TestNoSingleOddityIsMalicious holds that what a package looks like, where its
// files lie and what it is called never decide.
func TestNoSingleOddityIsMalicious(t *testing.T) {
	for _, r := range rules.All {
		if r.Weight >= scan.MaliciousScore && !slices.Contains(deciding, r.ID) {
			t.Errorf("%s weighs %d by itself", r.ID, r.Weight)
		}
	}
}

// TestProgram holds that Python source beyond a limit is a gap.
func TestProgram(t *testing.T) {
	text := "x = " + strings.Repeat("(", 3000) + "1" + strings.Repeat(")", 3000) + "\n"
	d := pypitest.Wheel("demo", "1.0", "demo/__init__.py", text)
	b := d.MustBytes(t)
	r := scanBytes(t, rules.NewScanner(), d.Filename, bytes.NewReader(b), int64(len(b)))
	if !slices.ContainsFunc(r.Gaps, func(g scan.Gap) bool { return g.ID == scan.GapProgram && g.Where() == "demo/__init__.py" }) {
		t.Errorf("gaps %v, want %s", r.Gaps, scan.GapProgram)
	}
}

// FuzzRules holds over any member of a wheel and of an sdist that the rules end,
// and that what they report can be printed.
func FuzzRules(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*", "*.txtar"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no fixtures: %v", err)
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
			f.Add(m.Path, m.Data)
		}
	}
	s := rules.NewScanner()
	f.Fuzz(func(t *testing.T, path string, data []byte) {
		for _, d := range []*pypitest.Dist{pypitest.Wheel("demo", "1.0"), pypitest.Sdist("demo", "1.0")} {
			d.Members = append(d.Members, pypitest.Member{Path: path, Data: data})
			b, err := d.Bytes()
			if err != nil {
				t.Skip("no archive holds this path")
			}
			filename, err := pypi.ParseFilename(d.Filename, "demo")
			if err != nil {
				t.Fatal(err)
			}
			r, err := s.Scan(t.Context(), scan.Input{Filename: filename, Content: bytes.NewReader(b), Size: int64(len(b))})
			if err != nil {
				t.Fatal(err)
			}
			var text bytes.Buffer
			if err := r.WriteText(&text); err != nil {
				t.Fatal(err)
			}
			if i := bytes.IndexFunc(text.Bytes(), func(r rune) bool { return r > 0x7e || r < 0x20 && r != '\n' }); i >= 0 {
				t.Errorf("the text form lets %q through", text.Bytes()[i:])
			}
		}
	})
}
