package pypi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// These tests hold the package against the reference implementation, which pip
// carries along, when a Python that has it is found. The questions are random
// but the same in every run.

// question is one line for testdata/packaging_oracle.py.
type question struct {
	Do   string `json:"do"`
	With []any  `json:"with"`
}

type answer struct {
	Answer json.RawMessage
	Error  string
}

// ask asks all questions at once, of the first Python that can answer.
func ask(t *testing.T, questions []question) []answer {
	t.Helper()
	var in bytes.Buffer
	encoder := json.NewEncoder(&in)
	for _, q := range questions {
		if err := encoder.Encode(q); err != nil {
			t.Fatal(err)
		}
	}
	why := "no python3 in PATH"
	for _, python := range []string{"python3", "python3.14", "python3.13", "python3.12", "python"} {
		path, err := exec.LookPath(python)
		if err != nil {
			continue
		}
		cmd := exec.CommandContext(t.Context(), path, "-I", "testdata/packaging_oracle.py")
		cmd.Stdin = bytes.NewReader(in.Bytes())
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			why = fmt.Sprintf("%s: %v: %s", python, err, lastLine(stderr.String()))
			continue
		}
		return readAnswers(t, out, len(questions))
	}
	t.Skipf("no Python with packaging 26 or newer: %s", why)
	return nil
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}

func readAnswers(t *testing.T, out []byte, want int) []answer {
	t.Helper()
	var answers []answer
	for line := range bytes.Lines(out) {
		var a answer
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, a)
	}
	if len(answers) != want {
		t.Fatalf("%d answers, want %d", len(answers), want)
	}
	return answers
}

func (a *answer) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal(a.Answer, v); err != nil {
		t.Fatal(err)
	}
}

func TestVersionsAsPackagingReadsThem(t *testing.T) {
	s := newSpeller()
	var questions []question
	for range 8000 {
		questions = append(questions, question{"parse_version", []any{s.version()}})
	}
	refused := 0
	for i, a := range ask(t, questions) {
		text := questions[i].With[0].(string)
		v, err := ParseVersion(text)
		if (err != nil) != (a.Error != "") {
			t.Errorf("ParseVersion(%q) = %q, %v; packaging: %s %s", text, v, err, a.Answer, a.Error)
			continue
		}
		if err != nil {
			refused++
			continue
		}
		var want struct {
			Text, Local string
			Pre, Post   bool
			Release     []string
		}
		a.into(t, &want)
		got := want
		got.Text, got.Local, got.Pre, got.Post, got.Release = v.String(), v.Local(), v.IsPre(), v.IsPost(), nil
		for _, n := range v.Release() {
			got.Release = append(got.Release, fmt.Sprint(n))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-packaging +got):\n%s", text, diff)
		}
	}
	if refused < 200 || refused > 4000 {
		t.Errorf("%d of %d versions are wrong: the sample says little", refused, len(questions))
	}
}

func TestOrderAsPackagingHasIt(t *testing.T) {
	s := newSpeller()
	var questions []question
	for len(questions) < 8000 {
		a, b := s.version(), s.version()
		_, errA := ParseVersion(a)
		if _, errB := ParseVersion(b); errA == nil && errB == nil {
			questions = append(questions, question{"compare", []any{a, b}})
		}
	}
	for i, a := range ask(t, questions) {
		left, right := questions[i].With[0].(string), questions[i].With[1].(string)
		var want int
		a.into(t, &want)
		if got := mustVersion(t, left).Compare(mustVersion(t, right)); got != want {
			t.Errorf("%q.Compare(%q) = %d, packaging: %d", left, right, got, want)
		}
	}
}

func TestSpecifiersAsPackagingReadsThem(t *testing.T) {
	s := newSpeller()
	// Versions close to each other, so that many questions have both answers.
	var candidates []string
	for len(candidates) < 60 {
		if v, err := ParseVersion(s.version()); err == nil {
			candidates = append(candidates, v.String())
		}
	}
	candidates = append(candidates, ordered...)
	var questions []question
	for range 1500 {
		questions = append(questions, question{"contains", []any{s.specifiers(), candidates}})
	}
	valid := 0
	for i, a := range ask(t, questions) {
		text := questions[i].With[0].(string)
		set, err := ParseSpecifiers(text)
		if strings.Contains(text, "===,") || strings.HasSuffix(text, "===") {
			continue // === without a version is of no use, and refused here
		}
		if (err != nil) != (a.Error != "") {
			t.Errorf("ParseSpecifiers(%q): %v; packaging: %s", text, err, a.Error)
			continue
		}
		if err != nil {
			continue
		}
		valid++
		var want [2][]bool
		a.into(t, &want)
		for j, candidate := range candidates {
			v := mustVersion(t, candidate)
			if got := set.Contains(v, true); got != want[0][j] {
				t.Errorf("%q contains %q: %v, packaging: %v", text, candidate, got, want[0][j])
			}
			if got := set.Contains(v, false); got != want[1][j] {
				t.Errorf("%q contains %q without pre-releases: %v, packaging: %v", text, candidate, got, want[1][j])
			}
		}
	}
	if valid < 800 {
		t.Errorf("%d of %d sets are valid: the sample says little", valid, len(questions))
	}
}

func TestWheelsAsPackagingReadsThem(t *testing.T) {
	s := newSpeller()
	var questions []question
	for range 5000 {
		v := s.version()
		if s.IntN(8) > 0 {
			if parsed, err := ParseVersion(v); err == nil {
				v = parsed.String()
			}
		}
		text := strings.ReplaceAll(s.name(), "-", "_") + "-" + v + "-" + s.maybe(4, "1-", "2b-", "01_x-", "x-") +
			s.pick("py3", "py2.py3", "cp311", "CP311.pp39") + "-" + s.pick("none", "abi3", "cp311", "none.abi3") + "-" +
			s.pick("any", "win_amd64", "manylinux_2_17_x86_64.manylinux2014_x86_64") + s.pick(".whl", ".whl", ".whl", ".zip")
		questions = append(questions, question{"wheel", []any{text}})
	}
	for i, a := range ask(t, questions) {
		text := questions[i].With[0].(string)
		f, err := ParseFilename(text, "")
		if a.Error != "" {
			// Older tools wrote "_" for "-" within versions, and doubled it in
			// names, and files with such names are there.
			if err == nil && f.Kind == KindWheel && !strings.Contains(text[:strings.LastIndex(text, "-")], "_") {
				t.Errorf("ParseFilename(%q) = %+v; packaging: %s", text, describe(f), a.Error)
			}
			continue
		}
		if err != nil {
			// Not everything that packaging takes is safe in a path or a URL.
			if !strings.ContainsAny(text, " *") {
				t.Errorf("ParseFilename(%q): %v; packaging: %s", text, err, a.Answer)
			}
			continue
		}
		var want struct {
			Name, Version, Build string
			Tags                 []string
		}
		a.into(t, &want)
		got := want
		got.Name, got.Version, got.Tags = f.Project.String(), f.Version.String(), nil
		for _, tag := range f.Tags {
			got.Tags = append(got.Tags, tag.String())
		}
		slices.Sort(got.Tags)
		if strings.TrimLeft(f.Build, "0") != strings.TrimLeft(want.Build, "0") {
			t.Errorf("%q: build tag %q, packaging: %q", text, f.Build, want.Build)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-packaging +got):\n%s", text, diff)
		}
	}
}

func TestSdistsAsPackagingReadsThem(t *testing.T) {
	s := newSpeller()
	var questions []question
	for range 5000 {
		questions = append(questions, question{"sdist", []any{s.name() + "-" + s.version() + s.pick(".tar.gz", ".zip")}})
	}
	for i, a := range ask(t, questions) {
		if a.Error != "" {
			continue
		}
		text := questions[i].With[0].(string)
		var want struct{ Name, Version string }
		a.into(t, &want)
		f, err := ParseFilename(text, "")
		if err != nil {
			// packaging takes the last "-"; where another one is as good, or
			// the name is no name, none is taken here.
			stem := strings.TrimSuffix(strings.TrimSuffix(text, ".zip"), ".tar.gz")
			_, nameErr := ParseName(stem[:strings.LastIndexByte(stem, '-')])
			if strings.Count(text, "-") < 2 && nameErr == nil && !strings.Contains(text, " ") {
				t.Errorf("ParseFilename(%q): %v; packaging: %s", text, err, a.Answer)
			}
			continue
		}
		if strings.Count(text, "-") == 1 && (f.Project.String() != want.Name || f.Version.String() != want.Version) {
			t.Errorf("ParseFilename(%q) = %+v; packaging: %s", text, describe(f), a.Answer)
		}
	}
}

func TestRequirementsAsPackagingReadsThem(t *testing.T) {
	s := newSpeller()
	var questions []question
	for range 8000 {
		questions = append(questions, question{"requirement", []any{s.requirement()}})
	}
	valid := 0
	for i, a := range ask(t, questions) {
		text := questions[i].With[0].(string)
		if strings.Contains(text, "===") {
			continue // held together in TestSpecifiersAsPackagingReadsThem
		}
		r, err := ParseRequirement(text)
		if (err != nil) != (a.Error != "") {
			t.Errorf("ParseRequirement(%q) = %+v, %v; packaging: %s %s", text, r, err, a.Answer, a.Error)
			continue
		}
		if err != nil {
			continue
		}
		valid++
		type parts struct {
			Name, URL  string
			Extras     []string
			Specifiers int
			Marker     bool
		}
		var want parts
		a.into(t, &want)
		got := parts{r.Name.String(), r.URL, []string{}, len(r.Specifiers.clauses), r.Marker != ""}
		for _, extra := range r.Extras {
			got.Extras = append(got.Extras, extra.String())
		}
		slices.Sort(got.Extras)
		// packaging drops specifiers that stand twice.
		want.Specifiers = max(want.Specifiers, min(got.Specifiers, 1))
		if got.Specifiers > want.Specifiers {
			got.Specifiers = want.Specifiers
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-packaging +got):\n%s", text, diff)
		}
	}
	if valid < 1500 {
		t.Errorf("%d of %d requirements are valid: the sample says little", valid, len(questions))
	}
}

func TestMetadataAsPythonReadsIt(t *testing.T) {
	s := newSpeller()
	var questions []question
	for range 4000 {
		text := s.maybe(6, "From someone\n", " indented\n", ": nameless\n", "\n")
		for range 1 + s.IntN(6) {
			text += s.pick("Name: demo", "Version: 1.0", "Requires-Dist: a", "requires-dist:b  ", "Summary:  two words",
				"Description: one", "License : x", "no field", ": nameless", "From here", "X-Y: a:b", "", "Empty:")
			text += s.maybe(3, "\n  folded", "\n\tfolded ", "\n   ", "\r  folded", "\n        |x")
			text += s.pick("\n", "\n", "\n", "\r\n", "\r")
		}
		text += s.maybe(2, "\n", "\r\n") + s.maybe(2, "body\n", "Name: body\n")
		questions = append(questions, question{"metadata", []any{text}})
	}
	for i, a := range ask(t, questions) {
		text := questions[i].With[0].(string)
		var want struct {
			Fields [][2]string
			Body   string
		}
		a.into(t, &want)
		r := metadataReader{rest: text}
		var fields [][2]string
		for _, h := range r.headers() {
			fields = append(fields, [2]string{h.Name, h.Value})
		}
		if diff := cmp.Diff(want.Fields, fields, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("fields of %q (-Python +got):\n%s", text, diff)
		}
		if strings.HasPrefix(want.Body, "From ") {
			continue // Python counts a mailbox's line that comes last to the body
		}
		if diff := cmp.Diff(want.Body, r.rest); diff != "" {
			t.Errorf("body of %q (-Python +got):\n%s", text, diff)
		}
	}
}

func TestFitsAsPackagingHasIt(t *testing.T) {
	var us struct {
		Implementation, Python, System, Machine, Libc string
		LibcVersion                                   string `json:"libc_version"`
		Tags                                          []string
	}
	answers := ask(t, []question{{"client", []any{nil}}})
	if answers[0].Error != "" {
		t.Fatal(answers[0].Error)
	}
	answers[0].into(t, &us)
	c := Client{
		Python: us.Python, Implementation: strings.ToLower(us.Implementation), System: strings.ToLower(us.System),
		Machine: strings.ToLower(us.Machine), Libc: us.Libc, LibcVersion: us.LibcVersion,
	}
	taken := map[string]bool{}
	for _, tag := range us.Tags {
		taken[tag] = true
		if fit := c.Fits(demoFilename(t, "demo-1.0-"+tag+".whl"), ""); fit == FitNo {
			t.Errorf("%s: %v, but this Python takes it", tag, fit)
		}
	}
	for _, python := range []string{"py2", "py3", "py38", "py311", "py315", "cp27", "cp37", "cp38", "cp311", "cp312", "cp313", "cp314", "pp310"} {
		for _, abi := range []string{"none", "abi3", "cp37m", "cp311", "cp312", "cp313", "cp313t", "pypy310_pp73"} {
			for _, platform := range []string{
				"any", "linux_x86_64", "linux_aarch64", "manylinux1_x86_64", "manylinux2014_x86_64", "manylinux_2_17_x86_64",
				"manylinux_2_99_x86_64", "manylinux_2_17_aarch64", "musllinux_1_2_x86_64", "macosx_11_0_arm64", "win_amd64", "win32",
			} {
				tag := Tag{python, abi, platform}
				fit := c.Fits(Filename{Kind: KindWheel, Tags: []Tag{tag}}, "")
				if fit == FitYes && !taken[tag.String()] || fit == FitNo && taken[tag.String()] {
					t.Errorf("%s: %v, packaging: %v", tag, fit, taken[tag.String()])
				}
			}
		}
	}
}
