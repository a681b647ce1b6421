package pypi

import "unicode/utf8"

// AppendHTML appends the page in its HTML form (PEP 503 with PEP 592, 629, 658,
// 708, 714, 740 and 792), files in order. The bytes depend on the page alone.
// Every text of the page is escaped. What the form cannot say (sizes, times,
// versions, further digests, unknown keys) is left out.
func (p *Page) AppendHTML(dst []byte) []byte {
	dst = append(dst, "<!DOCTYPE html>\n<html>\n<head>\n"...)
	dst = appendMeta(dst, "pypi:repository-version", apiVersion)
	if p.Status != (Status{}) {
		dst = appendMeta(dst, "pypi:project-status", p.Status.state())
	}
	if p.Status.Reason != "" {
		dst = appendMeta(dst, "pypi:project-status-reason", p.Status.Reason)
	}
	for _, u := range p.Tracks {
		dst = appendMeta(dst, "pypi:tracks", u)
	}
	for _, u := range p.AlternateLocations {
		dst = appendMeta(dst, "pypi:alternate-locations", u)
	}
	dst = appendHTMLText(append(dst, "<title>Links for "...), string(p.Name))
	dst = appendHTMLText(append(dst, "</title>\n</head>\n<body>\n<h1>Links for "...), string(p.Name))
	dst = append(dst, "</h1>\n"...)
	for i := range p.Files {
		dst = p.Files[i].appendHTML(dst)
	}
	return append(dst, "</body>\n</html>\n"...)
}

func (f *File) appendHTML(dst []byte) []byte {
	dst = appendHTMLText(append(dst, `<a href="`...), f.URL)
	if algorithm, digest := f.Hashes.best(); digest != "" {
		dst = append(append(append(dst, '#'), algorithm...), '=')
		dst = appendHTMLText(dst, digest)
	}
	dst = append(dst, '"')
	if f.RequiresPython != "" {
		dst = appendAttr(dst, "data-requires-python", f.RequiresPython)
	}
	if f.Yanked {
		dst = appendAttr(dst, "data-yanked", f.YankedReason)
	}
	if f.Metadata.Offered {
		dst = f.Metadata.appendHTML(append(dst, ` data-core-metadata="`...))
		// The name before PEP 714, which clients of its time read here.
		dst = f.Metadata.appendHTML(append(dst, ` data-dist-info-metadata="`...))
	}
	if f.GPGSig != nil {
		value := "false"
		if *f.GPGSig {
			value = "true"
		}
		dst = appendAttr(dst, "data-gpg-sig", value)
	}
	if f.Provenance != "" {
		dst = appendAttr(dst, "data-provenance", f.Provenance)
	}
	dst = appendHTMLText(append(dst, '>'), f.Filename)
	return append(dst, "</a><br>\n"...)
}

// appendHTML appends the value of an attribute and its closing quote.
func (m *CoreMetadata) appendHTML(dst []byte) []byte {
	algorithm, digest := m.Hashes.best()
	if digest == "" {
		return append(dst, `true"`...)
	}
	dst = append(append(dst, algorithm...), '=')
	return append(appendHTMLText(dst, digest), '"')
}

func appendMeta(dst []byte, name, content string) []byte {
	dst = append(append(dst, `<meta name="`...), name...)
	dst = appendHTMLText(append(dst, `" content="`...), content)
	return append(dst, "\">\n"...)
}

func appendAttr(dst []byte, name, value string) []byte {
	dst = append(append(append(dst, ' '), name...), `="`...)
	return append(appendHTMLText(dst, value), '"')
}

// htmlPlain marks the ASCII bytes that stand for themselves in HTML.
var htmlPlain = func() (t [256]bool) {
	for c := range 0x7f {
		t[c] = c >= ' ' || c == '\n' || c == '\t'
	}
	for _, c := range `&<>"'` {
		t[c] = false
	}
	return t
}()

// appendHTMLText escapes s for use as text and within a double-quoted
// attribute. Control characters that HTML cannot hold, and what is not UTF-8,
// become U+FFFD.
func appendHTMLText(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		if htmlPlain[s[i]] {
			i++
			continue
		}
		escaped, size := escapeHTML(s[i:])
		dst = append(append(dst, s[start:i]...), escaped...)
		i += size
		start = i
	}
	return append(dst, s[start:]...)
}

// escapeHTML returns what stands for the character that s starts with, and its
// size in s.
func escapeHTML(s string) (escaped string, size int) {
	switch s[0] {
	case '&':
		return "&amp;", 1
	case '<':
		return "&lt;", 1
	case '>':
		return "&gt;", 1
	case '"':
		return "&#34;", 1
	case '\'':
		return "&#39;", 1
	case '\r':
		return "&#13;", 1 // as itself it would turn into a line feed
	}
	r, size := utf8.DecodeRuneInString(s)
	if r < ' ' || r == 0x7f || r == utf8.RuneError {
		return "\uFFFD", size
	}
	return s[:size], size
}
