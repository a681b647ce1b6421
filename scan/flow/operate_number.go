package flow

import (
	"encoding/hex"
	"math"
	"math/big"
	"math/bits"

	"pipwarden/scan/python"
)

// The limits of whole numbers, in bits. Numbers as long as a payload are read
// and written in one step, but not computed with.
const (
	bigBits     = 1 << 16 // of what is added, shifted, masked
	productBits = 1 << 15 // of what is multiplied or divided
	bigBytes    = 1 << 20 // of what int.from_bytes reads
)

// number makes the value of a literal.
func number(n *python.Number) *Value {
	switch n.Kind {
	case python.Float:
		f, ok := n.Float()
		if !ok {
			return nothing
		}
		return float(f)
	case python.Imaginary:
		return nothing
	}
	if i, ok := n.Int64(); ok {
		return integer(i)
	}
	if b, ok := n.Int(); ok {
		return bigValue(b)
	}
	return nothing
}

// bigValue makes an Int. Its text is hexadecimal where that is possible, since
// the conversion to decimal is not linear.
func bigValue(b *big.Int) *Value {
	if b.IsInt64() {
		return integer(b.Int64())
	}
	if b.Sign() > 0 {
		if b.BitLen() > bigBytes*8 {
			return nothing
		}
		return &Value{Kind: Int, Big: &python.Number{Kind: python.Int, Text: "0x" + hex.EncodeToString(b.Bytes())}}
	}
	if b.BitLen() > productBits/4 {
		return nothing
	}
	return &Value{Kind: Int, Big: &python.Number{Kind: python.Int, Text: b.String()}}
}

// bigOf returns the value of a Bool or Int.
func bigOf(v *Value) (*big.Int, bool) {
	if v == nil || v.Kind != Int && v.Kind != Bool {
		return nil, false
	}
	if v.Big == nil {
		return big.NewInt(v.Int), true
	}
	t := v.Big.Text
	if len(t) > 2 && t[:2] == "0x" {
		digits := t[2:]
		if len(digits)%2 == 1 {
			digits = "0" + digits
		}
		if b, err := hex.DecodeString(digits); err == nil {
			return new(big.Int).SetBytes(b), true
		}
	}
	return v.Big.Int()
}

func isNumber(v *Value) bool { return v.Kind == Int || v.Kind == Bool || v.Kind == Float }

func floatOf(v *Value) (float64, bool) {
	if v == nil || !isNumber(v) {
		return 0, false
	}
	if v.Kind == Float {
		return v.Float, true
	}
	if v.Big == nil {
		return float64(v.Int), true
	}
	b, ok := bigOf(v)
	if !ok || b.BitLen() > 1024 {
		return 0, false
	}
	f, _ := new(big.Float).SetInt(b).Float64()
	return f, !math.IsInf(f, 0)
}

// arithmetic is the operator on two numbers; nil means that Python would raise
// an exception, or that a limit is reached.
func arithmetic(op python.Op, a, b *Value) *Value {
	if a.Kind == Float || b.Kind == Float || op == python.Div {
		return floating(op, a, b)
	}
	if a.Big == nil && b.Big == nil {
		n, ok := smallArithmetic(op, a.Int, b.Int)
		switch {
		case ok && a.Kind == Bool && b.Kind == Bool && bitwise[op]:
			return boolean(n != 0)
		case ok:
			return integer(n)
		}
	}
	return arithmeticWide(op, a, b)
}

// arithmeticWide is the operator on whole numbers that do not fit.
func arithmeticWide(op python.Op, a, b *Value) *Value {
	x, ok := bigOf(a)
	y, also := bigOf(b)
	if !ok || !also || x.BitLen() > bigBits || y.BitLen() > bigBits {
		return nil
	}
	if z := bigArithmetic(op, x, y); z != nil {
		return bigValue(z)
	}
	return nil
}

// bitwise are the operators that keep a bool.
var bitwise = map[python.Op]bool{python.BitAnd: true, python.BitOr: true, python.BitXor: true}

// smallArithmetic is not ok where the result does not fit, or is none.
func smallArithmetic(op python.Op, a, b int64) (int64, bool) {
	switch op {
	case python.Add:
		n := a + b
		return n, (n > a) == (b > 0)
	case python.Sub:
		n := a - b
		return n, (n < a) == (b > 0)
	case python.Mult:
		return product(a, b)
	case python.BitAnd:
		return a & b, true
	case python.BitOr:
		return a | b, true
	case python.BitXor:
		return a ^ b, true
	case python.RShift:
		return a >> min(uint64(b), 63), b >= 0
	case python.LShift:
		if b < 0 || b > 62 || bits.Len64(uint64(max(a, -a)))+int(b) > 62 {
			return 0, false
		}
		return a << b, true
	case python.FloorDiv, python.Mod:
		return division(op, a, b)
	}
	return 0, false
}

func product(a, b int64) (int64, bool) {
	const half = 1 << 31
	if -half < a && a < half && -half < b && b < half {
		return a * b, true
	}
	return 0, false
}

func division(op python.Op, a, b int64) (int64, bool) {
	if b == 0 || a == math.MinInt64 {
		return 0, false
	}
	q, r := a/b, a%b
	if r != 0 && (r < 0) != (b < 0) {
		q, r = q-1, r+b
	}
	if op == python.Mod {
		return r, true
	}
	return q, true
}

func bigArithmetic(op python.Op, x, y *big.Int) *big.Int {
	z := new(big.Int)
	switch op {
	case python.Add:
		return z.Add(x, y)
	case python.Sub:
		return z.Sub(x, y)
	case python.BitAnd:
		return z.And(x, y)
	case python.BitOr:
		return z.Or(x, y)
	case python.BitXor:
		return z.Xor(x, y)
	case python.RShift, python.LShift:
		return bigShift(op, x, y)
	case python.Mult, python.FloorDiv, python.Mod, python.Pow:
		return bigProduct(op, x, y)
	}
	return nil
}

func bigShift(op python.Op, x, y *big.Int) *big.Int {
	if y.Sign() < 0 || !y.IsInt64() || y.Int64() > bigBits {
		return nil
	}
	if op == python.RShift {
		return new(big.Int).Rsh(x, uint(y.Int64()))
	}
	return new(big.Int).Lsh(x, uint(y.Int64()))
}

func bigProduct(op python.Op, x, y *big.Int) *big.Int {
	if x.BitLen() > productBits || y.BitLen() > productBits {
		return nil
	}
	switch op {
	case python.Mult:
		return new(big.Int).Mul(x, y)
	case python.Pow:
		if y.Sign() < 0 || !y.IsInt64() || y.Int64() > productBits || int64(x.BitLen())*y.Int64() > productBits {
			return nil
		}
		return new(big.Int).Exp(x, y, nil)
	}
	if y.Sign() == 0 {
		return nil
	}
	// Python rounds the quotient down; big.Int has the Euclidean one and the truncated one.
	q, r := new(big.Int).QuoRem(x, y, new(big.Int))
	if r.Sign() != 0 && r.Sign() != y.Sign() {
		q.Sub(q, big.NewInt(1))
		r.Add(r, y)
	}
	if op == python.Mod {
		return r
	}
	return q
}

func floating(op python.Op, a, b *Value) *Value {
	x, ok := floatOf(a)
	y, also := floatOf(b)
	if !ok || !also {
		return nil
	}
	switch op {
	case python.Add:
		return float(x + y)
	case python.Sub:
		return float(x - y)
	case python.Mult:
		return float(x * y)
	case python.Pow:
		if p := math.Pow(x, y); !math.IsNaN(p) && !math.IsInf(p, 0) {
			return float(p)
		}
		return nil
	}
	if y == 0 {
		return nil
	}
	return quotient(op, x, y)
}

func quotient(op python.Op, x, y float64) *Value {
	switch op {
	case python.Div:
		return float(x / y)
	case python.FloorDiv:
		return float(math.Floor(x / y))
	case python.Mod:
		r := math.Mod(x, y)
		if r != 0 && (r < 0) != (y < 0) {
			r += y
		}
		return float(r)
	}
	return nil
}
