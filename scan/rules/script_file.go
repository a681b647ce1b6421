package rules

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"pipwarden/scan"
	"pipwarden/scan/shell"
)

// ScriptFile looks at what shell scripts, batch files and PowerShell do.
var ScriptFile = &scan.Rule{
	ID: "script-file",
	Doc: `a script for a shell attacks, hides what it does, or fetches and runs something

Packages bring scripts for their developers, for images of containers and for
their own commands; many fetch something and run it, and that weighs little.
A script that hands a shell to somebody elsewhere, mines, sends what it found on
the machine, or hides a command that fetches and runs weighs 60; one that turns
protection off, reads keys beside a way to send them, or arranges for what it
fetched to be run again 40. Nobody runs a script by itself: in an sdist it weighs 15
at most unless setup.py names it, in folders for tests, documents, continuous
integration and packaging 5. One that a wheel installs as a command and that runs
what it fetches weighs 100. Of 508 genuine files none weighs 40.`,
	Weight:     100,
	Stage:      scan.StageCall,
	Behaviours: []scan.Behaviour{scan.CommandExecution},
	Run: func(p *scan.Pass) scan.Hooks {
		s := scripts{p: p}
		return scan.Hooks{Member: s.member, End: s.end}
	},
}

const (
	// maxScripts is the number of scripts with something to say that are kept
	// until the end.
	maxScripts = 200
	// maxScript is how much of one script package shell reads: 1 MiB. Nesting that
	// it leaves unread is no gap: genuine PowerShell has it.
	maxScript = 1 << 20
	// maxShell is how much of the scripts of one artifact is read: 32 MiB. What
	// comes beyond is a gap; the most that a genuine file has is 1.
	maxShell = 32 << 20
	// maxSetup is how much of setup.py is searched for their names.
	maxSetup = 1 << 20
)

type scripts struct {
	p     *scan.Pass
	found []scriptFinding
	setup []byte // of setup.py
	read  int64  // bytes of scripts
}

type scriptFinding struct {
	finding scan.Finding
	base    string
	idle    bool // in a folder for tests, documents or packaging
	runs    bool // what it fetches
}

// scriptDialect tells the language of a script by its name or its first line.
func scriptDialect(m *scan.Member) (shell.Dialect, bool) {
	switch m.Ext() {
	case ".sh", ".bash", ".zsh", ".ksh", ".command":
		return shell.Posix, true
	case ".bat", ".cmd":
		return shell.Cmd, true
	case ".ps1", ".psm1":
		return shell.PowerShell, true
	}
	line := m.Content[:min(len(m.Content), 100)]
	if shellLine.Match(line) {
		return shell.Posix, true
	}
	return 0, false
}

var shellLine = regexp.MustCompile(`^#!\s*(?:/usr)?/bin/(?:env\s+)?(?:ba|z|k|da)?sh\b`)

// idleFolder are folders whose scripts the package's developers run, and nobody
// who installs it.
var idleFolder = regexp.MustCompile(`(?i)(?:^|/)(?:\.[\w.-]+|ci|ci_support|ciimage|docker|dockerfiles|containers?|packaging|pkg|debian|rpm|snap|conda|travis|appveyor|buildkite|jenkins|extras?|contrib|dev|devtools|third_party|vendor|vendored[\w-]*|benchmarks?|examples?)/`)

func (s *scripts) member(m *scan.Member) {
	if !m.Regular() || m.Format != scan.FormatText {
		return
	}
	if isSdist(s.p) && belowTop(m.Path()) == "setup.py" && !m.Nested() {
		s.setup = bytes.Clone(m.Content[:min(len(m.Content), maxSetup)])
		return
	}
	if len(s.found) >= maxScripts {
		return
	}
	f, ok := s.script(m)
	if !ok {
		return
	}
	idle := m.Nested() || inTests(m.Path()) || isSdist(s.p) && idleFolder.MatchString(belowTop(m.Path()))
	s.found = append(s.found, scriptFinding{f, m.Base(), idle, strings.Contains(f.Message, "runs it")})
}

// script says what a script does, if that is worth telling.
func (s *scripts) script(m *scan.Member) (scan.Finding, bool) {
	if d, ok := scriptDialect(m); ok {
		if s.read += int64(len(m.Content)); s.read > maxShell {
			if s.read-int64(len(m.Content)) <= maxShell {
				s.p.Gap(scan.Gap{ID: scan.GapContent, Path: m.Layers, Detail: fmt.Sprintf("scripts for shells beyond %d bytes were not read, from this one on", maxShell)})
			}
			return scan.Finding{}, false
		}
		c := shell.ReadAs(d, string(m.Content))
		if m.Size > maxScript {
			s.p.Gap(scan.Gap{ID: scan.GapContent, Path: m.Layers, Detail: fmt.Sprintf("of a script for a shell of %d bytes the first %d were read", m.Size, maxScript)})
		}
		return judgeCommand(m, &c)
	}
	switch m.Ext() {
	case ".vbs", ".vbe", ".hta", ".wsf", ".reg", ".sct":
		return readOther(m)
	}
	return scan.Finding{}, false
}

// A commandTrait is a set of effects that a script has together.
type commandTrait struct {
	what       string
	weight     int
	all        []shell.Effect
	any        []shell.Effect
	behaviours []scan.Behaviour
	hiding     []scan.Hiding
}

// commandTraits are in the order in which they are looked for: the first counts.
var commandTraits = []commandTrait{
	{
		what: "hands a shell to somebody elsewhere", weight: 60, all: []shell.Effect{shell.ReverseShell},
		behaviours: []scan.Behaviour{scan.RemoteControl},
	},
	{what: "mines", weight: 60, all: []shell.Effect{shell.Mine}},
	{
		what: "sends what it found on the machine", weight: 60, all: []shell.Effect{shell.Exfiltrate},
		behaviours: []scan.Behaviour{scan.InformationStealing},
	},
	{
		what: "hides a command that fetches something and runs it", weight: 60, all: []shell.Effect{shell.FetchRun, shell.Encoded},
		hiding: []scan.Hiding{scan.Obfuscation, scan.ExternalPayload},
	},
	{
		what: "fetches something and runs it without a window or past the policy", weight: 60, all: []shell.Effect{shell.FetchRun, shell.Hidden, shell.Bypass},
		hiding: []scan.Hiding{scan.ExternalPayload},
	},
	{what: "turns the machine's protection off", weight: 40, all: []shell.Effect{shell.Disarm}},
	{
		what: "reads keys and passwords, and can send them", weight: 40, all: []shell.Effect{shell.Secret}, any: []shell.Effect{shell.Send, shell.Exfiltrate},
		behaviours: []scan.Behaviour{scan.InformationStealing},
	},
	{
		what: "arranges for what it fetched to be run again", weight: 40, all: []shell.Effect{shell.FetchRun, shell.Persist},
		behaviours: []scan.Behaviour{scan.CommandExecution, scan.FileOperation}, hiding: []scan.Hiding{scan.ExternalPayload},
	},
	{
		what: "fetches something and runs it without a window", weight: 15, all: []shell.Effect{shell.FetchRun, shell.Hidden},
		hiding: []scan.Hiding{scan.ExternalPayload},
	},
	{what: "fetches something and runs it", weight: 5, all: []shell.Effect{shell.FetchRun}},
	{what: "arranges to be run again", weight: 5, all: []shell.Effect{shell.Persist}, behaviours: []scan.Behaviour{scan.FileOperation}},
}

// judgeCommand weighs what a script says.
func judgeCommand(m *scan.Member, c *shell.Command) (scan.Finding, bool) {
	for _, t := range commandTraits {
		if !c.Does(t.all...) || len(t.any) > 0 && !c.Effects.Any(t.any...) {
			continue
		}
		f := at(m, 0, t.weight, "the script "+t.what)
		f.Behaviours, f.Hiding = t.behaviours, t.hiding
		if i := slices.IndexFunc(c.Simple, func(s shell.Simple) bool { return s.Effects.Any(t.all...) }); i >= 0 {
			f.Code, f.Line = c.Simple[i].Text, lineOf(m.Content, c.Simple[i].Text)
			if c.Simple[i].Piped && i > 0 { // the end of a pipe says little without its beginning
				f.Code, f.Line = c.Simple[i-1].Text+" | "+f.Code, lineOf(m.Content, c.Simple[i-1].Text)
			}
		}
		return f, true
	}
	return scan.Finding{}, false
}

// otherTraits are shapes of Windows' other scripts.
var otherTraits = []struct {
	what   string
	weight int
	expr   *regexp.Regexp
}{
	{"fetches a file and starts it", 60, regexp.MustCompile(`(?is)(?:xmlhttp|winhttprequest|urldownloadtofile).*(?:savetofile|adodb\.stream|\.run\b|shellexecute|\bexec\b)`)},
	{"starts a hidden command", 40, regexp.MustCompile(`(?i)wscript\.shell"?\s*\)[^\r\n]{0,80}\.(?:run|exec)\b[^\r\n]{0,300}(?:powershell|cmd|mshta|curl|,\s*0\b)`)},
	{"registers a program to be started at every log-in", 40, regexp.MustCompile(`(?i)\[HKEY_(?:CURRENT_USER|LOCAL_MACHINE)\\Software\\Microsoft\\Windows\\CurrentVersion\\Run(?:Once)?\]`)},
}

func readOther(m *scan.Member) (scan.Finding, bool) {
	for _, t := range otherTraits {
		if i := t.expr.FindIndex(m.Content); i != nil {
			f := at(m, 1+lineBreaks(m.Content[:i[0]]), t.weight, "the script "+t.what)
			f.Code = string(m.Content[i[0]:min(i[1], i[0]+scan.MaxCode)])
			return f, true
		}
	}
	return scan.Finding{}, false
}

// end weighs the scripts by who runs them.
func (s *scripts) end() {
	for _, found := range s.found {
		f := found.finding
		switch {
		case len(s.setup) > 0 && bytes.Contains(s.setup, []byte(found.base)):
			f.Stage = scan.StageBuild
			f.Message += fmt.Sprintf(", and setup.py names %q", found.base)
		case found.idle:
			f.Weight = min(f.Weight, 5)
		case isSdist(s.p):
			f.Weight = min(f.Weight, 15)
		case strings.Contains(f.Path[0], ".data/scripts/"):
			f.Stage = scan.StageEntry
			if found.runs {
				f.Weight = 100 // a command of the package that is whatever somebody serves today
			}
		}
		s.p.Report(f)
	}
}
