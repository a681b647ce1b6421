package proxy

import (
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"pipwarden/policy"
	"pipwarden/pypi"
	"pipwarden/scan"
)

// waiverDays is how long the suggested waiver holds: an exception that nobody renews should end.
const waiverDays = 30

// Why explains the decision about one file: what /-/why/<id> shows as HTML, text or JSON. All texts but Code and Path
// of the findings, and Detail of the gaps, are ours.
type Why struct {
	ID       string         `json:"id"`
	Index    string         `json:"index"`
	Project  string         `json:"project"`
	Version  string         `json:"version,omitempty"`
	File     string         `json:"file"`
	SHA256   string         `json:"sha256,omitempty"`
	Uploaded *time.Time     `json:"uploaded,omitempty"`
	Action   string         `json:"action"`
	Waiver   string         `json:"waiver,omitempty"`
	Until    *time.Time     `json:"until,omitempty"`
	Reasons  []WhyReason    `json:"reasons"`
	Level    string         `json:"level,omitempty"`
	Score    int            `json:"score,omitempty"`
	Findings []scan.Finding `json:"findings,omitempty"`
	Gaps     []scan.Gap     `json:"gaps,omitempty"`
	Trace    []string       `json:"trace,omitempty"`
	// Suggestion is the [[rule]] that would let the file through, for the policy's owner to judge.
	Suggestion string `json:"suggestion,omitempty"`
}

// WhyReason is one reason of a decision.
type WhyReason struct {
	Code    string `json:"code"`
	Text    string `json:"text"`
	Setting string `json:"setting,omitempty"`
	Line    int    `json:"line,omitempty"` // in the policy file; 0 = a default
}

// A FileID is one line of /-/files/<project>: which id explains which file.
type FileID struct {
	ID       string `json:"id"`
	Filename string `json:"filename"`
}

// serveFileIDs answers /-/files/<project>.
func (s *Server) serveFileIDs(w http.ResponseWriter, r *http.Request, project string) {
	name, err := pypi.ParseName(project)
	if err != nil {
		problem{Status: http.StatusNotFound, Title: "No such project", Detail: "that is not a valid project name (PEP 508)"}.write(w, r)
		return
	}
	l, err := s.pages.project(r.Context(), name, false)
	if err != nil {
		s.pageProblem(r, name, err).write(w, r)
		return
	}
	c, err := s.pages.content(l)
	if err != nil {
		s.pageProblem(r, name, err).write(w, r)
		return
	}
	ids := make([]FileID, len(c.page.Files))
	for i := range ids {
		ids[i] = FileID{fileID(c, i), c.page.Files[i].Filename}
	}
	writeJSON(w, ids)
}

// serveWhy answers /-/why/<id>.
func (s *Server) serveWhy(w http.ResponseWriter, r *http.Request, id string) {
	l, i, err := s.byID(r.Context(), id, false)
	if err != nil {
		p := fault(err)
		if p.Status == http.StatusNotFound {
			p.Detail = phrase(err.Error(), 200)
		}
		p.write(w, r)
		return
	}
	why, err := s.explain(l, i, r)
	if err != nil {
		s.fileProblem(r, l.page.Files[i].Filename, err).write(w, r)
		return
	}
	h := w.Header()
	h.Set("Vary", "Accept")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	switch whyFormat(r) {
	case "json":
		writeJSON(w, why)
	case "html":
		h.Set("Content-Type", "text/html; charset=utf-8")
		if err := whyPage.Execute(w, why); err != nil {
			s.Log.Debug("explanation not written", "error", err)
		}
	default:
		h.Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(why.Text()))
	}
}

// whyFormat chooses by ?format= or by the first type that Accept names; text for those who name none (curl).
func whyFormat(r *http.Request) string {
	if f := r.URL.Query().Get("format"); f != "" {
		return f
	}
	for part := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		t, _, _ := mime.ParseMediaType(part)
		switch {
		case t == "text/html":
			return "html"
		case t == "application/json":
			return "json"
		case t == "text/plain":
			return "text"
		}
	}
	return "text"
}

// explain gathers what is known of the i-th file, for the client that asks. Nothing is fetched for it.
func (s *Server) explain(l *content, i int, r *http.Request) (*Why, error) {
	req := s.request(l, i, clientOf(r))
	d, rec, err := s.Gate.Explain(r.Context(), req)
	if err != nil {
		return nil, err
	}
	f := &l.page.Files[i]
	why := &Why{ID: fileID(l, i), Index: l.index.Name, Project: string(l.name), File: f.Filename, SHA256: f.Hashes["sha256"],
		Action: d.Action.String(), Waiver: d.Waiver}
	if !f.Parsed.Version.IsZero() {
		why.Version = f.Parsed.Version.String()
	}
	if !f.UploadTime.IsZero() {
		why.Uploaded = &f.UploadTime
	}
	if !d.Until.IsZero() {
		why.Until = &d.Until
	}
	for _, reason := range d.Reasons {
		why.Reasons = append(why.Reasons, WhyReason(reason))
	}
	for _, step := range d.Trace {
		why.Trace = append(why.Trace, step.String())
	}
	if rec != nil {
		why.SHA256 = rec.Report.SHA256
		why.Level, why.Score, why.Findings, why.Gaps = rec.Report.Level.String(), rec.Report.Score, rec.Report.Findings, rec.Report.Gaps
	}
	if d.Action == policy.Block {
		why.Suggestion = suggestWaiver(why, s.Now())
	}
	return why, nil
}

// suggestWaiver is a rule for exactly these bytes, or this version where the bytes are not known, with an end.
func suggestWaiver(w *Why, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[[rule]]\nname = %s\nproject = [%s]\n", strconv.Quote("waiver for "+w.File), strconv.Quote(w.Project))
	if w.Version != "" {
		fmt.Fprintf(&b, "version = %s\n", strconv.Quote("=="+w.Version))
	}
	if w.SHA256 != "" {
		fmt.Fprintf(&b, "sha256 = [%s]\n", strconv.Quote(w.SHA256))
	}
	fmt.Fprintf(&b, "action = \"warn\"\nreason = \"who looked at it, and why it is right\"\nexpires = %s\n", now.AddDate(0, 0, waiverDays).Format(time.DateOnly))
	return b.String()
}

// Text is the explanation for a terminal or a log: printable, whatever the file held.
func (w *Why) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", strings.ToUpper(w.Action), visible(w.File))
	fmt.Fprintf(&b, "project %s %s, index %s, id %s\n", w.Project, w.Version, w.Index, w.ID)
	if w.SHA256 != "" {
		fmt.Fprintf(&b, "sha256 %s\n", w.SHA256)
	}
	for _, r := range w.Reasons {
		fmt.Fprintf(&b, "\nbecause: %s\n  [%s, %s]\n", visible(r.Text), r.Code, r.Place())
	}
	if w.Level != "" {
		fmt.Fprintf(&b, "\nscan: %s, score %d\n", w.Level, w.Score)
	}
	for _, f := range w.Findings {
		fmt.Fprintf(&b, "  %s: %s (weight %d)\n    %s\n", f.Rule, visible(f.Message), f.Weight, Where(f))
		if f.Code != "" {
			fmt.Fprintf(&b, "    %s\n", visible(f.Code))
		}
	}
	for _, g := range w.Gaps {
		fmt.Fprintf(&b, "  gap %s: %s %s\n", g.ID, visible(strings.Join(g.Path, " > ")), visible(g.Detail))
	}
	if w.Suggestion != "" {
		fmt.Fprintf(&b, "\nIf it is right all the same, the owner of the policy can add:\n\n%s", w.Suggestion)
	}
	if len(w.Trace) > 0 {
		b.WriteString("\nthe way to the decision:\n")
		for _, t := range w.Trace {
			fmt.Fprintf(&b, "  %s\n", visible(t))
		}
	}
	return b.String()
}

// Place says where the reason was set.
func (r WhyReason) Place() string {
	switch {
	case r.Line > 0:
		return fmt.Sprintf("%s, line %d", r.Setting, r.Line)
	case r.Setting == "":
		return "built in"
	}
	return r.Setting + ", default"
}

// Where is the place of a finding, printable.
func Where(f scan.Finding) string {
	s := visible(strings.Join(f.Path, " > "))
	if f.Line > 0 {
		s += ":" + strconv.Itoa(f.Line)
	}
	return s
}

// visible escapes what a terminal or a reader could be fooled with: control characters, bidirectional marks, and all
// else that is not printable.
func visible(s string) string {
	q := strconv.Quote(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

var whyPage = template.Must(template.New("why").Funcs(template.FuncMap{"where": Where, "visible": visible}).Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Action}}: {{.File}}</title>
<style>body{font:16px/1.5 sans-serif;max-width:48em;margin:2em auto;padding:0 1em}pre{background:#eee;padding:1em;overflow:auto}
.block{color:#a00}.warn{color:#850}.allow{color:#060}dt{font-weight:bold}small{color:#555}</style></head><body>
<h1 class="{{.Action}}">{{.Action}}: {{visible .File}}</h1>
<p>Project {{.Project}} {{.Version}}, index {{.Index}}{{if .Uploaded}}, uploaded {{.Uploaded.Format "2006-01-02 15:04 MST"}}{{end}}.<br><small>sha256 {{.SHA256}}, id {{.ID}}</small></p>
{{if .Waiver}}<p>Let through by {{.Waiver}}.</p>{{end}}
<dl>{{range .Reasons}}<dt>{{.Text}}</dt><dd>{{.Code}} <small>({{.Place}})</small></dd>{{end}}</dl>
{{if .Level}}<h2>What the scan saw: {{.Level}}, score {{.Score}}</h2>{{end}}
{{range .Findings}}<p><b>{{.Rule}}</b>: {{visible .Message}} <small>(weight {{.Weight}}; {{where .}})</small></p>{{if .Code}}<pre>{{visible .Code}}</pre>{{end}}{{end}}
{{range .Gaps}}<p><b>{{.ID}}</b>: {{range .Path}}{{visible .}} {{end}}{{visible .Detail}}</p>{{end}}
{{if .Suggestion}}<h2>If it is right all the same</h2><p>The owner of the policy can add this rule, with a reason and an end:</p><pre>{{.Suggestion}}</pre>{{end}}
{{if .Trace}}<h2>The way to the decision</h2><pre>{{range .Trace}}{{visible .}}
{{end}}</pre>{{end}}
</body></html>
`))
