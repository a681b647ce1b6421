package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// VerifyOptions bounds a verification.
type VerifyOptions struct {
	BytesPerSecond int64 // 0 = DefaultVerifyRate; negative = as fast as it goes
	// Progress is called after each file; nil = not.
	Progress func(sha256 string, size int64, whole bool)
}

// VerifyResult says what a verification found. Every file of the folder is in
// exactly one of Whole, Damaged and Strays.
type VerifyResult struct {
	Whole   int      `json:"whole"`
	Bytes   int64    `json:"bytes"`   // of whole files
	Damaged []string `json:"damaged"` // SHA-256 of files that were removed
	Missing []string `json:"missing"` // SHA-256 of files that were recorded and are gone
	Adopted int      `json:"adopted"` // of the whole files, those that had no record
	Strays  []string `json:"strays"`  // names of files that are not the store's, removed
	// Database is what is wrong with the database; nil = nothing. A damaged one
	// is moved aside at the next start.
	Database error `json:"-"`
}

// Verify hashes every stored file, removes those that are damaged or not the
// store's, and checks the database's checksums.
func (s *Store) Verify(ctx context.Context, o VerifyOptions) (VerifyResult, error) {
	var r VerifyResult
	if s.isClosed() {
		return r, errClosed
	}
	s.verifyMissing(&r)
	p := newPace(ctx, o.BytesPerSecond)
	err := s.walkFiles(func(id digest, known bool) error {
		return s.verifyFile(&r, o, id, known, p)
	}, func(path string) error {
		r.Strays = append(r.Strays, filepath.Base(path))
		return os.RemoveAll(path)
	})
	if err != nil {
		return r, fmt.Errorf("verify store: %w", err)
	}
	r.Database = s.db.run(func(b *badger.DB) error { return b.VerifyChecksum() })
	return r, nil
}

// verifyFile hashes one file.
func (s *Store) verifyFile(r *VerifyResult, o VerifyOptions, id digest, known bool, p *pace) error {
	e := s.files.pin(id)
	if e == nil {
		var err error
		if e, err = s.adopt(id); err != nil {
			return ignoreAbsent(err) // evicted meanwhile
		}
	}
	defer s.release(e)
	e.check.Lock()
	st, err := os.Lstat(s.filePath(id))
	if err == nil {
		err = s.rehash(e, st, p.spend)
	}
	e.check.Unlock()
	whole := err == nil
	if err := ignoreAbsent(err); err != nil {
		return err
	}
	if whole {
		r.Whole++
		r.Bytes += e.size
	} else {
		r.Damaged = append(r.Damaged, id.String())
	}
	if whole && !known {
		r.Adopted++
	}
	if o.Progress != nil {
		o.Progress(id.String(), e.size, whole)
	}
	return nil
}

func ignoreAbsent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// verifyMissing drops the entries whose file is gone.
func (s *Store) verifyMissing(r *VerifyResult) {
	for _, c := range s.files.byUse() {
		if _, err := os.Lstat(s.filePath(c.e.id)); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if s.files.pin(c.e.id) != c.e {
			continue // evicted meanwhile
		}
		s.forget(c.e, "stored file is gone")
		s.release(c.e)
		r.Missing = append(r.Missing, c.e.id.String())
	}
	slices.Sort(r.Missing)
}

// walkFiles calls file for every stored file, saying whether the index knows
// it, and stray for everything else that lies there.
func (s *Store) walkFiles(file func(id digest, known bool) error, stray func(path string) error) error {
	root := filepath.Join(s.dir, filesDir)
	shards, err := os.ReadDir(root)
	if err != nil {
		return err
	}
	for _, shard := range shards {
		dir := filepath.Join(root, shard.Name())
		if !shard.IsDir() {
			if err := stray(dir); err != nil {
				return err
			}
			continue
		}
		if err := s.walkShard(dir, shard.Name(), file, stray); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) walkShard(dir, shard string, file func(digest, bool) error, stray func(string) error) error {
	names, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, n := range names {
		id, ok := parseDigest(n.Name())
		if ok && n.Type().IsRegular() && n.Name()[:2] == shard {
			err = file(id, s.Has(n.Name()))
		} else {
			err = stray(filepath.Join(dir, n.Name()))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// findUnknown takes the files without a record into the index, so that they
// count and can be evicted. They are hashed when they are first asked for.
func (s *Store) findUnknown() {
	n := 0
	err := s.walkFiles(func(id digest, known bool) error {
		if s.isClosed() {
			return errClosed
		}
		if known {
			return nil
		}
		e, err := s.adopt(id)
		if err == nil {
			s.release(e)
			n++
		}
		return ignoreAbsent(err)
	}, func(string) error { return nil })
	if err != nil && !errors.Is(err, fs.ErrClosed) {
		s.log.Error("cannot look through stored files", "error", err)
	}
	if n > 0 {
		s.log.Info("stored files without a record found", "files", n)
	}
	s.wantEviction()
}

// pace holds reading to a rate.
type pace struct {
	ctx   context.Context
	rate  int64 // bytes a second; negative = any
	start time.Time
	spent int64
}

func newPace(ctx context.Context, rate int64) *pace {
	if rate == 0 {
		rate = DefaultVerifyRate
	}
	return &pace{ctx: ctx, rate: rate, start: time.Now()}
}

// spend waits until n bytes more are within the rate.
func (p *pace) spend(n int) error {
	p.spent += int64(n)
	if err := p.ctx.Err(); err != nil || p.rate < 0 {
		return err
	}
	due := time.Duration(float64(p.spent) / float64(p.rate) * float64(time.Second))
	ahead := due - time.Since(p.start)
	if ahead <= 0 {
		return nil
	}
	t := time.NewTimer(ahead)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-p.ctx.Done():
		return p.ctx.Err()
	}
}
