package pypi

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseMetadata(t *testing.T) {
	const text = "Metadata-Version: 2.1\r\n" +
		"Name: Demo\n" +
		"version:1.0 \n" +
		"Summary: does\n  much\n\tmore\n" +
		"Requires-Dist: a>=1\n" +
		"requires-dist: b[x]\n ; extra == 'y'\n" +
		"Requires-Python: >=3.8\n" +
		"Requires-Python: >=3.8\n" +
		"X-Unknown:\n" +
		"\n" +
		"# Demo\nName: not a field\n"
	got, err := ParseMetadata([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := Metadata{
		MetadataVersion: "2.1", Name: "Demo", Version: "1.0",
		RequiresDist:   []string{"a>=1", "b[x] ; extra == 'y'"},
		RequiresPython: ">=3.8",
		Headers: []Header{
			{"Metadata-Version", "2.1"}, {"Name", "Demo"}, {"version", "1.0"}, {"Summary", "does\nmuch\nmore"},
			{"Requires-Dist", "a>=1"}, {"requires-dist", "b[x]\n; extra == 'y'"},
			{"Requires-Python", ">=3.8"}, {"Requires-Python", ">=3.8"}, {"X-Unknown", ""},
		},
		Description: "# Demo\nName: not a field\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	if got := got.All("x-unknown"); !cmp.Equal(got, []string{""}) {
		t.Errorf("x-unknown is %q", got)
	}
}

func TestMetadataDescription(t *testing.T) {
	const head = "Name: a\nVersion: 1\n"
	for _, tt := range []struct{ in, want string }{
		{head, ""},
		{head + "\n", ""},
		{head + "\nbody", "body"},
		{head + "Description: one\n        |two\n", "one\n|two"},
		{head + "Description: old\n\nnew", "new"},
		// A line that is no field starts the body.
		{head + "no field\nSummary: x\n", "no field\nSummary: x\n"},
		{head + "\nnot \xff UTF-8", "not \uFFFD UTF-8"},
	} {
		got, err := ParseMetadata([]byte(tt.in))
		if err != nil || got.Description != tt.want {
			t.Errorf("%q: description %q, %v, want %q", tt.in, got.Description, err, tt.want)
		}
	}
}

func TestParseMetadataRefuses(t *testing.T) {
	for _, tt := range []struct{ in, reason string }{
		{"", "no name or version"},
		{"Name: a\n", "no name or version"},
		{"Version: 1\n", "no name or version"},
		{"Name: a\n\nVersion: 1\n", "no name or version"},
		{"Name:\nVersion: 1\n", "no name or version"},
		{" Name: a\nVersion: 1\n", "no name or version"},
		{"Name: a\nno field\nVersion: 1\n", "line 1"},
		{"PK\x03\x04", "no name or version"},
		{"Name: a\nVersion: 1\nname: b\n", "says name twice"},
		{"Name: a\nVersion: 1\nVersion: 2\n", "says version twice"},
		{"Name: a\nVersion: 1\nRequires-Python: >2\nRequires-Python: >3\n", "says requires-python twice"},
		{"Name: a\nVersion: 1\n\n" + strings.Repeat("x", MaxMetadata), "larger than"},
	} {
		got, err := ParseMetadata([]byte(tt.in))
		var metaErr *MetadataError
		if !errors.As(err, &metaErr) || !strings.Contains(err.Error(), tt.reason) || !cmp.Equal(got, Metadata{}) {
			t.Errorf("%.80q: %v, want a MetadataError with %q", tt.in, err, tt.reason)
		}
	}
}

func FuzzParseMetadata(f *testing.F) {
	f.Add([]byte("Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Dist: b;\n extra == 'x'\n\nbody\n"))
	f.Add([]byte("From x\r\nName: a\rVersion: 1\n\tx\n: y\nno field"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseMetadata(b)
		if (err == nil) == (m.Name == "" || m.Version == "") {
			t.Fatalf("%+v, %v: metadata xor error", m, err)
		}
		if err != nil {
			return
		}
		// What was read, written again, reads the same.
		var out strings.Builder
		for _, h := range m.Headers {
			out.WriteString(h.Name + ": " + strings.ReplaceAll(h.Value, "\n", "\n ") + "\n")
		}
		again, err := ParseMetadata([]byte(out.String() + "\n" + m.Description))
		if err != nil {
			t.Fatalf("%v\nof %q", err, out.String())
		}
		if diff := cmp.Diff(m, again); diff != "" && m.Description != strings.Join(m.All("description"), "\n") {
			t.Fatalf("written and read again (-want +got):\n%s", diff)
		}
	})
}
