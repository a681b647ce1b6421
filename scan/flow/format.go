package flow

import (
	"strconv"
	"strings"
)

// renderLimit is the length of what a message shows of a value.
const renderLimit = 300

// render returns v as a person would write it, for messages; what is not known
// is "...".
func render(v *Value) string {
	r := renderer{limit: renderLimit, unknown: "..."}
	r.value(v, 0)
	return r.String()
}

// repr is Python's repr; not ok where something is not known.
func repr(v *Value) (string, bool) {
	r := renderer{limit: resultLimit}
	r.value(v, 0)
	return r.String(), !r.failed
}

// str is Python's str. What is not known stays as it is, so that a later step
// may know it.
func str(v *Value) *Value {
	switch {
	case v.Kind == Text, opaque(v), v.Kind == Union && !v.Partial:
		return v
	case v.Kind == Bytes:
		// str(b) of Python 2 is what is meant where Python 3 would write b''.
		return carry(&Value{Kind: Text, Str: v.Str, Partial: v.Partial, Int: v.Int}, v)
	}
	if s, ok := repr(v); ok {
		return carry(text(s), v)
	}
	return unknown(v)
}

// A renderer writes values as Python source.
type renderer struct {
	strings.Builder
	limit   int
	unknown string // written for what is not known
	ascii   bool   // whatever is not ASCII is escaped
	failed  bool   // something was not known, or the limit was reached
}

func (r *renderer) write(s string) {
	if r.Len()+len(s) > r.limit {
		s = s[:max(0, r.limit-r.Len())]
		r.failed = true
	}
	r.WriteString(s)
}

func (r *renderer) value(v *Value, depth int) {
	if v == nil || depth > walkDepth || r.Len() >= r.limit {
		r.fail()
		return
	}
	switch v.Kind {
	case None:
		r.write("None")
	case Bool:
		r.write([]string{"False", "True"}[v.Int&1])
	case Int, Float:
		s, ok := decimal(v)
		r.failed = r.failed || !ok
		r.write(s)
	case Text:
		r.failed = r.failed || v.Partial
		r.quote(v.Str, false)
	case Bytes:
		r.failed = r.failed || v.Partial
		r.write("b")
		r.quote(v.Str, true)
	case List, Tuple, SetKind, Iterator:
		r.items(v, depth)
	case Dict:
		r.dict(v, depth)
	default:
		r.object(v, depth)
	}
}

func (r *renderer) fail() {
	r.failed = true
	r.write(r.unknown)
}

func (r *renderer) object(v *Value, depth int) {
	r.failed = true
	switch {
	case v.Kind == Ref && isPath(v):
		r.value(v.Self, depth+1)
	case v.Kind == Ref:
		r.write(strings.TrimPrefix(v.Str, "builtins."))
	case v.Func != nil:
		r.write(v.Func.Name)
	case v.Class != nil:
		r.write(v.Class.Name)
	case v.Module != nil:
		r.write(v.Module.Name)
	case v.Kind == Union:
		for i, item := range v.Items {
			if i > 0 {
				r.write(" or ")
			}
			r.value(item, depth+1)
		}
	default:
		r.write(r.unknown)
	}
}

var brackets = map[Kind][2]string{List: {"[", "]"}, Tuple: {"(", ")"}, SetKind: {"{", "}"}, Iterator: {"iter([", "])"}}

func (r *renderer) items(v *Value, depth int) {
	r.failed = r.failed || v.Partial || v.Kind == Iterator || v.Kind == SetKind && len(v.Items) > 1
	if v.Kind == SetKind && len(v.Items) == 0 {
		r.write("set()")
		return
	}
	r.write(brackets[v.Kind][0])
	for i, item := range v.Items {
		if i > 0 {
			r.write(", ")
		}
		if r.value(item, depth+1); r.Len() >= r.limit {
			return
		}
	}
	if v.Partial {
		r.write(", ...")
	}
	if v.Kind == Tuple && len(v.Items) == 1 {
		r.write(",")
	}
	r.write(brackets[v.Kind][1])
}

func (r *renderer) dict(v *Value, depth int) {
	r.failed = r.failed || v.Partial
	r.write("{")
	for i, p := range v.Pairs {
		if i > 0 {
			r.write(", ")
		}
		r.value(p.Key, depth+1)
		r.write(": ")
		if r.value(p.Value, depth+1); r.Len() >= r.limit {
			return
		}
	}
	r.write("}")
}

// quote writes a string literal as Python's repr does.
func (r *renderer) quote(s string, bytes bool) {
	q := byte('\'')
	if strings.IndexByte(s, '\'') >= 0 && strings.IndexByte(s, '"') < 0 {
		q = '"'
	}
	r.write(string(q))
	for at := 0; at < len(s) && r.Len() < r.limit; {
		c, n := rune(s[at]), 1
		if !bytes {
			c, n = decodeRune(s[at:])
		}
		r.character(c, s[at:at+n], q, bytes)
		at += n
	}
	r.write(string(q))
}

var escapes = map[rune]string{'\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`}

func (r *renderer) character(c rune, raw string, q byte, bytes bool) {
	switch e := escapes[c]; {
	case e != "":
		r.write(e)
	case c == rune(q):
		r.write(`\` + string(q))
	case c < ' ' || c == 0x7f || bytes && c > 0x7f || c > 0x7f && c < 0xa0:
		r.write(`\x` + hexDigits(uint64(c), 2))
	case c > 0x7f && (r.ascii || !strconv.IsPrint(c)):
		r.write(escapeOf(c))
	default:
		r.write(raw)
	}
}

// escapeOf writes a character that is not ASCII by its number.
func escapeOf(c rune) string {
	switch {
	case c < 0x100:
		return `\x` + hexDigits(uint64(c), 2)
	case c < 0x10000:
		return `\u` + hexDigits(uint64(c), 4)
	}
	return `\U` + hexDigits(uint64(c), 8)
}

func hexDigits(n uint64, width int) string {
	s := strconv.FormatUint(n, 16)
	return strings.Repeat("0", max(0, width-len(s))) + s
}
