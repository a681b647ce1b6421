package archive_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// unpackScript lists what pip would write, as JSON of path and content in
// hexadecimal: the last of each path, read by Python's own modules in pip's
// order of deciding.
const unpackScript = `
import json, posixpath, sys, tarfile, zipfile

def path(name):
    name = "".join("\ufffd" if 0xdc80 <= ord(c) <= 0xdcff else c for c in name)
    return posixpath.normpath("/" + name).lstrip("/") or "."

def unzip(f):
    z = zipfile.ZipFile(f)
    return {path(i.filename): z.open(i.filename).read().hex() for i in z.infolist() if not i.filename.endswith("/")}

def untar(f):
    t = tarfile.open(f, encoding="utf-8")
    return {path(m.name): t.extractfile(m).read().hex()
            for m in t.getmembers() if not (m.isdir() or m.issym() or m.islnk() or m.ischr() or m.isblk() or m.isfifo())}

for f in sys.argv[1:]:
    try:
        got = unzip(f) if f.endswith(".whl") else untar(f)
    except Exception as e:
        got = {"error": type(e).__name__}
    print(json.dumps(got))
`

// python runs the script over archives, nothing of which is executed.
func python(t *testing.T, cases []hazardCase) []map[string]string {
	t.Helper()
	exe, err := exec.LookPath("python3")
	if err != nil {
		t.Skipf("no python3 to compare with: %v", err)
	}
	folder := t.TempDir()
	args := []string{"-I", "-c", unpackScript}
	for i, c := range cases {
		name := filepath.Join(folder, strconv.Itoa(i)+c.ext)
		if err := os.WriteFile(name, c.bad, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	cmd := exec.CommandContext(t.Context(), exe, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]string
	for line := range strings.Lines(string(out)) {
		var got map[string]string
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		all = append(all, got)
	}
	if len(all) != len(cases) {
		t.Fatalf("%d answers for %d archives", len(all), len(cases))
	}
	return all
}

// TestPython holds that hostile archives too are read as Python reads them,
// unless Python refuses them or the hazard says that bytes were left unread.
func TestPython(t *testing.T) {
	// What stands here is read differently on purpose.
	otherwise := map[string]string{
		"tar-sparse":       "stored bytes instead of the expanded ones",
		"zip-unicode-path": "renamed by Python 3.13 and newer alone",
	}
	var cases []hazardCase
	for _, c := range allHazards(t) {
		zip := strings.HasPrefix(string(c.bad), "PK") || c.ext == ".whl" && strings.Contains(c.want, "zip-")
		if c.ext = ".tar"; zip {
			c.ext = ".whl"
		}
		cases = append(cases, c)
	}
	compared := 0
	for i, want := range python(t, cases) {
		c := cases[i]
		t.Run(c.name, func(t *testing.T) {
			got := walk(t, c.bad, "")
			if want["error"] != "" {
				t.Skipf("Python refuses: %s", want["error"])
			}
			for _, h := range got.hazards {
				if otherwise[h.ID] != "" || h.Unread {
					t.Skipf("%s", h.ID)
				}
			}
			compared++
			hex := make(map[string]string)
			for path, body := range got.files {
				hex[path] = hexed(body)
			}
			if diff := cmp.Diff(want, hex); diff != "" {
				t.Errorf("files (-Python +ours), hazards %v:\n%s", got.ids, diff)
			}
		})
	}
	t.Logf("%d of %d archives compared", compared, len(cases))
	if compared < len(cases)/2 {
		t.Errorf("only %d of %d archives compared", compared, len(cases))
	}
}

func hexed(s string) string {
	const digits = "0123456789abcdef"
	b := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		b = append(b, digits[s[i]>>4], digits[s[i]&15])
	}
	return string(b)
}
