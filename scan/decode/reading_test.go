package decode_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pipwarden/scan/decode"
	"pipwarden/scan/python"
)

// TestSkeleton holds lines that the skeleton of the recorded program has in every
// version.
func TestSkeleton(t *testing.T) {
	for version, raw := range recorded(t) {
		t.Run(version, func(t *testing.T) {
			v, _, err := decode.ReadMarshal(raw, decode.ParseVersion(version))
			if err != nil {
				t.Fatal(err)
			}
			r := v.Code.Read()
			for _, want := range []string{
				"import os\n", "import sys as s\n", "import os.path as osp\n", "from base64 import b64decode as d\n", "def send(host, port=80, *rest, **more):", "global seen",
				"if (host == 'x.invalid'):", "os.system(('true ' + host))", "try:", "except Exception:", "d(host)", "for part in rest:", "osp.join('a', 'b')",
				"while (port < 90):", "open('f.txt', 'w')", "class Install(object):", "def run(self):", "*data", "port=KEY", "exec(d('cGFzcw=='))", "else:", "def inner(z=(1, 2)):",
			} {
				if !strings.Contains(r.Source, want) {
					t.Errorf("lacks %q", want)
				}
			}
			if f := python.Parse([]byte(r.Source), python.Options{}); len(f.Errors) > 0 {
				t.Errorf("does not parse: %v", f.Errors)
			}
			if r.Doubts > 0 || r.Partial {
				t.Errorf("%d doubts, partial: %v", r.Doubts, r.Partial)
			}
			calls(t, r)
			if t.Failed() {
				t.Log(r.Source)
			}
		})
	}
}

// calls holds the names of calls in the recorded program.
func calls(t *testing.T, r *decode.Reading) {
	t.Helper()
	var names []string
	for _, c := range r.Calls {
		names = append(names, c.Name)
	}
	for _, want := range []string{"os.system", "sys.exit", "base64.b64decode", "os.path.join", "open", "exec", "chr", "send"} {
		if !slices.Contains(names, want) {
			t.Errorf("no call of %s among %v", want, names)
		}
	}
}

// library lists a sample of the compiled modules of the machine's standard
// libraries.
func library() []string {
	home, _ := os.UserHomeDir()
	var files []string
	for _, pattern := range []string{"lib/python3.*/__pycache__/*.pyc", "lib/python3.*/*/__pycache__/*.pyc", "lib/python2.7/*.pyc", "lib/python2.7/*/*.pyc"} {
		found, _ := filepath.Glob(filepath.Join(home, ".pyenv", "versions", "*", pattern))
		for i, f := range found {
			if i%13 == 0 && !strings.Contains(f, ".opt-") {
				files = append(files, f)
			}
		}
	}
	return files
}

// TestReadingLibrary reads compiled standard libraries: all skeletons parse, and
// hardly any has a doubt or a part that is told by names alone.
func TestReadingLibrary(t *testing.T) {
	files := library()
	if len(files) == 0 {
		t.Skip("no compiled library")
	}
	count, reasons := map[string]int{}, map[string]int{}
	doubtful := 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := decode.ReadPyc(b)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		r := p.Code.Read()
		count[p.Version.String()]++
		if f := python.Parse([]byte(r.Source), python.Options{}); len(f.Errors) > 0 {
			t.Errorf("%s: does not parse: %v", file, f.Errors[0])
		}
		if r.Doubts > 0 || r.Partial {
			doubtful++
		}
		for why, n := range r.Reasons() {
			reasons[p.Version.String()+" "+why] += n
		}
	}
	for _, why := range slices.Sorted(maps.Keys(reasons)) {
		t.Logf("%s: %d", why, reasons[why])
	}
	t.Logf("%v: %d of %d doubtful", count, doubtful, len(files))
	if doubtful*100 > 6*len(files) {
		t.Errorf("%d of %d are doubtful", doubtful, len(files))
	}
}
