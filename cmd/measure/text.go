package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"pipwarden/internal/labelled"
	"pipwarden/scan"
	"pipwarden/scan/rules"
)

// A printer writes sections of aligned columns; cells are between tabs.
type printer struct {
	w *bufio.Writer
	t *tabwriter.Writer
}

func newPrinter(out io.Writer) *printer {
	w := bufio.NewWriter(out)
	return &printer{w, tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
}

func (p *printer) section(title string) {
	p.t.Flush()
	fmt.Fprintf(p.w, "\n%s\n", title)
}

func (p *printer) row(format string, args ...any) {
	fmt.Fprintf(p.t, "  "+format+"\n", args...)
}

func (p *printer) end() error {
	if err := p.t.Flush(); err != nil {
		return err
	}
	return p.w.Flush()
}

func (m *measurement) writeText(out io.Writer) error {
	p := newPrinter(out)
	s := rules.NewScanner()
	fmt.Fprintf(p.w, "scanner %.12s, %d rules; split %s, %d files\n", s.Fingerprint(), len(s.Rules), m.options.split, len(m.results))
	m.writeRecall(p)
	m.writeGenuine(p)
	m.writeRules(p)
	m.writeFailures(p)
	m.writeCost(p)
	m.writeOthers(p)
	if m.options.split != labelled.Held {
		m.writeNames(p)
	}
	return p.end()
}

func (m *measurement) writeRecall(p *printer) {
	if len(m.of(malicious)) == 0 {
		return
	}
	p.section("recall: files with 95% interval; families by the mean share of their files, whole, any")
	m.recallRow(p, "payload", m.of(payload))
	m.recallRow(p, "no payload marked", m.of(noPayload))
	m.recallRow(p, "all", m.of(malicious))
	m.writeParts(p, "recall by class", m.of(malicious), func(r *result) string { return cmp.Or(r.sample.Class, "none") })
	m.writeParts(p, "recall by first place of the payload, where there is one", m.of(payload), place)
	m.writeParts(p, "recall by kind of file, where there is a payload", m.of(payload), kind)
	p.section("localisation: the heaviest finding lies where the labels say (setup.py, or not)")
	p.row("%v", m.located())
}

func (m *measurement) recallRow(p *printer, name string, rs []*result) {
	for i, l := range levels {
		if i > 0 {
			name = ""
		}
		g := byGroup(rs, l.at)
		p.row("%s\t%s\t%v\tfamilies %.1f%%\twhole %d\tany %d of %d", name, l.name, byFile(rs, l.at), 100*g.Mean, g.Whole.Hit, g.Any.Hit, g.Any.Total)
	}
}

// writeParts prints a short line for each part of the results.
func (m *measurement) writeParts(p *printer, title string, rs []*result, key func(*result) string) {
	p.section(title)
	p.row("\tfiles\tmalicious\tat least suspicious\tfamilies\tmalicious\tat least suspicious")
	parts := grouped(rs, key)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		part := parts[name]
		bad, doubtful := byGroup(part, scan.LevelMalicious), byGroup(part, scan.LevelSuspicious)
		p.row("%s\t%d\t%.1f%%\t%.1f%%\t%d\t%.1f%%\t%.1f%%", name, len(part), 100*byFile(part, scan.LevelMalicious).rate(),
			100*byFile(part, scan.LevelSuspicious).rate(), bad.Any.Total, 100*bad.Mean, 100*doubtful.Mean)
	}
}

func (m *measurement) writeGenuine(p *printer) {
	all := m.of(genuine)
	if len(all) == 0 {
		return
	}
	p.section("false positives: files and projects with 95% interval")
	parts := grouped(all, kind)
	parts["all"] = all
	for _, key := range slices.Sorted(maps.Keys(parts)) {
		for _, l := range levels {
			p.row("%s\t%s\tfiles %v\tprojects %v", key, l.name, byFile(parts[key], l.at), byGroup(parts[key], l.at).Any)
		}
	}
	var gaps share
	for _, r := range all {
		gaps.add(r.report == nil || len(r.report.Gaps) > 0)
	}
	p.row("all\twith a gap\tfiles %v\t", gaps)
	found := m.of(payload)
	if len(found) == 0 {
		return
	}
	p.section(fmt.Sprintf("precision at a base rate of %.2f%%, recall by family; the least with the upper end of the false positives' interval", 100*baseRate))
	for _, l := range levels {
		fp := byFile(all, l.at)
		_, high := fp.interval()
		recall := byGroup(found, l.at).Mean
		p.row("%s\t%.1f%%\tat least %.1f%%", l.name, 100*precision(recall, fp.rate()), 100*precision(recall, high))
	}
}

// costly is how many rules are listed for their false positives.
const costly = 10

func (m *measurement) writeRules(p *printer) {
	counts := byRule(m.results)
	title := "what each rule finds: malicious families and files, genuine files"
	if !m.options.rules {
		title = "the rules that cost most false positives"
		counts = slices.DeleteFunc(counts, func(c ruleCount) bool { return c.Flagged == 0 })
		counts = counts[:min(costly, len(counts))]
	}
	p.section(title)
	for _, c := range counts {
		p.row("%s\tfamilies %d\tfiles %d\tgenuine %d\tflagged %d\tby it alone %d", c.Rule, c.Families, c.Files, c.Genuine, c.Flagged, c.Alone)
	}
}

func (m *measurement) writeFailures(p *printer) {
	failed := m.of(func(r *result) bool { return r.failed != "" })
	if len(failed) == 0 {
		return
	}
	p.section(fmt.Sprintf("%d files without a report", len(failed)))
	for _, r := range failed {
		if tune(r) {
			p.row("%s\t%q", r.sample.Path, r.failed)
		}
	}
}

func (m *measurement) writeCost(p *printer) {
	p.section("CPU time of a scan inside this process, milliseconds")
	for _, part := range []struct {
		name string
		keep func(*result) bool
	}{{"malicious", malicious}, {"genuine", genuine}} {
		var times []time.Duration
		for _, r := range m.of(part.keep) {
			times = append(times, r.cpu)
		}
		p.row("%s\t%s", part.name, quantiles(times))
	}
	p.row("peak memory of this process\t%d MB", peakMemory()>>20)
	if len(m.processes) == 0 {
		return
	}
	p.section(fmt.Sprintf("whole processes of pipwarden scan over %d genuine files, the largest five among them", len(m.processes)))
	var times []time.Duration
	var memory int64
	for _, x := range m.processes {
		times, memory = append(times, x.cpu), max(memory, x.memory)
	}
	p.row("CPU time, milliseconds\t%s", quantiles(times))
	p.row("most memory of one\t%d MB", memory>>20)
}

// quantiles are the nearest-rank median, p90, p99 and the most, in milliseconds.
func quantiles(times []time.Duration) string {
	if len(times) == 0 {
		return "-"
	}
	median, p99, sum := spread(times)
	return fmt.Sprintf("median %.1f\tp90 %.1f\tp99 %.1f\tmost %.1f\tsum %.1f s", median, rank(times, .9), p99, rank(times, 1), sum)
}

// spread is the median and the p99 in milliseconds and the sum in seconds. It
// sorts the times.
func spread(times []time.Duration) (median, p99, sum float64) {
	slices.Sort(times)
	for _, t := range times {
		sum += t.Seconds()
	}
	return rank(times, .5), rank(times, .99), sum
}

// rank is a nearest-rank quantile of sorted times in milliseconds.
func rank(times []time.Duration, q float64) float64 {
	if len(times) == 0 {
		return 0
	}
	i := max(0, int(math.Ceil(q*float64(len(times))))-1)
	return float64(times[i].Microseconds()) / 1000
}

func (m *measurement) writeNames(p *printer) {
	if m.options.perFamily {
		p.section("families of the tune split: files, malicious, at least suspicious")
		parts := grouped(m.of(func(r *result) bool { return malicious(r) && tune(r) }), func(r *result) string { return r.sample.Group })
		for _, family := range slices.Sorted(maps.Keys(parts)) {
			rs := parts[family]
			p.row("%s\t%d\t%d\t%d\t%s\t%s", family, len(rs), byFile(rs, scan.LevelMalicious).Hit, byFile(rs, scan.LevelSuspicious).Hit, rs[0].sample.Class, place(rs[0]))
		}
	}
	if m.options.misses {
		p.section("malicious files of the tune split that are not found malicious: clean first")
		m.writeFiles(p, func(r *result) bool { return malicious(r) && r.level() < scan.LevelMalicious })
	}
	if m.options.flags {
		p.section("genuine files of the tune split that are flagged or have gaps")
		m.writeFiles(p, func(r *result) bool {
			return genuine(r) && (r.level() != scan.LevelClean || r.report == nil || len(r.report.Gaps) > 0)
		})
	}
}

// shown is how many findings of a file are printed.
const shown = 4

func (m *measurement) writeFiles(p *printer, keep func(*result) bool) {
	rs := m.of(func(r *result) bool { return tune(r) && keep(r) })
	slices.SortStableFunc(rs, func(a, b *result) int { return cmp.Compare(a.level(), b.level()) })
	for _, r := range rs {
		p.t.Flush()
		fmt.Fprintf(p.w, "  %s %s", r.sample.Path, r.level())
		if r.sample.Malicious {
			fmt.Fprintf(p.w, " class %s, places %s", cmp.Or(r.sample.Class, "none"), strings.Join(r.sample.Places, " "))
		}
		if r.report == nil {
			fmt.Fprintf(p.w, ": %q\n", r.failed)
			continue
		}
		fmt.Fprintf(p.w, ", score %d\n", r.report.Score)
		for i, f := range r.report.Findings {
			if i == shown {
				break
			}
			fmt.Fprintf(p.w, "      %3d %s %s %q %q %.160q\n", f.Weight, f.Rule, f.Stage, f.Where(), f.Message, f.Code)
		}
		for _, g := range r.report.Gaps {
			fmt.Fprintf(p.w, "      gap %s %q %q\n", g.ID, g.Where(), g.Detail)
		}
	}
}
