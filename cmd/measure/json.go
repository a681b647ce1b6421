package main

import (
	"encoding/json"
	"io"

	"pipwarden/internal/labelled"
	"pipwarden/scan"
)

// figures is the JSON form of a measurement.
type figures struct {
	Split   string            `json:"split"`
	Recall  map[string]recall `json:"recall"`  // by level, of samples with a payload
	Genuine map[string]share  `json:"genuine"` // by level
	Located share             `json:"located"` // found samples whose heaviest finding is where the labels say
	Against []sideBySide      `json:"against,omitempty"`
	Rules   []ruleCount       `json:"rules"`
	Files   []fileFigures     `json:"files,omitempty"` // of the tune split
}

type recall struct {
	Files    share      `json:"files"`
	Families groupShare `json:"families"`
}

// fileFigures is what weights are set from.
type fileFigures struct {
	Path      string         `json:"path"`
	Group     string         `json:"group"`
	Malicious bool           `json:"malicious"`
	Payload   bool           `json:"payload"`
	Class     string         `json:"class,omitempty"`
	Places    []string       `json:"places,omitempty"`
	Kind      string         `json:"kind"`
	Level     scan.Level     `json:"level"`
	Score     int            `json:"score"`
	Weights   map[string]int `json:"weights"` // by rule
	Gaps      int            `json:"gaps"`
	Failed    string         `json:"failed,omitempty"`
	Millis    float64        `json:"millis"` // of CPU
}

func (m *measurement) writeJSON(out io.Writer) error {
	f := figures{Split: m.options.split.String(), Recall: map[string]recall{}, Genuine: map[string]share{}, Rules: byRule(m.results), Located: m.located(), Against: m.sideBySide()}
	for _, l := range levels {
		f.Recall[l.at.String()] = recall{byFile(m.of(payload), l.at), byGroup(m.of(payload), l.at)}
		f.Genuine[l.at.String()] = byFile(m.of(genuine), l.at)
	}
	if m.options.split != labelled.Held {
		for _, r := range m.of(tune) {
			f.Files = append(f.Files, fileOf(r))
		}
	}
	e := json.NewEncoder(out)
	e.SetIndent("", " ")
	return e.Encode(f)
}

func fileOf(r *result) fileFigures {
	s := r.sample
	f := fileFigures{
		Path: s.Path, Group: s.Group, Malicious: s.Malicious, Payload: s.Payload(), Class: s.Class, Places: s.Places,
		Kind: kind(r), Level: r.level(), Weights: weights(r), Failed: r.failed, Millis: float64(r.cpu.Microseconds()) / 1000,
	}
	if r.report != nil {
		f.Score, f.Gaps = r.report.Score, len(r.report.Gaps)
	}
	return f
}
