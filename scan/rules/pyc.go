package rules

import (
	"path"
	"slices"
	"strings"

	"pipwarden/scan"
	"pipwarden/scan/decode"
	"pipwarden/scan/flow"
	"pipwarden/scan/vocabulary"
)

// A compiled is one file of compiled Python in the artifact.
type compiled struct {
	member *scan.Member // without its content
	pyc    *decode.Pyc  // nil when it cannot be read
	source string       // the path that its source has, "" for a file that is not named as compiled Python is
	cached bool         // in __pycache__: used by an import when the source is there alone
}

// bytecode gathers the compiled and the plain Python of one artifact.
type bytecode struct {
	files []compiled
	words map[string]map[string]bool // which of riskyNames a source has, by path
	last  *scan.Member               // whom several rules hand over one after the other
}

type bytecodeKey struct{}

// maxCompiled bounds how many compiled files of an artifact are read: ten times
// what the largest genuine artifacts with such files hold.
const maxCompiled = 2_000

// bytecodeOf returns what the rules of a scan know of compiled Python. It is
// complete when the last member was seen; each rule that asks calls member for
// each, and the first call counts.
func bytecodeOf(p *scan.Pass) *bytecode {
	return p.Shared(bytecodeKey{}, func() any {
		return &bytecode{words: map[string]map[string]bool{}}
	}).(*bytecode)
}

// member takes compiled and plain Python.
func (b *bytecode) member(m *scan.Member) {
	if m == b.last || !m.Regular() || !m.Whole {
		return
	}
	b.last = m
	switch ext := m.Ext(); {
	case ext == ".py" || ext == ".pyw":
		b.note(m)
	case m.Format == scan.FormatPyc || ext == ".pyc" || ext == ".pyo":
		b.read(m)
	}
}

func (b *bytecode) read(m *scan.Member) {
	if len(b.files) >= maxCompiled {
		return
	}
	p, err := decode.ReadPyc(m.Content)
	if err != nil {
		if p = nil; m.Ext() != ".pyc" {
			return
		}
	}
	kept := *m
	kept.Content, kept.Tail = nil, nil
	kept.Layers = append([]string(nil), m.Layers...)
	c := compiled{member: &kept, pyc: p}
	c.source, c.cached = sourcePath(m)
	b.files = append(b.files, c)
}

// sourcePath is where the source of a compiled file lies (PEP 3147), with the
// layers around it.
func sourcePath(m *scan.Member) (source string, cached bool) {
	if ext := m.Ext(); ext != ".pyc" && ext != ".pyo" {
		return "", false
	}
	dir, base := path.Split(m.Path())
	stem := base[:len(base)-len(".pyc")]
	if rest, ok := strings.CutSuffix(dir, "__pycache__/"); ok {
		dir, cached = rest, true
		stem, _, _ = strings.Cut(stem, ".") // x.cpython-312.opt-1
	}
	layers := append(append([]string(nil), m.Layers[:len(m.Layers)-1]...), dir+stem+".py")
	return strings.Join(layers, layerSign), cached
}

// note keeps which risky names a source has.
func (b *bytecode) note(m *scan.Member) {
	name := strings.Join(m.Layers, layerSign)
	if b.words[name] == nil {
		b.words[name] = map[string]bool{}
	}
	words := b.words[name]
	for text := m.Content; len(text) > 0; {
		n := wordLen(text)
		if n == 0 {
			text = text[1:]
			continue
		}
		if n >= 3 && n <= 18 && riskyHeads[[2]byte{text[0], text[1]}] && riskyNames[string(text[:n])] {
			words[string(text[:n])] = true
		}
		text = text[n:]
	}
}

// wordLen is the length of the identifier that a text begins with.
func wordLen(b []byte) int {
	for i, c := range b {
		if lower := c | 0x20; c != '_' && (lower < 'a' || lower > 'z') && (c < '0' || c > '9') {
			return i
		}
	}
	return len(b)
}

// follow hands the program what runs without a source, or beside another one, as
// source of what the bytecode does (see [decode.Skeleton]).
func (b *bytecode) follow(g *program) {
	for _, c := range b.files {
		if c.pyc == nil || b.words[c.source] != nil && len(b.strange(c)) == 0 {
			continue
		}
		text := decode.Skeleton(c.pyc.Code)
		if g.bytes+len(text) > maxProgram && len(g.sources) > 0 {
			g.end()
		}
		s := flow.Source{Path: strings.Join(c.member.Layers, layerSign), Layers: []string{"bytecode"}, Text: []byte(text),
			Dead: testLayer(c.member) || g.layout.dead(g.layout.inside(c.member))}
		if c.source != "" && !c.cached && !c.member.Nested() {
			m := *c.member
			m.Layers = []string{c.source}
			s.Module, s.Package = g.layout.module(&m)
		}
		g.sources = append(g.sources, s)
		g.bytes += len(text)
	}
}

// strange lists the names that compiled code uses for what matters and that its
// source does not have.
func (b *bytecode) strange(c compiled) (names []string) {
	if c.pyc == nil {
		return nil
	}
	words := b.words[c.source]
	seen := map[string]bool{}
	for _, name := range c.names() {
		if riskyNames[name] && !words[name] && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

// names are those of globals, attributes and modules, by their parts.
func (c compiled) names() (names []string) {
	for _, code := range c.pyc.Code.Codes() {
		for _, name := range code.Names {
			names = append(names, strings.Split(name, ".")...)
		}
	}
	return names
}

// riskyNames are names of modules, functions and methods that start processes,
// talk to the network, or execute.
var riskyNames = setOf("subprocess", "Popen", "check_output", "check_call", "getoutput", "getstatusoutput", "system", "popen", "execv", "execve", "execvp", "execl", "execlp",
	"spawnl", "spawnv", "spawnve", "fork", "posix_spawn", "startfile", "pty", "socket", "create_connection", "connect", "recv", "urlopen", "urlretrieve", "urllib", "urllib2",
	"urllib3", "requests", "httpx", "aiohttp", "http", "httplib", "ftplib", "smtplib", "telnetlib", "paramiko", "websocket", "websockets",
	"exec", "eval", "execfile", "compile", "__import__", "import_module", "marshal", "b64decode", "a85decode", "b85decode", "fromhex", "unhexlify", "decompress", "Fernet", "decrypt",
	"ctypes", "windll", "CDLL", "VirtualAlloc", "winreg", "_winreg", "getpass", "environ", "getenv", "gethostname", "ImageGrab", "pynput", "pyautogui", "win32crypt", "CryptUnprotectData")

// riskyHeads are the first two letters of riskyNames, to pass over other words at
// once.
var riskyHeads = func() map[[2]byte]bool {
	m := map[[2]byte]bool{}
	for name := range riskyNames {
		m[[2]byte{name[0], name[1]}] = true
	}
	return m
}()

func setOf(words ...string) map[string]bool {
	m := map[string]bool{}
	for _, w := range words {
		m[w] = true
	}
	return m
}

// does says whether compiled code calls something with an effect, by the
// vocabulary: the name of the first such call.
func (c compiled) does(words *vocabulary.Vocabulary) (name string) {
	if c.pyc == nil {
		return ""
	}
	for _, call := range c.pyc.Code.Calls() {
		full := words.Canonical(call.Name)
		if words.Call(full) == nil {
			full = "builtins." + full
		}
		if known := words.Call(full); known != nil && known.Effects.Any(pickleEffects[:6]...) {
			return full
		}
	}
	return ""
}

// testLayer says that the member, or what holds it, lies in a folder of tests.
func testLayer(m *scan.Member) bool { return slices.ContainsFunc(m.Layers, inTests) }
