package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"pipwarden/cache"
	"pipwarden/config"
	"pipwarden/gate"
	"pipwarden/policy"
	"pipwarden/pypi"
	"pipwarden/scan"
	"pipwarden/upstream"
)

// A releaseScanner fetches and scans what an index lists, by the guard's own way to a file.
type releaseScanner struct {
	guard *guard
	gate  *gate.Gate // lets everything be fetched and scanned, and nothing be served
	temp  string     // the folder of the store when it lives for this command; "" = it stays
}

// openReleases opens the store and finds the indexes. A store that another process holds is stood in for by a folder of its own.
func (c *scanCommand) openReleases(ctx context.Context) (*releaseScanner, error) {
	r := &releaseScanner{}
	var err error
	r.guard, err = c.openGuard(ctx)
	var locked *cache.LockedError
	if errors.As(err, &locked) {
		c.say("%v; files are fetched into a folder that goes with this command", locked)
		if r.temp, err = os.MkdirTemp("", "pipwarden-scan-"); err != nil {
			return nil, fmt.Errorf("folder for fetched files: %w", err)
		}
		other, cfg := *c.globals, *c.cfg
		cfg.Cache.Dir, other.cfg = r.temp, &cfg
		r.guard, err = other.openGuard(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, r.removeTemp())
	}
	pol, err := scanOnly(c.cfg)
	if err != nil {
		return nil, errors.Join(err, r.close(ctx))
	}
	r.gate = c.newGate(r.guard)
	r.gate.Scanner, r.gate.MaxScans = c.scanner, c.parallel()
	r.gate.Policy = func() *policy.Policy { return pol }
	return r, nil
}

// scanOnly is a policy by which the gate fetches and scans every file, and serves none. What tells one file from another, the
// hashes and the names that are reserved, stays as it is configured.
func scanOnly(cfg *config.Config) (*policy.Policy, error) {
	own := cfg.PolicyConfig()
	return policy.Compile(policy.Config{
		SourceInstalls: policy.Allow, NativeFiles: policy.Allow, Yanked: policy.Allow, UnknownFiles: policy.Allow,
		Installers: policy.Allow, Eggs: policy.Allow, Unhashed: own.Unhashed, Reserved: own.Reserved,
		Levels:   policy.Levels{Malicious: policy.Allow, Suspicious: policy.Allow},
		Cooldown: policy.Cooldown{Action: policy.Allow, UnknownAge: policy.Allow},
		Status:   policy.Statuses{Quarantined: policy.Allow, Archived: policy.Allow, Deprecated: policy.Allow, Other: policy.Allow},
		Hazards:  map[string]policy.Action{policy.DefaultKey: policy.Allow},
		Gaps:     map[string]policy.Action{policy.DefaultKey: policy.Allow},
		Rules: []policy.Rule{{Name: "looked at, not installed", Action: policy.Block,
			Level: []string{scan.LevelClean.String(), scan.LevelSuspicious.String(), scan.LevelMalicious.String()}}},
	})
}

// close ends the work under way, at once when ctx has ended. A nil scanner has none.
func (r *releaseScanner) close(ctx context.Context) error {
	if r == nil {
		return nil
	}
	var err error
	if r.gate != nil {
		if err = r.gate.Close(ctx); errors.Is(err, ctx.Err()) {
			err = nil // cut off because we were told to end
		}
	}
	return errors.Join(err, r.guard.close(context.WithoutCancel(ctx)), r.removeTemp())
}

func (r *releaseScanner) removeTemp() error {
	if r.temp == "" {
		return nil
	}
	return os.RemoveAll(r.temp)
}

// scan fetches a file unless it is stored, and gives its report and how long the scan took, which may have been long ago.
func (r *releaseScanner) scan(ctx context.Context, req *gate.Request) (*scan.Report, time.Duration, error) {
	a, err := r.gate.Admit(ctx, *req)
	if err != nil {
		return nil, 0, err
	}
	if err := a.Close(); err != nil {
		return nil, 0, err
	}
	if a.Record == nil {
		return nil, 0, errors.New(a.Decision.Reason().Text)
	}
	// An admission's report is without its members.
	_, whole, err := r.gate.Explain(ctx, *req)
	if err != nil {
		return nil, 0, err
	}
	if whole == nil {
		whole = a.Record
	}
	return whole.Report, whole.Elapsed, nil
}

// find gives the files of the release that a requirement means, and a note for a person.
func (r *releaseScanner) find(ctx context.Context, w *scanWish) ([]scanTarget, string, error) {
	ix, page, err := r.page(ctx, w.requirement.Name)
	if err != nil {
		return nil, "", err
	}
	release, note := r.choose(ix, page, w.requirement.Specifiers)
	if release == nil {
		return nil, "", fmt.Errorf("index %q lists no such release", ix.Name)
	}
	var found []scanTarget
	for _, f := range release {
		found = append(found, scanTarget{name: f.Filename, asked: w.text, request: requestFor(ix, page, f)})
	}
	return found, note, nil
}

// requestFor asks the gate for a file without being an installer: no event is told of it.
func requestFor(ix *upstream.Index, page *pypi.Page, f *pypi.File) *gate.Request {
	return &gate.Request{Index: ix, Page: page, File: f, Filename: f.Parsed, Purpose: gate.Prefetch}
}

// page gives the page of the first index that has the project. An index that fails is never passed over: the next one
// could hold somebody else's project of that name.
func (r *releaseScanner) page(ctx context.Context, name pypi.Name) (*upstream.Index, *pypi.Page, error) {
	for _, ix := range r.guard.upstream.Route(name) {
		res, err := r.guard.upstream.Page(ctx, upstream.PageRequest{Index: ix, Project: name})
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		base, err := url.Parse(res.URL)
		if err != nil {
			return nil, nil, fmt.Errorf("address of the page of %q: %w", name, err)
		}
		page, err := pypi.ParsePage(pypi.PageSource{Body: res.Body, ContentType: res.ContentType, URL: base, Name: name})
		return ix, page, err
	}
	return nil, nil, fmt.Errorf("no index lists a project %q", name)
}

// choose gives the files of the newest release that the specifiers accept. Unless they pin one, releases that the guard's
// policy has an installer pass over are passed over too, and the note says so.
func (r *releaseScanner) choose(ix *upstream.Index, page *pypi.Page, spec pypi.Specifiers) (release []*pypi.File, note string) {
	fitting := candidates(page, spec)
	if len(fitting) == 0 {
		return nil, ""
	}
	if pins(spec) {
		return fitting[0], ""
	}
	for _, files := range fitting {
		if why := r.passedOver(ix, page, files); why == "" {
			return files, note
		} else if note == "" {
			v := files[0].Parsed.Version
			note = fmt.Sprintf("an older release than %s is scanned: %s; %s==%s scans it", v, why, page.Name, v)
		}
	}
	return fitting[0], ""
}

// passedOver says why the guard would have open ranges take an older release; "" when it would not.
func (r *releaseScanner) passedOver(ix *upstream.Index, page *pypi.Page, files []*pypi.File) string {
	for _, f := range files {
		if d := r.guard.gate.Screen(*requestFor(ix, page, f)); d.Action == policy.Block && d.Older {
			return d.Reason().Text
		}
	}
	return ""
}

// candidates are the files of the releases that the specifiers accept, the newest release first. As in installers, yanked
// releases count for a pin alone, and pre-releases when they are named or there is nothing else.
func candidates(page *pypi.Page, spec pypi.Specifiers) [][]*pypi.File {
	releases := map[string][]*pypi.File{}
	for i := range page.Files {
		if f := &page.Files[i]; f.Parsed.Kind != pypi.KindUnknown {
			releases[f.Parsed.Version.Key()] = append(releases[f.Parsed.Version.Key()], f)
		}
	}
	for _, pre := range []bool{false, true} {
		var fitting [][]*pypi.File
		for _, files := range releases {
			yanked := !slices.ContainsFunc(files, func(f *pypi.File) bool { return !f.Yanked })
			if spec.Contains(files[0].Parsed.Version, pre) && (!yanked || pins(spec)) {
				fitting = append(fitting, files)
			}
		}
		if len(fitting) > 0 {
			slices.SortFunc(fitting, func(a, b []*pypi.File) int { return b[0].Parsed.Version.Compare(a[0].Parsed.Version) })
			return fitting
		}
	}
	return nil
}

// pins reports whether the specifiers name one version.
func pins(spec pypi.Specifiers) bool {
	text := spec.String()
	return strings.HasPrefix(text, "==") && !strings.Contains(text, ",") && !strings.HasSuffix(text, ".*")
}
