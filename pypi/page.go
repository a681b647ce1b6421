package pypi

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/url"
	"strings"
	"time"
)

// CoreMetadata says whether an index offers a wheel's METADATA beside the file
// (PEP 658, PEP 714).
type CoreMetadata struct {
	Offered bool
	Hashes  Hashes // of the metadata file; nil when not said
}

// File is a file of a project as an index page lists it.
type File struct {
	Filename       string    // one safe component of a path, printable ASCII
	Parsed         Filename  // Filename taken apart; KindUnknown when it is no distribution of the page's project
	URL            string    // absolute, http or https, without fragment; its path ends in Filename
	Hashes         Hashes    // nil when the page has none
	Size           int64     // bytes; 0 = not said
	UploadTime     time.Time // UTC, microseconds; zero = not said
	RequiresPython string    // as given, "" = any
	Yanked         bool      // PEP 592
	YankedReason   string
	Metadata       CoreMetadata
	GPGSig         *bool                      // nil = not said
	Provenance     string                     // PEP 740, URL; "" = none
	Extra          map[string]json.RawMessage // keys of the JSON form that are not known here; valid JSON
}

// Status is a project's status (PEP 792).
type Status struct {
	State  string // "active", "archived", "quarantined", "deprecated"; "" = not said, which means active
	Reason string
}

// Dropped is an entry of a page that is not in Page.Files.
type Dropped struct {
	Filename string // as given, hostile
	Reason   string // ours
}

// Page is an index page of one project, whatever form it came in.
type Page struct {
	Name               Name
	APIVersion         string // what the page said of itself; "" = nothing
	Status             Status
	Tracks             []string                   // PEP 708, URLs
	AlternateLocations []string                   // PEP 708, URLs
	Versions           []string                   // PEP 700, as given; nil = not said
	Files              []File                     // in order of the page, each file name once
	Extra              map[string]json.RawMessage // unknown keys of the page
	MetaExtra          map[string]json.RawMessage // unknown keys of "meta"
	Dropped            []Dropped                  // entries that cannot be listed safely; not rendered
}

// PageSource is an index page as it came.
type PageSource struct {
	Body        []byte
	ContentType string   // header value; decides between JSON and HTML; "" = by the first byte
	URL         *url.URL // where the body came from, after redirects: the base of relative links
	Name        Name     // the project asked for
}

// PageError says that a body is not the index page that was asked for.
type PageError struct {
	Project Name   // "" for the list of projects
	Reason  string // ours, short; foreign text in it is quoted
	Err     error  // cause, may be nil
}

func (e *PageError) Error() string {
	what := "list of projects"
	if e.Project != "" {
		what = "index page of " + string(e.Project)
	}
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", what, e.Reason, e.Err)
	}
	return what + ": " + e.Reason
}

func (e *PageError) Unwrap() error { return e.Err }

// ParsePage reads an index page in either form.
//
// The page is refused as a whole, with a *PageError, when it is no index page
// (a portal's or an error page, truncated or malformed JSON or HTML, a version
// of the API that is not known), when it is of another project by its name, its
// title or all of its wheels, when a link to a file is not http or https, and
// when it lists one file name twice with different content, since installers
// would choose differently.
//
// Files whose names are not understood stay listed, with KindUnknown. An entry
// that cannot be listed safely (a name that is no plain path component, a link
// that does not end in the name, a digest of the wrong length) goes to
// Page.Dropped.
func ParsePage(src PageSource) (*Page, error) {
	isJSON, reason := src.isJSON()
	if reason != "" {
		return nil, &PageError{Project: src.Name, Reason: reason}
	}
	b := pageBuilder{page: &Page{Name: src.Name}, links: linkBase{base: src.URL}}
	var err error
	if isJSON {
		err = b.readJSON(src.Body)
	} else {
		err = b.readHTML(src.Body)
	}
	if err == nil {
		err = b.finish()
	}
	if err != nil {
		return nil, err
	}
	return b.page, nil
}

// isJSON decides the form by the content type.
func (src *PageSource) isJSON() (isJSON bool, reason string) {
	if src.ContentType == "" {
		body := strings.TrimLeft(string(src.Body[:min(len(src.Body), 64)]), " \t\r\n")
		return strings.HasPrefix(body, "{"), ""
	}
	media, params, err := mime.ParseMediaType(src.ContentType)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return false, "malformed content type"
	}
	switch media {
	case "application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.latest+json", "application/json":
		return true, ""
	case "application/vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.latest+html", "text/html", "application/xhtml+xml":
		switch charset := strings.ToLower(params["charset"]); charset {
		case "", "utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252":
			return false, ""
		default:
			// In UTF-16 or UTF-7 the same bytes are another page.
			return false, fmt.Sprintf("character set %s is not known", quote(charset))
		}
	default:
		return false, fmt.Sprintf("content type %s is none of an index page", quote(media))
	}
}

// pageBuilder collects a page from either form.
type pageBuilder struct {
	page     *Page
	links    linkBase
	seen     map[string]int // file name to index in page.Files
	foreign  Name           // another project that a wheel belongs to
	accepted bool           // a file of the project was seen
}

func (b *pageBuilder) errorf(format string, args ...any) error {
	return &PageError{Project: b.page.Name, Reason: fmt.Sprintf(format, args...)}
}

// setAPIVersion checks the version that a page says of itself (PEP 629).
func (b *pageBuilder) setAPIVersion(s string) error {
	major, minor, ok := strings.Cut(s, ".")
	if !ok || major != "1" || digits(minor) != len(minor) || minor == "" {
		return b.errorf("version %s of the API is not known", quote(s))
	}
	b.page.APIVersion = s
	return nil
}

// expect makes room for the files that a JSON body seems to list.
func (b *pageBuilder) expect(body string) {
	// An entry of a real page takes 250 bytes and more; a body that says less
	// each time gets its room as it goes.
	const shortest = 200 // bytes
	n := min(strings.Count(body, `"filename"`), len(body)/shortest)
	if n > 0 {
		b.page.Files = make([]File, 0, n)
		b.seen = make(map[string]int, n)
	}
}

// drop leaves an entry out.
func (b *pageBuilder) drop(filename, reason string) {
	b.page.Dropped = append(b.page.Dropped, Dropped{strings.Clone(filename), reason})
}

// add lists f, whose URL is as the page gives it.
func (b *pageBuilder) add(f *File) error {
	link, reason := b.links.resolve(f.URL)
	if reason != "" {
		return b.errorf("link of file %s %s", quote(f.Filename), reason)
	}
	f.URL = link
	if reason := checkListed(f.Filename); reason != "" {
		b.drop(f.Filename, reason)
		return nil
	}
	if !endsIn(f.URL, f.Filename) {
		b.drop(f.Filename, "link does not end in the file's name")
		return nil
	}
	if i, ok := b.seen[f.Filename]; ok {
		if !b.page.Files[i].sameAs(f) {
			return b.errorf("lists file %s twice with different content", quote(f.Filename))
		}
		return nil
	}
	b.classify(f)
	if b.seen == nil {
		b.seen = make(map[string]int)
	}
	b.seen[f.Filename] = len(b.page.Files)
	b.page.Files = append(b.page.Files, *f)
	return nil
}

// sameAs says whether two entries of one name give installers the same answer.
func (f *File) sameAs(g *File) bool {
	return f.URL == g.URL && f.Hashes.equal(g.Hashes) && f.Yanked == g.Yanked && f.RequiresPython == g.RequiresPython
}

// classify takes the file's name apart. Installers pass over files of another
// project, and so must everything behind this page.
func (b *pageBuilder) classify(f *File) {
	parsed, err := ParseFilename(f.Filename, b.page.Name)
	f.Parsed = parsed
	if err == nil {
		b.accepted = true
		return
	}
	if b.foreign == "" && strings.HasSuffix(f.Filename, ".whl") {
		if e, ok := err.(*FilenameError); ok {
			b.foreign = e.Other
		}
	}
}

// finish checks the page as a whole.
func (b *pageBuilder) finish() error {
	if !b.accepted && b.foreign != "" {
		return b.errorf("is of another project: its files are of %s", b.foreign)
	}
	p := b.page
	if p.Status.Reason != "" && p.Status.State == "" {
		p.Status.State = "active"
	}
	if len(p.Files) == 0 {
		p.Files = nil
	}
	return nil
}

// checkListed lets through names that are safe to list, understood or not.
func checkListed(s string) (reason string) {
	switch {
	case s == "" || s[0] == '.' || s[0] == ' ' || s[len(s)-1] == ' ':
		return "name is no file name"
	case len(s) > MaxFilename:
		return "name is too long"
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || strings.IndexByte(`/\%:*?"<>|`, c) >= 0 {
			return "name holds a character that is not safe"
		}
	}
	return ""
}
