package flow

import (
	"fmt"
	"strconv"
	"strings"

	"pipwarden/scan/python"
)

// compare is one step of a comparison: a Bool, or Unknown.
func compare(op python.Op, a, b *Value) *Value {
	if a == nil || b == nil {
		return unknown(a, b)
	}
	a, b = resolved(a), resolved(b)
	value, ok := false, false
	switch op {
	case python.Eq, python.NotEq:
		value, ok = equal(a, b)
		value = value != (op == python.NotEq)
	case python.Is, python.IsNot:
		value, ok = identical(a, b)
		value = value != (op == python.IsNot)
	case python.In, python.NotIn:
		value, ok = contains(b, a)
		value = value != (op == python.NotIn)
	default:
		var c int
		if c, ok = order(a, b); ok {
			value = op == python.Lt && c < 0 || op == python.LtE && c <= 0 || op == python.Gt && c > 0 || op == python.GtE && c >= 0
		}
	}
	if !ok {
		return unknown(a, b)
	}
	return boolean(value)
}

// A comparison compares two values, which may hold so many more in so many
// ways that only part of them is looked at.
type comparison struct{ left, depth int }

// deeper says that so many items may be looked at, one level down.
func (c *comparison) deeper(items int) bool {
	c.left -= items + 1
	c.depth++
	return c.left > 0 && c.depth <= walkDepth
}

// equal says whether a == b, and whether that is known.
func equal(a, b *Value) (value, ok bool) {
	c := comparison{left: walkLimit}
	return c.equal(a, b)
}

func (c *comparison) equal(a, b *Value) (value, ok bool) {
	switch {
	case vague(a) || vague(b):
		same := a.Kind == Ref && b.Kind == Ref && a.Str == b.Str && fixed(a) && fixed(b)
		return same, same
	case isNumber(a) && isNumber(b):
		n, ok := orderNumbers(a, b)
		return n == 0, ok
	case a.Kind != b.Kind:
		return false, true
	}
	return c.equalOfKind(a, b)
}

// equalOfKind compares two values of one kind.
func (c *comparison) equalOfKind(a, b *Value) (value, ok bool) {
	switch a.Kind {
	case None:
		return true, true
	case Text, Bytes:
		if a.Partial || b.Partial {
			return false, partialDiffer(a, b)
		}
		return a.Str == b.Str, true
	case List, Tuple:
		return c.equalItems(a, b)
	case Function, Class, Module:
		return a.Func == b.Func && a.Class == b.Class && a.Module == b.Module, true
	}
	return false, false
}

// vague says that a value may be equal to others of which that cannot be seen.
func vague(v *Value) bool { return opaque(v) || v.Kind == Union || v.Kind == Instance }

// fixed says that a Ref is a name, and nothing that came of a call.
func fixed(v *Value) bool { return v.ID == 0 && v.Self == nil && !strings.Contains(v.Str, "()") }

// partialDiffer says that two texts, of which one at least has Holes, differ
// in what stands before the first Hole.
func partialDiffer(a, b *Value) bool {
	x, y := head(a), head(b)
	n := min(len(x), len(y))
	return x[:n] != y[:n]
}

// head is the text before the first Hole.
func head(v *Value) string {
	if i := strings.Index(v.Str, hole); v.Partial && i >= 0 {
		return v.Str[:i]
	}
	return v.Str
}

func (c *comparison) equalItems(a, b *Value) (value, ok bool) {
	defer func() { c.depth-- }()
	if !c.deeper(min(len(a.Items), len(b.Items))) || a.Partial || b.Partial {
		return false, false
	}
	if len(a.Items) != len(b.Items) {
		return false, true
	}
	for i := range a.Items {
		if v, ok := c.equal(a.Items[i], b.Items[i]); !ok || !v {
			return v, ok
		}
	}
	return true, true
}

// identical says whether a is b, and whether that is known.
func identical(a, b *Value) (value, ok bool) {
	if a.Kind == None || b.Kind == None {
		x := a
		if a.Kind == None {
			x = b
		}
		switch x.Kind {
		case None:
			return true, true
		case Unknown, Ref, Union:
			return false, x.Kind == Ref && !strings.Contains(x.Str, "()") && !strings.Contains(x.Str, "[]") && x.ID == 0
		}
		return false, true
	}
	if a.Kind == Bool && b.Kind == Bool {
		return a.Int == b.Int, true
	}
	if a == b && !opaque(a) && a.Kind != Union {
		return true, true
	}
	switch a.Kind {
	case Ref, Function, Class, Module:
		return equal(a, b)
	}
	return false, false
}

// contains says whether item is in container, and whether that is known.
func contains(container, item *Value) (value, ok bool) {
	switch container.Kind {
	case Text, Bytes:
		return containsText(container, item)
	case List, Tuple, SetKind:
		return containsItem(container, item)
	case Dict:
		_, found := lookup(container, item)
		return found, found || !container.Partial && known(item)
	}
	return false, false
}

func containsText(container, item *Value) (value, ok bool) {
	if n, isInt := intOf(item); isInt && container.Kind == Bytes {
		item = bytesOf(string([]byte{byte(n)}))
	}
	part, ok := knownText(item)
	if !ok || item.Kind != container.Kind {
		return false, false
	}
	found := strings.Contains(container.Str, part)
	return found, found || !container.Partial
}

func containsItem(container, item *Value) (value, ok bool) {
	sure := !container.Partial
	for _, x := range container.Items {
		eq, ok := equal(x, item)
		if eq && ok {
			return true, true
		}
		sure = sure && ok
	}
	return false, sure
}

// order compares two values of one type; not ok where Python could not, or
// where it is not known.
func order(a, b *Value) (int, bool) {
	c := comparison{left: walkLimit}
	return c.order(a, b)
}

func (c *comparison) order(a, b *Value) (int, bool) {
	switch {
	case isNumber(a) && isNumber(b):
		return orderNumbers(a, b)
	case a.Kind != b.Kind || a.Partial || b.Partial:
		return 0, false
	case isString(a):
		return strings.Compare(a.Str, b.Str), true
	case isSequence(a):
		return c.orderItems(a, b)
	}
	return 0, false
}

func (c *comparison) orderItems(a, b *Value) (int, bool) {
	defer func() { c.depth-- }()
	if !c.deeper(min(len(a.Items), len(b.Items))) {
		return 0, false
	}
	for i := range min(len(a.Items), len(b.Items)) {
		if n, ok := c.order(a.Items[i], b.Items[i]); !ok || n != 0 {
			return n, ok
		}
	}
	return len(a.Items) - len(b.Items), true
}

func orderNumbers(a, b *Value) (int, bool) {
	x, ok := intOf(a)
	y, also := intOf(b)
	if ok && also {
		switch {
		case x < y:
			return -1, true
		case x > y:
			return 1, true
		}
		return 0, true
	}
	if a.Kind == Float || b.Kind == Float {
		f, ok := floatOf(a)
		g, also := floatOf(b)
		switch {
		case f < g:
			return -1, ok && also
		case f > g:
			return 1, ok && also
		}
		return 0, ok && also
	}
	p, ok := bigOf(a)
	q, also := bigOf(b)
	if !ok || !also {
		return 0, false
	}
	return p.Cmp(q), true
}

// keyOf names a value so that equal values have equal names; not ok for what
// cannot be compared.
func keyOf(v *Value) (string, bool) { return keyAt(v, 0) }

func keyAt(v *Value, depth int) (string, bool) {
	if v.Partial || depth > walkDepth {
		return "", false
	}
	switch v.Kind {
	case None:
		return "n", true
	case Bool, Int:
		if v.Big != nil {
			return "I" + v.Big.Text, true
		}
		return "i" + strconv.FormatInt(v.Int, 10), true
	case Float:
		if v.Float == float64(int64(v.Float)) {
			return "i" + strconv.FormatInt(int64(v.Float), 10), true
		}
		return "f" + strconv.FormatFloat(v.Float, 'g', -1, 64), true
	case Text:
		return "t" + v.Str, true
	case Bytes:
		return "b" + v.Str, true
	case Ref:
		return "r" + v.Str, v.ID == 0 && v.Self == nil && !strings.Contains(v.Str, "()")
	case Function, Class, Module:
		return fmt.Sprintf("p%p%p%p", v.Func, v.Class, v.Module), true
	case Tuple:
		return tupleKey(v, depth)
	}
	return "", false
}

func tupleKey(v *Value, depth int) (string, bool) {
	var out strings.Builder
	out.WriteByte('(')
	for _, item := range v.Items {
		k, ok := keyAt(item, depth+1)
		if !ok || out.Len()+len(k) > resultLimit {
			return "", false
		}
		out.WriteString(strconv.Itoa(len(k)))
		out.WriteByte(':')
		out.WriteString(k)
	}
	return out.String(), true
}
