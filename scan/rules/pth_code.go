package rules

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"pipwarden/scan"
)

// PthCode looks at lines of .pth files that the interpreter executes.
var PthCode = &scan.Rule{
	ID: "pth-code",
	Doc: `a .pth file runs code at every start of the interpreter

Python's site module executes each line of a .pth file in a site folder that
starts with "import" and a space or tab. Whoever installs the package runs that
code in every Python of the environment, whether the package is imported or not.

Honest uses are few and of known shape: namespace packages, editable installs,
a hook that one module offers (coverage, setuptools). They call a function of
an installed module and weigh 0 or 5. What such a line never needs is to decode,
to start a process, to talk to the network, to load native code, or to execute
a text that it computes: each of these weighs by itself, and two decide.
A literal text that is executed is read as the code that it is.`,
	Weight:     100,
	Stage:      scan.StageStart,
	Behaviours: []scan.Behaviour{scan.CodeExecution},
	Run: func(p *scan.Pass) scan.Hooks {
		return scan.Hooks{Member: func(m *scan.Member) {
			if m.Regular() && m.Ext() == ".pth" && pthLands(p, m) {
				checkPth(p, m)
			}
		}}
	},
}

// pthLands says that the member can come to lie in a site folder. In a wheel
// that is known; what setup.py does with one in an sdist is not.
func pthLands(p *scan.Pass, m *scan.Member) bool {
	if m.Nested() || !isWheel(p) {
		return !inTests(m.Path())
	}
	to := place(m.Path())
	return to.scheme == "site" && path.Dir(to.path) == "."
}

func checkPth(p *scan.Pass, m *scan.Member) {
	if !m.Whole {
		// Megabytes of .pth are no list of paths.
		p.Report(at(m, 0, 60, fmt.Sprintf("a .pth file of %d bytes: a genuine one is a line or two", m.Size)))
		return
	}
	for i, line := range pthLines(m.Content) {
		if !strings.HasPrefix(line, "import ") && !strings.HasPrefix(line, "import\t") {
			continue
		}
		f := at(m, i+1, 0, "")
		weighPth(&f, line)
		p.Report(f)
	}
}

// pthLines splits as site does in all versions together: by str.splitlines and
// after a byte order mark, which hides the first line from older ones alone.
func pthLines(b []byte) []string {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	return strings.Split(pthBreaks.Replace(string(b)), "\n")
}

var pthBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n",
	"\x1c", "\n", "\x1d", "\n", "\x1e", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// A trait is something that a line of start-up code has no need of.
type trait struct {
	what      string
	weight    int
	pattern   *regexp.Regexp
	behaviour scan.Behaviour
	hiding    scan.Hiding
}

var pthTraits = []trait{
	{"executes a computed text", 60, regexp.MustCompile(`\b(?:exec|eval|compile|execfile)\s*\(|['"](?:exec|eval)['"]|\brunpy\b|\brun_path\b|\brun_module\b`), scan.CodeExecution, ""},
	{"decodes", 40, regexp.MustCompile(`\b(?:base64|b64decode|b32decode|b85decode|a85decode|binascii|unhexlify|fromhex|zlib|lzma|bz2|gzip|marshal|rot13|rot_13|decompress|codecs|pickle)\b|\[::-1\]|\bchr\s*\(`), "", scan.Obfuscation},
	{"starts a process", 60, regexp.MustCompile(`\bsubprocess\b|\bos\s*\.\s*(?:system|popen|spawn\w*|exec[lv]\w*|startfile|posix_spawn\w*|fork\w*)\b|\bPopen\b|\bcheck_(?:call|output)\b|\bpty\b|\bmultiprocessing\b|['"](?:system|popen)['"]`), scan.CommandExecution, ""},
	{"talks to the network", 60, regexp.MustCompile(`\burllib\d?\b|\bhttp\.client\b|\bhttplib\b|\brequests\b|\bhttpx\b|\baiohttp\b|\bsocket\b|\burlopen\b|\burlretrieve\b|\bftplib\b|\bsmtplib\b|https?:|\bcurl\s|\bwget\s`), scan.RemoteControl, scan.ExternalPayload},
	{"loads native code", 40, regexp.MustCompile(`\bctypes\b|\bcffi\b|\bCDLL\b|\bWinDLL\b`), scan.CodeExecution, scan.NativeCode},
	{"writes or reads files", 40, regexp.MustCompile(`\bopen\s*\(|\bread_text\b|\bread_bytes\b|\bwrite_text\b|\bwrite_bytes\b|\bshutil\b|\bchmod\b|\btempfile\b|\bos\s*\.\s*(?:remove|unlink|rename)\b`), scan.FileOperation, ""},
	{"reads what is secret", 60, regexp.MustCompile(`\.ssh\b|\.aws\b|\bid_rsa\b|\.netrc\b|\bgetpass\b|\bkeyring\b`), scan.InformationStealing, ""},
	{"hides names", 60, regexp.MustCompile(`(?:\\x[0-9a-fA-F]{2}){4}|\bgetattr\s*\(\s*__import__|\b__builtins__\b|\b(?:globals|vars)\s*\(\s*\)\s*\[`), "", scan.Obfuscation},
}

const (
	// pthUsual weighs a line without any trait: common among genuine packages.
	pthUsual = 5
	// pthLong weighs a line that no hook needs; the longest genuine shapes,
	// namespace packages, have 700 bytes.
	pthLong      = 15
	pthLongBytes = 2000
)

func weighPth(f *scan.Finding, line string) {
	f.Code = line
	if shape := genuinePth(line); shape != "" {
		f.Message = "the interpreter executes this line at every start: " + shape
		return
	}
	text := unwrapExec(line)
	var what []string
	for _, t := range pthTraits {
		if !t.pattern.MatchString(text) {
			continue
		}
		f.Weight += t.weight
		what = append(what, t.what)
		if t.behaviour != "" {
			f.Behaviours = append(f.Behaviours, t.behaviour)
		}
		if t.hiding != "" {
			f.Hiding = append(f.Hiding, t.hiding)
		}
	}
	switch {
	case len(what) > 0:
		f.Message = "the interpreter executes this line at every start; it " + strings.Join(what, ", ")
	case len(line) > pthLongBytes:
		f.Weight, f.Message = pthLong, fmt.Sprintf("the interpreter executes this line of %d bytes at every start", len(line))
	default:
		f.Weight, f.Message = pthUsual, "the interpreter executes this line at every start"
	}
}

// Shapes are whole lines: what follows one would run too.
var (
	editablePth  = regexp.MustCompile(`^import (__editable___\w+_finder); ?(__editable___\w+_finder)\.install\(\)\s*$`)
	namespacePth = regexp.MustCompile(`^import sys, ?types, ?os; ?(?:has_mfs = sys\.version_info > \(3, 5\); ?)?` +
		`p = os\.path\.join\(sys\._getframe\(1\)\.f_locals\['sitedir'\], \*\((?:'[\w.]+', ?)+(?:'[\w.]+')?\)\); ?` +
		`(?:importlib = has_mfs and __import__\('importlib\.util'\); ?` +
		`has_mfs and __import__\('importlib\.machinery'\); ?` +
		`m = has_mfs and sys\.modules\.setdefault\('[\w.]+', importlib\.util\.module_from_spec\(importlib\.machinery\.PathFinder\.find_spec\('[\w.]+', \[os\.path\.dirname\(p\)\]\)\)\); ?` +
		`m = m or sys\.modules\.setdefault\('[\w.]+', types\.ModuleType\('[\w.]+'\)\); ?|` +
		`ie = os\.path\.exists\(os\.path\.join\(p, ?'__init__\.py'\)\); ?` +
		`m = not ie and sys\.modules\.setdefault\('[\w.]+', ?types\.(?:ModuleType|new_module)\('[\w.]+'\)\); ?)` +
		`mp = \(m or \[\]\) and m\.__dict__\.setdefault\('__path__', ?\[\]\); ?` +
		`\(p not in mp\) and mp\.append\(p\)(?:; ?m and setattr\(sys\.modules\['[\w.]+'\], '\w+', m\))?\s*$`)
)

// genuinePth names the shape of a line that can do nothing else.
func genuinePth(line string) string {
	if m := editablePth.FindStringSubmatch(line); m != nil && m[1] == m[2] {
		return "the finder of an editable install"
	}
	if namespacePth.MatchString(line) {
		return "a namespace package"
	}
	return ""
}

// execLiteral is exec of one literal text, the usual way to put a try into one
// line.
var execLiteral = regexp.MustCompile(`\bexec\s*\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*\)`)

// unwrapExec puts the code in the place of exec("code"), as often as it is
// nested to a depth of four.
func unwrapExec(line string) string {
	for range 4 {
		next := execLiteral.ReplaceAllStringFunc(line, func(call string) string {
			lit := execLiteral.FindStringSubmatch(call)[1]
			if lit[0] == '\'' {
				lit = `"` + strings.ReplaceAll(strings.ReplaceAll(lit[1:len(lit)-1], `\'`, `'`), `"`, `\"`) + `"`
			}
			s, err := strconv.Unquote(lit)
			if err != nil || strings.Contains(lit, `\x`) || strings.Contains(lit, `\u`) {
				return call // escapes that hide letters stay what they are
			}
			return " " + s + " "
		})
		if next == line {
			break
		}
		line = next
	}
	return line
}
