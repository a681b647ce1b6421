package flow

import (
	"strings"
	"unicode/utf8"

	"pipwarden/scan/decode"
	"pipwarden/scan/python"
)

const (
	// maxLayers is how deep decoded texts may stand in one another; the deepest
	// seen are 50.
	maxLayers = 64
	// maxDecoded is how many bytes of decoded text are executed in all.
	maxDecoded = 32 << 20
	// maxTexts is how many texts are executed in all: parsing a thousand small
	// ones takes milliseconds.
	maxTexts = 10_000
	// maxLayerRecords bounds the trace.
	maxLayerRecords = 2_000
)

// compileCall is compile(text): the text itself.
func (m *machine) compileCall(s *site) *Value {
	v := s.arg(0, "source")
	if v == nil {
		return nil
	}
	m.outsideEvent(s, v)
	return v
}

func (m *machine) execCall(s *site) *Value {
	v := s.arg(0, "")
	if v == nil {
		return nil
	}
	m.outsideEvent(s, nil)
	m.runText(s, v, m.namespace(s, 1))
	return noneValue
}

func (m *machine) evalCall(s *site) *Value {
	v := s.arg(0, "")
	if v == nil {
		return nil
	}
	m.outsideEvent(s, nil)
	if out := m.runText(s, v, m.namespace(s, 1)); out != nil {
		return out
	}
	return labelled(s.labels())
}

// functionType is types.FunctionType(code, globals): code as a function.
func (m *machine) functionType(s *site) *Value {
	v := s.arg(0, "code")
	if v == nil || !isString(v) {
		return nil
	}
	m.outsideEvent(s, nil)
	m.runText(s, v, m.namespace(s, 1))
	return nothing
}

func (m *machine) execStmt(f *frame, x *python.Exec) {
	v := m.expr(f, x.Body)
	s := &site{f: f, x: x, callee: m.ref("builtins", ".exec"), args: []*Value{v}}
	if v.Kind == Tuple && len(v.Items) > 1 && x.Globals == nil {
		s.args = v.Items
	}
	if x.Globals != nil {
		s.args = append(s.args, m.expr(f, x.Globals))
		m.expr(f, x.Locals)
	}
	m.execCall(s)
}

// namespace is the frame in which exec runs its text.
func (m *machine) namespace(s *site, i int) *frame {
	f := s.f
	for f.inner && f.outer != nil {
		f = f.outer
	}
	in := *f
	v := s.arg(i, "globals")
	if v == nil || v.Kind == None {
		return &in
	}
	if isScope(v) {
		in.names, in.globals, in.outer = v.Module.Globals, v.Module.Globals, nil
		return &in
	}
	if v.Kind == Dict {
		in.names = make(map[string]*Value)
		for _, p := range v.Pairs {
			if name, ok := knownText(p.Key); ok {
				in.names[name] = p.Value
			}
		}
		in.globals, in.outer, in.back = in.names, nil, v
	}
	return &in
}

// runText executes a text of code in a frame; nil if it is not known. The
// result is that of the last expression.
func (m *machine) runText(s *site, v *Value, in *frame) *Value {
	if v.Kind == Union {
		var out *Value
		for _, item := range v.Items {
			if isString(item) {
				out = either(out, m.runText(s, item, in))
			}
		}
		return out
	}
	if !isString(v) || v.Partial || v.Str == "" {
		return nil
	}
	if m.tooMuch(s, v) {
		return nil
	}
	return m.runLayer(s, v, in)
}

// tooMuch says that a limit keeps a text from being executed.
func (m *machine) tooMuch(s *site, v *Value) bool {
	limit := ""
	switch {
	case m.layers >= maxLayers, m.texts >= maxTexts:
		limit = "layers"
	case m.decoded+len(v.Str) > maxDecoded:
		limit = "decoded"
	case m.height > 4*maxHeight:
		limit = "height"
	case m.asides > 0 && m.layers > 2:
		return true
	default:
		return false
	}
	m.problem(s.f, s.f.unit.line(s.x), limit)
	return true
}

func (m *machine) runLayer(s *site, v *Value, in *frame) *Value {
	code := codeText(v)
	layer := m.layer(s, v, code)
	m.decoded += len(code)
	m.texts++
	u := m.newUnit(in.unit.source, in.unit.module.Name, layer.Layers)
	u.module = in.unit.module
	u.parse([]byte(code), python.Options{Decoded: v.Kind == Text})
	m.alive += u.size
	layer.Python = len(u.file.Errors) == 0 || len(u.file.Body) > len(u.file.Errors)
	m.addLayer(layer)
	in.unit = u
	in.last = nil
	m.layers++
	m.depth++
	u.running++
	loops := m.loops
	m.loops = 0
	m.layerBody(in, u.file.Body)
	m.loops = loops
	u.running--
	m.depth--
	m.layers--
	for name, value := range in.names {
		if in.back != nil {
			store(in.back, text(name), value)
		}
	}
	if in.last == nil {
		return noneValue
	}
	return in.last
}

// layerBody executes the body of a layer as a block.
func (m *machine) layerBody(f *frame, body []python.Stmt) {
	if len(body) == 1 {
		if e, ok := body[0].(*python.ExprStmt); ok {
			f.last = m.expr(f, e.X) // also a text alone, which eval returns
			return
		}
	}
	m.block(f, body)
}

// layer describes a text that is about to be executed.
func (m *machine) layer(s *site, v *Value, code string) Layer {
	made := strings.Join(v.Made, ", ")
	name := "exec(" + made + ")"
	if s.callee != nil && strings.HasPrefix(s.callee.Str, "written(") {
		name = s.callee.Str
	} else if s.callee != nil {
		name = s.callee.Str[strings.LastIndexByte(s.callee.Str, '.')+1:] + "(" + made + ")"
	}
	layers := append(s.f.unit.layers[:len(s.f.unit.layers):len(s.f.unit.layers)], name)
	return Layer{Path: s.f.unit.path(), Layers: layers, Line: s.f.unit.line(s.x), Stage: m.stage, Made: v.Made,
		Text: strings.Clone(cutText(code, maxLayerText)), Size: len(v.Str), Executed: true}
}

func (m *machine) addLayer(l Layer) {
	if len(m.trace.Layers) < maxLayerRecords {
		m.trace.Layers = append(m.trace.Layers, l)
	}
}

// codeText is the Python text that a value holds: itself, or what a marshalled
// code object reads as.
func codeText(v *Value) string {
	marshalled := len(v.Made) > 0 && v.Made[len(v.Made)-1] == "marshal"
	if v.Kind != Bytes || !marshalled && utf8.ValidString(v.Str) {
		return v.Str
	}
	got, _, err := decode.ReadMarshal([]byte(v.Str), decode.Version{})
	switch {
	case err != nil || got == nil:
		return v.Str
	case got.Code != nil:
		return decode.Skeleton(got.Code)
	case got.Text != "" && marshalled:
		return got.Text
	}
	return v.Str
}

// runModuleCall is runpy.run_module(name).
func (m *machine) runModuleCall(s *site) *Value {
	v := s.arg(0, "mod_name")
	if v == nil {
		return nil
	}
	name, ok := knownText(v)
	if !ok {
		return nil
	}
	m.outsideEvent(s, nil)
	for _, n := range []string{name + ".__main__", name} {
		if src := m.program.modules[n]; src != nil {
			m.startScript(src)
			return nothing
		}
	}
	return nothing
}

// startScript runs a source of the artifact as a script of its own.
func (m *machine) startScript(src *source) {
	if m.layers >= maxLayers || src.scripted != 0 && src.scripted <= m.stage+1 {
		return
	}
	src.scripted = m.stage + 1
	m.layers++
	m.runScript(src)
	m.layers--
}
