package decode

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
)

// pickleOps are the operations of pickles by their byte (pickletools.opcodes).
var pickleOps [256]func(r *pickleReader) error

func init() {
	for op, f := range map[byte]func(r *pickleReader) error{
		'(': pushing(pickled{kind: pickleMark}), 'N': pushing(pickled{kind: pickleConst, text: "None"}),
		0x88: pushing(pickled{kind: pickleConst, text: "True"}), 0x89: pushing(pickled{kind: pickleConst, text: "False"}),
		')': pushing(pickled{kind: pickleTuple}), ']': pushing(pickled{kind: pickleList}),
		'}': pushing(pickled{}), 0x8f: pushing(pickled{}), 0x97: pushing(pickled{}), 0x98: nop,
		'.': (*pickleReader).stop, '0': (*pickleReader).drop, '1': (*pickleReader).dropMark, '2': (*pickleReader).dup,
		'I': (*pickleReader).numberLine, 'L': (*pickleReader).numberLine, 'F': (*pickleReader).numberLine,
		'J': integer(4, true), 'K': integer(1, false), 'M': integer(2, false), 'G': (*pickleReader).binFloat,
		0x8a: long(1), 0x8b: long(4),
		'S': (*pickleReader).stringLine, 'V': (*pickleReader).unicodeLine,
		'T': texts(4, Bytes), 'U': texts(1, Bytes), 'B': texts(4, Bytes), 'C': texts(1, Bytes), 0x8e: texts(8, Bytes), 0x96: texts(8, Bytes),
		'X': texts(4, Text), 0x8c: texts(1, Text), 0x8d: texts(8, Text),
		'P': (*pickleReader).persistentLine, 'Q': (*pickleReader).persistent,
		'c': (*pickleReader).globalLines, 0x93: (*pickleReader).stackGlobal, 0x82: extension(1), 0x83: extension(2), 0x84: extension(4),
		'R': (*pickleReader).reduce, 'b': (*pickleReader).build, 'i': (*pickleReader).inst, 'o': (*pickleReader).obj,
		0x81: (*pickleReader).newObject, 0x92: (*pickleReader).newObjectKeys,
		't': collect(pickleTuple), 'l': collect(pickleList), 'd': collect(pickleOther), 0x91: collect(pickleOther),
		0x85: tuple(1), 0x86: tuple(2), 0x87: tuple(3),
		'a': (*pickleReader).appendOne, 'e': (*pickleReader).appendMany, 's': dropping(2), 'u': (*pickleReader).dropMark, 0x90: (*pickleReader).dropMark,
		'g': (*pickleReader).getLine, 'h': get(1), 'j': get(4), 'p': (*pickleReader).putLine, 'q': put(1), 'r': put(4), 0x94: (*pickleReader).memoizeNext,
		0x80: (*pickleReader).protocol, 0x95: (*pickleReader).frame,
	} {
		pickleOps[op] = f
	}
}

func nop(*pickleReader) error { return nil }

func pushing(v pickled) func(r *pickleReader) error {
	return func(r *pickleReader) error {
		v := v
		r.push(&v)
		return nil
	}
}

func (r *pickleReader) stop() error { r.done = true; return nil }
func (r *pickleReader) drop() error { r.pop(); return nil }

func (r *pickleReader) dropMark() error { r.popMark(); return nil }

func (r *pickleReader) dup() error { r.push(r.top()); return nil }

func dropping(n int) func(r *pickleReader) error {
	return func(r *pickleReader) error {
		for range n {
			r.pop()
		}
		return nil
	}
}

func (r *pickleReader) numberLine() error {
	s, err := r.line()
	if err != nil {
		return err
	}
	if strings.Trim(strings.TrimSuffix(s, "L"), "+-0123456789._ xXabcdefABCDEFintyINTY") != "" {
		return malformed("no number")
	}
	r.push(constant(cut(strings.TrimSuffix(s, "L"), callArgument)))
	return nil
}

func integer(width int, signed bool) func(r *pickleReader) error {
	return func(r *pickleReader) error {
		n, err := r.number(width)
		if err != nil {
			return err
		}
		if signed {
			n = int(int32(n))
		}
		r.push(constant(strconv.Itoa(n)))
		return nil
	}
}

func (r *pickleReader) binFloat() error {
	b, err := r.take(8)
	if err != nil {
		return err
	}
	r.push(constant(strconv.FormatFloat(math.Float64frombits(binary.BigEndian.Uint64(b)), 'g', -1, 64)))
	return nil
}

// long skips an integer of any length: it is written by its size.
func long(width int) func(r *pickleReader) error {
	return func(r *pickleReader) error {
		b, err := r.sized(width)
		if err != nil {
			return err
		}
		if len(b) > 7 {
			r.push(&pickled{})
			return nil
		}
		var n int64
		for i := len(b) - 1; i >= 0; i-- {
			n = n<<8 | int64(b[i])
		}
		r.push(constant(strconv.FormatInt(n, 10)))
		return nil
	}
}

func (r *pickleReader) stringLine() error {
	s, err := r.line()
	if err != nil {
		return err
	}
	if len(s) >= 2 && (s[0] == '\'' || s[0] == '"') {
		s = s[1 : len(s)-1]
	}
	out, _ := unicodeEscape([]byte(s), 0)
	r.push(r.text(string(out), Text))
	return nil
}

func (r *pickleReader) unicodeLine() error {
	s, err := r.line()
	if err != nil {
		return err
	}
	out, _ := rawUnicodeEscape([]byte(s), 0)
	r.push(r.text(string(out), Text))
	return nil
}

func texts(width int, kind Kind) func(r *pickleReader) error {
	return func(r *pickleReader) error {
		b, err := r.sized(width)
		if err != nil {
			return err
		}
		r.push(r.text(string(b[:min(len(b), 4096)]), kind))
		return nil
	}
}

func (r *pickleReader) persistentLine() error {
	_, err := r.line()
	r.push(&pickled{})
	return err
}

func (r *pickleReader) persistent() error {
	r.pop()
	r.push(&pickled{})
	return nil
}

func (r *pickleReader) globalLines() error {
	module, err := r.line()
	if err != nil {
		return err
	}
	name, err := r.line()
	if err != nil {
		return err
	}
	if len(module) > 1000 || len(name) > 1000 {
		return malformed("a name of %d bytes", len(module)+len(name))
	}
	r.push(r.global(module, name))
	return nil
}

func (r *pickleReader) stackGlobal() error {
	name, module := r.pop(), r.pop()
	r.push(r.global(module.plain, name.plain))
	return nil
}

// extension is a registered global (copyreg.add_extension): which one is not
// known.
func extension(width int) func(r *pickleReader) error {
	return func(r *pickleReader) error {
		n, err := r.number(width)
		if err != nil {
			return err
		}
		r.push(r.global("copyreg", "extension_"+strconv.Itoa(n)))
		return nil
	}
}

func (r *pickleReader) reduce() error {
	args, callee := r.pop(), r.pop()
	r.push(r.call(callee, args.items))
	return nil
}

// build sets an object's state: by its __setstate__, or into its __dict__.
func (r *pickleReader) build() error {
	state, object := r.pop(), r.top()
	if object.kind == pickleGlobal || object.kind == pickleResult {
		r.call(&pickled{kind: pickleResult, text: object.text + ".__setstate__"}, []*pickled{state})
	}
	return nil
}

func (r *pickleReader) inst() error {
	if err := r.globalLines(); err != nil {
		return err
	}
	class := r.pop()
	r.push(r.call(class, r.popMark()))
	return nil
}

func (r *pickleReader) obj() error {
	items := r.popMark()
	if len(items) == 0 {
		return malformed("an object without a class")
	}
	r.push(r.call(items[0], items[1:]))
	return nil
}

func (r *pickleReader) newObject() error {
	args, class := r.pop(), r.pop()
	r.push(r.call(class, args.items))
	return nil
}

func (r *pickleReader) newObjectKeys() error {
	r.pop()
	return r.newObject()
}

func collect(kind pickleKind) func(r *pickleReader) error {
	return func(r *pickleReader) error {
		r.push(&pickled{kind: kind, items: r.popMark()})
		return nil
	}
}

func tuple(n int) func(r *pickleReader) error {
	return func(r *pickleReader) error {
		items := make([]*pickled, n)
		for i := n - 1; i >= 0; i-- {
			items[i] = r.pop()
		}
		r.push(&pickled{kind: pickleTuple, items: items})
		return nil
	}
}

// appendOne and appendMany keep the first items of a list alone: an argument that
// is told has few.
func (r *pickleReader) appendOne() error {
	r.extend(r.pop())
	return nil
}

func (r *pickleReader) appendMany() error {
	r.extend(r.popMark()...)
	return nil
}

const listItems = 100

func (r *pickleReader) extend(items ...*pickled) {
	list := r.top()
	if list.kind != pickleList || len(list.items) >= listItems {
		return
	}
	// A new value: what a memo holds may be in the list itself.
	grown := &pickled{kind: pickleList, items: append(append([]*pickled(nil), list.items...), items[:min(len(items), listItems)]...)}
	*list = *grown
}

func (r *pickleReader) getLine() error {
	i, err := r.index()
	if err == nil {
		r.get(i)
	}
	return err
}

func get(width int) func(r *pickleReader) error {
	return func(r *pickleReader) error {
		i, err := r.number(width)
		if err == nil {
			r.get(i)
		}
		return err
	}
}

func (r *pickleReader) putLine() error {
	i, err := r.index()
	if err == nil {
		r.memoize(i)
	}
	return err
}

func put(width int) func(r *pickleReader) error {
	return func(r *pickleReader) error {
		i, err := r.number(width)
		if err == nil {
			r.memoize(i)
		}
		return err
	}
}

func (r *pickleReader) memoizeNext() error {
	r.memoize(len(r.memo))
	return nil
}

func (r *pickleReader) protocol() error {
	n, err := r.number(1)
	if err == nil {
		r.out.Protocol = max(r.out.Protocol, n)
	}
	return err
}

func (r *pickleReader) frame() error {
	_, err := r.take(8)
	return err
}
