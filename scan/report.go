package scan

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Schema is the version of the JSON form of [Report]. It grows when a key
// changes its meaning or goes away, not when a key is added.
const Schema = 1

// A Level is what the findings of a report amount to. It says nothing of gaps:
// a clean report with gaps means that what could be read is clean.
type Level uint8

const (
	LevelUnknown    Level = iota // not scanned; never in a report that Scan returned
	LevelClean                   // nothing, or nothing that weighs enough
	LevelSuspicious              // a person should look before this is installed
	LevelMalicious               // right 999 times in 1,000
)

var levelNames = [...]string{"unknown", "clean", "suspicious", "malicious"}

// String returns the lower-case name of l, "unknown" for values that have none.
func (l Level) String() string {
	if int(l) < len(levelNames) {
		return levelNames[l]
	}
	return levelNames[LevelUnknown]
}

// ParseLevel is the inverse of [Level.String].
func ParseLevel(s string) (Level, error) {
	for i, name := range levelNames {
		if s == name {
			return Level(i), nil
		}
	}
	return LevelUnknown, fmt.Errorf("unknown level %q: want unknown, clean, suspicious or malicious", s)
}

// MarshalText implements [encoding.TextMarshaler].
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (l *Level) UnmarshalText(b []byte) (err error) {
	*l, err = ParseLevel(string(b))
	return err
}

// A Stage says when code runs, from the surest to the least sure.
type Stage string

const (
	StageNone   Stage = ""       // not code, or not known
	StageBuild  Stage = "build"  // setup.py, a build backend and its hooks: any install from source
	StageStart  Stage = "start"  // .pth, sitecustomize, usercustomize: every start of the interpreter
	StageImport Stage = "import" // __init__ and all that it imports, module level
	StageEntry  Stage = "entry"  // console scripts and plugins: when the user runs the command
	StageCall   Stage = "call"   // only when somebody calls it
)

// Stages lists every stage that code can run at, in the order of time.
var Stages = []Stage{StageBuild, StageStart, StageImport, StageEntry, StageCall}

// A Behaviour is one of the five that Guo et al. (ASE 2023) found in malicious
// Python packages.
type Behaviour string

const (
	CommandExecution    Behaviour = "command-execution"
	InformationStealing Behaviour = "information-stealing"
	FileOperation       Behaviour = "file-operation" // unauthorised
	CodeExecution       Behaviour = "code-execution"
	RemoteControl       Behaviour = "remote-control"
)

// Behaviours lists all behaviours.
var Behaviours = []Behaviour{CommandExecution, InformationStealing, FileOperation, CodeExecution, RemoteControl}

// A Hiding is a way to keep behaviour from the reader: the seven of Guo et al.
// and what came since.
type Hiding string

const (
	Obfuscation     Hiding = "obfuscation"
	ExternalPayload Hiding = "external-payload"
	MultiStage      Hiding = "multi-stage"
	Overlap         Hiding = "overlap" // malice amid normal use of the same API
	IndirectImport  Hiding = "indirect-import"
	Steganography   Hiding = "steganography"
	SandboxEscape   Hiding = "sandbox-escape"
	Disguise        Hiding = "disguise"    // a file that is not what its name or place says
	ArchiveForm     Hiding = "archive"     // an archive that two programs read differently
	SourceCoding    Hiding = "coding"      // a source encoding that hides the text
	NativeCode      Hiding = "native-code" // what it does is in a binary
)

// A Finding is one thing that a rule saw, with its evidence.
//
// Path, Code and Message may hold text that the package's author wrote; escape
// it before it reaches a terminal, a log, HTML or a status line.
type Finding struct {
	Rule       string      `json:"rule"`                // rule id, kebab-case
	Path       []string    `json:"path"`                // layers, outermost first: member path, then nested or decoded layers; never nil in JSON
	Line       int         `json:"line,omitempty"`      // 1-based; 0 = not a position in a text
	Code       string      `json:"code,omitempty"`      // as a person would read it after decoding, at most MaxCode bytes
	Message    string      `json:"message"`             // one sentence that a developer understands
	Weight     int         `json:"weight"`              // what it adds to the score; 0 = a fact, or counted by a heavier finding of the same rule
	Stage      Stage       `json:"stage,omitempty"`     // when it runs
	Behaviours []Behaviour `json:"behaviour,omitempty"` // what it does
	Hiding     []Hiding    `json:"hiding,omitempty"`    // how it hides
}

// Where joins the layers of the finding's path, and its line, into one text
// such as "pkg-1.0/setup.py:12". It is not escaped.
func (f *Finding) Where() string {
	s := strings.Join(f.Path, " > ")
	if f.Line > 0 {
		s = fmt.Sprintf("%s:%d", s, f.Line)
	}
	return s
}

// MaxCode is the number of bytes of code that a finding shows.
const MaxCode = 500

// A Gap is what could not be scanned, or a trick in the archive. Nothing is
// skipped without one.
type Gap struct {
	ID     string   `json:"id"`               // kebab-case: hazard or limit, e.g. "zip-trailing-bytes", "limit-members"
	Hazard bool     `json:"hazard,omitempty"` // the archive is read differently by different installers
	Path   []string `json:"path,omitempty"`   // layers, outermost first; empty = the artifact itself
	Detail string   `json:"reason"`           // one sentence; may hold foreign text
}

// Where joins the layers of the gap's path. It is not escaped.
func (g *Gap) Where() string { return strings.Join(g.Path, " > ") }

// A BehaviourAt is a behaviour and the stage it was seen at.
type BehaviourAt struct {
	Behaviour Behaviour `json:"behaviour"`
	Stage     Stage     `json:"stage,omitempty"`
}

// A FileDigest identifies one member of the artifact.
type FileDigest struct {
	Path   string `json:"path"`   // as the archive says it; nested members as "outer > inner"
	SHA256 string `json:"sha256"` // lower-case hex of the member's content
	Size   int64  `json:"size"`   // counted bytes
}

// A Report is what the scanner saw in one artifact. It holds facts and no
// decision, and no time: the same bytes, name and scanner give the same report,
// to the byte of its JSON form.
type Report struct {
	Schema       int           `json:"schema"`                 // [Schema]
	SHA256       string        `json:"sha256"`                 // of the artifact, lower-case hex
	Filename     string        `json:"filename"`               // the name it was scanned under
	Size         int64         `json:"size"`                   // bytes of the artifact
	Level        Level         `json:"level"`                  // see [LevelOf]
	Score        int           `json:"score"`                  // sum of the findings' weights
	Behaviours   []BehaviourAt `json:"behaviours,omitempty"`   // union over the findings that weigh
	Hiding       []Hiding      `json:"hiding,omitempty"`       // union over the findings that weigh
	Findings     []Finding     `json:"findings"`               // heaviest first, then by place
	Gaps         []Gap         `json:"gaps"`                   // by place, then id
	Capabilities []string      `json:"capabilities,omitempty"` // sorted; what the code can do, for comparison between releases
	Hosts        []string      `json:"hosts,omitempty"`        // sorted; hosts the code names
	Files        []FileDigest  `json:"files,omitempty"`        // by path; capped at MaxFiles, which is a gap
	Scanner      string        `json:"scanner"`                // fingerprint of the scanner
}

// MarshalJSON renders the documented form: findings, gaps and the paths of
// findings are lists even when empty, and everything beyond ASCII is escaped, so
// that no character of the package's author can steer a terminal.
func (r Report) MarshalJSON() ([]byte, error) {
	type plain Report
	p := plain(r)
	p.Findings = append([]Finding{}, p.Findings...)
	for i := range p.Findings {
		if p.Findings[i].Path == nil {
			p.Findings[i].Path = []string{}
		}
	}
	if p.Gaps == nil {
		p.Gaps = []Gap{}
	}
	b, err := json.Marshal(p)
	return asciiJSON(b), err
}

// asciiJSON escapes what is not printable ASCII in valid JSON. Such bytes occur
// in strings alone, but for the white space around tokens.
func asciiJSON(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r < 0x7f:
			out = append(out, b[i])
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		i += n
	}
	return out
}

// Hazards returns the gaps that are archive tricks.
func (r *Report) Hazards() []Gap {
	var out []Gap
	for _, g := range r.Gaps {
		if g.Hazard {
			out = append(out, g)
		}
	}
	return out
}

// Finding returns the heaviest finding of a rule, or nil.
func (r *Report) Finding(rule string) *Finding {
	for i := range r.Findings {
		if r.Findings[i].Rule == rule {
			return &r.Findings[i]
		}
	}
	return nil
}
