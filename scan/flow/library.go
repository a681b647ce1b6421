package flow

import "strings"

// An arguments is what one call of the standard library is given.
type arguments struct {
	name string // canonical, of the callable
	pos  []*Value
	kw   []Keyword
	evaluation
}

// A libraryFunc evaluates one call; nil means that its result is not known.
type libraryFunc func(a *arguments) *Value

// An evaluation is what calls within calls share: who counts their effort, and
// who calls callables of the artifact. Both may be nil.
type evaluation struct {
	meter *meter
	call  caller
}

// library evaluates the call of something outside the artifact by its
// canonical name. It is not ok where it knows nothing of the callable or, but
// for builtins and decoders, of the arguments: then the call returns what the
// vocabulary says. A callable of the artifact among the arguments is applied by
// the evaluation's call, which may be nil.
func (e evaluation) library(canonical string, args []*Value, kw []Keyword) (*Value, bool) {
	f, handles := libraryFuncs[canonical]
	if !handles {
		return e.constantMethod(canonical, args, kw)
	}
	a := &arguments{canonical, args, kw, e}
	a.resolve()
	if i := a.union(); i >= 0 && !unionsWelcome[canonical] {
		return a.distribute(i), true
	}
	var v *Value
	if light[canonical] {
		if len(args) == 0 || e.meter.counts(args[0]) {
			v = f(a)
		}
	} else if e.meter.admits(args...) && (cheap[canonical] || !e.meter.exhausted()) {
		v = f(a)
		e.spend(canonical, v, args)
	}
	if v != nil {
		return v, true
	}
	if name, ok := strings.CutPrefix(canonical, "builtins."); ok {
		return a.builtin(name), true
	}
	return nil, false
}

// spend counts the effort of a call.
func (e evaluation) spend(name string, v *Value, args []*Value) {
	if e.meter == nil {
		return
	}
	times := max(heavy[name], 1)
	e.meter.charge(v, times)
	e.meter.spent += weights(args)*(times-1) + extra(name, v, args)
}

// ref evaluates the call of a Ref: of a method, where the Self of the Ref is an
// object that keeps what it was made with (a path, a cipher, a digest), and of
// a function of the library otherwise.
func (e evaluation) ref(callee *Value, args []*Value, kw []Keyword) (*Value, bool) {
	if self := callee.Self; self != nil && self.Kind == Ref && self.Self != nil {
		name := callee.Str[strings.LastIndexByte(callee.Str, '.')+1:]
		if v, ok := e.method(self, name, args, kw); ok {
			return v, true
		}
	}
	return e.library(callee.Str, args, kw)
}

// constantMethod calls a method of a constant by its name, as
// string.ascii_letters.index.
func (e evaluation) constantMethod(canonical string, args []*Value, kw []Keyword) (*Value, bool) {
	i := strings.LastIndexByte(canonical, '.')
	if i < 0 {
		return nil, false
	}
	if c, ok := constants[canonical[:i]]; ok {
		return e.method(c, canonical[i+1:], args, kw)
	}
	return nil, false
}

// resolve puts constants of modules in place of their Refs.
func (a *arguments) resolve() {
	for i, v := range a.pos {
		if c := resolved(v); c != v {
			a.pos = append([]*Value(nil), a.pos...)
			a.pos[i] = c
		}
	}
}

// unionsWelcome are functions that take a Union as it is.
var unionsWelcome = map[string]bool{
	"builtins.map": true, "builtins.filter": true, "builtins.list": true, "builtins.tuple": true, "builtins.dict": true,
	"builtins.isinstance": true, "builtins.callable": true, "builtins.iter": true, "builtins.zip": true,
	"functools.reduce": true, "itertools.chain": true,
}

// union returns the position of the one argument that is a Union, or -1.
func (a *arguments) union() int {
	at := -1
	for i, v := range a.pos {
		if v != nil && v.Kind == Union {
			if at >= 0 {
				return -1
			}
			at = i
		}
	}
	return at
}

// distribute evaluates the call for all that its argument i may be.
func (a *arguments) distribute(i int) *Value {
	return distribute(a.pos[i], nothing, func(x, _ *Value) *Value {
		pos := make([]*Value, len(a.pos))
		copy(pos, a.pos)
		pos[i] = x
		if v, ok := a.library(a.name, pos, a.kw); ok {
			return v
		}
		return a.unknown()
	})
}

// builtin is what a builtin returns that could not be evaluated.
func (a *arguments) builtin(name string) *Value {
	if plainBuiltins[name] {
		return nothing
	}
	return a.unknown()
}

// plainBuiltins tell nothing of their argument's content.
var plainBuiltins = map[string]bool{
	"len": true, "isinstance": true, "issubclass": true, "callable": true, "id": true, "hash": true, "bool": true, "any": true, "all": true,
	"hasattr": true,
}

// unknown is Unknown with the labels of all arguments.
func (a *arguments) unknown() *Value {
	labels := labelSet(0)
	for _, k := range a.kw {
		labels |= labelsOf(k.Value)
	}
	return carry(labelled(labels), a.pos...)
}

// carry returns v with the labels of all arguments.
func (a *arguments) carry(v *Value) *Value {
	for _, k := range a.kw {
		v = carry(v, k.Value)
	}
	return carry(v, a.pos...)
}

// at returns the argument at position i, or the one named name; nil if
// neither is there.
func (a *arguments) at(i int, name string) *Value {
	if i < len(a.pos) {
		return a.pos[i]
	}
	for _, k := range a.kw {
		if name != "" && k.Name == name {
			return k.Value
		}
	}
	return nil
}

// text returns an argument that is a Text or Bytes without Holes.
func (a *arguments) text(i int, name string) (string, bool) { return knownText(a.at(i, name)) }

// int returns an argument that is an Int, otherwise where it is absent.
func (a *arguments) int(i int, name string, otherwise int) (int, bool) {
	v := a.at(i, name)
	if absent(v) {
		return otherwise, true
	}
	return smallInt(v)
}

// items returns all that an iteration over an argument gives.
func (a *arguments) items(i int) ([]*Value, bool) {
	v := a.at(i, "")
	if v == nil || v.Kind == Dict && v.Partial {
		return nil, false
	}
	return iterate(v)
}

// apply calls a callable; nil if that is not possible.
func (a *arguments) apply(fn *Value, args ...*Value) *Value {
	switch fn.Kind {
	case None:
		return args[0]
	case Ref:
		if v, ok := a.ref(fn, args, nil); ok {
			return v
		}
		if v, ok := a.boundMethod(fn, args); ok {
			return v
		}
	}
	if a.call != nil {
		return a.call(fn, args)
	}
	return nil
}

// boundMethod calls str.upper(x), "".join, list.append and the like: the type
// named, the object first; or a Ref that F1 bound to its Self.
func (e evaluation) boundMethod(fn *Value, args []*Value) (*Value, bool) {
	name, ok := strings.CutPrefix(fn.Str, "builtins.")
	kind, name, dotted := strings.Cut(name, ".")
	if !ok || !dotted || len(args) == 0 {
		return nil, false
	}
	switch kind {
	case "str", "bytes", "list", "dict", "set", "int", "tuple", "bytearray", "unicode":
		return e.method(args[0], name, args[1:], nil)
	}
	return nil, false
}

// libraryFuncs are the functions by canonical name.
var libraryFuncs = map[string]libraryFunc{}

// under returns a table whose names stand under a module.
func under(module string, funcs map[string]libraryFunc) map[string]libraryFunc {
	out := make(map[string]libraryFunc, len(funcs))
	for name, f := range funcs {
		out[module+"."+name] = f
	}
	return out
}
