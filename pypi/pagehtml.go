package pypi

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// htmlReader reads what the HTML form of an index says (PEP 503 with PEP 592,
// 629, 658, 708, 714, 740 and 792): meta elements, the base, the title and the
// anchors. Everything else is passed over.
type htmlReader struct {
	z      *html.Tokenizer
	anchor func(attrs *htmlAttrs) error
	meta   func(name, content string) error
	links  *linkBase

	current htmlAttrs       // of the tag that is being read
	title   strings.Builder // texts of <title> and <h1>
	inTitle bool
	read    int  // bytes of whole tokens
	opened  bool // <html> or <body> was opened
	closed  bool // and closed
	based   bool
}

// htmlAttrs are the attributes that an index page uses. Of an attribute that
// stands twice the first counts, as in HTML.
type htmlAttrs struct {
	values [len(htmlAttrNames)]string
	has    [len(htmlAttrNames)]bool
}

const (
	attrHref = iota
	attrName
	attrContent
	attrRequiresPython
	attrYanked
	attrCoreMetadata
	attrDistInfoMetadata
	attrGPGSig
	attrProvenance
)

var htmlAttrNames = [...]string{
	attrHref:             "href",
	attrName:             "name",
	attrContent:          "content",
	attrRequiresPython:   "data-requires-python",
	attrYanked:           "data-yanked",
	attrCoreMetadata:     "data-core-metadata",
	attrDistInfoMetadata: "data-dist-info-metadata",
	attrGPGSig:           "data-gpg-sig",
	attrProvenance:       "data-provenance",
}

// run reads the whole body; reason says why it is no whole page.
func (r *htmlReader) run(body []byte) (reason string, err error) {
	if !utf8.Valid(body) {
		body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	r.z = html.NewTokenizer(bytes.NewReader(body))
	for {
		kind := r.z.Next()
		if kind == html.ErrorToken {
			break
		}
		r.read += len(r.z.Raw())
		if err := r.token(kind); err != nil {
			return "", err
		}
	}
	if r.read < len(body) || r.opened && !r.closed {
		return "ends early", nil
	}
	return "", nil
}

func (r *htmlReader) token(kind html.TokenType) error {
	switch kind {
	case html.StartTagToken, html.SelfClosingTagToken:
		name, hasAttr := r.z.TagName()
		return r.start(atom.Lookup(name), hasAttr)
	case html.EndTagToken:
		name, _ := r.z.TagName()
		switch atom.Lookup(name) {
		case atom.Html, atom.Body:
			r.closed = true
		case atom.Title, atom.H1:
			r.inTitle = false
			r.title.WriteByte('\n')
		}
	case html.TextToken:
		if r.inTitle {
			r.title.Write(r.z.Text())
		}
	}
	return nil
}

func (r *htmlReader) start(tag atom.Atom, hasAttr bool) error {
	switch tag {
	case atom.Html, atom.Body:
		r.opened = true
	case atom.Title, atom.H1:
		r.inTitle = true
	case atom.Base:
		r.setBase(r.attrs(hasAttr))
	case atom.Meta:
		attrs := r.attrs(hasAttr)
		return r.meta(strings.ToLower(attrs.values[attrName]), attrs.values[attrContent])
	case atom.A:
		attrs := r.attrs(hasAttr)
		if !attrs.has[attrHref] {
			return nil
		}
		return r.anchor(attrs)
	}
	return nil
}

// setBase obeys the first <base href>, as browsers and pip do. A base that is no
// http URL is left alone: links that need it then fail by themselves.
func (r *htmlReader) setBase(attrs *htmlAttrs) {
	if !attrs.has[attrHref] || r.based {
		return
	}
	r.based = true
	if reason := r.links.setBase(attrs.values[attrHref]); reason != "" {
		r.links.base = nil
	}
}

func (r *htmlReader) attrs(more bool) *htmlAttrs {
	attrs := &r.current
	*attrs = htmlAttrs{}
	for more {
		var key, value []byte
		key, value, more = r.z.TagAttr()
		for i, name := range htmlAttrNames {
			if string(key) == name && !attrs.has[i] {
				attrs.values[i], attrs.has[i] = string(value), true
			}
		}
	}
	return attrs
}

// readHTML reads the HTML form of a page.
func (b *pageBuilder) readHTML(body []byte) error {
	marked := false // says of itself that it is an index
	r := &htmlReader{links: &b.links, anchor: b.readAnchor}
	r.meta = func(name, content string) error {
		marked = marked || strings.HasPrefix(name, "pypi:")
		return b.readMeta(name, content)
	}
	reason, err := r.run(body)
	switch title := r.title.String(); {
	case err != nil:
		return err
	case reason != "":
		return b.errorf("%s", reason)
	case !marked && !b.accepted && !isIndexTitle(title):
		// A portal's or an error page that came with status 200. It may well
		// link to archives.
		return b.errorf("not an index page: no link to a file of the project and no sign of an index")
	default:
		return b.checkTitle(title)
	}
}

// indexTitles start the titles that servers give to index pages.
var indexTitles = [...]string{"links for ", "index of ", "simple index", "directory listing for "}

// isIndexTitle says whether one of the lines is the title of an index page.
func isIndexTitle(title string) bool {
	for line := range strings.Lines(title) {
		line = trimSpace(line)
		for _, t := range indexTitles {
			if hasPrefixFold(line, t) {
				return true
			}
		}
	}
	return false
}

// checkTitle refuses a page whose title names another project.
func (b *pageBuilder) checkTitle(title string) error {
	for line := range strings.Lines(title) {
		line = trimSpace(line)
		if !hasPrefixFold(line, "links for ") {
			continue
		}
		name, err := ParseName(trimSpace(line[len("links for "):]))
		if err == nil && name != b.page.Name {
			return b.errorf("is of another project: its title says %s", quote(string(name)))
		}
	}
	return nil
}

func (b *pageBuilder) readMeta(name, content string) error {
	page := b.page
	switch name {
	case "pypi:repository-version":
		return b.setAPIVersion(content)
	case "pypi:project-status":
		page.Status.State = content
	case "pypi:project-status-reason":
		page.Status.Reason = content
	case "pypi:tracks":
		page.Tracks = append(page.Tracks, content)
	case "pypi:alternate-locations":
		page.AlternateLocations = append(page.AlternateLocations, content)
	}
	return nil
}

// readAnchor lists the file that an anchor links to. The file's name is that of
// the link, as pip takes it, and not the anchor's text.
func (b *pageBuilder) readAnchor(attrs *htmlAttrs) error {
	var f File
	link, fragment, _ := strings.Cut(trimSpace(attrs.values[attrHref]), "#")
	badHash := false
	for part := range strings.SplitSeq(fragment, "&") {
		algorithm, _, _ := strings.Cut(part, "=")
		if !f.Hashes.parseHash(part) && hashLength(strings.ToLower(algorithm)) != 0 {
			badHash = true
		}
	}
	isFile := len(f.Hashes) > 0 || badHash || attrs.has[attrRequiresPython] || attrs.has[attrYanked]
	f.Filename = lastComponent(link)
	if !isFile && !hasExtension(f.Filename) {
		return nil // navigation
	}
	if badHash {
		b.drop(f.Filename, "digest is malformed")
		return nil
	}
	f.URL = link
	f.RequiresPython = attrs.values[attrRequiresPython]
	f.Yanked, f.YankedReason = attrs.has[attrYanked], attrs.values[attrYanked]
	f.Provenance = b.links.optional(attrs.values[attrProvenance])
	if signed := attrs.values[attrGPGSig]; signed == "true" || signed == "false" {
		has := signed == "true"
		f.GPGSig = &has
	}
	f.Metadata = attrs.coreMetadata()
	return b.add(&f)
}

// coreMetadata reads "true" or "algorithm=digest"; the attribute that PEP 714
// introduced goes first.
func (a *htmlAttrs) coreMetadata() (m CoreMetadata) {
	i := attrCoreMetadata
	if !a.has[i] {
		i = attrDistInfoMetadata
	}
	value := a.values[i]
	if !a.has[i] || value == "false" {
		return m
	}
	m.Offered = true
	m.Hashes.parseHash(value)
	return m
}

// hasExtension says whether a name ends like a distribution.
func hasExtension(name string) bool {
	for _, x := range extensions {
		if strings.HasSuffix(name, x.ext) {
			return true
		}
	}
	return false
}
