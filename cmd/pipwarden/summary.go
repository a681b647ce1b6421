package main

import (
	"fmt"
	"slices"

	"pipwarden/cache"
)

// runSummary is what "run --json" prints on standard error's place: one document after the command's own output.
type runSummary struct {
	Allowed int           `json:"allowed"`
	Warned  int           `json:"warned"`
	Blocked int           `json:"blocked"`
	Files   []cache.Event `json:"files"`
}

// summarise keeps the last word on each file.
func summarise(events []cache.Event) runSummary {
	last := map[string]int{}
	sum := runSummary{Files: []cache.Event{}}
	for _, e := range events {
		if e.Kind != "decided" {
			continue
		}
		key := e.Index + "\x00" + e.Filename
		if i, ok := last[key]; ok {
			sum.Files[i] = e
			continue
		}
		last[key] = len(sum.Files)
		sum.Files = append(sum.Files, e)
	}
	for _, e := range sum.Files {
		switch e.Action {
		case "allow":
			sum.Allowed++
		case "warn":
			sum.Warned++
		default:
			sum.Blocked++
		}
	}
	order := map[string]int{"block": 0, "warn": 1, "allow": 2}
	slices.SortStableFunc(sum.Files, func(a, b cache.Event) int { return order[a.Action] - order[b.Action] })
	return sum
}

// summary tells what the run's files met. It goes to standard error: standard output is the command's.
func (r *runner) summary(events []cache.Event) error {
	sum := summarise(events)
	if r.json {
		return printJSON(r.stderr, sum)
	}
	p := newPainter(r.stderr)
	fmt.Fprintf(r.stderr, "\npipwarden: %d allowed, %d warned, %d blocked\n", sum.Allowed, sum.Warned, sum.Blocked)
	if len(sum.Files) == 0 {
		fmt.Fprintln(r.stderr, "  WARNING: no file was asked for; if something was installed, it came from a cache or past the guard")
		return nil
	}
	width := 0
	for _, e := range sum.Files {
		width = max(width, len(visible(e.Filename)))
	}
	for _, e := range sum.Files {
		reason := e.Reason
		if reason == "" {
			reason = "clean"
		}
		if e.Setting != "" {
			reason += " [" + e.Setting + "]"
		}
		// Padded before it is coloured: escape sequences have no width.
		fmt.Fprintf(r.stderr, "  %s  %-*s  %s\n", p.action(e.Action, fmt.Sprintf("%-5s", e.Action)), width, visible(e.Filename), visible(reason))
	}
	return nil
}
