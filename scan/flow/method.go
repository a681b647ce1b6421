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
func method(self *Value, name string, args []*Value, kw []Keyword, call caller) (*Value, bool) {
	a := &arguments{name, args, kw, call}
	a.resolve()
	self = resolved(self)
	switch self.Kind {
	case Union:
		return a.unionMethod(self, name)
	case Ref:
		f := refMethods[self.Str+"."+name]
		if f == nil {
			return nil, false
		}
		v := f(self, a)
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
		return distribute(args[i], nothing, func(x, _ *Value) *Value {
			pos := make([]*Value, len(args))
			copy(pos, args)
			pos[i] = x
			v, _ := method(self, name, pos, kw, call)
			return v
		}), true
	}
	if v := f(self, a); v != nil {
		return v, true
	}
	return a.carry(unknown(self)), true
}

// unionMethod calls the method of all that self may be.
func (a *arguments) unionMethod(self *Value, name string) (*Value, bool) {
	for _, item := range self.Items {
		if opaque(item) || methodsOf(item.Kind)[name] == nil {
			return nil, false
		}
	}
	return distribute(self, nothing, func(x, _ *Value) *Value {
		if v, ok := method(x, name, a.pos, a.kw, a.call); ok {
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
