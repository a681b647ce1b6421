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
	return e.Value.(*lruEntry[V]).value, true
}

// put keeps value, even one larger than the bound, as the only one then: what was just made is about to be used.
func (c *lru[V]) put(key string, value V, size int) {
	c.drop(key)
	c.entries[key] = c.order.PushFront(&lruEntry[V]{key, value, size})
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
