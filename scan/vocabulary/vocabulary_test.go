package vocabulary

import "testing"

func TestCanonical(t *testing.T) {
	v := Default()
	for name, want := range map[string]string{
		"urllib2.urlopen":                  "urllib.request.urlopen",
		"posix.system":                     "os.system",
		"__builtin__.exec":                 "builtins.exec",
		"requests.Session()":               "requests",
		"requests.sessions.Session().post": "requests.post",
		"requestsx.sessions":               "requestsx.sessions",
		"socket.create_connection().recv":  "socket.socket().recv",
		"ntpath.join":                      "os.path.join",
	} {
		if got := v.Canonical(name); got != want {
			t.Errorf("Canonical(%q) = %q, want %q", name, got, want)
		}
	}
}
