package pypi

import (
	"errors"
	"net/url"
	"testing"
)

func FuzzPageJSON(f *testing.F) {
	f.Add([]byte(demoJSON))
	f.Add([]byte(jsonWithFiles(`{"filename":"demo-1.dmg","url":"a/demo-1.dmg","yanked":"\u0000\ud800"}`)))
	f.Add([]byte(`{"meta":{"api-version":"1.1"},"files":[],"versions":[]}`))
	f.Fuzz(func(t *testing.T, body []byte) { fuzzPage(t, body, FormatJSON) })
}

func FuzzPageHTML(f *testing.F) {
	f.Add([]byte(demoHTML))
	f.Add([]byte(htmlWith(`<base href="http://x.invalid/a/"><a href="demo-1.0.zip#md5=x" data-yanked>x</a>`)))
	f.Fuzz(func(t *testing.T, body []byte) { fuzzPage(t, body, FormatHTML) })
}

// fuzzPage checks that a body is refused or makes a page that survives both
// forms.
func fuzzPage(t *testing.T, body []byte, format Format) {
	page, err := ParsePage(PageSource{Body: body, ContentType: format.ContentType(), URL: demoURL, Name: "demo"})
	if (page == nil) == (err == nil) {
		t.Fatalf("%v, %v: page xor error", page, err)
	}
	var pageErr *PageError
	if err != nil && !errors.As(err, &pageErr) {
		t.Fatalf("error %v is no PageError", err)
	}
	if err != nil {
		return
	}
	for _, file := range page.Files {
		u, err := url.Parse(file.URL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Fragment != "" {
			t.Fatalf("link %q: %v", file.URL, err)
		}
	}
	checkRoundTrip(t, page)
}
