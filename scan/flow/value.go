package flow

import (
	"pipwarden/scan/python"
	"pipwarden/scan/vocabulary"
)

// A Kind is the type of a [Value], as far as it is known.
type Kind uint8

// The kinds.
const (
	Unknown  Kind = iota // nothing is known but its labels
	None                 // None
	Bool                 // Int is 0 or 1
	Int                  // Int, or Big where it does not fit
	Float                // Float
	Text                 // Str is UTF-8, lone surrogates as three bytes each
	Bytes                // Str holds the bytes; bytearray and memoryview too
	List                 // Items; mutable, shared by reference
	Tuple                // Items
	SetKind              // Items
	Dict                 // Pairs; mutable, shared by reference
	Iterator             // Items not yet consumed
	Ref                  // Name: something outside the artifact, "os.system", or what came of it, "socket.socket().recv()"
	Function             // Func
	Method               // Func bound to Self
	Class                // Class
	Instance             // Self's Class and Attrs
	Module               // Module: a module of the artifact
	Union                // Items are what it may be, at most MaxUnion
)

// Hole stands in the text of a Partial value for a part that is not known.
const Hole = '\uFFFC'

// A Value is what is known of one Python object. Values are shared: whoever
// wants another kind, text or label makes a copy; List, Dict and Instance
// alone are changed in place, as in Python.
type Value struct {
	Kind    Kind
	Partial bool // Str holds Holes, or Items or Pairs lack some
	Labels  vocabulary.Labels
	Str     string // of Text and Bytes; the canonical dotted name of a Ref
	Int     int64
	Big     *python.Number // never needed for folding, kept to render; may be nil
	Float   float64
	Items   []*Value
	Pairs   []Pair
	Func    *FunctionObject
	Class   *ClassObject
	Attrs   map[string]*Value // of an Instance
	Self    *Value            // of a Method
	Module  *ModuleObject
	ID      int      // of what an outside call returned: one number a call; 0 otherwise
	Made    []string // how it was decoded, innermost last: "base64", "zlib", "xor"; at most MaxLayers
}

// A Pair is one entry of a Dict.
type Pair struct{ Key, Value *Value }

// Holds are the labels of v and of all that it holds.
func (v *Value) Holds() vocabulary.Labels { return labelsOf(v) }
