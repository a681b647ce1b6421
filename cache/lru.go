package cache

import (
	"container/list"
	"sync"
)

// lru keeps the most recently used values within a budget. The zero value keeps
// nothing; budget and drop are set before use.
type lru[K comparable, V any] struct {
	budget int64                // cost of all values together
	drop   func(key K, value V) // called for values that leave, without the lock; nil = none

	mu    sync.Mutex
	cost  int64
	order list.List // of *lruItem, most recent first
	items map[K]*list.Element
}

type lruItem[K comparable, V any] struct {
	key   K
	value V
	cost  int64
}

// get returns the value of key and makes it the most recent.
func (c *lru[K, V]) get(key K) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.items[key]
	if !ok {
		return value, false
	}
	c.order.MoveToFront(el)
	return el.Value.(*lruItem[K, V]).value, true
}

// put keeps value under key, unless it alone is above the budget.
func (c *lru[K, V]) put(key K, value V, cost int64) {
	var gone []*lruItem[K, V]
	c.mu.Lock()
	if el, ok := c.items[key]; ok {
		gone = append(gone, c.unlink(el))
	}
	if c.items == nil {
		c.items = make(map[K]*list.Element)
	}
	it := &lruItem[K, V]{key, value, cost}
	c.items[key] = c.order.PushFront(it)
	c.cost += cost
	for c.cost > c.budget {
		gone = append(gone, c.unlink(c.order.Back()))
	}
	c.mu.Unlock()
	if c.drop == nil {
		return
	}
	for _, it := range gone {
		c.drop(it.key, it.value)
	}
}

// take removes key and hands its value to the caller; drop is not called.
func (c *lru[K, V]) take(key K) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.items[key]
	if !ok {
		return value, false
	}
	return c.unlink(el).value, true
}

// clear removes all.
func (c *lru[K, V]) clear() {
	c.mu.Lock()
	var gone []*lruItem[K, V]
	for c.order.Len() > 0 {
		gone = append(gone, c.unlink(c.order.Back()))
	}
	c.mu.Unlock()
	if c.drop == nil {
		return
	}
	for _, it := range gone {
		c.drop(it.key, it.value)
	}
}

func (c *lru[K, V]) unlink(el *list.Element) *lruItem[K, V] {
	it := c.order.Remove(el).(*lruItem[K, V])
	delete(c.items, it.key)
	c.cost -= it.cost
	return it
}
