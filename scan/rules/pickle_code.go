package rules

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"pipwarden/scan"
	"pipwarden/scan/decode"
	"pipwarden/scan/vocabulary"
)

// PickleCode looks at what loading the artifact's pickles would call.
var PickleCode = &scan.Rule{
	ID: "pickle-code",
	Doc: `a pickle runs code when it is loaded

A pickle is a program: it names functions and calls them. Models, caches and
fixtures name classes of their own libraries. One that names os.system, subprocess,
exec, a socket or the like was made to run something at whoever loads it. Pickles
are read as data, also inside the archives of torch, inside arrays of objects and
when compressed, by content and not by name; what stands before a fault counts, for
loading has run it by then. Names that only reach others (getattr, a method caller)
weigh little, and so does everything in tests: readers of pickles bring such files.`,
	Weight:     100,
	Stage:      scan.StageCall,
	Behaviours: []scan.Behaviour{scan.CodeExecution},
	Hiding:     []scan.Hiding{scan.Disguise},
	Run: func(p *scan.Pass) scan.Hooks {
		r := &pickleCode{p: p, words: vocabulary.Default()}
		return scan.Hooks{Member: r.member}
	},
}

type pickleCode struct {
	p     *scan.Pass
	words *vocabulary.Vocabulary
}

// pickleExts are extensions of files that hold pickles, among others.
var pickleExts = map[string]bool{
	".pkl": true, ".pickle": true, ".p": true, ".pk": true, ".pck": true, ".pcl": true, ".pt": true, ".pth": true, ".ckpt": true, ".bin": true,
	".joblib": true, ".model": true, ".sav": true, ".dill": true, ".mar": true, ".npy": true, ".dat": true, ".data": true, ".cache": true, ".db": true,
}

// oldPickle is how a pickle without a protocol number begins when it calls
// something of another module.
var oldPickle = regexp.MustCompile(`^[(\]}l]*(?:c[\w.]{1,100}\r?\n[\w.]{1,100}\r?\n|i?[SV]['"\w])`)

func (r *pickleCode) member(m *scan.Member) {
	if !m.Regular() || len(m.Content) < 4 {
		return
	}
	content, made := pickleContent(m)
	if content == nil {
		return
	}
	worst := grade{}
	for range maxPickles {
		p, err := decode.ReadPickle(content)
		if g := r.judge(p); g.weight > worst.weight {
			worst = g
		}
		if err != nil || p.Length >= len(content) || p.Length == 0 {
			break
		}
		content = content[p.Length:]
	}
	if worst.weight > 0 {
		r.report(m, worst, made)
	}
}

// maxPickles is how many pickles that follow one another are read.
const maxPickles = 200

// pickleContent is the member's content where that can be a pickle, without what
// is around it; nil for anything else.
func pickleContent(m *scan.Member) (content []byte, made string) {
	content = m.Content
	if pickleExts[m.Ext()] && m.Format != scan.FormatText {
		if form := decode.BinaryContent(content); form.Packed() { // joblib
			if out, _ := decode.Decode(string(form), content, 0); len(out) > 0 {
				content, made = out, string(form)
			}
		}
		content = arrayObjects(content)
	}
	switch {
	case decode.BinaryContent(content) == decode.ContentPickle:
	case oldPickle.Match(content[:min(len(content), 300)]) && (pickleExts[m.Ext()] || m.Ext() == "" || bytes.HasPrefix(content, []byte("c"))):
	default:
		return nil, ""
	}
	return content, made
}

// arrayObjects is what follows the header of a numpy array of objects: a pickle.
func arrayObjects(b []byte) []byte {
	if !bytes.HasPrefix(b, []byte("\x93NUMPY")) || len(b) < 12 {
		return b
	}
	size := 10 + int(b[8]) + int(b[9])<<8
	if b[6] >= 2 {
		size = 12 + int(b[8]) + int(b[9])<<8 + int(b[10])<<16
	}
	if size > len(b) || !bytes.Contains(b[:size], []byte("'O'")) && !bytes.Contains(b[:size], []byte("'|O'")) {
		return nil
	}
	return b[size:]
}

// A grade is the worst that a pickle does.
type grade struct {
	weight    int
	what      string // for the message
	name      string
	code      string
	behaviour scan.Behaviour
}

// judge weighs what a pickle calls, and what it names without calling it.
func (r *pickleCode) judge(p *decode.Pickle) (worst grade) {
	for _, c := range p.Calls {
		if g := r.weigh(c.Name, c.Args); g.weight > worst.weight {
			worst = g
			worst.code = g.name + "(" + strings.Join(c.Args, ", ") + ")"
		}
	}
	for _, name := range p.Imports {
		if g := r.weigh(name, nil); g.weight > worst.weight {
			worst = g
			worst.code = g.name
		}
	}
	return worst
}

// pickleModules are modules that run things, of which no pickle of data names
// anything but harmlessNames.
var pickleModules = map[string]scan.Behaviour{
	"os": scan.CommandExecution, "posix": scan.CommandExecution, "nt": scan.CommandExecution, "subprocess": scan.CommandExecution, "pty": scan.CommandExecution,
	"commands": scan.CommandExecution, "popen2": scan.CommandExecution, "_posixsubprocess": scan.CommandExecution, "_winapi": scan.CommandExecution,
	"webbrowser": scan.CommandExecution, "pip": scan.CommandExecution, "ensurepip": scan.CommandExecution,
	"runpy": scan.CodeExecution, "code": scan.CodeExecution, "codeop": scan.CodeExecution, "bdb": scan.CodeExecution, "pdb": scan.CodeExecution, "timeit": scan.CodeExecution,
	"profile": scan.CodeExecution, "cProfile": scan.CodeExecution, "trace": scan.CodeExecution, "doctest": scan.CodeExecution, "imp": scan.CodeExecution,
	"marshal": scan.CodeExecution, "_ctypes": scan.CodeExecution, "importlib": scan.CodeExecution, "pydoc": scan.CodeExecution,
	"numpy.testing._private.utils": scan.CodeExecution, "idlelib": scan.CodeExecution, "lib2to3": scan.CodeExecution,
}

// harmlessNames are what pickles of data name of these modules.
var harmlessNames = regexp.MustCompile(`^os\.(?:stat_result|terminal_size|uname_result|PathLike|_Environ|path\.\w+)$|Error$|\.CompletedProcess$|^timeit\.default_timer$|^importlib\.metadata\.`)

// pickleNames are functions that run or reach code, by their full name.
var pickleNames = map[string]int{
	"builtins.exec": 100, "builtins.eval": 100, "builtins.execfile": 100, "builtins.compile": 100, "builtins.__import__": 100, "builtins.breakpoint": 100,
	"builtins.apply": 60, "builtins.open": 60, "builtins.input": 60, "builtins.globals": 60, "builtins.vars": 60, "builtins.locals": 60, "builtins.setattr": 40,
	"types.CodeType": 60, "types.FunctionType": 60, "sys.modules": 60, "torch.load": 40, "operator.attrgetter": 5, "operator.methodcaller": 15,
}

// pickleEffects are what a call of a library does that no data has to do.
var pickleEffects = []vocabulary.Effect{
	vocabulary.Process, vocabulary.Execute, vocabulary.Fetch, vocabulary.Send, vocabulary.Connect, vocabulary.Listen, vocabulary.Open, vocabulary.Write,
	vocabulary.Delete, vocabulary.Permit, vocabulary.Copy, vocabulary.Unpack, vocabulary.Load, vocabulary.Memory, vocabulary.Registry, vocabulary.Schedule,
	vocabulary.Record, vocabulary.Paste, vocabulary.Install, vocabulary.Unpickle, vocabulary.Redirect, vocabulary.Browse,
}

func (r *pickleCode) weigh(name string, args []string) grade {
	g := grade{name: r.words.Canonical(name), what: "calls what data has no need of", behaviour: scan.CodeExecution}
	call := r.words.Call(g.name)
	switch {
	case pickleNames[g.name] > 0:
		g.weight, g.what = pickleNames[g.name], "runs or reaches code"
	case g.name == "builtins.getattr" && len(args) > 1 && strings.HasPrefix(args[1], "'__"):
		g.weight, g.what = 40, "reaches into Python's own objects"
	case harmlessNames.MatchString(g.name):
	case call != nil && call.Effects.Any(pickleEffects...):
		g.weight = 100
		if call.Effects.Has(vocabulary.Process) {
			g.behaviour = scan.CommandExecution
		} else if call.Effects.Any(vocabulary.Fetch, vocabulary.Send, vocabulary.Connect, vocabulary.Listen) {
			g.behaviour = scan.RemoteControl
		}
	default:
		g.weight, g.behaviour = pickleModule(g.name)
	}
	return g
}

// pickleModule looks for the module of a name, or one around it.
func pickleModule(name string) (int, scan.Behaviour) {
	for i := strings.LastIndexByte(name, '.'); i > 0; i = strings.LastIndexByte(name, '.') {
		name = name[:i]
		if b, ok := pickleModules[name]; ok {
			return 100, b
		}
	}
	return 0, ""
}

func (r *pickleCode) report(m *scan.Member, g grade, made string) {
	weight := g.weight
	if testLayer(m) {
		weight = min(weight, 5)
	}
	f := at(m, 0, weight, fmt.Sprintf("loading the pickle %s: %s", g.what, g.name))
	if made != "" {
		f.Path = append(append([]string(nil), m.Layers...), made)
	}
	f.Code, f.Behaviours = g.code, []scan.Behaviour{g.behaviour}
	r.p.Report(f)
}
