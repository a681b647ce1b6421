package upstream

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const maxNetrcBytes = 1 << 20 // 1 MiB; people have some ten lines

// netrc holds the logins of a netrc file by host name, as pip reads it.
type netrc struct {
	machines map[string]Credentials // "host" or "host:port", lower case
	fallback Credentials            // of "default"
}

// find returns the login for a URL that names it, by host and port or by host.
func (n *netrc) find(u *url.URL) Credentials {
	if n == nil {
		return Credentials{}
	}
	if c, ok := n.machines[hostPort(u)]; ok {
		return c
	}
	return n.machines[strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))]
}

// credentials are what a request to u carries: the index's own on its origin, else a login that netrc has for that host
// by name. The "default" login is for the index alone: sent to any host it would go to whoever wrote a link.
func (s *site) credentials(u *url.URL) Credentials {
	own := sameOrigin(u, s.index.URL)
	if own && !s.index.Auth.IsZero() {
		return s.index.Auth
	}
	if !own && u.Scheme != "https" {
		return Credentials{}
	}
	if c := s.client.netrc.find(u); !c.IsZero() {
		return c
	}
	if own && s.client.netrc != nil {
		return s.client.netrc.fallback
	}
	return Credentials{}
}

// loadNetrc reads the file of Options.Netrc. A file that the options name must be there and be right; one that was only
// found is passed over with a warning, as pip does.
func loadNetrc(option string, log *slog.Logger) (*netrc, error) {
	if option == NoNetrc {
		return nil, nil
	}
	if option != "" {
		return readNetrc(option, log)
	}
	for _, name := range netrcPlaces() {
		n, err := readNetrc(name, log)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			log.Warn("netrc not used", "error", err)
			return nil, nil
		}
		return n, nil
	}
	return nil, nil
}

func netrcPlaces() []string {
	if name := os.Getenv("NETRC"); name != "" {
		return []string{name}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	return []string{filepath.Join(home, ".netrc"), filepath.Join(home, "_netrc")}
}

func readNetrc(name string, log *slog.Logger) (*netrc, error) {
	b, err := readLimited(name, maxNetrcBytes)
	if err != nil {
		return nil, err
	}
	n, err := parseNetrc(string(b))
	if err != nil {
		return nil, fmt.Errorf("read netrc %q: %w", name, err)
	}
	if info, err := os.Stat(name); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		log.Warn("netrc readable by others", "file", name)
	}
	return n, nil
}

// parseNetrc reads the format as Python's netrc module does: machine, default, login (or user), account, password and
// macdef, quoted tokens, comments from # at the start of a token. Of two entries for one host the last counts.
// Errors name the line and no text, which may be a password.
func parseNetrc(text string) (*netrc, error) {
	n := &netrc{machines: map[string]Credentials{}}
	p := &netrcLexer{rest: text, line: 1}
	for {
		word, ok, err := p.next()
		switch {
		case err != nil:
			return nil, err
		case !ok:
			return n, nil
		case strings.HasPrefix(word, "#"):
			p.skipLine()
		case word == "machine":
			host, ok, err := p.next()
			if err != nil || !ok {
				return nil, fmt.Errorf("line %d: machine without a name", p.line)
			}
			if n.machines[strings.ToLower(host)], err = p.login(); err != nil {
				return nil, err
			}
		case word == "default":
			if n.fallback, err = p.login(); err != nil {
				return nil, err
			}
		case word == "macdef":
			p.skipMacro()
		default:
			return nil, fmt.Errorf("line %d: expected machine, default or macdef", p.line)
		}
	}
}

type netrcLexer struct {
	rest string
	line int
}

// login reads the fields of one entry up to the next.
func (p *netrcLexer) login() (Credentials, error) {
	c := Credentials{set: true}
	for {
		mark := *p
		word, ok, err := p.next()
		if err != nil {
			return c, err
		}
		var field *string
		switch {
		case !ok:
			return c, nil
		case strings.HasPrefix(word, "#"):
			p.skipLine()
			continue
		case word == "machine" || word == "default" || word == "macdef":
			*p = mark
			return c, nil
		case word == "login" || word == "user":
			field = &c.user
		case word == "password":
			field = &c.password
		case word == "account":
			field = new(string)
		default:
			return c, fmt.Errorf("line %d: expected login, account or password", p.line)
		}
		if *field, ok, err = p.next(); err != nil || !ok {
			return c, fmt.Errorf("line %d: entry ends early", p.line)
		}
	}
}

// next returns the next token, false at the end.
func (p *netrcLexer) next() (string, bool, error) {
	p.space()
	if p.rest == "" {
		return "", false, nil
	}
	if p.rest[0] == '"' {
		return p.quoted()
	}
	var b strings.Builder
	for p.rest != "" && !strings.ContainsRune(" \t\r\n", rune(p.rest[0])) {
		if p.rest[0] == '\\' && len(p.rest) > 1 {
			p.rest = p.rest[1:]
		}
		b.WriteByte(p.take())
	}
	return b.String(), true, nil
}

func (p *netrcLexer) quoted() (string, bool, error) {
	start := p.line
	p.rest = p.rest[1:]
	var b strings.Builder
	for p.rest != "" {
		c := p.take()
		if c == '"' {
			return b.String(), true, nil
		}
		if c == '\\' && p.rest != "" {
			c = p.take()
		}
		b.WriteByte(c)
	}
	return "", false, fmt.Errorf("line %d: quote without an end", start)
}

func (p *netrcLexer) take() byte {
	c := p.rest[0]
	p.rest = p.rest[1:]
	if c == '\n' {
		p.line++
	}
	return c
}

func (p *netrcLexer) space() {
	for p.rest != "" && strings.ContainsRune(" \t\r\n", rune(p.rest[0])) {
		p.take()
	}
}

func (p *netrcLexer) skipLine() {
	for p.rest != "" && p.rest[0] != '\n' {
		p.take()
	}
}

// skipMacro passes over a macro definition: it ends at the first empty line.
func (p *netrcLexer) skipMacro() {
	for p.rest != "" {
		p.skipLine()
		if p.rest == "" {
			return
		}
		p.take()
		if line, _, _ := strings.Cut(p.rest, "\n"); strings.TrimSpace(line) == "" {
			return
		}
	}
}
