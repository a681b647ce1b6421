package policy

import (
	"maps"
	"slices"
	"time"
)

// Config is the [policy] table and the [[rule]] tables of a policy file.
// [Default] gives the values that hold where a file says nothing; the zero
// value refuses nearly everything.
type Config struct {
	Mode Mode `toml:"mode"` // how much of the policy is put into effect

	// SourceInstalls is for sdists: installing one runs the package's code.
	SourceInstalls Action `toml:"source_installs"`
	// PreferWheel refuses an sdist when a wheel of the same release suits the
	// client.
	PreferWheel bool `toml:"prefer_wheel"`
	// SourceNeedsClean refuses an sdist whose report is not clean.
	SourceNeedsClean bool `toml:"source_needs_clean"`

	NativeFiles  Action `toml:"native_files"`  // compiled code
	Yanked       Action `toml:"yanked"`        // PEP 592; only a pin asks for such a file
	Unhashed     Action `toml:"unhashed"`      // the page gives no hash that is known
	UnknownFiles Action `toml:"unknown_files"` // a file name that is not understood
	Installers   Action `toml:"installers"`    // .exe, .msi, .rpm
	Eggs         Action `toml:"eggs"`          // .egg

	// Denylist and Allowlist hold "name", "name==1.0" or "sha256:<hex>"; names
	// may be globs. The denylist is stronger. The allowlist lifts what a rule
	// with action "allow" and the same condition would.
	Denylist  []string `toml:"denylist"`
	Allowlist []string `toml:"allowlist"`
	// Only lists, in the same form, all that may be installed; empty = anything.
	Only []string `toml:"only"`

	Levels   Levels   `toml:"levels"`
	Cooldown Cooldown `toml:"cooldown"`
	Status   Statuses `toml:"status"`

	// Hazards and Gaps give the action for an id; [DefaultKey] is for the ids
	// that are not listed, and without it they are blocked.
	Hazards map[string]Action `toml:"hazards"`
	Gaps    map[string]Action `toml:"gaps"`
	// Findings gives the action for whatever a scanner's rule found, whatever
	// its weight, by the id of the scanner's rule.
	Findings map[string]Action `toml:"findings"`

	// Rules are the [[rule]] tables, in order.
	Rules []Rule `toml:"-"`
	// Reserved are the names that live on one index alone.
	Reserved []Reservation `toml:"-"`
	// Known are the ids that reports can hold; an empty list is not checked.
	Known Known `toml:"-"`
	// Origins says where each setting was made, by key; missing = default.
	Origins map[string]Origin `toml:"-"`
}

// DefaultKey is the key of Config.Hazards and Config.Gaps for all other ids.
const DefaultKey = "default"

// DefaultCooldown is how long a file waits after its upload. Of 15 hijacked
// releases with a known life, 24 hours would have stopped 11 and 72 hours 13.
const DefaultCooldown = Duration(48 * time.Hour)

// Default returns the policy of a person who reads no manual.
func Default() Config {
	return Config{
		Mode:             Enforce,
		SourceInstalls:   Warn,
		PreferWheel:      true,
		SourceNeedsClean: true,
		NativeFiles:      Allow,
		Yanked:           Warn,
		Unhashed:         Block,
		UnknownFiles:     Block,
		Installers:       Block,
		Eggs:             Block,
		Levels:           Levels{Malicious: Block, Suspicious: Warn},
		Cooldown:         Cooldown{Period: DefaultCooldown, Action: Block, UnknownAge: Warn},
		Status:           Statuses{Quarantined: Block, Archived: Warn, Deprecated: Warn, Other: Warn},
		Hazards:          map[string]Action{DefaultKey: Block},
		Gaps:             map[string]Action{DefaultKey: Block, "compressed-trailing-bytes": Warn},
		Findings:         map[string]Action{},
	}
}

// Levels are the actions for the level of a report.
type Levels struct {
	Malicious  Action `toml:"malicious"`
	Suspicious Action `toml:"suspicious"`
}

// Cooldown holds young files back, so that others find out first.
type Cooldown struct {
	Period Duration `toml:"period"` // age below which Action is taken; 0 = none
	Action Action   `toml:"action"`
	Exempt []string `toml:"exempt"` // globs of project names
	// UnknownAge is for files of an index without upload times that were there
	// when this guard first saw their project.
	UnknownAge Action `toml:"unknown_age"`
}

// Statuses are the actions for a project's status (PEP 792).
type Statuses struct {
	Quarantined Action `toml:"quarantined"`
	Archived    Action `toml:"archived"`
	Deprecated  Action `toml:"deprecated"`
	Other       Action `toml:"other"` // a status that is not known here
}

// A Rule is one [[rule]] table: conditions, all of which have to hold, and an
// action. A condition that is a list holds when one of its members does; an
// empty one is no condition. At least one is needed.
type Rule struct {
	Name   string `toml:"name"` // unique; "" = the rule is called by its number
	Action Action `toml:"action,required"`
	Reason string `toml:"reason"` // told to the person whose install meets the rule
	// Expires is when the rule stops matching; zero = never.
	Expires Expiry `toml:"expires"`
	// Waives are the codes of the reasons that an allow or warn lifts; empty =
	// all that need not be named (see the package comment).
	Waives []string `toml:"waives"`

	// What is known before download.
	Project     []string `toml:"project"`      // globs of names
	Version     string   `toml:"version"`      // specifiers by PEP 440, such as ">=2,<3"
	Kind        []string `toml:"kind"`         // "wheel", "sdist", "egg", "installer", "unknown"
	Index       []string `toml:"index"`        // globs of index names
	SHA256      []string `toml:"sha256"`       // of the file
	Client      []string `toml:"client"`       // globs of "tool", "tool/version" or "token:name"
	OlderThan   Duration `toml:"older_than"`   // age; 0 = no condition
	YoungerThan Duration `toml:"younger_than"` // age; 0 = no condition

	// What a report says. Finding, Behaviour and Stage speak of one finding.
	Level     []string `toml:"level"`
	Finding   []string `toml:"finding"` // globs of the ids of the scanner's rules
	Behaviour []string `toml:"behaviour"`
	Stage     []string `toml:"stage"`
	Gap       []string `toml:"gap"` // globs of gap and hazard ids
}

// A Reservation gives names to one index.
type Reservation struct {
	Index    string   // name of the index
	Projects []string // globs of project names
}

// Known are the ids that reports can hold.
type Known struct {
	Findings []string // the scanner's rules
	Gaps     []string // hazards and limits
}

// clone returns a copy that shares nothing that can be changed.
func (c Config) clone() Config {
	c.Denylist = slices.Clone(c.Denylist)
	c.Allowlist = slices.Clone(c.Allowlist)
	c.Only = slices.Clone(c.Only)
	c.Cooldown.Exempt = slices.Clone(c.Cooldown.Exempt)
	c.Hazards = maps.Clone(c.Hazards)
	c.Gaps = maps.Clone(c.Gaps)
	c.Findings = maps.Clone(c.Findings)
	c.Rules = slices.Clone(c.Rules)
	c.Reserved = slices.Clone(c.Reserved)
	c.Origins = maps.Clone(c.Origins)
	return c
}
