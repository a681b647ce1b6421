package flow

import (
	"path"
	"strings"
	"unicode/utf8"

	"pipwarden/scan/vocabulary"
)

const (
	// maxContent is how much of a file of the artifact is a value.
	maxContent = 4 << 20
)

// A fileTable is what is known of files that code opens and writes.
type fileTable struct {
	written  []writtenFile
	started  map[startedKey]bool
	opened   map[int]*Value // by the ID of the file object: its path
	contents map[int]ownContent
}

// An ownContent is what an opened file of the artifact holds.
type ownContent struct {
	text   string
	binary bool
	labels labelSet
}

func newFileTable() fileTable {
	return fileTable{opened: make(map[int]*Value), started: make(map[startedKey]bool), contents: make(map[int]ownContent)}
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
	data, ok := m.ownData(p)
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

// openPath is open() of a path object.
func (m *machine) openPath(s *site) *Value {
	if s.callee.Self == nil {
		return nil
	}
	one := *s
	one.callee = m.ref("builtins", ".open")
	one.args = append([]*Value{s.callee.Self}, s.args...)
	return m.open(&one)
}

// pathLabels are the labels of what is read from a path.
func (m *machine) pathLabels(p *Value) labelSet {
	labels := vocabulary.Set(vocabulary.File)
	for _, one := range choicesOf(p) {
		if name := pathText(one); name != nil {
			labels |= m.words.Path(name.Str)
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
func (m *machine) ownData(p *Value) (string, bool) {
	name, ok := m.ownName(p)
	if !ok {
		return "", false
	}
	data, ok := m.program.config.Data(name)
	if !ok || len(data) > maxContent {
		return "", false
	}
	return string(data), true
}

// ownName is the part of a path that may name a file of the artifact.
func (m *machine) ownName(p *Value) (string, bool) {
	p = pathText(p)
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
	if i < 0 {
		return "", false
	}
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
		return m.readWritten(s, m.files.opened[self.ID])
	}
	v := c.value()
	if strings.HasSuffix(s.callee.Str, "readlines") {
		v = m.lines(c)
	}
	m.outsideEvent(s, v)
	return v
}

// readWritten reads back a text that the code wrote to a file; nil if there is
// none.
func (m *machine) readWritten(s *site, p *Value) *Value {
	if p == nil || strings.HasSuffix(s.callee.Str, "readlines") || len(s.args) > 0 {
		return nil
	}
	labels, text := m.written(p, false)
	if text == nil {
		return nil
	}
	v := carryShallow(text, labels|vocabulary.Set(vocabulary.File))
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
	self := pathText(s.callee.Self)
	if self == nil {
		return nil
	}
	data, ok := m.ownData(self)
	if !ok {
		return m.readWritten(s, self)
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
	data, ok := m.ownData(text(strings.ReplaceAll(pkg, ".", "/") + "/" + s.args[1].Str))
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
