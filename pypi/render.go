package pypi

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// apiVersion is the newest version of the API whose pages this package can
// write (PEP 792).
const apiVersion = "1.4"

// jsonVersion returns the version to announce in the JSON form. From 1.1 on
// (PEP 700) the versions and all sizes must be given.
func (p *Page) jsonVersion() string {
	if p.Versions == nil {
		return "1.0"
	}
	for i := range p.Files {
		if p.Files[i].Size == 0 {
			return "1.0"
		}
	}
	return apiVersion
}

// AppendJSON appends the page in its JSON form (PEP 691 with PEP 592, 658, 700,
// 708, 714, 740 and 792), files in order. The bytes depend on the page alone.
// The announced version of the API is the newest whose promises the page keeps.
func (p *Page) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"meta":{"api-version":"`...)
	dst = append(dst, p.jsonVersion()...)
	dst = append(dst, '"')
	if len(p.Tracks) > 0 {
		dst = appendStrings(append(dst, `,"tracks":`...), p.Tracks)
	}
	dst = appendExtra(dst, p.MetaExtra)
	dst = append(dst, `},"name":`...)
	dst = appendString(dst, string(p.Name))
	if p.Status != (Status{}) {
		dst = p.Status.appendJSON(append(dst, `,"project-status":`...))
	}
	if len(p.AlternateLocations) > 0 {
		dst = appendStrings(append(dst, `,"alternate-locations":`...), p.AlternateLocations)
	}
	if p.Versions != nil {
		dst = appendStrings(append(dst, `,"versions":`...), p.Versions)
	}
	dst = appendExtra(dst, p.Extra)
	dst = append(dst, `,"files":[`...)
	for i := range p.Files {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = p.Files[i].appendJSON(dst)
	}
	return append(dst, "]}"...)
}

// state returns the state, which is active when nothing else is said.
func (s *Status) state() string {
	if s.State == "" {
		return "active"
	}
	return s.State
}

func (s *Status) appendJSON(dst []byte) []byte {
	dst = appendString(append(dst, `{"status":`...), s.state())
	if s.Reason != "" {
		dst = appendString(append(dst, `,"reason":`...), s.Reason)
	}
	return append(dst, '}')
}

func (f *File) appendJSON(dst []byte) []byte {
	dst = appendString(append(dst, `{"filename":`...), f.Filename)
	dst = appendString(append(dst, `,"url":`...), f.URL)
	dst = f.Hashes.appendJSON(append(dst, `,"hashes":`...))
	if f.RequiresPython != "" {
		dst = appendString(append(dst, `,"requires-python":`...), f.RequiresPython)
	}
	if f.Size != 0 {
		dst = strconv.AppendInt(append(dst, `,"size":`...), f.Size, 10)
	}
	if !f.UploadTime.IsZero() {
		dst = appendTime(append(dst, `,"upload-time":"`...), f.UploadTime)
		dst = append(dst, '"')
	}
	switch {
	case f.Yanked && f.YankedReason != "":
		dst = appendString(append(dst, `,"yanked":`...), f.YankedReason)
	case f.Yanked:
		dst = append(dst, `,"yanked":true`...)
	}
	// The older name of this key is not written: pip 22.3 to 23.1 fail on it
	// (PEP 714).
	switch {
	case f.Metadata.Offered && len(f.Metadata.Hashes) > 0:
		dst = f.Metadata.Hashes.appendJSON(append(dst, `,"core-metadata":`...))
	case f.Metadata.Offered:
		dst = append(dst, `,"core-metadata":true`...)
	}
	if f.GPGSig != nil {
		dst = strconv.AppendBool(append(dst, `,"gpg-sig":`...), *f.GPGSig)
	}
	if f.Provenance != "" {
		dst = appendString(append(dst, `,"provenance":`...), f.Provenance)
	}
	dst = appendExtra(dst, f.Extra)
	return append(dst, '}')
}

// appendTime writes a time as Python up to 3.10 can read it: UTC, with six
// digits of fraction or none.
func appendTime(dst []byte, t time.Time) []byte {
	layout := "2006-01-02T15:04:05.000000Z"
	if t.Nanosecond() < int(time.Microsecond) {
		layout = "2006-01-02T15:04:05Z"
	}
	return t.UTC().AppendFormat(dst, layout)
}

func (h Hashes) appendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	if len(h) == 1 {
		for algorithm, digest := range h {
			dst = append(appendString(dst, algorithm), ':')
			dst = appendString(dst, digest)
		}
		return append(dst, '}')
	}
	for i, algorithm := range sortedKeys(h) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, algorithm), ':')
		dst = appendString(dst, h[algorithm])
	}
	return append(dst, '}')
}

func appendStrings(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, s)
	}
	return append(dst, ']')
}

// appendExtra appends members to an object that has some already.
func appendExtra(dst []byte, extra map[string]json.RawMessage) []byte {
	if len(extra) == 0 {
		return dst
	}
	for _, key := range sortedKeys(extra) {
		dst = appendString(append(dst, ','), key)
		dst = append(append(dst, ':'), extra[key]...)
	}
	return dst
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}

// asciiPlain marks the ASCII bytes that stand for themselves in a JSON string.
var asciiPlain = func() (t [256]bool) {
	for c := 0x20; c < 0x7f; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// appendString appends s as a JSON string. What is not UTF-8 becomes U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	i := 0
	for i < len(s) && asciiPlain[s[i]] {
		i++
	}
	dst = append(dst, s[:i]...)
	if i < len(s) {
		dst = appendEscaped(dst, s[i:])
	}
	return append(dst, '"')
}

func appendEscaped(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	for i := 0; i < len(s); {
		c := s[i]
		if asciiPlain[c] {
			dst = append(dst, c)
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
			continue
		}
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
	}
	return dst
}
