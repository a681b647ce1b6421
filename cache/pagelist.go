package cache

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"pipwarden/pypi"
)

// DeletePage removes the stored page of a project; nothing happens when there is none. Parts of a large body go away
// with their life.
func (s *Store) DeletePage(index string, n pypi.Name) error {
	headKey, bodyKey := pageKeys(index, n)
	mu := s.db.stripe(bodyKey) // of PutPage and TouchPage
	mu.Lock()
	defer mu.Unlock()
	err := s.db.update(func(txn *badger.Txn) error {
		if err := txn.Delete(headKey); err != nil {
			return err
		}
		return txn.Delete(bodyKey)
	})
	if err != nil {
		return fmt.Errorf("page of %q: %w", n, err)
	}
	return nil
}

// Projects returns the names of the projects whose pages are stored, of all indexes, sorted and without doubles.
func (s *Store) Projects() ([]string, error) {
	var names []string
	err := s.db.each(keyPageHead, nil, false, func(it *badger.Item) error {
		if _, name, ok := bytes.Cut(it.Key()[1:], []byte{0}); ok {
			names = append(names, string(name))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("projects: %w", err)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
