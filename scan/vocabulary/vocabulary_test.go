package vocabulary

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// lines returns the entries of a table, split into words.
func lines(t *testing.T, name string) (list [][]string) {
	t.Helper()
	text, err := Sources.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(text), "# ") {
		t.Errorf("%s does not say what it is", name)
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 0 && f[0] != "#" {
			list = append(list, f)
		}
	}
	return list
}

// TestTables holds that every line of every table can be read, and that the
// tables are sorted and say nothing twice. In those of names the first that
// fits decides, so their order is their own.
func TestTables(t *testing.T) {
	for _, name := range []string{"calls.txt", "aliases.txt", "reads.txt", "paths.txt", "hosts.txt", "variables.txt", "parameters.txt"} {
		seen := make(map[string]bool)
		last := ""
		for _, f := range lines(t, name) {
			if err := empty().entry(f, false); err != nil {
				t.Errorf("%s: %s: %v", name, f, err)
			}
			if seen[f[1]] {
				t.Errorf("%s: %s stands twice", name, f[1])
			}
			seen[f[1]] = true
			if f[1] < last && name != "variables.txt" && name != "parameters.txt" {
				t.Errorf("%s: %s stands after %s", name, f[1], last)
			}
			last = f[1]
		}
		if len(seen) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
}

// TestNames holds that the names of the tables are canonical, so that they
// can be found, and that every alias leads to one name in the end.
func TestNames(t *testing.T) {
	v := Default()
	for _, name := range v.Names() {
		if got := v.Canonical(name); got != name {
			t.Errorf("call %s can never be found: it is %s", name, got)
		}
		if c := v.Call(name); c == nil || c.Name != name {
			t.Errorf("call %s is not found", name)
		}
	}
	for _, f := range lines(t, "aliases.txt") {
		got := v.Canonical(f[1] + ".x")
		if again := v.Canonical(got); again != got {
			t.Errorf("alias %s goes on from %s to %s", f[1], got, again)
		}
	}
}

// TestSpellings holds that two spellings of a callable meet in one entry.
func TestSpellings(t *testing.T) {
	v := Default()
	for _, tt := range [][2]string{
		{"urllib2.urlopen", "urllib.request.urlopen"},
		{"urllib.urlopen", "six.moves.urllib.request.urlopen"},
		{"urllib.urlretrieve", "urllib.request.urlretrieve"},
		{"posix.system", "os.system"},
		{"nt.system", "os.system"},
		{"__builtin__.eval", "builtins.eval"},
		{"__builtins__.eval", "builtins.eval"},
		{"requests.Session().post", "requests.post"},
		{"requests.sessions.Session().post", "requests.api.post"},
		{"pip._vendor.requests.get", "requests.get"},
		{"cloudscraper.create_scraper().get", "requests.get"},
		{"curl_cffi.requests.post", "requests.post"},
		{"httpx.AsyncClient().post", "httpx.Client().post"},
		{"httplib.HTTPSConnection().request", "http.client.HTTPConnection().request"},
		{"socket.create_connection().recv", "socket.socket().recv"},
		{"ssl.create_default_context().wrap_socket().sendall", "socket.socket().sendall"},
		{"socket.socket().accept()[].recv", "_socket.socket().recv"},
		{"subprocess32.Popen", "gevent.subprocess.Popen"},
		{"ctypes.windll.kernel32.VirtualAlloc", "ctypes.WinDLL().VirtualAlloc"},
		{"ctypes.cdll.LoadLibrary().mprotect", "ctypes.CDLL().mprotect"},
		{"cPickle.loads", "_pickle.loads"},
		{"Cryptodome.Cipher.AES.new().decrypt", "Crypto.Cipher.AES.new().decrypt"},
		{"_winreg.SetValueEx", "winreg.SetValueEx"},
		{"io.open().read", "codecs.open().read"},
		{"tempfile.NamedTemporaryFile().write", "builtins.open().write"},
		{"pathlib.PosixPath().write_text", "pathlib.Path.home().joinpath().write_text"},
		{"ImageGrab.grab", "PIL.ImageGrab.grab"},
		{"distutils.core.setup", "setuptools.setup"},
		{"pip._internal.main", "pip._internal.cli.main.main"},
		{"thread.start_new_thread", "threading._start_new_thread"},
		{"telethon.sync.TelegramClient().send_file", "telethon.TelegramClient().send_file"},
		{"discord.SyncWebhook.from_url().send", "discord.Webhook.from_url().send"},
		{"sqlite3.dbapi2.connect", "aiosqlite.connect"},
		{"sqlite3.connect().cursor().execute().fetchall", "sqlite3.connect().execute().fetchall"},
		{"clipboard.copy", "pyperclip.copy"},
		{"comtypes.client.CreateObject().Run", "win32com.client.Dispatch().Run"},
		{"botocore.session.get_session().get_credentials", "botocore.session.Session().get_credentials"},
		{"xmlrpclib.ServerProxy().whatever", "xmlrpc.client.ServerProxy().whatever"},
	} {
		a, b := v.Call(v.Canonical(tt[0])), v.Call(v.Canonical(tt[1]))
		if a == nil || a != b {
			t.Errorf("%s is %s, %s is %s", tt[0], v.Canonical(tt[0]), tt[1], v.Canonical(tt[1]))
		}
	}
}

func TestCall(t *testing.T) {
	v := Default()
	c := v.Call("requests.post")
	if !c.Effects.Has(Send) || !c.Returns.Has(Network) || !c.Clean || c.Silent() {
		t.Errorf("requests.post: %+v", c)
	}
	if want := []Selector{{Position: 0, Keyword: "url"}}; !slices.Equal(c.Args[URL], want) {
		t.Errorf("requests.post takes its address from %+v", c.Args[URL])
	}
	if got := v.Call("os.execl").Args[Command]; !got[0].Rest || got[0].Position != 0 {
		t.Errorf("os.execl takes its words from %+v", got)
	}
	if got := v.Call("pathlib.Path().read_text").Args[Path]; got[0].Position != Self {
		t.Errorf("read_text takes its path from %+v", got)
	}
	if c := v.Call("sh.curl"); c == nil || c.Name != "sh.*" {
		t.Errorf("sh.curl: %+v", c)
	}
	for _, name := range []string{"", "requests", "requestsx.post", "os.path.join", "sh", "."} {
		if c := v.Call(v.Canonical(name)); c != nil {
			t.Errorf("%q is %s", name, c.Name)
		}
	}
	if got := v.Canonical("requestsx.Session().get"); got != "requestsx.Session().get" {
		t.Error(got)
	}
	if !v.Attribute("os.environ").Has(Environment) || v.Attribute("os.name") != 0 {
		t.Error("attributes")
	}
}

func TestWords(t *testing.T) {
	v := Default()
	for name, secret := range map[string]bool{
		"GITHUB_TOKEN": true, "AWS_SECRET_ACCESS_KEY": true, "AWS_ACCESS_KEY_ID": true, "OPENAI_API_KEY": true, "PGPASSWORD": true, "DB_PASS": true,
		"HOME": false, "PATH": false, "COLORTERM": false, "SSH_KEY_PATH": false, "XDG_RUNTIME_DIR": false, "CC": false, "": false,
	} {
		if got := v.Variable(name); got.Has(SecretVar) != secret || got.Has(Variable) == secret {
			t.Errorf("variable %s: %s", name, got)
		}
	}
	for name, secret := range map[string]bool{
		"private_key": true, "privateKey": true, "mnemonic": true, "seed_phrase": true, "token": true, "password": true, "api_key": true,
		"access_key_secret": true, "session_string": true, "cookie": true,
		"self": false, "url": false, "seed": false, "max_tokens": false, "tokenizer": false, "public_key": false, "webhook_url": false, "key": false, "eos_token": false,
		strings.Repeat("token", 100): false,
	} {
		if got := v.Parameter(name); got.Has(SecretParameter) != secret || !got.Has(Parameter) {
			t.Errorf("parameter %s: %s", name, got)
		}
	}
}

func TestWith(t *testing.T) {
	v := Default()
	w, err := v.With("mine", []byte("# own\ncall corp.run process command=0 # words\nalias corp2 corp\nvariable home secret-variable\nvariable *_url secret-variable\nhost corp.invalid paste\npath corp/keys secret-file\n"))
	if err != nil {
		t.Fatal(err)
	}
	if w.Call(w.Canonical("corp2.run")) == nil || v.Call("corp.run") != nil {
		t.Error("call")
	}
	if !w.Variable("HOME").Has(SecretVar) || v.Variable("HOME").Has(SecretVar) || !w.Variable("SLACK_WEBHOOK_URL").Has(SecretVar) {
		t.Error("variable")
	}
	if w.Hosts("http://corp.invalid/")[0].Class != "paste" || v.Hosts("http://corp.invalid/")[0].Class != "reserved" {
		t.Error("host")
	}
	if w.Path("~/corp/keys") == 0 || v.Path("~/corp/keys") != 0 {
		t.Error("path")
	}
	for text, problem := range map[string]string{
		"call":                       `mine:1: "call" entry of 0 words`,
		"\ncall x flee":              `mine:2: unknown effect "flee"`,
		"call x process where=0":     `mine:1: unknown role "where"`,
		"call x process url=-1":      `mine:1: unknown argument "-1"`,
		"call x process -> gold":     `mine:1: unknown label "gold"`,
		"call x process dirty":       `mine:1: unknown word "dirty"`,
		"read x y z":                 `mine:1: "y" instead of "->"`,
		"path * secret-file":         `mine:1: pattern "*" has no fixed segment`,
		"path a* secret-file":        `mine:1: the first word of "a*" is not fixed`,
		"path a gold":                `mine:1: unknown label or class "gold"`,
		"host A.invalid paste":       `mine:1: pattern "A.invalid"`,
		"host a.invalid gold":        `mine:1: unknown class "gold"`,
		"variable * secret-variable": `mine:1: pattern "*"`,
		"weather x y":                `mine:1: unknown entry "weather"`,
	} {
		_, err := v.With("mine", []byte(text))
		var e *TableError
		if !errors.As(err, &e) || err.Error() != problem {
			t.Errorf("%q: %v, want %s", text, err, problem)
		}
	}
}

// TestWordsOfTypes holds that every label, effect and role has its name.
func TestWordsOfTypes(t *testing.T) {
	if len(labelNames) != int(labels) || len(effectNames) != int(effects) || len(roleNames) != int(roles) {
		t.Errorf("%d of %d labels, %d of %d effects, %d of %d roles", len(labelNames), labels, len(effectNames), effects, len(roleNames), roles)
	}
	if got := Set(SecretFile, Network).String(); got != "secret-file,network" {
		t.Error(got)
	}
	if c := Default().Call("pty.spawn"); c.Effects.String() != "process,redirect" || !c.Effects.Any(Send, Redirect) {
		t.Error(c.Effects)
	}
}
