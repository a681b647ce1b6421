package pypi

import (
	"fmt"
	"strings"
)

// MaxMetadata is the largest METADATA or PKG-INFO in bytes. The description of a
// project makes most of it; the largest in use have about 2 MB.
const MaxMetadata = 16 << 20

// Header is one field of core metadata.
type Header struct {
	Name  string // as written
	Value string // unfolded: continuation lines without their indentation, joined with "\n"
}

// Metadata is a distribution's core metadata (METADATA or PKG-INFO).
type Metadata struct {
	MetadataVersion string // "" = not said
	Name            string // as written
	Version         string // as written
	RequiresDist    []string
	RequiresPython  string   // "" = any
	Headers         []Header // all fields, in order of the file
	Description     string   // the body, or the Description field
}

// MetadataError says that a file is not core metadata.
type MetadataError struct {
	Line   int    // 1-based; 0 = the whole
	Reason string // ours
}

func (e *MetadataError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("core metadata: line %d: %s", e.Line, e.Reason)
	}
	return "core metadata: " + e.Reason
}

// ParseMetadata reads METADATA or PKG-INFO as Python's email package reads it,
// which is what pip goes by: fields up to the first line that is none, then the
// body. It refuses, with a *MetadataError, what has no name or version, and what
// says name, version or Requires-Python twice in different words: of those, tools
// take the first or the last. Names and versions are not checked. Bytes that are
// not UTF-8 become U+FFFD.
func ParseMetadata(b []byte) (Metadata, error) {
	if len(b) > MaxMetadata {
		return Metadata{}, &MetadataError{0, fmt.Sprintf("larger than %d bytes", MaxMetadata)}
	}
	r := metadataReader{rest: strings.ToValidUTF8(string(b), "\uFFFD")}
	var m Metadata
	m.Headers = r.headers()
	for _, single := range []struct {
		name  string
		value *string
	}{
		{"metadata-version", &m.MetadataVersion},
		{"name", &m.Name},
		{"version", &m.Version},
		{"requires-python", &m.RequiresPython},
	} {
		values := m.All(single.name)
		for _, v := range values {
			if v != values[0] {
				return Metadata{}, &MetadataError{0, fmt.Sprintf("says %s twice", single.name)}
			}
		}
		if len(values) > 0 {
			*single.value = oneLine(values[0])
		}
	}
	if m.Name == "" || m.Version == "" {
		return Metadata{}, &MetadataError{r.line, "has no name or version before this line"}
	}
	for _, v := range m.All("requires-dist") {
		m.RequiresDist = append(m.RequiresDist, oneLine(v))
	}
	m.Description = r.rest
	if m.Description == "" {
		m.Description = strings.Join(m.All("description"), "\n")
	}
	return m, nil
}

// All returns the values of a field, in order of the file. The name is in lower
// case.
func (m *Metadata) All(name string) (values []string) {
	for _, h := range m.Headers {
		if equalFold(h.Name, name) {
			values = append(values, h.Value)
		}
	}
	return values
}

// oneLine makes one line of a value that was folded.
func oneLine(s string) string {
	return trimSpace(strings.ReplaceAll(s, "\n", " "))
}

// metadataReader reads lines that end in "\n", "\r\n" or "\r".
type metadataReader struct {
	rest string
	line int // number of the line that was read last
}

// peek returns the next line without its end, and the size with it.
func (r *metadataReader) peek() (line string, size int) {
	i := strings.IndexAny(r.rest, "\r\n")
	switch {
	case i < 0:
		return r.rest, len(r.rest)
	case strings.HasPrefix(r.rest[i:], "\r\n"):
		return r.rest[:i], i + 2
	default:
		return r.rest[:i], i + 1
	}
}

func (r *metadataReader) next(size int) {
	r.rest = r.rest[size:]
	r.line++
}

// headers reads the fields, and the empty line that ends them.
func (r *metadataReader) headers() (headers []Header) {
	var value strings.Builder // of the field that is being read
	name := ""
	finish := func() {
		if name != "" {
			headers = append(headers, Header{name, strings.TrimRight(value.String(), "\n")})
		}
		name = ""
		value.Reset()
	}
	for r.rest != "" {
		line, size := r.peek()
		if line == "" {
			r.next(size)
			break
		}
		if line[0] == ' ' || line[0] == '\t' {
			// Indented text without a field before it says nothing.
			value.WriteString("\n" + trimSpace(line))
			r.next(size)
			continue
		}
		colon := fieldName(line)
		if colon < 0 && !strings.HasPrefix(line, "From ") {
			break // the body starts without an empty line
		}
		finish()
		if colon > 0 {
			name = line[:colon]
			value.WriteString(trimSpace(line[colon+1:]))
		}
		r.next(size)
	}
	finish()
	return headers
}

// fieldName returns the length of the field's name that line starts with; -1
// when it starts with none.
func fieldName(line string) int {
	for i := range len(line) {
		switch c := line[i]; {
		case c == ':':
			return i
		case c <= ' ' || c > '~':
			return -1
		}
	}
	return -1
}
