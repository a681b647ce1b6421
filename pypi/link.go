package pypi

import (
	"net/url"
	"strings"
)

// linkBase resolves the links of a page.
type linkBase struct {
	base *url.URL // nil: only absolute links
}

// setBase takes the page's <base href>.
func (l *linkBase) setBase(href string) (reason string) {
	u, err := l.parse(href)
	if err != "" {
		return err
	}
	l.base = u
	return ""
}

const (
	reasonBadURL    = "is malformed"
	reasonBadScheme = "is not http or https"
)

// resolve makes a link absolute and cuts its fragment off.
func (l *linkBase) resolve(link string) (absolute, reason string) {
	link, _, _ = strings.Cut(link, "#")
	if isPlainURL(link) {
		return link, ""
	}
	u, reason := l.parse(link)
	if reason != "" {
		return "", reason
	}
	return u.String(), ""
}

func (l *linkBase) parse(link string) (u *url.URL, reason string) {
	u, err := url.Parse(trimSpace(link))
	if err != nil {
		return nil, reasonBadURL
	}
	if l.base != nil {
		u = l.base.ResolveReference(u)
	} else if u.IsAbs() {
		u = u.ResolveReference(&url.URL{}) // takes dots out of the path
	}
	u.Fragment, u.RawFragment = "", ""
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, reasonBadScheme
	case u.Host == "" || u.Opaque != "" || hasDotSegment(u.Path):
		return nil, reasonBadURL
	}
	return u, ""
}

// hasDotSegment finds dots that were hidden from the resolution by escapes:
// other readers of the URL would resolve them.
func hasDotSegment(path string) bool {
	for segment := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// isPlainURL says whether s is an absolute URL that url.Parse would give back
// unchanged and that has nothing to resolve. Nearly all links are.
func isPlainURL(s string) bool {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(s, "http://"); !ok {
			return false
		}
	}
	slash := strings.IndexByte(rest, '/')
	if slash <= 0 {
		return false
	}
	host, port, hasPort := strings.Cut(rest[:slash], ":")
	if hasPort && (port == "" || len(port) > 5 || strings.Trim(port, "0123456789") != "") {
		return false
	}
	for i := range len(host) {
		if c := host[i]; !isAlnum(c) && c != '-' && c != '.' {
			return false
		}
	}
	path := rest[slash:]
	for i := range len(path) {
		if !plainInPath[path[i]] || path[i] == '.' && path[i-1] == '/' {
			return false
		}
	}
	return true
}

// plainInPath marks the bytes that stand for themselves in a path everywhere.
var plainInPath = func() (t [256]bool) {
	for c := range t {
		t[c] = isAlnum(byte(c)) || isNameSeparator(byte(c)) || c == '/' || c == '~' || c == '+'
	}
	return t
}()

// endsIn says whether the last component of the URL's path is the file name.
// Some installers go by the one, some by the other.
func endsIn(link, filename string) bool {
	if n := len(link) - len(filename); n > 0 && link[n-1] == '/' && link[n:] == filename {
		return true
	}
	return lastComponent(link) == filename
}

// lastComponent returns the last component of the URL's path, unescaped where
// that is possible; "" for none.
func lastComponent(link string) string {
	path := link
	if u, err := url.Parse(link); err == nil {
		path = u.Opaque + u.EscapedPath()
	}
	path = path[strings.LastIndexByte(path, '/')+1:]
	if name, err := url.PathUnescape(path); err == nil {
		return name
	}
	return path
}

// optional resolves a link that may be missing; one that is no link to follow
// counts as missing.
func (l *linkBase) optional(link string) string {
	if link == "" {
		return ""
	}
	absolute, reason := l.resolve(link)
	if reason != "" {
		return ""
	}
	return absolute
}
