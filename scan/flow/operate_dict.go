package flow

import (
	"slices"

	"pipwarden/scan/vocabulary"
)

type labelSet = vocabulary.Labels

// indexedPairs is the number of entries from which on a Dict is searched
// through an index. The index stands in its Attrs: the name of a key to an Int,
// the place of the pair. It is made anew where it does not fit the pairs.
const indexedPairs = 32

// dict makes a Dict; of equal keys the last one's value counts.
func dict(pairs []Pair) *Value {
	v := &Value{Kind: Dict}
	if len(pairs) > itemLimit {
		return nothing
	}
	places := make(map[string]int, len(pairs))
	for _, p := range pairs {
		k, ok := keyOf(p.Key)
		if at, found := places[k]; ok && found {
			v.Pairs[at].Value = p.Value
			continue
		}
		if ok {
			places[k] = len(v.Pairs)
		} else {
			v.Partial = true
		}
		v.Pairs = append(v.Pairs, p)
	}
	return v
}

// lookup finds the value of a key in a Dict.
func lookup(v, key *Value) (*Value, bool) {
	if i := v.place(key); i >= 0 {
		return v.Pairs[i].Value, true
	}
	return nil, false
}

// place returns the index of the pair with that key, or -1.
func (v *Value) place(key *Value) int {
	name, ok := keyOf(key)
	if !ok {
		return -1
	}
	if len(v.Pairs) < indexedPairs {
		return slices.IndexFunc(v.Pairs, func(p Pair) bool { return hasName(p.Key, key, name) })
	}
	if len(v.Attrs) != len(v.Pairs) {
		v.index()
	}
	at, found := v.Attrs[name]
	if !found {
		return -1
	}
	if i := int(at.Int); i < len(v.Pairs) && hasName(v.Pairs[i].Key, key, name) {
		return i
	}
	v.index()
	if at, found = v.Attrs[name]; found {
		return int(at.Int)
	}
	return -1
}

// hasName says that candidate is equal to key, whose name is name.
func hasName(candidate, key *Value, name string) bool {
	if candidate.Kind == Text && key.Kind == Text {
		return candidate.Str == key.Str && !candidate.Partial
	}
	k, ok := keyOf(candidate)
	return ok && k == name
}

func (v *Value) index() {
	v.Attrs = make(map[string]*Value, len(v.Pairs))
	for i, p := range v.Pairs {
		if k, ok := keyOf(p.Key); ok {
			v.Attrs[k] = integer(int64(i))
		} else {
			v.Attrs["?"+string(rune(i))] = integer(int64(i))
		}
	}
}

// store does v[key] = item.
func store(v, key, item *Value) {
	if i := v.place(key); i >= 0 {
		v.Pairs[i].Value = item
		return
	}
	if len(v.Pairs) >= itemLimit {
		v.Partial = true
		v.Labels |= labelsOf(item)
		return
	}
	name, ok := keyOf(key)
	if !ok {
		v.Partial = true
	}
	if ok && len(v.Attrs) == len(v.Pairs) && v.Attrs != nil {
		v.Attrs[name] = integer(int64(len(v.Pairs)))
	}
	v.Pairs = append(v.Pairs, Pair{key, item})
}

// discard does del v[key] and says whether the key was there.
func discard(v, key *Value) bool {
	i := v.place(key)
	if i < 0 {
		return false
	}
	v.Pairs = without(v.Pairs, i)
	v.Attrs = nil
	return true
}
