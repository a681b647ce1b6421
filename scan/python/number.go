package python

import (
	"math/big"
	"strconv"
	"strings"
)

// NumberKind is the type of a Number.
type NumberKind uint8

// The kinds of numbers.
const (
	Int       NumberKind = iota // 1, 0x1f, Python 2's 0777
	Long                        // Python 2's 1L
	Float                       // 1.5, 1e3
	Imaginary                   // 1j
)

// A Number is a numeric literal.
type Number struct {
	Span
	Kind NumberKind
	Text string // as written
}

// MaxDigits is the length up to which Int converts a decimal literal, since
// the conversion is not linear. CPython's limit is the same (and exists for
// the same reason); longer literals are refused since 3.11.
const MaxDigits = 4300

// Int returns the value of an Int or Long. It is not ok for other kinds, for
// text that is no number, and for decimal literals of more than MaxDigits.
func (n *Number) Int() (value *big.Int, ok bool) {
	if n.Kind != Int && n.Kind != Long {
		return nil, false
	}
	text := strings.TrimRight(n.plain(), "lL")
	base := 10
	if len(text) > 1 && text[0] == '0' {
		switch text[1] | 0x20 {
		case 'x':
			base, text = 16, text[2:]
		case 'o':
			base, text = 8, text[2:]
		case 'b':
			base, text = 2, text[2:]
		default:
			base, text = 8, text[1:]
		}
	}
	if base == 10 && len(text) > MaxDigits {
		return nil, false
	}
	return new(big.Int).SetString(text, base)
}

// Int64 returns the value of an Int or Long that fits.
func (n *Number) Int64() (value int64, ok bool) {
	if len(n.Text) < 10 && n.Kind == Int && (len(n.Text) == 1 || n.Text[0] != '0') {
		v, err := strconv.ParseInt(n.plain(), 10, 64)
		return v, err == nil
	}
	big, ok := n.Int()
	if !ok || !big.IsInt64() {
		return 0, false
	}
	return big.Int64(), true
}

// Float returns the value of a Float, or the imaginary part of an Imaginary.
// Values beyond the range are infinite, as in Python.
func (n *Number) Float() (value float64, ok bool) {
	if n.Kind != Float && n.Kind != Imaginary {
		return 0, false
	}
	text := strings.TrimRight(n.plain(), "jJ")
	v, err := strconv.ParseFloat(text, 64)
	if err != nil && !isRangeError(err) {
		return 0, false
	}
	return v, true
}

func isRangeError(err error) bool {
	e, ok := err.(*strconv.NumError)
	return ok && e.Err == strconv.ErrRange
}

// plain is the text without underscores.
func (n *Number) plain() string {
	if strings.IndexByte(n.Text, '_') < 0 {
		return n.Text
	}
	return strings.ReplaceAll(n.Text, "_", "")
}
