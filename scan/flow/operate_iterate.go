package flow

// The endless iterators. The Str of an Iterator is one of them, or empty.
const (
	cycling   = "cycle"  // Items again and again; Int is how many were taken
	counting  = "count"  // from Items[0] by Items[1]; Int is how many were taken
	repeating = "repeat" // Items[0] for ever
)

// iterate returns what a loop over v takes, and whether that is all. An
// Iterator is used up. Of what is not known, it returns what is known.
func iterate(v *Value) ([]*Value, bool) {
	if v == nil {
		return nil, false
	}
	v = resolved(v)
	switch v.Kind {
	case Text, Bytes:
		return iterateString(v)
	case List, Tuple, SetKind:
		return withLabels(v.Items, v.Labels), !v.Partial
	case Dict:
		keys := make([]*Value, 0, len(v.Pairs))
		for _, p := range v.Pairs {
			keys = append(keys, p.Key)
		}
		return withLabels(keys, v.Labels), !v.Partial
	case Iterator:
		if v.Str != "" {
			return nil, false
		}
		items := v.Items
		v.Items = nil
		return withLabels(items, v.Labels), !v.Partial
	}
	return nil, false
}

// withLabels returns the items with the labels of what holds them.
func withLabels(items []*Value, labels labelSet) []*Value {
	if labels == 0 {
		return items
	}
	out := make([]*Value, len(items))
	var last, carried *Value
	for i, item := range items {
		if item != last {
			last, carried = item, carryShallow(item, labels)
		}
		out[i] = carried
	}
	return out
}

// iterateString makes one value a different character, however long v is.
func iterateString(v *Value) ([]*Value, bool) {
	if v.Partial || len(v.Str) > itemLimit {
		return nil, false
	}
	like := &Value{Labels: v.Labels, Made: v.Made}
	made := map[rune]*Value{}
	items := make([]*Value, 0, len(v.Str))
	for _, r := range runesOf(v) {
		item := made[r]
		if item == nil {
			if v.Kind == Bytes {
				item = carry(integer(int64(r)), like)
			} else {
				item = carry(text(runeString(r)), like)
			}
			made[r] = item
		}
		items = append(items, item)
	}
	return items, true
}

// take returns the first n values that an iteration over v gives; not ok if
// that is not known. Fewer than n means that there are no more.
func take(v *Value, n int) ([]*Value, bool) {
	if v.Kind != Iterator || v.Str == "" {
		if v.Kind == Iterator && !v.Partial && v.Labels == 0 {
			n = min(n, len(v.Items))
			out := v.Items[:n]
			v.Items = v.Items[n:]
			return out, true
		}
		items, ok := iterate(v)
		return items[:min(n, len(items))], ok
	}
	if n > freshItemLimit {
		return nil, false
	}
	out := make([]*Value, 0, n)
	for range n {
		item := v.following()
		if item == nil {
			return nil, false
		}
		out = append(out, item)
	}
	return withLabels(out, v.Labels), true
}

// following takes one value of an endless iterator.
func (v *Value) following() *Value {
	if len(v.Items) == 0 {
		return nil
	}
	n := v.Int
	v.Int++
	switch v.Str {
	case cycling:
		return v.Items[int(n)%len(v.Items)]
	case repeating:
		return v.Items[0]
	}
	from, ok := intOf(v.Items[0])
	by, also := intOf(v.Items[1])
	if !ok || !also {
		return nil
	}
	return integer(from + n*by)
}

// endless says that an iteration over v never stops.
func endless(v *Value) bool { return v.Kind == Iterator && v.Str != "" }

// mutates says that the method changes a value of that kind in place.
func mutates(kind Kind, name string) bool {
	switch kind {
	case List, Dict, SetKind, Bytes:
		return mutators[name]
	case Iterator:
		return true
	}
	return false
}

var mutators = map[string]bool{
	"append": true, "extend": true, "insert": true, "pop": true, "remove": true, "clear": true, "sort": true, "reverse": true,
	"popleft": true, "appendleft": true, "extendleft": true, "rotate": true,
	"update": true, "setdefault": true, "popitem": true, "add": true, "discard": true,
	"difference_update": true, "intersection_update": true, "symmetric_difference_update": true,
	"__setitem__": true, "__delitem__": true, "__iadd__": true,
}
