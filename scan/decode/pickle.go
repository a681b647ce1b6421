package decode

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
)

// A Pickle is what loading a pickle would import and call.
type Pickle struct {
	// Protocol is the highest that it announces; 0 for those without a number.
	Protocol int
	// Imports are the things that it names, "os.system", each once, in their order.
	// What is not known is "?".
	Imports []string
	// Calls are what it calls, in their order, at most MaxPickleCalls.
	Calls []PickleCall
	// Texts are its text and bytes constants of 8 bytes or more, each once and cut
	// to 4 KiB, at most MaxPickleCalls.
	Texts []string
	// Length is the number of bytes up to the end of the pickle.
	Length int
}

// A PickleCall is one call that loading a pickle makes.
type PickleCall struct {
	// Name is what is called: "os.system", or "os.popen().read" for a member of a
	// result; a call of __setstate__ (BUILD) has the name of the object's class
	// with that.
	Name string
	// Args are the arguments as Python source, each cut to 200 bytes.
	Args []string
}

// MaxPickleCalls is how many calls and texts of one pickle are listed; imports
// are listed all.
const MaxPickleCalls = 10_000

// ReadPickle reads the first pickle of protocol 0 to 5 in the input as data:
// nothing is imported or called. What was read before a fault comes with the
// error, an [Error] of [ErrMalformed], for loading would have done it already.
// Memory is linear in the input.
func ReadPickle(in []byte) (*Pickle, error) {
	r := &pickleReader{in: in, out: &Pickle{}, memo: map[int]*pickled{}, seen: map[string]bool{}}
	err := r.run()
	r.out.Length = r.at
	if err != nil {
		return r.out, &Error{"pickle", err}
	}
	return r.out, nil
}

// A pickled is what is known of one object on the stack.
type pickled struct {
	kind  pickleKind
	text  string     // of a constant as source, of a global its name
	plain string     // of a text constant
	items []*pickled // of a tuple, a list or a dict
}

type pickleKind uint8

const (
	pickleOther  pickleKind = iota
	pickleMark              // what MARK puts on the stack
	pickleConst             // text
	pickleGlobal            // text is the dotted name
	pickleTuple             // items
	pickleList              // items
	pickleResult            // text is the name of what made it
)

type pickleReader struct {
	in    []byte
	at    int
	out   *Pickle
	stack []*pickled
	memo  map[int]*pickled
	seen  map[string]bool
	done  bool
}

func (r *pickleReader) run() error {
	for !r.done {
		if r.at >= len(r.in) {
			return errShort
		}
		op := r.in[r.at]
		r.at++
		f := pickleOps[op]
		if f == nil {
			return malformed("no operation of pickles: %#x at byte %d", op, r.at-1)
		}
		if err := f(r); err != nil {
			return err
		}
	}
	return nil
}

func (r *pickleReader) take(n int) ([]byte, error) {
	if n < 0 || n > len(r.in)-r.at {
		return nil, errShort
	}
	b := r.in[r.at : r.at+n]
	r.at += n
	return b, nil
}

// sized takes what a length of a number of bytes announces.
func (r *pickleReader) sized(width int) ([]byte, error) {
	n, err := r.number(width)
	if err != nil {
		return nil, err
	}
	return r.take(n)
}

// number reads an unsigned little-endian number; -1 stands for what no length can
// be.
func (r *pickleReader) number(width int) (int, error) {
	b, err := r.take(width)
	if err != nil {
		return 0, err
	}
	var word [8]byte
	copy(word[:], b)
	n := binary.LittleEndian.Uint64(word[:])
	if n > 1<<40 {
		return -1, nil
	}
	return int(n), nil
}

func (r *pickleReader) line() (string, error) {
	i := bytes.IndexByte(r.in[r.at:], '\n')
	if i < 0 {
		return "", errShort
	}
	s := r.in[r.at : r.at+i]
	r.at += i + 1
	return strings.TrimSuffix(string(s), "\r"), nil
}

func (r *pickleReader) push(v *pickled) { r.stack = append(r.stack, v) }

// pop takes the top; of an empty stack, or at a mark, it takes something unknown,
// for the reader goes on where CPython's would stop.
func (r *pickleReader) pop() *pickled {
	n := len(r.stack) - 1
	if n < 0 {
		return &pickled{}
	}
	v := r.stack[n]
	r.stack = r.stack[:n]
	return v
}

// popMark takes all above the last mark, and the mark.
func (r *pickleReader) popMark() []*pickled {
	for i := len(r.stack) - 1; i >= 0; i-- {
		if r.stack[i].kind == pickleMark {
			items := slices.Clone(r.stack[i+1:])
			r.stack = r.stack[:i]
			return items
		}
	}
	items := slices.Clone(r.stack)
	r.stack = nil
	return items
}

func (r *pickleReader) top() *pickled {
	if len(r.stack) == 0 {
		return &pickled{}
	}
	return r.stack[len(r.stack)-1]
}

// global names something that is imported.
func (r *pickleReader) global(module, name string) *pickled {
	full := "?"
	switch {
	case module != "" && name != "":
		full = module + "." + name
	case name != "":
		full = "?." + name
	case module != "":
		full = module + ".?"
	}
	if !r.seen["import "+full] {
		r.seen["import "+full] = true
		r.out.Imports = append(r.out.Imports, full)
	}
	return &pickled{kind: pickleGlobal, text: full}
}

// call notes a call and returns its result.
func (r *pickleReader) call(callee *pickled, args []*pickled) *pickled {
	name := "?"
	if callee.text != "" && callee.kind != pickleConst {
		name = cut(callee.text, callArgument)
	}
	if len(r.out.Calls) < MaxPickleCalls {
		c := PickleCall{Name: name}
		for _, a := range args {
			c.Args = append(c.Args, a.source(callArgument, 0))
			if len(c.Args) == 64 {
				break
			}
		}
		r.out.Calls = append(r.out.Calls, c)
	}
	if got := gotten(name, args); got != "" {
		return &pickled{kind: pickleGlobal, text: got}
	}
	return &pickled{kind: pickleResult, text: cut(name, callArgument) + "()"}
}

// gotten resolves the calls by which pickles reach attributes and modules.
func gotten(name string, args []*pickled) string {
	switch {
	case len(args) >= 2 && strings.HasSuffix(name, ".getattr") && args[1].plain != "":
		return args[0].source(callArgument, 0) + "." + cut(args[1].plain, callArgument)
	case len(args) >= 1 && (strings.HasSuffix(name, ".__import__") || name == "importlib.import_module") && args[0].plain != "":
		return cut(args[0].plain, callArgument)
	}
	return ""
}

// source writes an object as Python would be written, up to a length.
func (v *pickled) source(limit, depth int) string {
	switch v.kind {
	case pickleConst, pickleGlobal, pickleResult:
		return cut(v.text, limit)
	case pickleTuple, pickleList:
		left, right := "(", ")"
		if v.kind == pickleList {
			left, right = "[", "]"
		}
		if depth > 10 {
			return "..."
		}
		var b strings.Builder
		b.WriteString(left)
		for i, item := range v.items {
			if b.Len() > limit {
				break
			}
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(item.source(limit-b.Len(), depth+1))
		}
		return cut(b.String()+right, limit)
	}
	return "_"
}

// text makes a text constant.
func (r *pickleReader) text(s string, kind Kind) *pickled {
	if len(s) >= 8 && len(r.out.Texts) < MaxPickleCalls {
		if head := cut(s, 4096); !r.seen["text "+head] {
			r.seen["text "+head] = true
			r.out.Texts = append(r.out.Texts, head)
		}
	}
	return &pickled{kind: pickleConst, text: literal(&Value{Kind: kind, Text: cut(s, 2*callArgument)}, callArgument), plain: cut(s, 2*callArgument)}
}

func constant(text string) *pickled { return &pickled{kind: pickleConst, text: text} }

func (r *pickleReader) memoize(i int) { r.memo[i] = r.top() }

func (r *pickleReader) get(i int) {
	v := r.memo[i]
	if v == nil {
		v = &pickled{}
	}
	r.push(v)
}

// index reads the decimal number of GET and PUT.
func (r *pickleReader) index() (int, error) {
	s, err := r.line()
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, malformed("no number of a memo")
	}
	return n, nil
}
