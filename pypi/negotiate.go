package pypi

import "strings"

// Format is a form in which an index page can be sent.
type Format uint8

const (
	FormatHTML   Format = iota // text/html
	FormatHTMLv1               // application/vnd.pypi.simple.v1+html
	FormatJSON                 // application/vnd.pypi.simple.v1+json
)

// ContentType returns the media type to send.
func (f Format) ContentType() string {
	switch f {
	case FormatJSON:
		return "application/vnd.pypi.simple.v1+json"
	case FormatHTMLv1:
		return "application/vnd.pypi.simple.v1+html"
	default:
		return "text/html; charset=utf-8"
	}
}

// offers are the media types that stand for each form, which PEP 691 lets a
// client ask for.
var offers = [...]struct {
	format Format
	media  string
	alias  bool // only when it is named, not by a wildcard
}{
	{FormatJSON, "application/vnd.pypi.simple.v1+json", false},
	{FormatJSON, "application/vnd.pypi.simple.latest+json", true},
	{FormatHTMLv1, "application/vnd.pypi.simple.v1+html", false},
	{FormatHTMLv1, "application/vnd.pypi.simple.latest+html", true},
	{FormatHTML, "text/html", false},
}

// mediaRange is a member of an Accept header.
type mediaRange struct {
	media     string // lower case
	quality   int    // thousandths
	precision int    // 0 for */*, 1 for type/*, 2 for a media type
}

// Negotiate chooses the form for an Accept header (RFC 9110 section 12.5.1, PEP
// 691); several headers are joined with commas. Without a preference of the
// client it is JSON if the client names it, else text/html, which every client
// reads. False means that nothing is acceptable: status 406. Malformed members
// are passed over.
func Negotiate(accept string) (Format, bool) {
	if trimSpace(accept) == "" {
		return FormatHTML, true
	}
	ranges := make([]mediaRange, 0, 8) // on the stack
	for member := range strings.SplitSeq(accept, ",") {
		if r, ok := parseMediaRange(member); ok {
			ranges = append(ranges, r)
		}
	}
	best, format := mediaRange{}, FormatHTML
	for _, o := range offers {
		r := matchRange(ranges, o.media)
		if o.alias && r.precision < 2 {
			continue
		}
		better := r.quality > best.quality || r.quality == best.quality && r.precision > best.precision
		// Who takes anything is served the oldest form.
		last := r == best && r.precision == 0
		if r.quality > 0 && (better || last) {
			best, format = r, o.format
		}
	}
	return format, best.quality > 0
}

// matchRange returns the most precise member that covers media.
func matchRange(ranges []mediaRange, media string) (best mediaRange) {
	kind, _, _ := strings.Cut(media, "/")
	best.precision = -1
	for _, r := range ranges {
		covers := r.media == media || r.precision == 0 || r.precision == 1 && r.media == kind
		if covers && r.precision > best.precision {
			best = r
		}
	}
	if best.precision < 0 {
		return mediaRange{}
	}
	return best
}

func parseMediaRange(s string) (r mediaRange, ok bool) {
	media, params, _ := strings.Cut(s, ";")
	r = mediaRange{media: strings.ToLower(trimSpace(media)), quality: 1000, precision: 2}
	kind, sub, ok := strings.Cut(r.media, "/")
	if !ok || kind == "" || sub == "" {
		return r, false
	}
	if sub == "*" {
		r.media, r.precision = kind, 1
	}
	if kind == "*" {
		if sub != "*" {
			return r, false
		}
		r.media, r.precision = "*", 0
	}
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(param, "=")
		if strings.EqualFold(trimSpace(name), "q") {
			r.quality, ok = parseQuality(trimSpace(value))
			return r, ok
		}
	}
	return r, true
}

// parseQuality reads a q-value in thousandths.
func parseQuality(s string) (thousandths int, ok bool) {
	if s == "" || len(s) > len("0.000") || s[0] != '0' && s[0] != '1' {
		return 0, false
	}
	thousandths = int(s[0]-'0') * 1000
	if len(s) > 1 && s[1] != '.' {
		return 0, false
	}
	unit := 100
	for i := 2; i < len(s); i++ {
		if !isDigit(s[i]) {
			return 0, false
		}
		thousandths += int(s[i]-'0') * unit
		unit /= 10
	}
	return thousandths, thousandths <= 1000
}
