package scan

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Escape makes foreign text safe for a terminal and for one line: everything but
// printable ASCII is written as Go's escapes write it.
func Escape(s string) string {
	q := strconv.QuoteToASCII(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

// WriteText writes the report for a person at a terminal. Everything that the
// package's author wrote is escaped.
func (r *Report) WriteText(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %s, score %d\n", Escape(r.Filename), r.Level, r.Score)
	fmt.Fprintf(&b, "  sha256 %s, %d bytes, %d members\n", Escape(r.SHA256), r.Size, len(r.Files))
	for i := range r.Findings {
		r.Findings[i].text(&b)
	}
	for i := range r.Gaps {
		g := &r.Gaps[i]
		kind := "gap"
		if g.Hazard {
			kind = "hazard"
		}
		fmt.Fprintf(&b, "  %s %s", kind, Escape(g.ID))
		if len(g.Path) > 0 {
			fmt.Fprintf(&b, " at %s", Escape(g.Where()))
		}
		fmt.Fprintf(&b, "\n      %s\n", Escape(g.Detail))
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (f *Finding) text(b *bytes.Buffer) {
	fmt.Fprintf(b, "  %+d %s", f.Weight, Escape(f.Rule))
	if len(f.Path) > 0 {
		fmt.Fprintf(b, " at %s", Escape(f.Where()))
	}
	fmt.Fprintf(b, "\n      %s\n", Escape(f.Message))
	if said := f.labels(); said != "" {
		fmt.Fprintf(b, "      %s\n", said)
	}
	if f.Code == "" {
		return
	}
	for line := range strings.Lines(f.Code) {
		fmt.Fprintf(b, "      | %s\n", Escape(strings.TrimRight(line, "\r\n")))
	}
}

// labels lists stage, behaviours and hiding.
func (f *Finding) labels() string {
	var out []string
	if f.Stage != StageNone {
		out = append(out, "stage: "+Escape(string(f.Stage)))
	}
	if len(f.Behaviours) > 0 {
		out = append(out, "does: "+list(f.Behaviours))
	}
	if len(f.Hiding) > 0 {
		out = append(out, "hides by: "+list(f.Hiding))
	}
	return strings.Join(out, "; ")
}

func list[T ~string](values []T) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = Escape(string(v))
	}
	return strings.Join(out, ", ")
}
