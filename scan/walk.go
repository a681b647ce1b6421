package scan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"pipwarden/scan/archive"
)

// NestedArchive is the rule of archives inside the artifact that cannot be
// walked. The scanner itself reports it.
var NestedArchive = &Rule{
	ID: "nested-archive",
	Doc: `archive inside the artifact that was not read as a whole

An archive inside a wheel or sdist is walked one level deep. Where it is damaged,
encrypted, or of a shape that two programs read differently, the report says so.
No installer unpacks it, and packaging tools ship such files as test data, so it
weighs nothing by itself.`,
}

// nestedLimits bound one archive inside the artifact. Members of the artifact
// that become nested archives are at most MaxContent long.
var nestedLimits = archive.Limits{
	Members: 20_000,
	Total:   256 << 20, // 256 MiB: 32 times MaxContent
	Hazards: 20,
}

// A walk is one scan under way.
type walk struct {
	scanner *Scanner
	in      Input
	sink    *sink
	passes  []*Pass
	hooks   []Hooks
	windows [2]window // of the artifact's members, and of a nested archive's
	files   []FileDigest
	over    int // digests beyond MaxFiles
	walked  int // members of all archives
	nested  int // nested archives that held members
	skipped int // nested archives beyond MaxNested
}

func newWalk(s *Scanner, in Input) *walk {
	w := &walk{scanner: s, in: in, sink: &sink{
		capabilities: map[string]bool{}, hosts: map[string]bool{},
		perRule: map[string]int{}, dropped: map[string]int{},
	}}
	return w
}

// run walks the artifact. An error is not about the artifact.
func (w *walk) run(ctx context.Context, src io.ReaderAt) (err error) {
	rule, shared := "", map[any]any{}
	defer func() {
		// A rule that panics is broken; its scan must not end as a clean one.
		if p := recover(); p != nil {
			err = fmt.Errorf("rule %s: panic: %v", rule, p)
		}
	}()
	for _, r := range w.scanner.Rules {
		if r.Run == nil {
			continue
		}
		rule = r.ID
		p := &Pass{Filename: w.in.Filename, SHA256: w.in.SHA256, Size: w.in.Size, rule: r, sink: w.sink, ctx: ctx, shared: shared}
		w.passes = append(w.passes, p)
		w.hooks = append(w.hooks, r.Run(p))
	}
	if err := w.artifact(ctx, src, &rule); err != nil {
		return err
	}
	for i, h := range w.hooks {
		if h.End != nil {
			rule = w.passes[i].rule.ID
			h.End()
		}
	}
	return nil
}

// artifact walks the outer archive; rule tells run which rule is at work.
func (w *walk) artifact(ctx context.Context, src io.ReaderAt, rule *string) error {
	a, err := archive.Open(src, w.in.Size, archive.Options{Ext: w.in.Filename.Ext, Limits: w.scanner.Limits})
	if err != nil {
		return w.excuse(err, nil)
	}
	err = w.members(ctx, a, nil, rule)
	for _, h := range a.Hazards() {
		g := Gap{ID: h.ID, Hazard: !h.Unread, Detail: h.Detail}
		if h.Member != "" {
			g.Path = []string{h.Member}
		}
		w.gap(g)
	}
	return err
}

// excuse turns an error about the archive into nil, after noting it where no
// hazard does; others stay.
func (w *walk) excuse(err error, layers []string) error {
	var format *archive.FormatError
	if !errors.As(err, &format) {
		return err
	}
	h := format.Hazard
	w.gap(Gap{ID: h.ID, Hazard: !h.Unread, Path: layers, Detail: h.Detail})
	return nil
}

func (w *walk) gap(g Gap) {
	for i := range g.Path {
		g.Path[i] = cut(g.Path[i], MaxCode)
	}
	g.Detail = cut(g.Detail, MaxCode)
	w.sink.gaps = append(w.sink.gaps, g)
}

// members hands every member of an archive to the rules. What the archive
// objects to stands in its hazards and is not an error here.
func (w *walk) members(ctx context.Context, a *archive.Archive, outer []string, rule *string) error {
	var format *archive.FormatError
	for am, err := range a.Members(ctx) {
		if err != nil && !errors.As(err, &format) {
			return err
		}
		if am == nil {
			return nil // the hazard says why the walk ends
		}
		w.walked++
		m := &Member{
			Layers: append(slices.Clone(outer), am.Path),
			Name:   am.Name, Kind: am.Kind, Link: am.Link, Target: am.Target,
			Executable: am.Mode&0o111 != 0,
		}
		if err == nil && am.Kind == archive.KindFile {
			if err := w.content(ctx, am, m); err != nil {
				return err
			}
		}
		w.hand(m, rule)
		if err := w.descend(ctx, m, rule); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// content reads a member's content, notes its digest, and says what of it rules
// will not see.
func (w *walk) content(ctx context.Context, am *archive.Member, m *Member) error {
	win := &w.windows[len(m.Layers)-1]
	r, err := am.Open()
	if err == nil {
		err = win.read(ctx, r)
	} else {
		win.reset()
	}
	var format *archive.FormatError
	if err != nil && !errors.As(err, &format) {
		return err
	}
	win.fill(m)
	if err != nil {
		m.Whole, m.SHA256, m.Tail = false, "", nil // a hazard says why
		return nil
	}
	w.note(m)
	if !m.Whole && m.IsScript() {
		w.gap(Gap{
			ID: GapContent, Path: slices.Clone(m.Layers),
			Detail: fmt.Sprintf("a script of %d bytes is longer than %d: its first and last %d were read", m.Size, MaxContent, HeadWindow),
		})
	}
	return nil
}

// note adds the digest to the report's list.
func (w *walk) note(m *Member) {
	if len(w.files) >= MaxFiles {
		w.over++
		return
	}
	path := strings.ToValidUTF8(strings.Join(m.Layers, " > "), "\uFFFD")
	w.files = append(w.files, FileDigest{Path: path, SHA256: m.SHA256, Size: m.Size})
}

func (w *walk) hand(m *Member, rule *string) {
	for i, h := range w.hooks {
		if h.Member != nil {
			*rule = w.passes[i].rule.ID
			h.Member(m)
		}
	}
}

// descend walks an archive inside the artifact.
func (w *walk) descend(ctx context.Context, m *Member, rule *string) error {
	if m.Nested() || !m.Whole || !m.mayHoldFiles() {
		return nil
	}
	if w.nested >= MaxNested {
		w.skipped++
		return nil
	}
	var format *archive.FormatError
	a, err := archive.Open(bytes.NewReader(m.Content), m.Size, archive.Options{Limits: nestedLimits})
	switch {
	case errors.As(err, &format):
		if m.Format == FormatZip {
			w.nestedHazard(m, format.Hazard)
		}
		return nil
	case err != nil:
		return err
	}
	before := w.walked
	err = w.members(ctx, a, m.Layers, rule)
	if w.walked == before && m.Format != FormatZip && m.Format != FormatTar {
		return err // a compressed file that is no archive: it was handed out as data
	}
	w.nested++
	for _, h := range a.Hazards() {
		w.nestedHazard(m, h)
	}
	return err
}

// nestedHazard says what is wrong with an archive inside the artifact: a limit
// is a gap, for content was not read; a shape is a fact.
func (w *walk) nestedHazard(m *Member, h archive.Hazard) {
	path := slices.Clone(m.Layers)
	if h.Member != "" {
		path = append(path, h.Member)
	}
	if strings.HasPrefix(h.ID, "limit-") {
		w.gap(Gap{ID: h.ID, Path: path, Detail: h.Detail})
		return
	}
	p := &Pass{rule: NestedArchive, sink: w.sink}
	p.Report(Finding{Path: path, Message: fmt.Sprintf("the archive inside is not plain: %s: %s", h.ID, h.Detail)})
}

// report makes the report of a walk that has ended. Its order does not depend on
// the order of rules.
func (w *walk) report(scanner string) *Report {
	for rule, n := range w.sink.dropped {
		w.gap(Gap{ID: GapFindings, Detail: fmt.Sprintf("rule %s has %d further findings", rule, n)})
	}
	if w.over > 0 {
		w.gap(Gap{ID: GapFiles, Detail: fmt.Sprintf("digests of %d further members are not listed", w.over)})
	}
	if w.skipped > 0 {
		w.gap(Gap{ID: GapNested, Detail: fmt.Sprintf("%d further archives inside were not walked", w.skipped)})
	}
	r := &Report{
		Schema: Schema, SHA256: w.in.SHA256, Filename: w.in.Filename.Text, Size: w.in.Size,
		Findings: w.sink.findings, Gaps: w.sink.gaps, Files: w.files, Scanner: scanner,
		Capabilities: slices.Sorted(maps.Keys(w.sink.capabilities)),
		Hosts:        slices.Sorted(maps.Keys(w.sink.hosts)),
	}
	r.settle()
	return r
}
