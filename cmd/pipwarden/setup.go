package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"pipwarden/config"
	"pipwarden/installers"
	"pipwarden/upstream"
)

// setupFlags are what a person says to "setup".
type setupFlags struct {
	user, project, machine bool
	clients                []string
	url                    string
	dryRun, remove         bool
}

func newSetupCmd(g *globals) *cobra.Command {
	var f setupFlags
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Write the guard into the settings of pip, uv, pdm and the others, or take it out",
		Long: `Write the guard's address into the settings of package clients, or take it out with --remove.

Settings stand in a marked block. What it puts out of force stays in it as a comment, so that --remove gives each file back
byte for byte; a copy of each file is laid beside it (` + "`.before-pipwarden`" + `). A file that cannot be read as its client reads
it is not touched, and then none is. --dry-run shows the exact changes and makes none.

Where pip's file names an index of your own, the guard's configuration gets it: it asks from then on what pip asked.
Clients without --client: pip and uv, and pdm, poetry and pipenv where they are installed.`,
		Example: "  pipwarden setup --dry-run\n  pipwarden setup --project --client poetry\n  pipwarden setup --remove",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return g.setup(cmd.Context(), f) },
	}
	cmd.Flags().BoolVar(&f.user, "user", false, "for this user (the default)")
	cmd.Flags().BoolVar(&f.project, "project", false, "for the project in this folder")
	cmd.Flags().BoolVar(&f.machine, "machine", false, "for everybody on this machine")
	cmd.Flags().StringSliceVar(&f.clients, "client", nil, "clients to set up, separated by commas: "+strings.Join(installers.Names(), ", "))
	cmd.Flags().StringVar(&f.url, "url", "", "address of the guard's index (default: that of server.listen)")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "show the changes and make none")
	cmd.Flags().BoolVar(&f.remove, "remove", false, "take the settings out again")
	return cmd
}

func (g *globals) setup(ctx context.Context, f setupFlags) error {
	here, err := installers.This(os.Environ())
	if err != nil {
		return fmt.Errorf("working directory: %w", err)
	}
	r, err := g.setupRequest(ctx, f)
	if err != nil {
		return err
	}
	plan, err := here.NewPlan(r)
	if err != nil {
		return usage(withHint(err, "nothing was changed; put the file right, or leave that client out with --client"))
	}
	if !f.remove {
		plan.Notes = append(plan.Notes, here.Outranking(r.Clients)...)
	}
	if f.dryRun {
		return g.tellPlan(plan, plan.Changes, f)
	}
	done, err := plan.Apply()
	return errors.Join(g.tellPlan(plan, done, f), err)
}

// setupRequest is what the flags ask for.
func (g *globals) setupRequest(ctx context.Context, f setupFlags) (installers.Request, error) {
	r := installers.Request{Remove: f.remove}
	switch {
	case f.user && f.project || f.user && f.machine || f.project && f.machine:
		return r, usage(errors.New("--user, --project and --machine exclude each other"))
	case f.project:
		r.Scope = installers.Project
	case f.machine:
		r.Scope = installers.Machine
	}
	names := f.clients
	if len(names) == 0 {
		names = presentClients(f.remove)
	}
	list, unknown, ok := installers.Resolve(names)
	if !ok {
		return r, usage(withHint(fmt.Errorf("no client %q is known", unknown), "known are "+strings.Join(installers.Names(), ", ")))
	}
	r.Clients = list
	r.Guard = g.guardFile(r.Scope, f.remove)
	r.CheckGuard = func(file, text string) error {
		_, err := (&config.Loader{Known: knownIDs()}).Parse(file, text)
		return err
	}
	if f.remove {
		return r, nil
	}
	var err error
	if r.URL, err = g.guardURL(f.url); err != nil {
		return r, usage(err)
	}
	g.upstreamOf(ctx, &r)
	return r, nil
}

// upstreamOf says what the guard asks already, or what it should ask when it is to ask what pip asked.
func (g *globals) upstreamOf(ctx context.Context, r *installers.Request) {
	if u := g.cfg.Upstream.IndexURL; u != "" {
		r.Asked = append(r.Asked, u.Secret())
	}
	for _, x := range g.cfg.Upstream.Index {
		r.Asked = append(r.Asked, x.URL.Secret())
	}
	if r.Guard == "" {
		return
	}
	// Without a pip that answers there is nothing to hand on but what its file says.
	d, err := upstream.Discover(ctx, upstream.DiscoverOptions{Exclude: ownAddresses(r.URL), Log: g.log})
	if err != nil {
		return
	}
	r.Found = installers.PipUpstream{Index: d.Indexes[0].URL.String(), CABundle: d.CABundle, ClientCert: d.ClientCert}
	if d.Proxy != nil {
		r.Found.Proxy = d.Proxy.String()
	}
}

// presentClients are those that are set up when none is named: pip and uv, which come with others, and what is here.
func presentClients(all bool) []string {
	list := []string{installers.Pip, installers.UV}
	for _, name := range []string{installers.PDM, installers.Poetry, installers.Pipenv} {
		if _, err := exec.LookPath(name); err == nil || all {
			list = append(list, name)
		}
	}
	return list
}

// guardFile is the guard's configuration that may get indexes; "" when it names some already.
func (g *globals) guardFile(scope installers.Scope, remove bool) string {
	if scope == installers.Project || !remove && (g.cfg.Upstream.IndexURL != "" || len(g.cfg.Upstream.Index) > 0) {
		return ""
	}
	if file := g.cfg.File(); file != "" {
		return file
	}
	paths := config.DefaultPaths(os.Environ())
	if len(paths) == 0 {
		return ""
	}
	if scope == installers.Machine {
		return paths[len(paths)-1]
	}
	return paths[0]
}

// guardURL is the address of the guard's simple API: the one that is named, or the one that "serve" would print.
func (g *globals) guardURL(named string) (string, error) {
	if named != "" {
		return named, installers.CheckURL(named)
	}
	host, port, err := net.SplitHostPort(g.cfg.Server.Listen)
	if err != nil || port == "0" {
		return "", withHint(fmt.Errorf("server.listen = %q names no port that stays", g.cfg.Server.Listen), "set one, or name the address with --url")
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	scheme := "http://"
	if g.cfg.Server.TLSCert != "" {
		scheme = "https://"
	}
	return scheme + net.JoinHostPort(host, port) + "/simple/", nil
}

// setupDoc is what "setup --json" prints.
type setupDoc struct {
	URL     string        `json:"url,omitempty"`
	DryRun  bool          `json:"dry_run"`
	Changes []setupChange `json:"changes"`
	Same    []string      `json:"same"`
	Notes   []string      `json:"notes"`
}

type setupChange struct {
	File    string   `json:"file"`
	Clients []string `json:"clients"`
	Action  string   `json:"action"` // create, change, delete
	Diff    string   `json:"diff"`
}

// tellPlan prints changes that were made, or would be.
func (g *globals) tellPlan(plan *installers.Plan, changes []*installers.Change, f setupFlags) error {
	doc := setupDoc{DryRun: f.dryRun, Changes: []setupChange{}, Same: append([]string{}, plan.Same...), Notes: append([]string{}, plan.Notes...)}
	for _, c := range changes {
		action := "change"
		switch {
		case !c.Existed:
			action = "create"
		case c.Deletes:
			action = "delete"
		}
		doc.Changes = append(doc.Changes, setupChange{c.File, c.Clients, action, c.Diff()})
	}
	if g.json {
		return printJSON(g.stdout, doc)
	}
	for _, c := range doc.Changes {
		if f.dryRun {
			fmt.Fprint(g.stdout, c.Diff)
			continue
		}
		fmt.Fprintf(g.stdout, "%sd %s (%s)\n", strings.TrimSuffix(c.Action, "e")+"e", visible(c.File), strings.Join(c.Clients, ", "))
	}
	for _, file := range doc.Same {
		fmt.Fprintf(g.stderr, "pipwarden: nothing to change in %s\n", visible(file))
	}
	for _, n := range doc.Notes {
		fmt.Fprintf(g.stderr, "pipwarden: note: %s\n", visible(n))
	}
	if !f.dryRun && !f.remove && len(changes) > 0 {
		fmt.Fprintln(g.stderr, `pipwarden: the guard has to run for installs to work: "pipwarden serve"; "pipwarden doctor" checks it all`)
	}
	return nil
}

// ownAddresses are those that are never an index to ask: the guard's.
func ownAddresses(guard string) []*url.URL {
	u, err := url.Parse(guard)
	if err != nil {
		return nil
	}
	return []*url.URL{u}
}
