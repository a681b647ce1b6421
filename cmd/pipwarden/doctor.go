package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pipwarden/cache"
	"pipwarden/certs"
	"pipwarden/doctor"
	"pipwarden/installers"
	"pipwarden/proxy"
	"pipwarden/upstream"
)

// askLimit is for one question to the guard or to its upstream: somebody waits for the answer.
const askLimit = 15 * time.Second

func newDoctorCmd(g *globals) *cobra.Command {
	var address string
	var all bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Find what goes past the guard, or breaks installs",
		Long: `Look for what goes past the guard, or keeps installs from working: further indexes, find-links and variables in the
environment and in the clients' files; requirements and lock files in this folder that name other hosts; caches that were filled
before; certificate authorities; the clock; whether guard and upstream answer. Each finding comes with its fix, and nothing is
changed.

Exit codes: 0 nothing goes past the guard and nothing is broken; 1 something does or is; 2 the command line or the
configuration is wrong.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return g.doctor(cmd.Context(), address, all) },
	}
	cmd.Flags().StringVar(&address, "url", "", "address of the guard's index (default: that of server.listen)")
	cmd.Flags().BoolVar(&all, "all", false, "tell what is in order as well")
	return cmd
}

// doctorDoc is what "doctor --json" prints.
type doctorDoc struct {
	Guard    string           `json:"guard"`
	Bypass   int              `json:"bypass"` // findings of this level
	Broken   int              `json:"broken"`
	Notice   int              `json:"notice"`
	Findings []doctor.Finding `json:"findings"`
}

func (g *globals) doctor(ctx context.Context, address string, all bool) error {
	g.quiet()
	x, err := g.examiner(ctx, address)
	if err != nil {
		return err
	}
	doc := doctorDoc{Guard: x.Guard.Redacted(), Findings: x.Examine(ctx)}
	for _, f := range doc.Findings {
		switch f.Level {
		case doctor.Bypass:
			doc.Bypass++
		case doctor.Broken:
			doc.Broken++
		case doctor.Notice:
			doc.Notice++
		}
	}
	if g.json {
		if err := printJSON(g.stdout, doc); err != nil {
			return err
		}
	} else {
		g.tellFindings(doc, all)
	}
	if doc.Bypass+doc.Broken > 0 {
		return &exitError{Code: exitRefused}
	}
	return nil
}

func (g *globals) tellFindings(doc doctorDoc, all bool) {
	p := newPainter(os.Stdout)
	colours := map[doctor.Level]string{doctor.Bypass: "block", doctor.Broken: "block", doctor.Notice: "warn", doctor.Fine: "allow"}
	for _, f := range doc.Findings {
		if f.Level == doctor.Fine && !all {
			continue
		}
		where := ""
		if f.Where != "" {
			where = visible(f.Where) + ": "
		}
		fmt.Fprintf(g.stdout, "%s  %s%s\n", p.action(colours[f.Level], fmt.Sprintf("%-6s", f.Level)), where, visible(f.Problem))
		if f.Fix != "" {
			fmt.Fprintf(g.stdout, "        fix: %s\n", visible(f.Fix))
		}
	}
	fmt.Fprintf(g.stdout, "%d go past the guard, %d broken, %d to know; %d in order\n", doc.Bypass, doc.Broken, doc.Notice,
		len(doc.Findings)-doc.Bypass-doc.Broken-doc.Notice)
}

// examiner is wired to this machine, the configured guard and its upstream.
func (g *globals) examiner(ctx context.Context, address string) (*doctor.Examiner, error) {
	text, err := g.guardURL(address)
	if err != nil {
		return nil, usage(err)
	}
	guard, err := url.Parse(text)
	if err != nil {
		return nil, usage(errors.New("the guard's address is not a URL"))
	}
	here, err := installers.This(os.Environ())
	if err != nil {
		return nil, fmt.Errorf("working directory: %w", err)
	}
	known, err := g.knownFiles(ctx)
	if err != nil {
		g.log.Warn("the guard's decisions are not at hand", "error", err)
	}
	authority, bundle := g.proxyAuthority()
	return &doctor.Examiner{Computer: here, Guard: guard, Known: known, Now: time.Now, Built: builtAt(),
		Proxy: g.cfg.Egress.Listen, Authority: authority, Bundle: bundle,
		Installed:   func(program string) bool { _, err := exec.LookPath(program); return err == nil },
		AskGuard:    func(ctx context.Context) error { return askReady(ctx, guard) },
		AskUpstream: g.askUpstream,
		Requirements: func(file string) []string {
			c := bypassChecker{seen: map[string]bool{}}
			c.file(file)
			return c.found
		}}, nil
}

// proxyAuthority is the certificate of the guard's proxy, and the bundle with it; nil when there is none yet.
func (g *globals) proxyAuthority() (*x509.Certificate, string) {
	dir, err := g.caDir()
	if err != nil {
		return nil, ""
	}
	b, err := os.ReadFile(certs.CertPath(dir))
	if err != nil {
		return nil, ""
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, ""
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, ""
	}
	return c, certs.BundlePath(dir)
}

// builtAt is the time of the commit that the program was built from; zero when that is not known.
func builtAt() time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return time.Time{}
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			t, err := time.Parse(time.RFC3339, s.Value)
			if err == nil {
				return t
			}
		}
	}
	return time.Time{}
}

// askReady asks a guard whether it serves. Something else on its port is no guard.
func askReady(ctx context.Context, guard *url.URL) error {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	for _, path := range []string{"-/readyz", "-/status"} {
		u := guard.JoinPath("..", path)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
		if err != nil {
			return err
		}
		res, err := ownClient.Do(req)
		if err != nil {
			var at *url.Error
			if errors.As(err, &at) {
				err = at.Err // the address is told with it
			}
			return err
		}
		var status proxy.Status
		if path == "-/status" && res.StatusCode == http.StatusOK {
			err = json.NewDecoder(res.Body).Decode(&status)
		}
		_ = res.Body.Close() // it was only read
		if res.StatusCode != http.StatusOK || err != nil || path == "-/status" && status.Policy == "" {
			return fmt.Errorf("what answers there is no guard that is ready (%s of %s)", res.Status, u.Path)
		}
	}
	return nil
}

// askUpstream asks the main index for a page that every index is asked for.
func (g *globals) askUpstream(ctx context.Context) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	up, _, err := g.openUpstream(ctx)
	if err != nil {
		return time.Time{}, err
	}
	defer up.Close()
	res, err := up.Page(ctx, upstream.PageRequest{Index: up.Indexes()[0], Project: "pip"})
	if errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, nil // it answers
	}
	if err != nil {
		return time.Time{}, err
	}
	return res.Date, nil
}

// knownFiles gives what the guard has said of files by their hash: the denylist, and the last decision in the audit
// trail, read from the store or from the guard that holds it. The function is good whatever the error says.
func (g *globals) knownFiles(ctx context.Context) (func(string) doctor.Verdict, error) {
	verdicts := map[string]doctor.Verdict{}
	note := func(e cache.Event) {
		switch {
		case e.Kind != "decided" || e.SHA256 == "":
		case e.Action == "block":
			verdicts[e.SHA256] = doctor.Refused
		default:
			verdicts[e.SHA256] = doctor.Passed
		}
	}
	err := g.eachEvent(ctx, note)
	for _, entry := range g.cfg.Policy.Denylist {
		if sum, ok := strings.CutPrefix(entry, "sha256:"); ok {
			verdicts[strings.ToLower(sum)] = doctor.Refused
		}
	}
	return func(sum string) doctor.Verdict { return verdicts[sum] }, err
}

// maxEventPages bounds how much of the audit trail is read, in answers of a thousand events.
const maxEventPages = 1000

// eachEvent reads the audit trail, oldest first.
func (g *globals) eachEvent(ctx context.Context, do func(cache.Event)) error {
	dir, err := g.storeDir()
	if err != nil {
		return err
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil // no guard has run here yet, and looking must not make a store
	}
	var read func(ctx context.Context, since uint64) ([]cache.Event, error)
	s, err := g.openStore(ctx)
	var locked *cache.LockedError
	switch {
	case errors.As(err, &locked) && locked.Owner.URL != "":
		read = func(ctx context.Context, since uint64) ([]cache.Event, error) {
			return guardEvents(ctx, locked.Owner, since)
		}
	case err != nil:
		return err
	default:
		defer func() { _ = s.Close() }() // it was only read
		read = func(ctx context.Context, since uint64) ([]cache.Event, error) { return s.Events(ctx, since, 1000) }
	}
	since := uint64(0)
	for range maxEventPages {
		events, err := read(ctx, since)
		if err != nil || len(events) == 0 {
			return err
		}
		for _, e := range events {
			do(e)
			since = max(since, e.ID)
		}
	}
	return nil
}

// guardEvents asks the guard that holds the store.
func guardEvents(ctx context.Context, owner cache.OwnerInfo, since uint64) ([]cache.Event, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/-/events?since=%d", owner.URL, since), nil)
	if err != nil {
		return nil, fmt.Errorf("running guard: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+owner.Token)
	res, err := ownClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("running guard: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("running guard: %s", visible(res.Status))
	}
	var events []cache.Event
	if err := json.NewDecoder(res.Body).Decode(&events); err != nil {
		return nil, fmt.Errorf("running guard: %w", err)
	}
	return events, nil
}
