package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pipwarden/internal/labelled"
	"pipwarden/internal/pypitest"
	"pipwarden/scan"
)

func TestInterval(t *testing.T) {
	for _, c := range []struct {
		share     share
		low, high float64
	}{
		// From tables of Wilson's interval.
		{share{0, 100}, 0, 0.0370},
		{share{5, 100}, 0.0215, 0.1118},
		{share{50, 100}, 0.4038, 0.5962},
		{share{100, 100}, 0.9630, 1},
	} {
		low, high := c.share.interval()
		if math.Abs(low-c.low) > 0.0005 || math.Abs(high-c.high) > 0.0005 {
			t.Errorf("%v: [%.4f, %.4f], want [%.4f, %.4f]", c.share, low, high, c.low, c.high)
		}
	}
	if low, high := (share{}).interval(); low != 0 || high != 1 {
		t.Errorf("nothing of nothing lies in [%v, %v]", low, high)
	}
}

func TestPrecision(t *testing.T) {
	for _, c := range []struct{ recall, fp, want float64 }{{0.95, 0.01, 0.143}, {0.95, 0.001, 0.626}, {0.5, 0, 1}, {0, 0.1, 0}} {
		if got := precision(c.recall, c.fp); math.Abs(got-c.want) > 0.001 {
			t.Errorf("recall %v, false positives %v: %.3f, want %v", c.recall, c.fp, got, c.want)
		}
	}
}

func found(path string, weight int, places ...string) *result {
	return &result{
		sample: &labelled.Sample{Malicious: true, Places: places},
		report: &scan.Report{Findings: []scan.Finding{{Rule: "r", Path: []string{path}, Weight: weight}}},
	}
}

func TestLocated(t *testing.T) {
	for _, c := range []struct {
		r            *result
		right, known bool
	}{
		{found("x-1/setup.py", 50, "setup_cmd"), true, true},
		{found("x-1/setup.py", 50, "init_top"), false, true},
		{found("x-1/x/__init__.py", 50, "setup_top", "init_top"), true, true},
		{found("x-1/x/core.py", 50, "sub_imported_top"), true, true},
		{found("x-1/x/core.py", 50, "sub_from_setup"), true, true},
		{found("x-1/x/core.py", 0, "sub_imported_top"), false, false},
		{found("x-1/x/core.py", 50), false, false},
		{&result{sample: &labelled.Sample{Places: []string{"setup_top"}}}, false, false},
	} {
		if right, known := located(c.r); right != c.right || known != c.known {
			t.Errorf("%v in %v: %v %v", c.r.report, c.r.sample.Places, right, known)
		}
	}
}

func TestByGroup(t *testing.T) {
	level := func(group string, l scan.Level) *result {
		return &result{sample: &labelled.Sample{Group: group, Malicious: true}, report: &scan.Report{Level: l}}
	}
	rs := []*result{
		level("a", scan.LevelMalicious), level("a", scan.LevelClean),
		level("b", scan.LevelMalicious), level("c", scan.LevelSuspicious),
	}
	g := byGroup(rs, scan.LevelMalicious)
	if g.Mean != 0.5 || g.Whole != (share{1, 3}) || g.Any != (share{2, 3}) {
		t.Errorf("%+v", g)
	}
}

func TestRuleCount(t *testing.T) {
	report := func(weights ...int) *result {
		r := &scan.Report{}
		for i, w := range weights {
			r.Findings = append(r.Findings, scan.Finding{Rule: string(rune('a' + i)), Weight: w})
		}
		r.Level = scan.LevelOf(r.Findings)
		return &result{sample: &labelled.Sample{}, report: r}
	}
	counts := byRule([]*result{report(60, 5), report(0, 10), report(40, 15)})
	if len(counts) != 2 || counts[0] != (ruleCount{Rule: "a", Genuine: 2, Flagged: 2, Alone: 2}) ||
		counts[1] != (ruleCount{Rule: "b", Genuine: 3, Flagged: 2, Alone: 1}) {
		t.Errorf("%+v", counts)
	}
}

func TestQuantiles(t *testing.T) {
	var times []time.Duration
	for i := range 100 {
		times = append(times, time.Duration(100-i)*time.Millisecond)
	}
	if got := quantiles(times); got != "median 50.0\tp90 90.0\tp99 99.0\tmost 100.0\tsum 5.1 s" {
		t.Error(got)
	}
}

// sets writes a malicious tar of one family on each side of the split, and a
// genuine folder.
func sets(t *testing.T) (malicious, genuine string) {
	t.Helper()
	dir := t.TempDir()
	malicious, genuine = filepath.Join(dir, "bad.tar"), filepath.Join(dir, "good")
	f, err := os.Create(malicious)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := tar.NewWriter(f)
	for _, family := range []string{"tunefamily0", "heldfamily4"} {
		d := pypitest.Wheel(family, "1.0", family+".pth", "import os; os.system('true'); import base64", family+".py", "")
		b := d.MustBytes(t)
		if err := w.WriteHeader(&tar.Header{Name: family + "/" + d.Filename, Mode: 0o600, Size: int64(len(b))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(genuine, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"one", "two", "three", "four"} {
		d := pypitest.Sdist(name, "1.0")
		if err := os.WriteFile(filepath.Join(genuine, d.Filename), d.MustBytes(t), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return malicious, genuine
}

func measure(t *testing.T, args ...string) string {
	t.Helper()
	o, err := parseOptions(args, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), o, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestHeldShowsNoNames holds that of the held split nothing is printed that a
// rule could be tuned to, whatever is asked for.
func TestHeldShowsNoNames(t *testing.T) {
	if labelled.SplitOf("tunefamily0") != labelled.Tune || labelled.SplitOf("heldfamily4") != labelled.Held {
		t.Fatal("the families are on other sides of the split")
	}
	malicious, genuine := sets(t)
	for _, split := range []string{"held", "all"} {
		for _, form := range []string{"--json=false", "--json"} {
			out := measure(t, "--malicious", malicious, "--genuine", genuine, "--split", split, form, "--misses", "--flags", "--per-family", "--rules")
			if strings.Contains(out, "heldfamily4") {
				t.Errorf("--split %s %s shows a held family:\n%s", split, form, out)
			}
		}
	}
}

func TestText(t *testing.T) {
	malicious, genuine := sets(t)
	out := measure(t, "--malicious", malicious, "--genuine", genuine, "--split", "all", "--per-family", "--rules")
	for _, want := range []string{"payload", "2/2", "families 100.0%", "0/4", "pth-code", "tunefamily0"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
}

func TestJSON(t *testing.T) {
	malicious, genuine := sets(t)
	var f figures
	if err := json.Unmarshal([]byte(measure(t, "--malicious", malicious, "--genuine", genuine, "--split", "all", "--json")), &f); err != nil {
		t.Fatal(err)
	}
	if f.Recall["malicious"].Files != (share{2, 2}) || f.Genuine["suspicious"].Total != 4 || len(f.Files) == 0 {
		t.Errorf("%+v", f)
	}
}

// TestSideBySide holds that a file without a verdict is failed and not found.
func TestSideBySide(t *testing.T) {
	bad := func(group, class string) *labelled.Sample {
		return &labelled.Sample{Group: group, Class: class, Malicious: true}
	}
	ms := time.Millisecond
	o := &other{name: "hexora", version: "1", verdicts: []verdict{
		{bad("a", ""), true, false, ms}, {bad("a", ""), false, true, ms}, {bad("b", ""), true, false, 2 * ms}, {bad("c", "weak"), true, false, ms},
		{&labelled.Sample{Name: "x-1-py3-none-any.whl"}, true, false, ms}, {&labelled.Sample{Name: "x-1.zip"}, false, false, ms},
	}}
	got := o.line()
	got.Sum = 0
	want := sideBySide{Name: "hexora, score >= 0.5", Version: "1", Recall: share{2, 3}, Families: 0.75, Genuine: share{1, 2},
		Sdists: share{0, 1}, Wheels: share{1, 1}, Median: 1, P99: 2, Failed: 1}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{}, {"--genuine", "x", "rest"}, {"--genuine", "x", "--split", "half"},
		{"--genuine", "x", "--jobs", "0"}, {"--genuine", "x", "--against", "clamav"},
	} {
		if _, err := parseOptions(args, io.Discard); err == nil {
			t.Errorf("%q is understood", args)
		}
	}
	o, err := parseOptions([]string{"--genuine", filepath.Join(t.TempDir(), "none")}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), o, io.Discard); err == nil {
		t.Error("a folder that is not there is measured")
	}
}

// TestRestarting holds that a scanner that hangs costs one file its verdict and
// not the run.
func TestRestarting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x-1.zip")
	if err := os.WriteFile(path, []byte("PK"), 0o644); err != nil {
		t.Fatal(err)
	}
	sample := &labelled.Sample{Path: path, Size: 2}
	opened := 0
	r := &restarting{limit: 50 * time.Millisecond, contender: contender{open: openSlow(&opened)}}
	for i, wantFailed := range []bool{true, false} {
		v := verdict{sample: sample}
		if err := r.judge(t.Context(), &v); err != nil {
			t.Fatal(err)
		}
		if v.failed != wantFailed {
			t.Errorf("file %d: failed is %v", i, v.failed)
		}
	}
	if opened != 2 {
		t.Errorf("opened %d times", opened)
	}
}
