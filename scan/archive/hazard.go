package archive

import "fmt"

// A Hazard is the verifier's objection: a shape that installers read
// differently, or a part that was not read.
type Hazard struct {
	// ID is one of the identifiers in Catalog.
	ID string
	// Member is the member's name as spelled in the archive, cut at 500 bytes;
	// empty when the hazard is the whole archive's. It holds hostile text.
	Member string
	// Detail says what was seen, in our words with foreign text quoted.
	Detail string
	// Unread reports that bytes were left unread (a limit, damage, a method
	// that is not decoded), rather than that they can be read in two ways.
	Unread bool
}

// A FormatError says that an archive, or one member of it, cannot be read. Its
// hazard is also in Archive.Hazards.
type FormatError struct{ Hazard Hazard }

// Error names the member and the hazard.
func (e *FormatError) Error() string {
	if e.Hazard.Member == "" {
		return fmt.Sprintf("archive: %s: %s", e.Hazard.ID, e.Hazard.Detail)
	}
	return fmt.Sprintf("archive member %q: %s: %s", e.Hazard.Member, e.Hazard.ID, e.Hazard.Detail)
}

// detailLimit bounds the foreign text that one hazard carries, in bytes.
const detailLimit = 500

// detailf formats a hazard's detail.
func detailf(format string, args ...any) string {
	return clip(fmt.Sprintf(format, args...))
}

func clip(s string) string {
	if len(s) > detailLimit {
		return s[:detailLimit] + "..."
	}
	return s
}

// A hazardLog keeps each objection once, up to a number. The first of every
// identifier is kept beyond it: a thousand harmless shapes must not hide the
// one that matters.
type hazardLog struct {
	list []Hazard
	max  int
	at   map[hazardKey]int // index into list; the first of an identifier also without member
	over int               // objections not kept
}

type hazardKey struct{ id, member string }

func (l *hazardLog) add(h Hazard) {
	h.Member, h.Detail = clip(h.Member), clip(h.Detail)
	if i, ok := l.at[hazardKey{h.ID, h.Member}]; ok && l.list[i].Member == h.Member {
		l.list[i].Unread = l.list[i].Unread || h.Unread
		return
	}
	if _, known := l.at[hazardKey{id: h.ID}]; !known || len(l.list) < l.max {
		l.keep(h)
		return
	}
	if l.over++; l.over == 1 {
		l.keep(Hazard{ID: "limit-hazards", Unread: true})
	}
	l.list[l.at[hazardKey{id: "limit-hazards"}]].Detail = detailf("%d further objections", l.over)
}

func (l *hazardLog) keep(h Hazard) {
	if l.at == nil {
		l.at = make(map[hazardKey]int)
	}
	if _, known := l.at[hazardKey{id: h.ID}]; !known {
		l.at[hazardKey{id: h.ID}] = len(l.list)
	}
	l.at[hazardKey{h.ID, h.Member}] = len(l.list)
	l.list = append(l.list, h)
}
