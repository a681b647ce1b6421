package gate

import (
	"sync"
	"time"
)

const (
	// toldFor is how long an event that was told of a client and file stands for those that follow.
	toldFor = time.Minute
	// maxTold bounds what is remembered of it. When it is full all is forgotten, which costs events told twice.
	maxTold = 1 << 12
)

// recent remembers what was told a short while ago.
type recent struct {
	mu sync.Mutex
	m  map[string]time.Time
}

// first reports whether key was not told within the last minute, and notes that it is told now.
func (c *recent) first(key string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t, ok := c.m[key]; ok && now.Sub(t) < toldFor {
		return false
	}
	if c.m == nil || len(c.m) >= maxTold {
		c.m = map[string]time.Time{}
	}
	c.m[key] = now
	return true
}
