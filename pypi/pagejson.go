package pypi

import (
	"encoding/json"
	"strings"
	"time"
)

// jsonPage reads the JSON form of a page (PEP 691 with PEP 700, 708, 714, 740
// and 792).
type jsonPage struct {
	*jsonScanner
	b       *pageBuilder
	name    string
	files   bool
	stopped error // of the page, not of the JSON
}

func (b *pageBuilder) readJSON(body []byte) error {
	p := &jsonPage{jsonScanner: scanJSON(body), b: b}
	b.expect(p.s)
	var seen keySet
	p.object(func(key string) {
		if p.once(&seen, key) {
			p.pageKey(key)
		}
	})
	p.end()
	switch {
	case p.stopped != nil:
		return p.stopped
	case p.err != nil:
		return &PageError{b.page.Name, "malformed JSON", p.err}
	case !p.files:
		return b.errorf("holds no list of files")
	case b.page.APIVersion == "":
		return b.errorf("does not say which version of the API it speaks")
	case p.name != "" && !sameName(p.name, b.page.Name):
		return b.errorf("is of another project: it says %s", quote(p.name))
	}
	return nil
}

// stop ends the reading with an error of the page.
func (p *jsonPage) stop(err error) {
	if err != nil && p.stopped == nil {
		p.stopped = err
		p.fail("stopped")
	}
}

// keySet holds the keys of an object that were seen. A key that stands twice is
// read differently by different parsers.
type keySet struct {
	keys  [24]string
	count int
	more  map[string]bool
}

// once notes key; it fails when the object holds it twice.
func (d *jsonScanner) once(seen *keySet, key string) bool {
	if seen.add(key) {
		return true
	}
	d.fail("key %s stands twice in an object", quote(key))
	return false
}

func (k *keySet) add(key string) bool {
	for _, other := range k.keys[:k.count] {
		if other == key {
			return false
		}
	}
	if k.count < len(k.keys) {
		k.keys[k.count] = key
		k.count++
		return true
	}
	if k.more[key] {
		return false
	}
	if k.more == nil {
		k.more = make(map[string]bool)
	}
	k.more[key] = true
	return true
}

func (p *jsonPage) pageKey(key string) {
	page := p.b.page
	switch key {
	case "meta":
		p.meta()
	case "name":
		p.name = p.str()
	case "files":
		p.files = true
		var f File
		p.array(func() {
			f = File{}
			if p.file(&f) {
				p.stop(p.b.add(&f))
			}
		})
	case "versions":
		if !p.literal("null") {
			page.Versions = append([]string{}, p.strings()...)
		}
	case "alternate-locations":
		page.AlternateLocations = p.strings()
	case "project-status":
		p.status(&page.Status)
	default:
		p.extra(&page.Extra, key)
	}
}

func (p *jsonPage) meta() {
	var seen keySet
	p.object(func(key string) {
		if !p.once(&seen, key) {
			return
		}
		switch key {
		case "api-version":
			version := p.str()
			if p.err == nil {
				p.stop(p.b.setAPIVersion(version))
			}
		case "tracks":
			p.b.page.Tracks = p.strings()
		default:
			p.extra(&p.b.page.MetaExtra, key)
		}
	})
}

func (p *jsonPage) status(s *Status) {
	if p.literal("null") {
		return
	}
	p.object(func(key string) {
		switch key {
		case "status":
			s.State = p.optStr()
		case "reason":
			s.Reason = p.optStr()
		default:
			p.skip()
		}
	})
}

func (p *jsonPage) extra(kept *map[string]json.RawMessage, key string) {
	raw := p.raw()
	if p.err != nil {
		return
	}
	if *kept == nil {
		*kept = make(map[string]json.RawMessage)
	}
	(*kept)[key] = raw
}

// file reads one entry of "files"; false when it cannot be listed.
func (p *jsonPage) file(f *File) bool {
	e := fileEntry{jsonPage: p, f: f}
	var seen keySet
	p.object(func(key string) {
		if p.once(&seen, key) {
			e.key(key)
		}
	})
	switch {
	case p.err != nil:
		return false
	case f.Filename == "" || f.URL == "":
		p.fail("entry without file name or url before byte %d", p.i)
		return false
	case e.badHash:
		p.b.drop(f.Filename, "digest is malformed")
		return false
	}
	f.Metadata = e.metadata
	if !e.hasMetadata {
		f.Metadata = e.oldMetadata
	}
	return true
}

// fileEntry reads the keys of one file.
type fileEntry struct {
	*jsonPage
	f           *File
	metadata    CoreMetadata
	hasMetadata bool
	oldMetadata CoreMetadata // by the names that PEP 714 replaced
	badHash     bool
}

func (e *fileEntry) key(key string) {
	f := e.f
	switch key {
	case "filename":
		f.Filename = e.str()
	case "url":
		f.URL = e.str()
	case "hashes":
		f.Hashes = e.hashes()
	case "requires-python":
		f.RequiresPython = e.optStr()
	case "size":
		f.Size = e.whole()
	case "upload-time":
		f.UploadTime = parseUploadTime(e.optStr())
	case "yanked":
		f.Yanked, f.YankedReason = e.yanked()
	case "core-metadata":
		e.metadata, e.hasMetadata = e.coreMetadata(), true
	case "dist-info-metadata", "data-dist-info-metadata":
		e.oldMetadata = e.coreMetadata()
	case "gpg-sig":
		if !e.literal("null") {
			signed := e.boolean()
			f.GPGSig = &signed
		}
	case "provenance":
		f.Provenance = e.b.links.optional(e.optStr())
	default:
		e.extra(&f.Extra, key)
	}
}

// hashes reads an object of digests.
func (e *fileEntry) hashes() (h Hashes) {
	if e.literal("null") {
		return nil
	}
	e.object(func(algorithm string) {
		digest := e.str()
		if _, twice := h[strings.ToLower(algorithm)]; twice {
			e.fail("algorithm %s stands twice in an object", quote(algorithm))
			return
		}
		// A malformed digest of an unknown algorithm proves nothing either
		// way; one of a known algorithm is a broken promise.
		if !h.add(algorithm, digest) && hashLength(strings.ToLower(algorithm)) != 0 {
			e.badHash = true
		}
	})
	return h
}

func (e *fileEntry) coreMetadata() CoreMetadata {
	if e.literal("null") || e.literal("false") {
		return CoreMetadata{}
	}
	if e.literal("true") {
		return CoreMetadata{Offered: true}
	}
	return CoreMetadata{Offered: true, Hashes: e.hashes()}
}

// yanked reads a boolean or a reason.
func (e *fileEntry) yanked() (yanked bool, reason string) {
	if e.literal("null") {
		return false, ""
	}
	if e.peek() == '"' {
		reason = e.str()
		return reason != "", reason
	}
	return e.boolean(), ""
}

// parseUploadTime reads RFC 3339. What cannot be read counts as not said.
func parseUploadTime(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	t = t.UTC().Truncate(time.Microsecond)
	if t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}
