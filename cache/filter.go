package cache

import (
	"fmt"
	"hash/maphash"
	"io/fs"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
)

// filterBits is the size of a keyFilter: 8 Mi bits are 1 MiB, and with 500,000 keys three questions in a hundred are
// asked of the database for nothing.
const filterBits = 8 << 20

// A keyFilter knows which keys may be in the database, so that the many questions about files that nobody ever fetched,
// some thousands for a large project's page, cost no look-up there. It never denies a key that is there (Bloom, CACM
// 1970); keys that are gone stay in it until the next start.
type keyFilter struct {
	seed maphash.Seed
	bits []atomic.Uint64
}

func newKeyFilter() *keyFilter {
	return &keyFilter{seed: maphash.MakeSeed(), bits: make([]atomic.Uint64, filterBits/64)}
}

// places are the two bits of a key.
func (f *keyFilter) places(key []byte) (a, b uint64) {
	h := maphash.Bytes(f.seed, key)
	return h % filterBits, h >> 32 % filterBits
}

func (f *keyFilter) add(key []byte) {
	a, b := f.places(key)
	f.bits[a/64].Or(1 << (a % 64))
	f.bits[b/64].Or(1 << (b % 64))
}

func (f *keyFilter) mayHave(key []byte) bool {
	a, b := f.places(key)
	return f.bits[a/64].Load()&(1<<(a%64)) != 0 && f.bits[b/64].Load()&(1<<(b%64)) != 0
}

// errUnknown is the answer for a key that was never written. It names nothing: it is given thousands of times a page.
var errUnknown = fmt.Errorf("not in the store: %w", fs.ErrNotExist)

// mayHave asks the filter; a closed store answers for itself.
func (s *Store) mayHave(key []byte) bool { return s.isClosed() || s.filter.mayHave(key) }

// loadFilter fills the filter with the keys of reports and file hashes.
func (s *Store) loadFilter() error {
	for _, kind := range []byte{keyReport, keyFileHash} {
		err := s.db.each(kind, nil, false, func(it *badger.Item) error {
			s.filter.add(it.Key())
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
