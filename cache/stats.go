package cache

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
)

// Stats are the store's sizes.
type Stats struct {
	Dir           string `json:"dir"`
	Files         int    `json:"files"`
	FileBytes     int64  `json:"file_bytes"`
	MaxBytes      int64  `json:"max_bytes"`
	Pinned        int    `json:"pinned"` // files being served
	Partials      int    `json:"partials"`
	PartialBytes  int64  `json:"partial_bytes"`
	DatabaseBytes int64  `json:"database_bytes"` // on disk
	Reports       int    `json:"reports"`
	Pages         int    `json:"pages"`
	Metadata      int    `json:"metadata"`
	FirstSeen     int    `json:"first_seen"`
	Events        int    `json:"events"`
	LostEvents    uint64 `json:"lost_events"` // since the store was opened
}

// Stats counts what the store holds. It reads all keys of the database.
func (s *Store) Stats(ctx context.Context) (Stats, error) {
	st := Stats{Dir: s.dir, MaxBytes: s.max, LostEvents: s.events.lost.Load()}
	if err := s.Flush(ctx); err != nil {
		return st, fmt.Errorf("store statistics: %w", err)
	}
	s.files.mu.Lock()
	st.Files, st.FileBytes = len(s.files.files), s.files.bytes
	for _, e := range s.files.files {
		if e.refs > 0 {
			st.Pinned++
		}
	}
	s.files.mu.Unlock()
	for p := range s.partials() {
		if isPart(p.Name()) {
			st.Partials++
			st.PartialBytes += p.Size()
		}
	}
	st.DatabaseBytes = diskUsage(filepath.Join(s.dir, dbDir))
	for kind, n := range map[byte]*int{keyReport: &st.Reports, keyPageHead: &st.Pages, keyMetadata: &st.Metadata,
		keySeen: &st.FirstSeen, keyEvent: &st.Events} {
		err := s.db.each(kind, nil, false, func(*badger.Item) error {
			*n++
			return ctx.Err()
		})
		if err != nil {
			return st, fmt.Errorf("store statistics: %w", err)
		}
	}
	return st, nil
}

// diskUsage sums the blocks of the files under dir; mapped files have holes.
func diskUsage(dir string) (n int64) {
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // files come and go with compaction
		}
		if info, err := d.Info(); err == nil {
			n += usedBytes(info)
		}
		return nil
	})
	return n
}
