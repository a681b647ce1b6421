package pypi

import (
	"encoding/json"
	"fmt"
	"net/url"
	"time"
)

// Hashes are a file's digests: lower-case algorithm to lower-case hex.
type Hashes map[string]string

// CoreMetadata says whether an index offers a wheel's METADATA beside the file
// (PEP 658, PEP 714).
type CoreMetadata struct {
	Offered bool
	Hashes  Hashes // of the metadata file; nil when not said
}

// File is a file of a project as an index page lists it.
type File struct {
	Filename       string    // one safe path component of printable ASCII
	Parsed         Filename  // Filename taken apart; KindUnknown when it is no file of the page's project
	URL            string    // absolute, http or https, without fragment
	Hashes         Hashes    // nil when the page has none
	Size           int64     // bytes; 0 = not said
	UploadTime     time.Time // UTC, microseconds; zero = not said
	RequiresPython string    // as given, "" = any
	Yanked         bool      // PEP 592
	YankedReason   string
	Metadata       CoreMetadata
	GPGSig         *bool                      // nil = not said
	Provenance     string                     // PEP 740, URL; "" = none
	Extra          map[string]json.RawMessage // keys of the JSON form that are not known here
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
	Tracks             []string // PEP 708, URLs
	AlternateLocations []string // PEP 708, URLs
	Versions           []string // PEP 700, as given; nil = not said
	Files              []File
	Extra              map[string]json.RawMessage // unknown keys of the page
	MetaExtra          map[string]json.RawMessage // unknown keys of "meta"
	Dropped            []Dropped                  // what could not be listed; not rendered
}

// PageSource is an index page as it came.
type PageSource struct {
	Body        []byte
	ContentType string   // header value; decides between JSON and HTML
	URL         *url.URL // where the body came from, after redirects; base of relative links
	Name        Name     // the project asked for
}

// PageError says that a body is not the index page that was asked for.
type PageError struct {
	Project Name
	Reason  string // ours, short
	Err     error  // cause, may be nil
}

func (e *PageError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("index page of %s: %s: %v", e.Project, e.Reason, e.Err)
	}
	return fmt.Sprintf("index page of %s: %s", e.Project, e.Reason)
}

func (e *PageError) Unwrap() error { return e.Err }

// ParsePage reads an index page. The error is a *PageError.
func ParsePage(src PageSource) (*Page, error) {
	return nil, &PageError{Project: src.Name, Reason: "not an index page"}
}

// AppendJSON appends the page in its JSON form. The bytes depend on the page
// alone.
func (p *Page) AppendJSON(dst []byte) []byte { return dst }

// AppendHTML appends the page in its HTML form. The bytes depend on the page
// alone.
func (p *Page) AppendHTML(dst []byte) []byte { return dst }
