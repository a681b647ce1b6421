package flow

import (
	"path"
	"strings"

	"pipwarden/scan/vocabulary"
)

const (
	// maxFiles is how many files that code writes are remembered.
	maxFiles = 256
	// maxWritten is how many bytes of a text are kept that is written part by
	// part: no script that a person wrote is larger.
	maxWritten = 1 << 20
	// shortestPath is the length of a path's last part below which it is not
	// looked for in commands: "a" is in most of them.
	shortestPath = 3
)

// A writtenFile is a file that code wrote: by its path's text, or the value that
// stands for it.
type writtenFile struct {
	name   string // the end of its path, with slashes
	id     int    // of the opened file, or of a path without a name
	path   *Value // a path of which nothing is known but which value it is
	labels labelSet
	text   *Value // what it holds, nil if that is not known
}

// A startedKey tells apart which written texts were executed.
type startedKey struct {
	text  string
	stage Stage
}

// openings notes what an outside call writes.
func (m *machine) openings(s *site, call *vocabulary.Call) {
	if call == nil {
		return
	}
	switch {
	case call.Effects.Has(vocabulary.Write):
		var labels labelSet
		if call.Effects.Has(vocabulary.Fetch) {
			labels |= vocabulary.Set(vocabulary.Network)
		}
		data := s.role(call, vocabulary.Data)
		for _, v := range data {
			labels |= labelsOf(v)
		}
		for _, p := range s.role(call, vocabulary.Path) {
			m.wrote(p, labels, writtenText(data))
		}
	case call.Effects.Has(vocabulary.Record):
		for _, p := range s.role(call, vocabulary.Path) {
			m.wrote(p, call.Returns, nil)
		}
	case call.Effects.Has(vocabulary.Copy):
		var labels labelSet
		var text *Value
		for _, p := range s.role(call, vocabulary.Path) {
			l, t := m.written(p, false)
			labels |= l | labelsOf(p) | m.pathLabels(p)
			text = t
		}
		for _, p := range s.role(call, vocabulary.Target) {
			stain(p, labels) // an archive
			m.wrote(p, labels, text)
		}
	case call.Effects.Has(vocabulary.Unpack):
		labels := labelSet(0)
		if s.callee.Self != nil {
			labels = labelsOf(s.callee.Self)
		}
		for _, p := range s.role(call, vocabulary.Target) {
			m.wrote(p, labels|s.labels(), nil)
		}
	}
}

// wrote remembers that something with labels was written to a path, or through
// an opened file; text is what was written, nil if that is not known.
func (m *machine) wrote(p *Value, labels labelSet, text *Value) {
	id := 0
	if opened := m.files.opened[p.ID]; opened != nil && p.ID != 0 {
		id, p = p.ID, opened
	} else if buffers[p.Str] && p.Kind == Ref {
		p.Labels |= labels &^ dull // a file in memory
		p.Self = unknown(p.Self, labelled(labels))
		return
	}
	labels |= vocabulary.Set(vocabulary.Written)
	for _, one := range choicesOf(p) {
		w := writtenFile{id: id, labels: labels, text: text}
		if name := pathText(one); name != nil {
			w.name = tailName(name.Str)
		}
		if w.name == "" && one.Kind != None && one != nothing {
			w.path = one
			if one.ID != 0 {
				w.id = one.ID
			}
		}
		if w.name != "" || w.id != 0 || w.path != nil {
			m.files.add(w)
		}
	}
}

// buffers are files in memory.
var buffers = map[string]bool{"io.BytesIO()": true, "io.StringIO()": true, "StringIO.StringIO()": true, "cStringIO.StringIO()": true}

// add adds a written file. What is written through one opened file is one text.
func (t *fileTable) add(w writtenFile) {
	for i := range t.written {
		old := &t.written[i]
		if w.id == 0 || old.id != w.id || old.name != w.name {
			continue
		}
		old.labels |= w.labels
		if old.text == nil || w.text == nil || old.text.Kind != w.text.Kind || len(old.text.Str)+len(w.text.Str) > maxWritten {
			old.text = nil
			return
		}
		old.text = carry(sameKind(old.text, old.text.Str+w.text.Str), old.text, w.text)
		return
	}
	if len(t.written) < maxFiles {
		t.written = append(t.written, w)
	}
}

// writtenText is the text that is written, nil if it is not known.
func writtenText(data []*Value) *Value {
	if len(data) != 1 || !isString(data[0]) || data[0].Partial {
		return nil
	}
	return data[0]
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
func (m *machine) writtenLabels(v *Value) labelSet {
	labels, _ := m.written(v, false)
	return labels
}

// written finds what was written to the files that the value names: the labels,
// and the text if it is known. A command names a file by its base name too,
// since it may run in the file's folder.
func (m *machine) written(v *Value, command bool) (labels labelSet, text *Value) {
	if len(m.files.written) == 0 || v == nil {
		return 0, nil
	}
	switch v.Kind {
	case List, Tuple, Union:
		for _, item := range v.Items[:min(len(v.Items), 64)] {
			if item.Kind == Union {
				continue
			}
			l, t := m.written(item, command)
			labels |= l
			if t != nil {
				text = t
			}
		}
		return labels, text
	}
	said := ""
	if name := pathText(v); name != nil && len(name.Str) < maxLayerText {
		said = strings.ReplaceAll(name.Str, "\\", "/")
	}
	for i := range m.files.written {
		if w := &m.files.written[i]; w.is(v, said) || command && w.base(said) {
			labels |= w.labels
			text = w.text
		}
	}
	return labels, text
}

// is says that a value, which reads as said, stands for the file.
func (w *writtenFile) is(v *Value, said string) bool {
	if w.path == v || w.name != "" && said != "" && strings.Contains(said, w.name) {
		return true
	}
	if w.id == 0 || w.id != v.ID {
		return false
	}
	// What a call returned has other attributes, too.
	return w.path == nil || w.path.Kind != Ref || v.Kind != Ref || strings.HasPrefix(v.Str, w.path.Str)
}

// base says that a word of a command is the file's name, behind a folder or
// with an extension: "./node", "main.vbs".
func (w *writtenFile) base(command string) bool {
	name := path.Base(w.name)
	if w.name == "" || len(name) < shortestPath {
		return false
	}
	for from := 0; ; {
		i := strings.Index(command[from:], name)
		if i < 0 {
			return false
		}
		i += from
		from = i + len(name)
		folder := i > 0 && command[i-1] == '/'
		begins := i == 0 || strings.IndexByte(" \t\n\"'=;&|(", command[i-1]) >= 0
		ends := from == len(command) || strings.IndexByte(" \t\n\"';&|<>),", command[from]) >= 0
		if ends && (folder || begins && strings.Contains(name, ".")) {
			return true
		}
	}
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
	command := call.Effects.Has(vocabulary.Process)
	for i, a := range s.args {
		l, _ := m.written(a, command)
		if name := pathText(a); reads && name != nil {
			l |= m.words.Path(name.Str)
		}
		if l != 0 {
			if labels == 0 {
				s.args = append([]*Value(nil), s.args...)
			}
			s.args[i] = carryShallow(a, l)
			labels |= l
		}
	}
	for i, k := range s.kw {
		if l, _ := m.written(k.Value, command); l != 0 {
			s.kw = append([]Keyword(nil), s.kw...)
			s.kw[i].Value = carryShallow(k.Value, l)
			labels |= l
		}
	}
	if self := s.callee.Self; self != nil && reads {
		if p := m.files.opened[self.ID]; p != nil && self.ID != 0 {
			labels |= m.writtenLabels(p)
		} else if name := pathText(self); name != nil {
			labels |= m.words.Path(name.Str) | m.writtenLabels(name)
		}
	}
	return labels
}
