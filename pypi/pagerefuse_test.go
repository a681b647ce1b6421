package pypi

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func jsonWithFiles(files ...string) string {
	return `{"meta":{"api-version":"1.0"},"name":"demo","files":[` + strings.Join(files, ",") + `]}`
}

func htmlWith(body string) string {
	return "<!DOCTYPE html><html><head><title>Links for demo</title></head><body>" + body + "</body></html>"
}

const okFile = `{"filename":"demo-1.0.tar.gz","url":"https://files.invalid/demo-1.0.tar.gz","hashes":{}}`

var whole = jsonWithFiles(okFile)

// withURL is a page with one file at a URL.
func withURL(u string) string {
	return jsonWithFiles(fmt.Sprintf(`{"filename":"demo-1.0.tar.gz","url":%q,"hashes":{}}`, u))
}

// withKeys is a page with one file that has more keys.
func withKeys(keys string) string {
	return jsonWithFiles(okFile[:len(okFile)-1] + "," + keys + "}")
}

// manyKeys are members that no one knows.
func manyKeys(n int) string {
	var keys []string
	for i := range n {
		keys = append(keys, fmt.Sprintf(`"x%d":%d`, i, i))
	}
	return strings.Join(keys, ",")
}

// badPages are bodies that are not the index page of the project demo.
var badPages = []struct{ name, body, contentType, reason string }{
	// Not an index page.
	{"portal", `<html><body><h1>Welcome</h1><a href="/login">log in</a></body></html>`, "text/html", "not an index page"},
	{"portal with title", "<title>Sign in</title><form></form>", "text/html", "not an index page"},
	{"portal with a download", `<title>Sign in</title><a href="/vpn-client-1.0.exe">client</a>`, "text/html", "not an index page"},
	{"no title", `<html><title></title><h1>Moved</h1></html>`, "text/html", "not an index page"},
	{"empty HTML", "", "text/html", "not an index page"},
	{"empty JSON", "", "application/json", "ends early"},
	{"text", "links for demo", "text/plain", "content type"},
	{"image", "", "image/png", "content type"},
	{"next API", whole, "application/vnd.pypi.simple.v2+json", "content type"},
	{"bad content type", whole, "text/", "malformed content type"},
	{"UTF-16", htmlWith(""), "text/html; charset=utf-16", "character set"},
	{"HTML as JSON", demoHTML, "application/json", "malformed JSON"},
	{"JSON as HTML", demoJSON, "text/html", "not an index page"},
	{"JSON error", `{"message":"not found"}`, "application/json", "no list of files"},
	{"JSON array", `[]`, "application/json", "object expected"},
	{"JSON null", `null`, "application/json", "object expected"},
	{"no meta", `{"name":"demo","files":[]}`, "application/json", "does not say which version"},
	{"API 2", `{"meta":{"api-version":"2.0"},"files":[]}`, "application/json", `version "2.0" of the API`},
	{"API of HTML", `<meta name="pypi:repository-version" content="2.0">`, "text/html", `version "2.0" of the API`},
	{"API malformed", `{"meta":{"api-version":"1"},"files":[]}`, "application/json", `version "1" of the API`},
	// Not whole.
	{"JSON cut", whole[:len(whole)-2], "application/json", "ends early"},
	{"JSON cut in a string", whole[:60], "application/json", "ends early"},
	{"JSON and more", whole + "x", "application/json", "text after the end"},
	{"HTML cut", demoHTML[:len(demoHTML)-60], "text/html", "ends early"},
	{"HTML cut in a tag", demoHTML[:strings.Index(demoHTML, "data-requires")], "text/html", "ends early"},
	// Ambiguous.
	{"files twice", `{"meta":{"api-version":"1.0"},"files":[],"files":[]}`, "application/json", "stands twice"},
	{"escaped key twice", `{"meta":{"api-version":"1.0"},"files":[],"fil\u0065s":[]}`, "application/json", "stands twice"},
	{"url twice", withKeys(`"url":"https://files.invalid/demo-1.0.tar.gz"`), "application/json", "stands twice"},
	{"digest twice", jsonWithFiles(strings.Replace(okFile, "{}", `{"sha256":"`+sumA+`","SHA256":"`+sumB+`"}`, 1)), "application/json", "stands twice"},
	{"file twice", jsonWithFiles(okFile, strings.Replace(okFile, "invalid/", "invalid/x/", 1)), "application/json", "twice with different content"},
	{"file twice, HTML", htmlWith(`<a href="a/demo-1.0.zip">x</a><a href="b/demo-1.0.zip">x</a>`), "text/html", "twice with different content"},
	{"not UTF-8", strings.Replace(whole, "1.0.tar", "\xff", 1), "application/json", "not UTF-8"},
	{"key of meta twice", `{"meta":{"api-version":"1.0","api-version":"1.1"},"files":[]}`, "application/json", "stands twice"},
	{"one of many keys twice", withKeys(manyKeys(40) + `,"x39":1`), "application/json", "stands twice"},
	{"yanked and not", jsonWithFiles(okFile, okFile[:len(okFile)-1]+`,"yanked":true}`), "application/json", "twice with different content"},
	{"other digest", jsonWithFiles(okFile, strings.Replace(okFile, "{}", `{"sha256":"`+sumA+`"}`, 1)), "application/json", "twice with different content"},
	{"another digest", jsonWithFiles(strings.Replace(okFile, "{}", `{"sha256":"`+sumA+`"}`, 1),
		strings.Replace(okFile, "{}", `{"sha256":"`+sumB+`"}`, 1)), "application/json", "twice with different content"},
	{"deep", `{"meta":{"api-version":"1.0"},"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `,"files":[]}`, "application/json", "nests deeper"},
	// Wrong types.
	{"filename", jsonWithFiles(`{"filename":1,"url":"https://files.invalid/x"}`), "application/json", "string expected"},
	{"no url", jsonWithFiles(`{"filename":"demo-1.0.zip"}`), "application/json", "without file name or url"},
	{"size", withKeys(`"size":-1`), "application/json", "whole number expected"},
	{"size overflows", withKeys(`"size":1e3`), "application/json", "whole number expected"},
	{"yanked", withKeys(`"yanked":1`), "application/json", "true or false expected"},
	// Another project.
	{"JSON of another project", strings.Replace(whole, `"name":"demo"`, `"name":"numpy"`, 1), "application/json", `it says "numpy"`},
	{"HTML of another project", strings.Replace(htmlWith(`<a href="demo-1.0.zip">x</a>`), "for demo", "for numpy", 1), "text/html", `its title says "numpy"`},
	{"wheels of another project", htmlWith(`<a href="numpy-1.0-py3-none-any.whl">x</a>`), "text/html", "its files are of numpy"},
	// Links.
	{"ftp", withURL("ftp://files.invalid/demo-1.0.tar.gz"), "application/json", "is not http or https"},
	{"file", withURL("file:///etc/demo-1.0.tar.gz"), "application/json", "is not http or https"},
	{"javascript", htmlWith(`<a href="javascript:x/demo-1.0.tar.gz">x</a>`), "text/html", "is not http or https"},
	{"bad port, HTML", htmlWith(`<a href="https://files.invalid:x/demo-1.0.tar.gz">x</a>`), "text/html", "is malformed"},
	{"data", withURL("data:text/html,x/demo-1.0.tar.gz"), "application/json", "is not http or https"},
	{"no host", withURL("https:///demo-1.0.tar.gz"), "application/json", "is malformed"},
	{"hidden dots", withURL("https://files.invalid/a/%2e%2e/demo-1.0.tar.gz"), "application/json", "is malformed"},
	{"hidden dots and backslash", withURL(`https://files.invalid/a/..\demo-1.0.tar.gz`), "application/json", "is malformed"},
	{"bad escape", withURL("https://files.invalid/%zz/demo-1.0.tar.gz"), "application/json", "is malformed"},
	{"bad port", withURL("https://files.invalid:x/demo-1.0.tar.gz"), "application/json", "is malformed"},
	{"base that is not http", htmlWith(`<base href="file:///"><a href="demo-1.0.zip">x</a>`), "text/html", "is not http or https"},
}

func TestParsePageRefuses(t *testing.T) {
	for _, tt := range badPages {
		page, err := ParsePage(PageSource{Body: []byte(tt.body), ContentType: tt.contentType, URL: demoURL, Name: "demo"})
		var pageErr *PageError
		if page != nil || !errors.As(err, &pageErr) || !strings.Contains(err.Error(), tt.reason) {
			t.Errorf("%s: page %v, error %v, want a PageError with %q", tt.name, page != nil, err, tt.reason)
		}
	}
}

func TestEveryCutOfJSONIsRefused(t *testing.T) {
	body := strings.TrimSpace(demoJSON)
	for n := range len(body) {
		if _, err := ParsePage(demoSource(body[:n], FormatJSON)); err == nil {
			t.Fatalf("taken though cut at byte %d", n)
		}
	}
}
