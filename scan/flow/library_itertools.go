package flow

import "slices"

// itertoolsFuncs are those of module itertools.
func itertoolsFuncs() map[string]libraryFunc {
	out := under("itertools", map[string]libraryFunc{
		"cycle": func(a *arguments) *Value {
			items, ok := a.items(0)
			if !ok || len(items) == 0 {
				return nil
			}
			return &Value{Kind: Iterator, Str: cycling, Items: items, Labels: a.pos[0].Labels}
		},
		"count": func(a *arguments) *Value {
			from, by := a.at(0, "start"), a.at(1, "step")
			if from == nil {
				from = integer(0)
			}
			if by == nil {
				by = integer(1)
			}
			return &Value{Kind: Iterator, Str: counting, Items: []*Value{from, by}}
		},
		"repeat": repeated, "chain": chained, "islice": islice, "zip_longest": zipLongest, "starmap": starMap, "accumulate": accumulated,
		"chain.from_iterable": chainedFrom,
		"compress":            compressed,
		"product":             cartesian,
	})
	out["itertools.izip_longest"] = zipLongest
	return out
}

func repeated(a *arguments) *Value {
	if len(a.pos) == 0 {
		return nil
	}
	if a.at(1, "times") == nil {
		return &Value{Kind: Iterator, Str: repeating, Items: a.pos[:1]}
	}
	n, ok := a.int(1, "times", 0)
	if !ok || n > itemLimit {
		return nil
	}
	return iterator(slices.Repeat(a.pos[:1], max(n, 0)))
}

func chained(a *arguments) *Value { return chain(a.pos) }

func chainedFrom(a *arguments) *Value {
	items, ok := a.items(0)
	if !ok {
		return nil
	}
	return chain(items)
}

func chain(parts []*Value) *Value {
	out := &Value{Kind: Iterator}
	for _, p := range parts {
		items, ok := iterate(p)
		if len(out.Items)+len(items) > itemLimit {
			items, ok = nil, false
		}
		if !ok {
			out.Partial = true
			out.Labels |= labelsOf(p)
		}
		out.Items = append(out.Items, items...)
	}
	return out
}

// islice is islice(iterable, stop) and islice(iterable, start, stop, step).
func islice(a *arguments) *Value {
	if len(a.pos) < 2 {
		return nil
	}
	from, step := 0, 1
	to, ok := a.int(1, "", itemLimit)
	if len(a.pos) > 2 {
		var also, too bool
		from, also = a.int(1, "", 0)
		to, too = a.int(2, "", itemLimit)
		ok = also && too
	}
	if len(a.pos) > 3 {
		var also bool
		step, also = a.int(3, "", 1)
		ok = ok && also
	}
	if !ok || from < 0 || step < 1 || to < 0 {
		return nil
	}
	items, ok := take(a.pos[0], to)
	if !ok {
		return nil
	}
	return iterator(sliceItems(items, min(from, len(items)), len(items), step))
}

func zipLongest(a *arguments) *Value {
	rows, ok := zipped(a.pos, true)
	if !ok {
		return nil
	}
	items := make([]*Value, len(rows))
	for i, row := range rows {
		items[i] = tuple(row)
	}
	return iterator(items)
}

func starMap(a *arguments) *Value {
	if len(a.pos) != 2 {
		return nil
	}
	rows, ok := a.items(1)
	if !ok {
		return a.mapUnknown()
	}
	out := make([]*Value, 0, len(rows))
	for _, row := range rows {
		args, whole := iterate(row)
		if !whole || len(args) == 0 {
			return nil
		}
		v := a.apply(a.pos[0], args...)
		if v == nil {
			v = unknown(args...)
		}
		out = append(out, v)
	}
	return iterator(out)
}

func accumulated(a *arguments) *Value {
	items, ok := a.items(0)
	if !ok || len(items) > freshItemLimit {
		return nil
	}
	fn := a.at(1, "func")
	if fn == nil {
		fn = reference("operator.add")
	}
	var out []*Value
	size := 0
	for i, item := range items {
		if i > 0 {
			if item = a.apply(fn, out[i-1], item); item == nil {
				return nil
			}
		}
		if size += len(item.Str); size > resultLimit {
			return nil
		}
		out = append(out, item)
	}
	return iterator(out)
}

func compressed(a *arguments) *Value {
	if len(a.pos) != 2 {
		return nil
	}
	rows, ok := zipped(a.pos, false)
	if !ok {
		return nil
	}
	var out []*Value
	for _, row := range rows {
		t, sure := truth(row[1])
		if !sure {
			return nil
		}
		if t {
			out = append(out, row[0])
		}
	}
	return iterator(out)
}

// productRows is how many rows itertools.product may make.
const productRows = 1 << 12

func cartesian(a *arguments) *Value {
	if len(a.kw) > 0 {
		return nil
	}
	rows := [][]*Value{nil}
	for i := range a.pos {
		items, ok := a.items(i)
		if !ok || len(rows)*len(items) > productRows {
			return nil
		}
		next := make([][]*Value, 0, len(rows)*len(items))
		for _, row := range rows {
			for _, item := range items {
				next = append(next, append(row[:len(row):len(row)], item))
			}
		}
		rows = next
	}
	out := make([]*Value, len(rows))
	for i, row := range rows {
		out[i] = tuple(row)
	}
	return iterator(out)
}
