package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"pipwarden/policy"
	"pipwarden/proxy"
	"pipwarden/token"
)

func newTokenCmd(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make, list and revoke the tokens by which clients of a gateway say who they are",
		Long: `Make, list and revoke the tokens that clients have to show to a guard that listens beyond this machine. A running guard notices
within seconds. Clients give a token as the password of any user: https://__token__:TOKEN@guard.invalid:8791/simple/, in
netrc, by keyring, or as "Authorization: Bearer".`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newTokenCreateCmd(g), newTokenListCmd(g), newTokenRevokeCmd(g))
	return cmd
}

func newTokenCreateCmd(g *globals) *cobra.Command {
	scope, life := string(token.Read), "90d"
	cmd := &cobra.Command{
		Use:     "create NAME",
		Short:   "Make a token and print it, once",
		Long:    "Make a token and print it. It is printed this once: what is kept of it opens nothing.",
		Example: "  pipwarden token create ci-linux\n  pipwarden token create audit --scope admin --expires 7d",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return g.createToken(args[0], scope, life) },
	}
	cmd.Flags().StringVar(&scope, "scope", scope, "read: pages and files; admin: the events of all clients too")
	cmd.Flags().StringVar(&life, "expires", life, "how long it is valid, such as 12h or 90d")
	return cmd
}

func newTokenListCmd(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the tokens with scope and end",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return g.listTokens() },
	}
}

func newTokenRevokeCmd(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke NAME",
		Short: "End a token",
		Args:  cobra.ExactArgs(1),
		RunE:  func(_ *cobra.Command, args []string) error { return g.revokeToken(args[0]) },
	}
}

// tokens is the folder of tokens.
func (g *globals) tokens() (*token.Folder, error) {
	if g.cfg.Server.TokenDir != "" {
		dir, err := filepath.Abs(g.cfg.Server.TokenDir)
		return &token.Folder{Dir: dir}, err
	}
	dir, err := dataDir()
	if err != nil {
		return nil, usage(withHint(fmt.Errorf("no folder for tokens: %w", err), "name one with server.token_dir"))
	}
	return &token.Folder{Dir: filepath.Join(dir, "pipwarden", "tokens")}, nil
}

func (g *globals) createToken(name, scope, life string) error {
	f, err := g.tokens()
	if err != nil {
		return err
	}
	var s token.Scope
	if err := s.UnmarshalText([]byte(scope)); err != nil {
		return usage(fmt.Errorf("--scope: %w", err))
	}
	span, err := policy.ParseDuration(life)
	if err != nil {
		return usage(fmt.Errorf("--expires: %w", err))
	}
	t, secret, err := f.Create(name, s, time.Duration(span))
	if errors.Is(err, fs.ErrExist) {
		return usage(withHint(fmt.Errorf("token %q is there already", name), "choose another name, or revoke it first"))
	}
	if err != nil {
		return usage(err)
	}
	if g.json {
		return printJSON(g.stdout, map[string]any{"name": t.Name, "scope": t.Scope, "expires": t.Expires, "token": secret})
	}
	fmt.Fprintln(g.stdout, secret)
	fmt.Fprintf(g.stderr, "pipwarden: token %q, scope %s, until %s; it is not shown again\n", t.Name, t.Scope, t.Expires.Format(time.RFC3339))
	return nil
}

// tokenDoc is one token in what "token list --json" prints.
type tokenDoc struct {
	Name    string      `json:"name"`
	Scope   token.Scope `json:"scope"`
	Created time.Time   `json:"created"`
	Expires time.Time   `json:"expires"`
	Valid   bool        `json:"valid"`
}

func (g *globals) listTokens() error {
	f, err := g.tokens()
	if err != nil {
		return err
	}
	all, bad := f.List()
	docs := make([]tokenDoc, len(all))
	for i, t := range all {
		docs[i] = tokenDoc{t.Name, t.Scope, t.Created, t.Expires, t.Valid(time.Now())}
	}
	if g.json {
		return errors.Join(printJSON(g.stdout, docs), bad)
	}
	for _, d := range docs {
		end := "until  "
		if !d.Valid {
			end = "expired"
		}
		fmt.Fprintf(g.stdout, "%-24s %-5s %s %s\n", d.Name, d.Scope, end, d.Expires.Format(time.RFC3339))
	}
	return bad
}

func (g *globals) revokeToken(name string) error {
	f, err := g.tokens()
	if err != nil {
		return err
	}
	err = f.Revoke(name)
	if errors.Is(err, fs.ErrNotExist) {
		return usage(withHint(fmt.Errorf("there is no token %q", visible(name)), "see \"pipwarden token list\""))
	}
	return err
}

// authentication tells whose a secret is, as the configuration wants it asked; nil when nobody is asked. It is an error where clients
// are to be served that must not be.
func (g *globals) authentication() (func(secret string) (proxy.Identity, bool), error) {
	if !tokensNeeded(g.cfg) {
		return nil, usage(listeningRules(g.cfg, false))
	}
	f, err := g.tokens()
	if err != nil {
		return nil, err
	}
	ring := &token.Keyring{Folder: f, Log: g.log}
	if err := listeningRules(g.cfg, ring.Any()); err != nil {
		return nil, usage(err)
	}
	return func(secret string) (proxy.Identity, bool) {
		t, ok := ring.Verify(secret)
		return proxy.Identity{Name: t.Name, Admin: ok && t.Scope == token.Admin}, ok
	}, nil
}
