package proxy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/singleflight"

	"pipwarden/gate"
	"pipwarden/policy"
	"pipwarden/pypi"
)

// maxRenders bounds the memory of rendered pages, in bytes of their compressed form.
const maxRenders = 16 << 20 // 16 MiB

// pageLevel is the compression level of pages. Level 1 makes numpy's page of 1.9 MB as small as level 5 does, in a third
// of the time.
const pageLevel = gzip.BestSpeed

// A rendered page is immutable. Only the compressed form is kept; the few clients without gzip pay for it.
type rendered struct {
	digest     string // of the listing that it shows
	revision   string // of the policy
	generation uint64 // of what the gate knows of the project
	until      time.Time

	hidden              bool // the policy says that the project is absent here
	zipped              []byte
	size                int // of the plain form
	plainTag, zippedTag []string
	contentType         []string
}

// renders keeps rendered pages by index, project, format and class of client.
type renders struct {
	flights singleflight.Group
	mu      sync.Mutex
	pages   *lru[*rendered]
}

func newRenders() *renders { return &renders{pages: newLRU[*rendered](maxRenders)} }

// render gives the page as this client is to see it. Clients share a page unless the policy could tell them apart.
func (s *Server) render(l *listing, format pypi.Format, client pypi.Client, v view) (*rendered, error) {
	pol := s.Policy()
	want := rendered{digest: l.digest, revision: pol.Revision(), generation: s.Gate.Generation(l.name)}
	key := l.key() + " " + format.ContentType()
	if v.original {
		key += " original"
	}
	own := key + " " + client.Tool + "/" + client.ToolVersion + " " + client.Class()
	if pol.NamesTokens() {
		own += " " + client.Token
	}
	if p := s.renders.get(key, own, want, s.Now()); p != nil {
		return p, nil
	}
	made, err, _ := s.renders.flights.Do(own+" "+want.digest+" "+want.revision+" "+strconv.FormatUint(want.generation, 16), func() (any, error) {
		c, err := s.pages.content(l)
		if err != nil {
			return nil, err
		}
		p := s.renderAnew(c, format, client, v)
		p.digest, p.revision, p.generation = c.listing.digest, want.revision, want.generation
		if s.clientMatters(c) {
			s.renders.put(own, p)
		} else {
			s.renders.put(key, p)
		}
		return p, nil
	})
	if err != nil {
		return nil, err
	}
	return made.(*rendered), nil
}

// renderAnew makes the bytes of a page.
func (s *Server) renderAnew(c *content, format pypi.Format, client pypi.Client, v view) *rendered {
	page, until, hidden := s.judged(c, client, v)
	buf, _ := pageBuffers.Get().(*[]byte)
	if buf == nil {
		buf = new([]byte)
	}
	defer pageBuffers.Put(buf)
	*buf = slices.Grow((*buf)[:0], c.size+c.size/8)
	if format == pypi.FormatJSON {
		*buf = page.AppendJSON(*buf)
	} else {
		*buf = page.AppendHTML(*buf)
	}
	p := newRendered(*buf, format)
	p.until, p.hidden = until, hidden
	return p
}

// pageBuffers are for pages of megabytes that live only until they are compressed.
var pageBuffers sync.Pool

// clientMatters tells whether two clients could see different pages of the listing.
func (s *Server) clientMatters(l *content) bool {
	pol := s.Policy()
	releases := map[string][]*pypi.File{}
	for i := range l.page.Files {
		key := l.page.Files[i].Parsed.Version.Key()
		releases[key] = append(releases[key], &l.page.Files[i])
	}
	for i := range l.page.Files {
		f := &l.page.Files[i]
		if pol.ClientMatters(&policy.Subject{Index: l.index.Name, Project: l.name, Filename: f.Parsed, File: f, Status: l.page.Status,
			Release: releases[f.Parsed.Version.Key()]}) {
			return true
		}
	}
	return false
}

// get gives the page kept under one of two keys, if it still is what would be rendered.
func (c *renders) get(shared, own string, want rendered, now time.Time) *rendered {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range [...]string{shared, own} {
		p, ok := c.pages.get(key)
		if ok && p.digest == want.digest && p.revision == want.revision && p.generation == want.generation &&
			(p.until.IsZero() || now.Before(p.until)) {
			return p
		}
	}
	return nil
}

func (c *renders) put(key string, p *rendered) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pages.put(key, p, len(p.zipped))
}

func newRendered(body []byte, format pypi.Format) *rendered {
	var z bytes.Buffer
	zw, _ := compressors.Get().(*gzip.Writer)
	if zw == nil {
		zw, _ = gzip.NewWriterLevel(nil, pageLevel) // the level is ours and valid
	}
	defer compressors.Put(zw)
	zw.Reset(&z)
	_, err := zw.Write(body)
	if err == nil {
		err = zw.Close()
	}
	if err != nil {
		panic("proxy: compress into memory: " + err.Error()) // a buffer takes everything
	}
	tag := digestOf(body)[:32]
	return &rendered{zipped: bytes.Clone(z.Bytes()), size: len(body), plainTag: []string{`"` + tag + `"`}, zippedTag: []string{`"` + tag + `-gzip"`},
		contentType: []string{format.ContentType()}}
}

// compressors have some hundred kB each.
var compressors sync.Pool

// judged is the listing's page with our links and with what the gate says of each file:
//
//   - a refused file stays listed, at a path of its own that says why, so that no client falls back silently to
//     another index's copy or to the source distribution;
//   - where an older release will do, all files of the release are yanked as well: open ranges take the older
//     release, pins meet the reason. Yanking the wheels alone would make pip build the source.
//
// In the original view a refused file stays where it is, for the sake of lock files, and its address answers with the reason.
// until is the time up to which the page stands, zero for always.
func (s *Server) judged(l *content, client pypi.Client, v view) (page *pypi.Page, until time.Time, hidden bool) {
	out := *l.page
	out.Status.Reason = printable(out.Status.Reason)
	out.Files = make([]pypi.File, len(l.page.Files))
	passed := map[string]string{} // versions to pass over, with the reason
	for i := range l.page.Files {
		d := s.Gate.Screen(s.request(l, i, client))
		if d.Hidden {
			return &pypi.Page{Name: l.name}, d.Until, true
		}
		out.Files[i] = listed(l, i)
		switch {
		case !v.original:
			out.Files[i].URL = filePath(l, i, d)
		case toLoopback(l, out.Files[i].URL):
			out.Files[i].URL = l.index.URL.String() + string(l.name) + "/" + url.PathEscape(out.Files[i].Filename)
		}
		if !d.Until.IsZero() && (until.IsZero() || d.Until.Before(until)) {
			until = d.Until
		}
		if d.Action == policy.Block && d.Older {
			v := l.page.Files[i].Parsed.Version.Key()
			if _, ok := passed[v]; !ok {
				passed[v] = "Blocked by pipwarden: " + phrase(reasonText(d), 200)
			}
		}
	}
	for i := range out.Files {
		if why, ok := passed[l.page.Files[i].Parsed.Version.Key()]; ok && !out.Files[i].Parsed.Version.IsZero() {
			out.Files[i].Yanked, out.Files[i].YankedReason = true, why
		}
	}
	return &out, until, false
}

// toLoopback tells whether a link leads a client to its own loopback, which clients reach without a proxy, and which no index but
// one that lies there has any business to name. Such a file is listed at an address that the guard answers for, and refuses.
func toLoopback(l *content, link string) bool {
	u, err := url.Parse(link)
	if err != nil {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return (exact(u.Hostname()) && (ip == nil || ip.IsLoopback() || ip.IsUnspecified())) && u.Hostname() != l.index.URL.Hostname()
}

// request asks the gate about the i-th file of the listing.
func (s *Server) request(l *content, i int, client pypi.Client) gate.Request {
	return gate.Request{Index: l.index, Page: l.page, File: &l.page.Files[i], Filename: l.page.Files[i].Parsed, Client: client}
}

// listed is a file as our page lists it: same name, same hashes, and metadata promised for every wheel.
func listed(l *content, i int) pypi.File {
	f := l.page.Files[i]
	f.YankedReason = printable(f.YankedReason)
	if f.Parsed.Kind == pypi.KindWheel {
		f.Metadata.Offered = true
	} else {
		f.Metadata = pypi.CoreMetadata{}
	}
	return f
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func itoa(n int) string { return strconv.Itoa(n) }

// reasonText is the deciding reason in our words.
func reasonText(d policy.Decision) string {
	if len(d.Reasons) == 0 {
		return "not decided"
	}
	return d.Reasons[0].Text
}

// printable replaces what clients would print and terminals obey: control characters, marks that turn the direction
// of text, and all else that is not printable.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
}
