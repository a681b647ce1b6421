package flow

import "maps"

// The methods by name; those of a Ref by its name and a dot before theirs.
// They are filled when the package starts, since methods call each other.
var (
	commonMethods, textMethods, listMethods, tupleMethods, setMethods, dictMethods, iteratorMethods, numberMethods, refMethods map[string]methodFunc
)

func init() {
	commonMethods = operatorMethods()
	textMethods = stringMethods()
	listMethods, tupleMethods = sequenceMethods(), frozenMethods()
	setMethods, dictMethods = setsMethods(), mappingMethods()
	iteratorMethods, numberMethods = generatorMethods(), integerMethods()
	refMethods = objectMethods()
	for _, table := range []map[string]libraryFunc{
		builtinFuncs(), sequenceFuncs(), numberFuncs(), codecFuncs(), structFuncs(), operatorFuncs(), itertoolsFuncs(), patternFuncs(), pathFuncs(),
		cipherFuncs(), textFuncs(),
	} {
		maps.Copy(libraryFuncs, table)
	}
}

// A methodFunc evaluates one call of a method; nil means that its result is not known.
type methodFunc func(self *Value, a *arguments) *Value

// method evaluates the call of a method of a value. It is not ok where the
// value has no such method, or is an object that only the vocabulary knows.
// Methods that change their object do so.
func (e evaluation) method(self *Value, name string, args []*Value, kw []Keyword) (*Value, bool) {
	a := &arguments{name, args, kw, e}
	a.resolve()
	self = resolved(self)
	switch self.Kind {
	case Union:
		return a.unionMethod(self, name)
	case Ref:
		f := refMethods[self.Str+"."+name]
		if f == nil || !e.meter.admits(self) || !e.meter.admits(args...) {
			return nil, false
		}
		v := f(self, a)
		e.spend(self.Str+"."+name, v, args)
		return v, v != nil
	}
	f := methodsOf(self.Kind)[name]
	if f == nil {
		f = commonMethods[name]
	}
	if f == nil {
		return nil, false
	}
	if isString(self) && self.Partial && !partialMethods[name] {
		return a.carry(unknown(self)), true
	}
	if i := a.union(); i >= 0 && !mutates(self.Kind, name) {
		return a.distributeMethod(self, i), true
	}
	return a.evaluate(self, f), true
}

// evaluate calls a method. Where that costs too much, an object that the
// method would change is known no more.
func (a *arguments) evaluate(self *Value, f methodFunc) *Value {
	if a.meter != nil && !a.meter.admitsMethod(self, a) {
		if mutates(self.Kind, a.name) && self.Kind != Iterator && self != nothing {
			self.Partial = true
			self.Labels |= a.unknown().Labels
		}
		return a.carry(unknown(self))
	}
	v := f(self, a)
	a.spend(a.name, v, a.pos)
	if v != nil {
		return v
	}
	return a.carry(unknown(self))
}

// distributeMethod calls a method for all that its argument i may be.
func (a *arguments) distributeMethod(self *Value, i int) *Value {
	return distribute(a.pos[i], nothing, func(x, _ *Value) *Value {
		pos := make([]*Value, len(a.pos))
		copy(pos, a.pos)
		pos[i] = x
		v, _ := a.method(self, a.name, pos, a.kw)
		return v
	})
}

// unionMethod calls the method of all that self may be.
func (a *arguments) unionMethod(self *Value, name string) (*Value, bool) {
	for _, item := range self.Items {
		if opaque(item) || methodsOf(item.Kind)[name] == nil {
			return nil, false
		}
	}
	return distribute(self, nothing, func(x, _ *Value) *Value {
		if v, ok := a.method(x, name, a.pos, a.kw); ok {
			return v
		}
		return unknown(x)
	}), true
}

func methodsOf(kind Kind) map[string]methodFunc {
	switch kind {
	case Text, Bytes:
		return textMethods
	case List:
		return listMethods
	case Tuple:
		return tupleMethods
	case SetKind:
		return setMethods
	case Dict:
		return dictMethods
	case Iterator:
		return iteratorMethods
	case Int, Bool, Float:
		return numberMethods
	}
	return nil
}
