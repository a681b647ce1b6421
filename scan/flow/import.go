package flow

import (
	"path"
	"strings"

	"pipwarden/scan/python"
)

func (m *machine) importStmt(f *frame, s *python.Import) {
	for i := range s.Names {
		a := &s.Names[i]
		v := m.importName(f, s, a.Name)
		if a.AsName != "" {
			m.set(f, a.AsName, v)
			continue
		}
		top, _, dotted := strings.Cut(a.Name, ".")
		if dotted {
			v = m.topOf(f, top)
		}
		m.set(f, top, v)
	}
}

// topOf is the first module of a dotted name that was imported just now.
func (m *machine) topOf(f *frame, top string) *Value {
	if src := m.resolve(top, f.unit); src != nil && src.module != nil {
		return &Value{Kind: Module, Module: src.module}
	}
	return m.ref(top, "")
}

// importName imports a dotted module name.
func (m *machine) importName(f *frame, x python.Node, name string) *Value {
	if v := m.importDotted(name, f.unit); v != nil {
		return v
	}
	m.foreignImport(f, x, name)
	return m.ref(name, "")
}

// importDotted imports a module of the artifact and the packages around it; nil
// if the artifact does not hold it.
func (m *machine) importDotted(name string, from *unit) *Value {
	if m.resolve(name, from) == nil {
		return nil
	}
	var src *source
	for i := 0; i <= len(name); i++ {
		if i < len(name) && name[i] != '.' {
			continue
		}
		if part := m.resolve(name[:i], from); part != nil {
			m.importSource(part)
			src = part
		}
	}
	if src == nil || src.module == nil {
		return nil
	}
	return &Value{Kind: Module, Module: src.module}
}

// importSource executes a module unless that was done or is being done.
func (m *machine) importSource(src *source) {
	if src.state != fresh || m.height > maxHeight {
		return
	}
	orphan := m.orphan
	m.orphan = false
	m.trim()
	m.runSource(src)
	m.orphan = orphan
}

// resolve finds the source that an absolute import means. A script finds what
// lies beside it first; so does a module of Python 2.
func (m *machine) resolve(name string, from *unit) *source {
	if from != nil && from.file != nil && (from.source.Module == "" || from.file.Dialect == python.Py2) {
		file := path.Join(path.Dir(from.source.Path), strings.ReplaceAll(name, ".", "/"))
		for _, p := range []string{file + ".py", file + "/__init__.py"} {
			if src := m.program.paths[p]; src != nil && src.Path != from.source.Path {
				return src
			}
		}
	}
	return m.program.modules[name]
}

// foreignImport records the import of a module from outside.
func (m *machine) foreignImport(f *frame, x python.Node, name string) {
	key := importKey{name, f.unit.path(), m.stage}
	if m.imported[key] {
		return
	}
	m.imported[key] = true
	m.importWritten(f, x, name)
	m.trace.Imports = append(m.trace.Imports, ImportAt{Module: name, Stage: m.stage, Path: f.unit.path(), Line: f.unit.line(x)})
}

func (m *machine) importFrom(f *frame, s *python.ImportFrom) {
	name := s.Module
	if s.Level > 0 {
		name = relative(f.unit.module, s.Level, s.Module)
	}
	base := m.importDotted(name, f.unit)
	if base == nil && s.Level == 0 {
		m.foreignImport(f, s, name)
	}
	for i := range s.Names {
		a := &s.Names[i]
		if a.Name == "*" {
			m.importStar(f, base, name)
			continue
		}
		as := a.AsName
		if as == "" {
			as = a.Name
		}
		m.set(f, as, m.memberOf(f, base, name, a.Name))
	}
}

// memberOf is the name that an import takes out of a module.
func (m *machine) memberOf(f *frame, base *Value, module, name string) *Value {
	if base == nil {
		if v := m.importDotted(dotted(module, name), f.unit); v != nil {
			return v // a package without an __init__
		}
		return m.ref(module, "."+name)
	}
	if v, ok := base.Module.Globals[name]; ok {
		return v
	}
	if v := m.importDotted(dotted(module, name), f.unit); v != nil {
		return v
	}
	return m.moduleAttribute(f, base, name)
}

func (m *machine) importStar(f *frame, base *Value, name string) {
	mod := f.unit.module
	if base == nil {
		mod.stars = append(mod.stars, name)
		return
	}
	var only map[string]bool
	if all := base.Module.Globals["__all__"]; all != nil && !all.Partial && isSequence(all) {
		only = make(map[string]bool)
		for _, item := range all.Items {
			only[item.Str] = true
		}
	}
	for n, v := range base.Module.Globals {
		if only != nil && only[n] || only == nil && !strings.HasPrefix(n, "_") {
			m.set(f, n, v)
		}
	}
	mod.stars = append(mod.stars, base.Module.stars...)
}

// relative is the absolute name of a relative import.
func relative(mod *ModuleObject, level int, name string) string {
	parts := splitDots(mod.Name)
	if !mod.pkg {
		level++
	}
	keep := len(parts) - (level - 1)
	if keep <= 0 {
		return name
	}
	return strings.Trim(strings.Join(parts[:keep], ".")+"."+name, ".")
}
