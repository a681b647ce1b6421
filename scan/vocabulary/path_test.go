package vocabulary

import (
	"slices"
	"testing"
)

const hole = string(Hole)

func TestPath(t *testing.T) {
	v := Default()
	for _, tt := range []struct{ text, labels string }{
		{"", ""},
		{"~/.ssh/id_rsa", "secret-file"},
		{hole + "/.ssh/id_rsa", "secret-file"},
		{hole + ".ssh\\\\id_rsa", "secret-file"},
		{hole + "/.ssh/" + hole, "secret-file"},
		{"cat ~/.ssh/id_rsa", "secret-file"},
		{"~/.AWS/credentials", "secret-file"},
		{"my.ssh/x", ""},
		{"C:\\Users\\x\\AppData\\Local\\Google\\Chrome\\User Data\\Default\\Login Data", "browser"},
		{hole + "\\Google\\Chrome\\User Data", "browser"},
		{"Login Data", "browser"},
		{"please enter your login data here", ""},
		{hole + "/Local State", "browser"},
		{"the local state of it", ""},
		{"~/Library/Application Support/Google/Chrome", "browser"},
		{hole + "\\discord\\Local Storage\\leveldb", "browser,session"},
		{hole + "/Telegram Desktop/tdata", "session"},
		{"nkbihfbeogaeaoehlefnkodbefgpgknn", "browser,wallet"},
		{"exodus/exodus.wallet", "wallet"},
		{"~/.config/solana/id.json", "secret-file,wallet"},
		{"/etc/shadow", "secret-file"},
		{"/etc/passwd", "file"},
		{"docs/etc/passwd", ""},
		{"/proc/self/environ", "environment,secret-file"},
		{"/proc/" + hole + "/environ", "environment,secret-file"},
		{"~/.netrc", "secret-file"},
		{"key.pem", "secret-file"},
		{"cacert.pem", ""},
		{"vault.kdbx", "secret-file"},
		{"requests.session", ""},
		{"os.environ", ""},
		{"setup.py", ""},
	} {
		if got := v.Path(tt.text).String(); got != tt.labels {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.labels)
		}
	}
}

func TestPathClass(t *testing.T) {
	v := Default()
	for _, tt := range []struct{ text, class string }{
		{"~/.bashrc", "persistence"},
		{"bashrc", ""},
		{hole + "\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\x", "startup"},
		{"startup", ""},
		{"Software\\Microsoft\\Windows\\CurrentVersion\\Run", "persistence"},
		{"Software\\Microsoft\\Windows\\CurrentVersion\\Runner", ""},
		{"/etc/cron.d/x", "persistence"},
		{"~/.config/systemd/user/x.service", "persistence"},
		{"/tmp/x", "temp"},
		{"/home/tmp/x", ""},
		{"%TEMP%\\x", "temp"},
		{"~/.ssh/id_rsa", "credential"},
		{"/usr/lib/python3/site-packages/x", "python-site"},
		{"x.pth", "python-site"},
		{"CLAUDE.md", "agent-config"},
		{".cursorrules", "agent-config"},
		{"README.md", ""},
		{"C:\\Windows\\System32\\drivers\\etc\\hosts", "hosts-file"},
		{"/etc/hosts", "hosts-file"},
		{"discord_desktop_core/index.js", "application"},
		{"/dev/tcp/a/1", "device"},
		{"/var/run/secrets/kubernetes.io/serviceaccount/token", "container"},
		{"vmtoolsd.exe", "virtual"},
		{"x.exe", "program"},
		{"example.com", ""},
		{"~/.bash_history", "history"},
	} {
		if got := v.PathClass(tt.text); tt.class == "" && len(got) > 0 || tt.class != "" && !slices.Contains(got, tt.class) {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.class)
		}
	}
}

// TestPathEntries holds that every pattern of the table is found in a path
// that it fits.
func TestPathEntries(t *testing.T) {
	v := Default()
	for _, f := range lines(t, "paths.txt") {
		path := "~/" + example(f[1])
		if f[1][0] == '/' {
			path = example(f[1])
		}
		if v.Path(path) == 0 && len(v.PathClass(path)) == 0 {
			t.Errorf("%s is not found in %s", f[1], path)
		}
	}
}

// example returns a path that a pattern fits.
func example(pattern string) string {
	b := []byte(pattern)
	for i, c := range b {
		switch c {
		case '*':
			b[i] = 'x'
		case '?':
			b[i] = ' '
		}
	}
	return string(b)
}
