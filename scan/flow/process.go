package flow

import (
	"path"
	"strings"

	"pipwarden/scan/python"
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
	} else if _, script := m.written(p, true); script != nil {
		m.runWritten(s, writtenName(p), script)
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
	for _, w := range words {
		m.startWritten(s, w)
	}
}

// startWritten follows the start of a script that the code wrote before.
func (m *machine) startWritten(s *site, word *Value) {
	_, script := m.written(word, true)
	if script == nil {
		return
	}
	name := writtenName(word)
	line, _, _ := strings.Cut(script.Str, "\n")
	shebang := strings.HasPrefix(line, "#!")
	switch {
	case strings.HasSuffix(name, ".py"), strings.HasSuffix(name, ".pyw"), shebang && strings.Contains(line, "python"):
		m.runWritten(s, name, script)
	case shebang, scripts[path.Ext(strings.ToLower(name))]:
		layers := append(s.f.unit.layers[:len(s.f.unit.layers):len(s.f.unit.layers)], "written("+name+")")
		m.addLayer(Layer{Path: s.f.unit.path(), Layers: layers, Line: s.f.unit.line(s.x), Stage: m.stage, Made: script.Made,
			Text: strings.Clone(cutText(script.Str, maxLayerText)), Size: len(script.Str), Executed: true})
	}
}

// scripts are the extensions of texts that shells run.
var scripts = map[string]bool{".sh": true, ".bash": true, ".zsh": true, ".command": true, ".bat": true, ".cmd": true, ".ps1": true, ".vbs": true, ".vbe": true,
	".js": true, ".jse": true, ".wsf": true, ".hta": true, ".applescript": true, ".scpt": true}

// writtenName is what a layer calls a written file.
func writtenName(word *Value) string {
	if name := pathText(word); name != nil {
		return path.Base(strings.ReplaceAll(name.Str, "\\", "/"))
	}
	return "?"
}

// runWritten executes a Python text that the code wrote to a file, once a stage.
func (m *machine) runWritten(s *site, name string, script *Value) {
	key := startedKey{script.Str, m.stage}
	if m.files.started[key] {
		return
	}
	m.files.started[key] = true
	m.runText(&site{f: s.f, x: s.x, callee: reference("written(" + name + ")")}, script, m.freshFrame(s.f))
}

// importWritten executes a module that the code wrote before it is imported.
func (m *machine) importWritten(f *frame, x python.Node, name string) {
	file := strings.ReplaceAll(name, ".", "/") + ".py"
	for i := range m.files.written {
		w := &m.files.written[i]
		if w.text != nil && (w.name == file || strings.HasSuffix(w.name, "/"+file)) {
			m.runWritten(&site{f: f, x: x}, file, w.text)
		}
	}
}

// startPython follows one argument of a Python that is started: what it runs.
func (m *machine) startPython(s *site, word *Value, rest []*Value) bool {
	switch {
	case !isString(word):
		return m.pythonOfWritten(s, word)
	case word.Str == "-c" && len(rest) > 0:
		m.runText(&site{f: s.f, x: s.x, callee: m.ref("python", ".-c"), handed: true}, rest[0], m.freshFrame(s.f))
	case word.Str == "-m" && len(rest) > 0:
		m.runModuleCall(&site{f: s.f, x: s.x, callee: m.ref("runpy", ".run_module"), args: rest[:1], handed: true})
	case strings.HasSuffix(word.Str, ".py") && m.sourceAt(s.f, word) != nil:
		m.startScript(m.sourceAt(s.f, word))
	default:
		return m.pythonOfWritten(s, word)
	}
	return true
}

// pythonOfWritten follows a Python that is given a file which the code wrote.
func (m *machine) pythonOfWritten(s *site, word *Value) bool {
	_, script := m.written(word, true)
	if script == nil {
		return false
	}
	m.runWritten(s, writtenName(word), script)
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
