package flow

import (
	"strings"

	"pipwarden/scan/python"
)

// specialCalls are the calls of the outside that reach code or names of the
// artifact. A nil result leaves the call to the library.
func (m *machine) specialCalls() map[string]func(*site) *Value {
	return map[string]func(*site) *Value{
		"builtins.__import__":       m.importCall,
		"importlib.import_module":   m.importCall,
		"importlib.__import__":      m.importCall,
		"builtins.getattr":          m.getattr,
		"builtins.setattr":          m.setattr,
		"builtins.globals":          m.globalsCall,
		"builtins.locals":           m.localsCall,
		"builtins.vars":             m.varsCall,
		"builtins.super":            m.super,
		"builtins.property":         m.property,
		"builtins.staticmethod":     m.first,
		"builtins.classmethod":      m.first,
		"builtins.type":             m.typeCall,
		"functools.partial":         m.partialCall,
		"functools.wraps":           m.wraps,
		"functools.lru_cache":       m.wraps,
		"operator.attrgetter":       m.getter,
		"operator.methodcaller":     m.getter,
		"operator.itemgetter":       m.getter,
		"operator.attrgetter()":     m.attrgetter,
		"operator.methodcaller()":   m.methodcaller,
		"operator.itemgetter()":     m.itemgetter,
		"codecs.getencoder":         m.getter,
		"codecs.getdecoder":         m.getter,
		"codecs.getencoder()":       m.codec,
		"codecs.getdecoder()":       m.codec,
		"marshal.dumps":             m.same,
		"builtins.dir().index":      m.getter,
		"functools.partial()":       m.callPartial,
		"os.getenv":                 m.getenv,
		"os.environ.get":            m.getenv,
		"os.environ.pop":            m.getenv,
		"os.environ.setdefault":     m.getenv,
		"os.environ.__getitem__":    m.getenv,
		"sys.modules.get":           m.moduleGet,
		"sys.modules.__getitem__":   m.moduleGet,
		"builtins.compile":          m.compileCall,
		"builtins.exec":             m.execCall,
		"builtins.eval":             m.evalCall,
		"builtins.execfile":         m.execFile,
		"runpy.run_path":            m.execFile,
		"runpy.run_module":          m.runModuleCall,
		"types.FunctionType":        m.functionType,
		"builtins.open":             m.open,
		"builtins.open().read":      m.readContent,
		"builtins.open().readlines": m.readContent,
		"pathlib.Path().open":       m.openPath,
		"pathlib.Path().read_text":  m.readPath,
		"pathlib.Path().read_bytes": m.readPath,
		"pkgutil.get_data":          m.packageData,
		"builtins.delattr":          m.ignored,
		"builtins.object.__new__":   m.ignored,
		"asyncio.run":               m.first,
	}
}

func (m *machine) ignored(*site) *Value { return nothing }

// first is the result of a call that gives back what it is given.
func (m *machine) first(s *site) *Value {
	if len(s.args) == 0 {
		return nil
	}
	switch s.callee.Str {
	case "builtins.staticmethod", "builtins.classmethod":
		return m.decorateOutside(s.f, s.callee, s.args[0])
	}
	m.outsideEvent(s, s.args[0])
	return s.args[0]
}

// same is the result of a call whose opposite is to follow: loads(dumps(x)).
func (m *machine) same(s *site) *Value { return s.arg(0, "") }

// codec is codecs.getencoder(name)(text): a pair of the text and its length.
func (m *machine) codec(s *site) *Value {
	if len(s.args) == 0 || len(s.callee.Items) == 0 {
		return nil
	}
	name := "codecs.encode"
	if s.callee.Str == "codecs.getdecoder()" {
		name = "codecs.decode"
	}
	v, ok := m.meter.library(reference(name), []*Value{s.args[0], s.callee.Items[0]}, nil, nil)
	if !ok {
		return nil
	}
	return tuple([]*Value{v, nothing})
}

// outsideEvent records a call that is evaluated here, if the vocabulary knows it.
func (m *machine) outsideEvent(s *site, v *Value) {
	if c := m.words.Call(s.callee.Str); c != nil {
		m.record(s, s.callee.Str, c, s.labels(), v)
	}
}

func (m *machine) property(s *site) *Value {
	if v := s.arg(0, "fget"); v != nil && v.Func != nil {
		c := *v.Func
		c.kind = propertyFunction
		return &Value{Kind: Function, Func: &c}
	}
	return nil
}

// wraps is a decorator that leaves what it decorates as it is.
func (m *machine) wraps(s *site) *Value {
	if len(s.args) == 1 && s.callee.Str == "functools.lru_cache" && s.args[0].Kind == Function {
		return s.args[0]
	}
	return m.ref("functools.wraps", "()")
}

// importCall is __import__ and import_module.
func (m *machine) importCall(s *site) *Value {
	v := s.arg(0, "name")
	name, ok := knownText(v)
	if !ok || name == "" {
		m.outsideEvent(s, nil)
		return labelled(s.labels())
	}
	if strings.HasPrefix(name, ".") && s.callee.Str != "builtins.__import__" {
		pkg := ""
		if p := s.arg(1, "package"); p != nil {
			pkg, _ = knownText(p)
		}
		rest := strings.TrimLeft(name, ".")
		name = relative(&ModuleObject{Name: pkg, pkg: true}, len(name)-len(rest), rest)
	}
	got := m.importName(s.f, s.x, name)
	if s.callee.Str == "builtins.__import__" && strings.Contains(name, ".") && s.arg(3, "fromlist") == nil {
		top, _, _ := strings.Cut(name, ".")
		got = m.topOf(s.f, top)
	}
	m.outsideEvent(s, got)
	return got
}

// getattr is getattr(x, name, default).
func (m *machine) getattr(s *site) *Value {
	if len(s.args) < 2 {
		return nil
	}
	name, ok := knownText(s.args[1])
	if !ok {
		if s.args[0].Kind == Instance && known(s.args[1]) {
			return labelled(s.labels())
		}
		v := *labelled(s.labels())
		if s.args[0].Kind == Ref {
			v = *m.part(s.args[0], ".?")
			v.Labels |= s.labels()
		}
		m.outsideEvent(s, &v)
		return &v
	}
	v := m.attribute(s.f, s.args[0], name, s.x)
	if v.Kind == Ref && v.Labels != 0 && m.words.Attribute(v.Str) != 0 && s.x != nil {
		m.readSource(s.f, s.x, v)
	}
	if s.args[0].Kind == Ref && (s.args[1].Labels != 0 || !isLiteral(s.x)) {
		m.outsideEvent(s, v)
	}
	return v
}

// isLiteral says that the name in a call of getattr stands there as it is.
func isLiteral(x python.Node) bool {
	c, ok := x.(*python.Call)
	if !ok || len(c.Args) < 2 {
		return false
	}
	_, ok = c.Args[1].(*python.Str)
	return ok
}

func (m *machine) setattr(s *site) *Value {
	if len(s.args) < 3 {
		return nil
	}
	if s.args[0].Kind == Ref {
		m.outsideEvent(s, nil)
	}
	if name, ok := knownText(s.args[1]); ok {
		m.setAttribute(s.f, s.args[0], name, s.args[2])
		return noneValue
	}
	m.handOver(s.f, s.args[0], s.args[2])
	return noneValue
}

func (m *machine) globalsCall(s *site) *Value {
	v := scopeOf(s.f.globals, s.f.unit.module)
	m.outsideEvent(s, v)
	return v
}

func (m *machine) localsCall(s *site) *Value {
	f := s.f
	for f.inner && f.outer != nil {
		f = f.outer
	}
	v := scopeOf(f.names, f.unit.module)
	m.outsideEvent(s, v)
	return v
}

func (m *machine) varsCall(s *site) *Value {
	if len(s.args) == 0 {
		return m.localsCall(s)
	}
	v := m.attribute(s.f, s.args[0], "__dict__", s.x)
	m.outsideEvent(s, v)
	return v
}

// typeCall is type(x), or type(name, bases, names), which makes a class.
func (m *machine) typeCall(s *site) *Value {
	switch len(s.args) {
	case 1:
		v := s.args[0]
		if v.Kind == Instance {
			return &Value{Kind: Class, Class: v.Class}
		}
		return m.dunder(v, "__class__")
	case 3:
		cls := &ClassObject{Attrs: make(map[string]*Value), Module: s.f.unit.module}
		cls.Name, _ = knownText(s.args[0])
		cls.Bases = s.args[1].Items
		for _, p := range s.args[2].Pairs {
			if name, ok := knownText(p.Key); ok {
				cls.Attrs[name] = p.Value
			}
		}
		if isScope(s.args[2]) {
			cls.Attrs = s.args[2].Module.Globals
		}
		return m.classMade(s.f, cls)
	}
	return nil
}

// partialCall is functools.partial: a Ref that holds the call.
func (m *machine) partialCall(s *site) *Value {
	if len(s.args) == 0 {
		return nil
	}
	return m.holding("functools.partial()", s)
}

func (m *machine) getter(s *site) *Value { return m.holding(s.callee.Str+"()", s) }

// holding is a Ref with the arguments that made it in its Items and Pairs.
func (m *machine) holding(name string, s *site) *Value {
	v := &Value{Kind: Ref, Str: name, Items: s.args, Labels: s.labels()}
	for _, k := range s.kw {
		v.Pairs = append(v.Pairs, Pair{text(k.Name), k.Value})
	}
	return v
}

func (m *machine) callPartial(s *site) *Value {
	held := s.callee
	if len(held.Items) == 0 {
		return nil
	}
	one := &site{f: s.f, x: s.x, callee: held.Items[0]}
	one.args = append(append([]*Value(nil), held.Items[1:]...), s.args...)
	for _, p := range held.Pairs {
		one.kw = append(one.kw, Keyword{p.Key.Str, p.Value})
	}
	one.kw = append(one.kw, s.kw...)
	return m.invoke(one)
}

func (m *machine) attrgetter(s *site) *Value {
	if len(s.args) == 0 || len(s.callee.Items) == 0 {
		return nil
	}
	v := s.args[0]
	name, ok := knownText(s.callee.Items[0])
	if !ok {
		return nil
	}
	for _, part := range splitDots(name) {
		v = m.attribute(s.f, v, part, s.x)
	}
	return v
}

func (m *machine) methodcaller(s *site) *Value {
	if len(s.args) == 0 || len(s.callee.Items) == 0 {
		return nil
	}
	name, ok := knownText(s.callee.Items[0])
	if !ok {
		return nil
	}
	one := &site{f: s.f, x: s.x, callee: m.attribute(s.f, s.args[0], name, s.x), args: s.callee.Items[1:]}
	for _, p := range s.callee.Pairs {
		one.kw = append(one.kw, Keyword{p.Key.Str, p.Value})
	}
	return m.invoke(one)
}

func (m *machine) itemgetter(s *site) *Value {
	if len(s.args) == 0 || len(s.callee.Items) == 0 {
		return nil
	}
	return m.item(s.f, s.x, s.args[0], s.callee.Items[0])
}

// moduleGet is sys.modules.get(name).
func (m *machine) moduleGet(s *site) *Value {
	if len(s.args) == 0 {
		return nil
	}
	return m.moduleNamed(s.f, s.args[0])
}

// moduleNamed is sys.modules[name].
func (m *machine) moduleNamed(f *frame, key *Value) *Value {
	name, ok := knownText(key)
	if !ok {
		return labelled(labelsOf(key))
	}
	if own, _ := knownText(f.globals["__name__"]); own == name {
		return &Value{Kind: Module, Module: f.unit.module}
	}
	if src := m.program.modules[name]; src != nil && src.module != nil {
		return &Value{Kind: Module, Module: src.module}
	}
	return m.ref(name, "")
}
