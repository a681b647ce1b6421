package decode

// A Kind is the type of a marshalled [Value].
type Kind uint8

// The kinds.
const (
	Null      Kind = iota // the end of a dict; a value that should not be here
	None                  // None
	Bool                  // Text is "True" or "False"
	Int                   // Text is its decimal or, when long, hexadecimal form
	Float                 // Text is how Python writes it
	Complex               // Text is how Python writes it
	Text                  // Text is UTF-8, lone surrogates as three bytes each
	Bytes                 // Text holds the bytes
	Tuple                 // Items
	List                  // Items
	Set                   // Items; frozenset too
	Dict                  // Items are key and value by turns
	Slice                 // Items are start, stop and step
	CodeValue             // Code
	Ellipsis              // ...
	StopValue             // StopIteration
)

// A Value is one marshalled object. Values are shared where the input shares
// them: a walk that follows Items must not visit one twice (see [Value.Walk]).
type Value struct {
	Kind  Kind
	Text  string
	Items []*Value
	Code  *Code
}

// Walk calls f for v and all that it holds, code objects' constants included,
// each once, in the order of the input. It ends when f returns false.
func (v *Value) Walk(f func(v *Value) bool) {
	seen := map[*Value]bool{}
	var visit func(v *Value) bool
	visit = func(v *Value) bool {
		if v == nil || seen[v] {
			return true
		}
		seen[v] = true
		if !f(v) {
			return false
		}
		items := v.Items
		if v.Code != nil {
			items = v.Code.Consts
		}
		for _, item := range items {
			if !visit(item) {
				return false
			}
		}
		return true
	}
	visit(v)
}

// A Code is a code object: a module, a function, a class body, a comprehension.
// All of it is foreign: names need not be identifiers, and numbers need not fit
// the bytecode.
type Code struct {
	Version   Version
	Filename  string // where the source lay when it was compiled
	Name      string // "<module>", "f"
	Qualified string // "C.f"; from 3.11 on
	FirstLine int
	Args      int // positional ones, those before a "/" included
	KwOnly    int
	Flags     int
	Bytecode  string
	Consts    []*Value
	Names     []string // of globals, attributes and imports
	Locals    []string // the arguments first
	Cells     []string // locals that functions inside use
	Free      []string // names of functions around

	fast       []string // what the operations on locals and cells index
	exceptions string   // the exception table, from 3.11 on
}

// Flags of a code object that matter here (CPython's CO_*).
const (
	flagOptimized = 0x01
	flagVarArgs   = 0x04
	flagVarKwargs = 0x08
	flagGenerator = 0x20
	flagCoroutine = 0x80
	flagAsyncGen  = 0x200
)

// Codes lists the code and all code inside, outermost first, each once.
func (c *Code) Codes() []*Code {
	var out []*Code
	(&Value{Kind: CodeValue, Code: c}).Walk(func(v *Value) bool {
		if v.Code != nil {
			out = append(out, v.Code)
		}
		return true
	})
	return out
}

// Words lists the names and the text constants of the code and all code inside,
// each once, in the order of the input.
func (c *Code) Words() []string {
	var out []string
	seen := map[string]bool{}
	add := func(s string) {
		if s != "" && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	(&Value{Kind: CodeValue, Code: c}).Walk(func(v *Value) bool {
		switch {
		case v.Code != nil:
			for _, list := range [][]string{v.Code.Names, v.Code.Locals, v.Code.Free} {
				for _, name := range list {
					add(name)
				}
			}
		case v.Kind == Text || v.Kind == Bytes:
			add(v.Text)
		}
		return true
	})
	return out
}
