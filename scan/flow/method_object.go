package flow

import (
	"math/bits"

	"pipwarden/scan/python"
)

// operatorMethods are the methods behind the operators, which every value has.
func operatorMethods() map[string]methodFunc {
	out := map[string]methodFunc{
		"__getitem__": func(self *Value, a *arguments) *Value {
			if len(a.pos) != 1 {
				return nil
			}
			return subscript(self, a.pos[0])
		},
		"__setitem__": func(self *Value, a *arguments) *Value {
			if len(a.pos) == 2 {
				assign(self, a.pos[0], a.pos[1])
			}
			return noneValue
		},
		"__contains__": func(self *Value, a *arguments) *Value { return hasKey(self, a.at(0, "")) },
		"__len__":      func(self *Value, a *arguments) *Value { return lengthOf(self) },
		"__iter__":     func(self *Value, a *arguments) *Value { return self },
		"__str__":      func(self *Value, a *arguments) *Value { return str(self) },
		"__repr__":     func(self *Value, a *arguments) *Value { return backquotes(self) },
		"__format__":   func(self *Value, a *arguments) *Value { return formatValue(self, 0, a.at(0, "")) },
	}
	for name, op := range operatorNames {
		out["__"+name+"__"] = func(self *Value, a *arguments) *Value {
			if len(a.pos) != 1 {
				return nil
			}
			return binary(op, self, a.pos[0])
		}
		out["__r"+name+"__"] = func(self *Value, a *arguments) *Value {
			if len(a.pos) != 1 {
				return nil
			}
			return binary(op, a.pos[0], self)
		}
	}
	for name, op := range comparisonNames {
		out["__"+name+"__"] = func(self *Value, a *arguments) *Value {
			if len(a.pos) != 1 {
				return nil
			}
			return compare(op, self, a.pos[0])
		}
	}
	return out
}

// operatorNames are the binary operators by their names in module operator.
var operatorNames = map[string]python.Op{
	"add": python.Add, "sub": python.Sub, "mul": python.Mult, "truediv": python.Div, "div": python.Div, "floordiv": python.FloorDiv,
	"mod": python.Mod, "pow": python.Pow, "lshift": python.LShift, "rshift": python.RShift, "and": python.BitAnd, "or": python.BitOr,
	"xor": python.BitXor,
}

var comparisonNames = map[string]python.Op{
	"eq": python.Eq, "ne": python.NotEq, "lt": python.Lt, "le": python.LtE, "gt": python.Gt, "ge": python.GtE,
}

// generatorMethods are those of iterators.
func generatorMethods() map[string]methodFunc {
	next := func(self *Value, a *arguments) *Value {
		items, ok := take(self, 1)
		if !ok || len(items) == 0 {
			return nil
		}
		return items[0]
	}
	return map[string]methodFunc{
		"__next__": next, "next": next, "send": next,
		"close": func(self *Value, a *arguments) *Value { return noneValue },
	}
}

// integerMethods are those of int and float.
func integerMethods() map[string]methodFunc {
	return map[string]methodFunc{
		"to_bytes": toBytes,
		"bit_length": func(self *Value, a *arguments) *Value {
			if n, ok := intOf(self); ok {
				return integer(int64(bits.Len64(uint64(max(n, -n)))))
			}
			if b, ok := bigOf(self); ok {
				return integer(int64(b.BitLen()))
			}
			return nil
		},
		"__int__":   func(self *Value, a *arguments) *Value { return self },
		"__index__": func(self *Value, a *arguments) *Value { return self },
		"conjugate": func(self *Value, a *arguments) *Value { return self },
	}
}

// toBytes is n.to_bytes(length, byteorder).
func toBytes(self *Value, a *arguments) *Value {
	size, ok := a.int(0, "length", 1)
	order, named := a.text(1, "byteorder")
	if a.at(1, "byteorder") == nil {
		order, named = "big", true
	}
	b, isInt := bigOf(self)
	if !ok || !named || !isInt || size < 0 || size > resultLimit {
		return nil
	}
	if b.Sign() < 0 {
		return negativeBytes(self, size, order)
	}
	if (b.BitLen()+7)/8 > size {
		return nil
	}
	out := carry(&Value{Kind: Bytes, Str: ordered(b.FillBytes(make([]byte, size)), order)}, self)
	if len(out.Made) == 0 {
		out = decodedBy(out, "int", 0)
	}
	return computed(out, int64(b.BitLen()/8))
}

// negativeBytes writes a small negative number in two's complement.
func negativeBytes(self *Value, size int, order string) *Value {
	n, ok := intOf(self)
	if !ok || size > 8 {
		return nil
	}
	out := make([]byte, size)
	for i := range out {
		out[size-1-i] = byte(n >> (8 * i))
	}
	return carry(bytesOf(ordered(out, order)), self)
}

// ordered returns big-endian bytes in the order asked for.
func ordered(b []byte, order string) string {
	if order != "little" {
		return string(b)
	}
	out := make([]byte, len(b))
	for i, c := range b {
		out[len(b)-1-i] = c
	}
	return string(out)
}
