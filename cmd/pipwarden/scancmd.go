package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"pipwarden/pypi"
	"pipwarden/scan"
	"pipwarden/scan/rules"
)

func newScanCmd(g *globals) *cobra.Command {
	var sarif bool
	cmd := &cobra.Command{
		Use:   "scan FILE...",
		Short: "Scan wheels and sdists and print what they hold",
		Long: `Scan wheels and sdists and print what they hold. Nothing is unpacked, imported or run.

Exit code 1 when a file is malicious, or when something in it could not be scanned; 0 when all are clean or suspicious.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return g.scan(cmd.Context(), args, sarif) },
	}
	cmd.Flags().BoolVar(&sarif, "sarif", false, "print one SARIF 2.1.0 document")
	return cmd
}

func (g *globals) scan(ctx context.Context, paths []string, sarif bool) error {
	s := newScanner(g.cfg.Scan)
	var reports []*scan.Report
	bad := false
	for _, path := range paths {
		r, err := scanFile(ctx, s, path, time.Duration(g.cfg.Scan.Time))
		if err != nil {
			return err
		}
		bad = bad || r.Level == scan.LevelMalicious || len(r.Gaps) > 0
		reports = append(reports, r)
	}
	if err := g.printReports(reports, sarif); err != nil {
		return err
	}
	if bad {
		return &exitError{Code: exitRefused}
	}
	return nil
}

// scanFile scans one file on disk under its base name: what an installer would go by.
func scanFile(ctx context.Context, s *scan.Scanner, path string, limit time.Duration) (*scan.Report, error) {
	fn, err := pypi.ParseFilename(filepath.Base(path), "")
	if err != nil {
		return nil, usage(withHint(fmt.Errorf("%q: %w", path, err), "name it as the index does: installers go by the name"))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, usage(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return s.Scan(ctx, scan.Input{Filename: fn, Content: f, Size: st.Size()})
}

func (g *globals) printReports(reports []*scan.Report, sarif bool) error {
	switch {
	case sarif:
		return scan.WriteSARIF(g.stdout, rules.All, reports...)
	case g.json:
		return printJSON(g.stdout, reports)
	}
	for _, r := range reports {
		if err := r.WriteText(g.stdout); err != nil {
			return err
		}
	}
	return nil
}
