package flow

import (
	"slices"

	"pipwarden/scan/python"
)

// sequenceFuncs are those that make and walk through sequences.
func sequenceFuncs() map[string]libraryFunc {
	out := under("builtins", map[string]libraryFunc{
		"list": collected(List), "tuple": collected(Tuple), "set": collected(SetKind), "frozenset": collected(SetKind),
		"dict": newDict, "range": newRange, "xrange": newRange, "iter": newIterator, "next": nextItem,
		"map": mapItems, "filter": filterItems, "zip": zipItems, "enumerate": enumerateItems, "reversed": reversedItems, "sorted": sortedItems,
		"min": extreme(-1), "max": extreme(1), "all": every(false), "any": every(true),
	})
	out["collections.deque"] = collected(List)
	out["itertools.imap"], out["itertools.izip"], out["itertools.ifilter"] = mapItems, zipItems, filterItems
	out["collections.OrderedDict"], out["collections.UserDict"] = newDict, newDict
	out["functools.reduce"], out["builtins.reduce"] = reduceItems, reduceItems
	out["copy.copy"], out["copy.deepcopy"] = copied, copied
	out["random.choice"] = chosen
	return out
}

// collected makes a container of all that an argument gives. An object that is
// not known stays what it is: os.environ is its copy, too.
func collected(kind Kind) libraryFunc {
	return func(a *arguments) *Value {
		if len(a.pos) == 0 {
			return &Value{Kind: kind}
		}
		v := a.pos[0]
		if opaque(v) {
			return v
		}
		items, ok := iterate(v)
		if !ok && items == nil && (isString(v) || endless(v) || v.Kind == Union) || len(items) > itemLimit {
			return nil
		}
		if kind == SetKind {
			out := setOf(items)
			out.Partial = !ok
			return carryShallow(out, v.Labels)
		}
		return &Value{Kind: kind, Items: slices.Clone(items), Partial: !ok, Labels: v.Labels}
	}
}

func newDict(a *arguments) *Value {
	if len(a.pos) == 1 && opaque(a.pos[0]) && len(a.kw) == 0 {
		return a.pos[0]
	}
	out := &Value{Kind: Dict}
	if len(a.pos) == 1 && len(a.kw) == 0 {
		if pairs, ok := pairsOf(a.pos[0]); ok {
			return carryShallow(dict(pairs), a.pos[0].Labels)
		}
	}
	updateEntries(out, a)
	return out
}

func copied(a *arguments) *Value {
	if len(a.pos) != 1 {
		return nil
	}
	switch v := a.pos[0]; v.Kind {
	case List, SetKind:
		return copySequence(v)
	case Dict:
		return copyDict(v)
	case Instance:
		return nil
	default:
		return v
	}
}

// newRange makes the list at once; a longer one is not known.
func newRange(a *arguments) *Value {
	from, step := 0, 1
	to, ok := a.int(0, "", 0)
	if len(a.pos) > 1 {
		from = to
		var also bool
		to, also = a.int(1, "", 0)
		ok = ok && also
	}
	if len(a.pos) > 2 {
		var also bool
		step, also = a.int(2, "", 1)
		ok = ok && also && step != 0
	}
	if !ok || len(a.pos) == 0 {
		return nil
	}
	count := 0
	if step > 0 && to > from {
		count = (to - from + step - 1) / step
	} else if step < 0 && to < from {
		count = (from - to - step - 1) / -step
	}
	if count > freshItemLimit {
		return nil
	}
	items := make([]*Value, count)
	for i := range items {
		items[i] = integer(int64(from + i*step))
	}
	return a.carry(list(items))
}

func newIterator(a *arguments) *Value {
	if len(a.pos) != 1 {
		return nil
	}
	v := a.pos[0]
	if v.Kind == Iterator || opaque(v) {
		return v
	}
	items, ok := iterate(v)
	if !ok && items == nil {
		return nil
	}
	return &Value{Kind: Iterator, Items: items, Partial: !ok, Labels: v.Labels}
}

func nextItem(a *arguments) *Value {
	if len(a.pos) == 0 || a.pos[0].Kind != Iterator {
		return nil
	}
	items, ok := take(a.pos[0], 1)
	switch {
	case ok && len(items) == 1:
		return items[0]
	case ok && len(a.pos) > 1:
		return a.pos[1]
	}
	return nil
}

// mapItems is map(f, a, b, ...).
func mapItems(a *arguments) *Value {
	if len(a.pos) < 2 {
		return nil
	}
	rows, ok := zipped(a.pos[1:], false)
	if !ok {
		return a.mapUnknown()
	}
	fn := a.pos[0]
	items := make([]*Value, 0, len(rows))
	for _, row := range rows {
		v := a.apply(fn, row...)
		if v == nil {
			v = unknown(row...)
		}
		items = append(items, v)
	}
	return iterator(items)
}

// mapUnknown applies a callable of the artifact once to items that are not
// known: what it does is to be seen.
func (a *arguments) mapUnknown() *Value {
	args := make([]*Value, len(a.pos)-1)
	for i, v := range a.pos[1:] {
		args[i] = unknown(v)
	}
	v := a.apply(a.pos[0], args...)
	if v == nil {
		v = unknown(args...)
	}
	return &Value{Kind: Iterator, Items: []*Value{v}, Partial: true, Labels: labelsOf(v)}
}

func filterItems(a *arguments) *Value {
	if len(a.pos) != 2 {
		return nil
	}
	items, ok := a.items(1)
	fn := a.pos[0]
	out := &Value{Kind: Iterator, Partial: !ok}
	for _, item := range items {
		keep, sure := true, false
		if v := a.apply(fn, item); v != nil {
			keep, sure = truth(v)
		}
		out.Partial = out.Partial || !sure
		if keep || !sure {
			out.Items = append(out.Items, item)
		}
	}
	if !ok {
		out.Labels |= a.pos[1].Labels
	}
	return out
}

func zipItems(a *arguments) *Value {
	rows, ok := zipped(a.pos, false)
	if !ok {
		return nil
	}
	items := make([]*Value, len(rows))
	for i, row := range rows {
		items[i] = tuple(row)
	}
	return iterator(items)
}

// zipped returns the rows that columns make. Endless columns are as long as
// the others; with long, so are short ones, filled up with None.
func zipped(columns []*Value, long bool) ([][]*Value, bool) {
	if rows, ok := inTurn(columns); ok {
		return rows, true
	}
	taken := make([][]*Value, len(columns))
	count := -1
	for i, c := range columns {
		if endless(c) {
			continue
		}
		items, ok := iterate(c)
		if !ok {
			return nil, false
		}
		taken[i] = items
		if count < 0 || len(items) != count && long == (len(items) > count) {
			count = len(items)
		}
	}
	if count < 0 || count*len(columns) > itemLimit || !takeEndless(taken, columns, count) {
		return nil, false
	}
	rows := make([][]*Value, count)
	for r := range rows {
		rows[r] = make([]*Value, len(columns))
		for i, items := range taken {
			rows[r][i] = noneValue
			if r < len(items) {
				rows[r][i] = items[r]
			}
		}
	}
	return rows, true
}

// takeEndless takes count values of the endless columns.
func takeEndless(taken [][]*Value, columns []*Value, count int) bool {
	for i, c := range columns {
		if !endless(c) {
			continue
		}
		items, ok := take(c, count)
		if !ok || len(items) < count {
			return false
		}
		taken[i] = items
	}
	return true
}

// inTurn returns the rows where all columns are one iterator, from which they
// take in turn: zip(i, i) makes pairs of what follows each other.
func inTurn(columns []*Value) ([][]*Value, bool) {
	n := len(columns)
	if n < 2 || columns[0].Kind != Iterator || endless(columns[0]) {
		return nil, false
	}
	for _, c := range columns[1:] {
		if c != columns[0] {
			return nil, false
		}
	}
	items, ok := iterate(columns[0])
	var rows [][]*Value
	for ; len(items) >= n; items = items[n:] {
		rows = append(rows, items[:n:n])
	}
	return rows, ok
}

func enumerateItems(a *arguments) *Value {
	from, also := a.int(1, "start", 0)
	if len(a.pos) == 0 || !also {
		return nil
	}
	items, ok := a.items(0)
	if !ok || len(items) > 2*freshItemLimit {
		return nil
	}
	out := make([]*Value, len(items))
	for i, item := range items {
		out[i] = tuple([]*Value{integer(int64(from + i)), item})
	}
	return iterator(out)
}

func reversedItems(a *arguments) *Value {
	if len(a.pos) == 1 && opaque(a.pos[0]) {
		return a.pos[0]
	}
	items, ok := a.items(0)
	if !ok {
		return nil
	}
	out := slices.Clone(items)
	slices.Reverse(out)
	return iterator(out)
}

func sortedItems(a *arguments) *Value {
	if len(a.pos) == 1 && opaque(a.pos[0]) {
		return a.pos[0]
	}
	items, ok := a.items(0)
	if !ok {
		return nil
	}
	out, also := a.sorted(items)
	if !also {
		return &Value{Kind: List, Items: slices.Clone(items), Labels: a.pos[0].Labels}
	}
	return list(out)
}

// extreme is min (-1) and max (1).
func extreme(sign int) libraryFunc {
	return func(a *arguments) *Value {
		items, ok := a.pos, true
		if len(a.pos) == 1 {
			items, ok = a.items(0)
		}
		if !ok || len(items) == 0 {
			return a.at(len(a.pos), "default")
		}
		key := a.at(len(a.pos), "key")
		var best, bestKey *Value
		for _, item := range items {
			k := item
			if !absent(key) {
				if k = a.apply(key, item); k == nil {
					return nil
				}
			}
			if best == nil {
				best, bestKey = item, k
				continue
			}
			c, ok := order(k, bestKey)
			if !ok {
				return nil
			}
			if c*sign > 0 {
				best, bestKey = item, k
			}
		}
		return best
	}
}

// every is all (false) and any (true): the truth of an item that decides.
func every(decides bool) libraryFunc {
	return func(a *arguments) *Value {
		items, ok := a.items(0)
		for _, item := range items {
			t, sure := truth(item)
			if sure && t == decides {
				return boolean(decides)
			}
			ok = ok && sure
		}
		if !ok {
			return nil
		}
		return boolean(!decides)
	}
}

func reduceItems(a *arguments) *Value {
	if len(a.pos) < 2 {
		return nil
	}
	items, ok := a.items(1)
	if !ok {
		return nil
	}
	var total *Value
	if len(a.pos) > 2 {
		total = a.pos[2]
	}
	for _, item := range items {
		if total == nil {
			total = item
			continue
		}
		if total = a.apply(a.pos[0], total, item); total == nil {
			return nil
		}
	}
	return total
}

// chosen is random.choice: any of the items.
func chosen(a *arguments) *Value {
	if len(a.pos) != 1 || !isContainer(a.pos[0]) {
		return nil
	}
	items, ok := a.items(0)
	if !ok || len(items) == 0 {
		return nil
	}
	return joinAll(items)
}

// operatorFuncs are those of module operator.
func operatorFuncs() map[string]libraryFunc {
	out := map[string]libraryFunc{
		"operator.getitem":  two(subscript),
		"operator.concat":   two(func(x, y *Value) *Value { return binary(python.Add, x, y) }),
		"operator.contains": two(func(x, y *Value) *Value { return compare(python.In, y, x) }),
		"operator.not_":     one(func(x *Value) *Value { return unary(python.Not, x) }),
		"operator.neg":      one(func(x *Value) *Value { return unary(python.USub, x) }),
		"operator.invert":   one(func(x *Value) *Value { return unary(python.Invert, x) }),
		"operator.index":    one(func(x *Value) *Value { return x }),
	}
	for name, op := range operatorNames {
		f := two(func(x, y *Value) *Value { return binary(op, x, y) })
		out["operator."+name], out["operator."+name+"_"], out["operator.__"+name+"__"], out["operator.i"+name] = f, f, f, f
	}
	for name, op := range comparisonNames {
		out["operator."+name] = two(func(x, y *Value) *Value { return compare(op, x, y) })
	}
	return out
}

func one(f func(x *Value) *Value) libraryFunc {
	return func(a *arguments) *Value {
		if len(a.pos) != 1 {
			return nil
		}
		return f(a.pos[0])
	}
}

func two(f func(x, y *Value) *Value) libraryFunc {
	return func(a *arguments) *Value {
		if len(a.pos) != 2 {
			return nil
		}
		return f(a.pos[0], a.pos[1])
	}
}
