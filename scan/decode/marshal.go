package decode

import (
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"strconv"
	"unicode/utf8"
)

// A layout is how code objects of a range of versions are written.
type layout struct {
	version       Version // the newest of it
	counts        int     // of numbers before the bytecode
	kwOnly        int     // the position among them, -1 for none
	flags         int
	combinedNames bool // localsplus, a qualified name, an exception table: 3.11 on
}

// layouts from the newest to the oldest.
var layouts = []layout{
	{Version{3, 13}, 5, 2, 4, true},  // args, positional only, keyword only, stack, flags
	{Version{3, 10}, 6, 2, 5, false}, // and locals before the stack
	{Version{3, 7}, 5, 1, 4, false},  // no positional only
	{Version{2, 7}, 4, -1, 3, false}, // args, locals, stack, flags
}

func layoutOf(v Version) layout {
	switch {
	case v.least(3, 11):
		return layouts[0]
	case v.least(3, 8):
		return layouts[1]
	case v.least(3, 0):
		return layouts[2]
	}
	return layouts[3]
}

// ReadMarshal reads one value as marshal.loads does and returns the number of
// bytes that it takes. The version is that of the Python that wrote it: 2.7 and
// 3.0 to 3.14 are read. With the zero Version the layout that fits is found out,
// the newest first, and a code gets the version whose bytecode it fits best.
//
// Errors are an [Error] of [ErrMalformed], also for nesting beyond [MaxDepth] and
// for values that hold themselves. Memory is linear in the input.
func ReadMarshal(in []byte, version Version) (v *Value, n int, err error) {
	if version != (Version{}) {
		v, n, err = readMarshal(in, version, layoutOf(version))
		return v, n, wrapMarshal(err)
	}
	for _, l := range layouts {
		if v, n, err = readMarshal(in, l.version, l); err == nil {
			if v.Code != nil {
				v.Code.chooseVersion(l)
			}
			return v, n, nil
		}
	}
	return nil, 0, wrapMarshal(err)
}

// chooseVersion sets the version of the layout whose table reads the bytecode
// with the fewest doubts, the oldest of several.
func (c *Code) chooseVersion(l layout) {
	best, least := l.version, -1
	for _, v := range tables {
		if layoutOf(v).version != l.version {
			continue
		}
		c.setVersion(v)
		if d := c.Read().Doubts; least < 0 || d < least {
			best, least = v, d
		}
	}
	c.setVersion(best)
}

func (c *Code) setVersion(v Version) {
	for _, code := range c.Codes() {
		code.Version = v
	}
}

func wrapMarshal(err error) error {
	if err == nil {
		return nil
	}
	return &Error{"marshal", err}
}

func readMarshal(in []byte, version Version, l layout) (v *Value, n int, err error) {
	r := &marshalReader{in: in, version: version, layout: l}
	v, err = r.value(0)
	return v, r.at, err
}

type marshalReader struct {
	in      []byte
	at      int
	version Version
	layout  layout
	refs    []*Value // nil while a value is not complete
	words   []*Value // interned texts of 2.7
}

var errShort = malformed("the input breaks off")

func (r *marshalReader) take(n int) ([]byte, error) {
	if n < 0 || n > len(r.in)-r.at {
		return nil, errShort
	}
	b := r.in[r.at : r.at+n]
	r.at += n
	return b, nil
}

func (r *marshalReader) byte() (byte, error) {
	b, err := r.take(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

func (r *marshalReader) int32() (int, error) {
	b, err := r.take(4)
	if err != nil {
		return 0, err
	}
	return int(int32(binary.LittleEndian.Uint32(b))), nil
}

// size reads the length of something whose items take at least a byte each.
func (r *marshalReader) size(short bool) (n int, err error) {
	if short {
		b, err := r.byte()
		return int(b), err
	}
	if n, err = r.int32(); err == nil && (n < 0 || n > len(r.in)-r.at) {
		err = errShort
	}
	return n, err
}

// value reads one value; a reference to it gets its number before those of what
// it holds.
func (r *marshalReader) value(depth int) (*Value, error) {
	if depth > MaxDepth {
		return nil, malformed("nested deeper than %d", MaxDepth)
	}
	tag, err := r.byte()
	if err != nil {
		return nil, err
	}
	slot := -1
	if tag&flagRef != 0 && r.version.least(3, 0) {
		tag &^= flagRef
		slot = len(r.refs)
		r.refs = append(r.refs, nil)
	}
	v, err := r.tagged(tag, depth)
	if err != nil {
		return nil, err
	}
	if slot >= 0 {
		r.refs[slot] = v
	}
	return v, nil
}

var marshalConstants = map[byte]Value{
	'0': {Kind: Null}, 'N': {Kind: None}, 'T': {Kind: Bool, Text: "True"}, 'F': {Kind: Bool, Text: "False"},
	'.': {Kind: Ellipsis}, 'S': {Kind: StopValue},
}

func (r *marshalReader) tagged(tag byte, depth int) (*Value, error) {
	if c, ok := marshalConstants[tag]; ok {
		return &c, nil
	}
	switch tag {
	case 'i', 'I', 'l', 'f', 'g', 'x', 'y':
		return r.number(tag)
	case 's', 't', 'u', 'a', 'A', 'z', 'Z':
		return r.text(tag)
	case '(', ')', '[', '<', '>', ':':
		return r.sequence(tag, depth)
	case '{':
		return r.dict(depth)
	case 'c':
		return r.code(depth)
	case 'r', 'R':
		return r.reference(tag)
	}
	return nil, malformed("an unknown type %#x at byte %d", tag, r.at-1)
}

func (r *marshalReader) reference(tag byte) (*Value, error) {
	n, err := r.int32()
	if err != nil {
		return nil, err
	}
	list := r.refs
	if tag == 'R' {
		list = r.words
	}
	if n < 0 || n >= len(list) || list[n] == nil {
		return nil, malformed("a reference to what is not there")
	}
	return list[n], nil
}

func (r *marshalReader) number(tag byte) (*Value, error) {
	switch tag {
	case 'i':
		n, err := r.int32()
		return &Value{Kind: Int, Text: strconv.Itoa(n)}, err
	case 'I':
		b, err := r.take(8)
		if err != nil {
			return nil, err
		}
		return &Value{Kind: Int, Text: strconv.FormatInt(int64(binary.LittleEndian.Uint64(b)), 10)}, nil
	case 'l':
		return r.long()
	}
	first, err := r.float(tag == 'f' || tag == 'x')
	if err != nil || tag == 'f' || tag == 'g' {
		return &Value{Kind: Float, Text: first}, err
	}
	second, err := r.float(tag == 'x')
	return &Value{Kind: Complex, Text: "(" + first + "+" + second + "*1j)"}, err
}

// float returns a float as Python writes it; what has no literal is written as
// an expression.
func (r *marshalReader) float(text bool) (string, error) {
	var f float64
	if text {
		n, err := r.byte()
		if err != nil {
			return "", err
		}
		b, err := r.take(int(n))
		if err != nil {
			return "", err
		}
		if f, err = strconv.ParseFloat(string(b), 64); err != nil && !errors.Is(err, strconv.ErrRange) {
			return "", malformed("no float")
		}
	} else {
		b, err := r.take(8)
		if err != nil {
			return "", err
		}
		f = math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	switch {
	case math.IsNaN(f):
		return "(1e999-1e999)", nil
	case math.IsInf(f, 1):
		return "1e999", nil
	case math.IsInf(f, -1):
		return "-1e999", nil
	}
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if f == math.Trunc(f) && math.Abs(f) < 1e16 {
		s = strconv.FormatFloat(f, 'f', 1, 64)
	}
	return s, nil
}

// longDigits is the number of digits of 15 bits up to which a long is written in
// decimal: converting takes more than linear time.
const longDigits = 64

func (r *marshalReader) long() (*Value, error) {
	n, err := r.int32()
	if err != nil {
		return nil, err
	}
	b, err := r.take(2 * max(n, -n))
	if err != nil {
		return nil, err
	}
	// Digits of 15 bits, the lowest first, put together as bytes.
	raw := make([]byte, 0, len(b)+2)
	var acc uint64
	bits := 0
	for i := 0; i < len(b); i += 2 {
		acc |= uint64(binary.LittleEndian.Uint16(b[i:])&0x7fff) << bits
		for bits += 15; bits >= 8; bits -= 8 {
			raw = append(raw, byte(acc))
			acc >>= 8
		}
	}
	raw = append(raw, byte(acc))
	for i, j := 0, len(raw)-1; i < j; i, j = i+1, j-1 {
		raw[i], raw[j] = raw[j], raw[i]
	}
	x := new(big.Int).SetBytes(raw)
	if n < 0 {
		x.Neg(x)
	}
	if len(b) > 2*longDigits {
		sign := ""
		if n < 0 {
			sign = "-"
		}
		return &Value{Kind: Int, Text: sign + "0x" + x.Abs(x).Text(16)}, nil
	}
	return &Value{Kind: Int, Text: x.String()}, nil
}

// text reads texts and bytes. Those of Python 2 are texts where they are UTF-8.
func (r *marshalReader) text(tag byte) (*Value, error) {
	n, err := r.size(tag == 'z' || tag == 'Z')
	if err != nil {
		return nil, err
	}
	b, err := r.take(n)
	if err != nil {
		return nil, err
	}
	v := &Value{Kind: Text, Text: string(b)}
	switch {
	case tag == 'a' || tag == 'A' || tag == 'z' || tag == 'Z':
		if !utf8.Valid(b) { // these are said to be ASCII, and are read as Latin-1
			out, _ := latin1(b, 0)
			v.Text = string(out)
		}
	case tag == 's' && (r.version.least(3, 0) || !utf8.Valid(b)):
		v.Kind = Bytes
	case tag == 't' && !r.version.least(3, 0):
		r.words = append(r.words, v)
	}
	return v, nil
}

var sequenceKinds = map[byte]Kind{'(': Tuple, ')': Tuple, '[': List, '<': Set, '>': Set, ':': Slice}

func (r *marshalReader) sequence(tag byte, depth int) (v *Value, err error) {
	n := 3
	if tag != ':' {
		if n, err = r.size(tag == ')'); err != nil {
			return nil, err
		}
	}
	v = &Value{Kind: sequenceKinds[tag]}
	for range n {
		item, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		v.Items = append(v.Items, item)
	}
	return v, nil
}

func (r *marshalReader) dict(depth int) (*Value, error) {
	v := &Value{Kind: Dict}
	for {
		key, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if key.Kind == Null {
			return v, nil
		}
		item, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		v.Items = append(v.Items, key, item)
	}
}
