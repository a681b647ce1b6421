package pypi

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var demoURL = &url.URL{Scheme: "https", Host: "index.invalid", Path: "/simple/demo/"}

const (
	sumA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	sumB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

func demoSource(body string, format Format) PageSource {
	return PageSource{Body: []byte(body), ContentType: format.ContentType(), URL: demoURL, Name: "demo"}
}

// demoFilename takes a file name of the project demo apart.
func demoFilename(t testing.TB, text string) Filename {
	t.Helper()
	f, err := ParseFilename(text, "demo")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// pageDiff compares pages; versions are comparable but not exported.
func pageDiff(want, got *Page, opts ...cmp.Option) string {
	return cmp.Diff(want, got, append(opts, cmp.Comparer(func(a, b Version) bool { return a == b }))...)
}

const demoJSON = `{
  "meta": {"api-version": "1.4", "_last-serial": 7, "tracks": ["https://other.invalid/simple/demo/"]},
  "name": "Demo",
  "project-status": {"status": "deprecated", "reason": "use <b>demo2</b>"},
  "alternate-locations": ["https://mirror.invalid/simple/demo/"],
  "versions": ["1.0", "1.1"],
  "files": [
    {
      "filename": "demo-1.0.tar.gz",
      "url": "https://files.invalid/aa/bb/demo-1.0.tar.gz",
      "hashes": {"sha256": "` + sumA + `", "newhash": "` + sumB + `"},
      "requires-python": ">=3.8,<4",
      "size": 1234,
      "upload-time": "2024-01-02T03:04:05.678901Z",
      "yanked": "broken \"build\" & more",
      "gpg-sig": true,
      "provenance": null,
      "x-new": {"a": [1, 2.50e+3, null]}
    },
    {
      "filename": "demo-1.1-py3-none-any.whl",
      "url": "../../files/demo-1.1-py3-none-any.whl",
      "hashes": {"sha256": "` + sumB + `"},
      "requires-python": null,
      "size": 99,
      "upload-time": "2024-01-02T04:04:05+01:00",
      "yanked": false,
      "core-metadata": {"sha256": "` + sumA + `"},
      "dist-info-metadata": false,
      "provenance": "https://index.invalid/integrity/demo/1.1/provenance"
    }
  ],
  "x-page": "kept"
}`

const demoHTML = `<!DOCTYPE html>
<html><head>
<meta name="pypi:repository-version" content="1.4">
<meta name="pypi:project-status" content="deprecated">
<meta name="pypi:project-status-reason" content="use &lt;b&gt;demo2&lt;/b&gt;">
<meta name="pypi:tracks" content="https://other.invalid/simple/demo/">
<meta name="pypi:alternate-locations" content="https://mirror.invalid/simple/demo/">
<title>Links for demo</title></head>
<body><h1>Links for demo</h1>
<!-- <a href="https://files.invalid/demo-9.9.tar.gz">demo-9.9.tar.gz</a> -->
<a href="https://files.invalid/aa/bb/demo-1.0.tar.gz#sha256=` + sumA + `" data-requires-python="&gt;=3.8,&lt;4"
   data-yanked="broken &quot;build&quot; &amp; more" data-gpg-sig="true">demo-1.0.tar.gz</a><br>
<A HREF='../../files/demo-1.1-py3-none-any.whl#sha256=` + sumB + `' data-core-metadata="sha256=` + sumA + `"
   data-dist-info-metadata="true"
   data-provenance="https://index.invalid/integrity/demo/1.1/provenance">demo-1.1-py3-none-any.whl</A><br>
</body></html>
<!--SERIAL 7-->`

func demoPage(t testing.TB) *Page {
	signed := true
	return &Page{
		Name:               "demo",
		APIVersion:         "1.4",
		Status:             Status{"deprecated", "use <b>demo2</b>"},
		Tracks:             []string{"https://other.invalid/simple/demo/"},
		AlternateLocations: []string{"https://mirror.invalid/simple/demo/"},
		Versions:           []string{"1.0", "1.1"},
		Files: []File{{
			Filename:       "demo-1.0.tar.gz",
			Parsed:         demoFilename(t, "demo-1.0.tar.gz"),
			URL:            "https://files.invalid/aa/bb/demo-1.0.tar.gz",
			Hashes:         Hashes{"sha256": sumA, "newhash": sumB},
			Size:           1234,
			UploadTime:     time.Date(2024, 1, 2, 3, 4, 5, 678901000, time.UTC),
			RequiresPython: ">=3.8,<4",
			Yanked:         true,
			YankedReason:   `broken "build" & more`,
			GPGSig:         &signed,
			Extra:          map[string]json.RawMessage{"x-new": json.RawMessage(`{"a":[1,2.50e+3,null]}`)},
		}, {
			Filename:   "demo-1.1-py3-none-any.whl",
			Parsed:     demoFilename(t, "demo-1.1-py3-none-any.whl"),
			URL:        "https://index.invalid/files/demo-1.1-py3-none-any.whl",
			Hashes:     Hashes{"sha256": sumB},
			Size:       99,
			UploadTime: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC),
			Metadata:   CoreMetadata{true, Hashes{"sha256": sumA}},
			Provenance: "https://index.invalid/integrity/demo/1.1/provenance",
		}},
		Extra:     map[string]json.RawMessage{"x-page": json.RawMessage(`"kept"`)},
		MetaExtra: map[string]json.RawMessage{"_last-serial": json.RawMessage(`7`)},
	}
}

func TestParsePageJSON(t *testing.T) {
	got, err := ParsePage(demoSource(demoJSON, FormatJSON))
	if err != nil {
		t.Fatal(err)
	}
	if diff := pageDiff(demoPage(t), got); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
}

func TestParsePageHTML(t *testing.T) {
	got, err := ParsePage(demoSource(demoHTML, FormatHTML))
	if err != nil {
		t.Fatal(err)
	}
	if diff := pageDiff(inHTML(demoPage(t)), got); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
}

// inHTML returns what the HTML form can say of p.
func inHTML(p *Page) *Page {
	q := &Page{Name: p.Name, APIVersion: apiVersion}
	q.Status = Status{onlyHTML(p.Status.State), onlyHTML(p.Status.Reason)}
	for _, s := range p.Tracks {
		q.Tracks = append(q.Tracks, onlyHTML(s))
	}
	for _, s := range p.AlternateLocations {
		q.AlternateLocations = append(q.AlternateLocations, onlyHTML(s))
	}
	best := func(h Hashes) Hashes {
		if algorithm, digest := h.best(); digest != "" {
			return Hashes{algorithm: digest}
		}
		return nil
	}
	for _, f := range p.Files {
		f.Hashes = best(f.Hashes)
		f.Metadata.Hashes = best(f.Metadata.Hashes)
		if f.Hashes == nil && f.RequiresPython == "" && !f.Yanked && !hasExtension(f.Filename) {
			continue // not to be told from navigation
		}
		f.Size, f.UploadTime, f.Extra = 0, time.Time{}, nil
		f.RequiresPython, f.YankedReason = onlyHTML(f.RequiresPython), onlyHTML(f.YankedReason)
		q.Files = append(q.Files, f)
	}
	return q
}

// onlyHTML replaces what HTML cannot hold.
func onlyHTML(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0x7f {
			return '\uFFFD'
		}
		return r
	}, s)
}

// reparse renders p and reads it back.
func reparse(t testing.TB, p *Page, format Format) *Page {
	t.Helper()
	render := (*Page).AppendHTML
	if format == FormatJSON {
		render = (*Page).AppendJSON
	}
	body := render(p, nil)
	if again := render(p, []byte("x")); string(again) != "x"+string(body) {
		t.Fatalf("rendering twice makes\n%s\nand\n%s", body, again)
	}
	src := PageSource{Body: body, ContentType: format.ContentType(), URL: demoURL, Name: p.Name}
	q, err := ParsePage(src)
	if err != nil {
		t.Fatalf("%v\nof the rendered page\n%s", err, body)
	}
	return q
}

var ignoreRendering = cmpopts.IgnoreFields(Page{}, "APIVersion", "Dropped")

func checkRoundTrip(t testing.TB, p *Page) {
	t.Helper()
	if diff := pageDiff(p, reparse(t, p, FormatJSON), ignoreRendering); diff != "" {
		t.Errorf("through JSON (-want +got):\n%s", diff)
	}
	if diff := pageDiff(inHTML(p), reparse(t, p, FormatHTML), ignoreRendering); diff != "" {
		t.Errorf("through HTML (-want +got):\n%s", diff)
	}
}

func TestRoundTrip(t *testing.T) {
	checkRoundTrip(t, demoPage(t))
	checkRoundTrip(t, &Page{Name: "demo"})
	checkRoundTrip(t, &Page{Name: "demo", Versions: []string{}})
	checkRoundTrip(t, bigParsed(t))
}

func bigParsed(t testing.TB) *Page {
	p := bigPage()
	for i := range p.Files {
		f := &p.Files[i]
		parsed, err := ParseFilename(f.Filename, p.Name)
		if err != nil {
			t.Fatal(err)
		}
		f.Parsed = parsed
	}
	return p
}

func TestAppendJSONIsJSON(t *testing.T) {
	p := demoPage(t)
	p.Files[0].YankedReason = "control \x00\x1f\x7f, invalid \xff, quote \", backslash \\, \u2028, é, 😀"
	out := p.AppendJSON(nil)
	if !json.Valid(out) {
		t.Fatalf("not JSON: %s", out)
	}
	var got struct{ Files []struct{ Yanked string } }
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if want := strings.ToValidUTF8(p.Files[0].YankedReason, "\uFFFD"); got.Files[0].Yanked != want {
		t.Errorf("encoding/json reads %q, want %q", got.Files[0].Yanked, want)
	}
}

func TestAnnouncedVersion(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*Page)
		want string
	}{
		{"all said", func(*Page) {}, `"api-version":"1.4"`},
		{"no versions", func(p *Page) { p.Versions = nil }, `"api-version":"1.0"`},
		{"a size missing", func(p *Page) { p.Files[1].Size = 0 }, `"api-version":"1.0"`},
	} {
		p := demoPage(t)
		tt.edit(p)
		if out := string(p.AppendJSON(nil)); !strings.Contains(out, tt.want) {
			t.Errorf("%s: no %s in %s", tt.name, tt.want, out)
		}
	}
}

func TestAppendHTMLEscapes(t *testing.T) {
	const hostile = `"'><script>alert(1)</script>&amp;` + "\x00"
	p := &Page{
		Name:   "demo",
		Status: Status{hostile, hostile}, Tracks: []string{hostile}, AlternateLocations: []string{hostile},
		Files: []File{{
			Filename: hostile, URL: hostile, Hashes: Hashes{"sha256": hostile}, RequiresPython: hostile,
			Yanked: true, YankedReason: hostile, Provenance: hostile,
			Metadata: CoreMetadata{true, Hashes{"sha256": hostile}},
		}},
	}
	out := string(p.AppendHTML(nil))
	if strings.Contains(out, "<script") || strings.Contains(out, "&amp;amp;script") || strings.Contains(out, "\x00") {
		t.Errorf("hostile text comes through:\n%s", out)
	}
	if got, want := strings.Count(out, "&lt;script&gt;"), 12; got != want {
		t.Errorf("%d escaped texts, want %d:\n%s", got, want, out)
	}
}

func TestLinks(t *testing.T) {
	for _, tt := range []struct{ base, link, want string }{
		{"", "demo-1.0.zip", "https://index.invalid/simple/demo/demo-1.0.zip"},
		{"", "/f/demo-1.0.zip", "https://index.invalid/f/demo-1.0.zip"},
		{"", "../../f/demo-1.0.zip", "https://index.invalid/f/demo-1.0.zip"},
		{"", "../../../../f/demo-1.0.zip", "https://index.invalid/f/demo-1.0.zip"},
		{"", "//files.invalid/demo-1.0.zip", "https://files.invalid/demo-1.0.zip"},
		{"", "http://files.invalid:81/demo-1.0.zip", "http://files.invalid:81/demo-1.0.zip"},
		{"", "HTTPS://files.invalid/demo-1.0.zip", "https://files.invalid/demo-1.0.zip"},
		{"", "https://files.invalid/a/../b/./demo-1.0.zip", "https://files.invalid/b/demo-1.0.zip"},
		{"", "https://files.invalid/demo-1.0.zip?token=a&b=c#egg=demo", "https://files.invalid/demo-1.0.zip?token=a&b=c"},
		{"", "https://user:pw@files.invalid/demo-1.0.zip", "https://user:pw@files.invalid/demo-1.0.zip"},
		{"", " demo-1.0.zip\n", "https://index.invalid/simple/demo/demo-1.0.zip"},
		{"https://cdn.invalid/x/", "demo-1.0.zip", "https://cdn.invalid/x/demo-1.0.zip"},
		{"../", "demo-1.0.zip", "https://index.invalid/simple/demo-1.0.zip"},
	} {
		body := ""
		if tt.base != "" {
			body = `<base href="` + tt.base + `"><base href="https://second.invalid/">`
		}
		page, err := ParsePage(demoSource(htmlWith(body+`<a href="`+tt.link+`">x</a>`), FormatHTML))
		if err != nil || len(page.Files) != 1 || page.Files[0].URL != tt.want {
			t.Errorf("link %q on base %q: %+v, %v, want %q", tt.link, tt.base, page, err, tt.want)
		}
	}
}

func TestLocalVersionInLink(t *testing.T) {
	page, err := ParsePage(demoSource(htmlWith(`<a href="/w/demo-1.0%2Bcu118-py3-none-any.whl">x</a>`), FormatHTML))
	if err != nil {
		t.Fatal(err)
	}
	f := page.Files[0]
	if f.Filename != "demo-1.0+cu118-py3-none-any.whl" || f.Parsed.Version.Local() != "cu118" {
		t.Errorf("file %q, version %q", f.Filename, f.Parsed.Version)
	}
}

func TestAnchorsThatAreNoFiles(t *testing.T) {
	page, err := ParsePage(demoSource(htmlWith(`
		<a href="../">../</a> <a href="/">home</a> <a href="mailto:a@b.invalid">mail</a> <a name="x">x</a>
		<a href="README.txt">README.txt</a> <a href="demo-1.0.tar.gz.asc">sig</a> <a href="?C=N;O=D">sort</a>
		<a href="demo-1.0.tar.gz">demo-1.0.tar.gz</a>`), FormatHTML))
	if err != nil || len(page.Files) != 1 || len(page.Dropped) != 0 {
		t.Errorf("%+v, %v, want one file", page, err)
	}
}

func TestOddFilesStayListed(t *testing.T) {
	page, err := ParsePage(demoSource(htmlWith(`
		<a href="demo-latest.tar.gz">x</a> <a href="demo-1.0.dmg#md5=d41d8cd98f00b204e9800998ecf8427e">x</a>
		<a href="demo_1.0_all.deb" data-requires-python="">x</a> <a href="other-1.0.tar.gz">x</a>
		<a href="demo-1.0%20final.zip">x</a> <a href="demo-1.0.zip">x</a>`), FormatHTML))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range page.Files {
		got = append(got, f.Filename+" "+f.Parsed.Kind.String())
	}
	want := []string{
		"demo-latest.tar.gz unknown", "demo-1.0.dmg unknown", "demo_1.0_all.deb unknown",
		"other-1.0.tar.gz unknown", "demo-1.0 final.zip unknown", "demo-1.0.zip sdist",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestUnsafeEntriesAreDropped(t *testing.T) {
	entry := func(filename, url, sha256 string) string {
		return fmt.Sprintf(`{"filename":%s,"url":%q,"hashes":{"sha256":%q}}`, appendString(nil, filename), url, sha256)
	}
	const base = "https://files.invalid/"
	page, err := ParsePage(demoSource(jsonWithFiles(
		entry("demo-1.0.zip", base+"demo-1.0.zip", sumA),
		entry("demo-1.0.zip", base+"demo-1.0.zip", sumA), // the same again says nothing new
		entry("demo-1.1.zip", base+"evil-1.1.zip", sumA),
		entry("../demo-1.2.zip", base+"../demo-1.2.zip", sumA),
		entry("demo-1.3\x1b.zip", base+"demo-1.3.zip", sumA),
		entry("démo-1.4.zip", base+"d%C3%A9mo-1.4.zip", sumA),
		entry("demo-1.5.zip", base+"demo-1.5.zip", sumA[1:]),
		entry("demo-1.6.zip", base+"demo-1.6.zip", "z"+sumA[1:]),
		entry(".demo-1.7.zip", base+".demo-1.7.zip", sumA),
		entry("d"+strings.Repeat("e", MaxFilename), base+"x", sumA),
	), FormatJSON))
	if err != nil {
		t.Fatal(err)
	}
	var dropped []string
	for _, d := range page.Dropped {
		dropped = append(dropped, d.Reason)
	}
	want := []string{
		"link does not end in the file's name",
		"name is no file name",
		"name holds a character that is not safe",
		"name holds a character that is not safe",
		"digest is malformed",
		"digest is malformed",
		"name is no file name",
		"name is too long",
	}
	if diff := cmp.Diff(want, dropped); diff != "" || len(page.Files) != 1 {
		t.Errorf("%d files; dropped (-want +got):\n%s", len(page.Files), diff)
	}
}

func TestDigests(t *testing.T) {
	const md5 = "D41D8CD98F00B204E9800998ECF8427E"
	page, err := ParsePage(demoSource(htmlWith(`
		<a href="demo-1.0.zip#md5=`+md5+`">x</a>
		<a href="demo-1.1.zip#sha256=`+strings.ToUpper(sumA)+`&amp;egg=demo">x</a>
		<a href="demo-1.2.zip#egg=`+md5+`">x</a>
		<a href="demo-1.3.zip#sha256=0">x</a>`), FormatHTML))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Hashes{}
	for _, f := range page.Files {
		got[f.Filename] = f.Hashes
	}
	want := map[string]Hashes{
		"demo-1.0.zip": {"md5": strings.ToLower(md5)}, "demo-1.1.zip": {"sha256": sumA}, "demo-1.2.zip": nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("digests (-want +got):\n%s", diff)
	}
}

func TestOptionalKeys(t *testing.T) {
	with := func(keys string) File {
		t.Helper()
		page, err := ParsePage(demoSource(jsonWithFiles(
			`{"filename":"demo-1.0.zip","url":"demo-1.0.zip","hashes":null,`+keys+`}`), FormatJSON))
		if err != nil {
			t.Fatalf("%s: %v", keys, err)
		}
		return page.Files[0]
	}
	if f := with(`"yanked":true`); !f.Yanked || f.YankedReason != "" {
		t.Errorf("yanked without reason: %+v", f)
	}
	for _, keys := range []string{`"yanked":""`, `"yanked":null`} {
		if f := with(keys); f.Yanked {
			t.Errorf("%s: yanked", keys)
		}
	}
	for keys, want := range map[string]CoreMetadata{
		`"core-metadata":true`:                                       {Offered: true},
		`"core-metadata":{}`:                                         {Offered: true},
		`"core-metadata":false,"dist-info-metadata":true`:            {},
		`"dist-info-metadata":{"sha256":"` + sumA + `"}`:             {true, Hashes{"sha256": sumA}},
		`"data-dist-info-metadata":true,"core-metadata":null`:        {},
		`"data-dist-info-metadata":{"sha256":"` + sumB + `"}`:        {true, Hashes{"sha256": sumB}},
		`"core-metadata":{"sha256":"` + strings.ToUpper(sumA) + `"}`: {true, Hashes{"sha256": sumA}},
	} {
		if diff := cmp.Diff(want, with(keys).Metadata); diff != "" {
			t.Errorf("%s (-want +got):\n%s", keys, diff)
		}
	}
	for said, want := range map[string]string{
		"2024-01-02T03:04:05Z":           "2024-01-02T03:04:05Z",
		"2024-01-02T03:04:05.1Z":         "2024-01-02T03:04:05.1Z",
		"2024-01-02T03:04:05.123456789Z": "2024-01-02T03:04:05.123456Z",
		"2024-01-02T03:04:05-02:00":      "2024-01-02T05:04:05Z",
		"2024-01-02 03:04:05":            "0001-01-01T00:00:00Z",
		"1969-12-31T23:59:59Z":           "0001-01-01T00:00:00Z",
		"9999-12-31T23:59:59-10:00":      "0001-01-01T00:00:00Z",
		"soon":                           "0001-01-01T00:00:00Z",
	} {
		if got := with(`"upload-time":"` + said + `"`).UploadTime.Format(time.RFC3339Nano); got != want {
			t.Errorf("upload-time %q is %s, want %s", said, got, want)
		}
	}
	if f := with(`"provenance":"javascript:x"`); f.Provenance != "" {
		t.Errorf("provenance %q", f.Provenance)
	}
}

func TestStatusWithoutState(t *testing.T) {
	page, err := ParsePage(demoSource(
		`{"meta":{"api-version":"1.4"},"project-status":{"reason":"r","x":1},"files":[]}`, FormatJSON))
	if err != nil || page.Status != (Status{"active", "r"}) {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestPageSaysLittle(t *testing.T) {
	page, err := ParsePage(demoSource(`{"meta":{"api-version":"1.0"},"files":[],"project-status":null,
		"versions":null,"alternate-locations":null}`, FormatJSON))
	if err != nil {
		t.Fatal(err)
	}
	if diff := pageDiff(&Page{Name: "demo", APIVersion: "1.0"}, page); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
	checkRoundTrip(t, page)
}

func TestRoundTripOfTheRest(t *testing.T) {
	signed := false
	page, err := ParsePage(demoSource(withKeys(`"gpg-sig":false,"size":null,"core-metadata":true,"yanked":"a\tb\r\nc",`+manyKeys(40)), FormatJSON))
	if err != nil {
		t.Fatal(err)
	}
	f := &page.Files[0]
	if !cmp.Equal(f.GPGSig, &signed) || f.Size != 0 || len(f.Extra) != 40 || f.YankedReason != "a\tb\r\nc" {
		t.Errorf("%+v", f)
	}
	f.Hashes = Hashes{"md5": strings.Repeat("0", 32), "sha512": strings.Repeat("1", 128)}
	f.Yanked, f.YankedReason = true, ""
	checkRoundTrip(t, page)
	out := string((&Page{Name: "demo", Status: Status{"", "why"}}).AppendJSON(nil))
	if !strings.Contains(out, `{"status":"active","reason":"why"}`) {
		t.Errorf("status in %s", out)
	}
}

func TestUnknownDigests(t *testing.T) {
	page, err := ParsePage(demoSource(jsonWithFiles(strings.Replace(okFile, "{}",
		`{"NEW":"`+strings.ToUpper(sumA)+`","short":"ab","od d":"`+sumA+`","none":"`+strings.Repeat("z", 64)+`"}`, 1)), FormatJSON))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Hashes{"new": sumA}, page.Files[0].Hashes); diff != "" {
		t.Errorf("digests (-want +got):\n%s", diff)
	}
}

func TestFormWithoutContentType(t *testing.T) {
	src := demoSource(demoHTML, FormatHTML)
	src.ContentType = "text/html; charset"
	if _, err := ParsePage(src); err != nil {
		t.Errorf("malformed parameter: %v", err)
	}
	for _, body := range []string{demoJSON, "\n " + demoJSON, demoHTML} {
		src := demoSource(body, FormatHTML)
		src.ContentType = ""
		if page, err := ParsePage(src); err != nil || len(page.Files) != 2 {
			t.Errorf("%.20q: %v", body, err)
		}
	}
}
