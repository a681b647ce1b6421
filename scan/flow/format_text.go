package flow

import (
	"strings"
)

// formatValue is one replacement field of an f-string, or format(v, spec). A
// conversion of 0 is none; spec may be nil. What is not known leaves a Hole.
func formatValue(v *Value, conversion byte, spec *Value) *Value {
	if v == nil {
		return partialText(hole)
	}
	v = resolved(v)
	if v.Kind == Union {
		return distribute(v, nothing, func(x, _ *Value) *Value { return formatValue(x, conversion, spec) })
	}
	switch conversion {
	case 'r', 'a':
		r := renderer{limit: resultLimit, ascii: conversion == 'a'}
		if r.value(v, 0); r.failed {
			return carry(partialText(hole), v)
		}
		v = carry(text(r.String()), v)
	case 's':
		v = str(v)
	}
	plan, ok := "", spec == nil
	if spec != nil {
		plan, ok = knownText(spec)
	}
	d, also := parseSpec(plan)
	if s, done := d.apply(v); ok && also && done {
		return carry(text(s), v)
	}
	if v.Kind == Text || v.Kind == Bytes {
		return str(v)
	}
	return carry(partialText(hole), v)
}

// joinText is the text that parts make one after the other, as in an f-string.
func joinText(parts []*Value) *Value {
	for i, v := range parts {
		if v != nil && v.Kind == Union && len(parts) > 1 {
			return distribute(v, nothing, func(x, _ *Value) *Value {
				// One Union alone is told apart, the others leave Holes.
				chosen := make([]*Value, len(parts))
				copy(chosen, parts)
				chosen[i] = x
				return concatText(chosen)
			})
		}
	}
	return concatText(parts)
}

func concatText(parts []*Value) *Value {
	var p pieces
	p.text = true
	for _, v := range parts {
		if v == nil {
			v = nothing
		}
		if isPath(v) {
			v = pathText(v)
		}
		if isNumber(v) || v.Kind == None {
			v = str(v)
		}
		p.value(v)
	}
	return p.result()
}

// percent is format % operand of a Text or Bytes.
func percent(format, operand *Value) *Value {
	f := percentFormat{operand: operand, byName: operand.Kind == Dict}
	if operand.Kind == Tuple {
		f.rest, f.open = operand.Items, operand.Partial
	} else {
		f.rest = []*Value{operand}
		f.open = opaque(operand)
	}
	f.out.from = append(f.out.from, format)
	s := format.Str
	for s != "" && !f.failed {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			break
		}
		f.out.write(s[:i])
		s = f.directive(s[i+1:])
	}
	f.out.write(s)
	f.out.partial = f.out.partial || format.Partial
	f.out.text, f.out.bytes = format.Kind == Text, format.Kind == Bytes
	if f.failed {
		return unknown(format, operand)
	}
	return f.out.result()
}

// A percentFormat is the work of one % on a text.
type percentFormat struct {
	out     pieces
	operand *Value
	byName  bool
	rest    []*Value // operands not yet used
	open    bool     // there may be more
	failed  bool
}

// directive converts one operand; s is what follows the percent sign. It
// returns what follows the conversion.
func (f *percentFormat) directive(s string) string {
	var value *Value
	d := plainDirective
	if strings.HasPrefix(s, "(") && f.byName {
		end := strings.IndexByte(s, ')')
		if end < 0 {
			f.failed = true
			return ""
		}
		value = subscript(f.operand, text(s[1:end]))
		s = s[end+1:]
	}
	s = d.flags(s)
	d.width, s = f.size(s, 0)
	if strings.HasPrefix(s, ".") {
		d.precision, s = f.size(s[1:], 0)
	}
	s = strings.TrimLeft(s, "hlL")
	if s == "" {
		f.failed = true
		return ""
	}
	d.verb = s[0]
	if d.verb == '%' {
		f.out.write("%")
		return s[1:]
	}
	if value == nil {
		value = f.next()
	}
	f.convert(d, value)
	return s[1:]
}

func (d *directive) flags(s string) string {
	for s != "" && strings.IndexByte("#0- +", s[0]) >= 0 {
		switch s[0] {
		case '#':
			d.alternate = true
		case '-':
			d.align, d.fill = '<', " "
		case '0':
			if d.align == 0 {
				d.align, d.fill = '=', "0"
			}
		default:
			d.sign = s[0]
		}
		s = s[1:]
	}
	return s
}

// size reads a width or precision, which a * takes from the operands.
func (f *percentFormat) size(s string, otherwise int) (int, string) {
	if strings.HasPrefix(s, "*") {
		n, ok := smallInt(f.next())
		f.failed = f.failed || !ok || n > resultLimit
		return n, s[1:]
	}
	n, rest, ok := digits(s, otherwise)
	f.failed = f.failed || !ok
	return n, rest
}

// next takes the next operand.
func (f *percentFormat) next() *Value {
	if len(f.rest) == 0 {
		f.failed = f.failed || !f.open
		return unknown(f.operand)
	}
	v := f.rest[0]
	f.rest = f.rest[1:]
	if f.open && len(f.rest) == 0 && opaque(v) {
		return v // perhaps a tuple, which gives the others too
	}
	return v
}

func (f *percentFormat) convert(d directive, v *Value) {
	if v.Kind == Union {
		v = unknown(v)
	}
	switch d.verb {
	case 'r', 'a':
		s, ok := repr(v)
		if !ok {
			f.out.value(unknown(v))
			return
		}
		v, d.verb = carry(text(s), v), 's'
	case 's', 'b':
		v, d.verb = str(v), 's'
		if d.width == 0 && d.precision < 0 {
			f.out.value(v)
			return
		}
	case 'i', 'u':
		d.verb = 'd'
	}
	v = d.operand(v)
	if d.align == 0 {
		d.align = '>'
	}
	s, ok := d.apply(v)
	if !ok {
		f.out.value(unknown(v))
		return
	}
	c := carry(text(s), v)
	if d.verb == 'c' {
		c = computed(c, 1)
	}
	f.out.value(c)
}

// operand converts what %c and %d take beyond what format does.
func (d *directive) operand(v *Value) *Value {
	if d.verb == 'c' && isString(v) {
		d.verb = 's'
	}
	if d.precision >= 0 && d.verb != 's' && v.Kind == Int {
		if strings.IndexByte("dxXo", d.verb) >= 0 {
			d.width, d.precision = max(d.width, d.precision), -1
			d.align, d.fill = '=', "0"
		}
	}
	if v.Kind == Float && strings.IndexByte("dxXoc", d.verb) >= 0 {
		return carry(integer(int64(v.Float)), v)
	}
	return v
}

// formatText is format.format(args, kw).
func formatText(format *Value, args []*Value, kw []Keyword) *Value {
	f := braceFormat{args: args, kw: kw}
	f.out.text = true
	f.out.from = append(f.out.from, format)
	f.text(format.Str, 0)
	f.out.partial = f.out.partial || format.Partial
	if f.failed {
		return unknown(append([]*Value{format}, args...)...)
	}
	return f.out.result()
}

// A braceFormat is the work of one str.format.
type braceFormat struct {
	out    pieces
	args   []*Value
	kw     []Keyword
	mapped *Value // of format_map
	auto   int    // the number of the next {}
	failed bool
}

// text writes a format; depth counts the formats that specifications hold.
func (f *braceFormat) text(s string, depth int) {
	for s != "" && !f.failed {
		i := strings.IndexAny(s, "{}")
		if i < 0 {
			break
		}
		f.out.write(s[:i])
		if i+1 < len(s) && s[i] == s[i+1] {
			f.out.write(s[i : i+1])
			s = s[i+2:]
			continue
		}
		end := closingBrace(s[i:])
		if s[i] == '}' || end < 0 || depth > 1 {
			f.failed = true
			return
		}
		f.field(s[i+1:i+end], depth)
		s = s[i+end+1:]
	}
	f.out.write(s)
}

// closingBrace returns where the brace at the beginning of s is closed.
func closingBrace(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// field writes one replacement field: name!conversion:spec.
func (f *braceFormat) field(s string, depth int) {
	name, spec, hasSpec := strings.Cut(s, ":")
	name, conversion, _ := strings.Cut(name, "!")
	v := f.lookup(name)
	var plan *Value
	if hasSpec {
		inner := braceFormat{args: f.args, kw: f.kw, mapped: f.mapped, auto: f.auto}
		inner.text(spec, depth+1)
		f.auto = inner.auto
		plan = inner.out.result()
	}
	if conversion == "" {
		conversion = "\x00"
	}
	f.out.value(formatValue(v, conversion[0], plan))
}

// lookup finds the value of a field name: 0, name, name[key], name.attribute.
func (f *braceFormat) lookup(name string) *Value {
	base, rest := name, ""
	if i := strings.IndexAny(name, ".["); i >= 0 {
		base, rest = name[:i], name[i:]
	}
	v := f.argument(base)
	for rest != "" {
		end := strings.IndexByte(rest, ']')
		if rest[0] != '[' || end < 0 {
			return unknown(v)
		}
		key := text(rest[1:end])
		if n, tail, ok := digits(rest[1:end], 0); ok && tail == "" && end > 1 {
			key = integer(int64(n))
		}
		v, rest = subscript(v, key), rest[end+1:]
	}
	return v
}

func (f *braceFormat) argument(name string) *Value {
	if name == "" {
		f.auto++
		return f.position(f.auto - 1)
	}
	if n, tail, ok := digits(name, 0); ok && tail == "" {
		return f.position(n)
	}
	if f.mapped != nil {
		return subscript(f.mapped, text(name))
	}
	for _, k := range f.kw {
		switch {
		case k.Name == name:
			return k.Value
		case k.Name == "**":
			return compareKey(k.Value, name)
		}
	}
	return nothing
}

// compareKey looks a name up in what stands after **.
func compareKey(v *Value, name string) *Value {
	if v.Kind == Dict {
		return subscript(v, text(name))
	}
	return unknown(v)
}

func (f *braceFormat) position(n int) *Value {
	if n < len(f.args) {
		return f.args[n]
	}
	return nothing
}

// backquotes is Python 2's `v`.
func backquotes(v *Value) *Value {
	if s, ok := repr(v); ok {
		return carry(text(s), v)
	}
	return unknown(v)
}
