package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pipwarden/cache"
	"pipwarden/config"
	"pipwarden/gate"
	"pipwarden/policy"
	"pipwarden/proxy"
	"pipwarden/scan"
	"pipwarden/scan/archive"
	"pipwarden/scan/rules"
	"pipwarden/upstream"
)

// newLog writes the program's log to w, as the configuration says.
func newLog(w *os.File, cfg config.Log) *slog.Logger {
	opts := &slog.HandlerOptions{Level: slog.Level(cfg.Level)}
	if cfg.Format == config.FormatJSON {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

// quiet keeps the log of a guard that lives for one command to what a person has to know, unless somebody asked for
// more: the command's own words tell the rest.
func (g *globals) quiet() {
	if g.cfg.Origin("log.level") == (policy.Origin{}) {
		g.cfg.Log.Level = config.LogLevel(slog.LevelWarn)
		g.log = newLog(g.stderr, g.cfg.Log)
	}
}

// storeDir is the folder of the store.
func (g *globals) storeDir() (string, error) {
	if g.cfg.Cache.Dir != "" {
		return filepath.Abs(g.cfg.Cache.Dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", usage(withHint(fmt.Errorf("no folder for the store: %w", err), "name one with --cache-dir or cache.dir"))
	}
	return filepath.Join(dir, "pipwarden"), nil
}

func (g *globals) openStore(ctx context.Context) (*cache.Store, error) {
	dir, err := g.storeDir()
	if err != nil {
		return nil, err
	}
	s, err := cache.Open(ctx, cache.Options{Dir: dir, MaxBytes: int64(g.cfg.Cache.MaxSize), Log: g.log})
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	return s, nil
}

// compilePolicy makes the policy of the configuration.
func (g *globals) compilePolicy() (*policy.Policy, error) {
	p, err := g.cfg.Compile()
	return p, usage(err)
}

// openUpstream finds the indexes, in the configuration or as pip would, and says where it found them.
func (g *globals) openUpstream(ctx context.Context) (*upstream.Client, string, error) {
	u := &g.cfg.Upstream
	found, err := g.indexes(ctx)
	if err != nil {
		return nil, "", err
	}
	for i := range found.Indexes {
		if len(u.Index) == 0 {
			found.Indexes[i].RedirectHosts = u.RedirectHosts
		}
	}
	for _, note := range found.Notes {
		g.log.Info("pip's settings", "detail", note)
	}
	opts := upstream.Options{Indexes: found.Indexes, Log: g.log, UserAgent: "pipwarden/" + version,
		CABundle: orElse(u.CABundle, found.CABundle), ClientCert: orElse(u.ClientCert, found.ClientCert), Proxy: found.Proxy, Netrc: u.Netrc,
		ConnectTimeout: time.Duration(u.ConnectTimeout), HeaderTimeout: time.Duration(u.HeaderTimeout), IdleTimeout: time.Duration(u.IdleTimeout),
		PageTimeout: time.Duration(u.PageTimeout), MaxPageBytes: int64(u.MaxPageSize), MaxMetadataBytes: int64(u.MaxMetadataSize),
		MaxFileBytes: int64(u.MaxFileSize), Retries: u.Retries, MaxPerHost: u.MaxPerHost}
	if u.Retries == 0 {
		opts.Retries = -1 // none
	}
	if u.Proxy != "" {
		if opts.Proxy, err = url.Parse(u.Proxy.Secret()); err != nil {
			return nil, "", usage(errors.New("upstream.proxy is not a URL"))
		}
	}
	c, err := upstream.New(opts)
	if err != nil {
		return nil, "", usage(err)
	}
	names := make([]string, len(found.Indexes))
	for i, ix := range found.Indexes {
		names[i] = ix.URL.Redacted()
	}
	return c, fmt.Sprintf("%s (from %s)", strings.Join(names, ", "), found.Origin), nil
}

// indexes are those of the configuration, else those of pip.
func (g *globals) indexes(ctx context.Context) (upstream.Discovery, error) {
	u := &g.cfg.Upstream
	var d upstream.Discovery
	list := u.Index
	if len(list) == 0 && u.IndexURL != "" {
		list = []config.Index{{Name: "default", URL: u.IndexURL}}
	}
	for _, c := range list {
		ix, err := upstream.ParseIndex(c.Name, c.URL.Secret())
		if err != nil {
			return d, usage(err)
		}
		ix.Reserved, ix.RedirectHosts = c.Reserved, c.RedirectHosts
		d.Indexes = append(d.Indexes, ix)
	}
	if len(list) > 0 {
		d.Origin = "the configuration"
		return d, nil
	}
	own := &url.URL{Scheme: "http", Host: g.cfg.Server.Listen}
	d, err := upstream.Discover(ctx, upstream.DiscoverOptions{Exclude: []*url.URL{own}, Log: g.log})
	if err != nil {
		return d, usage(err)
	}
	return d, nil
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// newScanner is the scanner with all rules and the limits of the configuration.
func newScanner(c config.Scan) *scan.Scanner {
	s := rules.NewScanner()
	s.Limits = archive.Limits{Members: c.MaxMembers, Member: int64(c.MaxMemberSize), Total: int64(c.MaxTotalSize), Ratio: int64(c.MaxRatio)}
	return s
}

func (g *globals) newGate(gd *guard) *gate.Gate {
	c := g.cfg
	prefetch := int64(c.Scan.Prefetch)
	if prefetch == 0 {
		prefetch = -1 // none
	}
	return &gate.Gate{Store: gd.store, Upstream: gd.upstream, Scanner: newScanner(c.Scan), Policy: gd.policy.Load, Log: g.log,
		MaxFetches: c.Upstream.Parallel, MaxScans: c.Scan.Parallel, MaxJobs: c.Scan.Queue, FetchLimit: time.Duration(c.Upstream.FileTimeout),
		ScanLimit: time.Duration(c.Scan.Time), MaxPrefetch: prefetch, OnDecided: gd.tellDecided}
}

func (g *globals) newServer(gd *guard) *proxy.Server {
	c := g.cfg
	return &proxy.Server{Gate: gd.gate, Store: gd.store, Upstream: gd.upstream, Policy: gd.policy.Load, Log: g.log,
		Freshness: time.Duration(c.Upstream.Freshness), StaleWait: time.Duration(c.Upstream.StaleWait), MaxStale: time.Duration(c.Upstream.MaxStale),
		NoStore: c.Server.StrictNoStore, Token: gd.token, Hosts: hostNames(c.Server.Listen, c.Server.Hosts), Version: version}
}
