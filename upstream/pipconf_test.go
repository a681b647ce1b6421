package upstream

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseINI(t *testing.T) {
	type sections = map[string]map[string]string
	tests := []struct {
		name, text string
		want       sections // nil = error
	}{
		{"empty", "", sections{}},
		{"equals and colon", "[global]\nindex-url = https://a.invalid/x=1\ntimeout: 60\n", sections{"global": {"index-url": "https://a.invalid/x=1", "timeout": "60"}}},
		{"spellings of a key", "[global]\nIndex_URL=a\n--no-index = yes", sections{"global": {"index-url": "a", "no-index": "yes"}}},
		{"comments", "# c\n; c\n[global]\n# c\nindex-url = a ; no comment\n", sections{"global": {"index-url": "a ; no comment"}}},
		{"several lines", "[global]\nextra-index-url =\n    https://a.invalid/\n\n    # c\n\thttps://b.invalid/\n", sections{"global": {"extra-index-url": "https://a.invalid/\nhttps://b.invalid/"}}},
		{"section twice", "[a]\nx=1\n[b]\ny=2\n[a]\nz=3", sections{"a": {"x": "1", "z": "3"}, "b": {"y": "2"}}},
		{"byte order mark, CR LF", "\ufeff[global]\r\nindex-url = a\r\n", sections{"global": {"index-url": "a"}}},
		{"indented first key", "[global]\n  index-url = a\n", sections{"global": {"index-url": "a"}}},
		{"empty value", "[global]\nindex-url =\n", sections{"global": {"index-url": ""}}},
		{"no section", "index-url = a\n", nil},
		{"no value", "[global]\nindex-url\n", nil},
		{"no key", "[global]\n= a\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseINI(tt.text)
			if (err != nil) != (tt.want == nil) {
				t.Fatalf("parseINI: %v", err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// FuzzParseINI: content xor error, and no section or key is empty of a name it was not given.
func FuzzParseINI(f *testing.F) {
	f.Add("[global]\nindex-url = https://a.invalid/\nextra-index-url =\n  b\n  c\n")
	f.Add("[a]\n[")
	f.Add(" \n\t\n[x]y\n k:v")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseINI(text)
		if (got == nil) == (err == nil) {
			t.Fatalf("%v and %v", got, err)
		}
	})
}

func TestPlaces(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths are those of Unix")
	}
	tests := []struct {
		goos string
		env  map[string]string
		want []string
	}{
		{"linux", map[string]string{"HOME": "/h"}, []string{"/etc/xdg/pip/pip.conf", "/etc/pip.conf", "/h/.pip/pip.conf", "/h/.config/pip/pip.conf"}},
		{"linux", map[string]string{"HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_CONFIG_DIRS": "/x:/y", "VIRTUAL_ENV": "/v"},
			[]string{"/x/pip/pip.conf", "/y/pip/pip.conf", "/etc/pip.conf", "/h/.pip/pip.conf", "/c/pip/pip.conf", "/v/pip.conf"}},
		{"linux", nil, []string{"/etc/xdg/pip/pip.conf", "/etc/pip.conf"}},
		{"darwin", map[string]string{"HOME": "/h"}, []string{"/Library/Application Support/pip/pip.conf", "/h/.pip/pip.conf", "/h/.config/pip/pip.conf"}},
		{"windows", map[string]string{"PROGRAMDATA": "/p", "USERPROFILE": "/u", "APPDATA": "/a"}, []string{"/p/pip/pip.ini", "/u/pip/pip.ini", "/a/pip/pip.ini"}},
	}
	for _, tt := range tests {
		if d := cmp.Diff(tt.want, placesOf(tt.goos, tt.env)); d != "" {
			t.Errorf("%s: %s", tt.goos, d)
		}
	}
	home := t.TempDir()
	support := filepath.Join(home, "Library", "Application Support", "pip")
	if err := os.MkdirAll(support, 0o700); err != nil {
		t.Fatal(err)
	}
	got := placesOf("darwin", map[string]string{"HOME": home})
	if want := filepath.Join(support, "pip.conf"); got[len(got)-1] != want {
		t.Errorf("darwin with a support folder: %q, want %q at the end", got, want)
	}
}

func TestSettings(t *testing.T) {
	file := func(name, section, key, value string) configFile {
		return configFile{name: name, values: map[string]map[string]string{section: {key: value}}}
	}
	s := settings{
		env: map[string]string{"PIP_CERT": "env", "PIP_PROXY": " "},
		files: []configFile{
			file("site", "install", "index-url", "site-install"),
			file("user", "global", "index-url", "user-global"),
			file("user", "global", "proxy", "user-proxy"),
			file("own", "global", "proxy", "own-proxy"),
			file("own", "global", "cert", "own-cert"),
			file("own", "download", "trusted-host", "other command"),
			file("own", "global", "client-cert", ""),
		},
	}
	tests := []struct{ key, skip, value, origin string }{
		{"index-url", "", "site-install", "site"}, // the command's section goes before all files' [global]
		{"index-url", "site-install", "user-global", "user"},
		{"proxy", "", "own-proxy", "own"},
		{"cert", "", "env", "PIP_CERT"},
		{"cert", "env", "own-cert", "own"},
		{"trusted-host", "", "", ""},
		{"client-cert", "", "", ""},
	}
	for _, tt := range tests {
		value, origin := s.get(tt.key, func(v string) bool { return v != tt.skip })
		if value != tt.value || origin != tt.origin {
			t.Errorf("%s without %q: %q of %q, want %q of %q", tt.key, tt.skip, value, origin, tt.value, tt.origin)
		}
	}
}

func TestParseConfigList(t *testing.T) {
	out := `
:env:.cert='/env.pem'
WARNING: something. else=1
download.index-url='https://no.invalid/'
global.index-url='https://a.invalid/simple'
global.extra-index-url='\nhttps://b.invalid/\nhttps://c.invalid/'
install.cert=u'C:\\certs\\it\'s.pem'
global.proxy=""
global.bad=
`
	got := parseConfigList(out).values
	want := map[string]map[string]string{
		"global":  {"index-url": "https://a.invalid/simple", "extra-index-url": "https://b.invalid/\nhttps://c.invalid/", "proxy": ""},
		"install": {"cert": `C:\certs\it's.pem`},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
