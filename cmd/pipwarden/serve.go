package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"pipwarden/proxy"
)

func newServeCmd(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Serve the guarded index until stopped",
		Long: `Serve the guarded index on server.listen until stopped by SIGINT or SIGTERM.

The policy is read again on SIGHUP and when the file changes; a file with mistakes leaves the old policy in force.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return g.serve(cmd.Context()) },
	}
}

func (g *globals) serve(ctx context.Context) error {
	authenticate, err := g.authentication()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	gd, err := g.openGuard(ctx)
	if err != nil {
		return err
	}
	gd.server.Authenticate = authenticate
	err = g.serveGuard(ctx, gd)
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Duration(g.cfg.Server.ShutdownTimeout))
	defer cancel()
	return errors.Join(err, gd.close(end))
}

func (g *globals) serveGuard(ctx context.Context, gd *guard) error {
	ln, err := net.Listen("tcp", g.cfg.Server.Listen)
	if err != nil {
		return withHint(fmt.Errorf("listen on %s: %w", g.cfg.Server.Listen, err), "choose another address with --listen or server.listen")
	}
	url := gd.url(ln.Addr())
	if err := gd.announce(url); err != nil {
		return errors.Join(err, ln.Close())
	}
	go gd.watchPolicy(ctx)
	go giveBackMemory(ctx)
	srv := gd.httpServer()
	ln = limitConns(srv, ln, g.cfg.Server.MaxConnections)
	failed := make(chan error, 2)
	egress, err := gd.serveEgress(ctx, srv, ln, failed)
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	defer egress.stop()
	fmt.Fprintf(g.stderr, "pipwarden: serving %s/simple/\n", url)
	fmt.Fprintf(g.stderr, "  upstream %s\n  for pip:  export PIP_INDEX_URL=%s/simple/\n  for uv:   export UV_DEFAULT_INDEX=%s/simple/\n", gd.origin, url, url)
	fmt.Fprint(g.stderr, egress.notice)
	srv.Handler = &proxy.Forwarded{Handler: srv.Handler, Proxies: trustedProxies(g.cfg)}
	go func() { failed <- g.listen(srv, ln) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	g.log.Info("stopping")
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Duration(g.cfg.Server.ShutdownTimeout))
	defer cancel()
	if err := srv.Shutdown(end); errors.Is(err, context.DeadlineExceeded) {
		// Clients that do not read are no fault of ours: to a supervisor this is an end in order.
		g.log.Warn("answers cut off at the end", "limit", time.Duration(g.cfg.Server.ShutdownTimeout))
		return srv.Close()
	} else if err != nil {
		return errors.Join(fmt.Errorf("stop: %w", err), srv.Close())
	}
	return nil
}

// listen serves until the server is shut down, over TLS where the configuration has a certificate. Only HTTP/1.1 is
// offered there: HTTP/2 has no reason phrase, and for most clients that is all a person sees.
func (g *globals) listen(srv *http.Server, ln net.Listener) error {
	if c := g.cfg.Server; c.TLSCert != "" {
		srv.Protocols = new(http.Protocols)
		srv.Protocols.SetHTTP1(true)
		return srv.ServeTLS(ln, c.TLSCert, c.TLSKey)
	}
	return srv.Serve(ln)
}
