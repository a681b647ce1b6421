package flow

import "pipwarden/scan/python"

// A FunctionObject is a function or lambda of the artifact.
type FunctionObject struct {
	Name   string // dotted, within its module
	Def    *python.FunctionDef
	Lambda *python.Lambda // Def is nil then; both are nil when the source was dropped
	Module *ModuleObject

	unit     *unit
	outer    *frame
	class    *ClassObject
	defaults []*Value // by parameter; nil for those without
	kind     functionKind
	yields   bool // a generator
	method   bool // it stands in the body of class
	dead     bool // its definition is not reached
}

// A functionKind is what a decorator made of a function.
type functionKind uint8

const (
	plainFunction functionKind = iota
	propertyFunction
	staticFunction
	classFunction
)

// params returns the parameters.
func (f *FunctionObject) params() []python.Parameter {
	if f.Def != nil {
		return f.Def.Params
	}
	if f.Lambda != nil {
		return f.Lambda.Params
	}
	return nil
}

// node is what identifies the function among the runs of it.
func (f *FunctionObject) node() python.Node {
	if f.Def != nil {
		return f.Def
	}
	if f.Lambda != nil {
		return f.Lambda
	}
	return nil
}

// A ClassObject is a class of the artifact.
type ClassObject struct {
	Name   string
	Bases  []*Value
	Attrs  map[string]*Value
	Module *ModuleObject

	meta   *Value
	sample *Value // the instance on which methods run that nobody calls
}

// A ModuleObject is a module of the artifact.
type ModuleObject struct {
	Name    string // dotted; "" for a script
	Path    string
	Globals map[string]*Value

	pkg   bool
	stars []string // modules from outside whose names were all imported
	moves map[string]bool
}

// changing notes that functions assign a global name.
func (o *ModuleObject) changing(name string) {
	if o.moves == nil {
		o.moves = make(map[string]bool)
	}
	o.moves[name] = true
}

// changes says that a function assigns the global name.
func (o *ModuleObject) changes(name string) bool { return o.moves[name] }
