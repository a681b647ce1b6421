package vocabulary

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestHosts has a text of each class and one that only looks like it.
func TestHosts(t *testing.T) {
	v := Default()
	seen := make(map[string]bool)
	for _, tt := range []struct{ class, text, miss string }{
		{"webhook", "https://discord.com/api/webhooks/1/x", "https://discord.com/developers/docs/webhooks"},
		{"webhook", "https://ptb.discord.com/api/v10/webhooks/1/x", "https://discord.community/api/webhooks/1/x"},
		{"bot-api", "https://api.telegram.org/bot1:x/sendMessage", "https://core.telegram.org/bots/api"},
		{"chat", "https://discord.com/api/v9/users/@me", "https://discord.com/"},
		{"chat-cdn", "https://cdn.discordapp.com/attachments/1/x.exe", "https://discordapp.com/"},
		{"out-of-band", "http://" + hole + ".oast.fun", "http://toast.fun"},
		{"out-of-band", "x.burpcollaborator.net", "burpcollaborator.network"},
		{"tunnel", "tcp://0.tcp.ngrok.io:1", "https://ngrok.com"},
		{"paste", "https://pastebin.com/raw/x", "https://mypastebin.com/raw/x"},
		{"file-drop", "https://transfer.sh/x", "https://xtransfer.sh/x"},
		{"file-share", "https://www.dropbox.com/s/x?dl=1", "https://dropbox.tech/"},
		{"image-host", "https://i.imgur.com/x.png", "https://imgur.example.com/"},
		{"code-host", "https://raw.githubusercontent.com/a/b/c", "https://github.com/a/b"},
		{"code-host", "https://github.com/a/b/releases/download/v1/x", "https://github.com/a/b/issues"},
		{"code-api", "https://api.github.com/gists", "https://docs.github.com/"},
		{"url-shortener", "https://bit.ly/x", "https://rabbit.ly/x"},
		{"dynamic-dns", "x.duckdns.org", "duckdns.orgs"},
		{"address-lookup", "https://api.ipify.org?format=json", "https://ipify.example.org"},
		{"paas", "https://x.repl.co", "https://repl.com"},
		{"onion", "http://abc.onion/x", "http://onion.example/"},
		{"mining-pool", "stratum+tcp://x.invalid:3333", "tcp://x.invalid:3333"},
		{"mining-pool", "pool.supportxmr.com:443", "supportxmr.community"},
		{"metadata", "http://169.254.169.254/latest/meta-data", "http://169.254.169.253/"},
		{"metadata", "http://[fd00:ec2::254]/", "http://[fd00:ec2::255]/"},
		{"blockchain", "https://api.mainnet-beta.solana.com", "https://solana.com"},
		{"form", "https://docs.google.com/forms/d/x", "https://docs.google.com/document/d/x"},
		{"mail", "smtp.gmail.com", "gmail.com"},
		{"hook-bridge", "https://hooks.zapier.com/x", "https://zapier.com/"},
		{"dns-over-https", "https://dns.google/resolve", "https://mydns.googles/"},
		{"resolver", "8.8.8.8", "8.8.8.9.9"},
		{"network-check", "http://www.google.com", "https://cloud.google.com"},
		{"reserved", "http://a.invalid/", "http://a.invalids/"},
		{"loopback", "http://localhost:80/", "http://localhosts/"},
		{"loopback", "http://127.0.0.1:5000/", "http://12.7.0.1/"},
		{"telemetry", "https://x.ingest.sentry.io/1", "https://sentry.dev/"},
		{"object-storage", "https://x.s3.amazonaws.com/y", "https://aws.amazon.com/"},
		{"raw-address", "http://45.9.1.2:8080/x", "http://192.168.1.2/"},
		{"raw-address", "http://[2a00::1]/", "http://[2001:db8::1]/"},
		{"raw-address", "http://0x2d090102/", "http://0x2d090102z/"},
		{"raw-address", "45.9.1.2:80", "version 45.9.1.2 of"},
		{"private-address", "http://10.0.0.1/", "http://11.0.0.1/"},
		{"documentation-address", "http://192.0.2.1/", "http://193.0.2.1/"},
		{"plain", "https://user:pw@a.community/x", "a.community"},
	} {
		seen[tt.class] = true
		if got := v.Hosts(tt.text); len(got) != 1 || got[0].Class != tt.class {
			t.Errorf("%q: %+v, want %s", tt.text, got, tt.class)
		}
		for _, m := range v.Hosts(tt.miss) {
			if m.Class == tt.class {
				t.Errorf("%q: %+v", tt.miss, m)
			}
		}
	}
	for _, c := range hostClasses {
		if !seen[c] {
			t.Errorf("class %s has no test", c)
		}
	}
}

func TestHostsInText(t *testing.T) {
	got := Default().Hosts("GET https://A.Community/x?y=1 and (ngrok.io). Mail a@ngrok.io; see os.path.join, https://a.community/x")
	want := []HostMatch{
		{Text: "https://A.Community/x?y=1", Host: "a.community", Class: "plain", URL: true, Path: "/x?y=1"},
		{Text: "ngrok.io", Host: "ngrok.io", Class: "tunnel"},
		{Text: "https://a.community/x", Host: "a.community", Class: "plain", URL: true, Path: "/x"},
	}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
	for _, text := range []string{"", "nothing", "a.b", "://", "http://", "http://" + hole + "/x", "1.2.3", "...", "a@b.community"} {
		if got := Default().Hosts(text); len(got) != 0 {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// FuzzText holds that any text can be asked about, and that what is found
// stands in it.
func FuzzText(f *testing.F) {
	for _, s := range []string{"https://a@b:1/x", "http://[::1]:2/", "x.ngrok.io:1/", "~/.ssh/id_*", "C:\\a\\Login Data", hole + ".onion", "1.2.3.4", "a..b", "%TEMP%"} {
		f.Add(s)
	}
	v := Default()
	f.Fuzz(func(t *testing.T, text string) {
		for _, m := range v.Hosts(text) {
			if len(m.Text) > maxMatchText || m.Class == "" || utf8.ValidString(text) && !strings.Contains(text, m.Text) {
				t.Fatalf("%+v", m)
			}
		}
		v.Path(text)
		v.PathClass(text)
		v.Canonical(text)
		v.Variable(text)
	})
}

func BenchmarkText(b *testing.B) {
	v := Default()
	text := strings.Repeat("The quick brown fox (see docs/index.rst) jumps over a.b.c and https://a.community/x. ", 1000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		v.Hosts(text)
		v.Path(text)
	}
}
