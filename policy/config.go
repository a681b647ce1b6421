package policy

import (
	"pipwarden/pypi"
	"pipwarden/scan"
)

// Config is the [policy] table and the [[rule]] tables of a policy file.
// [Default] gives the values that hold where a file says nothing; the zero
// value is stricter than anybody wants.
type Config struct {
	Mode             Mode     `toml:"mode"`
	SourceInstalls   Action   `toml:"source_installs"`
	PreferWheel      bool     `toml:"prefer_wheel"`
	SourceNeedsClean bool     `toml:"source_needs_clean"`
	NativeFiles      Action   `toml:"native_files"`
	Yanked           Action   `toml:"yanked"`
	Unhashed         Action   `toml:"unhashed"`
	UnknownFiles     Action   `toml:"unknown_files"`
	Installers       Action   `toml:"installers"`
	Eggs             Action   `toml:"eggs"`
	Denylist         []string `toml:"denylist"`
	Allowlist        []string `toml:"allowlist"`
	Unlisted         Action   `toml:"unlisted"`

	Levels   Levels            `toml:"levels"`
	Cooldown Cooldown          `toml:"cooldown"`
	Status   Statuses          `toml:"status"`
	Hazards  map[string]Action `toml:"hazards"`
	Gaps     map[string]Action `toml:"gaps"`
	Findings map[string]Action `toml:"findings"`

	Rules []Rule `toml:"-"`

	// Reserved are the names that live on one index alone.
	Reserved []Reservation `toml:"-"`
	// Known are the ids that findings and gaps can have; empty = not checked.
	Known Known `toml:"-"`
	// Origins says where each setting was made, by key; missing = default.
	Origins map[string]Origin `toml:"-"`
}

// Levels are the actions for the level of a report.
type Levels struct {
	Malicious  Action `toml:"malicious"`
	Suspicious Action `toml:"suspicious"`
}

// Cooldown holds young files back.
type Cooldown struct {
	Period Duration `toml:"period"`
	Action Action   `toml:"action"`
	Exempt []string `toml:"exempt"`
}

// Statuses are the actions for a project's status (PEP 792).
type Statuses struct {
	Quarantined Action `toml:"quarantined"`
	Archived    Action `toml:"archived"`
	Deprecated  Action `toml:"deprecated"`
	Other       Action `toml:"other"`
}

// Rule is one [[rule]] table.
type Rule struct {
	Name    string   `toml:"name"`
	Action  Action   `toml:"action,required"`
	Reason  string   `toml:"reason"`
	Expires Expiry   `toml:"expires"`
	Waives  []string `toml:"waives"`

	Project     []string `toml:"project"`
	Version     string   `toml:"version"`
	Kind        []string `toml:"kind"`
	Index       []string `toml:"index"`
	SHA256      []string `toml:"sha256"`
	Client      []string `toml:"client"`
	OlderThan   Duration `toml:"older_than"`
	YoungerThan Duration `toml:"younger_than"`

	Level     []string `toml:"level"`
	Finding   []string `toml:"finding"`
	Behaviour []string `toml:"behaviour"`
	Stage     []string `toml:"stage"`
	Gap       []string `toml:"gap"`
}

// Reservation gives names to one index.
type Reservation struct {
	Index    string   // name of the index
	Projects []string // globs (path.Match) of normalised names
}

// Known are the ids that reports can hold.
type Known struct {
	Findings []string // rule ids
	Gaps     []string // hazard and limit ids
}

var (
	_ pypi.Name
	_ scan.Level
)
