package rules

import (
	"bufio"
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"pipwarden/scan"
)

// WheelData looks at what a wheel installs outside the module folders.
var WheelData = &scan.Rule{
	ID: "wheel-data",
	Doc: `a wheel installs programs that shadow common commands, or files in odd places

What lies in a wheel's .data folder goes to the environment's bin folder, its
root, or the module folders. A script called python, pip or git there is run in
place of the one that was meant, and so is a console script of that name. A
folder that is no scheme of the specification is refused by some installers.
A project may install the command of its own name.`,
	Weight:     60,
	Stage:      scan.StageEntry,
	Behaviours: []scan.Behaviour{scan.FileOperation},
	Hiding:     []scan.Hiding{scan.Disguise},
	Run: func(p *scan.Pass) scan.Hooks {
		r := wheelData{p}
		return scan.Hooks{Member: func(m *scan.Member) {
			if !isWheel(p) || m.Nested() || !m.Regular() {
				return
			}
			if folder := distInfo(m.Path()); folder != "" && m.Path() == folder+"/entry_points.txt" {
				r.entryPoints(m)
				return
			}
			r.member(m)
		}}
	},
}

type wheelData struct{ p *scan.Pass }

func (r wheelData) member(m *scan.Member) {
	to := place(m.Path())
	switch to.scheme {
	case "site", "headers":
	case "scripts":
		r.command(m, to.path, 0)
	case "data":
		r.data(m, to.path)
	default:
		r.p.Report(at(m, 0, 15, fmt.Sprintf("%q is no scheme that a wheel installs to", to.scheme)))
	}
}

// binFolder is where the commands of an environment are.
var binFolder = regexp.MustCompile(`(?i)^(?:s?bin|scripts)/([^/]+)$`)

// startFile are files that something reads and runs by itself: the interpreter's
// configuration, a shell's, a service manager's.
var startFile = regexp.MustCompile(`(?i)^(?:pyvenv\.cfg$|pip\.(?:conf|ini)$|etc/(?:pip\.conf|profile|bash(?:rc|\.|_profile)|zsh|cron|ld\.so|systemd|init\.d|rc)|\.(?:bash|zsh|profile|ssh)|(?:local/)?lib/systemd/|bin/activate)`)

func (r wheelData) data(m *scan.Member, to string) {
	if b := binFolder.FindStringSubmatch(to); b != nil {
		r.command(m, b[1], 0)
		return
	}
	if startFile.MatchString(to) {
		r.p.Report(at(m, 0, 40, fmt.Sprintf("the wheel installs %q into the root of the environment, where it is read without being asked for", to)))
	}
}

// command weighs a program of that name in the bin folder.
func (r wheelData) command(m *scan.Member, name string, line int) {
	name = strings.ToLower(name)
	for _, ext := range []string{".exe", ".bat", ".cmd", ".py", ".sh", ".ps1"} {
		name = strings.TrimSuffix(name, ext)
	}
	weight := commandWeight(name)
	if weight == 0 || ownsCommand(string(r.p.Filename.Project), name) {
		return
	}
	r.p.Report(at(m, line, weight, fmt.Sprintf("the wheel installs a command %q, which hides the one of the system or of the environment", name)))
}

var pythonCommand = regexp.MustCompile(`^(?:pythonw?|pip|easy_install|pypy)[0-9.]*$`)

func commandWeight(name string) int {
	switch {
	case pythonCommand.MatchString(name):
		return 60
	case commonCommands[name]:
		return 40
	}
	return 0
}

// ownsCommand says that the project may install the command: it is of that name,
// or it is the installer that everybody has it from.
func ownsCommand(project, name string) bool {
	return project == name || project == "pip" && strings.HasPrefix(name, "pip") ||
		project == "setuptools" && strings.HasPrefix(name, "easy_install")
}

// commonCommands are run by people and by scripts without a path.
var commonCommands = func() map[string]bool {
	m := map[string]bool{}
	for _, n := range strings.Fields(`
		bash sh zsh dash fish env sudo su ssh scp sftp ssh-keygen ssh-add gpg openssl curl wget
		ls cat cp mv rm mkdir chmod chown ln find grep sed awk tar gzip unzip xargs which
		git svn hg make gcc cc g++ clang ld docker kubectl npm node npx cargo go java
		ps kill top crontab systemctl mount cmd powershell pwsh explorer reg schtasks`) {
		m[n] = true
	}
	return m
}()

// entryPoints reads the names of console_scripts and gui_scripts: installers make
// programs of them (entry points specification).
func (r wheelData) entryPoints(m *scan.Member) {
	section := ""
	lines := bufio.NewScanner(bytes.NewReader(m.Content))
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(text, "[") {
			section = strings.Trim(text, "[] ")
			continue
		}
		name, _, ok := strings.Cut(text, "=")
		if ok && (section == "console_scripts" || section == "gui_scripts") {
			r.command(m, strings.TrimSpace(name), n)
		}
	}
}
