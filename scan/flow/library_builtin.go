package flow

import (
	"strings"
	"unicode/utf8"

	"pipwarden/scan/python"
)

// builtinFuncs are those that make and look at single values.
func builtinFuncs() map[string]libraryFunc {
	out := under("builtins", map[string]libraryFunc{
		"chr": character, "unichr": character, "ord": ordinal,
		"str": newText, "unicode": newText, "basestring": newText, "bytes": newBytes, "bytearray": newBytes, "memoryview": sameBytes,
		"repr": represent, "ascii": represent,
		"format": func(a *arguments) *Value { return formatValue(a.at(0, ""), 0, a.at(1, "")) },
		"len": func(a *arguments) *Value {
			if len(a.pos) != 1 {
				return nil
			}
			return lengthOf(a.pos[0])
		},
		"bool": func(a *arguments) *Value {
			if len(a.pos) == 0 {
				return falseValue
			}
			if t, ok := truth(a.pos[0]); ok {
				return boolean(t)
			}
			return nil
		},
		"isinstance": isInstance, "callable": isCallable,
		"bytes.fromhex": fromHex, "bytearray.fromhex": fromHex, "str.maketrans": makeTranslation, "bytes.maketrans": makeTable,
		"int.from_bytes": intFromBytes, "dict.fromkeys": dictFromKeys, "str.join": joinByType, "bytes.join": joinByType,
	})
	out["string.maketrans"] = makeTable
	return out
}

// What chr returns of bytes is shared, with how the number was made.
var (
	chrMade       = []string{"chr"}
	plainLetters  [256]Value
	hiddenLetters [256]Value
)

func init() {
	for i := range plainLetters {
		plainLetters[i] = Value{Kind: Text, Str: runeString(rune(i)), Int: 1, Made: chrMade}
		hiddenLetters[i] = Value{Kind: Text, Str: runeString(rune(i)), Int: 1, Made: xorMade}
	}
}

func character(a *arguments) *Value {
	if len(a.pos) != 1 {
		return nil
	}
	v := a.pos[0]
	n, ok := intOf(v)
	switch {
	case !ok || n < 0 || n > utf8.MaxRune:
		return nil
	case n < 256 && v.Labels == 0 && len(v.Made) == 0:
		return &plainLetters[n]
	case n < 256 && v.Labels == 0 && len(v.Made) == 1 && v.Made[0] == "xor":
		return &hiddenLetters[n]
	}
	made := v.Made
	if len(made) == 0 {
		made = chrMade
	}
	return carry(&Value{Kind: Text, Str: runeString(rune(n)), Int: 1, Made: made}, v)
}

func ordinal(a *arguments) *Value {
	if len(a.pos) != 1 {
		return nil
	}
	v := a.pos[0]
	s, ok := knownText(v)
	if !ok || s == "" || length(v) != 1 {
		if v.Kind == Int {
			return v // an item of bytes, where Python 2 has a text
		}
		return nil
	}
	r := rune(s[0])
	if v.Kind == Text {
		r, _ = decodeRune(s)
	}
	if v.Labels == 0 && v.Made == nil {
		return integer(int64(r))
	}
	return carry(integer(int64(r)), v)
}

func newText(a *arguments) *Value {
	v := a.at(0, "object")
	switch {
	case v == nil:
		return text("")
	case isPath(v):
		return pathText(v)
	case v.Kind == Bytes && a.at(1, "encoding") != nil:
		codec, _ := a.text(1, "encoding")
		return decoded(v, codec)
	}
	return str(v)
}

// newBytes is bytes and bytearray. The value is always a new one, since a
// bytearray may be changed.
func newBytes(a *arguments) *Value {
	v := a.at(0, "source")
	if v == nil {
		return &Value{Kind: Bytes}
	}
	switch {
	case opaque(v):
		return v
	case v.Kind == Text:
		codec, _ := a.text(1, "encoding")
		out := encoded(v, codec)
		if out == nil {
			return nil
		}
		return copyBytes(out, a)
	case v.Kind == Bytes:
		return copyBytes(v, a)
	case v.Kind == Int:
		n, ok := smallInt(v)
		if !ok || n < 0 || n > resultLimit {
			return nil
		}
		return &Value{Kind: Bytes, Str: strings.Repeat("\x00", n)}
	}
	if out := bytesFrom(v); out != nil {
		return out
	}
	return nil
}

func sameBytes(a *arguments) *Value {
	if len(a.pos) == 1 && (a.pos[0].Kind == Bytes || opaque(a.pos[0])) {
		return a.pos[0]
	}
	return nil
}

// bytesFrom makes Bytes of a sequence of numbers; nil if one is not known.
func bytesFrom(v *Value) *Value {
	items, ok := iterate(v)
	if !ok || len(items) > resultLimit {
		return nil
	}
	out := make([]byte, len(items))
	labels, made := v.Labels, v.Made
	for i, item := range items {
		n, ok := intOf(item)
		if !ok {
			return nil
		}
		out[i] = byte(n)
		labels |= item.Labels
		made = longer(made, item.Made)
	}
	if len(made) == 0 {
		made = chrMade
	}
	return computed(&Value{Kind: Bytes, Str: string(out), Labels: labels, Made: made}, int64(len(out)))
}

func represent(a *arguments) *Value {
	if len(a.pos) != 1 {
		return nil
	}
	r := renderer{limit: resultLimit, ascii: a.name == "builtins.ascii"}
	if r.value(a.pos[0], 0); r.failed {
		return nil
	}
	return carry(text(r.String()), a.pos[0])
}

// lengthOf is len(v), nil if it is not known.
func lengthOf(v *Value) *Value {
	switch {
	case v.Partial:
		return nil
	case isString(v):
		return integer(int64(length(v)))
	case isSequence(v), v.Kind == SetKind:
		return integer(int64(len(v.Items)))
	case v.Kind == Dict:
		return integer(int64(len(v.Pairs)))
	}
	return nil
}

var kindNames = map[Kind][]string{
	Text: {"str", "unicode", "basestring"}, Bytes: {"bytes", "bytearray"}, Int: {"int", "long"}, Bool: {"bool", "int"}, Float: {"float"},
	List: {"list"}, Tuple: {"tuple"}, Dict: {"dict"}, SetKind: {"set", "frozenset"},
}

// isInstance is known for values of builtin types asked about builtin types.
func isInstance(a *arguments) *Value {
	if len(a.pos) != 2 || kindNames[a.pos[0].Kind] == nil {
		return nil
	}
	types := []*Value{a.pos[1]}
	if a.pos[1].Kind == Tuple {
		types = a.pos[1].Items
	}
	for _, t := range types {
		name, ok := strings.CutPrefix(t.Str, "builtins.")
		if !ok || t.Kind != Ref {
			return nil
		}
		for _, n := range kindNames[a.pos[0].Kind] {
			if n == name {
				return trueValue
			}
		}
		if name == "object" {
			return trueValue
		}
	}
	return falseValue
}

func isCallable(a *arguments) *Value {
	if len(a.pos) != 1 {
		return nil
	}
	switch a.pos[0].Kind {
	case Function, Class, Method:
		return trueValue
	case None, Bool, Int, Float, Text, Bytes, List, Tuple, SetKind, Dict, Iterator, Module:
		return falseValue
	}
	return nil
}

func dictFromKeys(a *arguments) *Value {
	items, ok := a.items(0)
	if !ok {
		return nil
	}
	value := a.at(1, "")
	if value == nil {
		value = noneValue
	}
	pairs := make([]Pair, len(items))
	for i, item := range items {
		pairs[i] = Pair{item, value}
	}
	return dict(pairs)
}

// joinByType is str.join(separator, parts).
func joinByType(a *arguments) *Value {
	if len(a.pos) != 2 || !isString(a.pos[0]) {
		return nil
	}
	return joinStrings(a.pos[0], &arguments{name: "join", pos: a.pos[1:], evaluation: a.evaluation})
}

// makeTranslation is str.maketrans.
func makeTranslation(a *arguments) *Value {
	if len(a.pos) == 1 && a.pos[0].Kind == Dict {
		return translationOf(a.pos[0])
	}
	if len(a.pos) < 2 || a.pos[0].Partial || a.pos[1].Partial || !isString(a.pos[0]) || !isString(a.pos[1]) {
		return nil
	}
	from, to := runesOf(a.pos[0]), runesOf(a.pos[1])
	if len(from) != len(to) {
		return nil
	}
	var pairs []Pair
	for i := range from {
		pairs = append(pairs, Pair{integer(int64(from[i])), integer(int64(to[i]))})
	}
	if len(a.pos) == 3 && isString(a.pos[2]) {
		for _, r := range runesOf(a.pos[2]) {
			pairs = append(pairs, Pair{integer(int64(r)), noneValue})
		}
	}
	return a.carry(dict(pairs))
}

// translationOf makes the keys of a table numbers.
func translationOf(table *Value) *Value {
	var pairs []Pair
	for _, p := range table.Pairs {
		key := p.Key
		if s, ok := knownText(key); ok && length(key) == 1 {
			r, _ := decodeRune(s)
			key = integer(int64(r))
		}
		pairs = append(pairs, Pair{key, p.Value})
	}
	out := dict(pairs)
	out.Partial = out.Partial || table.Partial
	return carryShallow(out, table.Labels)
}

// makeTable is bytes.maketrans, and string.maketrans of Python 2.
func makeTable(a *arguments) *Value {
	from, ok := a.text(0, "")
	to, also := a.text(1, "")
	if !ok || !also || len(from) != len(to) {
		return nil
	}
	table := make([]byte, 256)
	for i := range table {
		table[i] = byte(i)
	}
	for i := range len(from) {
		table[from[i]] = to[i]
	}
	return a.carry(bytesOf(string(table)))
}

// power is pow(a, b) and pow(a, b, c).
func power(a *arguments) *Value {
	switch len(a.pos) {
	case 2:
		return binary(python.Pow, a.pos[0], a.pos[1])
	case 3:
		return powerModulo(a)
	}
	return nil
}
