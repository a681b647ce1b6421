package flow

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// valuesOf reads testdata/values.txt: a Python expression, and below it,
// indented, what Python says that it is.
func valuesOf(t testing.TB) (pairs [][2]string) {
	b, err := os.ReadFile("testdata/values.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	for i := 0; i+1 < len(lines); i += 2 {
		pairs = append(pairs, [2]string{lines[i], strings.TrimPrefix(lines[i+1], "    ")})
	}
	return pairs
}

func TestValues(t *testing.T) {
	for _, p := range valuesOf(t) {
		v := evaluate(p[0])
		if got, ok := repr(v); got != p[1] || !ok {
			t.Errorf("%s\n got %s\nwant %s", p[0], got, p[1])
		}
	}
}

// TestValuesOfPython holds the expectations of values.txt against a real Python.
func TestValuesOfPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	cmd := exec.Command(python, "-c", `
import sys, importlib
space = {}
for name in sys.argv[1].split():
    try:
        space[name] = importlib.import_module(name)
    except ImportError:
        pass
import urllib.parse
for line in open("testdata/values.txt", encoding="utf-8"):
    if not line.startswith("    "):
        sys.stdout.buffer.write((repr(eval(line, space)) + "\n").encode())
`, strings.Join(testModules, " "))
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("python3: %v", err)
	}
	lines := strings.Split(string(out), "\n")
	for i, p := range valuesOf(t) {
		if lines[i] != p[1] {
			t.Errorf("%s\npython3 says %s\nwant %s", p[0], lines[i], p[1])
		}
	}
}

// TestLargePatterns holds that searches are refused which would read a text
// over and over, and that the usual ones of a large text are not.
func TestLargePatterns(t *testing.T) {
	names := map[string]*Value{"s": text(strings.Repeat("c9 ", 80_000))}
	for _, tt := range []struct {
		source string
		known  bool
	}{
		{`re.sub(r"\s+", "", s)`, true},
		{`re.sub("[^0-9]", "", s)`, true},
		{`re.findall("..", s)`, true},
		{`re.split(" ", s)`, true},
		{`re.findall("c(?:.*z)?", s)`, false},
		{`re.findall("(?:c9 )*z", s)`, false},
		{`re.findall("c.*?z", s)`, false},
		{`re.findall("(?:c?){900}z", s)`, false},
	} {
		if v := evaluateWith(tt.source, names); known(v) != tt.known {
			t.Errorf("%s is known: %v, want %v", tt.source, known(v), tt.known)
		}
	}
}
