package proxy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"pipwarden/cache"
	"pipwarden/pypi"
	"pipwarden/upstream"
)

const (
	// DefaultStaleWait is how long a client waits for upstream while an older copy of the page is at hand: well below
	// the 15 s after which pip gives up.
	DefaultStaleWait = 3 * time.Second
	// pageJobTimeout bounds one fetch of a page, which goes on after its first client has left.
	pageJobTimeout = 2 * time.Minute
	// faultPause is how long after a failed or overdue check the older copy is served without asking again, so that a
	// hanging upstream costs a client StaleWait once and not once a page.
	faultPause = 10 * time.Second
	// maxListings bounds the number of pages whose state is kept in memory.
	maxListings = 10_000
	// maxContents bounds the memory of parsed pages, in bytes: a resolver comes back for the files of a hundred projects.
	maxContents = 64 << 20 // 64 MiB
	// contentCost is how much larger a page is parsed than as JSON.
	contentCost = 3
	// contentIdle is how long a parsed page is kept that nobody asks for.
	contentIdle = 30 * time.Second
)

// A listing is one project's page as its index gave it. It is immutable, and small: what is in the page is read when
// somebody needs it.
type listing struct {
	index   *upstream.Index
	name    pypi.Name
	digest  string    // of the page's source: two listings with one digest say the same
	checked time.Time // when upstream last confirmed it
}

func (l *listing) key() string { return l.index.Name + "/" + string(l.name) }

// A content is a parsed page with its files findable. It is immutable.
type content struct {
	*listing
	page  *pypi.Page
	size  int            // of the source, bytes
	files map[string]int // by name, into page.Files
}

// read tells who learns from pages of one that was parsed.
func (p *pages) read(c *content) {
	if p.s.learn != nil {
		p.s.learn(c)
	}
}

// newContent finds the files of a parsed page by name.
func newContent(l *listing, page *pypi.Page, size int) *content {
	c := &content{listing: l, page: page, size: size, files: make(map[string]int, len(page.Files))}
	for i := range page.Files {
		c.files[page.Files[i].Filename] = i
	}
	return c
}

// pages gives listings: from memory, from the store, or from upstream.
type pages struct {
	s       *Server
	flights singleflight.Group // checks of upstream
	loads   singleflight.Group // reads of the store

	mu       sync.Mutex
	listings *lru[*listing]
	contents *lru[*content]
	releases *lru[*content]
	pending  map[string]*content // fetched, and not in the store yet

	writes sync.Mutex           // pages are written one after the other, so that an older one never lands last
	faults map[string]time.Time // by key: when a check last failed or was overdue
	sweep  *time.Timer          // next dropIdle; nil when nothing is kept
}

func newPages(s *Server) *pages {
	return &pages{s: s, listings: newLRU[*listing](maxListings), contents: newLRU[*content](maxContents), releases: newLRU[*content](maxReleases), pending: map[string]*content{}, faults: map[string]time.Time{}}
}

// project gives the listing of the first index that has the project. An index that fails is never passed over: the next
// one could hold somebody else's project of that name. The error is fs.ErrNotExist when no index has it.
func (p *pages) project(ctx context.Context, name pypi.Name, force bool) (*listing, error) {
	for _, ix := range p.s.Upstream.Route(name) {
		l, err := p.fromIndex(ctx, ix, name, force)
		if !errors.Is(err, fs.ErrNotExist) {
			return l, err
		}
	}
	return nil, fmt.Errorf("project %q: %w", name, fs.ErrNotExist)
}

// fromIndex gives the listing of one index, asking upstream when what is here is older than Freshness or force is set.
func (p *pages) fromIndex(ctx context.Context, ix *upstream.Index, name pypi.Name, force bool) (*listing, error) {
	key := ix.Name + "/" + string(name)
	have := p.stored(ix, name)
	now := p.s.Now()
	if have != nil && !force && now.Sub(have.checked) < p.s.Freshness {
		return have, nil
	}
	if have != nil && p.paused(key, now) && p.usable(have, now) {
		return have, nil
	}
	done := p.flights.DoChan(key, func() (_ any, err error) {
		// A page is a stranger's text: what we did not think of must cost the page and not the process.
		defer func() {
			if r := recover(); r != nil {
				p.s.Log.Error("page made us panic", "project", name, "error", r, "stack", string(debug.Stack()))
				err = &pypi.PageError{Project: name, Reason: "it cannot be read"}
			}
		}()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pageJobTimeout)
		defer cancel()
		return p.refresh(ctx, ix, name, have)
	})
	return p.wait(ctx, done, key, have)
}

// wait waits for a check of upstream: with an older copy in hand only for StaleWait.
func (p *pages) wait(ctx context.Context, done <-chan singleflight.Result, key string, have *listing) (*listing, error) {
	var overdue <-chan time.Time
	if have != nil && p.usable(have, p.s.Now()) {
		t := time.NewTimer(p.s.StaleWait)
		defer t.Stop()
		overdue = t.C
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-overdue:
		p.fault(key)
		p.s.Log.Warn("stale page served, upstream is slow", "project", have.name, "index", have.index.Name, "checked", have.checked)
		return have, nil
	case res := <-done:
		if res.Err == nil {
			return res.Val.(*listing), nil
		}
		if errors.Is(res.Err, fs.ErrNotExist) || have == nil || !p.usable(have, p.s.Now()) {
			return nil, res.Err
		}
		p.fault(key)
		p.s.Log.Warn("stale page served, upstream failed", "project", have.name, "index", have.index.Name, "checked", have.checked, "error", res.Err)
		return have, nil
	}
}

// refresh asks upstream once and keeps the answer if it is whole and a page of this project.
func (p *pages) refresh(ctx context.Context, ix *upstream.Index, name pypi.Name, have *listing) (*listing, error) {
	req := upstream.PageRequest{Index: ix, Project: name}
	var entry *cache.PageEntry
	if have != nil {
		e, err := p.s.Store.Page(ix.Name, name)
		if err == nil && digestOf(e.Body) == have.digest {
			entry, req.ETag, req.LastModified = e, e.ETag, e.LastModified
		}
	}
	res, err := p.s.Upstream.Page(ctx, req)
	if errors.Is(err, fs.ErrNotExist) {
		p.forget(ix, name)
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	now := p.s.Now()
	if res.NotModified {
		if entry == nil {
			return nil, fmt.Errorf("index %s says that the page of %q has not changed, to a request without a copy", ix.Name, name)
		}
		return p.confirm(have, now)
	}
	return p.take(ix, name, res, now)
}

// confirm notes that upstream stands by what is here.
func (p *pages) confirm(have *listing, now time.Time) (*listing, error) {
	if err := p.s.Store.TouchPage(have.index.Name, have.name, now); err != nil {
		p.s.Log.Warn("page check not recorded", "project", have.name, "error", err)
	}
	l := *have
	l.checked = now
	p.keep(&l)
	return &l, nil
}

// take parses, keeps and returns a new page. What does not parse is not kept.
func (p *pages) take(ix *upstream.Index, name pypi.Name, res *upstream.PageResponse, now time.Time) (*listing, error) {
	e := &cache.PageEntry{Index: ix.Name, Project: name, URL: res.URL, ContentType: res.ContentType, ETag: res.ETag,
		LastModified: res.LastModified, Body: res.Body, Fetched: now, Checked: now}
	page, err := parseEntry(e)
	if err != nil {
		return nil, err
	}
	l := &listing{index: ix, name: name, digest: digestOf(e.Body), checked: now}
	c := newContent(l, page, len(e.Body))
	p.read(c)
	p.mu.Lock()
	p.pending[l.key()] = c // until it is in the store, memory is the only place that has it
	p.mu.Unlock()
	p.keep(l)
	p.keepContent(c)
	p.s.background.Go(func() { p.write(c, e) }) // the client need not wait for it
	return l, nil
}

// write puts a new page into the store, unless a newer one has come or the project is gone.
func (p *pages) write(c *content, e *cache.PageEntry) {
	p.writes.Lock()
	defer p.writes.Unlock()
	p.mu.Lock()
	current := p.pending[c.key()] == c
	p.mu.Unlock()
	if !current {
		return
	}
	if err := p.s.Store.PutPage(e); err != nil {
		// The page is right; that it could not be kept costs another fetch later.
		p.s.Log.Warn("page not kept", "project", c.name, "error", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pending[c.key()] == c {
		delete(p.pending, c.key())
	}
}

func parseEntry(e *cache.PageEntry) (*pypi.Page, error) {
	u, err := url.Parse(e.URL)
	if err != nil {
		return nil, fmt.Errorf("address of the page of %q: %w", e.Project, err)
	}
	return pypi.ParsePage(pypi.PageSource{Body: e.Body, ContentType: e.ContentType, URL: u, Name: e.Project})
}

// stored gives what is here, however old, or nil.
func (p *pages) stored(ix *upstream.Index, name pypi.Name) *listing {
	p.mu.Lock()
	l, ok := p.listings.get(ix.Name + "/" + string(name))
	p.mu.Unlock()
	if ok {
		return l
	}
	c, err := p.load(ix, name)
	if err == nil {
		p.keep(c.listing)
	} else {
		if !errors.Is(err, fs.ErrNotExist) {
			p.s.Log.Warn("stored page not readable, fetching it anew", "project", name, "error", err)
		}
		return nil
	}
	return c.listing
}

// load reads a page from the store and parses it.
func (p *pages) load(ix *upstream.Index, name pypi.Name) (*content, error) {
	e, err := p.s.Store.Page(ix.Name, name)
	if err != nil {
		return nil, err
	}
	if !comesFrom(e, ix) {
		return nil, fmt.Errorf("page of %s: the index of that name was another one: %w", name, fs.ErrNotExist)
	}
	page, err := parseEntry(e)
	if err != nil {
		return nil, err
	}
	l := &listing{index: ix, name: name, digest: digestOf(e.Body), checked: e.Checked}
	c := newContent(l, page, len(e.Body))
	p.read(c)
	p.keepContent(c)
	return c, nil
}

// content gives what the page of a listing says: from memory, or from the store. When a newer page has come meanwhile
// it gives that one: it is what the next request would get.
func (p *pages) content(l *listing) (*content, error) {
	key := l.key()
	if c := p.parsed(key); c != nil {
		return c, nil
	}
	v, err, _ := p.loads.Do(key, func() (any, error) { return p.load(l.index, l.name) })
	if err != nil {
		p.mu.Lock()
		p.listings.drop(key) // nobody has the page any longer: the next request fetches it
		p.mu.Unlock()
		return nil, &pageLost{l.name, err}
	}
	if c := p.parsed(key); c != nil {
		return c, nil // it came while the older one was read
	}
	return v.(*content), nil
}

// parsed gives the content in memory of the newest listing, or nil.
func (p *pages) parsed(key string) *content {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c, ok := p.pending[key]; ok {
		return c
	}
	c, _ := p.contents.get(key)
	return c
}

// pageLost says that a page that was here a moment ago cannot be read.
type pageLost struct {
	name pypi.Name
	err  error
}

func (e *pageLost) Error() string { return fmt.Sprintf("page of %s cannot be read: %v", e.name, e.err) }

func (p *pages) keep(l *listing) {
	key := l.key()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listings.put(key, l, 1)
	if l.checked.After(p.faults[key]) {
		delete(p.faults, key)
	}
}

// keepContent keeps a parsed page, unless it was replaced while it was read.
func (p *pages) keepContent(c *content) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l, ok := p.listings.get(c.key()); ok && l.digest != c.digest {
		return
	}
	p.contents.put(c.key(), c, contentCost*c.size)
	if p.sweep == nil {
		p.sweep = time.AfterFunc(contentIdle, p.dropIdle)
	}
}

// dropIdle drops parsed pages that nobody has asked for since it last ran.
func (p *pages) dropIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.contents.dropIdle()
	p.sweep = nil
	if p.contents.order.Len() > 0 {
		p.sweep = time.AfterFunc(contentIdle, p.dropIdle)
	}
}

// comesFrom tells whether a stored page is of this very index: names of indexes are the configuration's, and stay when
// the address changes.
func comesFrom(e *cache.PageEntry, ix *upstream.Index) bool {
	u, err := url.Parse(e.URL)
	if err != nil {
		return false
	}
	return u.Scheme == ix.URL.Scheme && u.Host == ix.URL.Host && strings.HasPrefix(u.Path, ix.URL.Path) ||
		slices.Contains(ix.RedirectHosts, u.Host) || slices.Contains(ix.RedirectHosts, u.Hostname())
}

// forget drops a page that upstream no longer has, so that no outage brings it back.
func (p *pages) forget(ix *upstream.Index, name pypi.Name) {
	key := ix.Name + "/" + string(name)
	p.mu.Lock()
	p.listings.drop(key)
	p.contents.drop(key)
	delete(p.pending, key)
	delete(p.faults, key)
	p.mu.Unlock()
	p.writes.Lock() // a write of it that has begun ends first
	defer p.writes.Unlock()
	if err := p.s.Store.DeletePage(ix.Name, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.s.Log.Warn("removed page not forgotten", "project", name, "error", err)
	}
}

// fault remembers that upstream did not answer for a page; paused tells whether that is recent.
func (p *pages) fault(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.faults) > 10_000 {
		clear(p.faults) // a bound, not a policy: forgetting costs each page one more wait
	}
	p.faults[key] = p.s.Now()
}

func (p *pages) paused(key string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, ok := p.faults[key]
	return ok && now.Sub(at) < faultPause
}

// usable tells whether an unconfirmed copy may still be served.
func (p *pages) usable(l *listing, now time.Time) bool {
	return p.s.MaxStale == 0 || now.Sub(l.checked) < p.s.MaxStale
}
