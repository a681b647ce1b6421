package flow

import "slices"

// subscript is v[index].
func subscript(v, index *Value) *Value {
	if v == nil || index == nil {
		return unknown(v, index)
	}
	v, index = resolved(v), resolved(index)
	if v.Kind == Union || index.Kind == Union {
		return distribute(v, index, subscript)
	}
	var out *Value
	switch v.Kind {
	case Text, Bytes:
		out = characterAt(v, index)
	case List, Tuple:
		return itemAt(v, index)
	case Dict:
		return entryAt(v, index)
	}
	if out == nil {
		return unknown(v, index)
	}
	return carry(out, v)
}

// characterAt is nil where the index is not known, or outside.
func characterAt(v, index *Value) *Value {
	i, ok := smallInt(index)
	if !ok || v.Partial {
		return nil
	}
	if i < 0 {
		i += length(v)
	}
	if i < 0 || i >= length(v) {
		return nil
	}
	if v.Kind == Bytes {
		return integer(int64(v.Str[i]))
	}
	return text(part(v, i, i+1))
}

func itemAt(v, index *Value) *Value {
	i, ok := smallInt(index)
	if ok && i < 0 && !v.Partial {
		i += len(v.Items)
	}
	if ok && 0 <= i && i < len(v.Items) {
		return carryShallow(v.Items[i], v.Labels)
	}
	if !ok && !v.Partial && 0 < len(v.Items) && len(v.Items) <= unionWidth {
		return carryShallow(joinAll(v.Items), v.Labels|index.Labels)
	}
	if ok && !v.Partial {
		return labelled(v.Labels)
	}
	return unknown(v, index)
}

func entryAt(v, key *Value) *Value {
	if item, ok := lookup(v, key); ok {
		return carryShallow(item, v.Labels)
	}
	if _, ok := keyOf(key); ok {
		return missing(v)
	}
	if !v.Partial && 0 < len(v.Pairs) && len(v.Pairs) <= unionWidth {
		var items []*Value
		for _, p := range v.Pairs {
			items = append(items, p.Value)
		}
		return carryShallow(joinAll(items), v.Labels|key.Labels)
	}
	return unknown(v, key)
}

// missing is what a Dict may hold under a known key that it lacks.
func missing(v *Value) *Value {
	labels := v.Labels
	for _, p := range v.Pairs {
		if _, ok := keyOf(p.Key); !ok {
			labels |= labelsOf(p.Value)
		}
	}
	return labelled(labels)
}

// carryShallow returns v with more labels.
func carryShallow(v *Value, labels labelSet) *Value {
	if v.Labels|labels == v.Labels {
		return v
	}
	c := *v
	c.Labels |= labels
	return &c
}

// slice is v[lo:hi:step]; absent bounds are nil.
func slice(v, lo, hi, step *Value) *Value {
	if v == nil {
		return nothing
	}
	v = resolved(v)
	if v.Kind == Union {
		return distribute(v, nothing, func(x, _ *Value) *Value { return slice(x, lo, hi, step) })
	}
	if !isString(v) && !isSequence(v) {
		return unknown(v)
	}
	size := len(v.Items)
	if isString(v) {
		size = length(v)
	}
	from, to, by, ok := bounds(size, lo, hi, step)
	if v.Partial && (!absent(lo) || !absent(hi) || !absent(step)) || !ok {
		return unknown(v)
	}
	if isString(v) {
		return sliceText(v, from, to, by)
	}
	out := sequence(v.Kind, sliceItems(v.Items, from, to, by))
	out.Labels, out.Partial = v.Labels, v.Partial
	return out
}

func absent(v *Value) bool { return v == nil || v.Kind == None }

// bounds returns the first index, the one where to stop, and the step.
func bounds(size int, lo, hi, step *Value) (from, to, by int, ok bool) {
	by = 1
	if !absent(step) {
		if by, ok = smallInt(step); !ok || by == 0 {
			return 0, 0, 0, false
		}
	}
	first, last := 0, size
	if by < 0 {
		first, last = size-1, -1
	}
	from, ok = bound(lo, first, size, by)
	to, also := bound(hi, last, size, by)
	return from, to, by, ok && also
}

func bound(v *Value, otherwise, size, by int) (int, bool) {
	if absent(v) {
		return otherwise, true
	}
	i, ok := smallInt(v)
	if i < 0 {
		i += size
	}
	if by < 0 {
		return min(max(i, -1), size-1), ok
	}
	return min(max(i, 0), size), ok
}

func sliceText(v *Value, from, to, by int) *Value {
	if by == 1 {
		if to-from == length(v) {
			return v
		}
		out := sameKind(v, part(v, from, max(from, to)))
		if v.Int > 0 && isString(out) {
			c := *out
			c.Int = min(v.Int, int64(len(out.Str)))
			out = &c
		}
		return carry(out, v)
	}
	runes := runesOf(v)
	var out []rune
	for i := from; by > 0 && i < to || by < 0 && i > to; i += by {
		out = append(out, runes[i])
	}
	return computed(carry(textOfRunes(v, out), v), int64(len(out)))
}

func sliceItems(items []*Value, from, to, by int) []*Value {
	if by == 1 {
		return slices.Clone(items[from:max(from, to)])
	}
	var out []*Value
	for i := from; by > 0 && i < to || by < 0 && i > to; i += by {
		out = append(out, items[i])
	}
	return out
}

// assign does v[index] = item, in place. What is not known of the index makes
// v Partial.
func assign(v, index, item *Value) {
	switch v.Kind {
	case List:
		i, ok := smallInt(index)
		if ok && i < 0 && !v.Partial {
			i += len(v.Items)
		}
		if ok && 0 <= i && i < len(v.Items) {
			v.Items[i] = item
			return
		}
		v.Partial = true
		v.Labels |= labelsOf(item)
	case Bytes:
		assignByte(v, index, item)
	case Dict:
		store(v, index, item)
	case Ref, Unknown:
		// The shared Unknown is never changed: F1's values of outside calls are.
		if v != nothing {
			v.Labels |= labelsOf(item)
		}
	}
}

// assignByte changes a bytearray in place; the shared single bytes are bytes
// of a literal, which Python does not change.
func assignByte(v, index, item *Value) {
	i, ok := smallInt(index)
	n, also := intOf(item)
	if ok && i < 0 {
		i += len(v.Str)
	}
	if v.Partial || len(v.Str) < 2 {
		return
	}
	if !ok || !also || i < 0 || i >= len(v.Str) {
		v.Partial = true
		v.Labels |= index.Labels | item.Labels
		return
	}
	b := []byte(v.Str)
	b[i] = byte(n)
	v.Str = string(b)
	v.Labels |= item.Labels
}

// remove does del v[index], in place.
func remove(v, index *Value) {
	switch v.Kind {
	case List:
		i, ok := smallInt(index)
		if ok && i < 0 && !v.Partial {
			i += len(v.Items)
		}
		if ok && 0 <= i && i < len(v.Items) {
			v.Items = without(v.Items, i)
			return
		}
		v.Partial = true
	case Dict:
		discard(v, index)
	}
}

// without takes one item out of a list. Copies of a value share its items, so
// that the place behind the last must not become nil, as slices.Delete does.
func without[T any](items []T, i int) []T {
	copy(items[i:], items[i+1:])
	return items[:len(items)-1]
}
