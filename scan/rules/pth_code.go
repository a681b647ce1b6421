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
	code      *regexp.Regexp // over the code with the content of texts taken out
	text      *regexp.Regexp // over all of it
	behaviour scan.Behaviour
	hiding    scan.Hiding
}

// literal is a text that is one of the words and nothing else: the argument of
// __import__, import_module or getattr.
func literal(words string) *regexp.Regexp {
	return regexp.MustCompile(`['"](?:` + words + `)(?:\.\w+)*['"]`)
}

var pthTraits = []trait{
	{
		what: "executes a computed text", weight: 60, behaviour: scan.CodeExecution,
		code: regexp.MustCompile(`\b(?:exec|eval|execfile)\b|(?:^|[^.\w])compile\s*\(|\brunpy\b`),
		text: literal(`exec|eval|runpy|execfile`),
	},
	{
		what: "decodes", weight: 40, hiding: scan.Obfuscation,
		code: regexp.MustCompile(`\b(?:base64|[ab](?:16|32|64|85)decode|binascii|unhexlify|fromhex|zlib|lzma|bz2|gzip|marshal|decompress|codecs|pickle|chr)\b|\[::-1\]`),
		text: literal(`base64|binascii|zlib|lzma|bz2|gzip|marshal|codecs|pickle|rot_?13|hex`),
	},
	{
		what: "starts a process", weight: 60, behaviour: scan.CommandExecution,
		code: regexp.MustCompile(`\bsubprocess\b|\b(?:system|popen|spawn[lv]\w*|exec[lv]p?e?|startfile|posix_spawnp?|fork|forkpty|Popen|check_call|check_output)\b|\bpty\b|\bmultiprocessing\b`),
		text: literal(`subprocess|system|popen|Popen|startfile|pty|multiprocessing|posix`),
	},
	{
		what: "talks to the network", weight: 60, behaviour: scan.RemoteControl, hiding: scan.ExternalPayload,
		code: regexp.MustCompile(`\b(?:urllib[23]?|httplib|requests|httpx|aiohttp|socket|urlopen|urlretrieve|ftplib|smtplib|telnetlib|xmlrpc)\b|\bhttp\s*\.\s*client\b`),
		text: regexp.MustCompile(`https?:|\bcurl\s|\bwget\s|['"](?:urllib[23]?|http|httplib|requests|httpx|aiohttp|socket|ftplib|smtplib)(?:\.\w+)*['"]`),
	},
	{
		what: "loads native code", weight: 40, behaviour: scan.CodeExecution, hiding: scan.NativeCode,
		code: regexp.MustCompile(`\b(?:ctypes|cffi|CDLL|WinDLL)\b`),
		text: literal(`ctypes|cffi|_ctypes`),
	},
	{
		what: "opens or changes files", weight: 40, behaviour: scan.FileOperation,
		code: regexp.MustCompile(`\b(?:open|read_text|read_bytes|write_text|write_bytes|shutil|chmod|tempfile|remove|unlink|rename)\s*[.(]`),
		text: literal(`shutil|tempfile|open`),
	},
	{
		what: "reads what is secret", weight: 60, behaviour: scan.InformationStealing,
		code: regexp.MustCompile(`\bkeyring\b|\bgetpass\b`),
		text: regexp.MustCompile(`\.ssh\b|\.aws\b|\bid_rsa\b|\.netrc\b`),
	},
	{
		what: "hides names", weight: 60, hiding: scan.Obfuscation,
		code: regexp.MustCompile(`\bgetattr\s*\(\s*__import__|\b__builtins__\b|\b(?:globals|vars|locals)\s*\(\s*\)\s*\[`),
		text: regexp.MustCompile(`(?:\\x[0-9a-fA-F]{2}){4}|(?:getattr|__import__|import_module)\s*\([^)]*['"]\s*(?:\+|%|\.join)`),
	},
}

// textOrComment is a Python text or comment, for a reader from left to right: a
// quote inside of one does not begin another. What stands in an f-string is code.
var textOrComment = regexp.MustCompile(`(?s)#[^\n]*|\w*(?:""".*?"""|'''.*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')`)

// bare is code with the content of its texts and comments taken out, so that a
// message that speaks of a subprocess starts none.
func bare(code string) string {
	return textOrComment.ReplaceAllStringFunc(code, func(s string) string {
		i := strings.IndexAny(s, `'"`)
		if s[0] != '#' && strings.ContainsAny(s[:i], "fFtT") {
			return s
		}
		return " '' "
	})
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
	code := bare(text)
	var what []string
	for _, t := range pthTraits {
		if !t.code.MatchString(code) && !t.text.MatchString(text) {
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
