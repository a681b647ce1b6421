package gate

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync/atomic"
	"time"

	"pipwarden/cache"
	"pipwarden/policy"
	"pipwarden/pypi"
	"pipwarden/scan"
)

// consider gives what is decided of the file by all that is known of it without a download, from memory when nothing
// of that has changed. With an error the ruling still holds what the policy says of the page alone.
func (g *Gate) consider(r *Request) (*ruling, error) {
	p, now := g.Policy(), g.Now()
	page := g.pages.facts(r.Page)
	key := memoKey{page.id, r.Index.Name, r.Filename.Text, clientKey(r.Client, p)}
	generation := g.fileGeneration(r).Load() // read before the facts: what changes meanwhile makes the ruling void
	if m := g.memo.get(key); m != nil && m.holds(p.Revision(), generation, now) {
		return m, nil
	}
	m := &ruling{revision: p.Revision(), generation: generation}
	rec, err := g.rule(r, m, p.Screen, p.Judge)
	if err != nil {
		return m, err
	}
	if rec != nil {
		m.record = light(rec)
	}
	// These texts are parts of the page's own: kept as they are, each would keep a page of megabytes alive.
	key.filename, m.sha256 = strings.Clone(key.filename), strings.Clone(m.sha256)
	g.memo.put(key, m)
	return m, nil
}

// clientKey is all of a client that a policy can ask for: what it takes, and the tool and version that rules name. It is
// made anew, so that it keeps no User-Agent alive.
func clientKey(c pypi.Client, p *policy.Policy) string {
	key := c.Tool + "/" + c.ToolVersion + "/" + c.Class()
	if p.NamesTokens() {
		key += " " + c.Token
	}
	return key
}

// rule makes a ruling by the policy's functions and gives the report that it rests on, nil when there is none.
func (g *Gate) rule(r *Request, m *ruling, screen func(*policy.Subject, time.Time) policy.Decision,
	judge func(*policy.Subject, *scan.Report, time.Time) policy.Decision) (*cache.Record, error) {
	now := g.Now()
	s := &policy.Subject{
		Index:    r.Index.Name,
		Project:  r.Page.Name,
		Filename: r.Filename,
		File:     r.File,
		Status:   r.Page.Status,
		Release:  g.pages.facts(r.Page).releases[r.Filename.Version.Key()],
		Client:   r.Client,
	}
	rec, until, err := g.gather(r, s, m, now)
	if rec == nil {
		m.decision = screen(s, now)
	} else {
		m.decision = judge(s, rec.Report, now)
	}
	m.decision.Until = earlier(m.decision.Until, until)
	return rec, err
}

// Explain says what [Gate.Screen] says of the file, with the way to that decision in its trace and the whole report that
// it rests on, nil when there is none. It tells no event.
func (g *Gate) Explain(ctx context.Context, r Request) (policy.Decision, *cache.Record, error) {
	g.once.Do(g.init)
	if err := ctx.Err(); err != nil {
		return policy.Decision{}, nil, err
	}
	p, m := g.Policy(), &ruling{}
	rec, err := g.rule(&r, m, p.ExplainScreen, p.ExplainJudge)
	if err != nil {
		return policy.Decision{}, nil, err
	}
	return m.decision, rec, nil
}

// gather reads the stored facts of the file into the subject and the ruling, and gives its report, nil when there is
// none, with the time until which the report may be used.
func (g *Gate) gather(r *Request, s *policy.Subject, m *ruling, now time.Time) (*cache.Record, time.Time, error) {
	fail := func(err error) (*cache.Record, time.Time, error) {
		return nil, time.Time{}, &StoreError{Filename: r.Filename.Text, Err: err}
	}
	var err error
	if m.sha256, err = g.digest(r); err != nil {
		return fail(err)
	}
	if r.File.UploadTime.IsZero() {
		s.FirstSeen, s.Baseline, err = g.firstSeen(r, now)
		if err != nil {
			return fail(err)
		}
	}
	if m.sha256 == "" {
		return nil, time.Time{}, nil
	}
	m.pin, err = g.Store.FileHash(r.Index.Key(), pinKey(r))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fail(err)
	}
	s.Served = m.pin
	return g.known(g.reportKey(r, m.sha256))
}

// digest gives the file's SHA-256: the announced one, or the one that an earlier fetch found; "" when there is none.
func (g *Gate) digest(r *Request) (string, error) {
	if h := r.File.Hashes["sha256"]; h != "" {
		return h, nil
	}
	h, err := g.Store.FileHash(r.Index.Key(), fileKey(r))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return h, err
}

// pinKey is where the hash is kept that a file name was served with. No URL begins so.
func pinKey(r *Request) string { return "served " + r.Filename.Text }

// pin notes that the file was served, so that its name stands for these bytes from now on.
func (g *Gate) pin(r *Request, m *ruling) error {
	if m.pin == m.sha256 {
		return nil
	}
	if err := g.Store.PutFileHash(r.Index.Key(), pinKey(r), m.sha256); err != nil {
		return &StoreError{Filename: r.Filename.Text, Err: err}
	}
	if m.pin == "" {
		g.fileGeneration(r).Add(1)
	} else {
		g.changed(r) // pages that list the old hash show it now
	}
	return nil
}

// light is the record without the list of the file's members, which may have megabytes.
func light(rec *cache.Record) *cache.Record {
	c, rep := *rec, *rec.Report
	rep.Files = nil
	c.Report = &rep
	return &c
}

// earlier is the earlier of two times of which zero means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// changed makes void what was decided of the file, here and on the pages of its project.
func (g *Gate) changed(r *Request) {
	g.fileGeneration(r).Add(1)
	g.projects.slot(string(r.Page.Name)).Add(1)
}

// fileGeneration counts what changes the gate's word on one file.
func (g *Gate) fileGeneration(r *Request) *atomic.Uint64 {
	return g.files.slot(r.Index.Name, r.Filename.Text)
}
