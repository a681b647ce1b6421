package scan_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pipwarden/internal/pypitest"
	"pipwarden/pypi"
	"pipwarden/scan"
)

func input(t *testing.T, name string, b []byte) scan.Input {
	t.Helper()
	filename, err := pypi.ParseFilename(name, "")
	if err != nil {
		t.Fatal(err)
	}
	return scan.Input{Filename: filename, Content: bytes.NewReader(b), Size: int64(len(b))}
}

func mustScan(t *testing.T, s *scan.Scanner, in scan.Input) *scan.Report {
	t.Helper()
	r, err := s.Scan(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// word is a rule that finds a word, for tests.
func word(w string, weight int) *scan.Rule {
	return &scan.Rule{
		ID: "word-" + w, Weight: weight, Stage: scan.StageImport, Behaviours: []scan.Behaviour{scan.FileOperation},
		Run: func(p *scan.Pass) scan.Hooks {
			return scan.Hooks{Member: func(m *scan.Member) {
				if bytes.Contains(m.Content, []byte(w)) {
					p.Report(scan.Finding{Path: m.Layers, Line: 1, Weight: weight, Code: w, Message: "holds the word"})
				}
			}}
		},
	}
}

func TestEveryMemberIsHandedOut(t *testing.T) {
	inner := pypitest.Wheel("inner", "1.0", "inner/a.py", "deep\n").MustBytes(t)
	d := pypitest.Sdist("demo", "1.0", "demo.py", "one\n", "empty.py", "")
	d.Members = append(d.Members, pypitest.Member{Path: "vendor/inner-1.0-py3-none-any.whl", Data: inner},
		pypitest.Member{Path: "tool", Executable: true, Data: []byte("#!/bin/sh\n")})
	type seen struct {
		Path, Format, Content string
		Whole, Executable     bool
	}
	var got []seen
	s := &scan.Scanner{Rules: []*scan.Rule{{ID: "see", Run: func(p *scan.Pass) scan.Hooks {
		return scan.Hooks{Member: func(m *scan.Member) {
			sum := sha256.Sum256(m.Content)
			if m.Regular() && (m.SHA256 != hex.EncodeToString(sum[:]) || m.Size != int64(len(m.Content))) {
				t.Errorf("%q: digest or size are not the content's", m.Layers)
			}
			content := string(m.Content)
			if m.Format == scan.FormatZip || strings.Contains(m.Path(), "info/") || strings.HasSuffix(m.Path(), "-INFO") {
				content = "..."
			}
			if m.Regular() {
				got = append(got, seen{strings.Join(m.Layers, " > "), m.Format.String(), content, m.Whole, m.Executable})
			}
		}}
	}}}}
	r := mustScan(t, s, input(t, "demo-1.0.tar.gz", d.MustBytes(t)))
	const wheel = "demo-1.0/vendor/inner-1.0-py3-none-any.whl"
	want := []seen{
		{"demo-1.0/demo.py", "text", "one\n", true, false},
		{"demo-1.0/empty.py", "empty", "", true, false},
		{wheel, "zip", "...", true, false},
		{wheel + " > inner/a.py", "text", "deep\n", true, false},
		{wheel + " > inner-1.0.dist-info/METADATA", "text", "...", true, false},
		{wheel + " > inner-1.0.dist-info/WHEEL", "text", "...", true, false},
		{wheel + " > inner-1.0.dist-info/RECORD", "text", "...", true, false},
		{"demo-1.0/tool", "text", "#!/bin/sh\n", true, true},
		{"demo-1.0/PKG-INFO", "text", "...", true, false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	if len(r.Files) != len(want) || len(r.Gaps) != 0 || r.Level != scan.LevelClean {
		t.Errorf("report: %d digests, gaps %v, level %v", len(r.Files), r.Gaps, r.Level)
	}
	if !slices.IsSortedFunc(r.Files, func(a, b scan.FileDigest) int { return strings.Compare(a.Path, b.Path) }) {
		t.Errorf("digests are not sorted: %v", r.Files)
	}
}

func TestLongMembers(t *testing.T) {
	long := func(head, tail string) []byte {
		filler := bytes.Repeat([]byte("# filler\n"), (scan.MaxContent+100)/9+1)
		return slices.Concat([]byte(head), filler, []byte(tail))
	}
	native := long(string(pypitest.Native("elf")), "")
	tests := []struct {
		path string
		data []byte
		gap  bool
	}{
		{"demo/long.py", long("", ""), true},
		{"demo/data", long("#!/bin/sh\n", ""), true},
		{"demo/words.txt", long("import os\n", ""), true},
		{"demo/end.dat", long("", "exec(x)\n"), true},
		{"demo/table.csv", long("a,b\n", ""), false},
		{"demo/english.txt", long("from time to time\n", ""), false},
		{"demo/lib.so", native, false},
		{"demo/picture.png", long("\x89PNG\r\n\x1a\n\x00", ""), false},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			var whole bool
			var sum, end string
			s := &scan.Scanner{Rules: []*scan.Rule{{ID: "see", Run: func(p *scan.Pass) scan.Hooks {
				return scan.Hooks{Member: func(m *scan.Member) {
					if m.Path() == tt.path {
						whole, sum, end = m.Whole, m.SHA256, string(m.Tail)
						if len(m.Content) != scan.HeadWindow || !bytes.HasPrefix(tt.data, m.Content) {
							t.Errorf("content is %d bytes, want the first %d", len(m.Content), scan.HeadWindow)
						}
					}
				}}
			}}}}
			d := &pypitest.Dist{Filename: "demo-1.0-py3-none-any.whl", Members: []pypitest.Member{{Path: tt.path, Data: tt.data}}}
			r := mustScan(t, s, input(t, d.Filename, d.MustBytes(t)))
			want := sha256.Sum256(tt.data)
			if whole || sum != hex.EncodeToString(want[:]) || end != string(tt.data[len(tt.data)-scan.TailWindow:]) {
				t.Errorf("whole %v, digest %s, tail of %d bytes", whole, sum, len(end))
			}
			if gap := len(r.Gaps) == 1 && r.Gaps[0].ID == "limit-content" && !r.Gaps[0].Hazard; gap != tt.gap || len(r.Gaps) > 1 {
				t.Errorf("gaps = %v, want limit-content: %v", r.Gaps, tt.gap)
			}
		})
	}
}

func TestAtTheLimit(t *testing.T) {
	for _, n := range []int{scan.MaxContent, scan.MaxContent + 1} {
		d := &pypitest.Dist{Filename: "demo-1.0-py3-none-any.whl", Members: []pypitest.Member{{Path: "a.py", Data: bytes.Repeat([]byte("#"), n)}}}
		r := mustScan(t, &scan.Scanner{}, input(t, d.Filename, d.MustBytes(t)))
		if gap := len(r.Gaps) == 1; gap != (n > scan.MaxContent) {
			t.Errorf("%d bytes: gaps %v", n, r.Gaps)
		}
	}
}

func TestHazardsAreGaps(t *testing.T) {
	good := pypitest.Wheel("demo", "1.0").MustBytes(t)
	in := input(t, "demo-1.0-py3-none-any.whl", slices.Concat(good, good))
	r := mustScan(t, &scan.Scanner{}, in)
	if len(r.Hazards()) == 0 || r.Gaps[0].Detail == "" {
		t.Errorf("two wheels in one file: gaps %+v, want a hazard", r.Gaps)
	}
	for _, b := range [][]byte{nil, []byte("no archive"), good[:len(good)/2], good[:30]} {
		r := mustScan(t, &scan.Scanner{}, input(t, "demo-1.0-py3-none-any.whl", b))
		if len(r.Gaps) == 0 {
			t.Errorf("%d bytes that are no wheel leave no gap: %+v", len(b), r)
		}
	}
}

func TestNestedArchivesAreBounded(t *testing.T) {
	inner := pypitest.Wheel("inner", "1.0", "a.py", "").MustBytes(t)
	tests := []struct {
		ext  string
		data []byte
		gap  bool
	}{
		{".whl", inner, true},
		{".json.gz", gzipped(t, "{}"), false},
	}
	for _, tt := range tests {
		d := pypitest.Wheel("demo", "1.0")
		for i := range scan.MaxNested + 5 {
			d.Members = append(d.Members, pypitest.Member{Path: fmt.Sprint("demo/", i, tt.ext), Data: tt.data})
		}
		r := mustScan(t, &scan.Scanner{}, input(t, d.Filename, d.MustBytes(t)))
		if gap := len(r.Gaps) == 1 && r.Gaps[0].ID == "limit-nested"; gap != tt.gap || len(r.Gaps) > 1 || len(r.Findings) > 0 {
			t.Errorf("%s: gaps %v, findings %v", tt.ext, r.Gaps, r.Findings)
		}
	}
}

func gzipped(t *testing.T, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBrokenInputIsAnError(t *testing.T) {
	b := pypitest.Wheel("demo", "1.0").MustBytes(t)
	broken := errors.New("disk on fire")
	tests := []struct {
		name string
		r    io.ReaderAt
		size int64
		want error
	}{
		{"reader fails", failAt{bytes.NewReader(b), int64(len(b)) / 2, broken}, int64(len(b)), broken},
		{"reader is shorter than it says", bytes.NewReader(b[:len(b)-1]), int64(len(b)), io.ErrUnexpectedEOF},
	}
	for _, sum := range []string{"", strings.Repeat("0", 64)} {
		for _, tt := range tests {
			in := input(t, "demo-1.0-py3-none-any.whl", nil)
			in.Content, in.Size, in.SHA256 = tt.r, tt.size, sum
			if r, err := (&scan.Scanner{}).Scan(t.Context(), in); !errors.Is(err, tt.want) || r != nil {
				t.Errorf("%s: report %v, error %v; want %v", tt.name, r, err, tt.want)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (&scan.Scanner{}).Scan(ctx, input(t, "demo-1.0-py3-none-any.whl", b)); !errors.Is(err, context.Canceled) {
		t.Errorf("error with a context that ended = %v", err)
	}
}

type failAt struct {
	io.ReaderAt
	from int64
	err  error
}

func (f failAt) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.from {
		return 0, f.err
	}
	return f.ReaderAt.ReadAt(p, off)
}

func TestPanickingRuleIsAnError(t *testing.T) {
	s := &scan.Scanner{Rules: []*scan.Rule{{ID: "broken", Run: func(*scan.Pass) scan.Hooks {
		return scan.Hooks{End: func() { panic("index out of range") }}
	}}}}
	_, err := s.Scan(t.Context(), input(t, "demo-1.0-py3-none-any.whl", pypitest.Wheel("demo", "1.0").MustBytes(t)))
	if err == nil || !strings.Contains(err.Error(), "rule broken: panic") {
		t.Errorf("error = %v, want one that names the rule", err)
	}
}

func TestLevels(t *testing.T) {
	weights := func(ws ...int) []scan.Finding {
		var out []scan.Finding
		for _, w := range ws {
			out = append(out, scan.Finding{Weight: w})
		}
		return out
	}
	tests := []struct {
		weights []int
		want    scan.Level
	}{
		{nil, scan.LevelClean},
		{[]int{0}, scan.LevelClean},
		{[]int{49}, scan.LevelClean},
		{[]int{50}, scan.LevelSuspicious},
		{[]int{15, 15, 15, 15}, scan.LevelSuspicious},
		{[]int{49, 49, 49, 49}, scan.LevelSuspicious}, // never malicious out of small things
		{[]int{60, 39}, scan.LevelSuspicious},
		{[]int{60, 40}, scan.LevelMalicious},
		{[]int{100}, scan.LevelMalicious},
	}
	for _, tt := range tests {
		if got := scan.LevelOf(weights(tt.weights...)); got != tt.want {
			t.Errorf("LevelOf(%v) = %v, want %v", tt.weights, got, tt.want)
		}
	}
}

func TestOnlyTheHeaviestOfARuleCounts(t *testing.T) {
	d := pypitest.Wheel("demo", "1.0", "a.py", "bad", "b.py", "bad worse", "c.py", "bad")
	s := &scan.Scanner{Rules: []*scan.Rule{word("bad", 40), word("worse", 30)}}
	r := mustScan(t, s, input(t, d.Filename, d.MustBytes(t)))
	var got []string
	for _, f := range r.Findings {
		got = append(got, fmt.Sprint(f.Rule, " ", f.Where(), " ", f.Weight))
	}
	want := []string{"word-bad a.py:1 40", "word-worse b.py:1 30", "word-bad b.py:1 0", "word-bad c.py:1 0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if r.Score != 70 || r.Level != scan.LevelSuspicious || len(r.Behaviours) != 1 {
		t.Errorf("score %d, level %v, behaviours %v", r.Score, r.Level, r.Behaviours)
	}
}

func TestFindingsAreBounded(t *testing.T) {
	flood := &scan.Rule{ID: "flood", Weight: 30, Run: func(p *scan.Pass) scan.Hooks {
		return scan.Hooks{End: func() {
			for i := range scan.MaxFindings * 3 {
				p.Report(scan.Finding{Message: fmt.Sprint(i), Code: strings.Repeat("\xff", 1000)})
			}
			p.Report(scan.Finding{Message: "the one that matters", Weight: 1000})
		}}
	}}
	d := pypitest.Wheel("demo", "1.0")
	r := mustScan(t, &scan.Scanner{Rules: []*scan.Rule{flood}}, input(t, d.Filename, d.MustBytes(t)))
	if len(r.Findings) != scan.MaxFindings || len(r.Gaps) != 1 || r.Gaps[0].ID != "limit-findings" {
		t.Errorf("%d findings, gaps %v", len(r.Findings), r.Gaps)
	}
	if f := r.Finding("flood"); f.Message != "the one that matters" || f.Weight != 30 {
		t.Errorf("the heaviest is %+v; want the last, cut to the rule's weight", f)
	}
	if n := len(r.Findings[1].Code); n > scan.MaxCode {
		t.Errorf("code of %d bytes", n)
	}
}

func TestReportIsTheSameEveryTime(t *testing.T) {
	d := pypitest.Wheel("demo", "1.0", "a.py", "bad", "b.py", "bad worse")
	in := input(t, d.Filename, d.MustBytes(t))
	a := mustScan(t, &scan.Scanner{Rules: []*scan.Rule{word("bad", 40), word("worse", 40)}}, in)
	b := mustScan(t, &scan.Scanner{Rules: []*scan.Rule{word("worse", 40), word("bad", 40)}}, in)
	b.Scanner = a.Scanner // the rules' order is part of it, of the report it is not
	ja, jb := mustJSON(t, a), mustJSON(t, b)
	if diff := cmp.Diff(ja, jb); diff != "" {
		t.Errorf("reports differ:\n%s", diff)
	}
	var back scan.Report
	if err := json.Unmarshal([]byte(ja), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ja, mustJSON(t, &back)); diff != "" {
		t.Errorf("JSON does not survive reading:\n%s", diff)
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b) + "\n"
}

// TestMemoryDoesNotGrowWithTheArtifact scans a member many times the size of
// what may be held.
func TestMemoryDoesNotGrowWithTheArtifact(t *testing.T) {
	const size = 96 << 20
	file, err := os.Create(filepath.Join(t.TempDir(), "demo.whl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := zip.NewWriter(file)
	m, err := w.CreateHeader(&zip.FileHeader{Name: "demo/lib.so", Method: zip.Store})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(m, rand.NewChaCha8([32]byte{}), size); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	in := input(t, "demo-1.0-py3-none-any.whl", nil)
	in.Content, in.Size = file, info.Size()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := mustScan(t, &scan.Scanner{}, in)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > size/2 {
		t.Errorf("%d MiB allocated for a member of %d MiB", got>>20, size>>20)
	}
	if len(r.Files) != 1 || r.Files[0].Size != size {
		t.Errorf("digests = %v", r.Files)
	}
}

// FuzzScan holds the scanner's promise over any bytes: no error, a level, and
// the same report twice.
func FuzzScan(f *testing.F) {
	for _, d := range []*pypitest.Dist{
		pypitest.Wheel("demo", "1.0", "a.py", "bad"), pypitest.Sdist("demo", "1.0", "a.py", "bad"),
	} {
		b, err := d.Bytes()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(d.Filename, b)
	}
	s := &scan.Scanner{Rules: []*scan.Rule{word("bad", 60)}}
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		filename, err := pypi.ParseFilename(name, "")
		if err != nil {
			filename = pypi.Filename{Text: name}
		}
		in := scan.Input{Filename: filename, Content: bytes.NewReader(b), Size: int64(len(b))}
		one := mustScan(t, s, in)
		if one.Level == scan.LevelUnknown || len(one.Files) == 0 && len(one.Gaps) == 0 && len(one.Findings) > 0 {
			t.Errorf("report says nothing: %+v", one)
		}
		if diff := cmp.Diff(mustJSON(t, one), mustJSON(t, mustScan(t, s, in))); diff != "" {
			t.Errorf("two scans differ:\n%s", diff)
		}
	})
}
