package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pipwarden/config"
	"pipwarden/policy"
	"pipwarden/proxy"
	"pipwarden/pypi"
	"pipwarden/scan"
	"pipwarden/scan/archive"
	"pipwarden/scan/rules"
)

// knownIDs are the ids that reports can hold, so that a misspelt one in a policy is an error and not a hole.
func knownIDs() policy.Known {
	var k policy.Known
	for _, r := range rules.All {
		k.Findings = append(k.Findings, r.ID)
	}
	for _, h := range archive.Catalog {
		k.Gaps = append(k.Gaps, h.ID)
	}
	for _, gap := range scan.Gaps {
		k.Gaps = append(k.Gaps, gap.ID)
	}
	return k
}

func newPolicyCmd(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Check, test or explain the policy",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		&cobra.Command{Use: "check [FILE]", Short: "Say what is wrong with a configuration file, with line numbers", Args: cobra.MaximumNArgs(1),
			RunE: func(_ *cobra.Command, args []string) error { return g.policyCheck(args) }},
		&cobra.Command{Use: "test CASES.toml", Short: "Ask the policy about the [[case]] tables of a file", Args: cobra.ExactArgs(1),
			Long: "Ask the policy about made-up files: each [[case]] names a file, what is known of it, and what the policy has to say.\nExit code 1 when it says something else.",
			RunE: func(_ *cobra.Command, args []string) error { return g.policyTest(args[0]) }},
		&cobra.Command{Use: "explain NAME==VERSION | FILENAME", Short: "Print the way to the decision about a release or a file", Args: cobra.ExactArgs(1),
			Long: "Look the release up at the index and print, for each of its files, every setting and rule that was considered.\nNothing is downloaded: files that were not scanned yet are explained as far as that goes.",
			RunE: func(cmd *cobra.Command, args []string) error { return g.policyExplain(cmd.Context(), args[0]) }},
	)
	return cmd
}

func (g *globals) policyCheck(args []string) error {
	if len(args) == 1 {
		g.configPath = args[0]
	}
	cfg, err := g.loadConfig()
	if err != nil {
		return usage(err)
	}
	pol, err := cfg.Compile()
	if err != nil {
		return usage(err)
	}
	notes := pol.Notes(time.Now())
	if g.json {
		docs := []noteDoc{}
		for _, n := range notes {
			docs = append(docs, noteDoc{Key: n.Key, Origin: place(n.Origin), Text: n.Text})
		}
		return printJSON(g.stdout, docs)
	}
	name := cfg.File()
	if name == "" {
		name = "the defaults (no file was found)"
	}
	for _, n := range notes {
		fmt.Fprintln(g.stdout, n)
	}
	fmt.Fprintf(g.stdout, "%s: good, %d rules\n", visible(name), len(cfg.Rules))
	return nil
}

// noteDoc is a note on a valid policy as "policy check --json" prints it.
type noteDoc struct {
	Key    string `json:"key"`
	Origin string `json:"origin"`
	Text   string `json:"text"`
}

func (g *globals) policyTest(path string) error {
	cases, err := config.LoadCases(path)
	if err != nil {
		return usage(err)
	}
	if len(cases) == 0 {
		return usage(fmt.Errorf("cases %q: no [[case]] is in it", path))
	}
	pol, err := g.compilePolicy()
	if err != nil {
		return err
	}
	var results []policy.CaseResult
	failed := 0
	for i := range cases {
		r, err := cases[i].Run(pol, time.Now())
		if err != nil {
			return usage(fmt.Errorf("cases %q: %w", path, err))
		}
		if !r.Passed() {
			failed++
		}
		results = append(results, r)
	}
	if err := g.printCases(results, failed); err != nil {
		return err
	}
	if failed > 0 {
		return &exitError{Code: exitRefused}
	}
	return nil
}

// caseDoc is the outcome of a case as "policy test --json" prints it.
type caseDoc struct {
	Case    string   `json:"case"`
	File    string   `json:"file"`
	Passed  bool     `json:"passed"`
	Action  string   `json:"action"` // what the policy says
	Problem string   `json:"problem,omitempty"`
	Trace   []string `json:"trace"`
}

func (g *globals) printCases(results []policy.CaseResult, failed int) error {
	if g.json {
		docs := make([]caseDoc, len(results))
		for i, r := range results {
			docs[i] = caseDoc{Case: r.Case.Title(), File: r.Case.File, Passed: r.Passed(), Action: r.Decision.Action.String(), Problem: r.Problem}
			for _, step := range r.Decision.Trace {
				docs[i].Trace = append(docs[i].Trace, step.String())
			}
		}
		return printJSON(g.stdout, docs)
	}
	for _, r := range results {
		if r.Passed() {
			continue
		}
		fmt.Fprintf(g.stdout, "FAIL %s: %s\n", visible(r.Case.Title()), r.Problem)
		for _, step := range r.Decision.Trace {
			fmt.Fprintf(g.stdout, "     %s\n", step)
		}
	}
	fmt.Fprintf(g.stdout, "%d passed, %d failed\n", len(results)-failed, failed)
	return nil
}

// policyExplain asks the running guard, or one of its own.
func (g *globals) policyExplain(ctx context.Context, what string) error {
	name, match, err := parseTarget(what)
	if err != nil {
		return usage(err)
	}
	return g.withGuard(ctx, func(ctx context.Context, ask asker) error {
		ids, err := ask.files(ctx, name, match)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return &exitError{exitRefused, fmt.Errorf("the page of %s lists nothing that %q names", name, what)}
		}
		var all []proxy.Why
		for _, id := range ids {
			why, err := ask.why(ctx, id)
			if err != nil {
				return err
			}
			all = append(all, *why)
		}
		if g.json {
			return printJSON(g.stdout, all)
		}
		for i := range all {
			fmt.Fprintln(g.stdout, all[i].Text())
		}
		return nil
	})
}

// parseTarget reads NAME==VERSION or a file name, and gives what picks the files of a page.
func parseTarget(what string) (pypi.Name, func(*pypi.File) bool, error) {
	if project, version, ok := strings.Cut(what, "=="); ok {
		name, err := pypi.ParseName(strings.TrimSpace(project))
		if err != nil {
			return "", nil, err
		}
		v, err := pypi.ParseVersion(strings.TrimSpace(version))
		if err != nil {
			return "", nil, err
		}
		return name, func(f *pypi.File) bool { return !f.Parsed.Version.IsZero() && f.Parsed.Version.Compare(v) == 0 }, nil
	}
	fn, err := pypi.ParseFilename(what, "")
	if err != nil {
		return "", nil, withHint(fmt.Errorf("%q is neither NAME==VERSION nor the name of a wheel or sdist: %w", what, err), "for example: requests==2.32.3")
	}
	return fn.Project, func(f *pypi.File) bool { return f.Filename == what }, nil
}

func newRulesCmd(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "rules [RULE]",
		Short: "List the scanner's rules and hazards, or explain one",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return g.explainRule(args[0])
			}
			return g.listRules()
		},
	}
}

// ruleDoc is a rule or hazard as "rules --json" prints it.
type ruleDoc struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"` // "rule" or "hazard"
	Weight  int    `json:"weight,omitempty"`
	Summary string `json:"summary"`
	Doc     string `json:"doc,omitempty"`
}

func ruleDocs() []ruleDoc {
	var docs []ruleDoc
	for _, r := range rules.All {
		docs = append(docs, ruleDoc{ID: r.ID, Kind: "rule", Weight: r.Weight, Summary: r.Summary(), Doc: r.Doc})
	}
	for _, h := range archive.Catalog {
		doc := h.Meaning + "\n\nReaders: " + h.Readers + ".\nSource: " + h.Source + "."
		docs = append(docs, ruleDoc{ID: h.ID, Kind: "hazard", Summary: h.Meaning, Doc: doc})
	}
	for _, gap := range scan.Gaps {
		docs = append(docs, ruleDoc{ID: gap.ID, Kind: "gap", Summary: gap.Meaning, Doc: gap.Meaning})
	}
	return docs
}

func (g *globals) listRules() error {
	if g.json {
		return printJSON(g.stdout, ruleDocs())
	}
	for _, d := range ruleDocs() {
		fmt.Fprintf(g.stdout, "%-7s %-28s %s\n", d.Kind, d.ID, d.Summary)
	}
	return nil
}

func (g *globals) explainRule(id string) error {
	docs := ruleDocs()
	i := slices.IndexFunc(docs, func(d ruleDoc) bool { return d.ID == id })
	if i < 0 {
		return usage(withHint(fmt.Errorf("no rule or hazard is called %q", id), "\"pipwarden rules\" lists them"))
	}
	if g.json {
		return printJSON(g.stdout, docs[i])
	}
	fmt.Fprintf(g.stdout, "%s (%s)\n\n%s\n", docs[i].ID, docs[i].Kind, strings.TrimSpace(docs[i].Doc))
	return nil
}

// place is an origin with the name of the file, which the trace of a decision leaves away.
func place(o policy.Origin) string {
	if o.Line > 0 && o.Source != "" {
		return fmt.Sprintf("%s:%d", o.Source, o.Line)
	}
	return o.String()
}

// settingDoc is a setting as "config --json" prints it.
type settingDoc struct {
	Key    string `json:"key"`
	Value  string `json:"value"` // as TOML, without passwords
	Origin string `json:"origin"`
	Env    string `json:"env,omitempty"` // the variable that sets it
}

func newConfigCmd(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "config",
		Short: "Print every setting in force and where it was set",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			entries := g.cfg.Settings()
			if g.json {
				docs := make([]settingDoc, len(entries))
				for i, e := range entries {
					docs[i] = settingDoc{Key: e.Key, Value: e.Value, Origin: place(e.Origin), Env: e.Env}
				}
				return printJSON(g.stdout, docs)
			}
			for _, e := range entries {
				fmt.Fprintf(g.stdout, "%-34s = %-30s # %s\n", e.Key, e.Value, visible(place(e.Origin)))
			}
			return nil
		},
	}
}

func (g *globals) printVersion() error {
	fp := newScanner(config.Default().Scan).Fingerprint()
	if g.json {
		return printJSON(g.stdout, map[string]string{"version": version, "scanner": fp})
	}
	_, err := fmt.Fprintf(g.stdout, "pipwarden %s\nscanner %s\n", version, fp)
	return err
}
