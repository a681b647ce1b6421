package policy

import (
	"fmt"
	"strings"
	"time"

	"pipwarden/pypi"
	"pipwarden/scan"
)

// A Case is one [[case]] of a policy's test file: a file as it might be met,
// and what the policy has to say of it. Like a unit test it is written next to
// the policy, so that an edit that opens a hole fails before it is in force.
type Case struct {
	Name string `toml:"name"` // "" = the file name

	// The file.
	File           string   `toml:"file,required"`   // name of the wheel, sdist, ...
	Project        string   `toml:"project"`         // "" = derived from the file name
	Index          string   `toml:"index"`           // name of the index
	Uploaded       string   `toml:"uploaded"`        // age ("3h"), or a moment; "" = "365d"; "unknown" = the index does not say
	FirstSeen      string   `toml:"first_seen"`      // age or moment; "" = only now
	SHA256         string   `toml:"sha256"`          // "" = one that is on no list; "none" = the index gives none
	Yanked         bool     `toml:"yanked"`          //
	Status         string   `toml:"status"`          // of the project; "" = active
	RequiresPython string   `toml:"requires_python"` // of the file and of the release
	Release        []string `toml:"release"`         // names of the other files of the release

	// The report; without one of these keys there is a clean one.
	Level        string   `toml:"level"`        // "" = as the findings' weights say
	Findings     []string `toml:"findings"`     // "rule-id", "rule-id:weight", "rule-id:weight@stage"
	Gaps         []string `toml:"gaps"`         // ids of what could not be scanned
	Hazards      []string `toml:"hazards"`      // ids of archive tricks
	Capabilities []string `toml:"capabilities"` //
	Unscanned    bool     `toml:"unscanned"`    // ask Screen, not Judge

	// The client.
	Client  string `toml:"client"`  // "pip/26.3", or a whole User-Agent
	Token   string `toml:"token"`   // name of the token that it has; "" = none
	Python  string `toml:"python"`  // "3.12"
	System  string `toml:"system"`  // "linux", "darwin", "windows"
	Machine string `toml:"machine"` // "x86_64", ...
	Libc    string `toml:"libc"`    // "glibc/2.36", "musl/1.2"

	// What is wanted.
	Want      Action `toml:"want,required"`
	WantCode  string `toml:"want_code"`  // code of the first reason; "" = not asked
	WantOlder *bool  `toml:"want_older"` // nil = not asked
	At        Expiry `toml:"at"`         // the moment of the question; zero = now
}

// A CaseResult is what became of one case.
type CaseResult struct {
	Case     Case
	Decision Decision // with Trace
	Problem  string   // what differs; "" = as wanted
}

// Passed reports whether the policy said what the case wants.
func (r *CaseResult) Passed() bool { return r.Problem == "" }

// Title is the name of the case.
func (c *Case) Title() string {
	if c.Name != "" {
		return c.Name
	}
	return c.File
}

// Run asks the policy. The error says that the case itself makes no sense.
func (c *Case) Run(p *Policy, now time.Time) (CaseResult, error) {
	if !time.Time(c.At).IsZero() {
		now = time.Time(c.At)
	}
	s, err := c.subject(now)
	if err != nil {
		return CaseResult{}, fmt.Errorf("case %q: %w", c.Title(), err)
	}
	r, err := c.report(s)
	if err != nil {
		return CaseResult{}, fmt.Errorf("case %q: %w", c.Title(), err)
	}
	result := CaseResult{Case: *c}
	if c.Unscanned {
		result.Decision = p.ExplainScreen(s, now)
	} else {
		result.Decision = p.ExplainJudge(s, r, now)
	}
	result.Problem = c.compare(&result.Decision)
	return result, nil
}

// compare says how a decision differs from what is wanted.
func (c *Case) compare(d *Decision) string {
	var out []string
	if d.Action != c.Want {
		out = append(out, fmt.Sprintf("want %s, got %s", c.Want, d.Action))
	}
	if code := d.Reason().Code; c.WantCode != "" && code != c.WantCode {
		out = append(out, fmt.Sprintf("want code %s, got %s", quote(c.WantCode, maxQuoted), quote(code, maxQuoted)))
	}
	if c.WantOlder != nil && *c.WantOlder != d.Older {
		out = append(out, fmt.Sprintf("want older %t, got %t", *c.WantOlder, d.Older))
	}
	if len(out) > 0 && d.Reason().Text != "" {
		out = append(out, "because "+d.Reason().Text)
	}
	return strings.Join(out, "; ")
}

// subject builds what the index would have said.
func (c *Case) subject(now time.Time) (*Subject, error) {
	var project pypi.Name
	if c.Project != "" {
		var err error
		if project, err = pypi.ParseName(c.Project); err != nil {
			return nil, err
		}
	}
	name, err := pypi.ParseFilename(c.File, project)
	if err != nil {
		if project == "" {
			return nil, fmt.Errorf("%w; name the project, if this is meant to be a file that is not understood", err)
		}
		name = pypi.Filename{Text: c.File}
	}
	s := &Subject{
		Index: c.Index, Project: project, Filename: name, Status: pypi.Status{State: c.Status}, Client: c.client(),
		File: &pypi.File{
			Filename: c.File, Parsed: name, Hashes: c.hashes(), Yanked: c.Yanked, RequiresPython: c.RequiresPython,
		},
	}
	if s.Project == "" {
		s.Project = name.Project
	}
	uploaded := c.Uploaded
	if uploaded == "" {
		uploaded = "365d"
	}
	if uploaded != "unknown" {
		if s.File.UploadTime, err = moment(uploaded, now); err != nil {
			return nil, fmt.Errorf("uploaded: %w", err)
		}
	}
	if s.FirstSeen, err = moment(c.FirstSeen, now); err != nil {
		return nil, fmt.Errorf("first_seen: %w", err)
	}
	return s, c.addRelease(s)
}

// addRelease adds the other files of the release.
func (c *Case) addRelease(s *Subject) error {
	for _, text := range c.Release {
		f, err := pypi.ParseFilename(text, s.Project)
		if err != nil {
			return fmt.Errorf("release: %w", err)
		}
		s.Release = append(s.Release, &pypi.File{Filename: text, Parsed: f, RequiresPython: c.RequiresPython})
	}
	return nil
}

func (c *Case) hashes() pypi.Hashes {
	switch c.SHA256 {
	case "none":
		return nil
	case "":
		return pypi.Hashes{"sha256": strings.Repeat("0", 64)}
	}
	return pypi.Hashes{"sha256": strings.TrimPrefix(strings.ToLower(c.SHA256), hashPrefix)}
}

// client builds what the installer would have said of itself.
func (c *Case) client() pypi.Client {
	out := pypi.ParseUserAgent(c.Client)
	if tool, version, _ := strings.Cut(c.Client, "/"); out.Tool == "" && !strings.Contains(c.Client, " ") {
		out.Tool, out.ToolVersion = tool, version
	}
	out.Token = c.Token
	set := func(to *string, s string) {
		if s != "" {
			*to = s
		}
	}
	set(&out.Python, c.Python)
	set(&out.System, c.System)
	set(&out.Machine, c.Machine)
	libc, version, _ := strings.Cut(c.Libc, "/")
	set(&out.Libc, libc)
	set(&out.LibcVersion, version)
	if out.Python != "" && out.Implementation == "" {
		out.Implementation = "cpython"
	}
	return out
}

// moment reads an age, a date or a time; "" is the zero time.
func moment(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if d, err := ParseDuration(s); err == nil {
		return now.Add(-time.Duration(d)), nil
	}
	var e Expiry
	if err := e.UnmarshalText([]byte(s)); err != nil {
		return time.Time{}, fmt.Errorf(`%s is neither an age such as "3h" nor a time such as 2026-12-24T18:00:00Z`, quote(s, maxQuoted))
	}
	return time.Time(e), nil
}

// report builds what the scanner would have said.
func (c *Case) report(s *Subject) (*scan.Report, error) {
	r := &scan.Report{Schema: scan.Schema, Filename: c.File, SHA256: s.File.Hashes["sha256"], Capabilities: c.Capabilities}
	for _, text := range c.Findings {
		f, err := finding(text)
		if err != nil {
			return nil, err
		}
		r.Findings = append(r.Findings, f)
		r.Score += f.Weight
	}
	for _, id := range c.Gaps {
		r.Gaps = append(r.Gaps, scan.Gap{ID: id})
	}
	for _, id := range c.Hazards {
		r.Gaps = append(r.Gaps, scan.Gap{ID: id, Hazard: true})
	}
	r.Level = scan.LevelOf(r.Findings)
	if c.Level != "" {
		l, err := scan.ParseLevel(c.Level)
		if err != nil {
			return nil, err
		}
		r.Level = l
	}
	return r, nil
}

// finding reads "rule-id", "rule-id:weight" or "rule-id:weight@stage".
func finding(text string) (scan.Finding, error) {
	head, stage, _ := strings.Cut(text, "@")
	id, weight, weighed := strings.Cut(head, ":")
	f := scan.Finding{Rule: id, Message: "as the test case says", Stage: scan.Stage(stage)}
	if weighed {
		if _, err := fmt.Sscanf(weight, "%d", &f.Weight); err != nil {
			return f, fmt.Errorf(`finding %s: want "rule-id", "rule-id:40" or "rule-id:40@build"`, quote(text, maxQuoted))
		}
	}
	return f, nil
}
