package gate

import (
	"context"
	"slices"
	"sync"

	"pipwarden/policy"
	"pipwarden/pypi"
)

const (
	// defaultMaxPrefetch is the largest file that is fetched on suspicion, in bytes: a resolver that looks at ten versions
	// of a wheel of 800 MB must not have them all fetched.
	defaultMaxPrefetch = 32 << 20 // 32 MiB
	// prefetchesPerClient is how many files are fetched ahead for one client at a time: what a client downloads at
	// once, and little enough that a resolver that only looks costs little.
	prefetchesPerClient = 4
)

// Prefetch starts the work that a later Admit of the file would wait for, if that is likely to come and the gate has
// nothing better to do. It returns at once.
//
// A request for a wheel's metadata is followed by one for the wheel, unless a resolver merely looks. So a file is
// fetched ahead when
//   - the client is not uv, which asks for all wheels at once as soon as it has resolved: then nothing is gained, and a
//     resolution that only looks would pay for it,
//   - it is a wheel that this client would take, as its User-Agent says without doubt; poetry and pdm read the metadata
//     of any platform's wheel,
//   - the page tells its size and that is at most MaxPrefetch,
//   - the policy does not refuse it already and it is not at hand,
//   - fewer than four files, and none of the same project, are being fetched ahead for the client: a resolver that goes
//     back through a project's versions does not draw them all, and
//   - a place for a download is free: those who wait for a file come first.
func (g *Gate) Prefetch(r Request) {
	g.once.Do(g.init)
	r.Purpose = Prefetch
	switch {
	case r.Client.Tool == "uv":
		return
	case r.Filename.Kind != pypi.KindWheel, r.Client.Fits(r.Filename, r.File.RequiresPython) != pypi.FitYes:
		return
	case r.File.Size <= 0, r.File.Size > g.MaxPrefetch:
		return
	}
	m, err := g.consider(&r)
	if err != nil || m.decision.Action == policy.Block || m.record != nil {
		return
	}
	if !g.ahead.enter(r.ClientID, r.Page.Name) {
		return
	}
	leave := func() { g.ahead.leave(r.ClientID, r.Page.Name) }
	fl, started, err := g.jobs.join(errand{jobKey(&r), r.ClientID, g.MaxFetches}, func(ctx context.Context) (*outcome, error) {
		defer leave()
		return g.bring(ctx, &r, m.sha256)
	})
	if !started {
		leave()
	}
	if err == nil {
		g.jobs.leave(fl)
	}
}

// ahead knows which projects' files are being fetched ahead, by client.
type ahead struct {
	mu sync.Mutex
	m  map[string][]pypi.Name
}

// enter takes a place for a client and project, if there is one.
func (a *ahead) enter(client string, project pypi.Name) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.m[client]) >= prefetchesPerClient || slices.Contains(a.m[client], project) {
		return false
	}
	if a.m == nil {
		a.m = map[string][]pypi.Name{}
	}
	a.m[client] = append(a.m[client], project)
	return true
}

// leave gives the place back.
func (a *ahead) leave(client string, project pypi.Name) {
	a.mu.Lock()
	defer a.mu.Unlock()
	rest := slices.DeleteFunc(a.m[client], func(n pypi.Name) bool { return n == project })
	if len(rest) == 0 {
		delete(a.m, client)
		return
	}
	a.m[client] = rest
}
