package lockfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pipwarden/pypi"
)

const sum = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

func mustURL(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil {
		panic(err)
	}
	return u
}

// shelf has one file of one project, on the second of two indexes.
type shelf struct{ asked int }

func (s *shelf) page(link string, project pypi.Name) (*pypi.Page, error) {
	s.asked++
	if project != "demo" {
		return nil, fmt.Errorf("project %s: %w", project, fs.ErrNotExist)
	}
	return &pypi.Page{Name: project, Files: []pypi.File{
		{Filename: "demo-1.0-py3-none-any.whl", URL: link + "demo-1.0-py3-none-any.whl", Hashes: pypi.Hashes{"sha256": sum}},
		{Filename: "demo-1.0.tar.gz", URL: link + "demo-1.0.tar.gz", Hashes: pypi.Hashes{"sha256": sum}},
	}}, nil
}

func (s *shelf) Upstream(_ context.Context, project pypi.Name) (*pypi.Page, int, error) {
	p, err := s.page("https://files.invalid/packages/aa/", project)
	return p, 1, err
}

func (s *shelf) Guarded(_ context.Context, project pypi.Name) (*pypi.Page, error) {
	return s.page("http://127.0.0.1:8791/files/more/demo/packages/aa/", project)
}

func mapper() *Mapper {
	return &Mapper{Guard: mustURL("http://127.0.0.1:8791/simple/"), Pages: &shelf{},
		Indexes: []*url.URL{mustURL("https://index.invalid/simple/"), mustURL("https://more.invalid/simple/")}}
}

// locks are lock files as their programs write them, with the addresses of upstream. "{index}" and "{files}" stand for
// the two kinds.
var locks = map[string]string{
	"uv.lock": `version = 1

[[package]]
name = "demo"
version = "1.0"
source = { registry = "{index}" }
sdist = { url = "{files}demo-1.0.tar.gz", hash = "sha256:` + sum + `", size = 10 }
wheels = [
    { url = "{files}demo-1.0-py3-none-any.whl", hash = "sha256:` + sum + `", size = 10, upload-time = "2024-03-01T12:00:00Z" },
]

[[package]]
name = "own"
source = { virtual = "." }
`,
	"pdm.lock": "# It is not intended for manual editing.\n[[package]]\nname = \"demo\"\nfiles = [\n    {url = \"{files}demo-1.0.tar.gz\", hash = \"sha256:" + sum + "\"},\n]\n",
	"poetry.lock": `[[package]]
name = "demo"
files = [
    {file = "demo-1.0.tar.gz", hash = "sha256:` + sum + `"},
]

[package.source]
type = "legacy"
url = "{index}"
reference = "pipwarden"
`,
	"pylock.toml": `[[packages]]
name = "demo"
index = "{index}"
sdist = { name = "demo-1.0.tar.gz", url = "{files}demo-1.0.tar.gz", hashes = { sha256 = "` + sum + `" } }
`,
	"Pipfile.lock":     "{\n    \"_meta\": {\"sources\": [{\"url\": \"https://index.invalid/simple\"}]},\n    \"default\": {\n        \"demo\": {\n            \"file\": \"{files}demo-1.0.tar.gz\"\n        }\n    }\n}\n",
	"requirements.txt": "#    pip-compile --generate-hashes\n--extra-index-url {index}\n\ndemo @ {files}demo-1.0-py3-none-any.whl#sha256=" + sum + " ; python_version > \"3\"\r\n    # via https://docs.invalid/x\nother==1 \\\n    --hash=sha256:" + sum + "\n",
}

func fill(text, index, files string) string {
	return strings.NewReplacer("{index}", index, "{files}", files).Replace(text)
}

// TestRoundTrip holds that a file locked through the guard becomes the one that would have been locked without it, and
// back, byte for byte.
func TestRoundTrip(t *testing.T) {
	for name, text := range locks {
		for _, slash := range []string{"", "/"} {
			upstream := fill(text, "https://more.invalid/simple"+slash, "https://files.invalid/packages/aa/")
			guarded := fill(text, "http://127.0.0.1:8791/simple"+slash, "http://127.0.0.1:8791/files/more/demo/packages/aa/")
			m := mapper()
			for _, c := range []struct {
				from, want string
				to         Direction
			}{{guarded, upstream, ToUpstream}, {upstream, guarded, ToGuard}, {upstream, upstream, ToUpstream}, {guarded, guarded, ToGuard}} {
				want := c.want
				if name == "requirements.txt" && c.to == ToUpstream && c.from == guarded {
					// No project stands beside an index there: the main one is meant.
					want = strings.ReplaceAll(want, "more.invalid", "index.invalid")
				}
				if name == "Pipfile.lock" && c.to == ToGuard {
					want = strings.ReplaceAll(want, "https://index.invalid/simple", "http://127.0.0.1:8791/simple")
				}
				f, err := Parse("some/"+name, c.from)
				if err != nil {
					t.Fatal(err)
				}
				got, left, err := m.Map(t.Context(), f, c.to)
				if err != nil || len(left) > 0 {
					t.Errorf("%s: %v, left %v", name, err, left)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s, to guard %v:\n%s", name, c.to, diff)
				}
			}
		}
	}
}

// TestAddresses holds whose entry an address stands in, where it is and which hash stands beside it.
func TestAddresses(t *testing.T) {
	f, err := Parse("uv.lock", fill(locks["uv.lock"], "https://more.invalid/simple", "https://files.invalid/"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range f.Addresses {
		if f.Text[a.From:a.To] != a.URL.String() {
			t.Errorf("bytes %d to %d are %q", a.From, a.To, f.Text[a.From:a.To])
		}
		got = append(got, fmt.Sprintf("%d %s %s %d", a.Line, a.Project, a.Filename, len(a.SHA256)))
	}
	want := []string{"6 demo  0", "7 demo demo-1.0.tar.gz 64", "9 demo demo-1.0-py3-none-any.whl 64"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestRefusals holds what is not mapped: other hashes, files that are gone, files of somebody else.
func TestRefusals(t *testing.T) {
	const entry = "[[package]]\nname = %q\nsource = { url = %q }\nhash = \"\"\n"
	for _, c := range []struct {
		name, url string
		to        Direction
		says      string // of the error, or of what is left; "" = neither
	}{
		{"demo", "http://127.0.0.1:8791/files/more/demo/x/demo-2.0.tar.gz", ToUpstream, "lists no"},
		{"gone", "http://127.0.0.1:8791/files/more/gone/x/gone-2.0.tar.gz", ToUpstream, "no index has the project gone"},
		{"demo", "http://127.0.0.1:8791/-/status", ToUpstream, "no files there"},
		{"demo", "http://127.0.0.1:8791/files/blocked/age/more.demo.0123/demo-1.0.tar.gz", ToUpstream, ""},
		{"demo", "https://elsewhere.invalid/demo-1.0.tar.gz", ToUpstream, ""},
		{"demo", "https://elsewhere.invalid/demo-1.0.tar.gz", ToGuard, "no index of the guard lists it"},
		{"gone", "https://elsewhere.invalid/gone-1.0.tar.gz", ToGuard, "no index of the guard lists it"},
		{"demo", "https://elsewhere.invalid/homepage", ToGuard, ""},
	} {
		f, err := Parse("uv.lock", fmt.Sprintf(entry, c.name, c.url))
		if err != nil {
			t.Fatal(err)
		}
		_, left, err := mapper().Map(t.Context(), f, c.to)
		said := fmt.Sprint(err)
		if err == nil {
			said = ""
			for _, l := range left {
				said += l.Why
			}
		}
		if c.says == "" && said != "" || !strings.Contains(said, c.says) {
			t.Errorf("%s: %q; want %q", c.url, said, c.says)
		}
	}
	other := strings.Replace(fill(locks["pdm.lock"], "", "http://127.0.0.1:8791/files/more/demo/x/"), "sha256:aa", "sha256:bb", 1)
	f, err := Parse("pdm.lock", other)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := mapper().Map(t.Context(), f, ToUpstream); err == nil || !strings.Contains(err.Error(), "another hash") {
		t.Errorf("another hash: %v", err)
	}
	for name, text := range map[string]string{"uv.lock": "[[", "Pipfile.lock": "{", "setup.py": "", "poetry.lock": "a = "} {
		if _, err := Parse(name, text); err == nil {
			t.Errorf("%s with %q is taken", name, text)
		}
	}
}

// failing answers nothing.
type failing struct{}

var errDown = errors.New("down")

func (failing) Upstream(context.Context, pypi.Name) (*pypi.Page, int, error) { return nil, 0, errDown }
func (failing) Guarded(context.Context, pypi.Name) (*pypi.Page, error)       { return nil, errDown }

// TestDown holds that a page that cannot be had is an error and not an address left as it is.
func TestDown(t *testing.T) {
	m := mapper()
	m.Pages = failing{}
	for to, files := range map[Direction]string{ToUpstream: "http://127.0.0.1:8791/files/more/demo/x/", ToGuard: "https://files.invalid/"} {
		f, err := Parse("pdm.lock", fill(locks["pdm.lock"], "", files))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := m.Map(t.Context(), f, to); !errors.Is(err, errDown) {
			t.Errorf("%v: %v", to, err)
		}
	}
}

// FuzzMap holds that what is not an address of ours stays, and that nothing panics.
func FuzzMap(f *testing.F) {
	for name, text := range locks {
		f.Add(name, fill(text, "https://more.invalid/simple", "http://127.0.0.1:8791/files/more/demo/packages/aa/"))
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		lf, err := Parse(name, text)
		if err != nil {
			return
		}
		end := 0
		for _, a := range lf.Addresses {
			if a.From < end || a.To <= a.From || a.To > len(text) {
				t.Fatalf("bytes %d to %d after %d", a.From, a.To, end)
			}
			end = a.To
		}
		m := mapper()
		m.Guard = mustURL("http://nobody.invalid/simple/")
		if got, _, err := m.Map(t.Context(), lf, ToUpstream); err != nil || got != text {
			t.Errorf("%v\n%s", err, cmp.Diff(text, got))
		}
	})
}
