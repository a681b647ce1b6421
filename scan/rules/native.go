package rules

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"pipwarden/scan"
)

// CapabilityNative is noted of artifacts that hold compiled code.
const CapabilityNative = "native-code"

// Native looks for programs and libraries of the machine where none should be,
// and at what compiled code says of itself.
var Native = &scan.Rule{
	ID: "native-code",
	Doc: `compiled code where none belongs, or that names what it steals

A wheel for "any" platform promises no compiled code. Some bring libraries for
several systems, or launchers for Windows, under their usual names: that weighs
little. A program that calls itself a picture, a text or a module weighs: the code
that starts it knows what it is, and nobody else is to. Programs in sdists are
test data as a rule and are told as facts.

Of any compiled code the section names tell a packer (15 where none belongs), and
the strings what it is after: a chat's webhook, browsers' passwords, wallets or
mining 60, the user's keys 40. What else it does is not read. Of 508 genuine
files none weighs more than 15.`,
	Weight: 60,
	Hiding: []scan.Hiding{scan.NativeCode},
	Run: func(p *scan.Pass) scan.Hooks {
		pure := isPure(p)
		return scan.Hooks{Member: func(m *scan.Member) {
			if m.Format.Native() {
				p.Capability(CapabilityNative)
				judgeNative(p, m, pure)
			}
		}}
	},
}

func judgeNative(p *scan.Pass, m *scan.Member, pure bool) {
	weight, what := weighNative(m)
	foreign := pure || !isWheel(p) || weight > 15 // where no such file belongs
	file := readNative(m, foreign || weight > 5)
	if list := nativeFiles(p); len(*list) < maxNative {
		*list = append(*list, file)
	}
	if file.Packer != "" && foreign {
		what += fmt.Sprintf(" (packed with %s)", file.Packer)
		weight = max(weight, 15)
	}
	switch {
	case file.Dead || !foreign:
		weight = 0 // a wheel for a platform holds such files
	case !isWheel(p):
		weight = min(weight, 15) // of an sdist only a build can place it
	}
	f := at(m, 0, weight, fmt.Sprintf("%s is compiled code (%s, %d bytes)", what, m.Format, m.Size))
	if !file.Dead {
		f.Weight = max(weight, file.weight())
	}
	if f.Weight == 0 && !foreign {
		return
	}
	if len(file.Does) > 0 {
		f.Message += ", which by its strings " + strings.Join(file.Does, ", ")
		f.Behaviours = file.behaviours()
	}
	if weight >= 40 {
		f.Hiding = []scan.Hiding{scan.NativeCode, scan.Disguise}
	}
	p.Report(f)
}

// isPure says that the file name promises a wheel without compiled code.
func isPure(p *scan.Pass) bool {
	if !isWheel(p) {
		return false
	}
	for _, t := range p.Filename.Tags {
		if t.Platform != "any" || t.ABI != "none" {
			return false
		}
	}
	return true
}

var (
	libraryName = regexp.MustCompile(`(?i)\.(?:so|dylib|dll|pyd|a|lib|o|obj|node|jnilib|framework|bundle|sys|ko)(?:[.\-_][\w.\-]*)?$|\.so\.[\d.]+$`)
	programName = regexp.MustCompile(`(?i)\.(?:exe|com|scr|bin|elf|run|efi|cpl|msi|out|appimage|macho)$`)
	// disguises are extensions of what is never compiled code.
	disguises = map[string]bool{
		".py": true, ".pyi": true, ".pyc": true, ".txt": true, ".md": true, ".rst": true, ".json": true, ".toml": true, ".yaml": true,
		".yml": true, ".cfg": true, ".ini": true, ".csv": true, ".xml": true, ".html": true, ".css": true, ".js": true, ".png": true,
		".jpg": true, ".jpeg": true, ".gif": true, ".ico": true, ".svg": true, ".bmp": true, ".webp": true, ".pdf": true, ".mp3": true,
		".wav": true, ".ttf": true, ".woff": true, ".woff2": true, ".log": true, ".pem": true, ".pth": true, ".sh": true,
	}
)

func weighNative(m *scan.Member) (weight int, what string) {
	base := strings.ToLower(path.Base(m.Path()))
	switch {
	case libraryName.MatchString(base):
		return 5, "a library"
	case programName.MatchString(base):
		return 5, "a program"
	case disguises[path.Ext(base)]:
		return 40, "a file that calls itself " + path.Ext(base)
	case strings.HasPrefix(base, "."):
		return 40, "a hidden file"
	}
	return 15, "a file without the extension of one"
}
