package pypi

import "unicode/utf8"

// AppendHTML appends the page in its HTML form (PEP 503 with PEP 592, 629, 658,
// 708, 714, 740 and 792), files in order. The bytes depend on the page alone.
// Every text of the page is escaped. What the form cannot say (sizes, times,
// versions, further digests, unknown keys) is left out.
func (p *Page) AppendHTML(dst []byte) []byte {
	dst = append(dst, "<!DOCTYPE html>\n<html>\n<head>\n"...)
	dst = appendMeta(dst, "pypi:repository-version", apiVersion)
	if p.Status.State != "" || p.Status.Reason != "" {
		state := p.Status.State
		if state == "" {
			state = "active"
		}
		dst = appendMeta(dst, "pypi:project-status", state)
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
		dst = appendHTMLText(append(dst, '#'), algorithm)
		dst = appendHTMLText(append(dst, '='), digest)
	}
	dst = append(dst, '"')
	if f.RequiresPython != "" {
		dst = appendAttr(dst, "data-requires-python", f.RequiresPython)
	}
	if f.Yanked {
		dst = appendAttr(dst, "data-yanked", f.YankedReason)
	}
	if f.Metadata.Offered {
		value := "true"
		if algorithm, digest := f.Metadata.Hashes.best(); digest != "" {
			value = algorithm + "=" + digest
		}
		dst = appendAttr(dst, "data-core-metadata", value)
		// The name before PEP 714, which clients of its time read here.
		dst = appendAttr(dst, "data-dist-info-metadata", value)
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

func appendMeta(dst []byte, name, content string) []byte {
	dst = append(append(dst, `<meta name="`...), name...)
	dst = appendHTMLText(append(dst, `" content="`...), content)
	return append(dst, "\">\n"...)
}

func appendAttr(dst []byte, name, value string) []byte {
	dst = append(append(append(dst, ' '), name...), `="`...)
	return append(appendHTMLText(dst, value), '"')
}

// appendHTMLText escapes s for use as text and within a double-quoted
// attribute. Control characters that HTML cannot hold, and what is not UTF-8,
// become U+FFFD.
func appendHTMLText(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		size, escaped := 1, ""
		switch c := s[i]; {
		case c == '&':
			escaped = "&amp;"
		case c == '<':
			escaped = "&lt;"
		case c == '>':
			escaped = "&gt;"
		case c == '"':
			escaped = "&#34;"
		case c == '\'':
			escaped = "&#39;"
		case c == '\n' || c == '\t':
			// Kept as they are.
		case c == '\r':
			escaped = "&#13;"
		case c < ' ' || c == 0x7f:
			escaped = "\uFFFD"
		case c >= utf8.RuneSelf:
			var r rune
			if r, size = utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError {
				escaped = "\uFFFD"
			}
		}
		if escaped != "" {
			dst = append(append(dst, s[start:i]...), escaped...)
			start = i + size
		}
		i += size
	}
	return append(dst, s[start:]...)
}
