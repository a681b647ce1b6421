package gate

import (
	"hash/maphash"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"pipwarden/cache"
	"pipwarden/policy"
	"pipwarden/pypi"
)

const (
	// counters is how many generations are counted. Names share them by hash, so that the memory is fixed; sharing
	// costs a page or a decision made anew.
	counters = 1 << 12
	// memoHalf is how many decisions one half of the memo holds. A page of the largest projects has 3,000 files, and the
	// halves keep two of them beside what is asked for often.
	memoHalf = 1 << 13
)

// generations counts changes of named things in fixed memory. A name's number never falls.
type generations struct {
	once   sync.Once
	seed   maphash.Seed
	counts [counters]atomic.Uint64
}

func (g *generations) slot(names ...string) *atomic.Uint64 {
	g.once.Do(func() { g.seed = maphash.MakeSeed() })
	var h uint64
	for _, n := range names {
		h = h*31 + maphash.String(g.seed, n)
	}
	return &g.counts[h%counters]
}

// pageFacts is what the gate works out once for a page.
type pageFacts struct {
	id       uint64                  // never given twice
	releases map[string][]*pypi.File // by the key of the version: 1.0 and 1.0.0 are one release
	seen     sightings
}

// pageIndex remembers the facts of pages for as long as somebody else holds the page.
type pageIndex struct {
	mu   sync.Mutex
	last uint64
	m    map[weak.Pointer[pypi.Page]]*pageFacts
}

func (x *pageIndex) facts(p *pypi.Page) *pageFacts {
	key := weak.Make(p)
	x.mu.Lock()
	defer x.mu.Unlock()
	if f := x.m[key]; f != nil {
		return f
	}
	x.last++
	f := &pageFacts{id: x.last, releases: releases(p)}
	if x.m == nil {
		x.m = map[weak.Pointer[pypi.Page]]*pageFacts{}
	}
	x.m[key] = f
	runtime.AddCleanup(p, x.forget, key)
	return f
}

func (x *pageIndex) forget(key weak.Pointer[pypi.Page]) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.m, key)
}

// releases groups a page's files by their version.
func releases(p *pypi.Page) map[string][]*pypi.File {
	m := map[string][]*pypi.File{}
	for i := range p.Files {
		v := p.Files[i].Parsed.Version.Key()
		m[v] = append(m[v], &p.Files[i])
	}
	return m
}

// memoKey names what a decision was made about, as far as it does not change under the same key. The page stands for
// the file's hashes and URL, the project's status and the other files of the release.
type memoKey struct {
	page     uint64
	index    string
	filename string
	client   string // clientKey
}

// ruling is a decision and all that it depends on.
type ruling struct {
	decision policy.Decision
	record   *cache.Record // nil = screened only
	sha256   string        // "" = not known
	pin      string        // the hash that the name was served with before; "" = it was not

	revision   string // of the policy
	generation uint64 // of the file
}

// holds reports whether the ruling is still what would be decided.
func (r *ruling) holds(revision string, generation uint64, now time.Time) bool {
	return r.revision == revision && r.generation == generation &&
		(r.decision.Until.IsZero() || now.Before(r.decision.Until))
}

// memo keeps the rulings that were asked for last: when the young half is full it becomes the old one, and what is
// found in the old one moves over.
type memo struct {
	mu         sync.Mutex
	young, old map[memoKey]*ruling
}

func (m *memo) get(k memoKey) *ruling {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.young[k]; r != nil {
		return r
	}
	r := m.old[k]
	if r != nil {
		m.keep(k, r)
	}
	return r
}

func (m *memo) put(k memoKey, r *ruling) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keep(k, r)
}

func (m *memo) keep(k memoKey, r *ruling) {
	if len(m.young) >= memoHalf || m.young == nil {
		m.young, m.old = map[memoKey]*ruling{}, m.young
	}
	m.young[k] = r
}
