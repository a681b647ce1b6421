package config

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"pipwarden/policy"
)

// exampleFile is the documentation of every key.
const exampleFile = "../config.example.toml"

func example(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// commented matches a key or a table that is commented out: a "#" without space.
var commented = regexp.MustCompile(`(?m)^#([a-z\[])`)

// uncommented is the example with all its keys in force.
func uncommented(t *testing.T) string { return commented.ReplaceAllString(example(t), "$1") }

// As it stands the example changes nothing.
func TestExampleIsDefault(t *testing.T) {
	var l Loader
	got, err := l.Parse("config.example.toml", example(t))
	if err != nil {
		t.Fatal(err)
	}
	compareSettings(t, Default().Settings(), got.Settings())
}

// Taken out of their comments, the keys have the values that hold without them.
func TestExampleValues(t *testing.T) {
	var l Loader
	text, _, _ := strings.Cut(uncommented(t), "\n[[rule]]")
	before, after, ok := strings.Cut(text, "\n[[upstream.index]]")
	if !ok {
		t.Fatal("the example has no [[upstream.index]]")
	}
	_, after, _ = strings.Cut(after, "\n[cache]")
	got, err := l.Parse("config.example.toml", before+"\n[cache]"+after)
	if err != nil {
		t.Fatal(err)
	}
	compareSettings(t, Default().Settings(), got.Settings())
	for _, s := range got.Settings() {
		if s.Origin.Line == 0 {
			t.Errorf("%s is not in the example", s.Key)
		}
	}
}

// Nothing in the example is unknown, and the tables that have no defaults show
// every key that they can have.
func TestExampleTables(t *testing.T) {
	l := Loader{Known: policy.Known{}}
	got, err := l.Parse("config.example.toml", strings.Replace(uncommented(t), `index_url = ""`, "", 1))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Rules) != 1 || len(got.Upstream.Index) != 1 {
		t.Fatalf("got %d rules and %d indexes, want one each", len(got.Rules), len(got.Upstream.Index))
	}
	for _, s := range got.Settings() {
		if strings.Contains(s.Key, "[0]") && s.Origin.Line == 0 {
			t.Errorf("%s is not in the example", s.Key)
		}
	}
}

func compareSettings(t *testing.T, want, got []Setting) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("got %d settings, want %d", len(got), len(want))
	}
	for i := range want {
		if want[i].Key != got[i].Key || want[i].Value != got[i].Value {
			t.Errorf("got %s = %s, want %s = %s", got[i].Key, got[i].Value, want[i].Key, want[i].Value)
		}
	}
}

// What the example tells about codes is what a rule takes.
func TestExampleNamesAllCodes(t *testing.T) {
	text := example(t)
	_, after, _ := strings.Cut(text, "# Codes of reasons:")
	list, _, _ := strings.Cut(after, "#waives")
	for _, code := range policy.Waivable() {
		if !regexp.MustCompile(`\b` + code + `\b`).MatchString(list) {
			t.Errorf("the example does not name the code %s", code)
		}
	}
}
