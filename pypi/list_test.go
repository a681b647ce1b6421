package pypi

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseProjectList(t *testing.T) {
	want := []string{"Demo", "zope.interface", "x"}
	for _, tt := range []struct{ contentType, body string }{
		{"application/vnd.pypi.simple.v1+json", `{"meta":{"api-version":"1.4","_last-serial":1},
			"projects":[{"name":"Demo","_last-serial":2},{"name":"zope.interface"},{"name":"not valid!"},{"name":"x"}],"more":[]}`},
		{"text/html", `<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.4"><title>Simple index</title></head>
			<body><a href="/simple/Demo/">Demo</a> <a href="zope.interface/">zope.interface</a>
			<a href="not%20valid/">x</a> <a href="about.html">about</a> <a href="x/">x</a></body></html>`},
	} {
		list, err := ParseProjectList(PageSource{Body: []byte(tt.body), ContentType: tt.contentType, URL: demoURL})
		if err != nil {
			t.Errorf("%s: %v", tt.contentType, err)
			continue
		}
		if diff := cmp.Diff(&ProjectList{"1.4", want}, list); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.contentType, diff)
		}
	}
}

func TestParseProjectListRefuses(t *testing.T) {
	for _, tt := range []struct{ contentType, body, reason string }{
		{"text/html", `<html><title>Welcome</title><a href="login/">log in</a></html>`, "no sign of an index"},
		{"text/html", `<html><title>Simple index</title><a href="a/">a</a>`, "ends early"},
		{"text/html", `<meta name="pypi:repository-version" content="2.0">`, "of the API"},
		{"text/plain", "demo", "content type"},
		{"application/json", `{"meta":{"api-version":"1.0"}}`, "no list of projects"},
		{"application/json", `{"meta":{"api-version":"3.0"},"projects":[]}`, "of the API"},
		{"application/json", `{"projects":[{"name":1}]}`, "malformed JSON"},
		{"application/json", `{"projects":[`, "ends early"},
	} {
		list, err := ParseProjectList(PageSource{Body: []byte(tt.body), ContentType: tt.contentType, URL: demoURL})
		var pageErr *PageError
		if list != nil || !errors.As(err, &pageErr) || !strings.Contains(err.Error(), tt.reason) {
			t.Errorf("%s: %v, %v, want a PageError with %q", tt.body, list, err, tt.reason)
		}
	}
}

func TestProjectListRoundTrip(t *testing.T) {
	list := &ProjectList{"1.4", []string{"a", "Demo", "zope.interface"}}
	out := list.AppendJSON(nil)
	if !json.Valid(out) {
		t.Fatalf("not JSON: %s", out)
	}
	got, err := ParseProjectList(PageSource{Body: out, ContentType: FormatJSON.ContentType(), URL: demoURL})
	if diff := cmp.Diff(list, got); diff != "" || err != nil {
		t.Errorf("through JSON: %v (-want +got):\n%s", err, diff)
	}
	// The links hold normalised names.
	got, err = ParseProjectList(PageSource{Body: list.AppendHTML(nil), ContentType: "text/html", URL: demoURL})
	if diff := cmp.Diff(&ProjectList{"1.4", []string{"a", "demo", "zope-interface"}}, got); diff != "" || err != nil {
		t.Errorf("through HTML: %v (-want +got):\n%s", err, diff)
	}
}

func FuzzProjectList(f *testing.F) {
	f.Add([]byte(`{"meta":{"api-version":"1.0"},"projects":[{"name":"a"},{"name":"B.c"}]}`), true)
	f.Add([]byte(`<title>Simple index</title><base href="x/"><a href="a/">a</a>`), false)
	f.Fuzz(func(t *testing.T, body []byte, isJSON bool) {
		format := FormatHTML
		if isJSON {
			format = FormatJSON
		}
		list, err := ParseProjectList(PageSource{Body: body, ContentType: format.ContentType(), URL: demoURL})
		if (list == nil) == (err == nil) {
			t.Fatalf("%v, %v: list xor error", list, err)
		}
		if err != nil {
			return
		}
		again, err := ParseProjectList(PageSource{Body: list.AppendJSON(nil), ContentType: FormatJSON.ContentType(), URL: demoURL})
		if err != nil || !cmp.Equal(list.Projects, again.Projects) {
			t.Fatalf("through JSON: %v, %v, want %v", again, err, list)
		}
		again, err = ParseProjectList(PageSource{Body: list.AppendHTML(nil), ContentType: "text/html", URL: demoURL})
		if err != nil || len(list.Projects) != len(again.Projects) {
			t.Fatalf("through HTML: %v, %v, want %v", again, err, list)
		}
	})
}
