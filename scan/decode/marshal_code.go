package decode

// code reads a code object in the reader's layout.
func (r *marshalReader) code(depth int) (*Value, error) {
	l := r.layout
	counts := make([]int, l.counts)
	for i := range counts {
		n, err := r.int32()
		if err != nil {
			return nil, err
		}
		counts[i] = n
	}
	c := &Code{Version: r.version, Args: counts[0], Flags: counts[l.flags]}
	if l.kwOnly >= 0 {
		c.KwOnly = counts[l.kwOnly]
	}
	f := &codeFields{r: r, depth: depth + 1}
	c.Bytecode = f.bytes()
	c.Consts = f.tuple()
	c.Names = f.names()
	if l.combinedNames {
		c.setLocals(f.names(), f.bytes())
	} else {
		c.Locals = f.names()
		c.Free = f.names()
		c.Cells = f.names()
		c.fast = append(append([]string(nil), c.Cells...), c.Free...)
	}
	c.Filename, c.Name = f.text(), f.text()
	if l.combinedNames {
		c.Qualified = f.text()
	}
	c.FirstLine = f.int32()
	f.bytes() // line numbers
	if l.combinedNames {
		c.exceptions = f.bytes()
	}
	if f.err != nil {
		return nil, f.err
	}
	return &Value{Kind: CodeValue, Code: c}, nil
}

// Bits of localspluskinds.
const (
	kindLocal = 0x20
	kindCell  = 0x40
	kindFree  = 0x80
)

func (c *Code) setLocals(names []string, kinds string) {
	c.fast = names
	for i, name := range names {
		kind := byte(kindLocal)
		if i < len(kinds) {
			kind = kinds[i]
		}
		if kind&kindLocal != 0 {
			c.Locals = append(c.Locals, name)
		}
		if kind&kindCell != 0 {
			c.Cells = append(c.Cells, name)
		}
		if kind&kindFree != 0 {
			c.Free = append(c.Free, name)
		}
	}
}

// codeFields reads the fields of a code object; after the first error it reads
// nothing more.
type codeFields struct {
	r     *marshalReader
	depth int
	err   error
}

func (f *codeFields) value() *Value {
	if f.err != nil {
		return &Value{}
	}
	v, err := f.r.value(f.depth)
	if err != nil {
		f.err = err
		return &Value{}
	}
	return v
}

func (f *codeFields) int32() (n int) {
	if f.err == nil {
		n, f.err = f.r.int32()
	}
	return n
}

// bytes reads a bytes object; of Python 2 it may have been taken for a text.
func (f *codeFields) bytes() string {
	v := f.value()
	if f.err == nil && v.Kind != Bytes && (v.Kind != Text || f.r.version.least(3, 0)) {
		f.err = malformed("a code object without bytes")
	}
	return v.Text
}

func (f *codeFields) text() string {
	v := f.value()
	if f.err == nil && v.Kind != Text && v.Kind != Bytes {
		f.err = malformed("a code object without a name")
	}
	return v.Text
}

func (f *codeFields) tuple() []*Value {
	v := f.value()
	if f.err == nil && v.Kind != Tuple {
		f.err = malformed("a code object without a tuple")
	}
	return v.Items
}

func (f *codeFields) names() []string {
	items := f.tuple()
	names := make([]string, len(items))
	for i, v := range items {
		if v.Kind != Text && v.Kind != Bytes && f.err == nil {
			f.err = malformed("a name that is no text")
		}
		names[i] = v.Text
	}
	return names
}
