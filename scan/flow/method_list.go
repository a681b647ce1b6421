package flow

import "slices"

// sequenceMethods are those of list and collections.deque.
func sequenceMethods() map[string]methodFunc {
	return map[string]methodFunc{
		"append": appendItem, "extend": extendItems, "insert": insertItem, "pop": popItem, "remove": removeItem,
		"clear":  func(self *Value, a *arguments) *Value { self.Items, self.Partial = nil, false; return noneValue },
		"sort":   sortItems,
		"copy":   func(self *Value, a *arguments) *Value { return copySequence(self) },
		"index":  indexItem,
		"count":  countItem,
		"rotate": rotateItems,
		"reverse": func(self *Value, a *arguments) *Value {
			slices.Reverse(self.Items)
			return noneValue
		},
		"popleft": func(self *Value, a *arguments) *Value { return popAt(self, 0) },
		"appendleft": func(self *Value, a *arguments) *Value {
			return insertAt(self, 0, a.at(0, ""))
		},
		"extendleft": func(self *Value, a *arguments) *Value {
			items, _ := a.items(0)
			for _, item := range items {
				insertAt(self, 0, item)
			}
			return noneValue
		},
	}
}

// frozenMethods are those of tuple.
func frozenMethods() map[string]methodFunc {
	return map[string]methodFunc{"index": indexItem, "count": countItem}
}

func copySequence(v *Value) *Value {
	c := *v
	c.Items = slices.Clone(v.Items)
	return &c
}

func appendItem(self *Value, a *arguments) *Value {
	if len(a.pos) != 1 {
		return nil
	}
	return insertAt(self, len(self.Items), a.pos[0])
}

// insertAt adds an item; one too many leaves its labels.
func insertAt(self *Value, i int, item *Value) *Value {
	switch {
	case item == nil:
		return nil
	case len(self.Items) >= itemLimit || i < len(self.Items) && len(self.Items) > freshItemLimit:
		self.Partial = true
		self.Labels |= labelsOf(item)
	default:
		self.Items = slices.Insert(self.Items, i, item)
	}
	return noneValue
}

func extendItems(self *Value, a *arguments) *Value {
	if len(a.pos) != 1 {
		return nil
	}
	items, ok := iterate(a.pos[0])
	if !ok || len(self.Items)+len(items) > itemLimit {
		self.Partial = true
		self.Labels |= labelsOf(a.pos[0])
		items = items[:min(len(items), max(0, itemLimit-len(self.Items)))]
	}
	self.Items = append(self.Items, items...)
	return noneValue
}

func insertItem(self *Value, a *arguments) *Value {
	i, ok := a.int(0, "", 0)
	if !ok {
		self.Partial = true
		i = len(self.Items)
	}
	if i < 0 {
		i += len(self.Items)
	}
	return insertAt(self, min(max(i, 0), len(self.Items)), a.at(1, ""))
}

func popItem(self *Value, a *arguments) *Value {
	i, ok := a.int(0, "", -1)
	if !ok || self.Partial {
		return nil
	}
	if i < 0 {
		i += len(self.Items)
	}
	return popAt(self, i)
}

func popAt(self *Value, i int) *Value {
	if i < 0 || i >= len(self.Items) {
		return nil
	}
	item := self.Items[i]
	if i == 0 {
		self.Items = self.Items[1:]
	} else {
		self.Items = without(self.Items, i)
	}
	return carryShallow(item, self.Labels)
}

func removeItem(self *Value, a *arguments) *Value {
	if len(a.pos) != 1 {
		return nil
	}
	for i, item := range self.Items {
		if eq, ok := equal(item, a.pos[0]); eq && ok {
			self.Items = without(self.Items, i)
			return noneValue
		}
	}
	return noneValue
}

func indexItem(self *Value, a *arguments) *Value {
	if len(a.pos) == 0 {
		return nil
	}
	from, ok := a.int(1, "", 0)
	if !ok || from < 0 {
		return nil
	}
	for i := from; i < len(self.Items); i++ {
		eq, ok := equal(self.Items[i], a.pos[0])
		if !ok {
			return nil
		}
		if eq {
			return integer(int64(i))
		}
	}
	return nil
}

func countItem(self *Value, a *arguments) *Value {
	if len(a.pos) != 1 || self.Partial {
		return nil
	}
	n := 0
	for _, item := range self.Items {
		eq, ok := equal(item, a.pos[0])
		if !ok {
			return nil
		}
		if eq {
			n++
		}
	}
	return integer(int64(n))
}

func rotateItems(self *Value, a *arguments) *Value {
	n, ok := a.int(0, "", 1)
	if size := len(self.Items); ok && size > 0 {
		n = ((n % size) + size) % size
		self.Items = slices.Concat(self.Items[size-n:], self.Items[:size-n])
	}
	return noneValue
}

// sortItems is list.sort. What cannot be compared stays where it is, and the
// order is then not known.
func sortItems(self *Value, a *arguments) *Value {
	sorted, ok := a.sorted(self.Items)
	if !ok {
		self.Partial = true
		return noneValue
	}
	self.Items = sorted
	return noneValue
}

// sorted orders items by the key and reverse among the keywords.
func (a *arguments) sorted(items []*Value) ([]*Value, bool) {
	key, reverse := a.at(len(a.pos), "key"), false
	if v := a.at(len(a.pos), "reverse"); v != nil {
		var ok bool
		if reverse, ok = truth(v); !ok {
			return nil, false
		}
	}
	order := keyed{items: slices.Clone(items), keys: slices.Clone(items)}
	if !absent(key) {
		if len(items) > freshItemLimit {
			return nil, false
		}
		for i, item := range items {
			if order.keys[i] = a.apply(key, item); order.keys[i] == nil {
				return nil, false
			}
		}
	}
	return order.sort(reverse)
}

// A keyed is a sequence and what it is ordered by.
type keyed struct{ items, keys []*Value }

func (k keyed) sort(reverse bool) ([]*Value, bool) {
	places := make([]int, len(k.items))
	for i := range places {
		places[i] = i
	}
	ok := true
	slices.SortStableFunc(places, func(i, j int) int {
		c, known := order(k.keys[i], k.keys[j])
		ok = ok && known
		if reverse {
			return -c
		}
		return c
	})
	out := make([]*Value, len(places))
	for i, p := range places {
		out[i] = k.items[p]
	}
	return out, ok
}
