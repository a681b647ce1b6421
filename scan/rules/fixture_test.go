package rules_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pipwarden/internal/pypitest"
	"pipwarden/scan"
	"pipwarden/scan/rules"
)

// A fixture is testdata/RULE/NAME.txtar, read by pypitest.Parse. Its comment says
// what the report holds, no more and no less:
//
//	want RULE WEIGHT WHERE "regexp"   (of the folder's rule: all of its findings)
//	gap ID WHERE
//	capability NAME
//
// WHERE is Finding.Where with "-" for an empty one; the regexp matches message
// or code. A fixture whose name begins with "silent" has no want of its rule.
type fixture struct {
	dist         *pypitest.Dist
	wants        []want
	gaps         []string
	capabilities []string
}

type want struct {
	text, rule, where string
	weight            int
	pattern           *regexp.Regexp
}

var wantLine = regexp.MustCompile(`^want (\S+) (\d+) (.+) "(.*)"$`)

func readFixture(t *testing.T, file string) fixture {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d, rest, err := pypitest.ParseWithRest(text)
	if err != nil {
		t.Fatal(err)
	}
	f := fixture{dist: d}
	for _, line := range rest {
		word, arg, _ := strings.Cut(line, " ")
		switch m := wantLine.FindStringSubmatch(line); {
		case m != nil:
			weight, _ := strconv.Atoi(m[2])
			f.wants = append(f.wants, want{line, m[1], m[3], weight, regexp.MustCompile(m[4])})
		case word == "gap":
			f.gaps = append(f.gaps, arg)
		case word == "capability":
			f.capabilities = append(f.capabilities, arg)
		case word != "#":
			t.Fatalf("a line that says nothing: %q", line)
		}
	}
	return f
}

func (w want) meets(f scan.Finding) bool {
	return f.Rule == w.rule && f.Weight == w.weight && dash(f.Where()) == w.where &&
		(w.pattern.MatchString(f.Message) || w.pattern.MatchString(f.Code))
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func TestFixtures(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.ToSlash(file[len("testdata/"):]), ".txtar"), func(t *testing.T) {
			f := readFixture(t, file)
			b := f.dist.MustBytes(t)
			r := scanBytes(t, rules.NewScanner(), f.dist.Filename, bytes.NewReader(b), int64(len(b)))
			f.compare(t, filepath.Base(filepath.Dir(file)), r)
		})
	}
}

// compare holds the findings of the rule that the fixture is about, and those
// of others that it names: code that speaks to one rule speaks to its
// neighbours too.
func (f fixture) compare(t *testing.T, rule string, r *scan.Report) {
	t.Helper()
	open := slices.Clone(f.wants)
	for _, got := range r.Findings {
		named := got.Rule == rule || slices.ContainsFunc(f.wants, func(w want) bool { return w.rule == got.Rule })
		if !named {
			continue
		}
		i := slices.IndexFunc(open, func(w want) bool { return w.meets(got) })
		if i < 0 {
			t.Errorf("no want for: %s %d %s %q\ncode: %q", got.Rule, got.Weight, dash(got.Where()), got.Message, got.Code)
			continue
		}
		open = slices.Delete(open, i, i+1)
	}
	for _, w := range open {
		t.Errorf("nothing meets: %s", w.text)
	}
	var gaps []string
	for _, g := range r.Gaps {
		gaps = append(gaps, g.ID+" "+dash(g.Where()))
	}
	if !slices.Equal(gaps, f.gaps) {
		t.Errorf("gaps %q, want %q", gaps, f.gaps)
	}
	if !slices.Equal(r.Capabilities, f.capabilities) {
		t.Errorf("capabilities %q, want %q", r.Capabilities, f.capabilities)
	}
}

// TestEveryRule holds the house rules: a fixture that speaks, one that stays
// silent, and documentation that can be printed.
func TestEveryRule(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rules.All {
		t.Run(r.ID, func(t *testing.T) {
			if seen[r.ID] {
				t.Errorf("two rules have this id")
			}
			seen[r.ID] = true
			if regexp.MustCompile(`[^a-z-]`).MatchString(r.ID) {
				t.Errorf("the id is not kebab-case")
			}
			if s := r.Summary(); s == "" || len(s) > 100 || strings.HasSuffix(s, ".") || !strings.Contains(r.Doc, "\n\n") {
				t.Errorf("the documentation needs a summary below 100 bytes and a paragraph: %q", s)
			}
			if r == rules.Program {
				return // it gathers what the others tell; TestProgram holds its gap
			}
			speaks, silent := 0, 0
			files, _ := filepath.Glob(filepath.Join("testdata", r.ID, "*.txtar"))
			for _, file := range files {
				f := readFixture(t, file)
				ours := slices.ContainsFunc(f.wants, func(w want) bool { return w.rule == r.ID })
				if strings.HasPrefix(filepath.Base(file), "silent") {
					silent++
					if ours {
						t.Errorf("%s wants a finding", file)
					}
				} else if ours {
					speaks++
				}
			}
			if speaks == 0 || silent == 0 {
				t.Errorf("%d fixtures make the rule speak and %d keep it silent; both must be there", speaks, silent)
			}
		})
	}
	folders, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range folders {
		if !seen[d.Name()] {
			t.Errorf("testdata/%s belongs to no rule: there are %v", d.Name(), slices.Sorted(maps.Keys(seen)))
		}
	}
}

func ExampleNewScanner() {
	for _, r := range rules.NewScanner().Rules[:2] {
		fmt.Printf("%s: %s\n", r.ID, r.Summary())
	}
	// Output:
	// nested-archive: archive inside the artifact that was not read as a whole
	// pyc-without-source: compiled Python whose source is not in the artifact
}
