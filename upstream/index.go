package upstream

import (
	"fmt"
	"io"
	"net/url"
)

// Index is one package index: a simple repository API (PEP 503, PEP 691) under a URL.
type Index struct {
	// Name is how configuration, log and paths call it: 1 to 64 of [a-z0-9-].
	Name string
	// URL is the address of the simple API, http or https, path ending in "/", without user, query and fragment.
	// ParseIndex makes it so, and moves the user to Auth.
	URL *url.URL
	// Auth goes to the scheme, host and port of URL and nowhere else. The zero value sends none.
	Auth Credentials
	// Reserved are globs (path.Match) of normalised project names that live on this index only. They are asked
	// here and never elsewhere; and an index that has any is asked for nothing else. Empty: the index is
	// asked for every name that no index reserves.
	Reserved []string
	// RedirectHosts are the other hosts ("host" or "host:port") that answers may redirect to and files may lie on
	// even when their address is private. Redirects to a host that is not listed are refused.
	RedirectHosts []string
}

// Credentials are a user name and a password. They print as "redacted" in every format.
type Credentials struct {
	user, password string
	set            bool
}

// NewCredentials returns the credentials of a user. Both may be empty (a token may stand in either).
func NewCredentials(user, password string) Credentials {
	return Credentials{user: user, password: password, set: true}
}

// IsZero reports whether there are none.
func (c Credentials) IsZero() bool { return !c.set }

// Format prints no secret for any verb, so that no log or error can.
func (c Credentials) Format(f fmt.State, _ rune) {
	if c.set {
		_, _ = io.WriteString(f, "redacted")
		return
	}
	_, _ = io.WriteString(f, "none")
}
