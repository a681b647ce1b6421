package pypi

import "testing"

func TestNegotiate(t *testing.T) {
	const (
		j1  = "application/vnd.pypi.simple.v1+json"
		h1  = "application/vnd.pypi.simple.v1+html"
		pip = j1 + ", " + h1 + "; q=0.1, text/html; q=0.01"
		uv  = j1 + ", " + h1 + ";q=0.2, text/html;q=0.01"
	)
	for _, tt := range []struct {
		accept string
		want   Format
	}{
		{"", FormatHTML},
		{pip, FormatJSON},
		{uv, FormatJSON},
		{"text/html", FormatHTML},
		{"TEXT/HTML; charset=utf-8", FormatHTML},
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", FormatHTML},
		{"*/*", FormatHTML},
		{"*/*;q=0.1", FormatHTML},
		{"text/*", FormatHTML},
		{"application/*", FormatJSON},
		{h1, FormatHTMLv1},
		{j1 + ", " + h1 + ", text/html", FormatJSON},
		{"text/html, " + h1 + ", " + j1, FormatJSON},
		{"application/vnd.pypi.simple.latest+json", FormatJSON},
		{"application/vnd.pypi.simple.latest+html", FormatHTMLv1},
		{j1 + ";q=0.5, text/html;q=0.6", FormatHTML},
		{j1 + ";q=0.501, text/html;q=0.5", FormatJSON},
		{j1 + ";q=0.001", FormatJSON},
		{j1 + ";q=1.000", FormatJSON},
		{j1 + ";q=0, */*", FormatHTML},
		{"*/*, text/html;q=0, " + j1 + ";q=0", FormatHTMLv1},
		{"application/*;q=0.9, text/html;q=0.1, " + j1 + ";q=0", FormatHTMLv1},
		{j1 + "; version=1; q=0.3; ext=1, text/html;q=0.2", FormatJSON},
		{"x, /, */json, " + j1 + ";q=high, " + j1 + ";q=2, text/html", FormatHTML},
		{" , text/html ,", FormatHTML},
	} {
		got, ok := Negotiate(tt.accept)
		if !ok || got != tt.want {
			t.Errorf("Negotiate(%q) = %v, %v, want %v", tt.accept, got.ContentType(), ok, tt.want.ContentType())
		}
	}
	for _, accept := range []string{
		"application/json", "image/*", "text/html;q=0", "*/*;q=0.0", "application/vnd.pypi.simple.v2+json",
		"html", j1 + ";q=1.5", j1 + ";q=.5", j1 + ";q=0.0001", j1 + ";q=0x", j1 + ";q=", "text/plain, image/png", ",",
	} {
		if got, ok := Negotiate(accept); ok {
			t.Errorf("Negotiate(%q) = %v, want nothing acceptable", accept, got.ContentType())
		}
	}
}

func TestContentTypesAreRead(t *testing.T) {
	for _, f := range []Format{FormatHTML, FormatHTMLv1, FormatJSON} {
		src := PageSource{ContentType: f.ContentType()}
		if isJSON, reason := src.isJSON(); reason != "" || isJSON != (f == FormatJSON) {
			t.Errorf("%s: JSON %v, %s", f.ContentType(), isJSON, reason)
		}
		if got, ok := Negotiate(f.ContentType()); !ok || got != f {
			t.Errorf("%s is not what it negotiates", f.ContentType())
		}
	}
}

func FuzzNegotiate(f *testing.F) {
	f.Add("text/html;q=0.5, */*")
	f.Add("application/vnd.pypi.simple.v1+json; q=0.1,text/*;q=1")
	f.Fuzz(func(t *testing.T, accept string) {
		format, ok := Negotiate(accept)
		if !ok && format != FormatHTML {
			t.Fatalf("Negotiate(%q) = %v, not acceptable", accept, format)
		}
		// What refuses everything adds nothing.
		if again, okAgain := Negotiate(accept + ",x/y"); ok && (again != format || !okAgain) && trimSpace(accept) != "" {
			t.Fatalf("Negotiate(%q) changes with a type that is not offered", accept)
		}
	})
}
