package lookalike_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pipwarden/internal/lookalike"
	"pipwarden/internal/pypitest"
	"pipwarden/pypi"
	"pipwarden/scan"
	"pipwarden/scan/rules"
)

var update = flag.Bool("update", false, "rewrite the look-alikes in testdata/unmet.txt")

// most is how many points of recall a mutator may cost.
const most = 5

func samples(t *testing.T) (malicious, genuine []*lookalike.Sample) {
	t.Helper()
	malicious, err := lookalike.Malicious()
	if err != nil {
		t.Fatal(err)
	}
	genuine, err = lookalike.Genuine()
	if err != nil {
		t.Fatal(err)
	}
	return malicious, genuine
}

func report(t *testing.T, s *scan.Scanner, d *pypitest.Dist) *scan.Report {
	t.Helper()
	b := d.MustBytes(t)
	name, err := pypi.ParseFilename(d.Filename, "")
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Scan(t.Context(), scan.Input{Filename: name, Content: bytes.NewReader(b), Size: int64(len(b))})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// findings are the heaviest ones, for messages.
func findings(r *scan.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, score %d", r.Level, r.Score)
	for i, f := range r.Findings {
		if i < 5 {
			fmt.Fprintf(&b, "\n\t%3d %s %s %s %q", f.Weight, f.Rule, f.Stage, f.Where(), f.Message)
		}
	}
	for _, g := range r.Gaps {
		fmt.Fprintf(&b, "\n\tgap %s %s %q", g.ID, g.Where(), g.Detail)
	}
	return b.String()
}

// unmet lists what is not yet as it should be: look-alikes as FOLDER/NAME and
// mutators as mutator/NAME.
var unmet = filepath.Join("testdata", "unmet.txt")

func readUnmet(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(unmet)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.Fields(string(text))
}

// TestLevels holds that each look-alike is what its file says, but for those
// that are listed as unmet.
func TestLevels(t *testing.T) {
	malicious, genuine := samples(t)
	listed := readUnmet(t)
	s := rules.NewScanner()
	var short []string
	check := func(name string, r *scan.Report, ok bool, want string) {
		switch known := slices.Contains(listed, name); {
		case !ok:
			short = append(short, name)
			if !known && !*update {
				t.Errorf("%s: want %s, have %s", name, want, findings(r))
			}
		case known && !*update:
			t.Logf("%s is met: take it from %s", name, unmet)
		}
	}
	for _, x := range malicious {
		r := report(t, s, x.Dist)
		check("malicious/"+x.Name, r, r.Level >= x.Level, "at least "+x.Level.String())
	}
	for _, x := range genuine {
		r := report(t, s, x.Dist)
		check("genuine/"+x.Name, r, r.Level <= x.Level, "at most "+x.Level.String())
	}
	t.Logf("%d malicious and %d genuine look-alikes, %d not what they should be", len(malicious), len(genuine), len(short))
	if *update {
		for _, l := range listed {
			if strings.HasPrefix(l, "mutator/") {
				short = append(short, l)
			}
		}
		slices.Sort(short)
		if err := os.WriteFile(unmet, []byte(strings.Join(short, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestStages tells of which found look-alikes the heaviest findings are of
// another stage or in another member than the payload.
func TestStages(t *testing.T) {
	malicious, _ := samples(t)
	s := rules.NewScanner()
	found, stage, place := 0, 0, 0
	for _, x := range malicious {
		r := report(t, s, x.Dist)
		if r.Level < x.Level {
			continue
		}
		found++
		f := r.Findings[0]
		if f.Stage == x.Stage {
			stage++
		} else {
			t.Logf("%s: stage %q, want %q: %s", x.Name, f.Stage, x.Stage, f.Rule)
		}
		if len(f.Path) > 0 && slices.ContainsFunc(x.Places, func(p string) bool { return strings.HasSuffix(f.Path[0], strings.TrimPrefix(p, "{data}")) }) {
			place++
		} else {
			t.Logf("%s: in %s, want %v: %s", x.Name, f.Where(), x.Places, f.Rule)
		}
	}
	t.Logf("of %d found, %d at the payload's stage and %d in its place", found, stage, place)
}

// TestMutators holds that no mutator hides more than a few points of what is
// found without it.
func TestMutators(t *testing.T) {
	malicious, _ := samples(t)
	s := rules.NewScanner()
	listed := readUnmet(t)
	found := map[string]bool{}
	for _, x := range malicious {
		found[x.Name] = report(t, s, x.Dist).Level >= x.Level
	}
	all := [3]int{}
	for _, m := range lookalike.Mutators {
		applied, before, after := 0, 0, 0
		var lost []string
		for _, x := range malicious {
			d, ok := m.Apply(x)
			if !ok {
				continue
			}
			applied++
			r := report(t, s, d)
			if found[x.Name] {
				before++
			}
			if r.Level >= x.Level {
				after++
			} else if found[x.Name] {
				lost = append(lost, x.Name+": "+findings(r))
			}
		}
		t.Logf("%-14s applies to %2d: %2d found before, %2d after", m.Name, applied, before, after)
		for _, l := range lost {
			t.Logf("lost by %s: %s", m.Name, l)
		}
		all[0], all[1], all[2] = all[0]+applied, all[1]+before, all[2]+after
		if (before-after)*100 > most*applied && !slices.Contains(listed, "mutator/"+m.Name) {
			t.Errorf("%s costs more than %d points: %d of %d", m.Name, most, before-after, applied)
		}
	}
	t.Logf("together: %d of %d found before, %d after", all[1], all[0], all[2])
}

// TestMutantsAreProgrammes holds that what mutators write is Python, by the
// machine's own parser.
func TestMutantsAreProgrammes(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 here")
	}
	malicious, genuine := samples(t)
	texts := map[string]string{}
	add := func(name string, d *pypitest.Dist) {
		for _, m := range d.Members {
			if strings.HasSuffix(m.Path, ".py") || strings.HasSuffix(m.Path, ".pth") {
				texts[name+" "+m.Path] = string(m.Data)
			}
		}
	}
	for _, x := range slices.Concat(malicious, genuine) {
		if x.Python != 3 {
			continue
		}
		add(x.Name, x.Dist)
		for _, m := range lookalike.Mutators {
			if d, ok := m.Apply(x); ok {
				add(x.Name+" "+m.Name, d)
			}
		}
	}
	in, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	// Compiling finds what parsing alone does not, and runs nothing.
	cmd := exec.Command(python, "-c", `
import json, sys, warnings
warnings.simplefilter("ignore")
for name, text in json.load(sys.stdin).items():
    try:
        compile(text, name, "exec", dont_inherit=True)
    except Exception as e:
        print(name, repr(e))
`)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if len(out) > 0 {
		t.Errorf("not Python:\n%s", out)
	}
	t.Logf("%d texts", len(texts))
}

// TestMutatorsApply holds that each mutator has enough to work on to be measured.
func TestMutatorsApply(t *testing.T) {
	malicious, _ := samples(t)
	for _, m := range lookalike.Mutators {
		n := 0
		for _, x := range malicious {
			if _, ok := m.Apply(x); ok {
				n++
			}
		}
		if n < 12 {
			t.Errorf("%s applies to %d look-alikes", m.Name, n)
		}
	}
}
