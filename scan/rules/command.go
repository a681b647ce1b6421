package rules

import (
	"regexp"
	"strings"

	"pipwarden/scan"
	"pipwarden/scan/flow"
	"pipwarden/scan/shell"
	"pipwarden/scan/vocabulary"
)

// Command reads the commands that processes are started with.
var Command = &scan.Rule{
	ID: "command",
	Doc: `a command that fetches and runs, sends data, hides, persists or disarms

The text that a shell or a process gets is read as the shell would: pipes, nested
and encoded commands, PowerShell and cmd included. To fetch something and run it, to
send the output of other commands, to hide the window, to encode the command, to turn
protection off or to arrange for the next start has no place in a build or an
import. Build scripts start compilers, git and pkg-config, which weighs nothing.`,
	Weight:     100,
	Behaviours: []scan.Behaviour{scan.CommandExecution},
	Run: func(p *scan.Pass) scan.Hooks {
		g := shared(p)
		got := map[string]bool{} // the names of files that commands have fetched
		return eachEvent(p, func(e *flow.Event) {
			if !does(e, vocabulary.Process) {
				return
			}
			c, ok := readCommand(e)
			if !ok {
				return
			}
			c.Effects |= startsFetched(&c, got)
			weight, what := weighCommand(g, e, &c)
			say(p, e, weight.of(e), "starts a command that "+what)
		})
	},
}

// weighCommand says what a command does and what that weighs.
func weighCommand(g *program, e *flow.Event, c *shell.Command) (moments, string) {
	weight, what := commandMoments(c.Effects)
	if what == "" {
		weight, what = unknownProgram(c)
		if child := childImport(e, c); child.auto > 0 {
			weight, what = child, "imports a module in an interpreter of its own"
		}
	}
	if what == "installs packages" {
		weight = installs(g, e, c)
	}
	return decide(g, e, c, weight, what)
}

// decide raises the weight of a command by what its text says, and by what it is
// made of.
func decide(g *program, e *flow.Event, c *shell.Command, weight moments, what string) (moments, string) {
	carried := labels(role(e, vocabulary.Command))
	if carried.Any(secrets|personal) && c.Effects.Any(shell.Fetch, shell.Send) && wholeHost(g, c.Fetched) {
		weight, what = moments{100, 100, 60, 40}, "sends what the program found on the machine"
	}
	if c.Effects.Has(shell.Mine) && poolAddress.MatchString(command(e)) {
		weight = moments{100, 100, 100, 100} // into the pool of whoever wrote it
	}
	if weight.auto < 60 && boast.MatchString(command(e)) {
		weight, what = moments{60, 60, 0, 0}, "tells of a break-in"
	}
	if c.Effects.Has(shell.Fetch) && c.Effects.Has(shell.Permit) && temporary.MatchString(command(e)) && wholeAddress(g, c.Fetched) {
		weight = moments{100, 100, 100, 100}
	}
	if carried.Any(hidden) && !carried.Any(given|secrets|personal) && c.Effects.Any(decisive...) {
		weight = moments{100, 100, 100, 100} // nobody was to read it
	}
	return weight, what
}

// readCommand reads the command of the event; ok is false if nothing of it is
// known.
func readCommand(e *flow.Event) (c shell.Command, ok bool) {
	args := role(e, vocabulary.Command)
	texts := words(args)
	if command(e) == "" {
		return c, false
	}
	if len(texts) > 1 && len(args) > 0 && args[0].Kind != flow.Text && args[0].Kind != flow.Union {
		return shell.ReadWords(texts), true
	}
	return shell.Read(strings.Join(texts, " ")), true
}

// A commandSign is what the effects of a command weigh, together.
type commandSign struct {
	effects []shell.Effect
	moments moments
	what    string
}

// commandSigns are in the order of their weight; the first that fits counts.
var commandSigns = []commandSign{
	{[]shell.Effect{shell.ReverseShell}, moments{100, 100, 60, 60}, "gives somebody else a shell"},
	{[]shell.Effect{shell.Exfiltrate}, moments{100, 100, 60, 40}, "sends what it finds on the machine"},
	{[]shell.Effect{shell.Mine}, moments{100, 100, 60, 40}, "mines"},
	{[]shell.Effect{shell.Disarm}, moments{100, 100, 40, 40}, "turns protection off"},
	{[]shell.Effect{shell.FetchRun}, moments{100, 100, 60, 40}, "runs what it downloads"},
	{[]shell.Effect{shell.Fetch, shell.Permit}, moments{100, 100, 60, 60}, "downloads something and makes it executable"},
	{[]shell.Effect{shell.Hidden, shell.Fetch}, moments{100, 100, 60, 60}, "downloads without a window"},
	{[]shell.Effect{shell.Encoded, shell.Hidden}, moments{100, 100, 100, 60}, "is encoded and hides its window"},
	{[]shell.Effect{shell.Hidden, shell.Start}, moments{100, 60, 15, 5}, "opens a file without a window"},
	{[]shell.Effect{shell.Encoded}, moments{100, 60, 40, 15}, "is encoded"},
	{[]shell.Effect{shell.Persist}, moments{100, 60, 5, 5}, "arranges to be run again"},
	{[]shell.Effect{shell.Secret}, moments{60, 60, 15, 5}, "reads files of keys or passwords"},
	{[]shell.Effect{shell.Destroy}, moments{100, 60, 15, 15}, "destroys data or stops the machine"},
	{[]shell.Effect{shell.Hidden}, moments{60, 60, 15, 5}, "hides its window"},
	{[]shell.Effect{shell.Bypass}, moments{60, 60, 15, 5}, "turns the execution policy off"},
	{[]shell.Effect{shell.Send}, moments{60, 40, 0, 0}, "sends data by the network"},
	{[]shell.Effect{shell.Fetch}, moments{60, 40, 0, 0}, "downloads something"},
	{[]shell.Effect{shell.Lookup}, moments{60, 40, 0, 0}, "asks the network for a name"},
	{[]shell.Effect{shell.Evade}, moments{40, 40, 5, 5}, "looks for a virtual machine or a debugger"},
	{[]shell.Effect{shell.Elevate}, moments{5, 5, 5, 0}, "asks for more rights"},
	{[]shell.Effect{shell.Install}, moments{40, 40, 5, 0}, "installs packages"}, // see installs
	{[]shell.Effect{shell.Recon}, moments{15, 15, 0, 0}, "tells of the machine and its user"},
	{[]shell.Effect{shell.Kill}, moments{15, 15, 0, 0}, "ends processes"},
	{[]shell.Effect{shell.Permit}, moments{15, 15, 0, 0}, "makes a file executable"},
}

// poolAddress is the whole address of a mining pool.
var poolAddress = regexp.MustCompile(`(?i)stratum\+?\w*://[\w-]+(?:\.[\w-]+)+`)

// boast is what those write who show that their code runs where it should not.
var boast = regexp.MustCompile(`(?i)\b(?:pwned|hacked by|(?:have|has|been|got|are|were) (?:hacked|owned)|dependency.confusion)\b`)

// wholeHost says that the host of one of the addresses stands in the code.
func wholeHost(g *program, list []string) bool {
	for _, text := range list {
		for _, h := range g.words.Hosts(text) {
			if !strings.ContainsRune(h.Host, flow.Hole) {
				return true
			}
		}
	}
	return false
}

// wholeAddress says that one of the addresses stands in the code, from its host to
// its end.
func wholeAddress(g *program, list []string) bool {
	for _, text := range list {
		for _, h := range g.words.Hosts(text) {
			if h.URL && !strings.ContainsRune(h.Text, flow.Hole) {
				return true
			}
		}
	}
	return false
}

// decisive are effects of commands that no honest text has to hide.
var decisive = []shell.Effect{
	shell.ReverseShell, shell.Exfiltrate, shell.Mine, shell.Disarm, shell.FetchRun, shell.Fetch, shell.Hidden, shell.Persist, shell.Secret, shell.Destroy,
}

func commandMoments(effects shell.Effects) (moments, string) {
	for _, s := range commandSigns {
		if has(effects, s.effects) {
			return s.moments, s.what
		}
	}
	return moments{}, ""
}

func has(effects shell.Effects, list []shell.Effect) bool {
	for _, e := range list {
		if !effects.Has(e) {
			return false
		}
	}
	return true
}

// windowsFile is a file of Windows that is a program or a script.
var windowsFile = regexp.MustCompile(`(?i)\.(?:exe|scr|bat|vbs|cmd|ps1|pif|hta|msi|jar|pyw)(?:["'\s]|$)`)

// unknownProgram weighs a program that no build needs.
func unknownProgram(c *shell.Command) (moments, string) {
	for _, s := range c.Simple {
		if windowsFile.MatchString(s.Text) && !usualPrograms[s.Program] && !strings.ContainsRune(s.Text, flow.Hole) {
			return moments{60, 60, 15, 5}, "starts a program by its file"
		}
	}
	if childPython(c) {
		return moments{40, 40, 0, 0}, "runs Python code in another process"
	}
	if c.Effects.Has(shell.Start) {
		if strings.Contains(c.Simple[0].Text, "://") {
			return moments{60, 40, 5, 0}, "opens an address"
		}
		return moments{40, 40, 5, 0}, "opens a file"
	}
	return moments{}, ""
}

// importsOnly is code that imports modules, and nothing else than to be quiet
// about it.
var importsOnly = regexp.MustCompile(`^\s*(?:(?:import|from)\s+[\w., ]+(?:import\s+[\w., *]+)?|warnings\.\w+\([^()]*\)|pass)(?:\s*[;\n]\s*(?:(?:import|from)\s+[\w., ]+(?:import\s+[\w., *]+)?|warnings\.\w+\([^()]*\)|pass))*\s*;?\s*$`)

// childImport weighs an interpreter that goes on alone, only to import a module:
// what that module does is not seen in the program that started it. A test
// whether a module is there waits for the answer.
func childImport(e *flow.Event, c *shell.Command) moments {
	if e.Name != "subprocess.Popen" || piped(e) {
		return moments{}
	}
	for _, x := range c.Code {
		if x.Language == "python" && importsOnly.MatchString(x.Text) {
			return moments{auto: 100, orphan: 40, entry: 5, call: 5}
		}
	}
	return moments{}
}

// childPython says that the event starts an interpreter with code of its own.
func childPython(c *shell.Command) bool {
	for _, x := range c.Code {
		if x.Language == "python" {
			return true
		}
	}
	return false
}

// usualPrograms are called with their extension too.
var usualPrograms = map[string]bool{
	"": true, "git": true, "hg": true, "svn": true, "python": true, "pythonw": true, "py": true, "pip": true, "bash": true, "sh": true,
	"cmd": true, "powershell": true, "pwsh": true, "where": true, "cl": true, "link": true, "lib": true, "rc": true, "msbuild": true,
	"cmake": true, "ninja": true, "nmake": true, "make": true, "gcc": true, "g++": true, "clang": true, "vswhere": true, "vcvarsall": true,
	"reg": true, "wsl": true, "java": true, "javac": true, "node": true, "npm": true, "npx": true, "docker": true, "nvcc": true, "nvidia-smi": true,
	"explorer": true, "notepad": true, "tasklist": true, "taskkill": true, "ipconfig": true, "netsh": true, "ffmpeg": true, "gs": true,
}

// outputFlags are the options that name the file a program fetches to.
var outputFlags = map[string]bool{
	"-o": true, "-O": true, "--output": true, "--output-document": true, "-OutFile": true, "-outfile": true, "-qO": true, "-Destination": true,
}

// startsFetched says that a command starts what an earlier one fetched, and
// notes what this one fetches.
func startsFetched(c *shell.Command, got map[string]bool) (s shell.Effects) {
	for _, x := range c.Simple {
		for _, w := range append([]string{x.Program}, x.Words...) {
			if got[fileBase(w)] && !x.Effects.Has(shell.Fetch) && !x.Effects.Has(shell.Delete) {
				s |= shell.Set(shell.FetchRun)
			}
		}
	}
	for _, x := range c.Simple {
		if !x.Effects.Has(shell.Fetch) {
			continue
		}
		for i, w := range x.Words {
			if outputFlags[w] && i+1 < len(x.Words) {
				note(got, x.Words[i+1])
			}
		}
		for _, w := range x.Writes {
			note(got, w)
		}
	}
	return s
}

// note remembers the name of a fetched file, if it can be told from others.
func note(got map[string]bool, file string) {
	if base := fileBase(file); len(base) >= 3 && strings.Trim(base, string(flow.Hole)) != "" {
		got[base] = true
	}
}

// fileBase is the last element of a path of any system.
func fileBase(file string) string {
	return strings.ToLower(file[strings.LastIndexAny(file, `/\`)+1:])
}
