package flow

import "pipwarden/scan/python"

// A FunctionObject is a function or lambda of the artifact.
type FunctionObject struct {
	Name   string // dotted, within its module
	Def    *python.FunctionDef
	Lambda *python.Lambda // Def is nil then
	Module *ModuleObject
}

// A ClassObject is a class of the artifact.
type ClassObject struct {
	Name   string
	Bases  []*Value
	Attrs  map[string]*Value
	Module *ModuleObject
}

// A ModuleObject is a module of the artifact.
type ModuleObject struct {
	Name    string // dotted; "" for a script
	Path    string
	Globals map[string]*Value
}
