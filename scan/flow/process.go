package flow

import (
	"path"
	"strings"

	"pipwarden/scan/vocabulary"
)

// follow does what a call of the outside leads to in the artifact: code that it
// runs, commands of setup, scripts that a process starts.
func (m *machine) follow(s *site, call *vocabulary.Call) {
	if call.Effects.Has(vocabulary.Setup) {
		m.setup(s)
	}
	if call.Effects.Has(vocabulary.Execute) {
		for _, v := range s.role(call, vocabulary.Code) {
			m.runText(s, v, m.namespace(s, -1))
		}
	}
	if call.Effects.Has(vocabulary.Process) {
		m.process(s, call)
	}
}

// setup runs the commands that a setup script brings along.
func (m *machine) setup(s *site) {
	classes := s.arg(-1, "cmdclass")
	if classes == nil {
		return
	}
	for _, p := range classes.Pairs {
		for _, v := range choicesOf(p.Value) {
			m.command(s.f, v)
		}
	}
	for _, item := range classes.Items {
		for _, p := range item.Pairs {
			m.command(s.f, p.Value)
		}
	}
}

func (m *machine) command(f *frame, v *Value) {
	if v.Kind == Function {
		m.callback(f, v, nil, nil)
		return
	}
	if v.Kind != Class || m.asides > 0 {
		return
	}
	object := m.instantiate(&site{f: f, callee: v, args: []*Value{nothing}})
	for _, name := range []string{"initialize_options", "finalize_options", "run"} {
		m.callMethod(f, object, name)
	}
}

// execFile is execfile(path) and runpy.run_path(path).
func (m *machine) execFile(s *site) *Value {
	p := s.arg(0, "path_name")
	if p == nil {
		p = s.arg(0, "filename")
	}
	if p == nil {
		return nil
	}
	m.outsideEvent(s, nil)
	if src := m.sourceAt(s.f, p); src != nil {
		m.startScript(src)
		return nothing
	}
	if data, ok := m.ownData(p); ok {
		m.runText(s, &Value{Kind: Bytes, Str: data, Labels: vocabulary.Set(vocabulary.OwnFile)}, m.namespace(s, -1))
	}
	return nothing
}

// sourceAt is the source that a path means: by its whole path, beside the code
// that names it, or as the end of exactly one.
func (m *machine) sourceAt(f *frame, p *Value) *source {
	name, ok := m.ownName(p)
	if !ok || !strings.Contains(name, ".") {
		return nil
	}
	if src := m.program.paths[path.Join(path.Dir(f.unit.path()), name)]; src != nil {
		return src
	}
	if src := m.program.paths[name]; src != nil {
		return src
	}
	var found *source
	for _, src := range m.program.sources {
		if strings.HasSuffix(src.Path, "/"+name) {
			if found != nil {
				return nil
			}
			found = src
		}
	}
	return found
}

// process follows a command that starts Python with code of the artifact.
func (m *machine) process(s *site, call *vocabulary.Call) {
	var words []*Value
	for _, v := range s.role(call, vocabulary.Command) {
		if name := pathText(v); name != nil {
			v = name
		}
		switch {
		case isSequence(v):
			words = append(words, v.Items...)
		case isString(v):
			words = append(words, splitCommand(v)...)
		default:
			words = append(words, v)
		}
	}
	for i := 1; i < len(words); i++ {
		if (isPython(words[i-1]) || isPython(words[0])) && m.startPython(s, words[i], words[i+1:]) {
			return
		}
	}
}

// startPython follows one argument of a Python that is started: what it runs.
func (m *machine) startPython(s *site, word *Value, rest []*Value) bool {
	switch {
	case !isString(word):
		return false
	case word.Str == "-c" && len(rest) > 0:
		m.runText(&site{f: s.f, x: s.x, callee: m.ref("python", ".-c")}, rest[0], m.freshFrame(s.f))
	case word.Str == "-m" && len(rest) > 0:
		m.runModuleCall(&site{f: s.f, x: s.x, callee: m.ref("runpy", ".run_module"), args: rest[:1]})
	case strings.HasSuffix(word.Str, ".py"):
		if src := m.sourceAt(s.f, word); src != nil {
			m.startScript(src)
		}
	default:
		return false
	}
	return true
}

// freshFrame is a namespace of its own for code that another process runs.
func (m *machine) freshFrame(f *frame) *frame {
	names := map[string]*Value{"__name__": text("__main__")}
	return &frame{unit: f.unit, names: names, globals: names}
}

func isPython(v *Value) bool {
	if v.Kind == Ref {
		return v.Str == "sys.executable"
	}
	if !isString(v) {
		return false
	}
	base := v.Str[strings.LastIndexAny(v.Str, "/\\")+1:]
	base = strings.TrimSuffix(strings.ToLower(base), ".exe")
	return strings.HasPrefix(base, "python") && len(base) <= len("python3.14t") || base == "py" || base == hole
}

// splitCommand splits a command line into its words, quotes taken off.
func splitCommand(v *Value) (words []*Value) {
	const maxWords = 256
	var word strings.Builder
	quote := rune(0)
	inside := false
	flush := func() {
		if inside && len(words) < maxWords {
			words = append(words, &Value{Kind: Text, Str: word.String(), Labels: v.Labels, Partial: strings.Contains(word.String(), hole)})
		}
		word.Reset()
		inside = false
	}
	for _, c := range v.Str {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && strings.ContainsRune("\"'", c):
			quote, inside = c, true
		case quote == 0 && strings.ContainsRune(" \t\n;&|", c):
			flush()
		default:
			word.WriteRune(c)
			inside = true
		}
	}
	flush()
	return words
}
