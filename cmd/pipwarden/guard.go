package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"time"

	"pipwarden/cache"
	"pipwarden/config"
	"pipwarden/gate"
	"pipwarden/policy"
	"pipwarden/proxy"
	"pipwarden/upstream"
)

// policyPoll is how often the configuration file is looked at for a change.
const policyPoll = 2 * time.Second

// A guard is everything that serves, wired.
type guard struct {
	*globals
	store    *cache.Store
	upstream *upstream.Client
	gate     *gate.Gate
	server   *proxy.Server
	policy   atomic.Pointer[policy.Policy]
	decided  atomic.Pointer[func(cache.Event)]
	origin   string // where the indexes were found, for a person
	token    string
}

// openGuard wires a guard by the configuration. It listens nowhere yet.
func (g *globals) openGuard(ctx context.Context) (*guard, error) {
	gd := &guard{globals: g, token: rand.Text()}
	pol, err := g.compilePolicy()
	if err != nil {
		return nil, err
	}
	gd.policy.Store(pol)
	if gd.store, err = g.openStore(ctx); err != nil {
		return nil, err
	}
	if gd.upstream, gd.origin, err = g.openUpstream(ctx); err != nil {
		return nil, errors.Join(err, gd.store.Close())
	}
	gd.gate = g.newGate(gd)
	gd.server = g.newServer(gd)
	return gd, nil
}

// tellDecided passes the gate's events on to whoever asked for them.
func (gd *guard) tellDecided(e cache.Event) {
	if fn := gd.decided.Load(); fn != nil {
		(*fn)(e)
	}
}

// onDecided has fn called with every decision. It must not block.
func (gd *guard) onDecided(fn func(cache.Event)) { gd.decided.Store(&fn) }

// announce lets other processes find this guard.
func (gd *guard) announce(url string) error {
	if err := gd.store.SetOwner(cache.OwnerInfo{PID: os.Getpid(), URL: url, Token: gd.token}); err != nil {
		return fmt.Errorf("announce the guard: %w", err)
	}
	return nil
}

// close waits for the work under way and closes all.
func (gd *guard) close(ctx context.Context) error {
	err := gd.gate.Close(ctx)
	gd.server.Wait()
	gd.upstream.Close()
	return errors.Join(err, gd.store.Close())
}

// url is the address under which the guard is reached.
func (gd *guard) url(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	scheme := "http://"
	if gd.cfg.Server.TLSCert != "" {
		scheme = "https://"
	}
	return scheme + net.JoinHostPort(host, port)
}

// watchPolicy puts a changed policy in force, on SIGHUP and when the file changes, until ctx ends. A file with
// mistakes leaves the old policy.
func (gd *guard) watchPolicy(ctx context.Context) {
	hup := make(chan os.Signal, 1)
	notifyReload(hup)
	defer signal.Stop(hup)
	tick := time.NewTicker(policyPoll)
	defer tick.Stop()
	last := gd.stamp // an edit while the guard was starting counts
	for {
		asked := false
		select {
		case <-ctx.Done():
			return
		case <-hup:
			asked = true
		case <-tick.C:
		}
		stamp := gd.configStamp()
		if asked || stamp != last {
			last = stamp
			gd.reload()
		}
	}
}

func (gd *guard) reload() {
	cfg, err := gd.loadConfig()
	if err != nil {
		gd.log.Error("configuration has mistakes, the old policy stays in force", "error", err)
		return
	}
	fresh := *gd.globals
	fresh.cfg = cfg
	pol, err := fresh.compilePolicy()
	if err != nil {
		gd.log.Error("policy has mistakes, the old one stays in force", "error", err)
		return
	}
	old := gd.policy.Swap(pol)
	gd.log.Info("policy loaded", "policy", pol.Revision(), "changed", old.Revision() != pol.Revision())
}

// configStamp tells versions of the configuration apart, also of one that is not there yet.
func (g *globals) configStamp() string {
	paths := config.DefaultPaths(os.Environ())
	if file := g.cfg.File(); file != "" {
		paths = []string{file}
	}
	var stamps []string
	for _, path := range paths {
		stamps = append(stamps, fileStamp(path))
	}
	return strings.Join(stamps, "\n")
}

// fileStamp tells versions of a file apart without reading it; "" when it is not there.
func fileStamp(path string) string {
	st, err := os.Stat(path)
	if err != nil {
		return ""
	}
	return fmt.Sprint(st.ModTime().UnixNano(), " ", st.Size())
}

// httpServer serves the guard, with limits against clients that hold connections and do nothing.
func (gd *guard) httpServer() *http.Server {
	return &http.Server{
		Handler:           gd.server,
		ReadHeaderTimeout: time.Duration(gd.cfg.Server.HeaderTimeout),
		IdleTimeout:       time.Duration(gd.cfg.Server.IdleTimeout),
		MaxHeaderBytes:    32 << 10, // 32 KiB: no client sends a tenth of it
		ErrorLog:          newHTTPLog(gd.log),
	}
}

// hostNames are the names under which a guard that listens at addr may be addressed; none (any) for an address beyond
// loopback without names in the configuration. The names of loopback are always among them: other processes of this
// machine find the guard there.
func hostNames(listen string, more []string) []string {
	if !onLoopback(listen) && len(more) == 0 {
		return nil
	}
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		host = listen
	}
	return append([]string{"127.0.0.1", "localhost", "::1", host}, more...)
}
