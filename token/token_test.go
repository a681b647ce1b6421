package token

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func folder(t *testing.T) (*Folder, *time.Time) {
	t.Helper()
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	return &Folder{Dir: filepath.Join(t.TempDir(), "tokens"), Now: func() time.Time { return now }}, &now
}

func create(t *testing.T, f *Folder, name string, scope Scope) string {
	t.Helper()
	_, secret, err := f.Create(name, scope, DefaultLife)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// A secret is its token's until it is revoked or expires, and no other secret is anybody's.
func TestVerify(t *testing.T) {
	f, now := folder(t)
	k := &Keyring{Folder: f}
	if _, ok := k.Verify(""); ok {
		t.Error("nothing was let in by no token")
	}
	one, two := create(t, f, "ci-linux", Read), create(t, f, "root", Admin)
	if got, ok := k.Verify(one); !ok || got.Name != "ci-linux" || got.Scope != Read {
		t.Errorf("got %+v, %v", got, ok)
	}
	if got, ok := k.Verify(two); !ok || got.Scope != Admin {
		t.Errorf("got %+v, %v", got, ok)
	}
	for _, wrong := range []string{"", one + "x", one[:len(one)-1], strings.TrimPrefix(one, prefix), "ci-linux"} {
		if got, ok := k.Verify(wrong); ok {
			t.Errorf("%q is taken for %s", wrong, got.Name)
		}
	}
	if err := f.Revoke("root"); err != nil {
		t.Fatal(err)
	}
	*now = now.Add(reread)
	if _, ok := k.Verify(two); ok {
		t.Error("a revoked token is valid")
	}
	*now = now.Add(DefaultLife)
	if _, ok := k.Verify(one); ok {
		t.Error("an expired token is valid")
	}
}

// What is kept opens nothing, and only its owner reads it.
func TestAtRest(t *testing.T) {
	f, _ := folder(t)
	secret := create(t, f, "ci", Read)
	text, err := os.ReadFile(f.path("ci"))
	if err != nil || strings.Contains(string(text), strings.TrimPrefix(secret, prefix)) {
		t.Errorf("%v, or the secret is kept:\n%s", err, text)
	}
	for path, mode := range map[string]fs.FileMode{f.Dir: 0o700, f.path("ci"): 0o600} {
		if st, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && st.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", path, st.Mode(), err)
		}
	}
	if list, err := os.ReadDir(f.Dir); err != nil || len(list) != 1 {
		t.Errorf("%d files, %v", len(list), err)
	}
}

// Names are taken once, and are no addresses and no paths.
func TestNames(t *testing.T) {
	f, _ := folder(t)
	create(t, f, "ci", Read)
	if _, _, err := f.Create("ci", Read, DefaultLife); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the same name again: %v", err)
	}
	for _, name := range []string{"", "../x", "A", "127.0.0.1", "a b", ".x", "x-", "::1", strings.Repeat("a", 65)} {
		if _, _, err := f.Create(name, Read, DefaultLife); err == nil {
			t.Errorf("%q is a name", name)
		}
		if err := f.Revoke(name); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("revoke %q: %v", name, err)
		}
	}
	if _, _, err := f.Create("x", "", DefaultLife); err == nil {
		t.Error("no scope is a scope")
	}
	if _, _, err := f.Create("x", Read, 0); err == nil {
		t.Error("a token without life")
	}
	if err := f.Revoke("nobody"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("revoke what is not there: %v", err)
	}
}

// A damaged file lets nobody in, and shuts out nobody else.
func TestDamaged(t *testing.T) {
	f, _ := folder(t)
	good := create(t, f, "good", Read)
	for name, text := range map[string]string{"empty": "", "nobody": "{}", "other": `{"name":"good","scope":"admin","expires":"2030-01-01T00:00:00Z","sha256":""}`} {
		if err := os.WriteFile(f.path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all, err := f.List()
	if len(all) != 1 || err == nil || !strings.Contains(err.Error(), `token "empty"`) {
		t.Errorf("got %v, %v", all, err)
	}
	k := &Keyring{Folder: f}
	if _, ok := k.Verify(good); !ok {
		t.Error("a good token is not valid beside a damaged one")
	}
	if _, ok := k.Verify(""); ok {
		t.Error("a damaged token lets somebody in")
	}
}
