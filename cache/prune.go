package cache

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"
)

// PruneOptions says what to remove. The zero value brings the files under the
// store's limit.
type PruneOptions struct {
	MaxBytes  int64         // remove the least recently used down to this; 0 = the store's limit; negative = all
	OlderThan time.Duration // and what was not used for this long; 0 = any age stays
}

// PruneResult says what was removed.
type PruneResult struct {
	Removed int
	Bytes   int64
	Pinned  int // would have been removed, but are being served
}

// Prune removes files, the least recently used first and never one that is open.
func (s *Store) Prune(ctx context.Context, o PruneOptions) (PruneResult, error) {
	if s.isClosed() {
		return PruneResult{}, errClosed
	}
	target := o.MaxBytes
	switch {
	case target == 0:
		target = s.max
	case target < 0:
		target = 0
	}
	oldest := int64(math.MinInt64)
	if o.OlderThan > 0 {
		oldest = time.Now().Add(-o.OlderThan).Unix()
	}
	s.cleanPartials(time.Now())
	r, err := s.evict(ctx, target, oldest)
	if err != nil {
		return r, fmt.Errorf("prune store: %w", err)
	}
	return r, nil
}

// candidate is a file that may go. Its last use is copied, since it changes
// while the candidates are sorted.
type candidate struct {
	e    *entry
	used int64
}

func (x *index) byUse() []candidate {
	x.mu.Lock()
	all := make([]candidate, 0, len(x.files))
	for _, e := range x.files {
		all = append(all, candidate{e, e.used.Load()})
	}
	x.mu.Unlock()
	slices.SortFunc(all, func(a, b candidate) int { return cmp.Compare(a.used, b.used) })
	return all
}

func (x *index) total() int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.bytes
}

// evict removes files until they are no larger than target together and none
// was last used before oldest.
func (s *Store) evict(ctx context.Context, target, oldest int64) (r PruneResult, err error) {
	var gone []digest
	for _, c := range s.files.byUse() {
		if err = ctx.Err(); err != nil {
			break
		}
		if s.files.total() <= target && c.used >= oldest {
			break
		}
		removed, e := s.evictOne(c.e)
		if e != nil {
			s.log.Warn("cannot remove stored file", "sha256", c.e.id.String(), "error", e)
			continue
		}
		if !removed {
			r.Pinned++
			continue
		}
		gone = append(gone, c.e.id)
		r.Removed++
		r.Bytes += c.e.size
	}
	s.dropRecords(gone)
	return r, err
}

// evictOne removes one file unless it is in use.
func (s *Store) evictOne(e *entry) (bool, error) {
	mu := s.files.name(e.id)
	mu.Lock()
	defer mu.Unlock()
	if !s.files.remove(e, 0) {
		return false, nil
	}
	return true, s.unlink(e)
}

// wantEviction asks for an eviction when the files are above the limit.
func (s *Store) wantEviction() {
	if s.files.total() <= s.max {
		return
	}
	select {
	case s.evicts <- struct{}{}:
	default: // one is asked for already
	}
}

// evictOver brings the files well under the limit, so that the next file does
// not ask again.
func (s *Store) evictOver() {
	if s.files.total() <= s.max {
		return
	}
	r, _ := s.evict(context.Background(), s.max/100*evictDown, math.MinInt64) // never cancelled
	s.log.Info("stored files evicted", "files", r.Removed, "bytes", r.Bytes, "pinned", r.Pinned)
}

// makeRoom makes sure that need bytes more leave the disk its reserve, evicting
// what nobody uses. Its error is a *FullError.
func (s *Store) makeRoom(need int64) error {
	err := room(s.dir, need)
	if err == nil {
		return nil
	}
	free, total, e := diskSpace(s.dir)
	if e != nil {
		return err
	}
	short := need + reserve(total) - free
	r, _ := s.evict(context.Background(), max(0, s.files.total()-short), math.MinInt64) // never cancelled
	s.log.Warn("disk is nearly full; stored files evicted", "files", r.Removed, "bytes", r.Bytes)
	return room(s.dir, need)
}
