package flow

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"pipwarden/scan/python"
)

// numberFuncs are those over numbers.
func numberFuncs() map[string]libraryFunc {
	out := under("builtins", map[string]libraryFunc{
		"int": newInt, "long": newInt, "float": newFloat, "pow": power, "abs": absolute, "divmod": divideModulo, "round": rounded,
		"hex": writtenIn('x'), "oct": writtenIn('o'), "bin": writtenIn('b'), "sum": sum,
	})
	rounding := func(f func(float64) float64) libraryFunc {
		return func(a *arguments) *Value {
			if len(a.pos) != 1 {
				return nil
			}
			x, ok := floatOf(a.pos[0])
			if y := f(x); ok && math.Abs(y) < 1<<62 {
				return a.carry(integer(int64(y)))
			}
			return nil
		}
	}
	out["math.floor"], out["math.ceil"], out["math.trunc"] = rounding(math.Floor), rounding(math.Ceil), rounding(math.Trunc)
	out["math.sqrt"] = func(a *arguments) *Value {
		if len(a.pos) != 1 {
			return nil
		}
		if x, ok := floatOf(a.pos[0]); ok && x >= 0 {
			return a.carry(float(math.Sqrt(x)))
		}
		return nil
	}
	return out
}

// newInt is int(x) and int(text, base).
func newInt(a *arguments) *Value {
	v := a.at(0, "")
	switch {
	case v == nil:
		return integer(0)
	case v.Kind == Int:
		return v
	case v.Kind == Bool:
		return integer(v.Int)
	case v.Kind == Float && math.Abs(v.Float) < 1<<62:
		return carry(integer(int64(v.Float)), v)
	}
	s, ok := knownText(v)
	base, also := a.int(1, "base", 10)
	if !ok || !also {
		return nil
	}
	n := parseInt(s, base)
	if n == nil {
		return nil
	}
	return a.carry(n)
}

// parseInt reads a number as int does; nil if the text is none.
func parseInt(s string, base int) *Value {
	s = strings.ReplaceAll(strings.TrimSpace(s), "_", "")
	s = strings.TrimRight(s, "L")
	digits, negative := strings.CutPrefix(s, "-")
	if !negative {
		digits = strings.TrimPrefix(s, "+")
	}
	digits, base = withoutPrefix(digits, base)
	if base < 2 || base > 36 || digits == "" || strings.ContainsAny(digits, "+-") {
		return nil
	}
	n, err := strconv.ParseInt(digits, base, 63)
	switch {
	case err != nil:
		return parseBig(digits, base, negative)
	case negative:
		return integer(-n)
	}
	return integer(n)
}

// parseBig reads the digits of a number that does not fit.
func parseBig(digits string, base int, negative bool) *Value {
	power := base&(base-1) == 0
	if !power && len(digits) > python.MaxDigits || len(digits) > 2*bigBytes {
		return nil
	}
	if base == 16 && !negative && strings.Trim(digits, "0123456789abcdefABCDEF") == "" {
		return &Value{Kind: Int, Big: &python.Number{Kind: python.Int, Text: "0x" + digits}}
	}
	if len(digits) > productBits {
		return nil
	}
	b, ok := new(big.Int).SetString(digits, base)
	if !ok {
		return nil
	}
	if negative {
		b.Neg(b)
	}
	return bigValue(b)
}

// withoutPrefix takes 0x, 0o and 0b off where the base allows them.
func withoutPrefix(s string, base int) (string, int) {
	if len(s) < 3 || s[0] != '0' {
		if base == 0 {
			return s, 10
		}
		return s, base
	}
	of := map[byte]int{'x': 16, 'o': 8, 'b': 2}[s[1]|0x20]
	if of != 0 && (base == 0 || base == of) {
		return s[2:], of
	}
	if base == 0 {
		return s, 10
	}
	return s, base
}

func newFloat(a *arguments) *Value {
	v := a.at(0, "")
	if v == nil {
		return float(0)
	}
	if f, ok := floatOf(v); ok {
		return carry(float(f), v)
	}
	s, ok := knownText(v)
	if !ok {
		return nil
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(s), "_", ""), 64)
	if err != nil {
		return nil
	}
	return carry(float(f), v)
}

func absolute(a *arguments) *Value {
	if len(a.pos) != 1 || !isNumber(a.pos[0]) {
		return nil
	}
	v := a.pos[0]
	if c, ok := orderNumbers(v, integer(0)); ok && c < 0 {
		return unary(python.USub, v)
	}
	return unary(python.UAdd, v)
}

func divideModulo(a *arguments) *Value {
	if len(a.pos) != 2 {
		return nil
	}
	return tuple([]*Value{binary(python.FloorDiv, a.pos[0], a.pos[1]), binary(python.Mod, a.pos[0], a.pos[1])})
}

// rounded rounds halves to the even neighbour.
func rounded(a *arguments) *Value {
	v := a.at(0, "number")
	if v == nil || !isNumber(v) {
		return nil
	}
	places, ok := a.int(1, "ndigits", 0)
	if v.Kind != Float && places >= 0 && ok {
		return v
	}
	f, fits := floatOf(v)
	if !ok || !fits || math.Abs(f) > 1<<52 || places < 0 || places > 15 {
		return nil
	}
	if absent(a.at(1, "ndigits")) {
		return carry(integer(int64(math.RoundToEven(f))), v)
	}
	s := strconv.FormatFloat(f, 'f', places, 64)
	f, _ = strconv.ParseFloat(s, 64)
	return carry(float(f), v)
}

func writtenIn(verb byte) libraryFunc {
	d := plainDirective
	d.alternate, d.verb = true, verb
	return func(a *arguments) *Value {
		if len(a.pos) != 1 || a.pos[0].Kind != Int && a.pos[0].Kind != Bool {
			return nil
		}
		s, ok := d.integer(a.pos[0])
		if !ok {
			return nil
		}
		return carry(text(s), a.pos[0])
	}
}

// sum adds numbers, and sequences where a start is given.
func sum(a *arguments) *Value {
	items, ok := a.items(0)
	if !ok {
		return nil
	}
	total := a.at(1, "start")
	if total == nil {
		total = integer(0)
	}
	if isContainer(total) && len(items) > unionWidth*unionWidth {
		return sumItems(total, items)
	}
	for _, item := range items {
		if total = operate(python.Add, total, item); total == nil {
			return nil
		}
	}
	return total
}

// sumItems concatenates many lists at once.
func sumItems(start *Value, items []*Value) *Value {
	out := copySequence(start)
	for _, item := range items {
		if item.Kind != start.Kind || len(out.Items)+len(item.Items) > itemLimit {
			return nil
		}
		out.Items = append(out.Items, item.Items...)
		out.Labels |= item.Labels
		out.Partial = out.Partial || item.Partial
	}
	return out
}

// powerBits is the most that an exponent or modulus of pow(a, b, c) has: the
// size of keys. The time grows with its third power.
const powerBits = 2048

func powerModulo(a *arguments) *Value {
	x, ok := bigOf(a.pos[0])
	y, also := bigOf(a.pos[1])
	z, too := bigOf(a.pos[2])
	if !ok || !also || !too || x.BitLen() > bigBits || y.BitLen() > powerBits || z.BitLen() > powerBits || y.Sign() < 0 || z.Sign() <= 0 {
		return nil
	}
	return a.carry(bigValue(new(big.Int).Exp(x, y, z)))
}

// intFromBytes is int.from_bytes(bytes, byteorder).
func intFromBytes(a *arguments) *Value {
	v := a.at(0, "bytes")
	if v == nil {
		return nil
	}
	if isSequence(v) {
		v = bytesFrom(v)
	}
	s, ok := knownText(v)
	order, named := a.text(1, "byteorder")
	if a.at(1, "byteorder") == nil {
		order, named = "big", true
	}
	if !ok || !named || len(s) > bigBytes {
		return nil
	}
	b := new(big.Int).SetBytes([]byte(ordered([]byte(s), order)))
	if signed := a.at(2, "signed"); signed != nil {
		if t, ok := truth(signed); !ok || t && b.BitLen() == 8*len(s) && len(s) > 8 {
			return nil
		} else if t && len(s) > 0 && b.BitLen() == 8*len(s) {
			b.Sub(b, new(big.Int).Lsh(big.NewInt(1), uint(8*len(s))))
		}
	}
	return carry(bigValue(b), v)
}
