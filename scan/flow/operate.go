package flow

import (
	"unicode/utf8"

	"pipwarden/scan/vocabulary"
)

// The limits of evaluation. What would exceed one is Unknown, with the labels
// of what it would have been made of.
const (
	resultLimit    = 4 << 20 // bytes of one text
	itemLimit      = 1 << 20 // items of one sequence whose items exist already
	freshItemLimit = 1 << 17 // items of one sequence whose items are all new, as those of a range
	unionWidth     = 4       // what one Union may be
	madeDepth      = 8       // steps that Made tells
	computedLength = 8       // characters put together one by one, from which on a text is Computed
	walkLimit      = 1 << 20 // values that one question about a container looks at
	walkDepth      = 8       // levels of containers that it goes down
)

// A caller calls a callable of the artifact. It may be nil: then only
// callables of the standard library are applied.
type caller func(fn *Value, args []*Value) *Value

var (
	noneValue  = &Value{Kind: None}
	trueValue  = &Value{Kind: Bool, Int: 1}
	falseValue = &Value{Kind: Bool}
	nothing    = &Value{}
)

// smallInts and characters are shared, so that a loop over bytes makes none.
var (
	smallInts  [1024]Value
	characters [128]Value
	octets     [256]Value
)

func init() {
	for i := range smallInts {
		smallInts[i] = Value{Kind: Int, Int: int64(i)}
	}
	for i := range characters {
		characters[i] = Value{Kind: Text, Str: string(rune(i))}
	}
	for i := range octets {
		octets[i] = Value{Kind: Bytes, Str: string([]byte{byte(i)})}
	}
}

func integer(n int64) *Value {
	if 0 <= n && n < int64(len(smallInts)) {
		return &smallInts[n]
	}
	return &Value{Kind: Int, Int: n}
}

func boolean(b bool) *Value {
	if b {
		return trueValue
	}
	return falseValue
}

func float(f float64) *Value { return &Value{Kind: Float, Float: f} }

// text makes a Text; one that is too long is Unknown.
func text(s string) *Value {
	switch {
	case len(s) == 1 && s[0] < utf8.RuneSelf:
		return &characters[s[0]]
	case len(s) > resultLimit:
		return nothing
	}
	return &Value{Kind: Text, Str: s}
}

// partialText makes a Text that holds Holes.
func partialText(s string) *Value {
	if len(s) > resultLimit {
		return nothing
	}
	return &Value{Kind: Text, Str: s, Partial: true}
}

func bytesOf(s string) *Value {
	switch {
	case len(s) == 1:
		return &octets[s[0]]
	case len(s) > resultLimit:
		return nothing
	}
	return &Value{Kind: Bytes, Str: s}
}

// sameKind makes a Text or Bytes of what v is.
func sameKind(v *Value, s string) *Value {
	if v.Kind == Bytes {
		return bytesOf(s)
	}
	return text(s)
}

func list(items []*Value) *Value  { return sequence(List, items) }
func tuple(items []*Value) *Value { return sequence(Tuple, items) }

func sequence(kind Kind, items []*Value) *Value {
	if len(items) > itemLimit {
		return nothing
	}
	return &Value{Kind: kind, Items: items}
}

func iterator(items []*Value) *Value { return sequence(Iterator, items) }

// reference makes a Ref, without an ID.
func reference(name string) *Value { return &Value{Kind: Ref, Str: name} }

// unknown makes a value of which nothing but the labels of others is known.
func unknown(from ...*Value) *Value { return carry(nothing, from...) }

// labelled is a value of which nothing but labels is known.
func labelled(labels vocabulary.Labels) *Value {
	if labels == 0 {
		return nothing
	}
	return &Value{Labels: labels}
}

// isString says that v is a Text or Bytes.
func isString(v *Value) bool { return v.Kind == Text || v.Kind == Bytes }

func isSequence(v *Value) bool { return v.Kind == List || v.Kind == Tuple }

func isContainer(v *Value) bool {
	switch v.Kind {
	case List, Tuple, SetKind, Dict, Iterator, Union:
		return true
	}
	return false
}

// opaque says that v may be an object of any type.
func opaque(v *Value) bool { return v.Kind == Unknown || v.Kind == Ref }

// carry returns v with the labels of the values that it was made of, and with
// how they were decoded. v itself is not changed.
func carry(v *Value, from ...*Value) *Value {
	labels, made, id := v.Labels, v.Made, v.ID
	for _, f := range from {
		if f == nil {
			continue
		}
		labels |= labelsOf(f)
		made = longer(made, f.Made)
		if id == 0 {
			id = f.ID
		}
	}
	if v.Kind != Unknown && !v.Partial {
		id = v.ID
	}
	if labels == v.Labels && len(made) == len(v.Made) && id == v.ID {
		return v
	}
	c := *v
	c.Labels, c.Made, c.ID = labels, made, id
	return &c
}

func longer(a, b []string) []string {
	if len(b) > len(a) {
		return b
	}
	return a
}

// decodedBy returns v as what one more decoder made.
func decodedBy(v *Value, how string, labels vocabulary.Labels) *Value {
	c := *v
	c.Labels |= labels
	if len(c.Made) < madeDepth {
		c.Made = append(c.Made[:len(c.Made):len(c.Made)], how)
	}
	return &c
}

var (
	decodedLabel   = vocabulary.Set(vocabulary.Decoded)
	decryptedLabel = vocabulary.Set(vocabulary.Decrypted, vocabulary.Decoded)
	computedLabel  = vocabulary.Set(vocabulary.Computed)
)

// labelsOf returns the labels of v and of all that it holds.
func labelsOf(v *Value) vocabulary.Labels {
	if v == nil || len(v.Items) == 0 && len(v.Pairs) == 0 && v.Self == nil && len(v.Attrs) == 0 {
		if v == nil {
			return 0
		}
		return v.Labels
	}
	w := walk{left: walkLimit}
	w.value(v, 0)
	return w.labels
}

// receiverLabels are those that an object hands on to what its methods return:
// of one of the artifact not those of all its attributes, which a method that it
// inherits from the outside does not know.
func receiverLabels(v *Value) vocabulary.Labels {
	if v.Kind == Instance {
		return v.Labels
	}
	return labelsOf(v)
}

// A walk looks at a container and what it holds. Lists may hold themselves, so
// that both the depth and the number of steps are bounded.
type walk struct {
	labels vocabulary.Labels
	holes  bool // something is not known
	left   int
	last   *Value
}

func (w *walk) value(v *Value, depth int) {
	if v == nil || v == w.last {
		return
	}
	if w.left--; w.left < 0 || depth > walkDepth {
		w.holes = true
		return
	}
	w.last = v
	w.labels |= v.Labels
	switch v.Kind {
	case Unknown, Ref, Union, Iterator:
		w.holes = true
	}
	w.holes = w.holes || v.Partial
	for _, item := range v.Items {
		w.value(item, depth+1)
	}
	for _, p := range v.Pairs {
		w.value(p.Key, depth+1)
		w.value(p.Value, depth+1)
	}
	switch v.Kind {
	case Ref:
		if v.Self != nil && v.Self.Kind == Instance {
			w.labels |= v.Self.Labels
		} else {
			w.value(v.Self, depth+1)
		}
		w.attributes(v, depth)
	case Instance:
		w.attributes(v, depth)
	}
}

func (w *walk) attributes(v *Value, depth int) {
	for _, a := range v.Attrs {
		if isString(a) || isContainer(a) || opaque(a) {
			w.value(a, depth+1)
		}
	}
}

// known says that v is a value through and through: a text without Holes, a
// list of such.
func known(v *Value) bool {
	if v == nil {
		return false
	}
	if len(v.Items) == 0 && len(v.Pairs) == 0 {
		return !v.Partial && v.Kind != Unknown && v.Kind != Ref && v.Kind != Union
	}
	w := walk{left: walkLimit}
	w.value(v, 0)
	return !w.holes
}

// truth says what bool(v) is, and whether that is known.
func truth(v *Value) (value, ok bool) {
	switch v.Kind {
	case None:
		return false, true
	case Bool, Int:
		return v.Int != 0 || v.Big != nil, true
	case Float:
		return v.Float != 0, true
	case Text, Bytes:
		return v.Str != "", !v.Partial || len(v.Str) > len(string(Hole))
	case List, Tuple, SetKind:
		return len(v.Items) > 0, !v.Partial || len(v.Items) > 0
	case Dict:
		return len(v.Pairs) > 0, !v.Partial || len(v.Pairs) > 0
	case Iterator, Function, Method, Class, Module:
		return true, true
	case Union:
		return unionTruth(v)
	}
	return false, false
}

func unionTruth(v *Value) (value, ok bool) {
	for i, item := range v.Items {
		t, k := truth(item)
		if !k || i > 0 && t != value {
			return false, false
		}
		value = t
	}
	return value, len(v.Items) > 0 && !v.Partial
}

// intOf returns the value of a Bool or an Int that fits.
func intOf(v *Value) (int64, bool) {
	if v == nil || v.Kind != Int && v.Kind != Bool || v.Big != nil {
		return 0, false
	}
	return v.Int, true
}

// smallInt returns the value of an Int that is a size or an index: what lies
// beyond is the nearest that an int holds on every platform.
func smallInt(v *Value) (int, bool) {
	if v != nil && v.Kind == Int && v.Big != nil {
		if len(v.Big.Text) > 0 && v.Big.Text[0] == '-' {
			return -1 << 30, true
		}
		return 1 << 30, true
	}
	n, ok := intOf(v)
	return int(min(max(n, -1<<30), 1<<30)), ok
}

// knownText returns what a Text or Bytes without Holes holds.
func knownText(v *Value) (string, bool) {
	if v == nil || !isString(v) || v.Partial {
		return "", false
	}
	return v.Str, true
}
