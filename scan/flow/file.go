package flow

import (
	"path"
	"strings"
	"unicode/utf8"

	"pipwarden/scan/python"
	"pipwarden/scan/vocabulary"
)

const (
	// maxFiles is how many files that code writes are remembered.
	maxFiles = 256
	// maxContent is how much of a file of the artifact is a value.
	maxContent = 4 << 20
	// shortestPath is the length of a path's last part below which it is not
	// looked for in commands: "a" is in most of them.
	shortestPath = 3
)

// A fileTable is what is known of files that code opens and writes.
type fileTable struct {
	written  []writtenFile
	opened   map[int]*Value // by the ID of the file object: its path
	contents map[int]ownContent
}

// A writtenFile is a file that code wrote: by its path's text, or the ID of the
// value that stands for it.
type writtenFile struct {
	name   string
	id     int
	labels labelSet
}

// An ownContent is what an opened file of the artifact holds.
type ownContent struct {
	text   string
	binary bool
	labels labelSet
}

func newFileTable() fileTable {
	return fileTable{opened: make(map[int]*Value), contents: make(map[int]ownContent)}
}

// open is builtins.open.
func (m *machine) open(s *site) *Value {
	p := s.arg(0, "file")
	if p == nil {
		return nil
	}
	mode := "r"
	if v := s.arg(1, "mode"); v != nil {
		mode, _ = knownText(v)
	}
	writes := strings.ContainsAny(mode, "wax+")
	call := m.words.Call(s.callee.Str)
	labels := s.labels()
	var own labelSet
	if !writes {
		own = m.pathLabels(p)
	}
	m.serial++
	v := *m.ref("builtins.open", "()")
	v.ID = m.serial
	v.Labels = own
	data, ok := m.ownData(s.f, p)
	if ok && !writes {
		v.Labels = vocabulary.Set(vocabulary.File, vocabulary.OwnFile)
		m.files.contents[v.ID] = ownContent{data, strings.Contains(mode, "b"), v.Labels}
	}
	m.files.opened[v.ID] = p
	if call != nil {
		m.record(s, s.callee.Str, call, labels|v.Labels, &v)
	}
	return &v
}

// pathLabels are the labels of what is read from a path.
func (m *machine) pathLabels(p *Value) labelSet {
	labels := vocabulary.Set(vocabulary.File)
	for _, one := range choicesOf(p) {
		if isString(one) {
			labels |= m.words.Path(one.Str)
		}
		labels |= m.writtenLabels(one)
	}
	return labels | p.Labels&m.pathMarks()
}

// pathMarks are the labels that a path hands on to what is read from it.
func (m *machine) pathMarks() labelSet {
	return vocabulary.Set(vocabulary.Browser, vocabulary.Wallet, vocabulary.Session, vocabulary.SecretFile, vocabulary.Written)
}

// choicesOf are what a value may be.
func choicesOf(v *Value) []*Value {
	if v.Kind == Union {
		return v.Items
	}
	return []*Value{v}
}

// ownData is the content of a file of the artifact that a path means.
func (m *machine) ownData(f *frame, p *Value) (string, bool) {
	name, ok := m.ownName(p)
	if !ok {
		return "", false
	}
	data, ok := m.program.config.Data(name)
	if !ok || len(data) > maxContent {
		return "", false
	}
	_ = f
	return string(data), true
}

// ownName is the part of a path that may name a file of the artifact.
func (m *machine) ownName(p *Value) (string, bool) {
	if p == nil || p.Kind != Text || p.Str == "" {
		return "", false
	}
	name := strings.ReplaceAll(p.Str, "\\", "/")
	if !p.Partial {
		if strings.HasPrefix(name, "/") || strings.Contains(name, ":") {
			return "", false
		}
		return path.Clean(name), true
	}
	i := strings.LastIndex(name, hole)
	rest := strings.TrimLeft(name[i+len(hole):], "/")
	if i > 0 || rest == "" {
		return "", false
	}
	return path.Clean(rest), true
}

// readContent is read() of an opened file.
func (m *machine) readContent(s *site) *Value {
	self := s.callee.Self
	if self == nil {
		return nil
	}
	c, ok := m.files.contents[self.ID]
	if !ok || self.ID == 0 {
		return nil
	}
	v := c.value()
	if strings.HasSuffix(s.callee.Str, "readlines") {
		v = m.lines(c)
	}
	m.outsideEvent(s, v)
	return v
}

func (c ownContent) value() *Value {
	v := Value{Kind: Text, Str: c.text, Labels: c.labels}
	if c.binary || !utf8.ValidString(c.text) {
		v.Kind = Bytes
	}
	return &v
}

// content is what an opened file of the artifact holds, as a loop over it sees.
func (m *machine) content(v *Value) (ownContent, bool) {
	c, ok := m.files.contents[v.ID]
	return c, ok && v.ID != 0 && v.Str == "builtins.open()"
}

func (m *machine) lines(c ownContent) *Value {
	const maxLines = 10_000
	var items []*Value
	for line := range strings.Lines(c.text) {
		if len(items) == maxLines {
			break
		}
		one := c
		one.text = line
		items = append(items, one.value())
	}
	v := list(items)
	return carryShallow(v, c.labels)
}

// readPath is read_text and read_bytes of a path.
func (m *machine) readPath(s *site) *Value {
	self := s.callee.Self
	if self == nil || !isString(self) {
		return nil
	}
	data, ok := m.ownData(s.f, self)
	if !ok {
		return nil
	}
	c := ownContent{data, strings.HasSuffix(s.callee.Str, "bytes"), vocabulary.Set(vocabulary.File, vocabulary.OwnFile)}
	v := c.value()
	m.outsideEvent(s, v)
	return v
}

// packageData is pkgutil.get_data(package, resource).
func (m *machine) packageData(s *site) *Value {
	if len(s.args) < 2 {
		return nil
	}
	pkg, _ := knownText(s.args[0])
	data, ok := m.ownData(s.f, text(strings.ReplaceAll(pkg, ".", "/")+"/"+s.args[1].Str))
	if !ok {
		return nil
	}
	c := ownContent{data, true, vocabulary.Set(vocabulary.File, vocabulary.OwnFile)}
	v := c.value()
	m.outsideEvent(s, v)
	return v
}

// role returns the arguments of a call that play a role.
func (s *site) role(call *vocabulary.Call, r vocabulary.Role) (out []*Value) {
	for _, sel := range call.Args[r] {
		switch {
		case sel.Position == vocabulary.Self:
			out = append(out, s.callee.Self)
		case sel.Rest && sel.Position < len(s.args) && sel.Position >= 0:
			out = append(out, s.args[sel.Position:]...)
		default:
			if v := s.arg(sel.Position, sel.Keyword); v != nil {
				out = append(out, v)
			}
		}
	}
	if len(out) > 0 && out[0] == nil {
		out = out[1:]
	}
	return out
}

// openings notes what an outside call writes.
func (m *machine) openings(s *site, call *vocabulary.Call) {
	if call == nil {
		return
	}
	switch {
	case call.Effects.Has(vocabulary.Write):
		var labels labelSet
		for _, v := range s.role(call, vocabulary.Data) {
			labels |= labelsOf(v)
		}
		if call.Effects.Has(vocabulary.Fetch) {
			labels |= vocabulary.Set(vocabulary.Network)
		}
		for _, p := range s.role(call, vocabulary.Path) {
			m.wrote(p, labels)
		}
	case call.Effects.Has(vocabulary.Copy):
		labels := labelSet(0)
		for _, p := range s.role(call, vocabulary.Path) {
			labels |= m.writtenLabels(p) | labelsOf(p) | m.pathLabels(p)
		}
		for _, p := range s.role(call, vocabulary.Target) {
			m.wrote(p, labels)
		}
	case call.Effects.Has(vocabulary.Unpack):
		labels := labelSet(0)
		if s.callee.Self != nil {
			labels = labelsOf(s.callee.Self)
		}
		for _, p := range s.role(call, vocabulary.Target) {
			m.wrote(p, labels|s.labels())
		}
	}
}

// wrote remembers that something with labels was written to a path, or through
// an opened file.
func (m *machine) wrote(p *Value, labels labelSet) {
	id := p.ID
	if opened := m.files.opened[p.ID]; opened != nil && p.ID != 0 {
		p = opened
	}
	labels |= vocabulary.Set(vocabulary.Written)
	for _, one := range choicesOf(p) {
		w := writtenFile{id: id, labels: labels}
		if isString(one) {
			w.name = tailName(one.Str)
		} else if one.ID != 0 {
			w.id = one.ID
		}
		if (w.name != "" || w.id != 0) && len(m.files.written) < maxFiles {
			m.files.written = append(m.files.written, w)
		}
	}
}

// tailName is the part of a path by which it is known again: what stands behind
// its last Hole, or the whole.
func tailName(p string) string {
	p = strings.ReplaceAll(p, "\\", "/")
	if i := strings.LastIndex(p, hole); i >= 0 {
		p = p[i+len(hole):]
	}
	if len(path.Base(p)) < shortestPath {
		return ""
	}
	return p
}

// writtenLabels are the labels of a file that the value names: one that was
// written before.
func (m *machine) writtenLabels(v *Value) (labels labelSet) {
	if len(m.files.written) == 0 || v == nil {
		return 0
	}
	switch v.Kind {
	case List, Tuple, Union:
		for _, item := range v.Items[:min(len(v.Items), 64)] {
			if item.Kind != Union {
				labels |= m.writtenLabels(item)
			}
		}
		return labels
	}
	said := ""
	if isString(v) && len(v.Str) < maxLayerText {
		said = strings.ReplaceAll(v.Str, "\\", "/")
	}
	for _, w := range m.files.written {
		if w.id != 0 && w.id == v.ID || w.name != "" && said != "" && strings.Contains(said, w.name) {
			labels |= w.labels
		}
	}
	return labels
}

// usesFiles are the effects of calls that start or read what a path names.
var usesFiles = []vocabulary.Effect{vocabulary.Process, vocabulary.Load, vocabulary.Execute, vocabulary.Read, vocabulary.Open, vocabulary.Permit,
	vocabulary.Send, vocabulary.Unpickle, vocabulary.Fetch}

// carryFiles gives the arguments that name written files the labels of what was
// written, and returns these.
func (m *machine) carryFiles(s *site, call *vocabulary.Call) (labels labelSet) {
	if call == nil || !call.Effects.Any(usesFiles...) {
		return 0
	}
	reads := call.Effects.Any(vocabulary.Read, vocabulary.Open)
	for i, a := range s.args {
		l := m.writtenLabels(a)
		if reads && isString(a) {
			l |= m.words.Path(a.Str)
		}
		if l != 0 {
			if labels == 0 {
				s.args = append([]*Value(nil), s.args...)
			}
			s.args[i] = carryShallow(a, l)
			labels |= l
		}
	}
	if self := s.callee.Self; self != nil && reads {
		if p := m.files.opened[self.ID]; p != nil && self.ID != 0 {
			labels |= m.writtenLabels(p)
		} else if isString(self) {
			labels |= m.words.Path(self.Str) | m.writtenLabels(self)
		}
	}
	return labels
}

// follow does what a call of the outside leads to in the artifact: code that it
// runs, commands of setup, scripts that a process starts.
func (m *machine) follow(s *site, call *vocabulary.Call, _ *Value) {
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
		m.callback(f, v, nil)
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
	if data, ok := m.ownData(s.f, p); ok {
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
		switch {
		case isSequence(v):
			words = append(words, v.Items...)
		case isString(v):
			words = append(words, splitCommand(v)...)
		default:
			words = append(words, v)
		}
	}
	for i, w := range words {
		if i == 0 || !isPython(words[i-1]) && i > 1 && !isPython(words[0]) {
			continue
		}
		switch {
		case isString(w) && w.Str == "-c" && i+1 < len(words):
			m.runText(&site{f: s.f, x: s.x, callee: m.ref("python", ".-c")}, words[i+1], m.freshFrame(s.f))
			return
		case isString(w) && w.Str == "-m" && i+1 < len(words):
			m.runModuleCall(&site{f: s.f, x: s.x, callee: m.ref("runpy", ".run_module"), args: words[i+1 : i+2]})
			return
		case isString(w) && strings.HasSuffix(w.Str, ".py"):
			if src := m.sourceAt(s.f, w); src != nil {
				m.startScript(src)
			}
			return
		}
	}
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
		case quote == 0 && (c == '"' || c == '\''):
			quote, inside = c, true
		case quote == 0 && (c == ' ' || c == '\t' || c == '\n' || c == ';' || c == '&' || c == '|'):
			flush()
		default:
			word.WriteRune(c)
			inside = true
		}
	}
	flush()
	return words
}

var _ python.Node
