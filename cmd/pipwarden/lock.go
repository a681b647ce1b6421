package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"pipwarden/installers"
	"pipwarden/lockfile"
	"pipwarden/pypi"
	"pipwarden/upstream"
)

// lockFlags are what a person says to "lock".
type lockFlags struct {
	toUpstream, toGuard, check bool
	url                        string
}

func newLockCmd(g *globals) *cobra.Command {
	var f lockFlags
	cmd := &cobra.Command{
		Use:   "lock --to-upstream|--to-guard FILE...",
		Short: "Map the addresses in lock files between the guard and its upstream",
		Long: `Map the addresses of files and indexes in lock files: uv.lock, pdm.lock, poetry.lock, pylock.toml, Pipfile.lock and files of
requirements. --to-upstream makes a file that was locked through the guard fit for those without one; --to-guard makes an
install by the lock file pass the guard. All other bytes stay. Addresses come from the pages of the projects, and a file with
another hash there than in the lock file is an error.

With --check nothing is written, and the exit code is 1 when something would be.`,
		Example: "  pipwarden lock --to-upstream uv.lock\n  pipwarden lock --check --to-upstream uv.lock    # before a commit",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return g.lock(cmd.Context(), f, args) },
	}
	cmd.Flags().BoolVar(&f.toUpstream, "to-upstream", false, "name the files where the guard's upstream has them")
	cmd.Flags().BoolVar(&f.toGuard, "to-guard", false, "name the files where the guard serves them")
	cmd.Flags().BoolVar(&f.check, "check", false, "write nothing, and exit with 1 when something would be changed")
	cmd.Flags().StringVar(&f.url, "url", "", "address of the guard's index (default: that of server.listen)")
	return cmd
}

// lockDoc is one file in what "lock --json" prints.
type lockDoc struct {
	File      string     `json:"file"`
	Addresses int        `json:"addresses"`
	Changed   bool       `json:"changed"`
	Left      []lockLeft `json:"left"`
}

type lockLeft struct {
	Line int    `json:"line"`
	URL  string `json:"url"`
	Why  string `json:"why"`
}

func (g *globals) lock(ctx context.Context, f lockFlags, files []string) error {
	if f.toGuard == f.toUpstream {
		return usage(errors.New("say one of --to-upstream and --to-guard"))
	}
	text, err := g.guardURL(f.url)
	if err != nil {
		return usage(err)
	}
	guard, err := url.Parse(text)
	if err != nil {
		return usage(errors.New("the guard's address is not a URL"))
	}
	return g.withGuard(ctx, func(ctx context.Context, ask asker) error {
		up, _, err := g.openUpstream(ctx)
		if err != nil {
			return err
		}
		defer up.Close()
		m := &lockfile.Mapper{Guard: guard, Pages: &lockPages{ask: ask, up: up, guard: guard, pages: map[pypi.Name]lockPage{}}}
		for _, ix := range up.Indexes() {
			m.Indexes = append(m.Indexes, ix.URL)
		}
		return g.lockFiles(ctx, m, f, files)
	})
}

func (g *globals) lockFiles(ctx context.Context, m *lockfile.Mapper, f lockFlags, files []string) error {
	docs, changed := []lockDoc{}, false
	for _, file := range files {
		doc, err := lockOne(ctx, m, f, file)
		if err != nil {
			return err
		}
		docs, changed = append(docs, doc), changed || doc.Changed
		if g.json {
			continue
		}
		word := "unchanged"
		if doc.Changed {
			word = "mapped"
			if f.check {
				word = "would be mapped"
			}
		}
		fmt.Fprintf(g.stdout, "%s: %s, %d addresses\n", visible(file), word, doc.Addresses)
		for _, l := range doc.Left {
			fmt.Fprintf(g.stderr, "pipwarden: %s:%d: left as it is: %s: %s\n", visible(file), l.Line, visible(l.URL), l.Why)
		}
	}
	if g.json {
		if err := printJSON(g.stdout, docs); err != nil {
			return err
		}
	}
	if f.check && changed {
		return &exitError{Code: exitRefused}
	}
	return nil
}

// lockOne maps one file, and writes it when it changes.
func lockOne(ctx context.Context, m *lockfile.Mapper, f lockFlags, file string) (lockDoc, error) {
	doc := lockDoc{File: file, Left: []lockLeft{}}
	b, err := os.ReadFile(file)
	if err != nil {
		return doc, usage(fmt.Errorf("lock file: %w", err))
	}
	lf, err := lockfile.Parse(file, string(b))
	if err != nil {
		return doc, usage(fmt.Errorf("lock file %q: %w", file, err))
	}
	text, left, err := m.Map(ctx, lf, lockfile.Direction(f.toGuard))
	if err != nil {
		return doc, fmt.Errorf("lock file %q: %w", file, err)
	}
	for _, l := range left {
		doc.Left = append(doc.Left, lockLeft{l.Line, installers.Masked(l.URL.String()), l.Why})
	}
	doc.Addresses, doc.Changed = len(lf.Addresses), text != string(b)
	if !doc.Changed || f.check {
		return doc, nil
	}
	return doc, installers.Replace(file, string(b), text)
}

// lockPages looks addresses up, each project once.
type lockPages struct {
	ask   asker
	up    *upstream.Client
	guard *url.URL
	pages map[pypi.Name]lockPage
}

type lockPage struct {
	page  *pypi.Page
	index int
	err   error
}

// Guarded is what the guard shows, with its links at the guard's own address, wherever it is asked now.
func (p *lockPages) Guarded(ctx context.Context, project pypi.Name) (*pypi.Page, error) {
	const accept = "application/vnd.pypi.simple.v1+json"
	body, err := p.ask.get(ctx, "/simple/"+string(project)+"/", accept)
	if err != nil {
		return nil, fmt.Errorf("page of %s: %w", project, err)
	}
	return pypi.ParsePage(pypi.PageSource{Body: body, ContentType: accept, URL: p.guard.JoinPath(string(project) + "/"), Name: project})
}

// Upstream asks the indexes in the guard's order.
func (p *lockPages) Upstream(ctx context.Context, project pypi.Name) (*pypi.Page, int, error) {
	if known, ok := p.pages[project]; ok {
		return known.page, known.index, known.err
	}
	found := lockPage{err: fmt.Errorf("project %s: %w", project, fs.ErrNotExist)}
	for _, ix := range p.up.Route(project) {
		page, err := upstreamPage(ctx, p.up, ix, project)
		if !errors.Is(err, fs.ErrNotExist) {
			found = lockPage{page, slices.Index(p.up.Indexes(), ix), err}
			break
		}
	}
	p.pages[project] = found
	return found.page, found.index, found.err
}

func upstreamPage(ctx context.Context, up *upstream.Client, ix *upstream.Index, project pypi.Name) (*pypi.Page, error) {
	r, err := up.Page(ctx, upstream.PageRequest{Index: ix, Project: project})
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, fmt.Errorf("page of %s: %w", project, err)
	}
	return pypi.ParsePage(pypi.PageSource{Body: r.Body, ContentType: r.ContentType, URL: u, Name: project})
}
