package decode

import (
	"fmt"
	"strings"
)

// A Reading is what the bytecode of a code object and of those inside does, as
// far as it can be read without running it.
type Reading struct {
	// Source is Python 3 with the imports, calls, assignments, functions, classes,
	// loops, conditions and try statements of the bytecode. It is for reading
	// programs and people, not for running: expressions and their order are those
	// of the bytecode, control flow is told where compilers' usual shapes are
	// recognised, and "_" stands for what is not known.
	Source string
	// Calls are all calls in the order of the bytecode, functions at the place
	// where they are defined.
	Calls []PycCall
	// Doubts counts what was not understood: unknown operations, jumps to
	// nowhere, an empty stack. Of what compilers write, one module in twenty-five
	// has some.
	Doubts int
	// Partial says that there is no table for the bytecode of this version, or
	// that a limit was reached: some or all code is told by its names and
	// constants alone.
	Partial bool

	doubts map[string]int
}

// A PycCall is one call that bytecode makes.
type PycCall struct {
	// Name is what is called, with imports resolved: "os.system", "open.read",
	// with "()" for the result of a call: "socket.socket().connect".
	Name string
	// Args are the arguments as source, those by name with it: "cwd='/'". Each is
	// cut to 200 bytes.
	Args []string
	// In is the dotted name of the function around, "" for the module.
	In string
}

// Limits of a reading. Bytecode can make one text stand in many places.
const (
	sourcePerByte = 10       // bytes of source for each byte of bytecode and constants
	sourceLeast   = 64 << 10 // and at least
	sourceMost    = 32 << 20 // and at most
	stepsPerByte  = 10       // instructions read for each byte
	stepsLeast    = 10_000   //
	deepest       = 30       // nested statements in one function
	longText      = 600      // bytes of an expression that gets a name of its own
	longConstant  = 200      // bytes of a constant that does
	deepText      = 25       // nested expressions
	callArgument  = 200      // bytes of an argument in a PycCall
)

// Calls lists the calls of the code and all code inside (see [Reading]).
func (c *Code) Calls() []PycCall { return c.Read().Calls }

// Skeleton is the [Reading]'s Source: the way to look at compiled code with what
// reads source.
func Skeleton(c *Code) string { return c.Read().Source }

// Read reads the bytecode of 2.7 and 3.6 to 3.14 by a simulation of the stack.
// Code of other versions, and what lies beyond a limit, is told by names and
// constants. Time and memory are linear in the size of the code object.
func (c *Code) Read() *Reading {
	size := 0
	for _, code := range c.Codes() {
		size += len(code.Bytecode)
		for _, v := range code.Consts {
			size += len(v.Text) + 1
		}
		size += 8 * (len(code.Names) + len(code.Locals))
	}
	r := &reader{
		out:     &Reading{},
		room:    min(sourceMost, max(sourceLeast, sourcePerByte*size)),
		steps:   max(stepsLeast, stepsPerByte*size),
		aliases: map[string]string{},
		told:    map[*Code]bool{},
	}
	var b strings.Builder
	body := r.body(c)
	body.write(&b, 0)
	r.rest(&b, c)
	r.out.Source = b.String()
	return r.out
}

// reader is one reading under way.
type reader struct {
	out     *Reading
	room    int               // bytes of source that may still be made
	steps   int               // instructions that may still be read
	temps   int               // names made up so far
	aliases map[string]string // imported names, module-wide
	told    map[*Code]bool    // codes that were read
	depth   int               // of functions
	path    []string          // names of the functions around
}

// doubt counts something that was not understood; where names the place for
// tests.
func (r *reader) doubt(where string) {
	r.out.Doubts++
	if r.out.doubts == nil {
		r.out.doubts = map[string]int{}
	}
	r.out.doubts[where]++
}

// temp makes up a name.
func (r *reader) temp() string {
	r.temps++
	return fmt.Sprintf("_t%d", r.temps)
}

// spend takes n bytes of source; false when no room is left.
func (r *reader) spend(n int) bool {
	if r.room -= n; r.room < 0 {
		r.out.Partial = true
		return false
	}
	return true
}

// body reads one code object, "pass" for what says nothing.
func (r *reader) body(c *Code) *block {
	out := &block{}
	r.told[c] = true
	ins, ok := c.instructions()
	if !ok || r.depth >= MaxDepth || r.steps <= 0 || r.room <= 0 {
		r.out.Partial = true
		delete(r.told, c)
		return out
	}
	r.steps -= len(ins) / 4
	r.depth++
	s := newMachine(r, c, ins, out)
	s.run(0, len(ins))
	s.leftover()
	r.depth--
	return out
}

// rest tells the codes that were not read by their names and constants.
func (r *reader) rest(b *strings.Builder, c *Code) {
	budget := r.out.size(c)
	for _, code := range c.Codes() {
		if r.told[code] {
			continue
		}
		r.out.Partial = true
		fmt.Fprintf(b, "# %q by its names and constants\n", cut(code.Name, 100))
		for _, name := range code.Names {
			if isIdentifier(name) && budget > 0 {
				budget -= len(name) + 1
				fmt.Fprintln(b, name)
			}
		}
		for _, v := range code.Consts {
			if v.Kind == CodeValue || v.Kind == None || budget <= 0 {
				continue
			}
			text := literal(v, budget)
			budget -= len(text) + 1
			fmt.Fprintln(b, text)
		}
	}
}

// size bounds what rest writes.
func (r *Reading) size(c *Code) int {
	n := sourceLeast
	for _, code := range c.Codes() {
		for _, v := range code.Consts {
			n += 5 * len(v.Text)
		}
	}
	return n
}

// cut is the first n bytes of s; a negative n is none.
func cut(s string, n int) string {
	if len(s) > n {
		return s[:max(n, 0)]
	}
	return s
}

// A block is a list of statements.
type block struct{ nodes []node }

// A node is one line, with the statements under it when body is not nil.
type node struct {
	text string
	body *block
}

func (b *block) add(text string) { b.nodes = append(b.nodes, node{text: text}) }

func (b *block) empty() bool { return len(b.nodes) == 0 }

func (b *block) write(out *strings.Builder, indent int) {
	for _, n := range b.nodes {
		for range indent {
			out.WriteByte(' ')
		}
		out.WriteString(n.text)
		out.WriteByte('\n')
		if n.body == nil {
			continue
		}
		if n.body.empty() {
			n.body.add("pass")
		}
		n.body.write(out, indent+1)
	}
}
