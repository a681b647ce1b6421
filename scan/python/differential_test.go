package python_test

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pipwarden/scan/python"
	"pipwarden/scan/python/internal/cpython"
	"pipwarden/scan/python/internal/normal"
)

// sampleStep is how many files lie between two that are compared with -short.
const sampleStep = 23

// TestDifferential compares the trees of all files of all CPythons on this
// machine, node by node. Run it with -v to see the figures that the README
// quotes.
func TestDifferential(t *testing.T) {
	found := cpython.Find(t.Context())
	if len(found) == 0 {
		t.Fatalf("no CPython found; looked for versions %s in PATH and pyenv", strings.Join(cpython.Versions, ", "))
	}
	have := map[string]bool{}
	for _, i := range found {
		have[i.Version] = true
	}
	for _, v := range cpython.Versions {
		if !have[v] {
			t.Logf("CPython %s is not on this machine: not compared", v)
		}
	}
	for _, i := range found {
		t.Run(i.Version, func(t *testing.T) {
			t.Parallel()
			files, err := i.Files()
			if err != nil {
				t.Fatal(err)
			}
			if testing.Short() || raceEnabled {
				files = every(files, sampleStep)
			}
			c := comparison{i: i, root: filepath.Dir(i.Library)}
			c.run(t, files)
			t.Logf("CPython %s: %s", i.Full, c.String())
		})
	}
}

func every(files []string, step int) []string {
	var some []string
	for n := 0; n < len(files); n += step {
		some = append(some, files[n])
	}
	return some
}

// A comparison counts what came of one interpreter's files.
type comparison struct {
	i    cpython.Interpreter
	root string

	files, equal, different int
	refused                 int // by CPython
	refusedToo              int // of these, how many have errors here
	accepted                int // of these, how many have none
	bytes                   int64
}

func (c *comparison) String() string {
	return fmt.Sprintf("%d files (%.1f MB), %d equal, %d different; it refuses %d more, of which %d have errors here too and %d have none",
		c.files-c.refused, float64(c.bytes)/1e6, c.equal, c.different, c.refused, c.refusedToo, c.accepted)
}

func (c *comparison) run(t *testing.T, files []string) {
	dump, wait := startDump(t, c.i, files, "--compile")
	defer wait()
	for _, path := range files {
		if !dump.Scan() {
			t.Fatalf("the dump of CPython %s ended early: %v", c.i.Full, dump.Err())
		}
		verdict, detail, _ := strings.Cut(dump.Text(), " ")
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c.files++
		f := python.Parse(src, python.Options{Dialect: dialect(c.i)})
		name := strings.TrimPrefix(path, c.root)
		if verdict != "ok" {
			c.refuse(t, name, detail, f)
			continue
		}
		c.bytes += int64(len(src))
		sum := md5.Sum(normal.Form(f, normal.Version(c.i.Number()), c.i.Number() >= exactPlaces))
		switch {
		case len(f.Errors) > 0:
			c.different++
			e := f.Errors[0]
			t.Errorf("%s:%v: CPython %s compiles it; here: %s", name, f.Position(e.Pos), c.i.Full, e.Message)
		case hex.EncodeToString(sum[:]) != detail:
			c.different++
			t.Errorf("%s: not the tree of CPython %s\n%s", name, c.i.Full, firstDifference(t, c.i, path, f))
		default:
			c.equal++
		}
	}
}

// refuse checks a file that this CPython refuses: it must have an error here.
// A file that is right for another version would have to be excepted by name.
func (c *comparison) refuse(t *testing.T, name, reason string, f *python.File) {
	c.refused++
	if len(f.Errors) > 0 {
		c.refusedToo++
		return
	}
	c.accepted++
	t.Errorf("%s: CPython %s refuses it (%s); no error here", name, c.i.Full, reason)
}

func dialect(i cpython.Interpreter) python.Dialect {
	if i.Number() < 300 {
		return python.Py2
	}
	return python.Py3
}

// startDump runs testdata/dump.py over files. The function that it returns
// waits for its end.
func startDump(t *testing.T, i cpython.Interpreter, files []string, args ...string) (*bufio.Scanner, func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), i.Path, append(dumpArgs(i), args...)...)
	cmd.Stdin = strings.NewReader(strings.Join(files, "\n") + "\n")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return bufio.NewScanner(stdout), func() {
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v\n%s", i.Path, err, stderr.String())
		}
	}
}

// exactPlaces is the first version whose trees have the right positions of all
// nodes, those in f-strings included. From it on they are compared too.
const exactPlaces = 312

func dumpArgs(i cpython.Interpreter) []string {
	args := []string{filepath.Join("testdata", "dump.py")}
	if i.Number() >= exactPlaces {
		args = append(args, "--positions")
	}
	return args
}

// firstDifference shows where two normal forms part.
func firstDifference(t *testing.T, i cpython.Interpreter, path string, f *python.File) string {
	cmd := exec.CommandContext(t.Context(), i.Path, append(dumpArgs(i), "--text")...)
	cmd.Stdin = strings.NewReader(path + "\n")
	theirs, err := cmd.Output()
	if err != nil {
		return err.Error()
	}
	ours := normal.Form(f, normal.Version(i.Number()), i.Number() >= exactPlaces)
	return parting(ours, theirs)
}

// parting shows where two texts part.
func parting(one, other []byte) string {
	n := 0
	for n < len(one) && n < len(other) && one[n] == other[n] {
		n++
	}
	around := func(b []byte) string { return fmt.Sprintf("%q", b[max(0, min(n, len(b))-120):min(len(b), n+120)]) }
	return "  one   " + around(one) + "\n  other " + around(other)
}
