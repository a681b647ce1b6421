package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"pipwarden/internal/pypitest"
)

// A gateway lets in who has a token, names them, and notices a revocation. Runs of its own machine need none.
func TestGateway(t *testing.T) {
	x := pypitest.NewIndex(t, pypitest.Options{})
	x.Add(wheel())
	tokens, store := filepath.Join(t.TempDir(), "tokens"), t.TempDir()
	command := func(args ...string) (stdout, stderr string, code int) {
		cmd := program(t, args...)
		cmd.Env = append(cmd.Env, "PIPWARDEN_SERVER_TOKEN_DIR="+tokens)
		return run(t, cmd)
	}
	secret, stderr, code := command("token", "create", "ci-linux")
	if secret = strings.TrimSpace(secret); code != exitOK || len(secret) < 50 || strings.Contains(stderr, secret) {
		t.Fatalf("create: %d, %s", code, stderr)
	}
	if _, stderr, code := command("token", "create", "ci-linux"); code != exitUsage || !strings.Contains(stderr, "is there already") {
		t.Errorf("create again: %d, %s", code, stderr)
	}
	if out, _, code := command("token", "list"); code != exitOK || !strings.HasPrefix(out, "ci-linux") || strings.Contains(out, secret) {
		t.Errorf("list: %d, %s", code, out)
	}
	config := fmt.Sprintf("[server]\ninsecure_http = true\ntoken_dir = %q\n[egress]\nenabled = true\nlisten = \"0.0.0.0:0\"\nca_dir = %q\n[upstream]\nindex_url = %q\n",
		tokens, t.TempDir(), x.URL)
	s := serve(t, store, config)
	ask := func(password string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/simple/demo/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if password != "" {
			req.SetBasicAuth("__token__", password)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close() // only the status is looked at
		return res.StatusCode
	}
	if a, b := ask(""), ask("wrong"); a != 401 || b != 401 {
		t.Errorf("without and with a wrong token: %d, %d", a, b)
	}
	installWithToken(t, s.url, secret)
	if out, stderr, code := command("why", "--cache-dir", store, "--index-url", x.URL, "demo==1.0"); code != exitOK {
		t.Errorf("why: %d, %s%s", code, out, stderr)
	}
	if text := s.text(); !strings.Contains(text, "client=ci-linux") || strings.Contains(text, secret) {
		t.Errorf("the log does not name the client, or holds the token:\n%s", text)
	}
	if _, stderr, code := command("token", "revoke", "ci-linux"); code != exitOK {
		t.Errorf("revoke: %d, %s", code, stderr)
	}
	if got := ask(secret); got != 401 {
		t.Errorf("with a revoked token: %d", got)
	}
	if _, stderr, code := command("token", "revoke", "ci-linux"); code != exitUsage || !strings.Contains(stderr, "there is no token") {
		t.Errorf("revoke again: %d, %s", code, stderr)
	}
}

// installWithToken installs by each client, with the token in the address and in a netrc file.
func installWithToken(t *testing.T, url, secret string) {
	t.Helper()
	home := t.TempDir()
	write(t, filepath.Join(home, ".netrc"), "machine 127.0.0.1 login __token__ password "+secret+"\n")
	for _, c := range clients(t) {
		for _, index := range []string{strings.Replace(url, "http://", "http://__token__:"+secret+"@", 1), url} {
			cmd, _ := c.install(t, index, "demo")
			if index == url {
				cmd.Env = append(cmd.Env, "HOME="+home)
			}
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s, token in netrc: %v: %v\n%s", c.name, index == url, err, out)
			}
		}
	}
}
