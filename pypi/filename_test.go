package pypi

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// described is a Filename in words, for tables.
type described struct {
	Kind, Ext, Project, Version, Build string
	Tags                               []string
}

func describe(f Filename) described {
	d := described{f.Kind.String(), f.Ext, string(f.Project), f.Version.String(), f.Build, nil}
	for _, tag := range f.Tags {
		d.Tags = append(d.Tags, tag.String())
	}
	return d
}

func wheel(project, version, build string, tags ...string) described {
	return described{"wheel", ".whl", project, version, build, tags}
}

// goodFilenames are files of the project; no kind means that the name is refused.
var goodFilenames = []struct {
	text, project string
	want          described
}{
	// Binary distribution format.
	{"requests-2.31.0-py3-none-any.whl", "requests", wheel("requests", "2.31.0", "", "py3-none-any")},
	{"six-1.16.0-py2.py3-none-any.whl", "six", wheel("six", "1.16.0", "", "py2-none-any", "py3-none-any")},
	{"foo-1.0-1-py3-none-any.whl", "foo", wheel("foo", "1.0", "1", "py3-none-any")},
	{"foo-1.0-2b_x-py3-none-any.whl", "foo", wheel("foo", "1.0", "2b_x", "py3-none-any")},
	{"zope.interface-6.0-cp311-cp311-win_amd64.whl", "zope-interface",
		wheel("zope-interface", "6.0", "", "cp311-cp311-win_amd64")},
	{"zope_interface-6.0-cp311-cp311-win_amd64.whl", "zope-interface",
		wheel("zope-interface", "6.0", "", "cp311-cp311-win_amd64")},
	{"PyYAML-6.0-CP311-cp311-Win32.whl", "pyyaml", wheel("pyyaml", "6.0", "", "cp311-cp311-win32")},
	{"torch-2.0.1+cu118-cp311-cp311-linux_x86_64.whl", "torch",
		wheel("torch", "2.0.1+cu118", "", "cp311-cp311-linux_x86_64")},
	{"foo-1!2.0-py3-none-any.whl", "foo", wheel("foo", "1!2.0", "", "py3-none-any")},
	{"foo-1.0_2-py3-none-any.whl", "foo", wheel("foo", "1.0.post2", "", "py3-none-any")},
	{"numpy-1.26.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "numpy",
		wheel("numpy", "1.26.0", "", "cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-manylinux2014_x86_64")},
	{"cryptography-41.0-cp37.cp38-abi3.none-a.b.whl", "cryptography",
		wheel("cryptography", "41.0", "", "cp37-abi3-a", "cp37-abi3-b", "cp37-none-a", "cp37-none-b",
			"cp38-abi3-a", "cp38-abi3-b", "cp38-none-a", "cp38-none-b")},
	// Source distribution format (PEP 625) and what came before it.
	{"requests-2.31.0.tar.gz", "requests", described{"sdist", ".tar.gz", "requests", "2.31.0", "", nil}},
	{"zope_interface-6.0.tar.gz", "zope-interface", described{"sdist", ".tar.gz", "zope-interface", "6.0", "", nil}},
	{"zope.interface-6.0.zip", "zope-interface", described{"sdist", ".zip", "zope-interface", "6.0", "", nil}},
	{"a-b-1.0.tar.gz", "a-b", described{"sdist", ".tar.gz", "a-b", "1.0", "", nil}},
	{"A_-b-1.0.tar.bz2", "a-b", described{"sdist", ".tar.bz2", "a-b", "1.0", "", nil}},
	{"backports.ssl_match_hostname-3.7.0.1.tar.gz", "backports-ssl-match-hostname",
		described{"sdist", ".tar.gz", "backports-ssl-match-hostname", "3.7.0.1", "", nil}},
	{"foo-1.0-1.tgz", "foo", described{"sdist", ".tgz", "foo", "1.0.post1", "", nil}},
	{"foo-1.0-1.tgz", "foo-1-0", described{"sdist", ".tgz", "foo-1-0", "1", "", nil}},
	{"foo-2-1.0.tar.xz", "foo-2", described{"sdist", ".tar.xz", "foo-2", "1.0", "", nil}},
	{"foo-1.0dev-r123.tar", "foo", described{}},
	{"foo-1.0.dev-123.tar", "foo", described{"sdist", ".tar", "foo", "1.0.dev123", "", nil}},
	{"foo-v1.0.tbz", "foo", described{"sdist", ".tbz", "foo", "1.0", "", nil}},
	{"foo-1.0.txz", "foo", described{"sdist", ".txz", "foo", "1.0", "", nil}},
	// Eggs.
	{"setuptools-0.6c11-py2.7.egg", "setuptools", described{"egg", ".egg", "setuptools", "0.6rc11", "", nil}},
	{"zope.interface-4.0.5-py2.7-win-amd64.egg", "zope-interface",
		described{"egg", ".egg", "zope-interface", "4.0.5", "", nil}},
	{"a_b-1.0_1-py2.6.egg", "a-b", described{"egg", ".egg", "a-b", "1.0.post1", "", nil}},
	// Installers.
	{"numpy-1.5.0.win32-py2.7.exe", "numpy", described{"installer", ".exe", "numpy", "1.5.0", "", nil}},
	{"numpy-1.5.0.win-amd64-py2.7.msi", "numpy", described{"installer", ".msi", "numpy", "1.5.0", "", nil}},
	{"foo-1.0-1.noarch.rpm", "foo", described{"installer", ".rpm", "foo", "1.0", "", nil}},
	{"foo-bar-1.0-1.src.rpm", "foo-bar", described{"installer", ".rpm", "foo-bar", "1.0", "", nil}},
	{"foo-1.0.linux-x86_64.tar.gz", "foo", described{"installer", ".tar.gz", "foo", "1.0", "", nil}},
	{"foo-1.0.macosx-10.9-x86_64.tar.gz", "foo", described{"installer", ".tar.gz", "foo", "1.0", "", nil}},
	{"foo.linux-tools-1.0.tar.gz", "foo-linux-tools", described{"sdist", ".tar.gz", "foo-linux-tools", "1.0", "", nil}},
	{"foo.win32-1.0.win32.zip", "foo-win32", described{"installer", ".zip", "foo-win32", "1.0", "", nil}},
	{"foo-1.0.exe", "foo", described{"installer", ".exe", "foo", "1.0", "", nil}},
	{"foo-1.0rc1.win32.zip", "foo", described{"installer", ".zip", "foo", "1.0rc1", "", nil}},
}

func TestParseFilename(t *testing.T) {
	for _, tt := range goodFilenames {
		got, err := ParseFilename(tt.text, Name(tt.project))
		if tt.want.Kind == "" {
			if err == nil {
				t.Errorf("ParseFilename(%q, %q) = %+v, want an error", tt.text, tt.project, describe(got))
			}
			continue
		}
		if err != nil {
			t.Errorf("ParseFilename(%q, %q): %v", tt.text, tt.project, err)
			continue
		}
		if diff := cmp.Diff(tt.want, describe(got)); diff != "" {
			t.Errorf("ParseFilename(%q, %q) (-want +got):\n%s", tt.text, tt.project, diff)
		}
	}
}

func TestParseFilenameDerivesTheProject(t *testing.T) {
	for _, tt := range []struct{ text, project, version string }{
		{"Flask_SQLAlchemy-3.0-py3-none-any.whl", "flask-sqlalchemy", "3.0"},
		{"a-b-1.0.tar.gz", "a-b", "1.0"},
		{"foo-2-1.0.tar.gz", "foo-2", "1.0"},
		{"foo-1.0-dev.tar.gz", "foo", "1.0.dev0"},
		{"foo-1.0.linux-x86_64.tar.gz", "foo", "1.0"},
		{"foo-1.0-2.noarch.rpm", "foo", "1.0"},
		{"foo-1.0-py2.7.egg", "foo", "1.0"},
		// Two ways to split; no guess is made.
		{"foo-1.0-1.tar.gz", "", ""},
		{"foo-2-1.tar.gz", "", ""},
	} {
		got, err := ParseFilename(tt.text, "")
		if string(got.Project) != tt.project || got.Version.String() != tt.version || (err == nil) != (tt.project != "") {
			t.Errorf("ParseFilename(%q) = project %q version %q, %v; want %q %q",
				tt.text, got.Project, got.Version, err, tt.project, tt.version)
		}
	}
}

// badFilenames are not to be taken as files of the project; other is the project
// that they seem to belong to.
var badFilenames = []struct{ text, project, other string }{
	{"evil-1.0-py3-none-any.whl", "numpy", "evil"},
	{"evil-1.0.tar.gz", "numpy", "evil"},
	{"numpy-evil-1.0.tar.gz", "numpy", "numpy-evil"},
	{"numpyx-1.0.tar.gz", "numpy", "numpyx"},
	{"numpy.evil-1.0-py2.7.egg", "numpy", "numpy-evil"},
	{"numpy-1.0.tar.gz", "num-py", "numpy"},
	{"numpy_-1.0.tar.gz", "numpy", ""},
	{"numpy_1.0.tar.gz", "numpy", ""},
	{"numpy-.tar.gz", "numpy", ""},
	{"numpy.tar.gz", "numpy", ""},
	{"numpy-latest.tar.gz", "numpy", ""},
	{".tar.gz", "numpy", ""},
	{"-1.0.tar.gz", "numpy", ""},
	{"numpy-1.0", "numpy", ""},
	{"numpy-1.0.deb", "numpy", ""},
	{"numpy-1.0.dmg", "numpy", ""},
	{"numpy-1.0.tar.lzma", "numpy", ""},
	{"numpy-1.0.TAR.GZ", "numpy", ""},
	{"numpy-1.0.whl.metadata", "numpy", ""},
	{"numpy-1.0.tar.gz.asc", "numpy", ""},
	// Wheels that are not well formed.
	{"numpy-1.0.whl", "numpy", ""},
	{"numpy-1.0-py3-none.whl", "numpy", ""},
	{"numpy-1.0-1-py3-none-any-x.whl", "numpy", ""},
	{"numpy-1.0-x1-py3-none-any.whl", "numpy", ""},
	{"numpy-1.0--py3-none-any.whl", "numpy", ""},
	{"numpy-1.0-py3--any.whl", "numpy", ""},
	{"numpy-1.0-py3-none-.whl", "numpy", ""},
	{"numpy-1.0-py3..py2-none-any.whl", "numpy", ""},
	{"numpy-1.0-.py3-none-any.whl", "numpy", ""},
	{"numpy-1.0-py3.-none-any.whl", "numpy", ""},
	{"numpy-1.0-py3-none-any!.whl", "numpy", ""},
	{"numpy-one-py3-none-any.whl", "numpy", ""},
	{"numpy-1.0-" + strings.Repeat("a.", 50) + "a-" + strings.Repeat("b.", 50) + "b-c.whl", "numpy", ""},
	{"numpy-1.0-1.rpm", "numpy", ""},
	{"numpy-1.0-x.noarch.rpm", "numpy", ""},
	{"numpy-1.0-x.egg", "numpy", ""},
	// Not one plain component of a path.
	{"", "numpy", ""},
	{"../numpy-1.0.tar.gz", "numpy", ""},
	{"a/numpy-1.0.tar.gz", "numpy", ""},
	{`a\numpy-1.0.tar.gz`, "numpy", ""},
	{"numpy-1.0%2f.tar.gz", "numpy", ""},
	{"numpy-1.0\x00.tar.gz", "numpy", ""},
	{"numpy-1.0\n.tar.gz", "numpy", ""},
	{"numpy- 1.0.tar.gz", "numpy", ""},
	{"numpy-1.0\u00e9.tar.gz", "numpy", ""},
	{"numpy-" + strings.Repeat("1", 243) + ".tar.gz", "numpy", ""},
}

func TestParseFilenameRefuses(t *testing.T) {
	for _, tt := range badFilenames {
		got, err := ParseFilename(tt.text, Name(tt.project))
		var nameErr *FilenameError
		if !errors.As(err, &nameErr) {
			t.Errorf("ParseFilename(%q, %q) = %+v, %v, want a FilenameError", tt.text, tt.project, describe(got), err)
			continue
		}
		if string(nameErr.Other) != tt.other {
			t.Errorf("ParseFilename(%q, %q): other project %q, want %q", tt.text, tt.project, nameErr.Other, tt.other)
		}
		if diff := cmp.Diff(described{Kind: "unknown"}, describe(got)); diff != "" || got.Text != tt.text {
			t.Errorf("ParseFilename(%q, %q) says something beside its error:\n%s", tt.text, tt.project, diff)
		}
	}
}

func FuzzParseFilename(f *testing.F) {
	f.Add("six-1.16.0-py2.py3-none-any.whl", "six")
	f.Add("foo-1.0-1-py3-none-any.whl", "")
	f.Add("a-b-1.0.linux-x86_64.tar.gz", "a-b")
	f.Add("a_b-1.0_1-py2.6.egg", "a.b")
	f.Add("foo-bar-1.0-1.src.rpm", "foo")
	f.Fuzz(func(t *testing.T, text, project string) {
		name, _ := ParseName(project)
		got, err := ParseFilename(text, name)
		if (err == nil) == (got.Kind == KindUnknown) {
			t.Fatalf("ParseFilename(%q, %q) = %v, %v: file name xor error", text, name, got.Kind, err)
		}
		if err != nil {
			return
		}
		if strings.ContainsAny(text, "/\\%\x00 \n") || len(text) > MaxFilename {
			t.Fatalf("ParseFilename takes %q", text)
		}
		if got.Version.IsZero() || got.Project == "" || name != "" && got.Project != name {
			t.Fatalf("ParseFilename(%q, %q): project %q version %q", text, name, got.Project, got.Version)
		}
		if (got.Kind == KindWheel) != (len(got.Tags) > 0) {
			t.Fatalf("ParseFilename(%q): %v with tags %v", text, got.Kind, got.Tags)
		}
		again, err := ParseFilename(text, got.Project)
		if err != nil || cmp.Diff(describe(got), describe(again)) != "" {
			t.Fatalf("ParseFilename(%q, %q): %+v, then with its own project %+v, %v", text, name, got, again, err)
		}
	})
}

func BenchmarkParseFilename(b *testing.B) {
	const text = "numpy-1.26.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
	b.ReportAllocs()
	for b.Loop() {
		ParseFilename(text, "numpy")
	}
}
