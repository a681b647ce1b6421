package flow

import (
	"maps"
	"slices"

	"pipwarden/scan/python"
)

// mappingMethods are those of dict.
func mappingMethods() map[string]methodFunc {
	return map[string]methodFunc{
		"get": getEntry, "setdefault": setDefault, "pop": popEntry, "update": updateEntries,
		"keys":    func(self *Value, a *arguments) *Value { return entries(self, true, false) },
		"values":  func(self *Value, a *arguments) *Value { return entries(self, false, true) },
		"items":   func(self *Value, a *arguments) *Value { return entries(self, true, true) },
		"copy":    func(self *Value, a *arguments) *Value { return copyDict(self) },
		"has_key": func(self *Value, a *arguments) *Value { return hasKey(self, a.at(0, "")) },
		"clear": func(self *Value, a *arguments) *Value {
			self.Pairs, self.Attrs, self.Partial = nil, nil, false
			return noneValue
		},
		"popitem": func(self *Value, a *arguments) *Value {
			if len(self.Pairs) == 0 || self.Partial {
				return nil
			}
			last := self.Pairs[len(self.Pairs)-1]
			self.Pairs, self.Attrs = self.Pairs[:len(self.Pairs)-1], nil
			return tuple([]*Value{last.Key, last.Value})
		},
		"iterkeys":   func(self *Value, a *arguments) *Value { return entries(self, true, false) },
		"itervalues": func(self *Value, a *arguments) *Value { return entries(self, false, true) },
		"iteritems":  func(self *Value, a *arguments) *Value { return entries(self, true, true) },
	}
}

func getEntry(self *Value, a *arguments) *Value {
	key, otherwise := a.at(0, ""), a.at(1, "default")
	if key == nil {
		return nil
	}
	if otherwise == nil {
		otherwise = noneValue
	}
	if v, ok := lookup(self, key); ok {
		return carryShallow(v, self.Labels)
	}
	if _, ok := keyOf(key); !ok {
		return join(entryAt(self, key), otherwise)
	}
	if self.Partial {
		return join(missing(self), otherwise)
	}
	return carryShallow(otherwise, self.Labels)
}

func setDefault(self *Value, a *arguments) *Value {
	key, otherwise := a.at(0, ""), a.at(1, "default")
	if key == nil {
		return nil
	}
	if v, ok := lookup(self, key); ok {
		return v
	}
	if otherwise == nil {
		otherwise = noneValue
	}
	store(self, key, otherwise)
	return otherwise
}

func popEntry(self *Value, a *arguments) *Value {
	key := a.at(0, "")
	if key == nil {
		return nil
	}
	v := getEntry(self, a)
	discard(self, key)
	return v
}

func updateEntries(self *Value, a *arguments) *Value {
	for _, v := range a.pos {
		mergeInto(self, v)
	}
	for _, k := range a.kw {
		if k.Name == "**" {
			mergeInto(self, k.Value)
			continue
		}
		store(self, text(k.Name), k.Value)
	}
	return noneValue
}

// mergeInto adds the entries of v, a Dict or pairs.
func mergeInto(self, v *Value) {
	pairs, ok := pairsOf(v)
	for _, p := range pairs {
		store(self, p.Key, p.Value)
	}
	if !ok {
		self.Partial = true
		self.Labels |= labelsOf(v)
	}
}

// pairsOf returns the entries that dict(v) has, and whether these are all.
func pairsOf(v *Value) ([]Pair, bool) {
	if v.Kind == Dict {
		return v.Pairs, !v.Partial
	}
	items, ok := iterate(v)
	var pairs []Pair
	for _, item := range items {
		both, whole := iterate(item)
		if len(both) != 2 || !whole {
			return pairs, false
		}
		pairs = append(pairs, Pair{both[0], both[1]})
	}
	return pairs, ok
}

func entries(self *Value, keys, values bool) *Value {
	items := make([]*Value, 0, len(self.Pairs))
	for _, p := range self.Pairs {
		switch {
		case keys && values:
			items = append(items, tuple([]*Value{p.Key, p.Value}))
		case keys:
			items = append(items, p.Key)
		default:
			items = append(items, p.Value)
		}
	}
	out := list(items)
	out.Partial, out.Labels = self.Partial, self.Labels
	return out
}

func copyDict(v *Value) *Value {
	c := *v
	c.Pairs, c.Attrs = slices.Clone(v.Pairs), maps.Clone(v.Attrs)
	return &c
}

func hasKey(self, key *Value) *Value {
	if key == nil {
		return nil
	}
	if found, ok := contains(self, key); ok {
		return boolean(found)
	}
	return nil
}

// setsMethods are those of set and frozenset.
func setsMethods() map[string]methodFunc {
	combine := func(op python.Op) methodFunc {
		return func(self *Value, a *arguments) *Value {
			if len(a.pos) != 1 {
				return nil
			}
			items, ok := a.items(0)
			if !ok {
				return nil
			}
			return setOperation(op, self, setOf(items))
		}
	}
	return map[string]methodFunc{
		"add": func(self *Value, a *arguments) *Value {
			if len(a.pos) != 1 {
				return nil
			}
			addItem(self, a.pos[0])
			return noneValue
		},
		"update":  updateSet,
		"discard": removeItem, "remove": removeItem,
		"clear":                func(self *Value, a *arguments) *Value { self.Items = nil; return noneValue },
		"copy":                 func(self *Value, a *arguments) *Value { return copySequence(self) },
		"pop":                  func(self *Value, a *arguments) *Value { return nil },
		"union":                combine(python.BitOr),
		"intersection":         combine(python.BitAnd),
		"difference":           combine(python.Sub),
		"symmetric_difference": combine(python.BitXor),
	}
}

func updateSet(self *Value, a *arguments) *Value {
	for i := range a.pos {
		items, ok := a.items(i)
		if !ok {
			self.Partial = true
			self.Labels |= labelsOf(a.pos[i])
		}
		for _, item := range items {
			addItem(self, item)
		}
	}
	return noneValue
}

// addItem adds to a set what is not in it. Large sets are not searched: only
// their order and length may then be wrong.
func addItem(self, item *Value) {
	const searched = 1 << 10
	if len(self.Items) < searched {
		if found, ok := containsItem(self, item); found && ok {
			return
		}
	}
	insertAt(self, len(self.Items), item)
}

// setOf makes a set; the order is that of the items, which Python does not
// promise.
func setOf(items []*Value) *Value {
	v := &Value{Kind: SetKind}
	seen := make(map[string]bool, len(items))
	for _, item := range items {
		k, ok := keyOf(item)
		if ok && seen[k] {
			continue
		}
		seen[k] = ok
		v.Items = append(v.Items, item)
	}
	return v
}

// setOperation is an operator on two sets, or | of two dicts.
func setOperation(op python.Op, a, b *Value) *Value {
	if a.Kind == Dict && b.Kind == Dict && op == python.BitOr {
		out := copyDict(a)
		mergeInto(out, b)
		out.Labels |= b.Labels
		return out
	}
	if a.Kind != SetKind || b.Kind != SetKind || a.Partial || b.Partial {
		return nil
	}
	left, right := keysOf(a), keysOf(b)
	var items []*Value
	keep := func(from *Value, other map[string]bool, in bool) {
		for _, item := range from.Items {
			if k, _ := keyOf(item); other[k] == in {
				items = append(items, item)
			}
		}
	}
	switch op {
	case python.BitAnd:
		keep(a, right, true)
	case python.Sub:
		keep(a, right, false)
	case python.BitXor:
		keep(a, right, false)
		keep(b, left, false)
	case python.BitOr:
		items = slices.Clone(a.Items)
		keep(b, left, false)
	default:
		return nil
	}
	out := sequence(SetKind, items)
	return carryShallow(out, a.Labels|b.Labels)
}

func keysOf(v *Value) map[string]bool {
	out := make(map[string]bool, len(v.Items))
	for _, item := range v.Items {
		if k, ok := keyOf(item); ok {
			out[k] = true
		}
	}
	return out
}
