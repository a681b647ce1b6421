package pypi

// Format is a form in which an index page can be sent.
type Format uint8

const (
	FormatHTML   Format = iota // text/html
	FormatHTMLv1               // application/vnd.pypi.simple.v1+html
	FormatJSON                 // application/vnd.pypi.simple.v1+json
)

// ContentType returns the media type to send.
func (f Format) ContentType() string { return "text/html; charset=utf-8" }

// Negotiate chooses the form for an Accept header (RFC 9110, PEP 691); false
// means that none is acceptable: status 406.
func Negotiate(accept string) (Format, bool) { return FormatHTML, false }
