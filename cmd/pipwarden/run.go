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
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"pipwarden/cache"
	"pipwarden/proxy"
)

// drainTime is how long after the command's end its last events are waited for.
const drainTime = 2 * time.Second

func newRunCmd(g *globals) *cobra.Command {
	var sharedCache, force bool
	cmd := &cobra.Command{
		Use:   "run [flags] -- COMMAND [ARG...]",
		Short: "Run a package client with every install going through the guard",
		Long: `Run a package client (pip, uv, pdm, pipenv, or a script that calls them) so that it asks this guard and nobody else.

A guard is started on a free port of loopback for as long as the command runs; where one is serving from the same folder
already, it is used. The client gets a cache of its own: what lies in its usual cache was never judged. At the end a table
tells what was warned about and refused, and why. The exit code is the command's.`,
		Example: "  pipwarden run -- pip install requests flask numpy\n  pipwarden run -- uv sync",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := runner{globals: g, args: args, sharedCache: sharedCache}
			if found := bypassing(args, os.Environ()); len(found) > 0 && !force {
				return usage(withHint(errors.New(strings.Join(found, "; ")), "leave it out, add the index under [upstream] in the configuration, or say --force to run it all the same"))
			}
			return r.run(cmd.Context())
		},
	}
	cmd.Flags().SetInterspersed(false)
	cmd.Flags().BoolVar(&sharedCache, "shared-cache", false, "let the client use its usual cache, with files in it that were never judged")
	cmd.Flags().BoolVar(&force, "force", false, "run a command line that names other sources of files, past the guard")
	return cmd
}

// A runner runs one command behind the guard.
type runner struct {
	*globals
	args        []string
	sharedCache bool
}

func (r *runner) run(ctx context.Context) error {
	if err := poetryNeedsSource(r.args); err != nil {
		return usage(err)
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
	env := clientEnv{Index: s.url + "/simple/"}
	if !r.sharedCache {
		dir, err := r.storeDir()
		if err != nil {
			return err
		}
		env.CacheDir = filepath.Join(dir, "clients")
	}
	vars, notes := env.apply(os.Environ())
	if len(notes) > 0 {
		fmt.Fprintf(r.stderr, "pipwarden: left out for this command, because it goes past the guard: %s\n", strings.Join(notes, ", "))
	}
	code, err := runChild(ctx, path, r.args, vars)
	events := s.finish()
	if err != nil {
		return err
	}
	if sumErr := r.summary(events); sumErr != nil {
		return sumErr
	}
	if code != 0 {
		return &exitError{Code: code}
	}
	return nil
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
	url    string
	stop   func() // ends it; events come to an end
	mu     sync.Mutex
	events []cache.Event
	done   chan struct{} // closed when no more events come
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
	s := &session{url: "http://" + ln.Addr().String(), done: make(chan struct{})}
	gd.onDecided(func(e cache.Event) {
		if e.Session == id {
			s.add(e)
		}
	})
	srv := gd.httpServer()
	srv.BaseContext = func(net.Listener) context.Context { return proxy.WithSession(context.WithoutCancel(ctx), id) }
	go func() {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			r.log.Error("listener failed", "error", err)
		}
	}()
	if err := gd.announce(s.url); err != nil {
		return nil, errors.Join(err, srv.Close(), gd.close(ctx))
	}
	s.stop = func() {
		defer close(s.done)
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Duration(r.cfg.Server.ShutdownTimeout))
		defer cancel()
		if err := errors.Join(srv.Shutdown(end), gd.close(end)); err != nil {
			r.log.Warn("guard not closed cleanly", "error", err)
		}
	}
	return s, nil
}

// joinSession opens a session at a guard that runs already.
func (r *runner) joinSession(ctx context.Context, owner cache.OwnerInfo) (*session, error) {
	rules, err := r.rules(ctx)
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
	s := &session{url: first.URL, done: make(chan struct{})}
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

// rules are those by which this run wants to be judged.
func (r *runner) rules(ctx context.Context) (string, error) {
	pol, err := r.compilePolicy()
	if err != nil {
		return "", err
	}
	up, _, err := r.openUpstream(ctx)
	if err != nil {
		return "", err
	}
	defer up.Close()
	return proxy.RulesOf(pol.Revision(), newScanner(r.cfg.Scan).Fingerprint(), up.Indexes()), nil
}

// ownClient talks to a guard of ours on loopback, never through a proxy.
var ownClient = &http.Client{Transport: &http.Transport{Proxy: nil, ResponseHeaderTimeout: 10 * time.Second}}

// poetryNeedsSource refuses a run of poetry, which takes its index from the project's file alone: a run would look
// guarded and not be.
func poetryNeedsSource(args []string) error {
	name := strings.TrimSuffix(filepath.Base(args[0]), ".exe")
	if i := slices.Index(args, "-m"); i >= 0 && i+1 < len(args) {
		name = args[i+1]
	}
	if name != "poetry" {
		return nil
	}
	return withHint(errors.New("poetry takes its index from pyproject.toml alone, so this run would not be guarded"),
		"start \"pipwarden serve\", then \"poetry source add --priority=primary pipwarden URL\" with the address that it prints")
}
