package scan

import (
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strings"
)

// The types below are the part of SARIF 2.1.0 (OASIS) that is written.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Artifacts   []sarifArtifact   `json:"artifacts"`
		Results     []sarifResult     `json:"results"`
		ColumnKind  string            `json:"columnKind"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string    `json:"id"`
		Short sarifText `json:"shortDescription"`
		Full  sarifText `json:"fullDescription"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifArtifact struct {
		Location   sarifURI       `json:"location"`
		Length     int64          `json:"length"`
		Hashes     sarifHashes    `json:"hashes"`
		Properties map[string]any `json:"properties"`
	}
	sarifHashes struct {
		SHA256 string `json:"sha-256"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Descriptor sarifID         `json:"descriptor"`
		Level      string          `json:"level"`
		Message    sarifText       `json:"message"`
		Locations  []sarifLocation `json:"locations"`
	}
	sarifID struct {
		ID string `json:"id"`
	}
	sarifResult struct {
		RuleID     string          `json:"ruleId"`
		RuleIndex  int             `json:"ruleIndex"` // -1 = not among the driver's rules
		Level      string          `json:"level"`
		Message    sarifText       `json:"message"`
		Locations  []sarifLocation `json:"locations"`
		Properties map[string]any  `json:"properties"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifURI     `json:"artifactLocation"`
		Region   *sarifRegion `json:"region,omitempty"`
	}
	sarifURI struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine int        `json:"startLine"`
		Snippet   *sarifText `json:"snippet,omitempty"`
	}
)

// WriteSARIF writes reports as one run of SARIF 2.1.0. Findings are results;
// their level is error from [StrongWeight] on, warning from 15, else note. Gaps
// are notifications of the tool. The rules document the findings' ids. The place
// of a finding is the artifact's file name with the member's path behind it.
func WriteSARIF(w io.Writer, rules []*Rule, reports ...*Report) error {
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{Name: "pipwarden", Rules: []sarifRule{}}},
		Invocations: []sarifInvocation{{Successful: true}},
		Artifacts:   []sarifArtifact{},
		Results:     []sarifResult{},
		ColumnKind:  "utf16CodeUnits",
	}
	for _, r := range rules {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{r.ID, sarifText{r.Summary()}, sarifText{strings.TrimSpace(r.Doc)}})
	}
	for _, r := range reports {
		run.Tool.Driver.Version = r.Scanner
		run.add(rules, r)
	}
	b, err := json.MarshalIndent(sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	}, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(asciiJSON(b), '\n'))
	return err
}

func (run *sarifRun) add(rules []*Rule, r *Report) {
	run.Artifacts = append(run.Artifacts, sarifArtifact{
		Location: sarifURI{sarifPath(r.Filename, nil)}, Length: r.Size, Hashes: sarifHashes{r.SHA256},
		Properties: map[string]any{"level": r.Level, "score": r.Score},
	})
	for i := range r.Findings {
		f := &r.Findings[i]
		run.Results = append(run.Results, sarifResult{
			RuleID:    f.Rule,
			RuleIndex: slices.IndexFunc(rules, func(rule *Rule) bool { return rule.ID == f.Rule }),
			Level:     sarifLevel(f.Weight),
			Message:   sarifText{Escape(f.Message)},
			Locations: []sarifLocation{{sarifPhysical{sarifURI{sarifPath(r.Filename, f.Path)}, f.region()}}},
			Properties: map[string]any{
				"weight": f.Weight, "stage": f.Stage,
				"behaviour": append([]Behaviour{}, f.Behaviours...), "hiding": append([]Hiding{}, f.Hiding...),
			},
		})
	}
	in := &run.Invocations[0]
	for i := range r.Gaps {
		g := &r.Gaps[i]
		in.Notifications = append(in.Notifications, sarifNotification{
			Descriptor: sarifID{g.ID}, Level: "warning", Message: sarifText{Escape(g.Detail)},
			Locations: []sarifLocation{{sarifPhysical{Artifact: sarifURI{sarifPath(r.Filename, g.Path)}}}},
		})
	}
}

func (f *Finding) region() *sarifRegion {
	if f.Line == 0 {
		return nil
	}
	region := &sarifRegion{StartLine: f.Line}
	if f.Code != "" {
		region.Snippet = &sarifText{f.Code}
	}
	return region
}

func sarifLevel(weight int) string {
	switch {
	case weight >= StrongWeight:
		return "error"
	case weight >= 15:
		return "warning"
	}
	return "note"
}

// sarifPath is a relative URI reference: the members' paths behind the file
// name, each part escaped. A part that means a folder above is spelled out.
func sarifPath(filename string, layers []string) string {
	var parts []string
	for _, layer := range slices.Concat([]string{filename}, layers) {
		for part := range strings.SplitSeq(layer, "/") {
			if strings.Trim(part, ".") == "" {
				part = strings.ReplaceAll(part, ".", "%252E") // %2E would be a dot again
			} else {
				part = url.PathEscape(part)
			}
			parts = append(parts, part)
		}
	}
	return strings.ReplaceAll(strings.Join(parts, "/"), ":", "%3A")
}
