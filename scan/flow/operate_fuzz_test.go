package flow

import (
	"maps"
	"slices"
	"testing"

	"pipwarden/scan/python"
)

// FuzzOperations evaluates operations that the input chooses over values that
// earlier ones made. Whatever they are, evaluation neither panics nor makes
// more than its limits allow.
func FuzzOperations(f *testing.F) {
	libraryNames, methodNames = slices.Sorted(maps.Keys(libraryFuncs)), slices.Sorted(maps.Keys(methodTables()))
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09"))
	f.Add([]byte("the quick brown fox jumps over the lazy dog, THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG 0123456789"))
	for i := range 16 {
		seed := make([]byte, 256)
		for j := range seed {
			seed[j] = byte((i*31 + j*j*7 + j*i) ^ j>>3)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &stack{data: data[:min(len(data), 400)], values: slices.Collect(maps.Values(namesOfTest()))}
		slices.SortFunc(s.values, func(a, b *Value) int { return slices.Compare([]byte(describe(a)), []byte(describe(b))) })
		s.values = append(s.values, nothing, noneValue, trueValue, integer(3), integer(-1), integer(1000), text("abc,d"), text("%s{}{0:>9}"), bytesOf("\x1f\x8b\xff"),
			float(2.5), list([]*Value{integer(7), text("z")}), tuple([]*Value{text("m"), text("n")}), dict([]Pair{{text("k"), integer(1)}}), setOf([]*Value{integer(1)}),
			iterator([]*Value{integer(1), integer(2)}), reference("builtins.chr"), newPath(text("a/b.c")), text("utf-8"), text("SGVsbG8="))
		if len(data)%2 == 0 {
			s.meter = &meter{}
		}
		for len(s.data) > 0 {
			s.step(t)
		}
	})
}

var libraryNames, methodNames []string

func methodTables() map[string]methodFunc {
	out := map[string]methodFunc{}
	for _, table := range []map[string]methodFunc{commonMethods, textMethods, listMethods, tupleMethods, setMethods, dictMethods, iteratorMethods, numberMethods} {
		maps.Copy(out, table)
	}
	for name := range refMethods {
		out[name[len(name)-min(len(name), 7):]] = nil
	}
	return out
}

// A stack holds the values made so far, and the input not yet used.
type stack struct {
	data   []byte
	values []*Value
	meter  *meter
}

func (s *stack) byte() int {
	if len(s.data) == 0 {
		return 0
	}
	b := s.data[0]
	s.data = s.data[1:]
	return int(b)
}

func (s *stack) value() *Value { return s.values[s.byte()%len(s.values)] }

func (s *stack) args() (args []*Value) {
	for range s.byte() % 4 {
		args = append(args, s.value())
	}
	return args
}

func (s *stack) keywords() []Keyword {
	names := []string{"", "key", "string", "data", "s", "padded_data", "encoding", "**"}
	if name := names[s.byte()%len(names)]; name != "" {
		return []Keyword{{name, s.value()}}
	}
	return nil
}

func (s *stack) step(t *testing.T) {
	var v *Value
	switch s.byte() % 9 {
	case 0:
		v = s.meter.binary(python.Op(s.byte()%15), s.value(), s.value())
	case 1:
		v = s.meter.compare(python.Op(s.byte()%32), s.value(), s.value())
	case 2:
		v = s.meter.subscript(s.value(), s.value())
	case 3:
		v = s.meter.slice(s.value(), s.value(), s.value(), s.value())
	case 4, 5:
		call := func(fn *Value, args []*Value) *Value { return join(fn, unknown(args...)) }
		v, _ = s.meter.library(reference(libraryNames[(s.byte()<<8|s.byte())%len(libraryNames)]), s.args(), s.keywords(), call)
	case 6, 7:
		v, _ = s.meter.method(s.value(), methodNames[s.byte()%len(methodNames)], s.args(), s.keywords(), nil)
	case 8:
		x := s.changed()
		v = join(unary(python.Op(s.byte()%32), x), formatValue(x, "\x00ras"[s.byte()%4], s.value()))
	}
	if v != nil {
		s.keep(t, v)
	}
}

// changed returns a value, into which another was put if that is possible.
func (s *stack) changed() *Value {
	x := s.value()
	if x.Kind == List || x.Kind == Dict {
		assign(x, s.value(), s.value())
		remove(x, s.value())
	}
	return x
}

// keep holds a result against the limits and puts it on the stack.
func (s *stack) keep(t *testing.T, v *Value) {
	if len(v.Str) > resultLimit+3 || len(v.Items) > itemLimit || len(v.Pairs) > itemLimit {
		t.Fatalf("a %v of %d bytes, %d items", v.Kind, len(v.Str), len(v.Items))
	}
	if render(v); v.Kind == Union && len(v.Items) > unionWidth {
		t.Fatalf("a union of %d", len(v.Items))
	}
	labelsOf(v)
	known(v)
	truth(v)
	if s.values = append(s.values, v); len(s.values) > 200 {
		s.values = s.values[1:]
	}
}
