package proxy

import "container/list"

// An lru is a map that forgets what was used longest ago once the sizes of its values exceed a bound. It is not safe
// for concurrent use.
type lru[V any] struct {
	max, used int
	order     *list.List // of *lruEntry[V]; front = used last
	entries   map[string]*list.Element
}

type lruEntry[V any] struct {
	key   string
	value V
	size  int
	used  bool // since the last dropIdle
}

func newLRU[V any](limit int) *lru[V] {
	return &lru[V]{max: limit, order: list.New(), entries: map[string]*list.Element{}}
}

func (c *lru[V]) get(key string) (V, bool) {
	e, ok := c.entries[key]
	if !ok {
		var none V
		return none, false
	}
	c.order.MoveToFront(e)
	entry := e.Value.(*lruEntry[V])
	entry.used = true
	return entry.value, true
}

// dropIdle drops what was neither put nor got since its last call, and gives the sum of the sizes.
func (c *lru[V]) dropIdle() int {
	before := c.used
	for e := c.order.Back(); e != nil; {
		entry, next := e.Value.(*lruEntry[V]), e.Prev()
		if !entry.used {
			c.drop(entry.key)
		}
		entry.used = false
		e = next
	}
	return before - c.used
}

// put keeps value, even one larger than the bound, as the only one then: what was just made is about to be used.
func (c *lru[V]) put(key string, value V, size int) {
	c.drop(key)
	c.entries[key] = c.order.PushFront(&lruEntry[V]{key, value, size, true})
	c.used += size
	for c.used > c.max && c.order.Len() > 1 {
		c.drop(c.order.Back().Value.(*lruEntry[V]).key)
	}
}

func (c *lru[V]) drop(key string) {
	if e, ok := c.entries[key]; ok {
		c.used -= e.Value.(*lruEntry[V]).size
		c.order.Remove(e)
		delete(c.entries, key)
	}
}
