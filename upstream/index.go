package upstream

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"

	"pipwarden/pypi"
)

// Index is one package index: a simple repository API (PEP 503, PEP 691) under a URL.
type Index struct {
	// Name is how configuration, log and paths call it: 1 to 64 of [a-z0-9-].
	Name string
	// URL is the address of the simple API, http or https, path ending in "/", without user, query and fragment.
	// ParseIndex and New make it so, and move the user to Auth.
	URL *url.URL
	// Auth goes to the scheme, host and port of URL and nowhere else. The zero value sends none.
	Auth Credentials
	// Reserved are globs (path.Match) of normalised project names that live on this index only. They are asked
	// here and never elsewhere; and an index that has any is asked for nothing else. Empty: the index is
	// asked for every name that no index reserves.
	Reserved []string
	// RedirectHosts are further hosts ("host" for the default ports, or "host:port") of this index: redirects may
	// lead there, and their address may be private. Redirects to any other host are refused.
	RedirectHosts []string
}

// Key names the index by where it is: Name and a digest of the scheme, host and path of URL. Facts of an index are kept
// under it, because the name stays when another index is configured under it, and what was seen on the one says nothing
// of the other. Credentials are no part of it: another user sees the same index.
func (ix *Index) Key() string {
	const digits = 8
	u := cmp.Or(ix.URL, &url.URL{})
	h := sha256.Sum256([]byte(u.Scheme + "://" + strings.ToLower(u.Host) + u.EscapedPath()))
	return ix.Name + "-" + hex.EncodeToString(h[:])[:digits]
}

// maxIndexName is in bytes: the name is one segment of paths and database keys.
const maxIndexName = 64

// ParseIndex makes an index of a URL as people write it: a user is moved to Auth, a slash is added to the path.
func ParseIndex(name, rawURL string) (Index, error) {
	u, err := url.Parse(strings.TrimSpace(rawURL))
	if err != nil {
		// The error of url.Parse repeats the URL, which may hold a password.
		return Index{}, fmt.Errorf("index %q: the address is not a URL", name)
	}
	ix := Index{Name: name, URL: u}
	return ix, ix.normalise()
}

// normalise brings URL into the form that the field promises, and reports what it cannot.
func (ix *Index) normalise() error {
	if !validIndexName(ix.Name) {
		return fmt.Errorf("index name %q is not 1 to %d of a-z, 0-9 and -", ix.Name, maxIndexName)
	}
	if ix.URL == nil {
		return fmt.Errorf("index %q has no address", ix.Name)
	}
	u := *ix.URL
	if u.User != nil {
		password, _ := u.User.Password()
		ix.Auth = NewCredentials(u.User.Username(), password)
		u.User = nil
	}
	if problem := urlProblem(&u); problem != "" {
		return fmt.Errorf("index %q: address %q: %s", ix.Name, display(&u), problem)
	}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return fmt.Errorf("index %q: address %q has a query or a fragment", ix.Name, display(&u))
	}
	if !strings.HasSuffix(u.Path, "/") {
		u.Path += "/"
		if u.RawPath != "" {
			u.RawPath += "/"
		}
	}
	ix.URL = &u
	for _, g := range ix.Reserved {
		if err := globProblem(g); err != nil {
			return fmt.Errorf("index %q: reserved name %q: %w", ix.Name, g, err)
		}
	}
	for _, h := range ix.RedirectHosts {
		if _, err := hostKeys(h); err != nil {
			return fmt.Errorf("index %q: host %q: %w", ix.Name, h, err)
		}
	}
	return nil
}

func validIndexName(s string) bool {
	if s == "" || len(s) > maxIndexName {
		return false
	}
	for _, r := range s {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-", r) {
			return false
		}
	}
	return true
}

// globProblem refuses globs that are malformed and those that no normalised name can match: a reservation that never
// holds would leave a private name open to whoever registers it in public.
func globProblem(glob string) error {
	if glob == "" {
		return errors.New("is empty")
	}
	if strings.ContainsAny(glob, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_./") {
		return errors.New("matches no normalised name (lower case, - for _ and .)")
	}
	if _, err := path.Match(glob, "x"); err != nil {
		return errors.New("is not a glob")
	}
	return nil
}

// reserves reports whether the index reserves the name.
func (ix *Index) reserves(n pypi.Name) bool {
	for _, g := range ix.Reserved {
		if ok, err := path.Match(g, string(n)); ok && err == nil {
			return true
		}
	}
	return false
}

// Credentials are a user name and a password. They print as "redacted" in every format.
type Credentials struct {
	user, password string
	set            bool
}

// NewCredentials returns the credentials of a user. Either may be empty: a token may stand in either.
func NewCredentials(user, password string) Credentials {
	return Credentials{user: user, password: password, set: true}
}

// IsZero reports whether there are none.
func (c Credentials) IsZero() bool { return !c.set }

// Format prints no secret for any verb, so that no log and no error can.
func (c Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// String is "redacted", or "none".
func (c Credentials) String() string {
	if c.set {
		return "redacted"
	}
	return "none"
}
