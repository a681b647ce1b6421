package cache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// Sighting is one file of an index page.
type Sighting struct {
	Filename string
	SHA256   string // or whatever hash the page gives; "" = none
}

// FirstSeen returns when the file was first seen on that index, and records now
// when it never was. Another hash under the same name is another file.
func (s *Store) FirstSeen(index, filename, sha256 string, now time.Time) (time.Time, error) {
	times, err := s.FirstSeenAll(index, []Sighting{{filename, sha256}}, now)
	if err != nil {
		return time.Time{}, err
	}
	return times[0], nil
}

// FirstSeenAll is FirstSeen for all files of a page at once. The times are in
// the order of files; the slice is shared and must not be changed. A page that
// was asked about before is answered from memory.
func (s *Store) FirstSeenAll(index string, files []Sighting, now time.Time) ([]time.Time, error) {
	memo := seenMemo(index, files)
	if times, ok := s.seen.get(memo); ok && len(times) == len(files) {
		return times, nil
	}
	times := make([]time.Time, len(files))
	err := s.readSeen(index, files, times)
	if err == nil && hasZero(times) {
		err = s.recordSeen(index, files, times, now)
	}
	if err != nil {
		return nil, fmt.Errorf("first seen: %w", err)
	}
	s.seen.put(memo, times, int64(len(times))*timeBytes)
	return times, nil
}

// timeBytes is the size of a time.Time in memory.
const timeBytes = 24

var memoSeed = maphash.MakeSeed()

// seenMemo hashes a page's files. The seed is this process's, so nobody outside
// can find two pages that collide.
func seenMemo(index string, files []Sighting) uint64 {
	var h maphash.Hash
	h.SetSeed(memoSeed)
	h.WriteString(index)
	for i := range files {
		h.WriteByte(0)
		h.WriteString(files[i].Filename)
		h.WriteByte(0)
		h.WriteString(files[i].SHA256)
	}
	return h.Sum64()
}

func hasZero(times []time.Time) bool {
	for _, t := range times {
		if t.IsZero() {
			return true
		}
	}
	return false
}

// readSeen fills in the times that are known; the others stay zero.
func (s *Store) readSeen(index string, files []Sighting, times []time.Time) error {
	return s.db.view(func(txn *badger.Txn) error {
		for i, f := range files {
			it, err := txn.Get(textKey(keySeen, index, f.Filename, f.SHA256))
			if errors.Is(err, badger.ErrKeyNotFound) {
				continue
			}
			if err == nil {
				err = it.Value(func(v []byte) error {
					if len(v) == 8 {
						times[i] = time.Unix(0, int64(binary.BigEndian.Uint64(v))).UTC()
					}
					return nil
				})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// recordSeen records now for the files that nobody recorded meanwhile.
func (s *Store) recordSeen(index string, files []Sighting, times []time.Time, now time.Time) error {
	s.seenMu.Lock()
	defer s.seenMu.Unlock()
	if err := s.readSeen(index, files, times); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var missing []int
	for i := range times {
		if times[i].IsZero() {
			missing = append(missing, i)
		}
	}
	now = time.Unix(0, now.UnixNano()).UTC()
	v := binary.BigEndian.AppendUint64(nil, uint64(now.UnixNano()))
	return s.db.writeEach(len(missing), func(txn *badger.Txn, i int) error {
		f := files[missing[i]]
		times[missing[i]] = now
		return txn.Set(textKey(keySeen, index, f.Filename, f.SHA256), v)
	})
}
