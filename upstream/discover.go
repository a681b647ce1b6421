package upstream

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// DefaultPipTimeout is for one pip command: an old laptop's cold disk takes 5 s.
const DefaultPipTimeout = 10 * time.Second

const (
	mainIndex   = "default" // name of the index that pip asks
	extraIndex  = "extra-"  // prefix of the names of further indexes
	maxExtra    = 16        // further indexes; each is asked for every name that the ones before it lack
	originBuilt = "pip's built-in default"
)

// DiscoverOptions says how to find the index. The zero value asks this machine's pip.
type DiscoverOptions struct {
	// Exclude are addresses that are never an index: the guard's own. An index on the same host and port is passed over
	// wherever it is written; all names of loopback are one host.
	Exclude []*url.URL
	// Env is the environment of the children, as os.Environ gives it. nil is the process's own.
	Env []string
	// Timeout is for each child process; 0 is DefaultPipTimeout.
	Timeout time.Duration
	Log     *slog.Logger // nil discards
}

// Discovery is what pip on this machine uses.
type Discovery struct {
	// Indexes are "default", the one that pip asks, and "extra-1" and so on for extra-index-url, in pip's order. A name
	// says nothing of the address: who keeps pages by name compares their URLs.
	Indexes []Index
	Origin  string // where the first index is written: "PIP_INDEX_URL", a file's name, "pip's built-in default"
	// CABundle, ClientCert and Proxy are pip's settings, for Options; "" and nil when pip has none.
	CABundle   string
	ClientCert string
	Proxy      *url.URL
	Notes      []string // what a person should know: further indexes, settings that are not followed; no secrets
}

// Discover finds the indexes that pip on this machine would use. It asks pip itself, for its environment,
// configuration files and built-in default at once; where no pip answers it reads the environment and pip's
// configuration files by pip's rules. Without an index it returns *NoUpstreamError.
//
// Children run with the caller's environment and without a shell, and import nothing from the working directory.
func Discover(ctx context.Context, opts DiscoverOptions) (Discovery, error) {
	opts.Timeout = cmp.Or(opts.Timeout, DefaultPipTimeout)
	if opts.Env == nil {
		opts.Env = os.Environ()
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	d := discovery{opts: opts, env: environ(opts.Env)}
	d.dropOwn()
	answer, tried := d.askPip(ctx)
	if err := ctx.Err(); err != nil {
		return Discovery{}, fmt.Errorf("ask pip for its index: %w", err)
	}
	d.tried = tried
	d.settings = d.read(answer)
	return d.decide(answer)
}

// discovery is one run of Discover.
type discovery struct {
	opts     DiscoverOptions
	env      map[string]string // PIP_ and what else is looked at
	tried    []string
	settings settings
	out      Discovery
}

func environ(list []string) map[string]string {
	m := map[string]string{}
	for _, kv := range list {
		if k, v, ok := strings.Cut(kv, "="); ok {
			m[envKey(k)] = v
		}
	}
	return m
}

// envKey is how the name of a variable is looked up: Windows does not tell "Path" from "PATH".
func envKey(name string) string {
	if runtime.GOOS == "windows" {
		return strings.ToUpper(name)
	}
	return name
}

// dropOwn takes the guard's own address out of the environment, so that pip answers as if it had never been there.
func (d *discovery) dropOwn() {
	for _, key := range []string{"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"} {
		text, ok := d.env[key]
		if !ok {
			continue
		}
		var others []string
		for _, v := range strings.Fields(text) {
			if !d.own(v) {
				others = append(others, v)
			}
		}
		if len(others) < len(strings.Fields(text)) {
			d.set(key, strings.Join(others, " "))
		}
	}
}

// set changes a variable for the children too; "" removes it.
func (d *discovery) set(key, value string) {
	delete(d.env, key)
	var list []string
	for _, kv := range d.opts.Env {
		if k, _, _ := strings.Cut(kv, "="); envKey(k) != key {
			list = append(list, kv)
		}
	}
	if value != "" {
		d.env[key] = value
		list = append(list, key+"="+value)
	}
	d.opts.Env = list
}

// own reports whether an address is the guard's.
func (d *discovery) own(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return false
	}
	for _, x := range d.opts.Exclude {
		if hostPort(u) == hostPort(x) || port(u) == port(x) && loopback(u) && loopback(x) {
			return true
		}
	}
	return false
}

func port(u *url.URL) string {
	_, p, _ := net.SplitHostPort(hostPort(u))
	return p
}

func loopback(u *url.URL) bool {
	a, err := netip.ParseAddr(u.Hostname())
	return localName(u.Hostname()) || err == nil && (a.Unmap().IsLoopback() || a.IsUnspecified())
}

// read collects the settings from the places that pip named, or from those that it would look at.
func (d *discovery) read(answer *pipAnswer) settings {
	files := d.configFiles()
	if answer != nil && answer.Files != nil {
		files = answer.Files
	}
	s := settings{env: d.env}
	for _, name := range files {
		f, err := readConfig(name)
		if err != nil {
			d.tried = append(d.tried, err.Error())
			continue
		}
		if f != nil {
			s.files = append(s.files, *f)
		}
	}
	if answer != nil && answer.merged != nil {
		s.files = append(s.files, *answer.merged)
	}
	return s
}

// decide turns settings into a Discovery. What pip says of itself goes before what its files seem to say.
func (d *discovery) decide(answer *pipAnswer) (Discovery, error) {
	if d.noIndex(answer) {
		return Discovery{}, &NoUpstreamError{Tried: append(d.tried, "pip is set to use no index (no-index)")}
	}
	main, origin := d.mainIndex(answer)
	if main == "" {
		return Discovery{}, &NoUpstreamError{Tried: d.tried}
	}
	ix, err := ParseIndex(mainIndex, main)
	if err != nil {
		return Discovery{}, &NoUpstreamError{Tried: append(d.tried, fmt.Sprintf("%s: %v", origin, err))}
	}
	d.out.Indexes, d.out.Origin = []Index{ix}, origin
	d.extras(answer)
	d.connection(answer)
	d.notes(answer)
	return d.out, nil
}

func (d *discovery) noIndex(answer *pipAnswer) bool {
	if answer != nil && answer.Options {
		return answer.NoIndex
	}
	v, _ := d.settings.get("no-index", nil)
	return isTrue(v)
}

// mainIndex is what pip asks, and where that is written.
func (d *discovery) mainIndex(answer *pipAnswer) (text, origin string) {
	written, origin := d.settings.get("index-url", func(v string) bool { return !d.own(v) })
	if written == "" {
		written, origin = d.settings.get("pypi-url", func(v string) bool { return !d.own(v) }) // pip's other name for it
	}
	if answer == nil {
		return written, origin
	}
	switch {
	case answer.Index == "" || d.own(answer.Index):
		if written != "" {
			return written, origin
		}
		return answer.Default, originBuilt
	case answer.Index == written:
		return written, origin
	case answer.Index == answer.Default:
		return answer.Default, originBuilt
	}
	return answer.Index, "pip's settings"
}

// extras adds the further indexes.
func (d *discovery) extras(answer *pipAnswer) {
	written, origin := d.settings.get("extra-index-url", nil)
	list := strings.Fields(written)
	if answer != nil && answer.Options {
		list = answer.Extra
	}
	for _, text := range list {
		n := len(d.out.Indexes)
		if d.own(text) {
			continue
		}
		if n > maxExtra {
			d.note("more than %d extra-index-url: the others are not used", maxExtra)
			return
		}
		ix, err := ParseIndex(fmt.Sprintf("%s%d", extraIndex, n), text)
		if err != nil {
			d.note("extra-index-url is not used: %v", err)
			continue
		}
		d.out.Indexes = append(d.out.Indexes, ix)
		d.note("%s is asked for names that the indexes before it lack (extra-index-url, %s): reserve the names that live there, or anyone may register them in public", display(ix.URL), orElse(origin, "pip's settings"))
	}
}

// connection takes over how pip reaches its index.
func (d *discovery) connection(answer *pipAnswer) {
	setting := func(key, said string) string {
		v, _ := d.settings.get(key, nil)
		return orElse(said, v)
	}
	var cert, client, proxy string
	if answer != nil {
		cert, client, proxy = answer.Cert, answer.ClientCert, answer.Proxy
	}
	cert = setting("cert", cert)
	// The HTTP library in pip takes these where pip has no setting of its own.
	for _, key := range []string{"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"} {
		cert = orElse(cert, d.env[key])
	}
	d.out.CABundle, d.out.ClientCert = absolute(cert), absolute(setting("client-cert", client))
	if proxy = setting("proxy", proxy); proxy != "" {
		if d.out.Proxy = parseProxy(proxy); d.out.Proxy == nil {
			d.note("proxy in pip's settings is not a URL and is not used")
		}
	}
}

// absolute makes a path hold wherever the guard runs later.
func absolute(name string) string {
	if name == "" {
		return ""
	}
	if rest, ok := strings.CutPrefix(name, "~"); ok && (rest == "" || os.IsPathSeparator(rest[0])) {
		if home, err := os.UserHomeDir(); err == nil {
			name = filepath.Join(home, rest)
		}
	}
	if abs, err := filepath.Abs(name); err == nil {
		return abs
	}
	return name
}

// notes says what the guard does not follow.
func (d *discovery) notes(answer *pipAnswer) {
	for _, n := range []struct{ key, text string }{
		{"trusted-host", "trusted-host is not followed: certificates are always verified; set ca_bundle under [upstream] to the authority of a private index"},
		{"find-links", "find-links is no index: pip takes what it finds there past the guard"},
	} {
		v, origin := d.settings.get(n.key, nil)
		said := answer != nil && (n.key == "trusted-host" && len(answer.Trusted) > 0 || n.key == "find-links" && len(answer.FindLinks) > 0)
		if v != "" || said {
			d.note("%s (%s)", n.text, orElse(origin, "pip's settings"))
		}
	}
}

func (d *discovery) note(format string, args ...any) {
	d.out.Notes = append(d.out.Notes, fmt.Sprintf(format, args...))
}
