package rules_test

import (
	"archive/tar"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pipwarden/pypi"
	"pipwarden/scan"
	"pipwarden/scan/rules"
)

// corpus is the folder of the labelled sets; the test that needs it is skipped
// where it is not.
func corpus(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("PIPWARDEN_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no labelled sets at %s: set PIPWARDEN_CORPUS to measure", dir)
	}
	return dir
}

// A tally counts reports by group.
type tally struct {
	levels map[string]map[scan.Level]int
	rules  map[string]int // files by "group rule weight"
	gaps   map[string]int // files by "group gap"
	flags  []string       // files that are not clean, and why
	gapped []string
	slow   time.Duration
}

func newTally() *tally {
	return &tally{levels: map[string]map[scan.Level]int{}, rules: map[string]int{}, gaps: map[string]int{}}
}

func (c *tally) add(group, file string, r *scan.Report) {
	if c.levels[group] == nil {
		c.levels[group] = map[scan.Level]int{}
	}
	c.levels[group][r.Level]++
	seen := map[string]bool{}
	for _, f := range r.Findings {
		if key := fmt.Sprintf("%-10s %-18s %3d", group, f.Rule, f.Weight); !seen[key] && f.Weight > 0 {
			seen[key] = true
			c.rules[key]++
		}
	}
	for _, g := range r.Gaps {
		if key := fmt.Sprintf("%-10s %s", group, g.ID); !seen[key] {
			seen[key] = true
			c.gaps[key]++
			c.gapped = append(c.gapped, fmt.Sprintf("%s: %s %q %q", file, g.ID, g.Path, g.Detail))
		}
	}
	if r.Level != scan.LevelClean {
		c.flags = append(c.flags, fmt.Sprintf("%s: %s %d: %s %q %q", file, r.Level, r.Score, r.Findings[0].Rule, r.Findings[0].Message, r.Findings[0].Code))
	}
}

func (c *tally) log(t *testing.T) {
	t.Helper()
	for _, group := range slices.Sorted(maps.Keys(c.levels)) {
		t.Logf("%-28s %v", group, c.levels[group])
	}
	for _, m := range []map[string]int{c.rules, c.gaps} {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			t.Logf("%5d files: %s", m[key], key)
		}
	}
	for _, f := range c.flags {
		t.Logf("flagged: %s", f)
	}
	t.Logf("slowest file: %v", c.slow)
}

// scanBytes scans a file in memory. A name that is no file's of a project is
// scanned as one of unknown kind.
func scanBytes(t *testing.T, s *scan.Scanner, name string, content io.ReaderAt, size int64) *scan.Report {
	t.Helper()
	filename, err := pypi.ParseFilename(name, "")
	if err != nil {
		filename = pypi.Filename{Text: name}
	}
	r, err := s.Scan(t.Context(), scan.Input{Filename: filename, Content: content, Size: size})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

// TestMaliciousCorpus reads the malicious set in memory and prints levels by
// class. These rules see packaging alone: what they find is little, and nothing
// of it may make them fail.
func TestMaliciousCorpus(t *testing.T) {
	dir := corpus(t)
	classes := readClasses(t, filepath.Join(dir, "malicious.tsv"))
	f, err := os.Open(filepath.Join(dir, "malicious-dev.tar"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, counts, n := rules.NewScanner(), newTally(), 0
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		report := scanBytes(t, s, path.Base(h.Name), bytes.NewReader(b), int64(len(b)))
		counts.slow = max(counts.slow, time.Since(begin))
		counts.add(classes[report.SHA256], h.Name, report)
		n++
	}
	if n == 0 {
		t.Error("the malicious set is empty")
	}
	counts.log(t)
}

// readClasses maps sha256 to the note's cls.
func readClasses(t *testing.T, file string) map[string]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = '\t', -1, true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, row := range rows {
		_, note, _ := strings.Cut(strings.Join(row, " "), "cls=")
		class, _, _ := strings.Cut(note, ";")
		out[row[0]] = class
	}
	return out
}

// TestGenuineCorpus scans the genuine files of the folder PIPWARDEN_GENUINE.
// None may be suspicious, and none may have a gap of ours.
func TestGenuineCorpus(t *testing.T) {
	dir := os.Getenv("PIPWARDEN_GENUINE")
	if dir == "" {
		t.Skip("no genuine files: set PIPWARDEN_GENUINE to a folder of them to measure")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, counts := rules.NewScanner(), newTally()
	for _, e := range entries {
		name, err := pypi.ParseFilename(e.Name(), "")
		if err != nil || e.IsDir() {
			t.Logf("passed over: %s: %v", e.Name(), err)
			continue
		}
		f, err := os.Open(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		report := scanBytes(t, s, e.Name(), f, info.Size())
		counts.slow = max(counts.slow, time.Since(begin))
		f.Close()
		counts.add(name.Kind.String(), e.Name(), report)
	}
	counts.log(t)
	for _, g := range counts.gapped {
		t.Logf("gap: %s", g)
	}
	if len(counts.flags) > 0 {
		t.Errorf("%d genuine files are flagged", len(counts.flags))
	}
}
