package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"pipwarden/cache"
	"pipwarden/proxy"
	"pipwarden/pypi"
)

// maxOwnAnswer bounds what is read of a guard's answer: 64 MiB hold the largest page.
const maxOwnAnswer = 64 << 20

func newWhyCmd(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "why ID | NAME==VERSION | FILENAME",
		Short: "Explain why a file is refused or let through",
		Long:  "Explain a decision by the id that a refusal names (the end of its /-/why/ address), by release, or by file name.",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id := args[0]
			if _, after, ok := strings.Cut(id, "/-/why/"); ok {
				id = after
			}
			if !isID(id) {
				return g.policyExplain(cmd.Context(), args[0])
			}
			return g.withGuard(cmd.Context(), func(ctx context.Context, ask asker) error {
				why, err := ask.why(ctx, id)
				if err != nil {
					return err
				}
				if g.json {
					return printJSON(g.stdout, why)
				}
				_, err = io.WriteString(g.stdout, why.Text())
				return err
			})
		},
	}
}

// isID tells an id, <index>.<project>.<twenty hex digits>, from the name of a file.
func isID(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || len(parts[2]) != 20 {
		return false
	}
	return strings.Trim(parts[2], "0123456789abcdef") == ""
}

// An asker asks a guard over HTTP.
type asker struct{ url, token string }

// withGuard gives access to the guard that holds the folder, or to one started for this command.
func (g *globals) withGuard(ctx context.Context, do func(context.Context, asker) error) error {
	g.quiet()
	gd, err := g.openGuard(ctx)
	var locked *cache.LockedError
	if errors.As(err, &locked) && locked.Owner.URL != "" {
		return do(ctx, asker{locked.Owner.URL, locked.Owner.Token})
	}
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(fmt.Errorf("listen on loopback: %w", err), gd.close(ctx))
	}
	srv := gd.httpServer()
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ln) }()
	err = do(ctx, asker{"http://" + ln.Addr().String(), gd.token})
	err = errors.Join(err, srv.Close())
	if serveErr := <-ended; !errors.Is(serveErr, http.ErrServerClosed) {
		err = errors.Join(err, serveErr)
	}
	return errors.Join(err, gd.close(ctx))
}

func (a asker) get(ctx context.Context, path, accept string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url+path, nil)
	if err != nil {
		return nil, fmt.Errorf("ask the guard: %w", err)
	}
	req.Header.Set("Accept", accept)
	req.Header.Set("Authorization", "Bearer "+a.token)
	res, err := ownClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the guard: %w", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxOwnAnswer))
	if err != nil {
		return nil, fmt.Errorf("ask the guard: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		_, phrase, _ := strings.Cut(res.Status, " ")
		return nil, errors.New(visible(phrase))
	}
	return body, nil
}

// why gets the explanation of a file.
func (a asker) why(ctx context.Context, id string) (*proxy.Why, error) {
	body, err := a.get(ctx, "/-/why/"+id, "application/json")
	if err != nil {
		return nil, err
	}
	var w proxy.Why
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, fmt.Errorf("explanation of %q: %w", id, err)
	}
	return &w, nil
}

// files gives the ids of a project's files that match.
func (a asker) files(ctx context.Context, name pypi.Name, match func(*pypi.File) bool) ([]string, error) {
	body, err := a.get(ctx, "/-/files/"+string(name), "application/json")
	if err != nil {
		return nil, err
	}
	var list []proxy.FileID
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, fmt.Errorf("files of %s: %w", name, err)
	}
	var ids []string
	for _, f := range list {
		fn, err := pypi.ParseFilename(f.Filename, name)
		if err != nil {
			fn = pypi.Filename{Text: f.Filename}
		}
		if match(&pypi.File{Filename: f.Filename, Parsed: fn}) {
			ids = append(ids, f.ID)
		}
	}
	return ids, nil
}
