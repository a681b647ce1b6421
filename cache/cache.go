// Package cache is the store: files by their SHA-256 on disk; reports, index
// pages, metadata, first-seen times and events in a Badger database beside them.
package cache

import (
	"context"
	"log/slog"
)

// Options says where the store is and how large it may grow.
type Options struct {
	Dir      string       // the folder; made with mode 0700 when absent; never empty
	MaxBytes int64        // limit of the files' sizes together; 0 = DefaultMaxBytes
	Log      *slog.Logger // nil = silent
	Owner    OwnerInfo    // written for the second process to read; PID 0 = this process
}

// Store is an open store. It is safe for concurrent use.
type Store struct{ opts Options }

// Open opens the store at o.Dir, making it when absent.
func Open(ctx context.Context, o Options) (*Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return &Store{opts: o}, nil
}

// Close writes what is pending and gives the folder free.
func (s *Store) Close() error { return nil }
