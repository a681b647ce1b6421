package flow

import (
	bits "encoding/binary"
	"errors"
	"math"
	"math/big"
	"strings"

	"pipwarden/scan/decode"
)

func isLimit(err error) bool { return errors.Is(err, decode.ErrLimit) }

// structFuncs are those of module struct and what is like them.
func structFuncs() map[string]libraryFunc {
	return map[string]libraryFunc{
		"struct.unpack":      func(a *arguments) *Value { return unpack(a.at(0, ""), a.at(1, ""), 0) },
		"struct.unpack_from": unpackFrom,
		"struct.pack":        pack,
		"struct.calcsize":    calculateSize,
	}
}

// A layout is a format of module struct.
type layout struct {
	order  bits.ByteOrder
	native bool // items stand at multiples of their size
	items  []layoutItem
	size   int
}

// A layoutItem is a code and how often it stands there; for s and p, the
// number of bytes.
type layoutItem struct {
	code  byte
	count int
}

var structSizes = map[byte]int{
	'x': 1, 'c': 1, 'b': 1, 'B': 1, '?': 1, 'h': 2, 'H': 2, 'i': 4, 'I': 4, 'l': 4, 'L': 4, 'q': 8, 'Q': 8, 'n': 8, 'N': 8, 'f': 4, 'd': 8, 's': 1, 'p': 1, 'P': 8,
}

// layoutOf reads a format; nil if it is none.
func layoutOf(format string) *layout {
	l := &layout{order: bits.LittleEndian, native: true}
	if format != "" && strings.IndexByte("@=<>!", format[0]) >= 0 {
		l.native = format[0] == '@'
		if format[0] == '>' || format[0] == '!' {
			l.order = bits.BigEndian
		}
		format = format[1:]
	}
	for format != "" {
		if strings.IndexByte(" \t\n", format[0]) >= 0 {
			format = format[1:]
			continue
		}
		n, rest, ok := digits(format, 1)
		if !ok || rest == "" || structSizes[rest[0]] == 0 || len(l.items) > 1000 {
			return nil
		}
		l.items = append(l.items, layoutItem{rest[0], n})
		size := l.width(rest[0])
		l.size = l.align(l.size, size) + n*size
		if l.size > resultLimit {
			return nil
		}
		format = rest[1:]
	}
	return l
}

func (l *layout) width(code byte) int {
	if l.native && (code == 'l' || code == 'L') {
		return 8
	}
	return structSizes[code]
}

func (l *layout) align(at, size int) int {
	if !l.native {
		return at
	}
	return (at + size - 1) / size * size
}

func unpackFrom(a *arguments) *Value {
	at, ok := a.int(2, "offset", 0)
	if !ok || at < 0 {
		return nil
	}
	return unpack(a.at(0, ""), a.at(1, "buffer"), at)
}

// unpack reads the items; from the offset at, more bytes may follow.
func unpack(format, v *Value, at int) *Value {
	f, ok := knownText(format)
	s, also := knownText(v)
	if !ok || !also {
		return nil
	}
	l := layoutOf(f)
	if l == nil || at+l.size > len(s) {
		return nil
	}
	s = s[at:]
	var out []*Value
	offset := 0
	for _, item := range l.items {
		size := l.width(item.code)
		offset = l.align(offset, size)
		if item.code == 's' || item.code == 'p' {
			out = append(out, bytesOf(s[offset:offset+item.count]))
			offset += item.count
			continue
		}
		if len(out)+item.count > 2*freshItemLimit {
			return nil
		}
		for range item.count {
			if v := l.read(item.code, s[offset:offset+size]); v != nil {
				out = append(out, v)
			}
			offset += size
		}
	}
	for i, item := range out {
		out[i] = carry(item, v)
	}
	return tuple(out)
}

// read makes the value of one item, nil for padding.
func (l *layout) read(code byte, s string) *Value {
	if code == 'x' {
		return nil
	}
	n := l.unsigned(s)
	switch code {
	case 'c':
		return bytesOf(s)
	case '?':
		return boolean(n != 0)
	case 'f':
		return float(float64(math.Float32frombits(uint32(n))))
	case 'd':
		return float(math.Float64frombits(n))
	case 'b', 'h', 'i', 'l', 'q', 'n':
		shift := 64 - 8*len(s)
		return integer(int64(n<<shift) >> shift)
	}
	if n > math.MaxInt64 {
		return bigValue(new(big.Int).SetUint64(n))
	}
	return integer(int64(n))
}

func (l *layout) unsigned(s string) uint64 {
	b := []byte(s)
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(l.order.Uint16(b))
	case 4:
		return uint64(l.order.Uint32(b))
	}
	return l.order.Uint64(b)
}

func calculateSize(a *arguments) *Value {
	f, ok := a.text(0, "")
	if l := layoutOf(f); ok && l != nil {
		return integer(int64(l.size))
	}
	return nil
}

// pack is struct.pack of numbers and bytes.
func pack(a *arguments) *Value {
	f, ok := a.text(0, "")
	l := layoutOf(f)
	if !ok || l == nil {
		return nil
	}
	out := make([]byte, 0, l.size)
	rest, numbers := a.pos[1:], 0
	for _, item := range l.items {
		size := l.width(item.code)
		out = append(out, make([]byte, l.align(len(out), size)-len(out))...)
		count := item.count
		if item.code == 's' || item.code == 'p' {
			size, count = item.count, 1
		}
		for range count {
			if item.code == 'x' {
				out = append(out, 0)
				continue
			}
			if len(rest) == 0 {
				return nil
			}
			if out, ok = l.write(out, item.code, size, rest[0]); !ok {
				return nil
			}
			if rest[0].Kind == Int {
				numbers += size
			}
			rest = rest[1:]
		}
	}
	v := a.carry(&Value{Kind: Bytes, Str: string(out)})
	if numbers == 0 {
		return v
	}
	return computed(decodedBy(v, "struct", 0), int64(numbers))
}

func (l *layout) write(out []byte, code byte, size int, v *Value) ([]byte, bool) {
	if s, ok := knownText(v); ok && (code == 's' || code == 'c') {
		part := make([]byte, size)
		copy(part, s)
		return append(out, part...), true
	}
	n, ok := intOf(v)
	if code == 'f' || code == 'd' {
		f, isFloat := floatOf(v)
		ok = isFloat
		n = int64(math.Float64bits(f))
		if code == 'f' {
			n = int64(math.Float32bits(float32(f)))
		}
	}
	part := make([]byte, 8)
	if l.order == bits.ByteOrder(bits.BigEndian) {
		bits.BigEndian.PutUint64(part, uint64(n))
		return append(out, part[8-min(size, 8):]...), ok
	}
	bits.LittleEndian.PutUint64(part, uint64(n))
	return append(out, part[:min(size, 8)]...), ok
}
