// Package token keeps the tokens by which clients of a gateway say who they are.
//
// A token is 32 random bytes, shown once. What is kept of it is its SHA-256, in a file of its own (mode 0600, in a folder of mode
// 0700), so that tokens are made and revoked by any process at once and whoever reads the folder can use none. A plain hash is
// enough: there is nothing to guess in 256 random bits.
package token

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	// DefaultLife is how long a token is valid when nobody says: as long as teams rotate other secrets.
	DefaultLife = 90 * 24 * time.Hour
	// maxTokens bounds what a wrong secret is held against.
	maxTokens = 1000
	// maxFile bounds the file of one token, in bytes; one has some 250.
	maxFile = 4 << 10
	// prefix lets people and secret scanners know a token when they see one.
	prefix    = "pipwarden_"
	extension = ".json"
)

// A Scope is what the holder of a token may do.
type Scope string

// The scopes. The zero value is neither and lets nobody do anything.
const (
	Read  Scope = "read"  // ask for pages and files, and why they are refused
	Admin Scope = "admin" // and read the events of all clients
)

// UnmarshalText takes "read" and "admin".
func (s *Scope) UnmarshalText(b []byte) error {
	switch Scope(b) {
	case Read, Admin:
		*s = Scope(b)
		return nil
	}
	return fmt.Errorf("unknown scope %q: want read or admin", b)
}

// A Token is what is kept of one.
type Token struct {
	Name    string    `json:"name"`
	Scope   Scope     `json:"scope"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"` // valid before
	SHA256  string    `json:"sha256"`  // of the secret, lower-case hex
}

// Valid tells whether the token may be used at a time.
func (t *Token) Valid(now time.Time) bool { return now.Before(t.Expires) }

// check refuses what no file of ours holds.
func (t *Token) check(name string) error {
	sum, err := hex.DecodeString(t.SHA256)
	switch {
	case t.Name != name:
		return fmt.Errorf("names itself %q", t.Name)
	case err != nil || len(sum) != sha256.Size:
		return errors.New("has no SHA-256")
	case t.Scope == "" || t.Expires.IsZero():
		return errors.New("has no scope or no end")
	}
	return nil
}

var namePattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$`)

// checkName takes names that cannot be mistaken: clients without one are called by their address.
func checkName(name string) error {
	if _, err := netip.ParseAddr(name); err == nil || !namePattern.MatchString(name) {
		return fmt.Errorf("token name %q: want 1 to 64 of a-z, 0-9, \".\", \"_\" and \"-\", and no address", name)
	}
	return nil
}

// A Folder holds tokens.
type Folder struct {
	Dir string           // required; made with the first token
	Now func() time.Time // the clock; nil means time.Now
}

func (f *Folder) now() time.Time {
	if f.Now == nil {
		return time.Now().UTC()
	}
	return f.Now().UTC()
}

// Create makes a token that is valid for life, and gives the secret, which is kept nowhere. The error is fs.ErrExist where the name
// is taken, also by an expired token.
func (f *Folder) Create(name string, scope Scope, life time.Duration) (t Token, secret string, err error) {
	if err := checkName(name); err != nil {
		return Token{}, "", err
	}
	if life <= 0 || scope.UnmarshalText([]byte(scope)) != nil {
		return Token{}, "", fmt.Errorf("token %q: want a scope, and a life of more than 0", name)
	}
	all, err := f.entries()
	if err != nil {
		return Token{}, "", err
	}
	if len(all) >= maxTokens {
		return Token{}, "", fmt.Errorf("token %q: there are %d tokens, and no more fit", name, maxTokens)
	}
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails
	secret = prefix + base64.RawURLEncoding.EncodeToString(random)
	sum := sha256.Sum256([]byte(secret))
	now := f.now().Truncate(time.Second)
	t = Token{Name: name, Scope: scope, Created: now, Expires: now.Add(life), SHA256: hex.EncodeToString(sum[:])}
	if err := f.write(&t); err != nil {
		return Token{}, "", fmt.Errorf("token %q: %w", name, err)
	}
	return t, secret, nil
}

// write puts a token's file where none is.
func (f *Folder) write(t *Token) error {
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return err
	}
	text, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(f.Dir, ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // the link stays
	_, err = tmp.Write(append(text, '\n'))
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	// A link, unlike a rename, fails where somebody else made the name first.
	return os.Link(tmp.Name(), f.path(t.Name))
}

func (f *Folder) path(name string) string { return filepath.Join(f.Dir, name+extension) }

// Revoke ends a token. The error is fs.ErrNotExist where there is none of the name.
func (f *Folder) Revoke(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if err := os.Remove(f.path(name)); err != nil {
		return fmt.Errorf("token %q: %w", name, err)
	}
	return nil
}

// List gives all tokens by name, expired ones among them. What cannot be read is told in the error, beside the others.
func (f *Folder) List() ([]Token, error) {
	names, err := f.entries()
	if err != nil {
		return nil, err
	}
	var all []Token
	var bad []error
	for _, name := range names {
		t, err := f.read(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // revoked meanwhile
		}
		if err != nil {
			bad = append(bad, fmt.Errorf("token %q: %w", name, err))
			continue
		}
		all = append(all, t)
	}
	return all, errors.Join(bad...)
}

// entries are the names for which there are files.
func (f *Folder) entries() ([]string, error) {
	list, err := os.ReadDir(f.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("folder of tokens: %w", err)
	}
	var names []string
	for _, e := range list {
		if name, ok := strings.CutSuffix(e.Name(), extension); ok && checkName(name) == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

func (f *Folder) read(name string) (t Token, err error) {
	st, err := os.Stat(f.path(name))
	if err != nil {
		return t, err
	}
	if !st.Mode().IsRegular() || st.Size() > maxFile {
		return t, errors.New("is no file of a token")
	}
	text, err := os.ReadFile(f.path(name))
	if err != nil {
		return t, err
	}
	if err := json.Unmarshal(text, &t); err != nil {
		return t, err
	}
	return t, t.check(name)
}
