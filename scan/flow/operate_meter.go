package flow

import (
	"strings"

	"pipwarden/scan/python"
)

// effortLimit is what a meter allows, in bytes read and made by operations over
// large values: some seconds of one core. Payloads take a thousandth of it.
const effortLimit = 2 << 30

// Values below these sizes cost nothing: those who count steps count them.
const (
	smallText  = 1 << 10 // bytes
	smallItems = 1 << 6  // items
)

// A meter counts the effort of operations over large values, so that a loop
// over them ends. Where it is exhausted, operations over small values go on, and
// those over large ones are Unknown. The zero value is ready; a nil one counts
// nothing.
type meter struct{ spent int }

// exhausted says that operations were not evaluated any more: what they made
// is a gap.
func (m *meter) exhausted() bool { return m != nil && m.spent > effortLimit }

// admits counts the operands of an operation before it is evaluated, and says
// whether it may be.
func (m *meter) admits(values ...*Value) bool {
	if m == nil {
		return true
	}
	total := weights(values)
	m.spent += total
	return total == 0 || m.spent <= effortLimit
}

// refused is the result of an operation that was not evaluated. Only so many
// of the operands' items are asked for their labels; the gap tells of the rest.
func refused(values ...*Value) *Value {
	w := walk{left: 1 << 8}
	for _, v := range values {
		w.value(v, 0)
	}
	return labelled(w.labels)
}

// charge counts what an operation made.
func (m *meter) charge(v *Value, times int) *Value {
	if m != nil && v != nil {
		m.spent += weight(v) * times
	}
	return v
}

// admitsMethod counts the effort of a method of self.
func (m *meter) admitsMethod(self *Value, a *arguments) bool {
	light := lightMethods[a.name] // whatever its object holds
	switch {
	case !light:
		m.spent += weight(self) * max(heavy[a.name], 1)
	case self.Kind == Bytes:
		m.spent += weight(self) / 8 // a bytearray is copied
	}
	if !m.admits(a.pos...) {
		return false
	}
	large := (!light || self.Kind == Bytes) && weight(self) > 0
	return !m.exhausted() || !large && !growing[a.name]
}

func weights(values []*Value) (total int) {
	for _, v := range values {
		total += weight(v)
	}
	return total
}

// weight is the effort of reading a value once, with all that it holds. An item
// is a pointer and what stands behind it.
func weight(v *Value) int {
	const item = 32
	if v == nil {
		return 0
	}
	n := 0
	if len(v.Str) >= smallText {
		n = len(v.Str)
	}
	n += bigDigits(v)
	if len(v.Items)+len(v.Pairs) > 0 || v.Self != nil {
		if items := walkLimit - held(v, walkLimit, 0); items >= smallItems {
			n += items * item
		}
	}
	if v.Kind == Ref && v.Self != nil && len(v.Self.Str) >= smallText {
		n += len(v.Self.Str)
	}
	return n
}

// held counts the values that v holds down from left, as far as a walk goes.
func held(v *Value, left, depth int) int {
	if v == nil || left <= 0 || depth > walkDepth {
		return left
	}
	left -= len(v.Items) + 2*len(v.Pairs)
	for _, item := range v.Items {
		if len(item.Items)+len(item.Pairs) > 0 {
			left = held(item, left, depth+1)
		}
	}
	for _, p := range v.Pairs {
		if len(p.Value.Items)+len(p.Value.Pairs) > 0 {
			left = held(p.Value, left, depth+1)
		}
	}
	if v.Kind == Ref {
		return held(v.Self, left, depth+1)
	}
	return max(left, 0)
}

// labels are those of v and of all that it holds. Where the meter is exhausted,
// only so many items of a large value are asked.
func (m *meter) labels(v *Value) labelSet {
	if v == nil || !isContainer(v) && v.Self == nil && v.Kind != Instance {
		return labelsOf(v)
	}
	if !m.admits(v) {
		return refused(v).Labels
	}
	return labelsOf(v)
}

// binary is a op b.
func (m *meter) binary(op python.Op, a, b *Value) *Value {
	if !m.admits(a, b) || m.exhausted() && grows(op, a, b) {
		return refused(a, b)
	}
	if m != nil && a.Big != nil && b.Big != nil && (op == python.Mult || op == python.FloorDiv || op == python.Mod) {
		m.spent += 8 * weights([]*Value{a, b})
	}
	return m.charge(binary(op, a, b), 1)
}

// grows says that a op b may be large where a and b are small.
func grows(op python.Op, a, b *Value) bool {
	switch op {
	case python.Mult:
		return !isNumber(a) || !isNumber(b)
	case python.Mod:
		return isString(a)
	case python.Pow, python.LShift:
		return true
	}
	return false
}

// compare is one step of a comparison.
func (m *meter) compare(op python.Op, a, b *Value) *Value {
	if (op == python.In || op == python.NotIn) && b.Kind == Dict {
		return compare(op, a, b)
	}
	if !m.admits(a, b) {
		return refused(a, b)
	}
	return compare(op, a, b)
}

// subscript is v[index]. A text costs where its characters must be counted.
func (m *meter) subscript(v, index *Value) *Value {
	if !m.counts(v) {
		return refused(v, index)
	}
	return subscript(v, index)
}

// counts counts the effort of counting the characters of a text, and says
// whether that may be.
func (m *meter) counts(v *Value) bool {
	if m == nil || v == nil || v.Kind != Text || len(v.Str) < smallText || remembered(v.Str) != nil {
		return true
	}
	m.spent += 4 * len(v.Str)
	return !m.exhausted()
}

// slice is v[lo:hi:step]. The part is what costs.
func (m *meter) slice(v, lo, hi, step *Value) *Value {
	if m.exhausted() && weight(v) > 0 || !m.counts(v) {
		return refused(v)
	}
	times := 1
	if !absent(step) {
		times = 4 // character by character
	}
	return m.charge(slice(v, lo, hi, step), times)
}

// iterate returns what a loop over v takes, and whether that is all.
func (m *meter) iterate(v *Value) ([]*Value, bool) {
	if !m.admits(v) {
		return nil, false
	}
	return iterate(v)
}

// assign does v[index] = item, in place. A bytearray is copied.
func (m *meter) assign(v, index, item *Value) {
	if v.Kind == Bytes && m != nil {
		if m.spent += weight(v) / 8; m.exhausted() && weight(v) > 0 {
			v.Partial = true
			v.Labels |= labelsOf(item)
			return
		}
	}
	assign(v, index, item)
}

// library evaluates the call of a Ref: of a method, where the Self of the Ref is
// an object that keeps what it was made with (a path, a cipher, a digest), and
// otherwise as the function library does. It is not ok where that is not.
func (m *meter) library(callee *Value, args []*Value, kw []Keyword, call caller) (*Value, bool) {
	return evaluation{m, call}.ref(callee, args, kw)
}

// method evaluates a call of a method as the function method does.
func (m *meter) method(self *Value, name string, args []*Value, kw []Keyword, call caller) (*Value, bool) {
	return evaluation{m, call}.method(self, name, args, kw)
}

// lightMethods take the same time however large their object is.
var lightMethods = map[string]bool{
	"append": true, "get": true, "setdefault": true, "popitem": true, "popleft": true, "__getitem__": true, "__next__": true, "next": true, "send": true,
	"add": true, "__len__": true, "pop": true, "__setitem__": true,
}

// light are the functions that take the same time however large their argument
// is.
var light = map[string]bool{
	"builtins.len": true, "builtins.isinstance": true, "builtins.issubclass": true, "builtins.callable": true, "builtins.bool": true, "builtins.id": true,
	"builtins.next": true, "builtins.hasattr": true, "builtins.type": true,
}

// cheap are the functions that go on where the meter is exhausted: of small
// arguments they make small values.
var cheap = map[string]bool{
	"builtins.chr": true, "builtins.unichr": true, "builtins.ord": true, "builtins.len": true, "builtins.int": true, "builtins.str": true, "builtins.bool": true,
	"builtins.isinstance": true, "builtins.callable": true, "builtins.list": true, "builtins.tuple": true, "builtins.dict": true, "builtins.set": true,
	"builtins.iter": true, "builtins.next": true, "os.path.join": true, "os.path.dirname": true, "os.path.basename": true, "os.path.expanduser": true,
	"pathlib.Path": true, "pathlib.Path.home": true, "builtins.hex": true, "builtins.abs": true, "builtins.min": true, "builtins.max": true,
}

// growing are the methods whose result may be large where all else is small.
var growing = map[string]bool{
	"format": true, "format_map": true, "ljust": true, "rjust": true, "center": true, "zfill": true, "expandtabs": true, "to_bytes": true, "__mul__": true,
	"__rmul__": true, "__mod__": true, "__format__": true, "__pow__": true, "__lshift__": true,
}

// heavy are the calls that take many times as long as reading their arguments.
var heavy = map[string]int{
	"sort": 8, "builtins.sorted": 8, "zlib.decompress": 4, "gzip.decompress": 4, "bz2.decompress": 16, "lzma.decompress": 16,
	"zlib.decompressobj().decompress": 4, "bz2.BZ2Decompressor().decompress": 16, "lzma.LZMADecompressor().decompress": 16, "json.loads": 8,
}

// extra is the effort of a call beyond the reading of its arguments.
func extra(name string, v *Value, args []*Value) int {
	switch {
	case strings.HasPrefix(name, "re."):
		size := longest(args, func(a *Value) int { return len(a.Str) })
		ahead := min(size, aheadLimit)
		return ahead*ahead/16 + 16*size
	case name == "builtins.pow":
		size := longest(args, bigDigits)
		return 2 * size * size
	case v != nil && v.Kind == Unknown && heavy[name] > 0 && len(args) > 0 && known(args[0]):
		return resultLimit // a bomb
	}
	return 0
}

func longest(args []*Value, size func(*Value) int) (n int) {
	for _, a := range args {
		if a != nil {
			n = max(n, size(a))
		}
	}
	return n
}

// bigDigits is the length of a whole number that does not fit in an Int.
func bigDigits(v *Value) int {
	if v.Big == nil {
		return 0
	}
	return len(v.Big.Text)
}
