package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"pipwarden/cache"
	"pipwarden/proxy"
	"pipwarden/upstream"
)

// drainTime is how long after the command's end its last events are waited for.
const drainTime = 2 * time.Second

func newRunCmd(g *globals) *cobra.Command {
	var sharedCache, force bool
	var via string
	cmd := &cobra.Command{
		Use:   "run [flags] -- COMMAND [ARG...]",
		Short: "Run a package client with every install going through the guard",
		Long: `Run a package client (pip, uv, pdm, pipenv, or a script that calls them) so that it asks this guard and nobody else.

A guard is started on a free port of loopback for as long as the command runs; where one is serving from the same folder
already, it is used. The client gets a cache of its own: what lies in its usual cache was never judged. At the end a table
tells what was warned about and refused, and why. The exit code is the command's.

With --via index the guard is the client's index: its files of settings are shut out. With --via egress it is the command's
proxy, with a certificate authority for this command alone: files of settings hold, lock files keep original addresses, and
locked files are judged. Without --via: egress for poetry, pdm and the commands of uv that read a lock file, else index.`,
		Example: "  pipwarden run -- pip install requests flask numpy\n  pipwarden run -- uv sync\n  pipwarden run --via egress -- ./build.sh",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := runner{globals: g, args: args, sharedCache: sharedCache, force: force, via: via}
			return r.run(cmd.Context())
		},
	}
	cmd.Flags().SetInterspersed(false)
	cmd.Flags().BoolVar(&sharedCache, "shared-cache", false, "let the client use its usual cache, with files in it that were never judged")
	cmd.Flags().StringVar(&via, "via", "", "how the command reaches the guard: index or egress (default: as fits the client)")
	cmd.Flags().BoolVar(&force, "force", false, "run a command line that names other sources of files, past the guard")
	return cmd
}

// A runner runs one command behind the guard.
type runner struct {
	*globals
	args        []string
	sharedCache bool
	force       bool   // whatever goes past the guard
	via         string // viaIndex, viaEgress, or "" for what fits the client
	chosen      bool   // nobody has named the way
}

func (r *runner) run(ctx context.Context) error {
	if err := r.chooseWay(); err != nil {
		return usage(err)
	}
	if found := bypassing(r.args, os.Environ()); r.via == viaIndex && len(found) > 0 && !r.force {
		return refuseBypass(found)
	}
	r.quiet()
	path, err := exec.LookPath(r.args[0])
	if err != nil {
		return usage(fmt.Errorf("command %q: %w", r.args[0], err))
	}
	s, err := r.openSession(ctx)
	if err != nil {
		return err
	}
	code, events, err := r.guarded(ctx, s, path)
	if err != nil {
		return err
	}
	if err := r.summary(events); err != nil {
		return err
	}
	if code != 0 {
		return &exitError{Code: code}
	}
	return nil
}

// chooseWay settles how the command reaches the guard.
func (r *runner) chooseWay() error {
	switch r.via {
	case "":
		r.via, r.chosen = chooseVia(r.args), true
	case viaIndex:
		return poetryNeedsSource(r.args)
	case viaEgress:
	default:
		return fmt.Errorf("--via %q: say %s or %s", r.via, viaIndex, viaEgress)
	}
	return nil
}

// guarded runs the command in a session, and ends the session.
func (r *runner) guarded(ctx context.Context, s *session, path string) (int, []cache.Event, error) {
	if s.child != nil && !r.force {
		if found := r.passing(ctx, s); len(found) > 0 {
			s.finish()
			return 0, nil, refuseBypass(found)
		}
	}
	vars, notes, err := r.environment(s)
	if err != nil {
		s.finish()
		return 0, nil, err
	}
	if len(notes) > 0 {
		fmt.Fprintf(r.stderr, "pipwarden: left out for this command, because it goes past the guard: %s\n", strings.Join(notes, ", "))
	}
	code, err := runChild(ctx, path, r.args, vars)
	return code, s.finish(), err
}

// runChild runs the command on our terminal and gives its exit code. A terminal's interrupt reaches the whole group,
// so it is the command's to handle; a termination of ours is passed on.
func runChild(ctx context.Context, path string, args, env []string) (int, error) {
	cmd := exec.Command(path, args[1:]...)
	cmd.Args[0] = args[0]
	cmd.Env = env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return 0, usage(fmt.Errorf("start %q: %w", args[0], err))
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			return exitCode(err)
		case sig := <-signals:
			if sig == syscall.SIGTERM {
				_ = cmd.Process.Signal(sig) // it may have ended just now
			}
		}
	}
}

func exitCode(err error) (int, error) {
	var exit *exec.ExitError
	if err == nil || errors.As(err, &exit) {
		if exit == nil {
			return 0, nil
		}
		if code := exit.ExitCode(); code >= 0 {
			return code, nil
		}
		if ws, ok := exit.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
			return 128 + int(ws.Signal()), nil // as shells tell it
		}
		return exitBroken, nil
	}
	return 0, fmt.Errorf("wait for the command: %w", err)
}

// A session is a guard's listener for one command and what happens there.
type session struct {
	url      string
	child    *egressChild // not nil: the listener is a proxy
	hosts    []string     // that are guarded, without ports, as far as this process knows
	upstream string       // the main index that the guard asks, without user and password
	stop     func()       // ends it; events come to an end
	mu       sync.Mutex
	events   []cache.Event
	done     chan struct{} // closed when no more events come
}

func (s *session) add(e cache.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
}

// finish ends the session and gives its events.
func (s *session) finish() []cache.Event {
	s.stop()
	select {
	case <-s.done:
	case <-time.After(drainTime):
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.events
}

// openSession starts a guard for this command, or asks the one that holds the folder.
func (r *runner) openSession(ctx context.Context) (*session, error) {
	gd, err := r.openGuard(ctx)
	var locked *cache.LockedError
	if errors.As(err, &locked) {
		if locked.Owner.URL == "" {
			return nil, withHint(err, "wait for the other process to end, or choose another folder with --cache-dir")
		}
		return r.joinSession(ctx, locked.Owner)
	}
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen on loopback: %w", err), gd.close(ctx))
	}
	const id = "run"
	s := &session{url: "http://" + ln.Addr().String(), upstream: gd.upstream.Indexes()[0].URL.String(), done: make(chan struct{})}
	gd.onDecided(func(e cache.Event) {
		if e.Session == id {
			s.add(e)
		}
	})
	srv := gd.httpServer()
	closeProxy, err := r.proxySession(ctx, gd, s, srv, ln)
	if err != nil {
		return nil, errors.Join(err, ln.Close(), gd.close(ctx))
	}
	srv.BaseContext = func(net.Listener) context.Context { return proxy.WithSession(context.WithoutCancel(ctx), id) }
	go func() {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			r.log.Error("listener failed", "error", err)
		}
	}()
	if err := gd.announce(s.url); err != nil {
		return nil, errors.Join(err, srv.Close(), closeProxy(), gd.close(ctx))
	}
	s.stop = func() {
		defer close(s.done)
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Duration(r.cfg.Server.ShutdownTimeout))
		defer cancel()
		if err := errors.Join(srv.Shutdown(end), closeProxy(), gd.close(end)); err != nil {
			r.log.Warn("guard not closed cleanly", "error", err)
		}
	}
	return s, nil
}

// proxySession makes a session that was asked for via egress one of a proxy. The function ends the proxy.
func (r *runner) proxySession(ctx context.Context, gd *guard, s *session, srv *http.Server, ln net.Listener) (func() error, error) {
	if r.via != viaEgress {
		return func() error { return nil }, nil
	}
	e, err := gd.openRunEgress(ctx, ln)
	if err != nil {
		return nil, err
	}
	srv.Handler, s.child, s.hosts = e.Handler(), &e.child, e.child.Guarded
	gd.server.Bundle, gd.server.Cert = e.child.Bundle, e.child.Cert // for runs that join this one
	return e.Close, nil
}

// joinSession opens a session at a guard that runs already.
func (r *runner) joinSession(ctx context.Context, owner cache.OwnerInfo) (*session, error) {
	rules, indexes, err := r.rules(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, owner.URL+"/-/sessions", nil)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("running guard: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+owner.Token)
	req.Header.Set(proxy.RulesHeader, rules)
	res, err := ownClient.Do(req)
	if err != nil {
		cancel()
		return nil, withHint(fmt.Errorf("the guard of process %d holds the folder and does not answer: %w", owner.PID, err), "end that process, or choose another folder with --cache-dir")
	}
	if res.StatusCode == http.StatusConflict {
		cancel()
		_ = res.Body.Close()
		return nil, usage(withHint(fmt.Errorf("the guard of process %d, which holds the folder, judges by another policy, scanner or index than this run", owner.PID),
			"give both the same configuration, stop that process, or choose another folder with --cache-dir"))
	}
	if res.StatusCode != http.StatusOK {
		cancel()
		_ = res.Body.Close()
		return nil, withHint(fmt.Errorf("the guard of process %d refused a session: %s", owner.PID, visible(res.Status)), "restart it with this version of pipwarden")
	}
	lines := bufio.NewScanner(res.Body)
	var first proxy.SessionLine
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &first) != nil || first.URL == "" {
		cancel()
		_ = res.Body.Close()
		return nil, fmt.Errorf("the guard of process %d gave no session: %v", owner.PID, lines.Err())
	}
	s := &session{url: first.URL, upstream: indexes[0].URL.String(), done: make(chan struct{})}
	for _, ix := range indexes {
		s.hosts = append(s.hosts, ix.URL.Hostname())
	}
	if err := r.joinProxy(s, first, owner); err != nil {
		cancel()
		_ = res.Body.Close()
		return nil, err
	}
	go func() {
		defer close(s.done)
		defer res.Body.Close()
		for lines.Scan() {
			var l proxy.SessionLine
			if json.Unmarshal(lines.Bytes(), &l) == nil && l.Event != nil {
				s.add(*l.Event)
			}
		}
	}()
	s.stop = func() {
		time.AfterFunc(drainTime/4, cancel) // the last events are written in batches
	}
	return s, nil
}

// joinProxy settles whether a joined session is one of a proxy. Where nobody has named the way, and the index does for
// the client, a guard that is no proxy is taken as an index.
func (r *runner) joinProxy(s *session, first proxy.SessionLine, owner cache.OwnerInfo) error {
	if r.via != viaEgress {
		return nil
	}
	if first.Bundle != "" {
		s.child = &egressChild{Proxy: first.URL, Bundle: first.Bundle, Cert: first.Cert}
		return nil
	}
	if !r.chosen || poetryNeedsSource(r.args) != nil {
		return egressMissing(owner.PID)
	}
	if found := bypassing(r.args, os.Environ()); len(found) > 0 && !r.force {
		return refuseBypass(found)
	}
	fmt.Fprintf(r.stderr, "pipwarden: the guard of process %d is no proxy ([egress] enabled = true makes it one): used as an index, so that lock files name it, and locked addresses elsewhere go past it\n", owner.PID)
	return nil
}

// rules are those by which this run wants to be judged, and the indexes that are asked.
func (r *runner) rules(ctx context.Context) (string, []*upstream.Index, error) {
	pol, err := r.compilePolicy()
	if err != nil {
		return "", nil, err
	}
	up, _, err := r.openUpstream(ctx)
	if err != nil {
		return "", nil, err
	}
	defer up.Close()
	return proxy.RulesOf(pol.Revision(), newScanner(r.cfg.Scan).Fingerprint(), up.Indexes()), up.Indexes(), nil
}

// ownClient talks to a guard of ours on loopback, never through a proxy.
var ownClient = &http.Client{Transport: &http.Transport{Proxy: nil, ResponseHeaderTimeout: 10 * time.Second}}

// poetryNeedsSource refuses a run of poetry via the index, which it takes from the project's file alone: a run would look
// guarded and not be.
func poetryNeedsSource(args []string) error {
	if name, _ := clientOf(args); name != "poetry" {
		return nil
	}
	return withHint(errors.New("poetry takes its index from pyproject.toml alone, so this run would not be guarded"), "leave --via out, or say --via egress")
}
