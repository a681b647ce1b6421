package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf16"

	"pipwarden/scan"
	"pipwarden/scan/rules"
)

// scanDoc is a line of "scan --json".
type scanDoc struct {
	File        string `json:"file"`                  // as given; below a folder with the folder's name; fetched: the file's name
	Requirement string `json:"requirement,omitempty"` // that the file was fetched for, as given
	Error       string `json:"error,omitempty"`       // why there is no report; nothing else follows then
	*reportDoc
}

// reportDoc is a report in a line of "scan --json".
type reportDoc struct {
	SHA256       string             `json:"sha256"` // lower-case hex
	Level        scan.Level         `json:"level"`
	Score        int                `json:"score"`
	Findings     []findingDoc       `json:"findings"`
	Gaps         []gapDoc           `json:"gaps"`
	Millis       float64            `json:"millis"` // that the scan took, in tenths; of a stored report, back then
	Note         string             `json:"note,omitempty"`
	Size         int64              `json:"size"`    // bytes
	Members      int                `json:"members"` // of the archive, with those of archives inside
	Behaviours   []scan.BehaviourAt `json:"behaviours,omitempty"`
	Hiding       []scan.Hiding      `json:"hiding,omitempty"`
	Capabilities []string           `json:"capabilities,omitempty"`
	Hosts        []string           `json:"hosts,omitempty"`
	Files        []scan.FileDigest  `json:"files,omitempty"` // with --members
	Schema       int                `json:"schema"`
	Scanner      string             `json:"scanner"` // fingerprint
}

// findingDoc is a finding in a line of "scan --json".
type findingDoc struct {
	Rule       string           `json:"rule"`
	Path       string           `json:"path"`      // layers, joined; "" = the file itself
	Line       int              `json:"line"`      // 0 = none
	Behaviour  scan.Behaviour   `json:"behaviour"` // the first of them; "" = none
	Stage      scan.Stage       `json:"stage"`
	Message    string           `json:"message"`
	Code       string           `json:"code"`
	Weight     int              `json:"weight"`
	Layers     []string         `json:"layers,omitempty"`     // when there are several
	Behaviours []scan.Behaviour `json:"behaviours,omitempty"` // when there are several
	Hiding     []scan.Hiding    `json:"hiding,omitempty"`
}

// gapDoc is a gap in a line of "scan --json".
type gapDoc struct {
	Path   string `json:"path"` // layers, joined; "" = the file itself
	Reason string `json:"reason"`
	ID     string `json:"id"`
	Hazard bool   `json:"hazard,omitempty"`
}

func newFindingDoc(f *scan.Finding) findingDoc {
	d := findingDoc{Rule: f.Rule, Path: strings.Join(f.Path, " > "), Line: f.Line, Stage: f.Stage, Message: f.Message,
		Code: f.Code, Weight: f.Weight, Hiding: f.Hiding}
	if len(f.Behaviours) > 0 {
		d.Behaviour = f.Behaviours[0]
	}
	if len(f.Behaviours) > 1 {
		d.Behaviours = f.Behaviours
	}
	if len(f.Path) > 1 {
		d.Layers = f.Path
	}
	return d
}

func (c *scanCommand) newReportDoc(r *scanResult) *reportDoc {
	rep := r.report
	d := &reportDoc{SHA256: rep.SHA256, Level: rep.Level, Score: rep.Score, Findings: []findingDoc{}, Gaps: []gapDoc{},
		Millis: math.Round(float64(r.took)/float64(time.Millisecond)*10) / 10, Note: r.note, Size: rep.Size, Members: len(rep.Files),
		Behaviours: rep.Behaviours, Hiding: rep.Hiding, Capabilities: rep.Capabilities, Hosts: rep.Hosts, Schema: rep.Schema, Scanner: rep.Scanner}
	for i := range rep.Findings {
		d.Findings = append(d.Findings, newFindingDoc(&rep.Findings[i]))
	}
	for i := range rep.Gaps {
		g := &rep.Gaps[i]
		d.Gaps = append(d.Gaps, gapDoc{Path: g.Where(), Reason: g.Detail, ID: g.ID, Hazard: g.Hazard})
	}
	if c.members {
		d.Files = rep.Files
	}
	return d
}

// print writes a result and counts it.
func (c *scanCommand) print(r *scanResult) error {
	c.count(r)
	switch {
	case c.json && !c.sarif:
		doc := scanDoc{File: r.name, Requirement: r.asked}
		if r.err != nil {
			doc.Error = r.err.Error()
		} else {
			doc.reportDoc = c.newReportDoc(r)
		}
		return printLine(c.stdout, doc)
	case r.err != nil:
		c.say("%s: not scanned: %v", r.name, r.err)
		return nil
	case c.sarif:
		c.reports = append(c.reports, named(r, nil))
		return nil
	}
	if err := named(r, r.report.Files).WriteText(c.stdout); err != nil {
		return err
	}
	if r.note == "" {
		return nil
	}
	_, err := fmt.Fprintf(c.stdout, "  note: %s\n", visible(r.note))
	return err
}

// named is the report under the name that results go by, so that two files of one name can be told apart.
func named(r *scanResult, files []scan.FileDigest) *scan.Report {
	rep := *r.report
	rep.Filename, rep.Files = filepath.ToSlash(r.name), files
	return &rep
}

func writeSARIF(w io.Writer, reports []*scan.Report) error {
	return scan.WriteSARIF(w, rules.All, reports...)
}

// printLine prints v as one line of ASCII: no character of a package's author can steer a terminal.
func printLine(w io.Writer, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	line := make([]byte, 0, len(b)+1)
	for _, r := range string(b) {
		if r < 0x7f {
			line = append(line, byte(r))
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			line = fmt.Appendf(line, `\u%04x`, unit)
		}
	}
	_, err = w.Write(append(line, '\n'))
	return err
}
