package upstream

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseNetrc(t *testing.T) {
	type logins = map[string]Credentials
	c := NewCredentials
	tests := []struct {
		name, text string
		want       logins
		fallback   Credentials
		bad        bool
	}{
		{"empty", "", logins{}, Credentials{}, false},
		{"one line", "machine index.invalid login me password secret\n", logins{"index.invalid": c("me", "secret")}, Credentials{}, false},
		{"several lines", "machine index.invalid\n\tlogin me\n\tpassword secret", logins{"index.invalid": c("me", "secret")}, Credentials{}, false},
		{"user and account", "machine a user me account x password p", logins{"a": c("me", "p")}, Credentials{}, false},
		{"case of the host", "machine Index.INVALID login me password p", logins{"index.invalid": c("me", "p")}, Credentials{}, false},
		{"with a port", "machine a:8443 login me password p", logins{"a:8443": c("me", "p")}, Credentials{}, false},
		{"two hosts and default", "machine a login x password y machine b login z password w default login d password e", logins{"a": c("x", "y"), "b": c("z", "w")}, c("d", "e"), false},
		{"last of two", "machine a login x password y\nmachine a login z password w", logins{"a": c("z", "w")}, Credentials{}, false},
		{"no password", "machine a login x\nmachine b password y", logins{"a": c("x", ""), "b": c("", "y")}, Credentials{}, false},
		{"quotes", `machine a login "m e" password "a\"b\\c"`, logins{"a": c("m e", `a"b\c`)}, Credentials{}, false},
		{"backslash", `machine a login m\ e password p`, logins{"a": c("m e", "p")}, Credentials{}, false},
		{"hash in a password", "machine a login x password #1#", logins{"a": c("x", "#1#")}, Credentials{}, false},
		{"comments", "# machine z login no password no\nmachine a # mine\n login x password y # end\n#x", logins{"a": c("x", "y")}, Credentials{}, false},
		{"macro", "macdef init\nmachine evil login x password y\nbye\n\nmachine a login x password y", logins{"a": c("x", "y")}, Credentials{}, false},
		{"macro in an entry, to the end", "machine a login x password y\nmacdef init\nmachine b", logins{"a": c("x", "y")}, Credentials{}, false},
		{"words like keywords", "machine a login machine password default", logins{"a": c("machine", "default")}, Credentials{}, false},
		{"other word", "machine a login x password y\nport 21", nil, Credentials{}, true},
		{"other word at the start", "hello", nil, Credentials{}, true},
		{"machine without a name", "machine", nil, Credentials{}, true},
		{"login without a name", "machine a login", nil, Credentials{}, true},
		{"open quote", `machine a login x password "secret`, nil, Credentials{}, true},
		{"open quote in front", `"machine`, nil, Credentials{}, true},
		{"open quote as a host", `machine "secret`, nil, Credentials{}, true},
		{"bad default", "default login", nil, Credentials{}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, err := parseNetrc(tt.text)
			if tt.bad {
				if err == nil || strings.Contains(err.Error(), "secret") {
					t.Errorf("parseNetrc = %+v, %v; want an error without secrets", n, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, n.machines, cmp.AllowUnexported(Credentials{})); d != "" {
				t.Error(d)
			}
			if n.fallback != tt.fallback {
				t.Errorf("default: %q %q", n.fallback.user, n.fallback.password)
			}
		})
	}
}

// FuzzNetrc: content xor error, whatever the bytes; and entries appended after a file that is right are found.
func FuzzNetrc(f *testing.F) {
	f.Add("machine a login x password y\n")
	f.Add("default login \"x\\\"y\" password #\n# comment\nmacdef m\n\n\n")
	f.Add("machine \\")
	f.Fuzz(func(t *testing.T, text string) {
		n, err := parseNetrc(text)
		if (n == nil) == (err == nil) {
			t.Fatalf("%v and %v", n, err)
		}
		if err != nil {
			return
		}
		n, err = parseNetrc(text + "\n\nmachine appended.invalid login x password y\n")
		if err != nil {
			return // the text ended in the middle of something that goes on
		}
		if c, ok := n.machines["appended.invalid"]; ok && c != NewCredentials("x", "y") {
			t.Errorf("appended entry reads %q %q", c.user, c.password)
		}
	})
}

// TestNetrcSent: whom a login goes to.
func TestNetrcSent(t *testing.T) {
	file := filepath.Join(t.TempDir(), "netrc")
	text := "machine files.invalid login f password f\nmachine index.invalid:8080 login p password p\ndefault login d password d\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ index, link, want string }{
		{"https://index.invalid/simple/", "https://index.invalid/f", "d"},
		{"https://me:me@index.invalid/simple/", "https://index.invalid/f", "me"},
		{"https://index.invalid/simple/", "https://files.invalid/f", "f"},
		{"https://me:me@index.invalid/simple/", "https://files.invalid/f", "f"},
		{"https://index.invalid/simple/", "https://files.invalid:8443/f", "f"},
		{"https://index.invalid/simple/", "https://other.invalid/f", ""},
		{"https://me:me@index.invalid/simple/", "https://index.invalid:8443/f", ""},
		{"http://index.invalid/simple/", "http://files.invalid/f", ""}, // not in clear text to where a page points
		{"http://files.invalid/simple/", "http://files.invalid/f", "f"},
		{"http://index.invalid:8080/simple/", "http://index.invalid:8080/f", "p"},
		{"http://me:me@index.invalid/simple/", "https://index.invalid/f", ""},
	}
	for _, tt := range tests {
		c := newClient(t, tt.index, func(o *Options) { o.Netrc = file })
		u, err := url.Parse(tt.link)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.sites[0].credentials(u); got.user != tt.want || got.password != tt.want {
			t.Errorf("%s of index %s: %q, want %q", tt.link, tt.index, got.user, tt.want)
		}
	}
}

// TestNetrcPlaces: NETRC names the file, else it lies in the home folder; what is found and wrong is passed over.
func TestNetrcPlaces(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		_, _ = io.WriteString(w, user)
	})
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	write := func(name, text string, mode os.FileMode) string {
		file := filepath.Join(home, name)
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return file
	}
	var log strings.Builder
	asks := func(want, warning string) {
		t.Helper()
		log.Reset()
		c := newClient(t, s.URL, func(o *Options) {
			o.Netrc = ""
			o.Log = slog.New(slog.NewTextHandler(&log, nil))
		})
		page, err := c.Page(context.Background(), PageRequest{Index: c.Indexes()[0], Project: "demo"})
		if err != nil || string(page.Body) != want {
			t.Errorf("asked as %q, %v; want %q", page.Body, err, want)
		}
		if warning == "" && log.Len() > 0 || !strings.Contains(log.String(), warning) {
			t.Errorf("log %q, want %q", log.String(), warning)
		}
	}
	asks("", "")
	write("_netrc", "machine 127.0.0.1 login second password x", 0o600)
	asks("second", "")
	write(".netrc", "machine 127.0.0.1 login first password x", 0o600)
	asks("first", "")
	write(".netrc", "machine 127.0.0.1 broken hunter2", 0o600)
	asks("", "netrc not used")
	t.Setenv("NETRC", write("named", "default login named password x", 0o600))
	asks("named", "")
	if runtime.GOOS != "windows" {
		if err := os.Chmod(filepath.Join(home, "named"), 0o644); err != nil {
			t.Fatal(err)
		}
		asks("named", "netrc readable by others")
	}
	t.Setenv("NETRC", home)
	asks("", "netrc not used")
}
