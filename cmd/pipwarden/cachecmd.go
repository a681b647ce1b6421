package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"pipwarden/cache"
	"pipwarden/config"
)

func newCacheCmd(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cache",
		Short: "Look at, verify or shrink the store",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		&cobra.Command{Use: "stats", Short: "Print what the store holds", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return g.withStore(cmd.Context(), g.cacheStats) }},
		&cobra.Command{Use: "verify", Short: "Read every file again and remove what is damaged", Args: cobra.NoArgs,
			Long: "Read every file again and compare its hash. What is damaged is removed and fetched anew when it is asked for.\nExit code 1 when something was damaged or missing.",
			RunE: func(cmd *cobra.Command, _ []string) error { return g.withStore(cmd.Context(), g.cacheVerify) }},
		newPruneCmd(g),
	)
	return cmd
}

// pruneDoc is what "cache prune --json" prints.
type pruneDoc struct {
	Removed int   `json:"removed"`
	Bytes   int64 `json:"bytes"`
	Pinned  int   `json:"pinned"` // would have been removed, but are being served
}

func newPruneCmd(g *globals) *cobra.Command {
	var o cache.PruneOptions
	var all bool
	cmd := &cobra.Command{Use: "prune", Short: "Remove files, the least recently used first", Args: cobra.NoArgs,
		Long: "Remove files until the store is under cache.max_size or --to, and those not used for --older-than.\nReports stay: what is fetched again is not scanned again.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if all {
				o.MaxBytes = -1
			}
			return g.withStore(cmd.Context(), func(ctx context.Context, s *cache.Store) error {
				r, err := s.Prune(ctx, o)
				if err != nil {
					return err
				}
				if g.json {
					return printJSON(g.stdout, pruneDoc(r))
				}
				fmt.Fprintf(g.stdout, "removed %d files, %s; %d are in use and stay\n", r.Removed, config.Size(r.Bytes), r.Pinned)
				return nil
			})
		}}
	cmd.Flags().Func("to", "largest size that stays, such as 5GiB", func(text string) error {
		var size config.Size
		err := size.UnmarshalText([]byte(text))
		o.MaxBytes = max(int64(size), 1)
		return err
	})
	cmd.Flags().Func("older-than", "remove what was not used for this long, such as 30d", func(text string) error {
		var d config.Duration
		err := d.UnmarshalText([]byte(text))
		o.OlderThan = time.Duration(d)
		return err
	})
	cmd.Flags().BoolVar(&all, "all", false, "remove every file")
	return cmd
}

// withStore opens the store for a command that needs it alone.
func (g *globals) withStore(ctx context.Context, do func(context.Context, *cache.Store) error) error {
	s, err := g.openStore(ctx)
	var locked *cache.LockedError
	if errors.As(err, &locked) {
		return withHint(err, "stop that process first, or name another folder with --cache-dir")
	}
	if err != nil {
		return err
	}
	return errors.Join(do(ctx, s), s.Close())
}

func (g *globals) cacheStats(ctx context.Context, s *cache.Store) error {
	st, err := s.Stats(ctx)
	if err != nil {
		return err
	}
	if g.json {
		return printJSON(g.stdout, st)
	}
	fmt.Fprintf(g.stdout, "folder    %s\nfiles     %d, %s of %s\npartial   %d, %s\ndatabase  %s\nreports   %d\npages     %d\nmetadata  %d\nevents    %d\n",
		visible(st.Dir), st.Files, config.Size(st.FileBytes), config.Size(st.MaxBytes), st.Partials, config.Size(st.PartialBytes),
		config.Size(st.DatabaseBytes), st.Reports, st.Pages, st.Metadata, st.Events)
	return nil
}

func (g *globals) cacheVerify(ctx context.Context, s *cache.Store) error {
	var o cache.VerifyOptions
	if !g.json {
		o.Progress = func(sha256 string, _ int64, ok bool) {
			if !ok {
				fmt.Fprintf(g.stderr, "damaged: %s\n", sha256)
			}
		}
	}
	r, err := s.Verify(ctx, o)
	if err != nil {
		return err
	}
	if g.json {
		if err := printJSON(g.stdout, r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(g.stdout, "%d whole files, %s; %d damaged, %d missing, %d without a record taken in, %d strays removed\n",
			r.Whole, config.Size(r.Bytes), len(r.Damaged), len(r.Missing), r.Adopted, len(r.Strays))
	}
	if r.Database != nil {
		return fmt.Errorf("the database is damaged and is rebuilt at the next start: %w", r.Database)
	}
	if len(r.Damaged)+len(r.Missing) > 0 {
		return &exitError{Code: exitRefused}
	}
	return nil
}
