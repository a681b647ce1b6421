// Package normal writes the trees of scan/python in the form in which
// testdata/dump.py writes those of CPython, so that the two can be compared
// byte for byte.
package normal

import (
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"pipwarden/scan/python"
)

// A Version of CPython, as 100*major+minor: 207, 311.
type Version int

// Form returns the normal form of a file as a version of CPython sees it.
// With positions it holds the places of all nodes too.
func Form(f *python.File, v Version, positions bool) []byte {
	w := &writer{f: f, v: v, positions: positions}
	w.out = make([]byte, 0, 3*len(f.Text))
	w.str("M([")
	w.stmts(f.Body)
	w.str("])")
	return w.out
}

type writer struct {
	out       []byte
	f         *python.File
	v         Version
	positions bool
}

func (w *writer) str(s string) { w.out = append(w.out, s...) }

// open writes a tag and, if asked for, the node's place.
func (w *writer) open(tag string, n python.Node) {
	w.str(tag)
	w.str("(")
	w.where(n)
}

func (w *writer) close() { w.str(")") }

func (w *writer) where(n python.Node) { w.place(n.Pos(), n.End()) }

func (w *writer) place(start, stop python.Pos) {
	if w.positions {
		a, b := w.f.Position(start), w.f.Position(stop)
		w.out = fmt.Appendf(w.out, "@%d:%d:%d:%d", a.Line, a.Column, b.Line, b.Column)
	}
}

func (w *writer) name(s string) {
	w.str(`"`)
	w.str(s)
	w.str(`"`)
}

// optional writes a name, ~ if it is absent.
func (w *writer) optional(s string) {
	if s == "" {
		w.str("~")
		return
	}
	w.name(s)
}

func (w *writer) names(names []string) {
	w.str("[")
	for _, n := range names {
		w.name(n)
	}
	w.str("]")
}

func (w *writer) flag(b bool) {
	if b {
		w.str("1")
	} else {
		w.str("0")
	}
}

func (w *writer) exprs(list []python.Expr) {
	w.str("[")
	for _, x := range list {
		w.expr(x)
	}
	w.str("]")
}

func (w *writer) stmts(list []python.Stmt) {
	for _, s := range list {
		w.stmt(s)
	}
}

func (w *writer) block(list []python.Stmt) {
	w.str("[")
	w.stmts(list)
	w.str("]")
}

func (w *writer) number(n *python.Number, negative bool) {
	if value, ok := n.Int(); ok {
		if negative {
			value.Neg(value)
		}
		w.str("i")
		w.out = value.Append(w.out, 16)
		w.str(" ")
		return
	}
	value, _ := n.Float()
	if negative {
		value = -value
	}
	tag := "f"
	if n.Kind == python.Imaginary {
		tag = "c"
	}
	w.out = fmt.Appendf(w.out, "%s%016x ", tag, math.Float64bits(value))
}

// value writes a string's value: bytes as Latin-1.
func (w *writer) value(kind python.StrKind, value string) {
	if kind == python.Text {
		w.str("S")
		if w.v < 300 {
			value = joinSurrogates(value)
		}
		w.name(value)
		return
	}
	w.str(`B"`)
	for i := range len(value) {
		w.out = utf8.AppendRune(w.out, rune(value[i]))
	}
	w.str(`"`)
}

// joinSurrogates makes one rune of two surrogates, which is what a Python 2
// with 16-bit characters does.
func joinSurrogates(s string) string {
	var out []byte
	for i := 0; i < len(s); {
		if hi, ok := surrogate(s[i:], 0xa0); ok {
			if lo, ok := surrogate(s[i+3:], 0xb0); ok {
				out = utf8.AppendRune(out, 0x10000+hi<<10+lo)
				i += 6
				continue
			}
		}
		out = append(out, s[i])
		i++
	}
	return string(out)
}

// surrogate decodes the low ten bits of a surrogate in three bytes.
func surrogate(s string, second byte) (rune, bool) {
	if len(s) < 3 || s[0] != 0xed || s[1]&0xf0 != second {
		return 0, false
	}
	return rune(s[1]&0x0f)<<6 | rune(s[2]&0x3f), true
}

var opNames = map[python.Op]string{
	python.Add: "Add ", python.Sub: "Sub ", python.Mult: "Mult ", python.MatMult: "MatMult ", python.Div: "Div ",
	python.Mod: "Mod ", python.Pow: "Pow ", python.LShift: "LShift ", python.RShift: "RShift ",
	python.BitOr: "BitOr ", python.BitXor: "BitXor ", python.BitAnd: "BitAnd ", python.FloorDiv: "FloorDiv ",
	python.Invert: "Invert ", python.Not: "Not ", python.UAdd: "UAdd ", python.USub: "USub ", python.And: "And ",
	python.Or: "Or ", python.Eq: "Eq ", python.NotEq: "NotEq ", python.Lt: "Lt ", python.LtE: "LtE ",
	python.Gt: "Gt ", python.GtE: "GtE ", python.Is: "Is ", python.IsNot: "IsNot ", python.In: "In ",
	python.NotIn: "NotIn ",
}

func (w *writer) op(o python.Op) { w.str(opNames[o]) }

func (w *writer) int(n int) {
	w.out = strconv.AppendInt(w.out, int64(n), 10)
	w.str(" ")
}
