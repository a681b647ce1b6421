package flow

import (
	"strings"

	"pipwarden/scan/python"
)

// binary is a op b. Its time is linear in the size of the operands: a loop
// that calls it must charge for them.
func binary(op python.Op, a, b *Value) *Value {
	if a == nil || b == nil {
		return unknown(a, b)
	}
	a, b = resolved(a), resolved(b)
	if a.Kind == Union || b.Kind == Union {
		return distribute(a, b, func(x, y *Value) *Value { return binary(op, x, y) })
	}
	if v := operate(op, a, b); v != nil {
		return v
	}
	return unknown(a, b)
}

// distribute applies f to all that two Unions may be.
func distribute(a, b *Value, f func(x, y *Value) *Value) *Value {
	var out *Value
	for _, x := range choices(a) {
		for _, y := range choices(b) {
			v := f(x, y)
			if out == nil {
				out = v
				continue
			}
			out = join(out, v)
		}
	}
	if out == nil {
		return unknown(a, b)
	}
	return carry(out, &Value{Labels: a.Labels | b.Labels})
}

// choices returns what v may be, itself if it is no Union.
func choices(v *Value) []*Value {
	if v.Kind != Union {
		return []*Value{v}
	}
	var out []*Value
	for _, item := range v.Items {
		if item.Kind == Union {
			item = unknown(item)
		}
		out = append(out, item)
	}
	if v.Partial {
		out = append(out, labelled(v.Labels))
	}
	return out
}

// operate returns nil where nothing is known.
func operate(op python.Op, a, b *Value) *Value {
	if isNumber(a) && isNumber(b) {
		return numeric(op, a, b)
	}
	switch op {
	case python.Add:
		return addition(a, b)
	case python.Mult:
		if n, ok := smallInt(b); ok {
			return repeat(a, n)
		}
		if n, ok := smallInt(a); ok {
			return repeat(b, n)
		}
	case python.Mod:
		if isString(a) {
			return percent(a, b)
		}
	case python.Div:
		if isPath(a) || isPath(b) {
			return joinPaths([]*Value{a, b})
		}
	case python.BitOr, python.BitAnd, python.BitXor, python.Sub:
		return setOperation(op, a, b)
	}
	return nil
}

// xorMade is how values that went through an exclusive or were made.
var xorMade = []string{"xor"}

// xorInts are the bytes that came of an exclusive or.
var xorInts [256]Value

func init() {
	for i := range xorInts {
		xorInts[i] = Value{Kind: Int, Int: int64(i), Made: xorMade}
	}
}

func numeric(op python.Op, a, b *Value) *Value {
	v := arithmetic(op, a, b)
	if v == nil {
		return nil
	}
	if op == python.BitXor && v.Kind == Int && v.Big == nil {
		if 0 <= v.Int && v.Int < 256 {
			v = &xorInts[v.Int]
		} else {
			v = decodedBy(v, "xor", 0)
		}
	}
	if a.Labels|b.Labels == 0 && a.Made == nil && b.Made == nil {
		return v
	}
	return carry(v, a, b)
}

func addition(a, b *Value) *Value {
	switch {
	case isString(a) && isString(b):
		return concat(a, b)
	case isString(a) && opaque(b), opaque(a) && isString(b):
		return concat(a, b)
	case isSequence(a) && isSequence(b):
		return concatItems(a, b)
	case isSequence(a) && opaque(b):
		return lacking(a.Kind, a.Items, a, b)
	case opaque(a) && isSequence(b):
		return lacking(b.Kind, b.Items, a, b)
	}
	return nil
}

// lacking is a sequence that holds items and others. The labels of what is
// not known become its own.
func lacking(kind Kind, items []*Value, from ...*Value) *Value {
	v := &Value{Kind: kind, Items: items[:len(items):len(items)], Partial: true}
	for _, f := range from {
		v.Labels |= f.Labels
	}
	return v
}

func concatItems(a, b *Value) *Value {
	if len(a.Items)+len(b.Items) > itemLimit {
		return nil
	}
	items := make([]*Value, 0, len(a.Items)+len(b.Items))
	v := sequence(a.Kind, append(append(items, a.Items...), b.Items...))
	v.Partial = a.Partial || b.Partial
	v.Labels = a.Labels | b.Labels
	return v
}

// repeat is v * n.
func repeat(v *Value, n int) *Value {
	n = max(n, 0)
	switch {
	case isString(v):
		if len(v.Str)*n > resultLimit {
			return nil
		}
		out := sameKind(v, strings.Repeat(v.Str, n))
		if v.Partial {
			out = partialText(out.Str)
		}
		return carry(out, v)
	case isSequence(v):
		if len(v.Items)*n > itemLimit {
			return nil
		}
		items := make([]*Value, 0, len(v.Items)*n)
		for range n {
			items = append(items, v.Items...)
		}
		out := sequence(v.Kind, items)
		out.Partial, out.Labels = v.Partial, v.Labels
		return out
	}
	return nil
}

// unary is op v.
func unary(op python.Op, v *Value) *Value {
	if v == nil {
		return nothing
	}
	if op == python.Not {
		if t, ok := truth(v); ok {
			return boolean(!t)
		}
		return unknown(v)
	}
	if v.Kind == Union {
		return distribute(v, nothing, func(x, _ *Value) *Value { return unary(op, x) })
	}
	if !isNumber(v) {
		return unknown(v)
	}
	var out *Value
	switch op {
	case python.USub:
		if v.Kind == Float {
			return carry(float(-v.Float), v)
		}
		out = numeric(python.Sub, integer(0), v)
	case python.UAdd:
		out = numeric(python.Add, integer(0), v)
	case python.Invert:
		out = numeric(python.Sub, integer(-1), v)
	}
	if out == nil {
		return unknown(v)
	}
	return out
}
