package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pipwarden/certs"
)

func newCertCmd(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cert",
		Short: "Make, show and trust the certificate authority of the egress proxy",
		Long: `The egress proxy shows clients certificates of its own for the hosts that it guards, and for no other: its authority is
bound to them by X.509 name constraints. Clients have to trust it once. Nothing is trusted before you say so.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newCertInitCmd(g), newCertShowCmd(g), newCertExportCmd(g), newCertTrustCmd(g), newCertUntrustCmd(g))
	return cmd
}

func newCertInitCmd(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "init",
		Short: "Make the certificate authority, or make it anew when the guarded hosts changed",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := g.certAuthority(cmd.Context())
			if err != nil {
				return err
			}
			if a.Made() == "" {
				fmt.Fprintln(g.stderr, "pipwarden: the certificate authority is up to date")
			}
			return g.showAuthority(a)
		},
	}
}

func newCertShowCmd(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "Show the certificate authority, and the stores that could trust it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := g.presentAuthority(cmd.Context())
			if err != nil {
				return err
			}
			return g.showAuthority(a)
		},
	}
}

// A certStatus is what "cert show" tells.
type certStatus struct {
	Name        string    `json:"name"`
	Fingerprint string    `json:"sha256"`
	Hosts       []string  `json:"hosts"`
	Until       time.Time `json:"until"`
	Own         bool      `json:"own"`
	Cert        string    `json:"cert"`
	Bundle      string    `json:"bundle"`
	Made        string    `json:"made,omitempty"` // why it was made just now
}

// showAuthority prints the authority for people or programs.
func (g *globals) showAuthority(a *certs.Authority) error {
	dir, err := g.caDir()
	if err != nil {
		return err
	}
	c := a.Certificate()
	s := certStatus{Name: c.Subject.CommonName, Fingerprint: a.Fingerprint(), Hosts: a.Hosts(), Until: c.NotAfter.UTC(), Own: a.Own(),
		Cert: certs.CertPath(dir), Bundle: certs.BundlePath(dir), Made: a.Made()}
	if g.json {
		return printJSON(g.stdout, s)
	}
	fmt.Fprintf(g.stdout, "authority   %s\nsha256      %s\nhosts       %s\nuntil       %s\ncertificate %s\nbundle      %s (the system's roots and this one)\n",
		visible(s.Name), s.Fingerprint, strings.Join(s.Hosts, ", "), s.Until.Format(time.DateOnly), s.Cert, s.Bundle)
	return nil
}

func newCertExportCmd(g *globals) *cobra.Command {
	var der, bundle bool
	var out string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the authority's certificate, or the bundle with the system's roots",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := g.presentAuthority(cmd.Context())
			if err != nil {
				return err
			}
			b := a.PEM()
			switch {
			case der && bundle:
				return usage(errors.New("--der is one certificate, --bundle are many"))
			case der:
				b = a.DER()
			case bundle:
				dir, err := g.caDir()
				if err != nil {
					return err
				}
				if b, err = os.ReadFile(certs.BundlePath(dir)); err != nil {
					return fmt.Errorf("bundle of certificates: %w", err)
				}
			}
			if out == "" {
				_, err = g.stdout.Write(b)
				return err
			}
			if err := os.WriteFile(out, b, 0o644); err != nil {
				return fmt.Errorf("export the certificate: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&der, "der", false, "write DER instead of PEM")
	cmd.Flags().BoolVar(&bundle, "bundle", false, "write the system's roots too, for settings that replace a client's roots")
	cmd.Flags().StringVarP(&out, "out", "o", "", "file to write (default: standard output)")
	return cmd
}

func newCertTrustCmd(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "trust [STORE...]",
		Short: "Have stores trust the authority, or print the commands that do",
		Long: `Without a store: print for each store of this machine and each client what makes it trust the authority; change nothing.

With stores: add the certificate to them where that is a store of certificates and this user may; else print the exact commands
(exit code 1). Settings of clients are never edited here.`,
		RunE: func(cmd *cobra.Command, args []string) error { return g.trust(cmd.Context(), args, trusting) },
	}
}

func newCertUntrustCmd(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "untrust [STORE...]",
		Short: "Take the authority out of stores, or print the commands that do",
		RunE:  func(cmd *cobra.Command, args []string) error { return g.trust(cmd.Context(), args, removing) },
	}
}

// A trustChange is one direction in which stores are changed.
type trustChange struct {
	done     string
	commands func(certs.Store) []string
	apply    func(*certs.Store) error
}

var (
	trusting = trustChange{"trusts the authority now", func(s certs.Store) []string { return s.Trust }, (*certs.Store).Add}
	removing = trustChange{"trusts the authority no longer", func(s certs.Store) []string { return s.Untrust }, (*certs.Store).Remove}
)

// trust changes stores or says how to.
func (g *globals) trust(ctx context.Context, names []string, c trustChange) error {
	a, err := g.presentAuthority(ctx)
	if err != nil {
		return err
	}
	dir, err := g.caDir()
	if err != nil {
		return err
	}
	stores := certs.Stores(a.TargetOf(dir))
	if len(names) == 0 {
		for _, s := range stores {
			if s.Here {
				g.printStore(s, c)
			}
		}
		return nil
	}
	byHand := false
	for _, name := range names {
		s := findStore(stores, name)
		if s == nil {
			return usage(withHint(fmt.Errorf("no store %q", name), "there are: "+storeNames(stores)))
		}
		err := c.apply(s)
		switch {
		case errors.Is(err, certs.ErrByHand):
			byHand = true
			g.printStore(*s, c)
		case err != nil:
			return err
		default:
			fmt.Fprintf(g.stderr, "pipwarden: %s %s\n", s.Name, c.done)
		}
	}
	if byHand {
		return &exitError{Code: exitRefused}
	}
	return nil
}

func (g *globals) printStore(s certs.Store, c trustChange) {
	fmt.Fprintf(g.stdout, "# %s: %s\n", s.Name, s.About)
	for _, line := range c.commands(s) {
		fmt.Fprintln(g.stdout, line)
	}
}

func findStore(stores []certs.Store, name string) *certs.Store {
	for i := range stores {
		if stores[i].Name == name {
			return &stores[i]
		}
	}
	return nil
}

func storeNames(stores []certs.Store) string {
	var names []string
	for _, s := range stores {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

// presentAuthority gives the authority that is there, for commands that should not put another in its place; where there is none it
// is made.
func (g *globals) presentAuthority(ctx context.Context) (*certs.Authority, error) {
	dir, err := g.caDir()
	if err != nil {
		return nil, err
	}
	if g.cfg.Egress.CACert != "" {
		return g.certAuthority(ctx)
	}
	a, err := certs.Load(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return g.certAuthority(ctx)
	}
	return a, usage(err)
}

// certAuthority opens the authority for the hosts that a guard of this configuration would guard.
func (g *globals) certAuthority(ctx context.Context) (*certs.Authority, error) {
	up, _, err := g.openUpstream(ctx)
	if err != nil {
		return nil, err
	}
	defer up.Close()
	hosts, err := g.guardedHosts(ctx, up)
	if err != nil {
		return nil, err
	}
	return g.openAuthority(hosts)
}

// openAuthority opens the authority and writes the bundle beside it. A new one is told to a person.
func (g *globals) openAuthority(hosts []string) (*certs.Authority, error) {
	dir, err := g.caDir()
	if err != nil {
		return nil, err
	}
	e := g.cfg.Egress
	a, err := certs.Open(certs.Options{Hosts: hosts, Lifetime: time.Duration(e.CALifetime), Dir: dir, CertFile: e.CACert, KeyFile: e.CAKey})
	if err != nil {
		return nil, usage(err)
	}
	if a.Own() {
		if err := a.Publish(dir); err != nil {
			return nil, err
		}
	}
	b := certs.Bundle{Extra: g.extraRoots()}
	roots, err := b.Write(certs.BundlePath(dir), a)
	if err != nil {
		return nil, err
	}
	if roots == 0 {
		fmt.Fprintln(g.stderr, "pipwarden: the system's roots were not found: clients that use the bundle reach guarded hosts alone")
	}
	if a.Made() != "" {
		fmt.Fprintf(g.stderr, "pipwarden: made a new certificate authority for %s: %s\n  clients that trusted the one before have to trust %s (\"pipwarden cert trust\" says how)\n",
			strings.Join(a.Hosts(), ", "), a.Made(), certs.CertPath(dir))
	}
	return a, nil
}

// rootVariables name the files of certificates that this user's clients trust so far; the first two are what settings of the
// guard would replace.
var rootVariables = []string{"PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"}

// extraRoots are those files, and that of [upstream] ca_bundle.
func (g *globals) extraRoots() []string {
	files := []string{g.cfg.Upstream.CABundle}
	for _, v := range rootVariables {
		files = append(files, os.Getenv(v))
	}
	return files
}

// caDir is the folder of the certificate authority. It is data and no cache: whoever empties caches should not have to trust
// anew.
func (g *globals) caDir() (string, error) {
	if g.cfg.Egress.CADir != "" {
		return filepath.Abs(g.cfg.Egress.CADir)
	}
	dir, err := dataDir()
	if err != nil {
		return "", usage(withHint(fmt.Errorf("no folder for the certificate authority: %w", err), "name one with egress.ca_dir"))
	}
	return filepath.Join(dir, "pipwarden", "ca"), nil
}

// dataDir is where programs of this user keep their data.
func dataDir() (string, error) {
	switch runtime.GOOS {
	case "windows":
		if dir := os.Getenv("LocalAppData"); dir != "" {
			return dir, nil
		}
		return "", fmt.Errorf("LocalAppData: %w", fs.ErrNotExist)
	case "darwin":
		home, err := os.UserHomeDir()
		return filepath.Join(home, "Library", "Application Support"), err
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".local", "share"), err
}
